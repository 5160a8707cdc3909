//! An incident of a log as `iscsi-trace why` shows it: the same rules, with what little a log tells.

use iscsi_decoders::Timestamp;
use iscsi_decoders::log::{Clock, Times};
use iscsi_decoders::stream::Stamp;

use super::incident::{Incident, Key, Outcome};
use crate::why::{
    self, Cause, Confidence, Diagnosis, Epoch, LedTo, LogFacts, Moment, MomentKind, Place, What,
};

impl Incident {
    /// What the rules make of it, and what else it could be.
    pub(super) fn diagnosis(&self) -> Option<(Diagnosis, Vec<(Cause, Confidence)>)> {
        let at = stamp(self.first, 0);
        let facts = LogFacts {
            code: self.code,
            login_status: self.login_status,
            asynchronous: self.asynchronous,
            silence: self.silent_ms.and_then(|ms| i64::try_from(ms).ok()?.checked_mul(1_000_000)),
            iscsid_heard: self.iscsid_heard,
            command_timed_out: self.command_timed_out,
            never_up: self.outcome() == Outcome::LoginFailed,
            gave_up: self.recovery_secs.filter(|_| self.ever_failed),
            detail: self.detail.as_deref(),
            refused_here: self.refused_here.as_ref().map(|(status, text)| (*status, &**text)),
        };
        facts.diagnose(at)
    }

    /// It in the form that all sources share; none for trouble that is no matter of iSCSI.
    pub(super) fn explained(&self) -> Option<why::Incident> {
        let unknown = || {
            let lost = self.code.is_some();
            lost.then(|| (Diagnosis::new(Cause::Unknown, Confidence::Possible), Vec::new()))
        };
        let (diagnosis, alternatives) = self.diagnosis().or_else(unknown)?;
        let offset = |at: Times| at.since(&self.first).map_or(0, |span| span.ns);
        let moments = self.steps.iter().map(|step| Moment {
            stamp: stamp(self.first, offset(step.first)),
            kind: MomentKind::Log,
            text: match step.count {
                1 => step.text.clone(),
                count => format!("{} ({count} times)", step.text).into(),
            },
        });
        let session = match self.key {
            Key::Session(session) => Some(session),
            Key::Host(_) => None,
        };
        let lasted = self.down().map(|span| span.ns);
        let back = self.back.map(|back| stamp(self.first, offset(back)));
        let mut what: Vec<What> = self.code.map(What::ConnectionError).into_iter().collect();
        if let Some(status) = self.login_status {
            let [_, _, class, detail] = status.to_be_bytes();
            what.push(What::LoginRefused(class, detail));
        }
        if what.is_empty() {
            what.extend(self.recovery_secs.map(|seconds| What::RecoveryTimedOut { seconds }));
        }
        Some(why::Incident {
            number: self.number,
            began: stamp(self.first, 0),
            epoch: epoch(self.first),
            what,
            place: Place {
                session,
                cid: self.connection,
                target: self.target.clone(),
                devices: self.disks.names.clone(),
                ..Place::default()
            },
            diagnosis,
            alternatives,
            led_to: LedTo {
                // One request may be told of in several ways; the kernel leaves lines out, so it is no less.
                commands_failed: self
                    .failed_requests
                    .iter()
                    .copied()
                    .max()
                    .filter(|&count| count > 0),
                offline: (!self.offline.names.is_empty()).then(|| self.offline.names.clone()),
                held: matches!(self.outcome(), Outcome::Held | Outcome::IoErrors),
                still_down: (self.outcome() == Outcome::Open || self.outcome() == Outcome::Failed)
                    .then(|| {
                        offset(self.last).saturating_add(self.log_end.map_or(0, |end| end.ns))
                    }),
                gave_up: self.failed.map(|failed| stamp(self.first, offset(failed))),
                recovered: back.zip(lasted),
                removed: self.gone.then(|| stamp(self.first, offset(self.last))),
                ..LedTo::default()
            },
            timeline: moments.collect(),
            flight: Vec::new(),
        })
    }
}

fn epoch(first: Times) -> Epoch {
    match first.wall.map(|wall| wall.clock) {
        Some(Clock::Utc) => Epoch::Utc,
        Some(Clock::Local) => Epoch::Local,
        Some(Clock::NoYear) => Epoch::NoYear,
        None => Epoch::Boot,
    }
}

/// A log's time: the wall clock's, else that since boot.
fn stamp(first: Times, offset: i64) -> Stamp {
    let wall = first.wall.map(|wall| wall.ns);
    let from = wall.or(first.boot).unwrap_or(0);
    Stamp { time: Timestamp(from.saturating_add(offset)), frame: 0 }
}
