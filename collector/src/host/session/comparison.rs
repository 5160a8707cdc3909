//! What iscsid's record asks for next to what is in force.
//!
//! iscsid hands every setting to the kernel during login, from the record as it was when the session was made
//! (open-iscsi: `iscsi_session_set_params`, `session->nrec`). A record changed since then takes effect after a logout
//! and login; a reconnect keeps the old values. What the target offered is not kept anywhere: where it decided the
//! result, the result tells; else only the login's PDUs do (`live`, `decode --summary`).

use serde::Serialize;

use super::{Connection, Session};

/// One setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The login key, or iscsid's name of the setting.
    pub name: &'static str,
    /// What the record asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested: Option<String>,
    /// What the target offered, where the result tells: it is what the record does not explain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offered: Option<String>,
    /// What the session uses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_force: Option<String>,
    /// How the two compare; absent if one of them is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
    /// When the record's value will be used; absent unless it is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub takes_effect: Option<Effect>,
}

/// How what is in force compares with the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Comparison {
    /// The record's value is in force.
    Same,
    /// The target may have brought it about: a login key's result lies within what was asked for.
    Negotiated,
    /// No negotiation gives this: the record was changed since the login, or the value by hand.
    Changed,
}

/// When a changed record is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// After a logout and login; a reconnect is not enough.
    Login,
    /// After a logout and login, or at once by writing it to sysfs.
    LoginOrSysfs,
}

/// How a setting comes to its value.
#[derive(Clone, Copy)]
enum Rule {
    /// The smaller of both sides' numbers (RFC 7143, 13).
    Smaller,
    /// Yes if either side says so.
    Or,
    /// Yes if both sides say so.
    And,
    /// The first of the initiator's list that the target knows.
    List,
    /// The target's declaration, held down by the record unless that is 0.
    Limit,
    /// The initiator's alone.
    Ours,
    /// The initiator's alone; sysfs takes another value at once.
    Writable,
}

struct Setting {
    name: &'static str,
    key: &'static str,
    rule: Rule,
    in_force: fn(&Session, &Connection) -> Option<String>,
}

const SETTINGS: &[Setting] = &[
    setting("HeaderDigest", "node.conn[0].iscsi.HeaderDigest", Rule::List, |_, c| {
        digest(c.header_digest)
    }),
    setting("DataDigest", "node.conn[0].iscsi.DataDigest", Rule::List, |_, c| {
        digest(c.data_digest)
    }),
    setting(
        "MaxRecvDataSegmentLength",
        "node.conn[0].iscsi.MaxRecvDataSegmentLength",
        Rule::Ours,
        |_, c| text(c.max_recv_data_segment_length),
    ),
    setting(
        "MaxXmitDataSegmentLength",
        "node.conn[0].iscsi.MaxXmitDataSegmentLength",
        Rule::Limit,
        |_, c| text(c.max_xmit_data_segment_length),
    ),
    setting("FirstBurstLength", "node.session.iscsi.FirstBurstLength", Rule::Smaller, |s, _| {
        text(s.negotiated.first_burst_length)
    }),
    setting("MaxBurstLength", "node.session.iscsi.MaxBurstLength", Rule::Smaller, |s, _| {
        text(s.negotiated.max_burst_length)
    }),
    setting("ImmediateData", "node.session.iscsi.ImmediateData", Rule::And, |s, _| {
        yes_no(s.negotiated.immediate_data)
    }),
    setting("InitialR2T", "node.session.iscsi.InitialR2T", Rule::Or, |s, _| {
        yes_no(s.negotiated.initial_r2t)
    }),
    setting("MaxOutstandingR2T", "node.session.iscsi.MaxOutstandingR2T", Rule::Smaller, |s, _| {
        text(s.negotiated.max_outstanding_r2t)
    }),
    setting("ErrorRecoveryLevel", "node.session.iscsi.ERL", Rule::Smaller, |s, _| {
        text(s.negotiated.error_recovery_level)
    }),
    setting(
        "replacement_timeout",
        "node.session.timeo.replacement_timeout",
        Rule::Writable,
        |s, _| text(s.timeouts.recovery_tmo),
    ),
    setting("noop_out_interval", "node.conn[0].timeo.noop_out_interval", Rule::Ours, |_, c| {
        text(c.recv_tmo)
    }),
    setting("noop_out_timeout", "node.conn[0].timeo.noop_out_timeout", Rule::Ours, |_, c| {
        text(c.ping_tmo)
    }),
    setting("abort_timeout", "node.session.err_timeo.abort_timeout", Rule::Ours, |s, _| {
        text(s.timeouts.abort_tmo)
    }),
    setting("lu_reset_timeout", "node.session.err_timeo.lu_reset_timeout", Rule::Ours, |s, _| {
        text(s.timeouts.lu_reset_tmo)
    }),
    setting("tgt_reset_timeout", "node.session.err_timeo.tgt_reset_timeout", Rule::Ours, |s, _| {
        text(s.timeouts.tgt_reset_tmo)
    }),
    setting("FastAbort", "node.session.iscsi.FastAbort", Rule::Ours, |s, _| {
        yes_no(s.timeouts.fast_abort)
    }),
    setting("cmds_max", "node.session.cmds_max", Rule::Ours, |s, _| text(cmds_max(s))),
    setting("queue_depth", "node.session.queue_depth", Rule::Ours, |s, _| {
        // On adapters the host is shared and keeps its driver's depth.
        text(s.host.as_ref().filter(|_| s.transport() == Some("tcp"))?.cmd_per_lun)
    }),
];

