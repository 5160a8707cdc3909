//! Matches as JSON Lines.

use std::io::{self, Write};

use iscsi_decoders::catalogue::Match;
use serde::Serialize;

/// One meaning of one query. An absent part is absent, not null.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    query: Option<&'a str>,
    space: &'a str,
    code: &'a str,
    symbol: &'a str,
    meaning: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hit: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    check: Option<&'a [&'a str]>,
    #[serde(rename = "do", skip_serializing_if = "Option::is_none")]
    action: Option<&'a [&'a str]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
}

/// Writes a match as one line; `query` is what was asked, if anything was.
///
/// # Errors
/// What the writer says.
pub fn write(out: &mut impl Write, query: Option<&str>, found: &Match) -> io::Result<()> {
    let field = found.field();
    let line = Line {
        query,
        space: found.space(),
        code: &found.code,
        symbol: &found.symbol(),
        meaning: found.entry.meaning,
        hit: field.map(|f| f.hit),
        check: field.map(|f| f.check),
        action: field.map(|f| f.action),
        source: field.map(|f| f.source),
    };
    serde_json::to_writer(&mut *out, &line)?;
    writeln!(out)
}

#[cfg(test)]
mod tests {
    use iscsi_decoders::catalogue::find;

    use super::*;

    fn line(query: &str) -> serde_json::Value {
        let mut out = Vec::new();
        write(&mut out, Some(query), &find(query).unwrap()[0]).unwrap();
        assert_eq!(out.iter().filter(|&&byte| byte == b'\n').count(), 1);
        serde_json::from_slice(&out).unwrap()
    }

    #[test]
    fn a_line_has_every_part_under_its_contract_name() {
        let json = line("login:0201");
        assert_eq!(json["space"], "login");
        assert_eq!(json["code"], "02/01");
        assert_eq!(json["symbol"], "Authentication failure");
        for text in ["query", "meaning", "hit", "source"] {
            assert!(json[text].as_str().is_some_and(|s| !s.is_empty()), "{text}");
        }
        for list in ["check", "do"] {
            assert!(json[list].as_array().is_some_and(|l| !l.is_empty()), "{list}");
        }
    }

    #[test]
    fn what_is_not_known_is_absent_not_null() {
        let json = line("stop-flag:1");
        let keys: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, ["code", "meaning", "query", "space", "symbol"]);
    }
}
