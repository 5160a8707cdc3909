use std::{
    collections::VecDeque,
    fs,
    io::{self, Write},
    path::Path,
};

use super::{
    Classifier, Kmsg, Line, Live, Order, Printer, TracePipe,
    clock::{Clock, unix_now},
};
use crate::{category::Categories, host::Roots};

/// The kernel log, a trace instance and a live source, printed in one order.
pub struct Stream<'t, W> {
    log: Kmsg,
    pipe: Option<TracePipe>,
    live: Option<Live>,
    clock: Clock,
    order: Order<Item>,
    /// How many had come when log and trace were read to their end, and the live source's round after which it has
    /// nothing older either.
    read: VecDeque<(u64, u64)>,
    classifier: Classifier<'t>,
    wanted: Categories,
    printer: Printer<W>,
    totals: Totals,
}

#[derive(Debug)]
enum Item {
    /// Of the kernel log or a trace.
    Line(Line),
    /// Of the live source.
    Text(Vec<u8>),
}

/// What a stream brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Messages and events printed.
    pub shown: u64,
    /// Messages of other categories, which the same switches bring.
    pub others: u64,
    /// Records of the kernel log that were overwritten before they were read.
    pub lost_log: u64,
    /// Trace events that were overwritten before they were read.
    pub lost_trace: u64,
}

/// What we write into our own trace instance, to learn what its clock says now.
const MARK: &str = "iscsi-trace";
/// How the kernel calls it.
const MARK_EVENT: &str = "tracing_mark_write";

impl<'t, W: Write> Stream<'t, W> {
    /// Prints what belongs to `wanted`, from now on, and whatever `live` sends.
    pub fn new(
        roots: &Roots,
        log: Kmsg,
        live: Option<Live>,
        classifier: Classifier<'t>,
        wanted: Categories,
        printer: Printer<W>,
    ) -> Self {
        Self {
            log,
            pipe: None,
            live,
            clock: Clock::now(roots),
            order: Order::new(),
            read: VecDeque::new(),
            classifier,
            wanted,
            printer,
            totals: Totals::default(),
        }
    }

    /// Reads the events of a trace instance, too.
    ///
    /// # Errors
    /// If they cannot be opened.
    pub fn open_trace(&mut self, instance: &Path) -> io::Result<()> {
        let mut pipe = TracePipe::open(instance)?;
        let before = unix_now();
        fs::write(instance.join("trace_marker"), MARK)?;
        let now = before.midpoint(unix_now());
        let mut lines = Vec::new();
        pipe.read(&mut |line| lines.push(line))?;
        let is_mark = |line: &&Line| line.event.as_deref() == Some(MARK_EVENT);
        if let Some(mark) = lines.iter().find(is_mark) {
            self.clock = Clock::measured(now, mark.time);
        }
        for line in lines.iter().filter(|line| !is_mark(line)) {
            self.order.push(self.clock.unix(line.time), Item::Line(line.clone()));
        }
        self.pipe = Some(pipe);
        Ok(())
    }

    /// Reads what came and prints what nothing older can come before.
    ///
    /// # Errors
    /// If a source cannot be read on or the output not be written.
    pub fn step(&mut self) -> io::Result<()> {
        let before = self.order.arrived();
        let round = self.live.as_ref().map_or(0, Live::complete_after);
        if self.read()? {
            self.read.push_back((before, round));
        }
        while let Some(&(arrived, round)) = self.read.front()
            && self.live.as_ref().is_none_or(|live| live.is_over(round))
        {
            self.order.settle(arrived);
            self.read.pop_front();
        }
        while let Some(item) = self.order.pop() {
            self.print(item)?;
        }
        self.printer.flush()
    }

    /// Reads the last of the trace instance and lets go of it: it cannot be removed while it is being read.
    ///
    /// # Errors
    /// If a source cannot be read on.
    pub fn close_trace(&mut self) -> io::Result<()> {
        let result = self.read();
        self.totals.lost_trace = self.pipe.take().map_or(0, |pipe| pipe.lost());
        result.map(drop)
    }

    /// Prints the rest.
    ///
    /// # Errors
    /// If a source cannot be read on or the output not be written.
    pub fn finish(mut self) -> io::Result<Totals> {
        self.read()?;
        while let Some(item) = self.order.drain() {
            self.print(item)?;
        }
        self.printer.flush()?;
        Ok(Totals { lost_log: self.log.lost(), ..self.totals })
    }

    /// Whether log and trace were read to their end.
    fn read(&mut self) -> io::Result<bool> {
        let Self { log, pipe, live, clock, order, .. } = self;
        if let Some(live) = live {
            live.read(&mut |time, text| order.push(time.0, Item::Text(text)));
        }
        let mut take = |line: Line| order.push(clock.unix(line.time), Item::Line(line));
        log.read(&mut take)?;
        pipe.as_mut().map_or(Ok(true), |pipe| pipe.read(&mut take))
    }

    fn print(&mut self, item: Item) -> io::Result<()> {
        let mut line = match item {
            Item::Line(line) => line,
            Item::Text(text) => {
                self.totals.shown += 1;
                return self.printer.print_text(&text);
            }
        };
        line.time = self.clock.unix(line.time);
        let Some(message) = self.classifier.message(&line) else { return Ok(()) };
        if message.categories.intersects(self.wanted) {
            self.totals.shown += 1;
            return self.printer.print(&message);
        }
        self.totals.others += 1;
        Ok(())
    }
}
