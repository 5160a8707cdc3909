//! What is remembered of each connection, so that a trouble can be explained by what went before it: the last facts of
//! every kind, never the whole story, so that memory is bounded and a PDU costs no allocation.

pub mod history;
pub mod login;
pub mod orders;
pub mod recovery;
pub mod session;
pub mod socket;
pub mod tasks;
pub mod wire;

use iscsi_decoders::Timestamp;
use iscsi_decoders::pdu::{Direction, Opcode};
use iscsi_decoders::stream::{ConnectionId, Ends, Stamp};

use super::incident::Place;
pub use history::History;
use login::Login;
use orders::Orders;
use recovery::Recovery;
use socket::Socket;
use tasks::Tasks;
use wire::Wire;

/// Where a fact comes from decides what its absence proves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sees {
    /// PDUs.
    pub pdus: bool,
    /// TCP segments, both ways.
    pub segments: bool,
    /// Events of the initiator's kernel.
    pub kernel: bool,
}

/// The last PDU of one direction.
#[derive(Clone, Copy, Debug)]
pub struct LastPdu {
    /// Where it ended.
    pub stamp: Stamp,
    /// What it was.
    pub opcode: Opcode,
}

/// A ping of the initiator without an answer so far.
#[derive(Clone, Copy, Debug)]
pub struct Ping {
    /// When it was sent.
    pub stamp: Stamp,
    /// Its Initiator Task Tag.
    pub itt: u32,
    /// PDUs the target sent since.
    pub received_since: u32,
    /// PDUs the initiator sent since.
    pub sent_since: u32,
}

/// A digest that did not match.
#[derive(Clone, Copy, Debug)]
pub struct BadDigest {
    /// Where the PDU ended.
    pub stamp: Stamp,
    /// The data's rather than the header's.
    pub data: bool,
    /// Who sent it.
    pub direction: Direction,
    /// The digest on the wire.
    pub sent: u32,
    /// That of the bytes on the wire.
    pub computed: u32,
    /// Bytes it covers, padding included.
    pub covered: usize,
}

/// Nobody reacts to something else this soon, nanoseconds.
pub const AT_ONCE: i64 = 200_000_000;

/// Bytes in which no PDU was found.
#[derive(Clone, Copy, Debug)]
pub struct Undecodable {
    /// Where they ended.
    pub stamp: Stamp,
    /// Who sent them.
    pub direction: Direction,
    /// How many.
    pub bytes: u64,
}

/// A rule of the protocol that was broken.
#[derive(Clone, Debug)]
pub struct Violation {
    /// Where.
    pub stamp: Stamp,
    /// Who broke it.
    pub by: Direction,
    /// The finding's stable name.
    pub name: &'static str,
    /// Its sentence.
    pub text: Box<str>,
}

/// A failure the kernel reported.
#[derive(Clone, Debug)]
pub struct KernelError {
    /// When.
    pub stamp: Stamp,
    /// `enum iscsi_err`.
    pub code: u32,
    /// The function that found it.
    pub raised_by: Option<Box<str>>,
    /// `sk_err`, an errno.
    pub socket_error: u32,
    /// `sk_state`.
    pub tcp_state: Option<u32>,
    /// Nanoseconds since the last PDU came.
    pub since_received: Option<i64>,
    /// Nanoseconds since the last PDU was sent.
    pub since_sent: Option<i64>,
    /// Nanoseconds since the target's TCP last acknowledged anything.
    pub since_acknowledged: Option<i64>,
    /// What a driver or log line said just before, closer to the cause than the code.
    pub detail: Option<Box<str>>,
}

impl KernelError {
    /// One of which nothing but the code is known.
    pub fn told(stamp: Stamp, code: u32) -> Self {
        Self {
            stamp,
            code,
            raised_by: None,
            socket_error: 0,
            tcp_state: None,
            since_received: None,
            since_sent: None,
            since_acknowledged: None,
            detail: None,
        }
    }
}

/// How a connection ended.
#[derive(Clone, Copy, Debug)]
pub struct Closed {
    /// The packet or event.
    pub stamp: Stamp,
    /// Who.
    pub by: Direction,
    /// With RST.
    pub reset: bool,
}

/// Everything remembered of one connection.
#[derive(Debug)]
pub struct Ledger {
    /// Where it is.
    pub place: Place,
    /// Its first event.
    pub opened: Option<Stamp>,
    /// What the source shows of it.
    pub sees: Sees,
    /// The login.
    pub login: Login,
    /// The last PDU to the target and to the initiator.
    pub last: [Option<LastPdu>; 2],
    /// PDUs each way.
    pub pdus: [u64; 2],
    /// Requests without an answer.
    pub tasks: Tasks,
    /// The initiator's ping under way.
    pub ping: Option<Ping>,
    /// The kernel last decided to ping; the PDU may have to wait for others.
    pub ping_asked: Option<Stamp>,
    /// NOP-Ins that answered a ping, and the longest wait for one.
    pub pongs: (u64, i64),
    /// The last digest that did not match.
    pub digest: Option<BadDigest>,
    /// Headers have digests: one was seen that was not wrong.
    pub header_digests: bool,
    /// The last bytes that were no PDU.
    pub undecodable: Option<Undecodable>,
    /// The last rule that was broken, by either side.
    pub violation: Option<Violation>,
    /// What the target asked for, and what was asked of it.
    pub orders: Orders,
    /// Error handling.
    pub recovery: Recovery,
    /// Since when the target takes no commands.
    pub window: Window,
    /// TCP as captured.
    pub wire: Wire,
    /// TCP as the kernel tells it.
    pub socket: Socket,
    /// The kernel's first error of this connection.
    pub error: Option<KernelError>,
    /// Its end.
    pub closed: Option<Closed>,
    /// Bytes that could not be decoded.
    pub skipped: u64,
    /// Which way the last PDU travelled.
    pub latest: Direction,
    /// The highest number of a packet or event so far.
    pub newest: u64,
    /// Commands that took long, and the longest, nanoseconds.
    pub slow: (u32, i64),
    /// For how long nothing had come when a ping timed out, as a log says it, nanoseconds.
    pub log_silence: Option<i64>,
    /// What happened last, for the timeline.
    pub history: History,
}

