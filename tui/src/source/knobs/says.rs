//! What the drivers say while they are asked to: the same lines as those of `iscsi-trace debug run`.

use std::cell::RefCell;
use std::io::{self, Write};
use std::path::Path;
use std::rc::Rc;
use std::sync::mpsc::{SyncSender, TrySendError};

use iscsi_collector::category::Categories;
use iscsi_collector::cli::Format;
use iscsi_collector::host::Roots;
use iscsi_collector::knobs::table::Table;
use iscsi_collector::messages::{Classifier, Kmsg, Printer, Stream};

use crate::message::Message;
use crate::model::debug::SAID_MAX;

/// Where the lines are between the printer and us.
#[derive(Clone, Default)]
struct Lines(Rc<RefCell<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The drivers' messages.
pub(super) struct Says<'t> {
    stream: Stream<'t, Lines>,
    printed: Lines,
    /// What could not be told yet, as the model has more to do than it can.
    waiting: Vec<String>,
}

impl<'t> Says<'t> {
    /// Listens from now on.
    ///
    /// # Errors
    /// The kernel log cannot be read.
    pub(super) fn new(roots: &Roots, table: &'t Table, categories: Categories) -> io::Result<Self> {
        let log = Kmsg::open(&roots.path("/dev/kmsg"))?;
        let printed = Lines::default();
        let printer = Printer::new(printed.clone(), Format::Text);
        let stream = Stream::new(roots, log, None, Classifier::new(table), categories, printer);
        Ok(Self { stream, printed, waiting: Vec::new() })
    }

    /// Listens to a trace instance, too.
    ///
    /// # Errors
    /// It cannot be read.
    pub(super) fn open(&mut self, instance: &Path) -> io::Result<()> {
        self.stream.open_trace(instance)
    }

    /// Tells what came.
    ///
    /// # Errors
    /// The kernel log or the trace cannot be read on.
    pub(super) fn tell(&mut self, out: &SyncSender<Message>) -> io::Result<()> {
        self.stream.step()?;
        let text = std::mem::take(&mut *self.printed.0.borrow_mut());
        let lines = String::from_utf8_lossy(&text);
        // Lines leave room for the numbers of PDUs, which are not among them here.
        self.waiting.extend(lines.lines().map(|line| line.trim_start().to_owned()));
        let excess = self.waiting.len().saturating_sub(SAID_MAX);
        self.waiting.drain(..excess);
        if self.waiting.is_empty() {
            return Ok(());
        }
        if let Err(TrySendError::Full(Message::Said(lines))) =
            out.try_send(Message::Said(std::mem::take(&mut self.waiting)))
        {
            self.waiting = lines;
        }
        Ok(())
    }
}
