use serde::Serialize;

/// Checks that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its name, one word.
    pub name: &'static str,
    /// In the order they are shown.
    pub checks: Vec<Check>,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was looked at: a kernel option, a module, a sysctl, a rule's id.
    pub name: String,
    /// How it is.
    pub status: Status,
    /// What was seen, and what it means.
    pub detail: String,
    /// What to do about it, if anything is to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// The sessions it is about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sessions: Vec<u32>,
    /// Who says that it should be otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<&'static str>,
}

/// How something is, from good to bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// As it should be.
    Ok,
    /// It could not be looked at.
    Unknown,
    /// Some feature works less or not at all.
    Limited,
    /// A setting that makes failures slower or noisier than need be.
    Advice,
    /// A setting or state that loses data or hangs the machine when something else fails.
    Danger,
    /// `live` cannot run.
    Blocked,
}

impl Check {
    /// A check with nothing to be done.
    pub fn new(name: impl Into<String>, status: Status, detail: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            status,
            detail: detail.into(),
            remedy: None,
            sessions: Vec::new(),
            source: None,
        }
    }

    /// A check that found what it looked for.
    pub fn ok(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(name, Status::Ok, detail)
    }

    /// The same with what to do.
    #[must_use]
    pub fn remedy(self, remedy: impl Into<String>) -> Self {
        Self { remedy: Some(remedy.into()), ..self }
    }
}
