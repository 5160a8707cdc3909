//! The line of a kernel event.

use std::fmt::{self, Write as _};

use iscsi_decoders::catalogue::{self, Space};
use iscsi_decoders::scsi::Cdb;

use super::Plain;
use super::kernel::{coded, connection_flag, result_name};
use crate::event::connection::{Error, Identity, StepKind};
use crate::event::loss::{Cause, Loss};
use crate::event::recovery::{Function, Handler, Tmf};
use crate::event::{What, names, session, tcp};
use crate::model::KernelRecord;
use crate::model::finding::Duration;

/// Taking a lock that nobody holds takes this long, too, on a slow machine.
const WAIT_WORTH_TELLING: u64 = 1_000_000;

/// Writes what is behind the time.
pub(super) fn write(text: &mut String, record: &KernelRecord<'_>) -> fmt::Result {
    let event = record.event;
    let alarm = matches!(
        event.what,
        What::ConnectionError(_)
            | What::Loss(_)
            | What::HandlerEntered(_)
            | What::HandlerReturned(_)
    );
    text.push_str(if alarm { "! " } else { "= " });
    if let Some(session) = event.session {
        write!(text, "session {session}")?;
        if let Some(cid) = event.cid {
            write!(text, ":{cid}")?;
        }
        text.push(' ');
    }
    if let Some(target) = record.target {
        write!(text, "{} ", Plain(target))?;
    }
    match &event.what {
        What::Identity(identity) => self::identity(text, identity),
        What::ConnectionError(error) => self::error(text, error),
        What::ConnectionStep(step) => {
            text.push_str(match step.step {
                StepKind::Created => "connection created",
                StepKind::Bound => "connection bound to its socket",
                StepKind::Started => "logged in, connection started",
                StepKind::Stopped => "connection stopped",
                StepKind::Destroyed => "connection removed",
                StepKind::FirmwareLogin => "firmware login",
                StepKind::CleanedUp => "connection cleaned up by the kernel",
            });
            connection_flag(step).map_or(Ok(()), |flag| write!(text, " ({flag})"))
        }
        What::SessionStep(step) => session_step(text, step),
        What::HandlerEntered(handler) => self::handler(text, handler),
        What::HandlerReturned(handler) => {
            self::handler(text, handler)?;
            ended(text, &event.what, handler.duration)
        }
        What::TmfEntered(tmf) => {
            self::tmf(text, tmf)?;
            write!(text, ", waiting up to {} s", tmf.timeout)
        }
        What::TmfReturned(tmf) => {
            self::tmf(text, tmf)?;
            ended(text, &event.what, tmf.duration)
        }
        What::TransportTimer(timer) => {
            text.push_str("ping timer:");
            match (timer.outstanding, timer.since_ping) {
                (true, Some(since)) => write!(text, " ping unanswered for {}", Ns(since))?,
                (true, None) => text.push_str(" ping unanswered"),
                (false, _) => text.push_str(" no ping under way"),
            }
            if let Some(since) = timer.since_received {
                write!(text, ", nothing received for {}", Ns(since))?;
            }
            write!(
                text,
                " (ping after {} s, fails after {} s)",
                timer.recv_timeout, timer.ping_timeout
            )
        }
        What::Nop(nop) => match nop.answers {
            Some(tag) => write!(text, "answers the target's ping ttt=0x{tag:x}"),
            None => text.write_str("pings the target"),
        },
        What::Netlink(netlink) => {
            let process = Plain(&netlink.comm);
            match names::netlink_message(netlink.message) {
                Some(name) => write!(text, "netlink {name}")?,
                None => write!(text, "netlink message {}", netlink.message)?,
            }
            if let Some(parameter) = netlink.parameter {
                match names::parameter(parameter) {
                    Some(name) => write!(text, " {name}")?,
                    None => write!(text, " parameter {parameter}")?,
                }
            }
            if let Some(name) = netlink.flag.and_then(|flag| coded(Space::StopFlag, flag)) {
                write!(text, " ({name})")?;
            }
            write!(text, " from {process} {}", netlink.port)?;
            ended(text, &event.what, Some(netlink.duration))?;
            match netlink.wait {
                ..WAIT_WORTH_TELLING => Ok(()),
                wait => write!(text, ", of it {} waiting for rx_queue_mutex", Ns(wait)),
            }
        }
        What::Tcp(tcp) => self::tcp(text, tcp),
        What::Text(what) => {
            write!(
                text,
                "{} {}: {}",
                what.tracepoint.name(),
                Plain(&what.device),
                Plain(&what.message)
            )
        }
        What::Command(command) => {
            let cdb = Cdb::new(&command.cdb, None);
            write!(text, "lun {} ", command.lun)?;
            name(text, &cdb)?;
            write!(text, " {} bytes", command.bytes)?;
            if let Some(tag) = command.initiator_task_tag {
                write!(text, " itt=0x{tag:x}")?;
            }
            ended(text, &event.what, Some(command.latency))
        }
        What::Module(module) => {
            let how = if module.loaded { "loaded" } else { "unloaded" };
            write!(text, "kernel module {} {how}", Plain(&module.name))
        }
        What::Began(began) => {
            write!(
                text,
                "trace began on Linux {}, {} probes",
                Plain(&began.release),
                began.probes
            )?;
            let part = ", only PDUs of some logical units or kinds of commands";
            text.write_str(if began.is_selective { part } else { "" })
        }
        What::Loss(loss) => lost(text, loss, event.cpu),
    }
}

