//! Two initiators throw each other out.

use super::Diagnosis;
use crate::model::finding::Duration;
use crate::why::Cause;
use crate::why::case::Case;
use crate::why::incident::{Confidence, Fact};

/// A session that another login replaces ends at about that time.
const SHORTLY: i64 = 2_000_000_000;
/// So often makes a loop.
const TIMES: usize = 3;
/// A session that lives no longer than this each time was not ended by chance.
const SHORT_LIFE: i64 = 30_000_000_000;

/// A login with the same names and ISID from another connection ends this one (RFC 7143, section 6.3.5). Where the
/// other initiator is not seen, only the rhythm tells.
pub fn rule(case: &Case<'_>) -> Option<Diagnosis> {
    case.ended_by_target()?;
    if let Some((stamp, who)) = case.session.replaced_by {
        let apart = case.now().since(stamp.time);
        if (-SHORTLY..SHORTLY).contains(&apart) {
            let text = format!(
                "{who} logged in with the same initiator name, target and ISID {}",
                ago(apart)
            );
            let found = Diagnosis::new(Cause::SessionReinstated, Confidence::Certain);
            return Some(found.because(Fact::at(stamp, text)).and(case.waiting()));
        }
    }
    let short = case.session.lives.iter().filter(|life| {
        life.by_target && life.up.is_some_and(|up| life.down.time.since(up.time) < SHORT_LIFE)
    });
    let short = short.count();
    if short < TIMES || case.open_commands() > 0 {
        return None;
    }
    let text = format!(
        "the target ended {short} connections of this session within {} of their login",
        Duration(SHORT_LIFE)
    );
    let count = i64::try_from(short).unwrap_or(i64::MAX);
    Some(
        Diagnosis::new(Cause::SessionReinstated, Confidence::Possible)
            .because(Fact::new(text).number("lives", count))
            .certain_if("a capture on the target's side, or its log: a login of another host with this initiator name"),
    )
}

fn ago(apart: i64) -> String {
    if apart >= 0 {
        format!("{} before", Duration(apart))
    } else {
        format!("{} after", Duration(-apart))
    }
}
