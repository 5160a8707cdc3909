//! The running kernel: its probes loaded, attached and read.
//!
//! [`Live::start`] checks what is allowed, loads what this kernel has places for, attaches it and gives up every
//! privilege that attaching again does not need. [`Live::poll`] hands on events and follows modules that come and go:
//! as long as they are the builds known before, probes are added and taken away, one at each poll; otherwise a new
//! generation is loaded beside the old one and takes over at one moment, so that no event is seen twice or by none.
//!
//! Everything the kernel holds for us hangs on file descriptors of this process: it is gone when the process is,
//! however it ends.

mod attach;
mod clock;
mod coming;
mod diagnostics;
mod error;
mod feed;
mod follow;
mod generation;
mod here;
mod losses;
mod names;
mod notices;
mod object;
pub(crate) mod privileges;
mod proof;
mod round;
pub(crate) mod skips;
mod totals;
pub mod wish;

use std::collections::BTreeSet;
use std::io;
use std::os::fd::AsFd as _;
use std::time::{Duration, Instant};

use iscsi_ebpf::command::{Counters, Key};
use iscsi_ebpf::config::Config;
use iscsi_ebpf::event::{Header, Kind};
use iscsi_ebpf::flight::Slot;
use rustc_hash::FxHashMap;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use zerocopy::FromBytes as _;

pub use clock::{Clock, now};
pub use coming::Blind;
pub use error::StartError;
pub use feed::{Feed, Finished};
pub use generation::ProbeStatus;
pub use totals::{Loss, Totals};

use coming::{Coming, note};
use generation::{Generation, Loader};
use names::Names;
use notices::Notices;
use proof::Proof;

use crate::host::Roots;
use crate::kernel::btf::KernelBtf;
use crate::kernel::snapshot::Snapshot;
use crate::kernel::symbols::Symbol;

/// How often `/proc/modules` is looked at, in case the events of modules were lost.
const LOOK: Duration = Duration::from_secs(2);

/// How often the kernel is asked which probes it skipped.
pub const SKIPS: Duration = Duration::from_secs(1);

/// Connections whose session is remembered for [`Live::flight`].
const REMEMBERED: usize = 65_536;

/// How to trace.
#[derive(Clone, Debug)]
pub struct Options {
    /// What the probes are to report. Events of modules always are, because we need them.
    pub config: Config,
    /// Where the kernel's files are.
    pub roots: Roots,
    /// Bytes of the ring buffer between kernel and us; made a power of two of pages.
    pub ring_bytes: u32,
}

/// Room for a burst of 100,000 headers.
pub const RING_BYTES: u32 = 16 << 20;

/// A trace that runs.
pub struct Live {
    options: Options,
    generation: Generation,
    statuses: Vec<ProbeStatus>,
    btf: KernelBtf,
    modules: BTreeSet<String>,
    /// Modules that went since their probes were last attached.
    unloaded: BTreeSet<String>,
    names: Names,
    loader: Loader,
    /// Of earlier generations.
    totals: Totals,
    clock: Clock,
    /// `iscsi_conn` to session id.
    connections: FxHashMap<u64, u32>,
    notices: Notices,
    looked: Instant,
    asked_skips: Instant,
    coming: Option<Coming>,
    blind: Vec<Blind>,
    blinded: Duration,
    /// Whether the kernel tells how often it skipped probes.
    skips_told: bool,
}

impl Live {
    /// Starts tracing. To be called before other threads are started, as they would keep their privileges, and after
    /// files are opened that only root may write.
    ///
    /// # Errors
    /// What is missing and what helps. Nothing is left half-started.
    pub fn start(mut options: Options) -> Result<Self, StartError> {
        let found = object::layout(object::OBJECT);
        if found != Some(iscsi_ebpf::LAYOUT) {
            return Err(StartError::Layout { found, expected: iscsi_ebpf::LAYOUT });
        }
        privileges::check(&options.roots)?;
        privileges::unlock_memory(&options.roots)?;
        options.config.kinds |= 1 << Kind::Module as u32;
        let skips_told = skips::are_told(&options.roots);
        options.config.tally = (!skips_told).into();
        let mut btf = KernelBtf::read(&options.roots);
        if let Some(problem) = btf.problem() {
            return Err(StartError::NoBtf(problem.to_string()));
        }
        let snapshot = Snapshot::take(&options.roots, &options.config, &mut btf, None)
            .map_err(StartError::Modules)?;
        let mut notices = Notices::default();
        notices.compare(&mut btf);
        let mut loader = Loader::new(options.ring_bytes);
        let mut generation = Generation::load(&mut loader, &options.config, &snapshot)?;
        generation.attach(&options.roots)?;
        privileges::drop_others(&options.roots).map_err(StartError::Privileges)?;
        Ok(Self {
            statuses: generation.statuses(),
            generation,
            btf,
            modules: snapshot.modules,
            unloaded: BTreeSet::new(),
            names: Names::read(&options.roots),
            loader,
            options,
            totals: Totals::default(),
            clock: Clock::now(),
            connections: FxHashMap::default(),
            notices,
            looked: Instant::now(),
            asked_skips: Instant::now(),
            coming: None,
            blind: Vec::new(),
            blinded: Duration::ZERO,
            skips_told,
        })
    }

    /// All probes of the table, with what is off and why. Changes when modules come and go.
    #[must_use]
    pub fn probes(&self) -> &[ProbeStatus] {
        &self.statuses
    }

