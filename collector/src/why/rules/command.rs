//! A command timed out, and error handling went up its ladder.

use iscsi_decoders::catalogue::{self, Space};

use super::Diagnosis;
use crate::model::finding::Duration;
use crate::why::Cause;
use crate::why::case::Case;
use crate::why::incident::{Confidence, Fact, What};
use crate::why::ledger::recovery::Step;

/// No timeout of SCSI commands is shorter (`/sys/block/*/device/timeout` counts in seconds).
const TIMEOUT_MIN: i64 = 900_000_000;
/// `ISCSI_ERR_SCSI_EH_SESSION_RST`.
const SESSION_RST: u32 = 1021;
/// ABORT TASK.
const ABORT_TASK: u8 = 1;

/// An abort of a command that has waited for seconds is its timeout. Of resets only those that follow one are.
pub fn rule(case: &Case<'_>) -> Option<Diagnosis> {
    let ledger = case.ledger;
    let asked = case.what.iter().any(|what| matches!(what, What::TaskManagement(_)));
    if !asked && case.code() != Some(SESSION_RST) {
        return None;
    }
    let steps = ledger.recovery.steps();
    let aborted = steps.iter().find(|step| step.function == Some(ABORT_TASK));
    let age = aborted.and_then(|step| step.age);
    let timed_out = ledger.recovery.timed_out;
    // Nobody aborts by hand: of a command from before the capture it is the timeout, too.
    let stale = match age {
        Some(age) => age >= TIMEOUT_MIN,
        None => asked && (aborted.is_some() || oldest(case) >= TIMEOUT_MIN),
    };
    if timed_out.is_none() && !stale && case.code() != Some(SESSION_RST) {
        return None;
    }
    if timed_out.is_none() && aborted.is_none() && !stale {
        // A reset that somebody asked for ends the same way when the target refuses it.
        let fact = Fact::at(case.at, "error 1021: error handling dropped the session");
        let mut found = Diagnosis::new(Cause::SessionReset, Confidence::Likely).because(fact);
        for step in steps {
            found = found.because(ladder(step));
        }
        return Some(
            found.certain_if("`iscsi-trace live`, or a capture of the commands before it"),
        );
    }
    let sure = match (timed_out.is_some(), age) {
        (true, _) => Confidence::Certain,
        (false, Some(_)) => Confidence::Likely,
        (false, None) => Confidence::Possible,
    };
    let waited = aborted.map(|step| {
        let waited = step.age.or(timed_out.and_then(|(_, age)| age));
        let after = waited.map_or_else(String::new, |age| format!(" after {}", Duration(age)));
        Fact::at(step.began, format!("a command was aborted{after} without an answer"))
            .duration("command_waited_us", waited.unwrap_or(0))
    });
    let others = ledger.tasks.last_answer.zip(aborted).and_then(|(answer, step)| {
        let sent = step.began.time.0 - step.age?;
        (answer.time.0 > sent).then(|| {
            Fact::at(answer, "other commands were answered meanwhile: the connection worked")
        })
    });
    let lost =
        ledger.violation.as_ref().filter(|broken| broken.name == "stat-sn-gap").map(|broken| {
            let text = format!("{}: the target did send an answer that never came", broken.text);
            Fact::at(broken.stamp, text)
        });
    let mut found = Diagnosis::new(Cause::CommandTimeout, sure).and(waited).and(others).and(lost);
    for step in steps {
        found = found.because(ladder(step));
    }
    if case.code() == Some(SESSION_RST) {
        found =
            found.because(Fact::at(case.at, "nothing helped, so the session was dropped (1021)"));
    }
    Some(found.certain_if("the initiator's kernel events (`iscsi-trace live`), or its log"))
}

fn oldest(case: &Case<'_>) -> i64 {
    let commands = case.ledger.tasks.commands();
    commands.map(|task| case.now().since(task.began.time)).max().unwrap_or(0)
}

/// One rung: what was asked, how long it took, what the answer was.
pub fn ladder(step: &Step) -> Fact {
    let name = step.function.and_then(|code| catalogue::get(Space::TmfFunction, code.into()));
    let name = name.map_or(step.name, |entry| entry.symbol);
    match &step.ended {
        Some((ended, how)) => {
            let took = ended.time.since(step.began.time);
            Fact::at(step.began, format!("{name}: {how} after {}", Duration(took)))
                .duration("took_us", took)
        }
        None => Fact::at(step.began, format!("{name}: no answer")),
    }
}