/// A window that stays closed this long, nanoseconds, holds up commands.
const STUCK: i64 = 5_000_000_000;

/// The command window (RFC 7143, section 4.2.2.1).
#[derive(Clone, Copy, Debug, Default)]
pub struct Window {
    exp: Option<u32>,
    max: Option<u32>,
    /// Closed since.
    pub closed: Option<Stamp>,
}

impl Window {
    /// Takes the numbers of a PDU of the target.
    pub fn take(&mut self, exp: u32, max: u32, stamp: Stamp) {
        let newer = |old: Option<u32>, new: u32| {
            old.is_none_or(|old| new.wrapping_sub(old).cast_signed() >= 0)
        };
        // Older PDUs and pairs that make no sense are ignored.
        if !newer(self.exp, exp) || !newer(self.max, max) || !newer(Some(exp.wrapping_sub(1)), max)
        {
            return;
        }
        self.exp = Some(exp);
        self.max = Some(max);
        if max == exp.wrapping_sub(1) {
            self.closed.get_or_insert(stamp);
        } else {
            self.closed = None;
        }
    }

    /// For how long it has been closed, where that is longer than a full queue takes to get shorter, nanoseconds.
    pub fn stuck(&self, now: Timestamp) -> Option<i64> {
        let duration = now.since(self.closed?.time);
        (duration >= STUCK).then_some(duration)
    }
}

/// The place of a direction in a pair.
pub fn index(direction: Direction) -> usize {
    match direction {
        Direction::ToTarget => 0,
        Direction::ToInitiator => 1,
    }
}

impl Ledger {
    /// A connection that opens.
    pub fn new(id: ConnectionId, ends: Ends, stamp: Stamp) -> Self {
        let place = Place { connection: Some(id), ends: Some(ends), ..Place::default() };
        Self { place, opened: Some(stamp), ..Self::default() }
    }

    /// The last PDU of a direction.
    pub fn last(&self, direction: Direction) -> Option<LastPdu> {
        self.last.get(index(direction)).copied().flatten()
    }

    /// When the target was last heard of: a PDU, else what the kernel says.
    pub fn last_heard(&self) -> Option<Stamp> {
        self.last(Direction::ToInitiator).map(|last| last.stamp)
    }

    /// Nanoseconds of silence of the target up to `now`.
    pub fn silent_for(&self, now: Timestamp) -> Option<i64> {
        let by_pdu = self.last_heard().map(|stamp| now.since(stamp.time));
        let by_kernel = self.error.as_ref().and_then(|error| error.since_received);
        by_kernel.or(by_pdu).or(self.log_silence)
    }

    /// A header so damaged that it is none: bytes that make no PDU although headers have digests and all were captured,
    /// and that whoever closed the connection had received right before.
    pub fn unreadable(&self, wire: &Wire, closed: Closed, now: Timestamp) -> Option<Undecodable> {
        let lost = self.undecodable.filter(|_| self.header_digests && self.sees.segments)?;
        let is_right_before = (0..AT_ONCE).contains(&now.since(lost.stamp.time));
        let is_captured = wire.half(lost.direction).hole.is_none();
        // A stream that was joined in the middle may not have shown yet where its PDUs begin.
        let was_read = self.last(lost.direction).is_some();
        (closed.by != lost.direction && is_right_before && is_captured && was_read).then_some(lost)
    }

    /// Whether requests may be under way that were not seen: from before the source began, or in what it lacks.
    pub fn is_partial(&self) -> bool {
        self.login.began.is_none() || self.has_gaps()
    }

    /// Whether the source lacks something of what was said on this connection since it began.
    pub fn has_gaps(&self) -> bool {
        self.skipped > 0 || Direction::BOTH.iter().any(|&side| self.wire.half(side).is_cut())
    }

    /// Whether it is in full feature phase, as far as is known.
    pub fn is_up(&self) -> bool {
        self.login.is_over()
    }
}

impl Default for Ledger {
    fn default() -> Self {
        Self {
            place: Place::default(),
            opened: None,
            sees: Sees::default(),
            login: Login::default(),
            last: [None; 2],
            pdus: [0; 2],
            tasks: Tasks::default(),
            ping: None,
            ping_asked: None,
            pongs: (0, 0),
            digest: None,
            header_digests: false,
            undecodable: None,
            violation: None,
            orders: Orders::default(),
            recovery: Recovery::default(),
            window: Window::default(),
            wire: Wire::default(),
            socket: Socket::default(),
            error: None,
            closed: None,
            skipped: 0,
            latest: Direction::ToTarget,
            newest: 0,
            slow: (0, 0),
            log_silence: None,
            history: History::default(),
        }
    }
}
