//! Events of the probes, one after the other, to what the model understands.
//!
//! The probes share one ring buffer, in which events lie in the order they were begun: what caused another comes before
//! it, and each direction of a connection is in its own order. So nothing is sorted here.

use iscsi_decoders::Timestamp;
use iscsi_decoders::pdu::{Bhs, Direction};
use iscsi_decoders::stream::{self, ConnectionId, Origin, Stamp};
use iscsi_ebpf::event::Kind;
use iscsi_ebpf::pdu::{DATA_FOLLOWS, REBUILT};
use iscsi_ebpf::timer;
use rustc_hash::FxHashMap;

use super::Machine;
use super::connections::{Connection, Parts};
use super::decode;
use super::raw::Raw;
use crate::event::connection::{Identity, StepKind};
use crate::event::loss::Loss;
use crate::event::run::Began;
use crate::event::{KernelEvent, What, known};
use crate::kernel::probes::PROBES;
use crate::source::Event;

/// Timer frequencies a kernel can be built with (kernel/Kconfig.hz).
const HZ: [u64; 4] = [100, 250, 300, 1000];

/// Two readings of the jiffies this far apart, nanoseconds, tell their length.
const HZ_BASE_MIN: i64 = 1_000_000_000;

/// Events that could not be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unreadable {
    /// How many.
    pub events: u64,
    /// Kind and length in bytes of the first.
    pub first: Option<(Option<u8>, usize)>,
}

/// The events of one run.
#[derive(Debug, Default)]
pub struct Joiner {
    connections: FxHashMap<u64, Connection>,
    since: Option<Timestamp>,
    /// Number of the last connection.
    connection: u32,
    /// The last event handed on.
    last: Stamp,
    /// Jiffies and time of the first timer event.
    jiffies: Option<(u64, Timestamp)>,
    hz: Option<u64>,
    unreadable: Unreadable,
}

impl Joiner {
    /// PDUs from before `since` are not taken: while probes are attached one by one, only some are seen.
    pub fn since(since: Timestamp) -> Self {
        Self { since: Some(since), ..Self::default() }
    }

