//! A login gets no answer.

use super::{Ladder, Sum, seconds};
use crate::host::session::Session;

pub(super) fn ladder(session: &Session) -> Ladder {
    let mut sum = Sum::new("a login gets no answer");
    let record = session.record.as_ref();
    let setting = |key: &str| record.and_then(|record| record.get(key)?.parse::<u32>().ok());
    let timeout = setting("node.conn[0].timeo.login_timeout");
    sum.add("login_timeout", seconds(timeout), "the attempt is given up");
    if let Some((retries, timeout)) = setting("node.session.initial_login_retry_max").zip(timeout) {
        let times = if retries == 1 { "once" } else { &format!("up to {retries} times") };
        sum.note(format!(
            "the first login is tried {times}, {} s in all; after a lost connection iscsid tries \
             until the session is logged out",
            retries.saturating_mul(timeout)
        ));
    }
    sum.0
}
