//! A running trace as events: raw ones joined, what was lost said before what was beside it.

use std::io;
use std::time::Duration;

use iscsi_decoders::Timestamp;
use iscsi_decoders::stream::Stamp;
use iscsi_ebpf::command::{Counters, Key};

use super::here::{Gone, Here};
use super::losses::Losses;
use super::now;
use super::round::Round;
use super::{Live, Totals};
use crate::event::run::Began;
use crate::host::Roots;
use crate::kernel::release::Release;
use crate::source::Event;
use crate::source::probes::{Joiner, Unreadable};

/// A trace, and what is known of it besides its raw events.
pub struct Feed {
    live: Live,
    joiner: Joiner,
    losses: Losses,
    round: Round,
}

/// How a trace ended.
pub struct Finished {
    /// Its last event.
    pub last: Stamp,
    /// All lost and counted.
    pub totals: Totals,
    /// What probes of another version sent.
    pub unreadable: Unreadable,
    /// The longest time in which probes were off because their module had just come.
    pub blind: Duration,
    /// What there is to say about the tracing itself and was not taken yet.
    pub notices: Vec<String>,
}

impl Feed {
    /// Begins with a trace that was asked for at a time: probes have been attached one by one since. `is_selective`
    /// says that only some PDUs are reported.
    pub fn new(
        live: Live,
        asked: Timestamp,
        is_selective: bool,
        sink: &mut impl FnMut(Event<'_>),
    ) -> Self {
        let attached = live.probes().iter().filter(|status| status.off.is_none()).count();
        let began = Began {
            release: Release::read(&Roots::machine()).to_string(),
            probes: u32::try_from(attached).unwrap_or(u32::MAX),
            is_selective,
        };
        let mut joiner = Joiner::since(now());
        joiner.began(began, asked, sink);
        Self { live, joiner, losses: Losses::since(asked), round: Round::default() }
    }

    /// Waits at most `timeout` and hands on what has come.
    ///
    /// # Errors
    /// When the kernel does not let us wait.
    pub fn poll(&mut self, timeout: Duration, sink: &mut impl FnMut(Event<'_>)) -> io::Result<()> {
        let Self { live, joiner, losses, round } = self;
        live.poll(timeout, &mut |event| round.push(event))?;
        // What was lost meanwhile must be known before what came.
        tell(live, losses, joiner, sink);
        let here = Here { live, clock: live.clock() };
        round.drain(&mut |event| joiner.take(event, &here, sink));
        Ok(())
    }

    /// What there is to say about the tracing itself, one sentence each, said once.
    pub fn notices(&mut self) -> Vec<String> {
        self.live.notices()
    }

    /// Commands counted until now.
    #[must_use]
    pub fn commands(&self) -> Vec<(Key, Counters)> {
        self.live.commands()
    }

    /// Detaches and hands on what is left.
    ///
    /// # Errors
    /// When the kernel does not let us wait.
    pub fn finish(mut self, sink: &mut impl FnMut(Event<'_>)) -> io::Result<Finished> {
        // While the probes are there, all can be asked of them.
        self.poll(Duration::ZERO, sink)?;
        let Self { mut live, mut joiner, mut losses, mut round } = self;
        live.end_coming();
        tell(&mut live, &mut losses, &mut joiner, sink);
        let blind = live.blinded();
        let notices = live.notices();
        let clock = live.clock();
        let totals = live.stop(&mut |event| round.push(event));
        losses.tell(&totals.loss(), now(), &mut joiner, sink);
        // The probes are gone, and with them what could be asked of them.
        let gone = Gone { clock };
        round.drain(&mut |event| joiner.take(event, &gone, sink));
        let last = joiner.finish(sink);
        Ok(Finished { last, totals, unreadable: joiner.unreadable(), blind, notices })
    }
}

/// Tells what was lost since the last time, and when probes were off.
fn tell(
    live: &mut Live,
    losses: &mut Losses,
    joiner: &mut Joiner,
    sink: &mut impl FnMut(Event<'_>),
) {
    losses.tell(&live.loss(), now(), joiner, sink);
    Losses::tell_blind(&live.blind(), live.clock(), joiner, sink);
}
