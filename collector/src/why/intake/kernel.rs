//! Events of the initiator's kernel.

use iscsi_decoders::stream::{ConnectionId, Stamp};

use crate::event::connection::StepKind;
use crate::event::loss::Kind as Lost;
use crate::event::recovery::Function;
use crate::event::{KernelEvent, What as Happened, session, tcp};
use crate::model::KernelRecord;
use crate::output::kernel_message;
use crate::why::engine::{Engine, Key, Sink};
use crate::why::incident::{Moment, MomentKind, What};
use crate::why::ledger::KernelError;

/// `ISCSI_UEVENT_STOP_CONN` and `STOP_CONN_RECOVER`.
const STOP_CONN: u32 = 18;
const STOP_CONN_RECOVER: u32 = 3;
/// Host bytes (`include/scsi/scsi_status.h`).
const DID_NO_CONNECT: u32 = 0x01;
const DID_TRANSPORT_FAILFAST: u32 = 0x0f;
/// libiscsi's `TMF_SUCCESS`.
const TMF_SUCCESS: u32 = 2;

impl Engine {
    pub(in crate::why) fn kernel(&mut self, record: &KernelRecord<'_>, sink: &mut impl Sink) {
        let event = record.event;
        let stamp = event.stamp;
        let key = event.session.map(Key::Sid);
        let current = key.as_ref().and_then(|key| self.sessions.get(key)?.current);
        let id = event.connection.or(current);
        if is_worth_a_line(&event.what) {
            let text = plain(record);
            let moment = Moment { stamp, kind: MomentKind::Kernel, text: text.into() };
            let ledger = id.and_then(|id| self.ledgers.get_mut(&id));
            if let Some(ledger) = ledger.filter(|ledger| ledger.error.is_none()) {
                ledger.history.note(stamp, MomentKind::Kernel, moment.text.clone());
            }
            if let Some(key) = &key {
                self.note(key, &moment);
            }
        }
        if let Some(ledger) = id.and_then(|id| self.ledgers.get_mut(&id)) {
            ledger.sees.kernel = true;
        }
        match &event.what {
            Happened::ConnectionError(error) => self.kernel_error(event, error, id, sink),
            Happened::Loss(loss) if loss.kind == Lost::PduReceived => {
                for ledger in self.ledgers.values_mut() {
                    ledger.tasks.doubt();
                    ledger.ping = None;
                    ledger.login.unanswered = None;
                }
            }
            Happened::Tcp(tcp) => self.socket(tcp, id, stamp, sink),
            Happened::Nop(nop) if nop.answers.is_none() => {
                if let Some(ledger) = id.and_then(|id| self.ledgers.get_mut(&id)) {
                    ledger.ping_asked = Some(stamp);
                }
            }
            Happened::HandlerEntered(handler) if handler.function == Function::Abort => {
                if let Some(ledger) = id.and_then(|id| self.ledgers.get_mut(&id)) {
                    let age = handler.age.and_then(|age| i64::try_from(age).ok());
                    ledger.recovery.timed_out = Some((stamp, age));
                }
            }
            Happened::TmfReturned(tmf) => {
                let failed = tmf.state.is_some_and(|state| state != TMF_SUCCESS);
                if let Some(ledger) = id.and_then(|id| self.ledgers.get_mut(&id)) {
                    let function = u8::try_from(tmf.function).ok();
                    let how = if failed { "no answer, given up" } else { "done" };
                    ledger.recovery.end(|step| step.function == function, stamp, how);
                }
            }
            Happened::Netlink(netlink) => {
                let Some(key) = key else { return };
                let session = self.sessions.entry(key).or_default();
                session.netlink = Some(stamp);
                if netlink.message == STOP_CONN && netlink.flag == Some(STOP_CONN_RECOVER) {
                    session.stopped = Some(stamp);
                }
            }
            Happened::ConnectionStep(step) if step.step == StepKind::Stopped => {
                // Told by itself, since the command that does it is told only when it is done.
                let failed =
                    id.and_then(|id| self.ledgers.get(&id)).is_some_and(|l| l.error.is_some());
                if step.flag == Some(STOP_CONN_RECOVER)
                    && !failed
                    && let Some(key) = key
                {
                    self.sessions.entry(key).or_default().stopped = Some(stamp);
                }
            }
            Happened::Command(command) if failed_up(command.result) => {
                let Some(key) = key else { return };
                self.during(&key, |led_to| {
                    *led_to.commands_failed.get_or_insert(0) += 1;
                });
            }
            Happened::Began(began) => self.selective |= began.is_selective,
            Happened::SessionStep(step) => self.session_step(event, *step, id, sink),
            _ => {}
        }
    }

