//! What open-iscsi's daemon and its administration tool write (2.1).

use super::{Message, note, typed};
use crate::log::{
    event::{Kind, Subject},
    scan::Args,
};

pub(super) static DAEMON: &[Message] = &[
    typed(
        "Kernel reported iSCSI connection %d:%d error (%d - %s) state (%d)",
        "iscsid heard of the connection error and starts recovery.",
        |subject, args| {
            connection(subject, args, 0);
            Kind::KernelReported { code: args.u32(2), state: args.u32(4) }
        },
    ),
    typed(
        "Kernel reported iSCSI connection %d:%d error (%d) state (%d)",
        "iscsid, an old one, heard of the connection error and starts recovery.",
        |subject, args| {
            connection(subject, args, 0);
            Kind::KernelReported { code: args.u32(2), state: args.u32(3) }
        },
    ),
    typed(
        "Connection%d:%d to [target: %s, portal: %s] through [iface: %s] is operational now",
        "The session is logged in.",
        |subject, args| {
            place(subject, args);
            Kind::Operational
        },
    ),
    typed(
        "Connection%d:%d to [target: %s, portal: %s] through [iface: %s] is shutdown.",
        "The session was logged out.",
        |subject, args| {
            place(subject, args);
            Kind::Shutdown
        },
    ),
    typed(
        "connection%d:%d is operational after recovery (%d attempts)",
        "The session is logged in again; commands that waited are sent now.",
        |subject, args| {
            connection(subject, args, 0);
            Kind::AfterRecovery { attempts: args.u32(2) }
        },
    ),
    typed(
        "Nop-out timedout after %d seconds on connection %d:%d state (%d). Dropping session.",
        "iscsid's own ping was not answered; it drops the session and logs in again.",
        |subject, args| {
            connection(subject, args, 1);
            Kind::NopTimeout { secs: args.u32(0) }
        },
    ),
    typed(
        "session %d login rejected: Initiator failed authentication with target",
        "The target refused the login: user name or secret is wrong, or CHAP is missing on one side.",
        |subject, args| {
            subject.session = Some(args.u32(0));
            Kind::LoginRejected { status: Some(0x0201) }
        },
    ),
    typed(
        "session %d login rejected: initiator failed authorization with target",
        "The target knows this initiator but does not let it in (its access list lacks the initiator's name).",
        |subject, args| {
            subject.session = Some(args.u32(0));
            Kind::LoginRejected { status: Some(0x0202) }
        },
    ),
    typed("session %d login rejected: %*", "The target refused the login.", |subject, args| {
        subject.session = Some(args.u32(0));
        Kind::LoginRejected { status: status(args.text(1)) }
    }),
    typed("conn %d login rejected: %*", "The target refused the login.", |_, args| {
        Kind::LoginRejected { status: status(args.text(1)) }
    }),
    typed("login rejected: %*", "The target refused the login.", |_, args| Kind::LoginRejected {
        status: status(args.text(0)),
    }),
    typed(
        "Login failed to authenticate with target %s",
        "The target did not prove its identity, or refused ours (CHAP).",
        |subject, args| {
            subject.target = Some(args.text(0));
            Kind::LoginRejected { status: Some(0x0201) }
        },
    ),
    typed(
        "Login authentication failed with target %s",
        "CHAP failed: user name or secret differ between initiator and target.",
        |subject, args| {
            subject.target = Some(args.text(0));
            Kind::LoginRejected { status: Some(0x0201) }
        },
    ),
    typed(
        "Login response timeout. Waited %d seconds and did not get response PDU.",
        "TCP connected, but the target did not answer the login.",
        |_, args| Kind::LoginTimeout { secs: args.u32(0) },
    ),
    note(
        "Login I/O error, failed to receive a PDU",
        "The connection ended in the middle of a login.",
    ),
    note("Login I/O error, failed to send a PDU", "The connection ended in the middle of a login."),
    note(
        "Login negotiation failed, can't accept %s",
        "The target answered a key with a value the initiator cannot take.",
    ),
    note(
        "Login negotiation failed, couldn't negotiate %s",
        "The two sides have no common value for a key.",
    ),
    note("Login version mismatch, %*", "The target speaks another version of iSCSI."),
    typed(
        "cannot make a connection to %S (%d,%d)",
        "The TCP connection could not be made: portal down, wrong address or port, or a firewall.",
        |subject, args| {
            subject.portal = Some(args.text(0));
            Kind::ConnectFailed { errno: args.u32(2) }
        },
    ),
    typed(
        "connection to discovery address %s failed",
        "The TCP connection to the discovery portal could not be made.",
        |_, _| Kind::ConnectFailed { errno: 0 },
    ),
    note(
        "connect to %S:%d failed (%s)",
        "The TCP connection failed: portal down, refused, or unreachable.",
    ),
    typed(
        "Giving up on initial login attempt after %d seconds.",
        "The first login did not succeed within node.session.initial_login_retry_max tries; iscsiadm ends with an error.",
        |_, _| Kind::GivingUp,
    ),
    typed(
        "Giving up after %d retries",
        "The session did not come back within node.session.reopen_max tries and is closed.",
        |_, _| Kind::GivingUp,
    ),
    note(
        "Ignoring login error %d in conn state %d.",
        "A late error for a login that is already over.",
    ),
    typed(
        "Target requests logout within %d seconds%*",
        "The target wants this session to end (maintenance, failover); iscsid logs out and in again.",
        |_, _| Kind::AsyncMessage { event: 1 },
    ),
    typed(
        "Target dropping %d, reconnect min %d max %d",
        "The target closes this connection and says how long to wait before a relogin.",
        |_, _| Kind::AsyncMessage { event: 2 },
    ),
    typed(
        "Target dropping all connections, reconnect min %d max %d",
        "The target closes the whole session and says how long to wait before a relogin.",
        |_, _| Kind::AsyncMessage { event: 3 },
    ),
    typed(
        "Received async event param negotiation, dropping session:%d",
        "The target wants to negotiate again, which iscsid does by logging in anew.",
        |subject, args| {
            subject.session = Some(args.u32(0));
            Kind::AsyncMessage { event: 4 }
        },
    ),
    note(
        "AEN not supported",
        "The target sent an asynchronous message that iscsid does not act on.",
    ),
    typed(
        "can't bind conn %d:%d to session %d, retcode %d (%d)",
        "The kernel refused to give the socket to the session.",
        |subject, args| {
            connection(subject, args, 0);
            Kind::Note
        },
    ),
    typed(
        "can't start connection %d:%d retcode %d (%d)",
        "The kernel refused to start the connection after the login.",
        |subject, args| {
            connection(subject, args, 0);
            Kind::Note
        },
    ),
    typed(
        "can't set operational parameter %d for connection %d:%d, retcode %d (%d)",
        "The kernel refused a negotiated value.",
        |subject, args| {
            connection(subject, args, 1);
            Kind::Note
        },
    ),
    note("Can't create session.", "The kernel refused to create a session; its own log says why."),
    note(
        "can't create session %*",
        "The kernel refused to create a session; its own log says why.",
    ),
    note(
        "can't create connection %*",
        "The kernel refused to create a connection; its own log says why.",
    ),
    typed(
        "can't stop connection %d:%d (%d)",
        "The kernel refused to stop a connection.",
        |subject, args| {
            connection(subject, args, 0);
            Kind::Note
        },
    ),
    typed(
        "Could not set session%d priority. READ/WRITE throughput and latency could be affected.",
        "iscsid could not raise the priority of the session's kernel thread; harmless in a container.",
        |subject, args| {
            subject.session = Some(args.u32(0));
            Kind::Note
        },
    ),
    note("iSCSI daemon with pid=%d started!", "iscsid is up."),
    note("iscsid shutting down.", "iscsid ends; from now on no session can recover from an error."),
    note("iSCSI logger with pid=%d started!", "iscsid's logging process is up."),
];