fn lost(text: &mut String, loss: &Loss, cpu: u16) -> fmt::Result {
    let Loss { kind, events, cause, during } = loss;
    let kind = kind.name();
    match cause {
        Cause::BufferFull => {
            write!(
                text,
                "{events} events of kind {kind} lost on CPU {cpu}: the ring buffer was full"
            )
        }
        Cause::ProbeSkipped => write!(
            text,
            "up to {events} events of kind {kind} missed: the kernel skipped their probe while another one ran"
        ),
        Cause::LeftOut => write!(
            text,
            "up to {events} events of kind {kind} left out on CPU {cpu}: a probe could not read what they are about"
        ),
        Cause::ProbesOff => {
            let during = Duration(*during);
            write!(
                text,
                "a module came; events of kind {kind} were not seen for {during} until its probes were on"
            )
        }
    }
}

/// Nanoseconds for people.
pub(super) struct Ns(pub u64);

impl fmt::Display for Ns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Duration(i64::try_from(self.0).unwrap_or(i64::MAX)).fmt(f)
    }
}

/// ` → RESULT after DURATION`.
fn ended(text: &mut String, what: &What, duration: Option<u64>) -> fmt::Result {
    if let Some(result) = result_name(what) {
        write!(text, " → {result}")?;
    }
    duration.map_or(Ok(()), |duration| write!(text, " after {}", Ns(duration)))
}

fn identity(text: &mut String, identity: &Identity) -> fmt::Result {
    let ends = identity.ends();
    match (identity.local, identity.remote) {
        (None, None) if ends.target.port() == 0 => text.push_str("no portal yet,"),
        (None, None) => write!(text, "portal {}", ends.target)?,
        _ => write!(text, "{} → {}", ends.initiator, ends.target)?,
    }
    write!(text, " over {}", Plain(&identity.transport))?;
    if !identity.iface.is_empty() {
        write!(text, " (interface {})", Plain(&identity.iface))?;
    }
    match (identity.header_digest, identity.data_digest) {
        (false, false) => Ok(()),
        (true, false) => text.write_str(", header digests"),
        (false, true) => text.write_str(", data digests"),
        (true, true) => text.write_str(", header and data digests"),
    }
}

fn error(text: &mut String, error: &Error) -> fmt::Result {
    write!(text, "conn error {}", error.code)?;
    match catalogue::get(Space::Kernel, error.code) {
        Some(entry) => write!(text, " {} ({})", entry.symbol, entry.meaning.trim_end_matches('.'))?,
        None => text.push_str(" (not in this tool's catalogue)"),
    }
    if let Some(function) = &error.raised_by {
        write!(text, ", raised by {}", Plain(function))?;
    }
    if let Some(state) = error.tcp_state {
        match names::tcp_state(state) {
            Some(name) => write!(text, "; TCP {name}")?,
            None => write!(text, "; TCP state {state}")?,
        }
    }
    if error.socket_error != 0 {
        match names::errno(error.socket_error) {
            Some(name) => write!(text, ", socket error {name}")?,
            None => write!(text, ", socket error {}", error.socket_error)?,
        }
    }
    if let Some(since) = error.since_received {
        write!(text, ", nothing received for {}", Ns(since))?;
    }
    if let Some(since) = error.since_sent {
        write!(text, ", last sent {} ago", Ns(since))?;
    }
    if unacknowledged(text, error.unacknowledged)?
        && let Some(since) = error.since_acknowledged
    {
        write!(text, ", last acknowledgement {} ago", Ns(since))?;
    }
    Ok(())
}

