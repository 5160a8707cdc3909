//! The drivers' debug switches: borrowed, what they bring shown as it comes, and given back at the end.

mod lent;
mod look;
mod says;

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use iscsi_collector::category::Categories;
use iscsi_collector::host::Roots;
use iscsi_collector::knobs::table::Table;

use crate::message::Message;
use crate::model::debug::Report;
use lent::Lent;

/// How often the kernel is asked for news.
const PAUSE: Duration = Duration::from_millis(100);

/// Asks the thread that has the loan.
pub struct Knobs {
    ask: Sender<Option<Categories>>,
    thread: Option<JoinHandle<Vec<String>>>,
    out: SyncSender<Message>,
}

impl Knobs {
    pub fn new(roots: Roots, out: SyncSender<Message>) -> Self {
        let (ask, asked) = mpsc::channel();
        let sender = out.clone();
        let serve = move || serve(&roots, &asked, &sender);
        let thread = thread::Builder::new().name("knobs".to_owned()).spawn(serve).ok();
        Self { ask, thread, out }
    }

    /// Switches exactly these categories on; or only looks.
    pub fn ask(&self, wanted: Option<Categories>) {
        if self.ask.send(wanted).is_err() {
            // A full channel is the loop's own: it will take more when this returns.
            let _ =
                self.out.try_send(Message::Notice("the debug switches cannot be used".to_owned()));
        }
    }

    /// Gives everything back; answers what could not be.
    pub fn end(self) -> Vec<String> {
        drop(self.ask);
        self.thread.and_then(|thread| thread.join().ok()).unwrap_or_default()
    }
}

fn serve(
    roots: &Roots,
    asked: &Receiver<Option<Categories>>,
    out: &SyncSender<Message>,
) -> Vec<String> {
    // The loop waits for our end with an ear for the channel; when it does not, nobody looks.
    let report = |report: Report| drop(out.try_send(Message::Debug(Box::new(report))));
    let table = match Table::load() {
        Ok(table) => table,
        Err(error) => {
            report(Report { notes: vec![error.to_string()], ..Report::default() });
            return Vec::new();
        }
    };
    let mut lent: Option<Lent<'_>> = None;
    loop {
        let wanted = match &mut lent {
            None => asked.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(_) => asked.recv_timeout(PAUSE),
        };
        let mut notes = Vec::new();
        match wanted {
            Ok(wanted) => {
                if let Some(wanted) = wanted {
                    notes.extend(lent.take().map(Lent::end).unwrap_or_default());
                    if !wanted.is_empty() {
                        match Lent::begin(roots, &table, wanted, &mut notes) {
                            Ok(new) => lent = Some(new),
                            Err(error) => notes.push(error),
                        }
                    }
                }
                let ours = lent.as_ref().map_or(Categories::empty(), Lent::categories);
                report(look::report(roots, &table, ours, notes));
            }
            Err(RecvTimeoutError::Timeout) => {
                if let Some(lent) = &mut lent {
                    lent.tell(out);
                }
            }
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    lent.map(Lent::end).unwrap_or_default()
}
