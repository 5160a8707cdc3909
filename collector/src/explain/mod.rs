//! Shows what the error catalogue knows: to people as wrapped text, to programs as JSON Lines.

pub mod json;
pub mod list;
pub mod text;
mod wrap;

use iscsi_decoders::catalogue::Unknown;

/// What to tell someone whose query means nothing: that, and what was probably meant.
pub fn apology(unknown: &Unknown) -> String {
    let mut message = unknown.to_string();
    if unknown.nearest().is_empty() {
        message.push_str("; `iscsi-trace explain --list` shows what there is");
        return message;
    }
    message.push_str("; the nearest are:");
    let longest = unknown.nearest().iter().map(|s| s.query.len()).max().unwrap_or_default();
    for suggestion in unknown.nearest() {
        message.push_str(&format!("\n  {:longest$}  {}", suggestion.query, suggestion.means));
    }
    message
}

#[cfg(test)]
mod tests {
    use iscsi_decoders::catalogue::find;

    use super::*;

    #[test]
    fn an_apology_names_the_query_and_lists_what_was_meant() {
        let message = apology(&find("1023").unwrap_err());
        let mut lines = message.lines();
        assert_eq!(lines.next(), Some("no code or name `1023` is known; the nearest are:"));
        assert_eq!(lines.next(), Some("  kernel:1022  ISCSI_ERR_NOP_TIMEDOUT"));
    }

    #[test]
    fn an_apology_without_suggestions_points_to_the_list() {
        let message = apology(&find("zzzzzzzzzzzzzzz").unwrap_err());
        assert!(message.contains("explain --list"), "{message}");
    }
}
