//! The loop: events of the probes to the screen, to the recording and into the model.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::time::{Duration, Instant, SystemTime};

use iscsi_decoders::Timestamp;

use super::Live;
use super::losses::Losses;
use super::machine::Here;
use super::summary::{self, Ended};
use crate::cli::shown::{OUT_BUFFER, Screen};
use crate::cli::{Exit, Failure, Format};
use crate::event::What;
use crate::event::run::Began;
use crate::host::Roots;
use crate::interrupt::Interrupt;
use crate::kernel::release::Release;
use crate::model::{Model, Record};
use crate::recording::Writer;
use crate::source::probes::Joiner;
use crate::source::{Event, live};

/// Output is never older than this.
const TICK: Duration = Duration::from_millis(100);

/// One run.
pub(super) struct Run<'o> {
    options: &'o Live,
    probes: usize,
    /// When the trace was asked for: probes have been attached one by one since.
    asked: Timestamp,
    joiner: Joiner,
    /// Raw events of one round, one after the other, each behind its length.
    round: Round,
    outputs: Outputs,
}

/// Where events go.
struct Outputs {
    model: Model,
    ended: Ended,
    screen: Screen,
    out: BufWriter<io::StdoutLock<'static>>,
    recording: Option<Writer<BufWriter<File>>>,
    /// The first write that failed, and where.
    failure: Option<(Place, io::Error)>,
    /// Whether sessions of one target only are asked for.
    one_target: bool,
}

#[derive(Clone, Copy, Debug)]
enum Place {
    Screen,
    Recording,
}

impl<'o> Run<'o> {
    pub fn new(
        options: &'o Live,
        screen: Screen,
        recording: Option<Writer<BufWriter<File>>>,
        probes: usize,
        asked: Timestamp,
    ) -> Self {
        let out = BufWriter::with_capacity(OUT_BUFFER, io::stdout().lock());
        Self {
            options,
            probes,
            asked,
            joiner: Joiner::since(now()),
            round: Round::default(),
            outputs: Outputs {
                model: Model::default(),
                ended: Ended::default(),
                screen,
                out,
                recording,
                failure: None,
                one_target: options.target.is_some(),
            },
        }
    }

    pub fn run(mut self, mut live: live::Live, interrupt: &Interrupt) -> anyhow::Result<Exit> {
        let begin = Instant::now();
        let mut losses = Losses::since(self.asked);
        self.began();
        let mut next_table = self.options.interval.map(|interval| begin + interval.0);
        let end = self.options.duration.map(|duration| begin + duration.0);
        while !interrupt.came() && self.outputs.failure.is_none() {
            let next = [end, next_table].into_iter().flatten().min();
            let left = next.map_or(TICK, |next| next.saturating_duration_since(Instant::now()));
            live.poll(left.min(TICK), &mut |event| self.round.push(event))?;
            self.take(&mut live, &mut losses);
            live.notices().iter().for_each(|notice| eprintln!("iscsi-trace: {notice}"));
            if let (Some(at), Some(interval)) = (next_table, self.options.interval)
                && Instant::now() >= at
            {
                self.table(&live.commands());
                next_table = Some(at + interval.0.max(TICK));
            }
            self.outputs.flush();
            if end.is_some_and(|end| Instant::now() >= end) {
                break;
            }
        }
        self.finish(live, &mut losses, begin.elapsed())
    }

    fn began(&mut self) {
        let began = Began {
            release: Release::read(&Roots::machine()).to_string(),
            probes: u32::try_from(self.probes).unwrap_or(u32::MAX),
            is_selective: self.options.is_selective(),
        };
        let outputs = &mut self.outputs;
        self.joiner.began(began, self.asked, &mut |event| outputs.take(&event));
    }

    /// Works on the events of one round; what was lost meanwhile must be known before.
    fn take(&mut self, live: &mut live::Live, losses: &mut Losses) {
        let Self { joiner, round, outputs, .. } = self;
        let lost = &live.loss();
        let mut sink = |event: Event<'_>| outputs.take(&event);
        losses.tell(lost, now(), joiner, &mut sink);
        Losses::tell_blind(&live.blind(), live.clock(), joiner, &mut sink);
        let here = Here { live, clock: live.clock() };
        round.drain(&mut |event| joiner.take(event, &here, &mut sink));
    }

