//! `dumpsys media_projection`: which app is recording the screen at this moment.

use serde::Serialize;

use super::component::is_name;
use super::{LineParser, Parsed};

/// What the dump says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct MediaProjection {
    /// Whether it looks like the state of the service.
    pub recognised: bool,
    /// Apps that record or cast the screen, with the line.
    pub recording: Vec<(String, u64)>,
}

/// The parser.
#[derive(Debug, Default)]
pub struct MediaProjectionParser {
    found: MediaProjection,
}

impl LineParser for MediaProjectionParser {
    type Value = MediaProjection;

    fn line(&mut self, number: u64, line: &str) {
        let text = line.trim();
        self.found.recognised |= text.starts_with("MEDIA PROJECTION MANAGER")
            || text.starts_with("Media Projection")
            || text.starts_with("Media projection");
        // `(com.example.app, uid=10123): TYPE_SCREEN_CAPTURE`
        if let Some((name, rest)) = text.strip_prefix('(').and_then(|rest| rest.split_once(','))
            && rest.trim_start().starts_with("uid=")
            && is_name(name)
            && self.found.recording.len() < 50
        {
            self.found.recording.push((name.to_owned(), number));
        }
    }

    fn end(self, whole: bool) -> Parsed<MediaProjection> {
        let mut problems = Vec::new();
        if !self.found.recognised {
            problems.push("it does not look like the state of screen recording".to_owned());
        }
        if !whole {
            problems.push("it ends before its end".to_owned());
        }
        Parsed { value: self.found, problems }
    }
}
