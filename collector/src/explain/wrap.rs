//! Breaking text into lines.

/// Words in lines of at most `width` columns; a longer word gets a line of its own.
pub(super) fn words(text: &str, width: usize) -> Vec<String> {
    fill(text.split_whitespace(), " ", "", width)
}

/// A shell command in lines that can be pasted as they are: broken after a `|` only, where the shell
/// goes on reading.
pub(super) fn command(text: &str, width: usize) -> Vec<String> {
    // A pipe inside quotes, as in grep -E 'a|b', has no blanks around it in the catalogue.
    fill(text.split(" | "), " | ", " |", width)
}

fn fill<'a>(
    parts: impl Iterator<Item = &'a str>,
    joint: &str,
    end: &str,
    width: usize,
) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for part in parts {
        let used = line.chars().count();
        let needed = joint.len() + part.chars().count() + end.len();
        if used > 0 && used + needed > width {
            line.push_str(end);
            lines.push(std::mem::take(&mut line));
        } else if used > 0 {
            line.push_str(joint);
        }
        line.push_str(part);
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_fill_the_width_and_no_more() {
        assert_eq!(words("one two three", 7), ["one two", "three"]);
        assert_eq!(words("one two three", 6), ["one", "two", "three"]);
    }

    #[test]
    fn a_long_word_stays_whole() {
        assert_eq!(words("a incomprehensible b", 5), ["a", "incomprehensible", "b"]);
    }

    #[test]
    fn commands_break_after_pipes_only() {
        let text = "journalctl -k -b | grep -E 'a|b' | tail";
        assert_eq!(command(text, 80), [text]);
        assert_eq!(command(text, 34), ["journalctl -k -b | grep -E 'a|b' |", "tail"]);
        assert_eq!(command("no pipe in this command", 5), ["no pipe in this command"]);
    }
}