    fn kernel_error(
        &mut self,
        event: &KernelEvent,
        error: &crate::event::connection::Error,
        id: Option<ConnectionId>,
        sink: &mut impl Sink,
    ) {
        let Some(id) = id else { return };
        let Some(ledger) = self.ledgers.get_mut(&id) else { return };
        // The function is called again for what failed already.
        if ledger.error.is_some() || ledger.orders.is_leaving() && ledger.tasks.oldest().is_none() {
            return;
        }
        let nanoseconds = |since: Option<u64>| since.and_then(|since| i64::try_from(since).ok());
        ledger.socket.unacknowledged = error.unacknowledged.or(ledger.socket.unacknowledged);
        ledger.error = Some(KernelError {
            stamp: event.stamp,
            code: error.code,
            raised_by: error.raised_by.as_deref().map(Box::from),
            socket_error: error.socket_error,
            tcp_state: error.tcp_state,
            since_received: nanoseconds(error.since_received),
            since_sent: nanoseconds(error.since_sent),
            since_acknowledged: nanoseconds(error.since_acknowledged),
            detail: None,
        });
        self.trouble(id, What::ConnectionError(error.code), event.stamp, sink);
    }

    fn socket(
        &mut self,
        tcp: &tcp::Tcp,
        id: Option<ConnectionId>,
        stamp: Stamp,
        sink: &mut impl Sink,
    ) {
        let Some(id) = id else { return };
        let Some(ledger) = self.ledgers.get_mut(&id) else { return };
        ledger.socket.take(tcp, stamp);
        let failed = ledger.error.is_some();
        if failed {
            self.look_again(id, sink);
        }
    }

    fn session_step(
        &mut self,
        event: &KernelEvent,
        step: session::Step,
        id: Option<ConnectionId>,
        sink: &mut impl Sink,
    ) {
        let Some(key) = event.session.map(Key::Sid) else { return };
        let stamp = event.stamp;
        match step.step {
            session::StepKind::RecoveryTimedOut => {
                self.during(&key, |led_to| led_to.gave_up = Some(stamp));
                let seconds = u32::try_from(step.recovery_timeout).unwrap_or(0);
                if let Some(id) = id {
                    self.trouble_of_session(id, What::RecoveryTimedOut { seconds }, stamp, sink);
                }
            }
            session::StepKind::Destroyed => self.is_gone(&key, stamp, sink),
            session::StepKind::Created => {
                self.sessions.remove(&key);
            }
            _ => {}
        }
    }
}

/// Whether a command's `scsi_cmnd.result` goes to whoever asked for it: the other host bytes of a lost connection make
/// the SCSI layer try again.
fn failed_up(result: u32) -> bool {
    matches!(result >> 16 & 0xff, DID_NO_CONNECT | DID_TRANSPORT_FAILFAST)
}

/// Whether it belongs into a timeline. Settings and pings would hide what matters.
fn is_worth_a_line(what: &Happened) -> bool {
    match what {
        Happened::ConnectionError(_)
        | Happened::SessionStep(_)
        | Happened::HandlerEntered(_)
        | Happened::HandlerReturned(_)
        | Happened::TmfReturned(_)
        | Happened::Tcp(_)
        | Happened::Loss(_) => true,
        Happened::ConnectionStep(step) => step.step != StepKind::Created,
        Happened::TransportTimer(timer) => timer.outstanding,
        Happened::Netlink(netlink) => netlink.message == STOP_CONN,
        _ => false,
    }
}

/// A line without what every line of the incident would repeat: the session and its target.
fn plain(record: &KernelRecord<'_>) -> String {
    let bare = KernelRecord { target: None, ..*record };
    let text = kernel_message(&bare);
    let text = text.trim_start_matches(['!', '=', ' ']);
    match text.strip_prefix("session ").and_then(|rest| rest.split_once(' ')) {
        Some((_, rest)) => rest.to_owned(),
        None => text.to_owned(),
    }
}