    fn finish(
        mut self,
        mut live: live::Live,
        losses: &mut Losses,
        elapsed: Duration,
    ) -> anyhow::Result<Exit> {
        // While the probes are there, all can be asked of them.
        live.poll(Duration::ZERO, &mut |event| self.round.push(event))?;
        live.end_coming();
        self.take(&mut live, losses);
        let blind = live.blinded();
        let clock = live.clock();
        let totals = live.stop(&mut |event| self.round.push(event));
        let Self { options, joiner, round, outputs, .. } = &mut self;
        let mut sink = |event: Event<'_>| outputs.take(&event);
        losses.tell(&totals.loss(), now(), joiner, &mut sink);
        // The probes are gone, and with them what could be asked of them.
        let gone = super::machine::Gone { clock };
        round.drain(&mut |event| joiner.take(event, &gone, &mut sink));
        let last = joiner.finish(&mut sink);
        outputs.end(last);
        if options.count {
            let commands = totals.commands();
            self.table(&commands);
        }
        self.outputs.flush();
        let Outputs { ended, failure, .. } = &self.outputs;
        let unreadable = self.joiner.unreadable();
        // Whoever closed our stdout may have stderr closed as well; nothing is left to tell it to.
        let _ = summary::print(
            &mut io::stderr().lock(),
            ended,
            &totals,
            unreadable,
            blind,
            elapsed,
            !self.options.count,
        );
        match failure {
            Some((Place::Screen, error)) => {
                return Err(io::Error::new(error.kind(), error.to_string()).into());
            }
            Some((Place::Recording, error)) => {
                let path = self.options.write.as_deref().map(|path| path.display());
                let path = path.map_or_else(String::new, |path| path.to_string());
                return Err(Failure::damaged(format!(
                    "cannot write {path}: {error}; what was written until then can be read"
                ))
                .into());
            }
            None => {}
        }
        let lost = !totals.loss().is_empty()
            || totals.uncounted > 0
            || unreadable.events > 0
            || !blind.is_zero();
        let is_bad = self.options.strict && (lost || ended.has_findings());
        Ok(if is_bad { Exit::Findings } else { Exit::Done })
    }

    fn table(&mut self, commands: &[(iscsi_ebpf::command::Key, iscsi_ebpf::command::Counters)]) {
        let Outputs { ended, out, failure, .. } = &mut self.outputs;
        let result = match self.options.shown.output {
            Format::Text => summary::table(out, commands, ended),
            Format::Json => summary::json(out, commands, ended, now()),
        };
        if let Err(error) = result {
            failure.get_or_insert((Place::Screen, error));
        }
    }
}

impl Outputs {
    fn take(&mut self, event: &Event<'_>) {
        let Self { model, ended, screen, out, recording, failure, one_target } = self;
        if *one_target && is_strange(event, ended) {
            return;
        }
        if let Some(recording) = recording
            && let Err(error) = recording.event(event)
        {
            failure.get_or_insert((Place::Recording, error));
        }
        ended.event(event);
        model.observe(event, &mut |record: &Record<'_>| {
            ended.record(record);
            if failure.is_none()
                && let Err(error) = screen.print(record, out)
            {
                *failure = Some((Place::Screen, error));
            }
        });
    }

    fn end(&mut self, last: iscsi_decoders::stream::Stamp) {
        let Self { model, ended, screen, out, failure, .. } = self;
        model.finish(last, &mut |record: &Record<'_>| {
            ended.record(record);
            if failure.is_none()
                && let Err(error) = screen.print(record, out)
            {
                *failure = Some((Place::Screen, error));
            }
        });
    }

    fn flush(&mut self) {
        if let Err(error) = self.out.flush() {
            self.failure.get_or_insert((Place::Screen, error));
        }
        if let Some(recording) = &mut self.recording
            && let Err(error) = recording.flush()
        {
            self.failure.get_or_insert((Place::Recording, error));
        }
    }
}

/// Whether an event is of no session that was asked for. Of a command of iscsid's or a message the kernel knows the
/// session only, not the target; sessions that are told apart by it have made themselves known.
fn is_strange(event: &Event<'_>, ended: &Ended) -> bool {
    let Event::Kernel(event) = event else { return false };
    matches!(event.what, What::Netlink(_) | What::Text(_))
        && !event.session.is_some_and(|session| ended.knows(session))
}

/// Raw events, kept until it is known what was lost beside them.
#[derive(Debug, Default)]
pub(in crate::cli) struct Round {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Round {
    pub fn push(&mut self, event: &[u8]) {
        self.bytes.extend_from_slice(event);
        self.ends.push(self.bytes.len());
    }

    pub fn drain(&mut self, take: &mut impl FnMut(&[u8])) {
        let mut start = 0;
        for end in self.ends.drain(..) {
            take(self.bytes.get(start..end).unwrap_or_default());
            start = end;
        }
        self.bytes.clear();
    }
}

/// The wall clock.
pub(in crate::cli) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}
