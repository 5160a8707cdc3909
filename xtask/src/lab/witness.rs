//! What `iscsi-trace live` told of a scenario, held against the wire and the kernel's log.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};
use serde_json::Value;

use super::compare::{Comparison, compare};

/// What the probes saw.
#[derive(Debug)]
pub struct Witness {
    comparison: Comparison,
    /// Codes of the connection errors, each once.
    errors: BTreeSet<u32>,
    /// Events for which the ring buffer had no room, of all kinds: in a scenario there is no excuse for that.
    lost: u64,
    events: usize,
    /// What of the recording differs from what was printed at the time.
    recording: Option<String>,
}

impl Witness {
    /// Reads what a run left in `folder`; so many PDUs on the wire in each direction, at most, were not its to see.
    pub fn hear(iscsi_trace: &Path, folder: &Path, strange: u64) -> anyhow::Result<Self> {
        let decode = |file: &str| {
            let output = Command::new(iscsi_trace)
                .args(["decode", "--output", "json"])
                .arg(folder.join(file))
                .output()?;
            ensure!(
                output.status.success(),
                "iscsi-trace decode {file} ended with {}: {}",
                output.status,
                String::from_utf8_lossy(&output.stderr).trim()
            );
            Ok(String::from_utf8(output.stdout)?)
        };
        let printed = fs::read_to_string(folder.join("events.jsonl"))?;
        let wire = decode("wire.pcap")?;
        let recorded = decode("events.pcapng")?;
        let mut witness = Self {
            comparison: compare(&wire, &printed, strange)?,
            errors: BTreeSet::new(),
            lost: 0,
            events: printed.lines().filter(is_event).count(),
            recording: difference(&printed, &recorded)?,
        };
        for line in printed.lines() {
            let event: Value = serde_json::from_str(line).with_context(|| line.to_owned())?;
            let number = |name: &str| event.get(name).and_then(Value::as_u64);
            match event.get("event").and_then(Value::as_str) {
                Some("connection-error") => {
                    witness.errors.extend(number("code").and_then(|code| u32::try_from(code).ok()));
                }
                // The others are the comparison's.
                Some("loss") if event.get("cause") == Some(&"buffer-full".into()) => {
                    witness.lost += number("events").unwrap_or(1);
                }
                _ => {}
            }
        }
        Ok(witness)
    }

    /// Everything that is not as it should be; `errors` are those in the kernel's log.
    pub fn problems(&self, errors: &BTreeSet<u32>) -> Vec<String> {
        let mut problems = self.comparison.unexplained.clone();
        // The kernel prints an error once and calls the probed function for it more often, sometimes with another code.
        let unseen: Vec<_> = errors.difference(&self.errors).collect();
        if !unseen.is_empty() {
            problems.push(format!("the probes did not see connection errors {unseen:?}"));
        }
        if self.comparison.equal == 0 {
            problems.push("no PDU was seen by the probes and on the wire".to_owned());
        }
        if self.lost > 0 {
            problems.push(format!("{} events were lost", self.lost));
        }
        problems.extend(self.recording.clone());
        problems
    }

    /// One line.
    pub fn summary(&self) -> String {
        let Comparison { equal, explained, .. } = &self.comparison;
        let mut text = format!("{} events, {equal} PDUs as on the wire", self.events);
        for (why, count) in explained {
            text += &format!(", {count} {why}");
        }
        text
    }
}

/// Incidents are conclusions, which a recording does not hold.
fn is_event(line: &&str) -> bool {
    !line.contains(r#""event":"incident""#)
}

/// The first line in which a recording, decoded, differs from what was printed while it was made.
fn difference(printed: &str, recorded: &str) -> anyhow::Result<Option<String>> {
    let (printed, recorded): (Vec<_>, Vec<_>) =
        (printed.lines().filter(is_event).collect(), recorded.lines().collect());
    let differs = printed.iter().zip(&recorded).find(|(one, other)| one != other);
    Ok(match differs {
        Some((one, other)) => {
            Some(format!("the recording differs: printed {one}, recorded {other}"))
        }
        None if printed.len() != recorded.len() => {
            Some(format!("printed {} events, recorded {}", printed.len(), recorded.len()))
        }
        None => None,
    })
}
