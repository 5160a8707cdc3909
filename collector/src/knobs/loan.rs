//! Borrowed knobs: changed one by one, each written down first, all given back.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    change::Change,
    journal::{self, Holder, Journal},
    lock::{self, Lock, NoLock},
    restore::{Restored, restore},
};
use crate::host::Roots;

/// Where the journal and the lock are.
const FOLDER: &str = "/run/iscsi-trace";

/// What knobs are borrowed for.
#[derive(Clone, Debug)]
pub struct Purpose {
    /// What was typed.
    pub command: String,
    /// They stay changed when the process ends, until a reset.
    pub lasting: bool,
}

/// What an earlier run had left, and how giving it back went.
#[derive(Debug)]
pub struct Reset {
    /// Who had left it.
    pub holder: Holder,
    /// How giving it back went.
    pub restored: Restored,
}

/// Why nothing can be borrowed.
#[derive(Debug, thiserror::Error)]
pub enum LoanError {
    /// Another run has the knobs now.
    #[error("the knobs are in use by {0}; wait for it or end it")]
    Held(Holder),
    /// Another run has the knobs, but has not said yet who it is.
    #[error("the knobs are in use by another iscsi-trace debug; wait for it or end it")]
    HeldBySomebody,
    /// `debug set` is in force.
    #[error("the knobs are set by {0}; give them back with: iscsi-trace debug reset")]
    Set(Holder),
    /// Only root may.
    #[error("only root may change knobs: run it with sudo ({0})")]
    NotRoot(String),
    /// What an earlier run left cannot be given back.
    #[error("what {holder} left cannot be given back: {what}")]
    Stuck {
        /// Who left it.
        holder: Holder,
        /// Which files, and why.
        what: String,
    },
    /// The journal or the lock cannot be read or written.
    #[error("{path}: {error}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What happened.
        error: io::Error,
    },
}

/// Knobs on loan: what is changed through it is given back when it is dropped, on a panic, too.
#[derive(Debug)]
pub struct Loan {
    journal: Option<Journal>,
    changes: Vec<Change>,
    holder: Holder,
    place: Place,
    /// Held until everything is given back.
    _lock: Lock,
}

impl Loan {
    /// Begins a loan. What a killed run left is given back first; so is what an earlier `debug set` changed, if this
    /// loan is to last like it.
    ///
    /// # Errors
    /// If somebody else has the knobs, or the journal cannot be written.
    pub fn begin(roots: &Roots, purpose: &Purpose) -> Result<(Self, Option<Reset>), LoanError> {
        let place = Place::new(roots)?;
        let holder = holder(roots, purpose);
        let lock = place.lock(&holder)?;
        let left = place.left()?.filter(|left| left.holder.boot == holder.boot);
        let mut reset = None;
        if let Some(left) = left {
            if left.holder.lasting && !purpose.lasting {
                return Err(LoanError::Set(left.holder));
            }
            reset = Some(give_back(&place, left.holder, &left.changes)?);
        }
        let journal = Journal::begin(&place.journal, &holder)
            .map_err(|error| io_error(&place.journal, error))?;
        let loan = Self { journal: Some(journal), changes: Vec::new(), holder, place, _lock: lock };
        Ok((loan, reset))
    }

    /// Makes a change.
    ///
    /// # Errors
    /// If it could not be made.
    pub fn make(&mut self, change: &Change) -> io::Result<()> {
        if !change.goes_with_its_instance() {
            if let Some(journal) = &mut self.journal {
                journal.note(change)?;
            }
            self.changes.push(change.clone());
        }
        change.make()
    }

    /// Ends the loan, leaving everything changed until a reset.
    pub fn keep(mut self) {
        self.changes.clear();
        self.journal = None;
    }

    /// Ends the loan.
    pub fn give_back(mut self) -> Restored {
        self.end()
    }

    fn end(&mut self) -> Restored {
        let Some(journal) = self.journal.take() else { return Restored::default() };
        let mut restored = restore(&std::mem::take(&mut self.changes));
        let noted = if restored.is_complete() {
            journal.remove()
        } else {
            remember(&self.place, &self.holder, &restored)
        };
        if let Err(error) = noted {
            let path = self.place.journal.display();
            restored.changed_by_others.push(format!("{path}: {error}"));
        }
        restored
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        for (change, why) in self.end().failed {
            eprintln!("iscsi-trace: cannot give back: {change}: {why}");
        }
    }
}

