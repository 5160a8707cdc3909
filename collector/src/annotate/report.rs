//! An incident as a block of text.

use iscsi_decoders::log::{Span, Times};

use super::{
    CHECK,
    incident::{Incident, Key, Outcome},
};

/// The lines of an incident's block: the first is its heading.
pub(super) fn report(incident: &Incident) -> Vec<String> {
    let mut lines = vec![heading(incident), sentence(incident)];
    if let Some(cause) = incident.cause() {
        lines.push(format!(
            "Cause: {} {}: {}",
            shown(incident, cause),
            cause.symbol,
            cause.meaning
        ));
    }
    if let Some(detail) = &incident.detail {
        lines.push(format!("Just before: {detail}"));
    }
    if let Some((found, others)) = incident.diagnosis() {
        let (name, sure) = (found.cause.name(), found.confidence.name());
        lines.push(format!("Why: {name} ({sure}). {}", found.cause.meaning()));
        let others: Vec<&str> = others.iter().map(|(cause, _)| cause.name()).collect();
        if !others.is_empty() {
            lines.push(format!("It could also be: {}", others.join(", ")));
        }
    }
    lines.extend(timeline(incident));
    lines.extend(stages(incident));
    lines.push(format!("Outcome: {}", outcome(incident)));
    if let Some(field) = incident.cause().and_then(|cause| cause.field) {
        lines.extend(field.check.first().map(|check| format!("{CHECK}{check}")));
    }
    lines
}

fn shown(incident: &Incident, cause: &iscsi_decoders::catalogue::Entry) -> String {
    use iscsi_decoders::catalogue::Space;
    match cause.space {
        Space::Login => {
            let [_, _, class, detail] = cause.code.to_be_bytes();
            format!("login status {class:02x}/{detail:02x}")
        }
        Space::HostByte => format!("host byte 0x{:02x}", cause.code),
        _ => incident.code.map(|code| code.to_string()).unwrap_or_default(),
    }
}

fn heading(incident: &Incident) -> String {
    let interim = if incident.is_interim() { " so far" } else { "" };
    let mut text = format!("Incident {}{interim}: {}", incident.number, whose(incident));
    if let Some(target) = &incident.target {
        text.push_str(&format!(", target {target}"));
    }
    if let Some(portal) = &incident.portal {
        text.push_str(&format!(" at {portal}"));
    }
    text
}

fn whose(incident: &Incident) -> String {
    match (incident.key, incident.connection) {
        (Key::Session(id), Some(connection)) => {
            format!("session {id} (connection {id}:{connection})")
        }
        (Key::Session(id), None) => format!("session {id}"),
        (Key::Host(host), _) => format!("iSCSI host {host} (its session is not named in the log)"),
    }
}

/// What happened, in one sentence.
pub(super) fn sentence(incident: &Incident) -> String {
    let code = match (incident.cause(), incident.code) {
        (Some(cause), _) => format!(" ({})", cause.symbol),
        (None, Some(code)) => format!(" (error {code})"),
        (None, None) => String::new(),
    };
    let lost = match incident.losses {
        0 | 1 => format!("The connection was lost{code}"),
        times => format!("The connection was lost {times} times{code}"),
    };
    let lost = match incident.outages {
        0 | 1 => lost,
        outages => format!("{lost} in {outages} outages"),
    };
    let affected = affected(incident);
    match incident.outcome() {
        Outcome::Recovered => match incident.down() {
            Some(down) => {
                format!("{lost} and was back after {}; commands waited{affected}.", span(down))
            }
            None => format!("{lost} and came back; commands waited{affected}."),
        },
        Outcome::ProbablyRecovered => {
            format!(
                "{lost} and probably came back: the log goes on without another word about it{affected}."
            )
        }
        Outcome::Failed => match incident.recovery_secs {
            Some(secs) => format!("{lost} and did not come back within {secs} s{affected}."),
            None => format!("{lost} and did not come back in time{affected}."),
        },
        Outcome::FailedThenRecovered => match incident.down() {
            Some(down) => {
                format!("{lost} and came back only after {}, too late{affected}.", span(down))
            }
            None => format!("{lost} and came back too late{affected}."),
        },
        Outcome::LoginFailed => {
            let times = incident.losses.max(1);
            let attempts =
                if times == 1 { "the attempt".to_owned() } else { format!("{times} attempts") };
            format!(
                "The session was never logged in; {attempts} ended with the connection closed{code}."
            )
        }
        Outcome::LoggedOut => {
            format!("{lost}, and the session was removed before it came back{affected}.")
        }
        Outcome::IoErrors => format!("I/O failed{code} while the connection held{affected}."),
        Outcome::Held => match affected.is_empty() {
            true => format!("Commands failed{code} while the connection held."),
            false => format!(
                "Commands were aborted or failed{code} while the connection held{affected}."
            ),
        },
        Outcome::Open => match incident.log_end {
            Some(end) => format!(
                "{lost}{affected}; the log ends {} later without showing whether it came back.",
                span(end)
            ),
            None => format!("{lost}{affected}; the log ends there."),
        },
    }
}

