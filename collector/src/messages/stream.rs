use std::{
    io::{self, Write},
    path::Path,
};

use super::{Classifier, Kmsg, Line, Message, Order, Printer, TracePipe};
use crate::category::Categories;

/// The kernel log and a trace instance, printed in one order.
pub struct Stream<'t, W> {
    log: Kmsg,
    pipe: Option<TracePipe>,
    order: Order,
    classifier: Classifier<'t>,
    wanted: Categories,
    printer: Printer<W>,
    totals: Totals,
}

/// What a stream brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Messages printed.
    pub shown: u64,
    /// Messages of other categories, which the same switches bring.
    pub others: u64,
    /// Records of the kernel log that were overwritten before they were read.
    pub lost_log: u64,
    /// Trace events that were overwritten before they were read.
    pub lost_trace: u64,
}

impl<'t, W: Write> Stream<'t, W> {
    /// Prints what belongs to `wanted`, from now on.
    pub fn new(
        log: Kmsg,
        classifier: Classifier<'t>,
        wanted: Categories,
        printer: Printer<W>,
    ) -> Self {
        let order = Order::default();
        Self { log, pipe: None, order, classifier, wanted, printer, totals: Totals::default() }
    }

    /// Reads the events of a trace instance, too.
    ///
    /// # Errors
    /// If they cannot be opened.
    pub fn open_trace(&mut self, instance: &Path) -> io::Result<()> {
        self.pipe = Some(TracePipe::open(instance)?);
        Ok(())
    }

    /// Reads what came and prints what nothing older can come before.
    ///
    /// # Errors
    /// If a source cannot be read on or the output not be written.
    pub fn step(&mut self) -> io::Result<()> {
        let before = self.order.arrived();
        if self.read()? {
            self.order.settle(before);
        }
        while let Some(line) = self.order.pop() {
            self.print(&line)?;
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
        while let Some(line) = self.order.drain() {
            self.print(&line)?;
        }
        self.printer.flush()?;
        Ok(Totals { lost_log: self.log.lost(), ..self.totals })
    }

    /// Whether every source was read to its end.
    fn read(&mut self) -> io::Result<bool> {
        let order = &mut self.order;
        let mut take = |line: Line| order.push(line);
        self.log.read(&mut take)?;
        self.pipe.as_mut().map_or(Ok(true), |pipe| pipe.read(&mut take))
    }

    fn print(&mut self, line: &Line) -> io::Result<()> {
        let Some(message) = self.classifier.message(line) else { return Ok(()) };
        if self.wants(&message) {
            self.totals.shown += 1;
            return self.printer.print(&message);
        }
        self.totals.others += 1;
        Ok(())
    }

    fn wants(&self, message: &Message) -> bool {
        message.categories.intersects(self.wanted)
    }
}
