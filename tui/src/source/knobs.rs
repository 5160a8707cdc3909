//! The drivers' debug switches: borrowed, and given back at the end.

use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::thread::{self, JoinHandle};

use iscsi_collector::category::{Categories, TABLE};
use iscsi_collector::host::Roots;
use iscsi_collector::knobs::plan::{Wish, plan};
use iscsi_collector::knobs::resolve::{State, Survey};
use iscsi_collector::knobs::table::Table;
use iscsi_collector::knobs::{Loan, Purpose, Restored, in_force};

use crate::message::Message;
use crate::model::debug::{Report, Switch};

/// The trace instance messages go to.
const INSTANCE: &str = "iscsitop";

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
    let mut loan: Option<Loan> = None;
    let mut ours = Categories::empty();
    for wanted in asked {
        let mut notes = Vec::new();
        if let Some(wanted) = wanted {
            let old = loan.take().map(Loan::give_back);
            notes.extend(old.iter().flat_map(problems));
            ours = Categories::empty();
            if !wanted.is_empty() {
                match borrow(roots, wanted, &mut notes) {
                    Ok(new) => {
                        loan = Some(new);
                        ours = wanted;
                    }
                    Err(error) => notes.push(error),
                }
            }
        }
        let report = look(roots, ours, notes);
        // The loop waits for our end with an ear for the channel; when it does not, nobody looks.
        let _ = out.try_send(Message::Debug(Box::new(report)));
    }
    loan.map(Loan::give_back).iter().flat_map(problems).collect()
}

/// What was not given back.
fn problems(restored: &Restored) -> Vec<String> {
    let others = restored.changed_by_others.iter();
    let others =
        others.map(|text| format!("left alone, somebody else changed it meanwhile: {text}"));
    let failed = restored.failed.iter();
    others.chain(failed.map(|(change, why)| format!("cannot give back: {change}: {why}"))).collect()
}

fn borrow(roots: &Roots, categories: Categories, notes: &mut Vec<String>) -> Result<Loan, String> {
    let table = Table::load().map_err(|error| error.to_string())?;
    let purpose = Purpose { command: "iscsitop".to_owned(), lasting: false };
    let (mut loan, _) = Loan::begin(roots, &purpose).map_err(|error| error.to_string())?;
    // Only now: what an earlier loan had changed is back.
    let survey = Survey::new(&table, roots);
    let wish = Wish { categories, ..Wish::default() };
    let plan = plan(&survey, roots, &wish, INSTANCE).map_err(|error| error.to_string())?;
    notes.extend(plan.notes.iter().filter(|note| note.trouble).map(|note| note.text.clone()));
    for step in &plan.steps {
        if let Err(error) = loan.make(&step.change) {
            notes.push(format!("cannot: {}: {error}", step.change));
        }
    }
    if let Some(instance) = &plan.instance {
        notes.push(format!("the drivers' messages: cat {}/trace_pipe", instance.display()));
    }
    if plan.steps.iter().any(|step| step.change.fills_kernel_log()) {
        notes.push(
            "some messages come in the kernel log: dmesg -w | iscsi-trace annotate".to_owned(),
        );
    }
    Ok(loan)
}

/// How everything stands.
fn look(roots: &Roots, ours: Categories, mut notes: Vec<String>) -> Report {
    let table = match Table::load() {
        Ok(table) => table,
        Err(error) => {
            notes.push(error.to_string());
            return Report { switches: Vec::new(), ours, notes };
        }
    };
    let survey = Survey::new(&table, roots);
    if ours.is_empty()
        && let Ok(Some((holder, count))) = in_force(roots)
    {
        notes.push(format!("{count} settings are changed by {holder}"));
    }
    let is_there = |state: &State| matches!(state, State::Ready(_) | State::Hidden);
    let switches = TABLE.iter().map(|row| {
        let of_row =
            || survey.found.iter().filter(|found| found.knob.categories().contains(row.flag));
        let mut drivers: Vec<String> = of_row()
            .filter(|found| is_there(&found.state))
            .map(|found| found.knob.driver.clone())
            .collect();
        drivers.dedup();
        Switch {
            category: row.flag,
            name: row.name,
            help: row.help,
            is_on: of_row().any(|found| found.on().contains(row.flag)),
            drivers,
        }
    });
    Report { switches: switches.collect(), ours, notes }
}