/// Gives back what an earlier run left; `None` if nothing was left.
///
/// # Errors
/// If a run is under way, or something cannot be given back.
pub fn reset(roots: &Roots, purpose: &Purpose) -> Result<Option<Reset>, LoanError> {
    let place = Place::new(roots)?;
    let holder = holder(roots, purpose);
    let _lock = place.lock(&holder)?;
    let Some(left) = place.left()? else { return Ok(None) };
    if left.holder.boot != holder.boot {
        fs::remove_file(&place.journal).map_err(|error| io_error(&place.journal, error))?;
        return Ok(None);
    }
    give_back(&place, left.holder, &left.changes).map(Some)
}

/// Who has changed knobs, and how many, as far as it is written down.
///
/// # Errors
/// If the journal cannot be read.
pub fn in_force(roots: &Roots) -> Result<Option<(Holder, usize)>, LoanError> {
    let place = Place::at(roots);
    let left = place.left()?.filter(|left| left.holder.boot == boot(roots));
    Ok(left.map(|left| (left.holder, left.changes.len())))
}

fn give_back(place: &Place, holder: Holder, changes: &[Change]) -> Result<Reset, LoanError> {
    let restored = restore(changes);
    let remaining = |error| io_error(&place.journal, error);
    if restored.is_complete() {
        fs::remove_file(&place.journal).map_err(remaining)?;
        return Ok(Reset { holder, restored });
    }
    remember(place, &holder, &restored).map_err(remaining)?;
    let failed = restored.failed.iter().map(|(change, why)| format!("{change}: {why}"));
    Err(LoanError::Stuck { what: failed.collect::<Vec<_>>().join("; "), holder })
}

/// Writes down what could not be given back, so that it can be tried again.
fn remember(place: &Place, holder: &Holder, restored: &Restored) -> io::Result<()> {
    let mut journal = Journal::begin(&place.journal, holder)?;
    // What was undone last was done first.
    restored.failed.iter().rev().try_for_each(|(change, _)| journal.note(change))
}

#[derive(Debug)]
struct Place {
    journal: PathBuf,
    lock: PathBuf,
}

impl Place {
    fn at(roots: &Roots) -> Self {
        let folder = roots.path(FOLDER);
        Self { journal: folder.join("debug.journal"), lock: folder.join("debug.lock") }
    }

    /// With its folder made.
    fn new(roots: &Roots) -> Result<Self, LoanError> {
        let folder = roots.path(FOLDER);
        fs::create_dir_all(&folder).map_err(|error| io_error(&folder, error))?;
        Ok(Self::at(roots))
    }

    fn lock(&self, holder: &Holder) -> Result<Lock, LoanError> {
        lock::take(&self.lock, holder).map_err(|problem| match problem {
            NoLock::Held(Some(holder)) => LoanError::Held(holder),
            NoLock::Held(None) => LoanError::HeldBySomebody,
            NoLock::Io(error) => io_error(&self.lock, error),
        })
    }

    fn left(&self) -> Result<Option<journal::Left>, LoanError> {
        journal::read(&self.journal).map_err(|error| io_error(&self.journal, error))
    }
}

fn io_error(path: &Path, error: io::Error) -> LoanError {
    match error.kind() {
        io::ErrorKind::PermissionDenied => {
            LoanError::NotRoot(format!("{}: {error}", path.display()))
        }
        _ => LoanError::Io { path: path.to_owned(), error },
    }
}

fn holder(roots: &Roots, purpose: &Purpose) -> Holder {
    let seconds = jiff::Timestamp::now().as_second();
    let now = jiff::Timestamp::from_second(seconds).unwrap_or_default();
    Holder {
        pid: std::process::id(),
        command: purpose.command.clone(),
        since: now.to_string(),
        boot: boot(roots),
        lasting: purpose.lasting,
    }
}