    /// Takes one event of the ring buffer.
    pub fn take(&mut self, bytes: &[u8], machine: &impl Machine, sink: &mut impl FnMut(Event<'_>)) {
        let read = Raw::new(bytes).and_then(|raw| self.event(&raw, machine, sink));
        if read.is_none() {
            const KIND: usize = std::mem::offset_of!(iscsi_ebpf::event::Header, kind);
            self.unreadable.events += 1;
            self.unreadable.first.get_or_insert((bytes.get(KIND).copied(), bytes.len()));
        }
    }

    /// Tells that events were lost on a CPU between `since` and now.
    pub fn lost(
        &mut self,
        cpu: u16,
        loss: Loss,
        since: Timestamp,
        sink: &mut impl FnMut(Event<'_>),
    ) {
        self.own(cpu, What::Loss(loss), since, sink);
    }

    /// Tells how the trace began.
    pub fn began(&mut self, began: Began, now: Timestamp, sink: &mut impl FnMut(Event<'_>)) {
        self.own(0, What::Began(began), now, sink);
    }

    /// An event that no probe had.
    fn own(&mut self, cpu: u16, what: What, time: Timestamp, sink: &mut impl FnMut(Event<'_>)) {
        let stamp = self.stamp(time);
        let (host, session, cid) = (None, None, None);
        sink(Event::Kernel(&KernelEvent {
            stamp,
            connection: None,
            cpu,
            host,
            session,
            cid,
            pid: 0,
            what,
        }));
    }

    /// The run ends: PDUs that wait for their data come without.
    pub fn finish(&mut self, sink: &mut impl FnMut(Event<'_>)) -> Stamp {
        let time = self.last.time;
        let waiting =
            self.connections.iter().filter(|(_, connection)| connection.held.header.is_some());
        let mut waiting: Vec<u64> = waiting.map(|(&conn, _)| conn).collect();
        waiting.sort_unstable();
        for conn in waiting {
            self.release(conn, &[], time, sink);
        }
        self.last
    }

    /// What could not be read.
    pub fn unreadable(&self) -> Unreadable {
        self.unreadable
    }

    fn stamp(&mut self, time: Timestamp) -> Stamp {
        self.last = Stamp { time, frame: self.last.frame + 1 };
        self.last
    }

    fn event(
        &mut self,
        raw: &Raw<'_>,
        machine: &impl Machine,
        sink: &mut impl FnMut(Event<'_>),
    ) -> Option<()> {
        let (conn, time) = (raw.header.conn, machine.time(raw.header.time));
        let is_early = self.since.is_some_and(|since| time < since);
        match raw.kind {
            Kind::PduReceived | Kind::PduSent | Kind::PduData if is_early => {}
            Kind::PduReceived | Kind::PduSent => {
                let (pdu, ahs, data) = raw.pdu()?;
                let direction = match raw.kind {
                    Kind::PduSent => Direction::ToTarget,
                    _ => Direction::ToInitiator,
                };
                if direction == Direction::ToInitiator {
                    self.release(conn, &[], time, sink);
                }
                let origin = Origin {
                    host: known(raw.header.host),
                    session: known(raw.header.sid),
                    cid: known(raw.header.cid),
                    cpu: raw.header.cpu,
                    rebuilt: pdu.flags & REBUILT != 0,
                };
                let header = Bhs(pdu.bhs);
                if pdu.flags & DATA_FOLLOWS != 0 {
                    let held = &mut self.connections.entry(conn).or_default().held;
                    held.header = Some((header, origin));
                    held.ahs.clear();
                    held.ahs.extend_from_slice(ahs);
                } else {
                    self.pdu(
                        conn,
                        &Parts { header: &header, direction, origin, ahs, data },
                        time,
                        sink,
                    );
                }
            }
            Kind::PduData => {
                let (data, bytes) = raw.data()?;
                let held = self.connections.get(&conn).and_then(|known| known.held.header);
                let belongs = held.is_some_and(|(header, _)| {
                    header.initiator_task_tag() == u32::from_be_bytes(data.itt)
                        && u32::from(header.opcode().0) == data.opcode & 0x3f
                });
                self.release(conn, if belongs { bytes } else { &[] }, time, sink);
            }
            Kind::TransportTimer => {
                let timer: timer::Transport = raw.body()?;
                self.learn_hz(timer.now, time);
                self.typed(raw, decode::what(raw, machine, self.hz)?, time, sink);
            }
            _ => {
                let what = decode::what(raw, machine, self.hz)?;
                // Modules in which there is nothing to see come and go as well.
                let is_foreign = matches!(&what, What::Module(module) if !has_probes(&module.name));
                if !is_foreign {
                    self.typed(raw, what, time, sink);
                }
            }
        }
        Some(())
    }

    /// Hands on an event that is no PDU, with what it means for the connection.
    fn typed(
        &mut self,
        raw: &Raw<'_>,
        what: What,
        time: Timestamp,
        sink: &mut impl FnMut(Event<'_>),
    ) {
        let conn = raw.header.conn;
        let mut ends = false;
        if conn != 0 {
            if matches!(what, What::ConnectionError(_) | What::ConnectionStep(_)) {
                self.release(conn, &[], time, sink);
            }
            let connection = self.connections.entry(conn).or_default();
            match &what {
                What::Identity(identity) => {
                    // It comes before every step; only what it changes is news.
                    if connection.identity.as_ref() == Some(identity) {
                        return;
                    }
                    connection.identity = Some(Identity::clone(identity));
                }
                What::ConnectionError(error) => {
                    connection.socket(error.tcp_state.unwrap_or(0), error.socket_error);
                }
                What::Tcp(tcp) => connection.tcp(tcp),
                What::ConnectionStep(step) => {
                    ends = matches!(
                        step.step,
                        StepKind::Stopped
                            | StepKind::Created
                            | StepKind::Bound
                            | StepKind::Destroyed
                    );
                }
                _ => {}
            }
        }
        let event = KernelEvent {
            stamp: self.stamp(time),
            connection: self.connections.get(&conn).and_then(|known| known.open),
            cpu: raw.header.cpu,
            host: known(raw.header.host),
            session: known(raw.header.sid),
            cid: known(raw.header.cid),
            pid: raw.header.pid,
            what,
        };
        sink(Event::Kernel(&event));
        if ends {
            self.close(conn, time, sink);
        }
        let is_gone = |what: &What| matches!(what, What::ConnectionStep(step) if step.step == StepKind::Destroyed);
        if is_gone(&event.what) {
            self.connections.remove(&conn);
        }
    }

    fn close(&mut self, conn: u64, time: Timestamp, sink: &mut impl FnMut(Event<'_>)) {
        let stamp = Stamp { time, frame: self.last.frame + 1 };
        let closed = self.connections.get_mut(&conn).and_then(|connection| connection.close(stamp));
        if let Some(event) = closed {
            self.last = stamp;
            sink(Event::Stream(event));
        }
    }

    /// Hands on the PDU that waits for its data, with the data there is.
    fn release(
        &mut self,
        conn: u64,
        data: &[u8],
        time: Timestamp,
        sink: &mut impl FnMut(Event<'_>),
    ) {
        let Some(connection) = self.connections.get_mut(&conn) else { return };
        let Some((header, origin)) = connection.held.header.take() else { return };
        let ahs = std::mem::take(&mut connection.held.ahs);
        let direction = Direction::ToInitiator;
        let parts = Parts { header: &header, direction, origin, ahs: &ahs, data };
        self.pdu(conn, &parts, time, sink);
        // Its memory serves the next one.
        if let Some(connection) = self.connections.get_mut(&conn) {
            connection.held.ahs = ahs;
        }
    }

    fn pdu(
        &mut self,
        conn: u64,
        parts: &Parts<'_>,
        time: Timestamp,
        sink: &mut impl FnMut(Event<'_>),
    ) {
        let connection = self.connections.entry(conn).or_default();
        let mut frame = self.last.frame;
        let id = match connection.open {
            Some(id) => id,
            None => {
                self.connection += 1;
                frame += 1;
                let id = ConnectionId(self.connection);
                sink(Event::Stream(connection.open(id, parts, Stamp { time, frame })));
                id
            }
        };
        self.last = Stamp { time, frame: frame + 1 };
        sink(Event::Stream(stream::Event::Pdu(connection.pdu(id, parts, self.last))));
    }

    fn learn_hz(&mut self, jiffies: u64, time: Timestamp) {
        let (first, at) = *self.jiffies.get_or_insert((jiffies, time));
        let passed = time.since(at);
        if self.hz.is_some() || passed < HZ_BASE_MIN {
            return;
        }
        let ticks = jiffies.wrapping_sub(first).saturating_mul(1_000_000_000);
        let measured = ticks / passed.unsigned_abs();
        self.hz = HZ.into_iter().min_by_key(|hz| hz.abs_diff(measured));
    }
}

fn has_probes(module: &str) -> bool {
    PROBES.iter().any(|probe| probe.point.module() == module)
}
