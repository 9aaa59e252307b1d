//! The `NOTICE` that lies beside exported files: who made what, and under which licence.
//!
//! It exists because the community's forms have no place for a licence inside them.

use crate::release::Attribution;

/// The text of `NOTICE`.
pub fn notice(licence: &str, attributions: &[Attribution]) -> String {
    let mut lines = vec![format!(
        "These files hold indicators of stalkerware and watchware. Licence: {licence}."
    )];
    if !attributions.is_empty() {
        lines.push("They hold material from:".to_owned());
    }
    for attribution in attributions {
        lines.push(format!("\n- {}, by {}", attribution.source, attribution.by));
        lines.push(format!("  Licence: {}", attribution.licence));
        lines.extend(attribution.url.iter().map(|url| format!("  {url}")));
        lines.extend(attribution.changes.iter().map(|changes| format!("  Changes: {changes}")));
    }
    lines.push(String::new());
    lines.join("\n")
}
