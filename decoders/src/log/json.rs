//! As much JSON as one line of `journalctl -o json` needs: a flat object whose values are strings, numbers,
//! null, or arrays of bytes (the journal's way to write what is not UTF-8).

/// A value, still as written.
#[derive(Clone, Copy)]
pub(super) enum Raw<'a> {
    /// Between the quotes, escapes unresolved.
    Text(&'a str),
    /// Between the brackets.
    Array(&'a str),
    /// A number or a word.
    Word(&'a str),
}

/// The keys and values of an object; ends early, without complaint, where the JSON does.
pub(super) struct Fields<'a> {
    rest: &'a str,
}

impl<'a> Fields<'a> {
    /// Starts behind the opening brace.
    pub(super) fn new(line: &'a str) -> Option<Self> {
        Some(Self { rest: line.trim_start().strip_prefix('{')? })
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = (&'a str, Raw<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest.trim_start().trim_start_matches(',').trim_start();
        let (key, rest) = quoted(rest)?;
        let rest = rest.trim_start().strip_prefix(':')?.trim_start();
        let (value, rest) = if let Some((text, rest)) = quoted(rest) {
            (Raw::Text(text), rest)
        } else if let Some(rest) = rest.strip_prefix('[') {
            // A repeated field is an array of strings; its first bracket is close enough to skip it by.
            let (array, rest) = rest.split_once(']')?;
            (Raw::Array(array), rest)
        } else {
            let end = rest.find([',', '}'])?;
            let (word, rest) = rest.split_at_checked(end)?;
            (Raw::Word(word.trim_end()), rest)
        };
        self.rest = rest;
        Some((key, value))
    }
}

/// What stands between a quote and its unescaped end, and what follows.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let text = text.strip_prefix('"')?;
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => {
                let (inside, rest) = text.split_at_checked(at)?;
                return Some((inside, rest.strip_prefix('"')?));
            }
            _ => {}
        }
    }
    None
}

impl<'a> Raw<'a> {
    /// The value as a decimal number; the journal writes numbers as strings.
    pub(super) fn number(self) -> Option<i64> {
        match self {
            Self::Text(text) | Self::Word(text) => text.parse().ok(),
            Self::Array(_) => None,
        }
    }

    /// The text, resolved into `scratch` only if it has escapes or is an array of bytes.
    pub(super) fn text(self, scratch: &'a mut String) -> Option<&'a str> {
        match self {
            Self::Text(text) if !text.contains('\\') => return Some(text),
            Self::Text(text) => {
                scratch.clear();
                unescape(text, scratch);
            }
            Self::Array(bytes) => {
                scratch.clear();
                // Bytes above ASCII are why the journal wrote an array; no pattern has any, so they are
                // replaced one by one instead of decoded.
                for byte in bytes.split(',') {
                    let byte: u8 = byte.trim().parse().ok()?;
                    scratch.push(if byte.is_ascii() {
                        char::from(byte)
                    } else {
                        char::REPLACEMENT_CHARACTER
                    });
                }
            }
            Self::Word(_) => return None,
        }
        Some(scratch)
    }
}

fn unescape(text: &str, out: &mut String) {
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        if char != '\\' {
            out.push(char);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('u') => {
                let digits = chars.by_ref().take(4);
                let code = digits
                    .filter_map(|digit| digit.to_digit(16))
                    .fold(0, |code, digit| code << 4 | digit);
                // Half of a surrogate pair is no character; no message pattern holds one.
                out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            Some(other) => out.push(other),
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(line: &str, key: &str) -> Option<String> {
        let mut scratch = String::new();
        Fields::new(line)?.find(|(name, _)| *name == key)?.1.text(&mut scratch).map(str::to_owned)
    }

    #[test]
    fn strings_numbers_nulls_and_arrays_are_stepped_over() {
        let line = r#"{ "A":"x\"y", "N" : 12, "B":null,"C":[1,2],"D":["a","b"], "MESSAGE":"m" }"#;
        assert_eq!(value(line, "MESSAGE").as_deref(), Some("m"));
        assert_eq!(value(line, "A").as_deref(), Some("x\"y"));
    }

    #[test]
    fn a_message_of_bytes_is_text_again() {
        assert_eq!(
            value(r#"{"MESSAGE":[32,111,107,255]}"#, "MESSAGE").as_deref(),
            Some(" ok\u{fffd}")
        );
    }

    #[test]
    fn escapes_are_resolved() {
        assert_eq!(value(r#"{"M":"a\tb\u0041\\"}"#, "M").as_deref(), Some("a\tbA\\"));
    }

    #[test]
    fn cut_json_ends_the_fields_quietly() {
        assert_eq!(value(r#"{"A":"x","MESS"#, "MESSAGE"), None);
        assert_eq!(value(r#"{"A":"x\"#, "A"), None);
    }
}