/// Tells whether there was something to say.
fn unacknowledged(text: &mut String, bytes: Option<u32>) -> Result<bool, fmt::Error> {
    let Some(bytes @ 1..) = bytes else { return Ok(false) };
    write!(text, ", {bytes} bytes unacknowledged")?;
    Ok(true)
}

fn session_step(text: &mut String, step: &session::Step) -> fmt::Result {
    text.push_str(match step.step {
        session::StepKind::Created => "created",
        session::StepKind::Blocked => "blocked: I/O waits for the connection",
        session::StepKind::Unblocked => "unblocked: I/O goes on",
        session::StepKind::RecoveryTimedOut => "replacement timeout over: I/O fails",
        session::StepKind::Unbound => "its SCSI devices are removed",
        session::StepKind::Destroyed => "removed",
        session::StepKind::Failed => "failed",
    });
    match (step.step, step.recovery_timeout) {
        (session::StepKind::Blocked, timeout @ 0..) => write!(text, ", for {timeout} s at most"),
        (session::StepKind::Blocked, _) => text.write_str(", without limit"),
        (session::StepKind::RecoveryTimedOut, timeout) => write!(text, " (after {timeout} s)"),
        _ => Ok(()),
    }
}

fn name(text: &mut String, cdb: &Cdb<'_>) -> fmt::Result {
    match cdb.name() {
        Some(name) => text.write_str(name),
        None => write!(text, "opcode 0x{:02x}", cdb.opcode()),
    }
}

fn handler(text: &mut String, handler: &Handler) -> fmt::Result {
    text.push_str(match handler.function {
        Function::TimedOut => "command timed out:",
        Function::Abort => "error handler aborts",
        Function::LunReset => "error handler resets the logical unit:",
        Function::TargetReset => "error handler resets the target:",
        Function::SessionReset => "error handler drops the session:",
        Function::HostReset => "error handler resets the adapter:",
    });
    if let Some(cdb) = &handler.cdb {
        text.push(' ');
        name(text, &Cdb::new(cdb, None))?;
    }
    if let Some(tag) = handler.initiator_task_tag {
        write!(text, " itt=0x{tag:x}")?;
    }
    write!(text, " lun {}", handler.lun)?;
    handler.age.map_or(Ok(()), |age| write!(text, ", {} old", Ns(age)))
}

fn tmf(text: &mut String, tmf: &Tmf) -> fmt::Result {
    match coded(Space::TmfFunction, tmf.function) {
        Some(name) => write!(text, "task management {name}")?,
        None => write!(text, "task management function {}", tmf.function)?,
    }
    if let Some(tag) = tmf.referenced_task_tag {
        write!(text, " of itt 0x{tag:x}")?;
    }
    write!(text, " lun {}", tmf.lun)
}

fn tcp(text: &mut String, tcp: &tcp::Tcp) -> fmt::Result {
    text.push_str(match tcp.what {
        tcp::What::Retransmit => "TCP sends a segment again",
        tcp::What::ResetReceived => "TCP connection reset by the target",
        tcp::What::ResetSent => "TCP connection reset by this side",
        tcp::What::ZeroWindow => "TCP: the target's window is closed",
        tcp::What::StateChanged => "TCP socket",
    });
    match names::tcp_state(tcp.state) {
        Some(name) => write!(text, ", {name}")?,
        None => write!(text, ", state {}", tcp.state)?,
    }
    if let Some(name) = names::errno(tcp.error) {
        write!(text, ", {name}")?;
    }
    unacknowledged(text, tcp.unacknowledged)?;
    if let Some(count) = tcp.retransmits.filter(|&count| count > 0) {
        write!(text, ", {count} retransmissions so far")?;
    }
    match tcp.srtt_us {
        Some(us) if us > 0 => write!(text, ", round trip {}", Ns(u64::from(us) * 1000)),
        _ => Ok(()),
    }
}
