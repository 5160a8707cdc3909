//! The loop: events of the probes to the screen, to the recording and into the model.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::time::{Duration, Instant};

use iscsi_decoders::Timestamp;

use super::Live;
use super::summary::{self, Ended};
use super::told::Told;
use crate::cli::shown::{OUT_BUFFER, Screen};
use crate::cli::{Exit, Failure, Format};
use crate::event::What;
use crate::interrupt::Interrupt;
use crate::model::{Model, Record};
use crate::recording::Writer;
use crate::source::live::{Feed, Finished, now};
use crate::source::{Event, live};

/// Output is never older than this.
const TICK: Duration = Duration::from_millis(100);

/// One run.
pub(super) struct Run<'o> {
    options: &'o Live,
    outputs: Outputs,
}

/// Where events go.
struct Outputs {
    model: Model,
    why: Told,
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
    ) -> Self {
        let out = BufWriter::with_capacity(OUT_BUFFER, io::stdout().lock());
        Self {
            options,
            outputs: Outputs {
                model: Model::default(),
                why: Told::new(options.shown.output, !options.count),
                ended: Ended::default(),
                screen,
                out,
                recording,
                failure: None,
                one_target: options.target.is_some(),
            },
        }
    }

    /// Traces from when the trace was asked for until a signal comes or the time is over.
    pub fn run(
        mut self,
        live: live::Live,
        asked: Timestamp,
        interrupt: &Interrupt,
    ) -> anyhow::Result<Exit> {
        let begin = Instant::now();
        let outputs = &mut self.outputs;
        let is_selective = self.options.is_selective();
        let mut feed = Feed::new(live, asked, is_selective, &mut |event| outputs.take(&event));
        let mut next_table = self.options.interval.map(|interval| begin + interval.0);
        let end = self.options.duration.map(|duration| begin + duration.0);
        while !interrupt.came() && self.outputs.failure.is_none() {
            let next = [end, next_table].into_iter().flatten().min();
            let left = next.map_or(TICK, |next| next.saturating_duration_since(Instant::now()));
            let outputs = &mut self.outputs;
            feed.poll(left.min(TICK), &mut |event| outputs.take(&event))?;
            feed.notices().iter().for_each(|notice| eprintln!("iscsi-trace: {notice}"));
            if let (Some(at), Some(interval)) = (next_table, self.options.interval)
                && Instant::now() >= at
            {
                self.table(&feed.commands());
                next_table = Some(at + interval.0.max(TICK));
            }
            self.outputs.flush();
            if end.is_some_and(|end| Instant::now() >= end) {
                break;
            }
        }
        self.finish(feed, begin.elapsed())
    }

    fn finish(mut self, feed: Feed, elapsed: Duration) -> anyhow::Result<Exit> {
        let outputs = &mut self.outputs;
        let Finished { last, totals, unreadable, blind, notices } =
            feed.finish(&mut |event| outputs.take(&event))?;
        notices.iter().for_each(|notice| eprintln!("iscsi-trace: {notice}"));
        self.outputs.end(last);
        if self.options.count {
            let commands = totals.commands();
            self.table(&commands);
        }
        self.outputs.flush();
        let Outputs { ended, failure, .. } = &self.outputs;
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
        let Self { model, why, ended, screen, out, recording, failure, one_target } = self;
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
                && let Err(error) = screen.print(record, out).and_then(|()| why.record(record, out))
            {
                failure.get_or_insert((Place::Screen, error));
            }
        });
    }

    fn end(&mut self, last: iscsi_decoders::stream::Stamp) {
        let Self { model, why, ended, screen, out, failure, .. } = self;
        model.finish(last, &mut |record: &Record<'_>| {
            ended.record(record);
            if failure.is_none()
                && let Err(error) = screen.print(record, out)
            {
                *failure = Some((Place::Screen, error));
            }
        });
        if let Err(error) = why.finish(last, out) {
            failure.get_or_insert((Place::Screen, error));
        }
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
