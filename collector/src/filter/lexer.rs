use std::ops::Range;

use super::error::Mistake;

/// A piece of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A field name, keyword or bare literal. What it is, its place and the field's kind decide.
    Word(&'a str),
    /// A quoted literal, quotes removed.
    Quoted(&'a str),
    /// An operator or bracket.
    Sign(&'static str),
    End,
}

/// Longest first, so that `<=` is not read as `<`.
const SIGNS: [&str; 15] =
    ["==", "!=", "<=", ">=", "&&", "||", "..", "<", ">", "!", "&", "(", ")", "{", "}"];

/// Cuts an expression into tokens.
pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The next token and where it is.
    pub fn next(&mut self) -> Result<(Token<'a>, Range<usize>), Mistake> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let trimmed = rest.trim_start();
        let start = self.text.len() - trimmed.len();
        let (token, length) = token(trimmed).map_err(|(width, message)| {
            Mistake::new(start..start + width, message).hint(single_equals(trimmed))
        })?;
        self.at = start + length;
        Ok((token, start..self.at))
    }
}

/// The token `text` begins with and its length in bytes, or the length and nature of a mistake.
fn token(text: &str) -> Result<(Token<'_>, usize), (usize, String)> {
    let Some(first) = text.chars().next() else { return Ok((Token::End, 0)) };
    if first == '\'' || first == '"' {
        let inside = text.get(1..).unwrap_or_default();
        return match inside.split_once(first) {
            Some((quoted, _)) => Ok((Token::Quoted(quoted), quoted.len() + 2)),
            None => Err((text.len(), format!("the closing {first} is missing"))),
        };
    }
    if let Some(sign) = SIGNS.into_iter().chain([","]).find(|sign| text.starts_with(sign)) {
        return Ok((Token::Sign(sign), sign.len()));
    }
    let word = word(text);
    if word.is_empty() {
        return Err((first.len_utf8(), format!("'{}' means nothing here", first.escape_debug())));
    }
    Ok((Token::Word(word), word.len()))
}

/// Bare words hold whatever names, numbers, addresses and iSCSI names hold, but end before a range's `..`.
fn word(text: &str) -> &str {
    let end = text
        .char_indices()
        .find(|&(at, c)| {
            let is_range = c == '.' && text.get(at..).is_some_and(|rest| rest.starts_with(".."));
            is_range || !(c.is_alphanumeric() || "_.:-+/@#%[]*".contains(c))
        })
        .map_or(text.len(), |(at, _)| at);
    text.get(..end).unwrap_or_default()
}

fn single_equals(text: &str) -> Option<String> {
    let hint = match text.chars().next()? {
        '=' => "equality is written '=='",
        '|' => "'or' is written '||'",
        _ => return None,
    };
    Some(hint.to_owned())
}