/// Names this boot; empty where the kernel does not say.
fn boot(roots: &Roots) -> String {
    let id = fs::read_to_string(roots.path("/proc/sys/kernel/random/boot_id"));
    id.unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knobs::tests::Folder;

    const RUN: fn() -> Purpose = || Purpose { command: "debug run".to_owned(), lasting: false };
    const SET: fn() -> Purpose = || Purpose { command: "debug set".to_owned(), lasting: true };

    struct Machine {
        folder: Folder,
        knob: PathBuf,
    }

    impl Machine {
        fn new() -> Self {
            let folder = Folder::new();
            folder.file("/proc/sys/kernel/random/boot_id", "one\n");
            let knob = folder.file("/sys/module/libiscsi/parameters/debug", "0\n");
            Self { folder, knob }
        }

        fn change(&self) -> Change {
            Change::Number { path: self.knob.clone(), before: 0, after: 1 }
        }

        fn begin(&self, purpose: &Purpose) -> Result<(Loan, Option<Reset>), LoanError> {
            Loan::begin(&self.folder.roots(), purpose)
        }

        /// As after SIGKILL: the lock is gone, the journal is there.
        fn kill(&self, purpose: &Purpose) {
            let (mut loan, _) = self.begin(purpose).unwrap();
            loan.make(&self.change()).unwrap();
            loan.keep();
        }

        fn value(&self) -> String {
            fs::read_to_string(&self.knob).unwrap()
        }
    }

    #[test]
    fn dropping_a_loan_gives_back() {
        let machine = Machine::new();
        let (mut loan, _) = machine.begin(&RUN()).unwrap();
        loan.make(&machine.change()).unwrap();
        assert_eq!(machine.value(), "1\n");
        drop(loan);
        assert_eq!(machine.value(), "0\n");
        assert!(in_force(&machine.folder.roots()).unwrap().is_none());
    }

    #[test]
    fn a_panic_gives_back() {
        let machine = Machine::new();
        let result = std::panic::catch_unwind(|| {
            let (mut loan, _) = machine.begin(&RUN()).unwrap();
            loan.make(&machine.change()).unwrap();
            panic!("on purpose");
        });
        assert!(result.is_err());
        assert_eq!(machine.value(), "0\n");
    }

    #[test]
    fn a_second_run_is_told_who_holds_the_knobs() {
        let machine = Machine::new();
        let first = machine.begin(&RUN()).unwrap();
        let error = machine.begin(&SET()).unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, LoanError::Held(_)), "{text}");
        let pid = std::process::id();
        assert!(text.contains("'debug run'") && text.contains(&format!("pid {pid}")), "{text}");
        drop(first);
        assert!(machine.begin(&SET()).is_ok());
    }

    #[test]
    fn the_next_start_gives_back_what_a_killed_run_left() {
        let machine = Machine::new();
        machine.kill(&RUN());
        assert_eq!(machine.value(), "1\n");
        let (_loan, reset) = machine.begin(&RUN()).unwrap();
        assert_eq!(machine.value(), "0\n");
        assert_eq!(reset.unwrap().restored.back, 1);
    }

    #[test]
    fn a_reset_gives_back_what_a_set_changed_and_a_second_finds_nothing() {
        let machine = Machine::new();
        machine.kill(&SET());
        let roots = machine.folder.roots();
        assert_eq!(in_force(&roots).unwrap().unwrap().1, 1);
        assert!(matches!(machine.begin(&RUN()), Err(LoanError::Set(_))));
        assert_eq!(machine.value(), "1\n", "a refused run must not touch anything");
        assert_eq!(reset(&roots, &RUN()).unwrap().unwrap().restored.back, 1);
        assert_eq!(machine.value(), "0\n");
        assert!(reset(&roots, &RUN()).unwrap().is_none());
    }

    #[test]
    fn a_journal_of_an_earlier_boot_changes_nothing() {
        let machine = Machine::new();
        machine.kill(&RUN());
        machine.folder.file("/proc/sys/kernel/random/boot_id", "two\n");
        assert!(reset(&machine.folder.roots(), &RUN()).unwrap().is_none());
        assert_eq!(machine.value(), "1\n");
    }

    #[test]
    fn what_cannot_be_given_back_stays_in_the_journal() {
        let machine = Machine::new();
        machine.kill(&RUN());
        fs::remove_file(&machine.knob).unwrap();
        fs::create_dir(&machine.knob).unwrap();
        let roots = machine.folder.roots();
        assert!(matches!(reset(&roots, &RUN()), Err(LoanError::Stuck { .. })));
        fs::remove_dir(&machine.knob).unwrap();
        fs::write(&machine.knob, "1\n").unwrap();
        assert_eq!(reset(&roots, &RUN()).unwrap().unwrap().restored.back, 1);
        assert_eq!(machine.value(), "0\n");
    }

    #[test]
    fn a_change_is_in_the_journal_even_if_making_it_fails() {
        let machine = Machine::new();
        let (mut loan, _) = machine.begin(&RUN()).unwrap();
        let missing = Change::Number { path: "/does/not/exist".into(), before: 0, after: 1 };
        assert!(loan.make(&missing).is_err());
        assert_eq!(in_force(&machine.folder.roots()).unwrap().unwrap().1, 1);
        assert!(loan.give_back().is_complete());
    }
}