/// `; I/O failed on sda, sdb; ext4 on sda1 went read-only`
fn affected(incident: &Incident) -> String {
    let mut text = String::new();
    if incident.io_errors > 0 {
        let errors = match incident.io_errors {
            1 => "1 I/O error".to_owned(),
            many => format!("{many} I/O errors"),
        };
        text.push_str(&format!("; {errors} on {}", incident.disks.joined()));
    } else if !incident.disks.names.is_empty() {
        text.push_str(&format!("; concerned: {}", incident.disks.joined()));
    }
    if !incident.read_only.names.is_empty() {
        text.push_str(&format!("; read-only or shut down: {}", incident.read_only.joined()));
    }
    text
}

fn timeline(incident: &Incident) -> Vec<String> {
    let offsets: Vec<String> =
        incident.steps.iter().map(|step| offset(step.first, incident.first)).collect();
    let width = offsets.iter().map(String::len).max().unwrap_or_default();
    let mut lines = Vec::new();
    for (index, (step, offset)) in incident.steps.iter().zip(&offsets).enumerate() {
        let mut line = format!("  {offset:>width$}  {}", step.text);
        if step.count > 1 {
            line.push_str(&format!(" ({} times", step.count));
            if let Some(over) = step.last.since(&step.first).filter(|over| over.ns >= 1_000_000) {
                line.push_str(&format!(" in {}", span(over)));
            }
            line.push(')');
        }
        lines.push(line);
        if incident.left_out > 0 && index + 1 == super::incident::FIRST_STEPS {
            lines.push(format!("  {:>width$}  {} more", "...", incident.left_out));
        }
    }
    lines
}

/// `+0.001 s`, or nothing where the lines bear no times.
fn offset(at: Times, from: Times) -> String {
    match at.since(&from) {
        Some(since) if since.ns < 0 => format!("-{}", span(Span { ns: -since.ns, ..since })),
        Some(since) => format!("+{}", span(since)),
        None => String::new(),
    }
}

/// How long each stage took.
fn stages(incident: &Incident) -> Option<String> {
    let mut stages = Vec::new();
    if let Some(ms) = incident.silent_ms {
        stages.push(format!("noticed after {} of silence", super::steps::seconds(ms)));
    }
    if let Some(until) = incident.until_failed() {
        stages.push(format!("commands waited {}", span(until)));
        if let Some(failing) =
            incident.failed.zip(incident.back).and_then(|(failed, back)| back.since(&failed))
        {
            stages.push(format!("I/O failed for {}", span(failing)));
        }
    } else if let Some(down) = incident.down() {
        stages.push(format!("commands waited {}", span(down)));
    }
    (!stages.is_empty()).then(|| format!("Stages: {}", stages.join("; ")))
}

fn outcome(incident: &Incident) -> String {
    let name = incident.outcome().name();
    match &incident.evidence {
        Some(evidence) if incident.back.is_some() => format!("{name} (shown by: {evidence})"),
        _ => name.to_owned(),
    }
}

/// `2.063 s`, `4 min 10 s`, as exact as the log.
pub(super) fn span(span: Span) -> String {
    let ns = span.ns.max(0);
    let (seconds, rest) = (ns / 1_000_000_000, ns % 1_000_000_000);
    match seconds {
        0..120 if span.digits >= 3 => format!("{seconds}.{:03} s", rest / 1_000_000),
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_as_exact_as_the_log() {
        let show = |ms: i64, digits| span(Span { ns: ms * 1_000_000, digits });
        assert_eq!(show(2_063, 6), "2.063 s");
        assert_eq!(show(2_000, 0), "2 s");
        assert_eq!(show(250_000, 6), "4 min 10 s");
        assert_eq!(show(7_380_000, 6), "2 h 3 min");
    }
}