const fn setting(
    name: &'static str,
    key: &'static str,
    rule: Rule,
    in_force: fn(&Session, &Connection) -> Option<String>,
) -> Setting {
    Setting { name, key, rule, in_force }
}

/// The keys a record is asked for.
pub(in crate::host) fn keys() -> impl Iterator<Item = &'static str> {
    SETTINGS.iter().map(|setting| setting.key)
}

/// Whether a record's key is one of the settings compared.
#[must_use]
pub fn is_compared(key: &str) -> bool {
    keys().any(|compared| compared == key)
}

/// Compares all settings of a session that the driver or the record has.
pub(super) fn rows(session: &Session) -> Vec<Row> {
    let Some(connection) = session.connection() else { return Vec::new() };
    let row = |setting: &Setting| {
        let asked = session.record.as_ref().and_then(|record| record.get(setting.key));
        let requested = asked.map(|asked| normal(setting.name, asked));
        let in_force = (setting.in_force)(session, connection);
        let comparison =
            requested.as_deref().zip(in_force.as_deref()).map(|(r, f)| setting.rule.compare(r, f));
        let takes_effect = match setting.rule {
            _ if comparison != Some(Comparison::Changed) => None,
            Rule::Writable => Some(Effect::LoginOrSysfs),
            _ => Some(Effect::Login),
        };
        let decided = comparison == Some(Comparison::Negotiated)
            || matches!(setting.rule, Rule::Limit) && requested.as_deref() == Some(NO_LIMIT);
        let offered = in_force.clone().filter(|_| decided);
        (requested.is_some() || in_force.is_some()).then_some(Row {
            name: setting.name,
            requested,
            offered,
            in_force,
            comparison,
            takes_effect,
        })
    };
    SETTINGS.iter().filter_map(row).collect()
}

/// What a record says that takes whatever the target declares.
const NO_LIMIT: &str = "0";

