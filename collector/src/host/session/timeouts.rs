use std::fmt;

use serde::{Serialize, Serializer};

use crate::host::notes::Notes;
use crate::host::sysfs::Dir;

/// How long something is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Patience {
    /// This many seconds.
    Seconds(u32),
    /// For ever; the kernel writes `off`, iscsid's records a negative number.
    Endless,
}

impl Patience {
    /// As the kernel or a record writes it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "off" => Some(Self::Endless),
            text => match text.parse::<i64>().ok()? {
                ..0 => Some(Self::Endless),
                seconds => u32::try_from(seconds).ok().map(Self::Seconds),
            },
        }
    }
}

impl fmt::Display for Patience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seconds(seconds) => write!(f, "{seconds}"),
            Self::Endless => f.write_str("off"),
        }
    }
}

impl Serialize for Patience {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Seconds(seconds) => serializer.serialize_u32(*seconds),
            Self::Endless => serializer.serialize_str("off"),
        }
    }
}

/// A session's timeouts, seconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Timeouts {
    /// How long I/O waits for a lost connection to come back before it fails (iscsid: `replacement_timeout`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_tmo: Option<Patience>,
    /// How long the target may take to abort a task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub abort_tmo: Option<u32>,
    /// How long the target may take to reset a logical unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lu_reset_tmo: Option<u32>,
    /// How long the target may take to reset itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tgt_reset_tmo: Option<u32>,
    /// How long any task management function may take (qla4xxx).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub def_taskmgmt_tmo: Option<u32>,
    /// Whether queued Data-Out of a task is dropped when it is aborted (iscsid: `FastAbort`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fast_abort: Option<bool>,
}

impl Timeouts {
    /// What a line about the session needs.
    pub(super) fn recovery(dir: &Dir, notes: &mut Notes) -> Self {
        let recovery_tmo = dir.text("recovery_tmo", notes);
        Self { recovery_tmo: recovery_tmo.as_deref().and_then(Patience::parse), ..Self::default() }
    }

    pub(super) fn read(dir: &Dir, notes: &mut Notes) -> Self {
        Self {
            abort_tmo: dir.number("abort_tmo", notes),
            lu_reset_tmo: dir.number("lu_reset_tmo", notes),
            tgt_reset_tmo: dir.number("tgt_reset_tmo", notes),
            def_taskmgmt_tmo: dir.number("def_taskmgmt_tmo", notes),
            fast_abort: dir.flag("fast_abort", notes),
            ..Self::recovery(dir, notes)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn off_and_negative_numbers_are_endless() {
        assert_eq!(Patience::parse("off"), Some(Patience::Endless));
        assert_eq!(Patience::parse("-1"), Some(Patience::Endless));
        assert_eq!(Patience::parse("120"), Some(Patience::Seconds(120)));
        assert_eq!(Patience::parse("soon"), None);
        assert!(Patience::Seconds(u32::MAX) < Patience::Endless);
    }
}