pub(super) static ADMIN: &[Message] = &[
    typed(
        "initiator reported error (%d - %s)",
        "iscsid could not do what iscsiadm asked for.",
        |_, args| Kind::AdmError { code: args.u32(0) },
    ),
    typed(
        "Could not login to [iface: %s, target: %s, portal: %s].",
        "This login failed; the next line says why.",
        |subject, args| {
            subject.target = Some(args.text(1));
            subject.portal = Some(args.text(2));
            Kind::Note
        },
    ),
    note("Could not log into all portals", "At least one login failed."),
    note("No session found.", "There is no session to work on."),
    note("No records found", "No node record matches."),
    note("Could not execute operation on all records: %s", "At least one record failed."),
    typed(
        "Login to [iface: %s, target: %s, portal: %s] successful.",
        "The session is logged in.",
        |subject, args| {
            subject.target = Some(args.text(1));
            subject.portal = Some(args.text(2));
            Kind::Note
        },
    ),
];

fn connection(subject: &mut Subject<'_>, args: &Args<'_>, at: usize) {
    subject.session = Some(args.u32(at));
    subject.connection = Some(args.u32(at + 1));
}

fn place<'a>(subject: &mut Subject<'a>, args: &Args<'a>) {
    connection(subject, args, 0);
    subject.target = Some(args.text(2));
    subject.portal = Some(args.text(3));
}

/// `target error (03/01)`: class and detail, hexadecimal as iscsid prints them.
fn status(text: &str) -> Option<u32> {
    let (class, detail) = text.rsplit_once('(')?.1.strip_suffix(')')?.split_once('/')?;
    let byte = |text| u32::from_str_radix(text, 16).ok().filter(|byte| *byte <= 0xff);
    Some(byte(class)? << 8 | byte(detail)?)
}