impl Rule {
    fn compare(self, requested: &str, in_force: &str) -> Comparison {
        let within = match self {
            _ if requested == in_force => return Comparison::Same,
            Self::Smaller => number(in_force) < number(requested),
            Self::Or => in_force == "Yes",
            Self::And => in_force == "No",
            Self::List => {
                let mut wanted = requested.split(',').map(str::trim);
                if wanted.next() == Some(in_force) {
                    return Comparison::Same;
                }
                wanted.any(|digest| digest == in_force)
            }
            Self::Limit if requested == NO_LIMIT => return Comparison::Same,
            Self::Limit => number(in_force) < number(requested),
            Self::Ours | Self::Writable => false,
        };
        if within { Comparison::Negotiated } else { Comparison::Changed }
    }
}

/// A record's value as the kernel would show it.
fn normal(name: &str, value: &str) -> String {
    match (name, value) {
        ("replacement_timeout", value) => super::Patience::parse(value)
            .map_or_else(|| value.to_owned(), |patience| patience.to_string()),
        ("cmds_max", value) => match value.parse() {
            Ok(value) => tasks(value).to_string(),
            Err(_) => value.to_owned(),
        },
        (_, value) => value.to_owned(),
    }
}

/// The tasks a session gets when it asks for so many (kernel: `iscsi_host_get_max_scsi_cmds`).
fn tasks(asked: u32) -> u32 {
    const DEFAULT: u32 = 128;
    const MOST: u32 = 4096;
    let asked = if asked == 0 { DEFAULT } else { asked.min(MOST) };
    1 << asked.ilog2()
}

/// Tasks the kernel keeps for pings, logouts and task management (kernel: `ISCSI_MGMT_CMDS_MAX`).
const MANAGEMENT_TASKS: u32 = 15;

/// With iscsi_tcp a host takes all tasks of its one session but those for management.
fn cmds_max(session: &Session) -> Option<u32> {
    let host = session.host.as_ref().filter(|host| host.transport.as_deref() == Some("tcp"))?;
    host.can_queue?.checked_add(MANAGEMENT_TASKS)
}

fn number(text: &str) -> Option<u64> {
    text.parse().ok()
}

fn text<T: ToString>(value: Option<T>) -> Option<String> {
    value.map(|value| value.to_string())
}

fn yes_no(value: Option<bool>) -> Option<String> {
    value.map(|value| if value { "Yes" } else { "No" }.to_owned())
}

fn digest(value: Option<bool>) -> Option<String> {
    value.map(|value| if value { "CRC32C" } else { "None" }.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_within_the_request_was_negotiated_and_any_other_changed() {
        for (rule, requested, in_force, expected) in [
            (Rule::Smaller, "262144", "262144", Comparison::Same),
            (Rule::Smaller, "16776192", "262144", Comparison::Negotiated),
            (Rule::Smaller, "65536", "262144", Comparison::Changed),
            (Rule::Or, "No", "Yes", Comparison::Negotiated),
            (Rule::Or, "Yes", "No", Comparison::Changed),
            (Rule::And, "Yes", "No", Comparison::Negotiated),
            (Rule::And, "No", "Yes", Comparison::Changed),
            (Rule::List, "CRC32C,None", "CRC32C", Comparison::Same),
            (Rule::List, "CRC32C,None", "None", Comparison::Negotiated),
            (Rule::List, "None", "CRC32C", Comparison::Changed),
            (Rule::Limit, "0", "262144", Comparison::Same),
            (Rule::Limit, "262144", "65536", Comparison::Negotiated),
            (Rule::Ours, "120", "20", Comparison::Changed),
        ] {
            assert_eq!(rule.compare(requested, in_force), expected, "{requested} {in_force}");
        }
    }

    #[test]
    fn values_of_records_are_read_as_the_kernel_takes_them() {
        assert_eq!(normal("replacement_timeout", "-1"), "off");
        assert_eq!(normal("cmds_max", "1000"), "512");
        assert_eq!(normal("cmds_max", "0"), "128");
        assert_eq!(normal("cmds_max", "65535"), "4096");
        assert_eq!(normal("queue_depth", "32"), "32");
    }
}
