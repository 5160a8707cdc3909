//! Causes from what a log tells: codes and a few numbers, so that the rules have little to go by and say so.

use iscsi_decoders::stream::Stamp;

use super::case::Case;
use super::incident::{Confidence, Diagnosis, Fact, What};
use super::ledger::session::Session;
use super::ledger::{KernelError, Ledger};
use super::rules::login_refused;
use super::{Cause, rules};

/// `ISCSI_ERR_TCP_CONN_CLOSE`.
const TCP_CONN_CLOSE: u32 = 1020;

/// `ISCSI_ERR_CONN_FAILED` and `ISCSI_ERR_NOP_TIMEDOUT`.
const CONN_FAILED: u32 = 1011;
const NOP_TIMEDOUT: u32 = 1022;

/// What a log said about one trouble of a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogFacts<'a> {
    /// The first `enum iscsi_err`.
    pub code: Option<u32>,
    /// Status of a refused login: class in the upper byte, detail in the lower.
    pub login_status: Option<u32>,
    /// An Async Message of the target.
    pub asynchronous: Option<u32>,
    /// Nanoseconds without a byte before a ping timed out.
    pub silence: Option<i64>,
    /// iscsid told of the error.
    pub iscsid_heard: bool,
    /// A command ran into its timeout or was aborted.
    pub command_timed_out: bool,
    /// The session was never logged in.
    pub never_up: bool,
    /// The replacement timeout that fired, seconds.
    pub gave_up: Option<u32>,
    /// What a driver or target said just before.
    pub detail: Option<&'a str>,
    /// The login status a target on this machine refused with, and its words.
    pub refused_here: Option<(u32, &'a str)>,
}

impl LogFacts<'_> {
    /// The best explanation, and others that fit. A log is never taken for certain where it is not the cause's own
    /// word.
    pub fn diagnose(&self, at: Stamp) -> Option<(Diagnosis, Vec<(Cause, Confidence)>)> {
        let mut ledger = Ledger { log_silence: self.silence, ..Ledger::default() };
        let mut what = Vec::new();
        let code = match self.code {
            // Old kernels had no code of its own for a ping.
            Some(CONN_FAILED) if self.silence.is_some() => Some(NOP_TIMEDOUT),
            // What iscsid misses cannot be known where it speaks; software iSCSI has few other reasons.
            Some(CONN_FAILED) if self.iscsid_heard && self.detail.is_none() => None,
            code => code,
        };
        if let Some(code) = code {
            let detail = self.detail.map(Box::from);
            ledger.error = Some(KernelError { detail, ..KernelError::told(at, code) });
            what.push(What::ConnectionError(code));
        }
        if let Some(status) = self.login_status {
            let [_, _, class, detail] = status.to_be_bytes();
            what.push(What::LoginRefused(class, detail));
        }
        if let Some(event) = self.asynchronous.and_then(|event| u8::try_from(event).ok()) {
            ledger.orders.asynchronous = Some((at, event));
            what.push(What::Async(event));
        }
        if self.command_timed_out {
            ledger.recovery.timed_out = Some((at, None));
            what.push(What::TaskManagement(1));
        }
        if self.never_up
            && self.login_status.is_none()
            && let Some((status, text)) = self.refused_here
        {
            let [_, _, class, detail] = status.to_be_bytes();
            let said = Fact::new(format!("the target on this machine said: {text}"));
            let found = Diagnosis::new(login_refused::cause(class, detail), Confidence::Likely);
            let advice = "iscsid's log, or a capture of the login: they have the target's status";
            return Some((found.because(said).certain_if(advice), Vec::new()));
        }
        if self.never_up && self.login_status.is_none() && self.code == Some(TCP_CONN_CLOSE) {
            let fact = Fact::at(at, "the connection was closed during the session's first login");
            let found = Diagnosis::new(Cause::LoginCutOff, Confidence::Likely).because(fact);
            let advice = "iscsid's log, or a capture of the login: they have the target's status";
            return Some((found.certain_if(advice), Vec::new()));
        }
        let session = Session::default();
        let case = Case { what: &what, at, ledger: &ledger, session: &session };
        if let Some(found) = rules::diagnose(&case) {
            return Some(found);
        }
        what.extend(self.gave_up.map(|seconds| What::RecoveryTimedOut { seconds }));
        let case = Case { what: &what, at, ledger: &ledger, session: &session };
        rules::diagnose(&case)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cause(facts: LogFacts<'_>) -> Option<(Cause, Confidence)> {
        let (found, _) = facts.diagnose(Stamp::default())?;
        Some((found.cause, found.confidence))
    }

    #[test]
    fn a_code_alone_claims_no_more_than_it_says() {
        let of = |code| cause(LogFacts { code: Some(code), ..LogFacts::default() });
        assert_eq!(of(1020), Some((Cause::ConnectionEnded, Confidence::Likely)));
        assert_eq!(of(1022), Some((Cause::TargetSilent, Confidence::Likely)));
        assert_eq!(of(1014), Some((Cause::HeaderDigestError, Confidence::Certain)));
        assert_eq!(of(1001), Some((Cause::TargetProtocolError, Confidence::Certain)));
        assert_eq!(of(1011), Some((Cause::IscsidMissing, Confidence::Possible)));
    }

    #[test]
    fn what_a_driver_said_is_not_taken_for_iscsids_absence() {
        let detail = Some("firmware: CXN_KILLED_TIMED_OUT");
        let facts = LogFacts { code: Some(1011), detail, ..LogFacts::default() };
        assert_eq!(cause(facts), None);
    }

    #[test]
    fn a_target_on_the_same_machine_says_why_a_login_failed() {
        let text = "Unable to locate Target IQN: iqn.2026-01.org.example:nosuch in Storage Node";
        let refused_here = Some((0x0203, text));
        let first =
            LogFacts { code: Some(1020), refused_here, never_up: true, ..LogFacts::default() };
        let expected = (Cause::LoginRefusedUnknownTarget, Confidence::Likely);
        assert_eq!(cause(first), Some(expected));
        // Of a session that was up it explains the way back at most, not the loss.
        let later = LogFacts { never_up: false, ..first };
        assert_eq!(cause(later), Some((Cause::ConnectionEnded, Confidence::Likely)));
    }

    #[test]
    fn a_refused_login_names_its_cause() {
        let facts = LogFacts { login_status: Some(0x0201), ..LogFacts::default() };
        let expected = (Cause::LoginRefusedAuthentication, Confidence::Certain);
        assert_eq!(cause(facts), Some(expected));
    }
}
