//! What `iscsi-trace why` must say: the `[truth]` table of scenario files, and the verdict on what it said.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::Context;
use serde::Deserialize;

use crate::conversation;

/// What a scenario or capture is about.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// The cause, or `none` for a quiet run.
    pub cause: String,
    /// What a source with less evidence may say instead: less, but nothing wrong.
    #[serde(default)]
    pub vague: BTreeSet<String>,
    /// Causes of further incidents that the same fault brings.
    #[serde(default)]
    pub also: BTreeSet<String>,
    /// Sources that cannot show it: wire, recording, log.
    #[serde(default)]
    pub unseen: BTreeSet<String>,
}

/// The judgement of what was said about one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// The cause.
    Right,
    /// Less than the cause, and nothing wrong.
    Vague,
    /// Nothing, or `unknown`.
    Unknown,
    /// A cause that is not it.
    Wrong,
}

impl Expected {
    /// Judges the causes said about a source.
    #[must_use]
    pub fn judge(&self, source: &str, said: &[String]) -> Verdict {
        let is_allowed = |cause: &String| {
            *cause == self.cause || self.vague.contains(cause) || self.also.contains(cause)
        };
        let quiet = self.cause == "none";
        if said.iter().any(|cause| !is_allowed(cause) && (quiet || cause != "unknown")) {
            return Verdict::Wrong;
        }
        if quiet || said.contains(&self.cause) || said.is_empty() && self.unseen.contains(source) {
            return Verdict::Right;
        }
        let is_vague = said.iter().any(|cause| self.vague.contains(cause));
        if is_vague { Verdict::Vague } else { Verdict::Unknown }
    }
}

/// A conversation of tests/truth: written down, not recorded.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Written {
    /// The file's name without `.toml`.
    #[serde(skip)]
    pub name: String,
    /// One sentence: what happens.
    pub about: String,
    /// Line by line, see [`conversation`].
    script: String,
    /// What must be said about it.
    pub truth: Expected,
}

impl Written {
    /// The conversation as a pcap file.
    ///
    /// # Errors
    /// The script is wrong.
    pub fn capture(&self) -> anyhow::Result<Vec<u8>> {
        conversation::capture(&self.script)
            .with_context(|| format!("in tests/truth/{}.toml", self.name))
    }
}

/// Every conversation, by name.
///
/// # Errors
/// A file cannot be read or is wrong.
pub fn written() -> anyhow::Result<Vec<Written>> {
    let mut all = Vec::new();
    for entry in fs::read_dir(crate::root().join("tests/truth"))? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "toml") || is_list(&path) {
            continue;
        }
        let text = fs::read_to_string(&path)?;
        let mut written: Written =
            toml::from_str(&text).with_context(|| format!("{} is not right", path.display()))?;
        written.name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        all.push(written);
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(all)
}

/// What must be said about captures and logs that others may have recorded: file name to truth.
///
/// # Errors
/// The list cannot be read or is wrong.
pub fn listed(list: &str) -> anyhow::Result<Vec<(String, Expected)>> {
    let path = crate::root().join("tests/truth").join(list);
    let text =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let table: std::collections::BTreeMap<String, Expected> = toml::from_str(&text)?;
    Ok(table.into_iter().collect())
}

fn is_list(path: &Path) -> bool {
    ["captures.toml", "logs.toml"].iter().any(|list| path.ends_with(list))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected() -> Expected {
        let set = |name: &str| BTreeSet::from([name.to_owned()]);
        Expected {
            cause: "link-lost".to_owned(),
            vague: set("target-silent"),
            also: set("replacement-timeout"),
            unseen: BTreeSet::new(),
        }
    }

    fn judge(expected: &Expected, said: &[&str]) -> Verdict {
        expected.judge("wire", &said.iter().map(|&cause| cause.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn one_wrong_cause_spoils_a_right_one() {
        let expected = expected();
        assert_eq!(judge(&expected, &["link-lost", "replacement-timeout"]), Verdict::Right);
        assert_eq!(judge(&expected, &["link-lost", "target-frozen"]), Verdict::Wrong);
        assert_eq!(judge(&expected, &["target-silent"]), Verdict::Vague);
        assert_eq!(judge(&expected, &[]), Verdict::Unknown);
        assert_eq!(judge(&expected, &["unknown"]), Verdict::Unknown);
    }

    #[test]
    fn a_quiet_run_must_be_silent() {
        let quiet = Expected { cause: "none".to_owned(), ..expected() };
        assert_eq!(judge(&quiet, &[]), Verdict::Right);
        assert_eq!(judge(&quiet, &["unknown"]), Verdict::Wrong);
        assert_eq!(judge(&quiet, &["slow-target"]), Verdict::Wrong);
    }
}
