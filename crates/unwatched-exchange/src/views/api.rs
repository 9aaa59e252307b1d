//! The page that the interface is read on.

use askama::Template;

use crate::views::frame::Frame;

/// A parameter, or a member of a body.
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) required: bool,
    pub(crate) said: String,
}

/// One way an operation ends: its bodies are media type, kind, and the schema of ours it names.
pub(crate) struct Outcome {
    pub(crate) status: String,
    pub(crate) said: String,
    pub(crate) body: Vec<(String, String, Option<String>)>,
}

/// One operation.
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) said: Vec<String>,
    pub(crate) parameters: Vec<Member>,
    pub(crate) body: Vec<(String, String, Option<String>)>,
    pub(crate) answers: Vec<Outcome>,
}

/// The operations of one noun.
pub(crate) struct Group {
    pub(crate) tag: String,
    pub(crate) operations: Vec<Operation>,
}

/// What a body holds.
pub(crate) struct Schema {
    pub(crate) name: String,
    pub(crate) said: String,
    pub(crate) members: Vec<Member>,
}

#[derive(Template)]
#[template(path = "portal/api.html")]
pub(crate) struct ApiPage {
    pub(crate) frame: Frame,
    pub(crate) about: String,
    pub(crate) groups: Vec<Group>,
    pub(crate) schemas: Vec<Schema>,
}

impl ApiPage {
    pub(crate) fn new(about: String, groups: Vec<Group>, schemas: Vec<Schema>) -> Self {
        Self { frame: Frame::public("The interface for programs"), about, groups, schemas }
    }
}