    /// Waits at most `timeout` and hands each raw event (header and body) to `sink`, in the order they happened on
    /// each CPU.
    ///
    /// # Errors
    /// When the kernel does not let us wait.
    pub fn poll(&mut self, timeout: Duration, sink: &mut dyn FnMut(&[u8])) -> io::Result<()> {
        let is_busy = self.coming.is_some() || self.generation.has_stale();
        let timeout = if is_busy { Duration::ZERO } else { timeout.min(LOOK) };
        wait(&self.generation, timeout)?;
        let was_pending = matches!(self.generation.proof, Proof::Pending(_));
        let modules_changed = self.drain(u64::MAX, sink);
        if was_pending && let Proof::Disproven(what) = &self.generation.proof {
            self.notices.say(format!("the table of offsets is not this kernel's: {what}"));
            self.generation.disown();
            self.statuses = self.generation.statuses();
        }
        if modules_changed || self.looked.elapsed() >= LOOK {
            self.looked = Instant::now();
            self.follow(modules_changed, sink);
        }
        self.go_on();
        if self.asked_skips.elapsed() >= SKIPS {
            self.asked_skips = Instant::now();
            self.ask_skips();
        }
        self.hear();
        Ok(())
    }

    /// Reads events before `until` from the ring; tells whether modules of ours came or went.
    fn drain(&mut self, until: u64, sink: &mut dyn FnMut(&[u8])) -> bool {
        let Self { generation, totals, connections, options, unloaded, coming, .. } = self;
        let Generation { ring, proof, since, .. } = generation;
        let mut modules_changed = false;
        // A busy kernel fills the ring as fast as it is read: what a whole ring held is enough for once.
        let mut room = options.ring_bytes as usize;
        while room > 0
            && let Some(event) = ring.next()
        {
            room = room.saturating_sub(event.len().max(1));
            let Ok((header, body)) = Header::read_from_prefix(&event) else { continue };
            if header.time < *since || header.time >= until {
                continue;
            }
            match Kind::from_number(header.kind) {
                Some(Kind::Module) => {
                    modules_changed |= note(header.time, body, unloaded, coming);
                }
                Some(Kind::Identity) => {
                    if connections.len() >= REMEMBERED {
                        connections.clear();
                    }
                    connections.insert(header.conn, header.sid);
                }
                _ => {}
            }
            proof.pass(&options.roots, &event, totals, sink);
        }
        modules_changed
    }

    /// Events lost until now.
    #[must_use]
    pub fn loss(&self) -> Vec<Loss> {
        let mut totals = self.totals.clone();
        let _ = totals.add_lost(&self.generation.counts);
        self.generation.add_skips(&self.options.config, &mut totals);
        totals.loss()
    }

    /// Commands counted until now, of all CPUs.
    #[must_use]
    pub fn commands(&self) -> Vec<(Key, Counters)> {
        self.totals().commands()
    }

    /// All counted until now.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let mut totals = self.totals.clone();
        // Reading our own maps fails only where the kernel is out of memory; the next time will tell.
        let _ = totals.add(&self.generation.counts);
        self.generation.add_skips(&self.options.config, &mut totals);
        totals
    }

    /// Hands on what the probes say about themselves.
    fn hear(&mut self) {
        for sentence in self.generation.diagnostics.take() {
            self.notices.say(sentence);
        }
    }

    fn ask_skips(&mut self) {
        if self.skips_told {
            self.generation.ask_skips();
        }
    }

    /// Takes the times in which probes were off because their module had just come.
    pub fn blind(&mut self) -> Vec<Blind> {
        std::mem::take(&mut self.blind)
    }

    /// The longest of those times so far.
    #[must_use]
    pub fn blinded(&self) -> Duration {
        self.blinded
    }

    /// The last PDU headers of a connection (`Header::conn`), oldest first.
    #[must_use]
    pub fn flight(&self, conn: u64) -> Vec<Slot> {
        self.connections.get(&conn).map_or_else(Vec::new, |sid| self.generation.flight(conn, *sid))
    }

    /// The function at an address of a kernel stack; none where the kernel hides addresses from us. The first time
    /// after modules changed may wait for a fraction of a second.
    #[must_use]
    pub fn symbol(&self, address: u64) -> Option<Symbol> {
        self.names.get().at(address)
    }

    /// Turns the time of events into wall time.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// Takes what there is to say about the tracing itself, one sentence each, said once.
    pub fn notices(&mut self) -> Vec<String> {
        self.notices.take()
    }

    /// Detaches, hands on the events that are left and sums up.
    pub fn stop(mut self, sink: &mut dyn FnMut(&[u8])) -> Totals {
        self.ask_skips();
        self.generation.detach();
        self.drain(u64::MAX, sink);
        self.generation.proof.give_up(&mut self.totals);
        self.totals()
    }
}

/// Waits until there is something in the ring, at most that long.
fn wait(generation: &Generation, timeout: Duration) -> io::Result<()> {
    let timeout = Timespec {
        tv_sec: i64::try_from(timeout.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: timeout.subsec_nanos().into(),
    };
    let mut ring = [PollFd::from_borrowed_fd(generation.ring.as_fd(), PollFlags::IN)];
    match poll(&mut ring, Some(&timeout)) {
        // A signal; whoever handles it wants to go on.
        Err(rustix::io::Errno::INTR) => Ok(()),
        result => result.map(drop).map_err(Into::into),
    }
}
