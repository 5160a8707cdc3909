//! Switches that are on for us.

use std::sync::mpsc::SyncSender;

use iscsi_collector::category::Categories;
use iscsi_collector::host::Roots;
use iscsi_collector::knobs::plan::{Wish, plan};
use iscsi_collector::knobs::resolve::Survey;
use iscsi_collector::knobs::table::Table;
use iscsi_collector::knobs::{Loan, Purpose, Restored};

use super::says::Says;
use crate::message::Message;

/// The trace instance messages go to.
const INSTANCE: &str = "iscsitop";

/// A loan, and what the drivers say meanwhile.
pub(super) struct Lent<'t> {
    /// Goes first: a trace instance cannot be removed while it is read.
    says: Option<Says<'t>>,
    loan: Loan,
    categories: Categories,
}

impl<'t> Lent<'t> {
    /// Switches categories on; what could not be done is noted.
    ///
    /// # Errors
    /// Nothing was changed, and why.
    pub(super) fn begin(
        roots: &Roots,
        table: &'t Table,
        categories: Categories,
        notes: &mut Vec<String>,
    ) -> Result<Self, String> {
        let purpose = Purpose { command: "iscsitop".to_owned(), lasting: false };
        let (mut loan, _) = Loan::begin(roots, &purpose).map_err(|error| error.to_string())?;
        // Only now: what an earlier loan had changed is back.
        let survey = Survey::new(table, roots);
        let wish = Wish { categories, ..Wish::default() };
        let plan = plan(&survey, roots, &wish, INSTANCE).map_err(|error| error.to_string())?;
        notes.extend(plan.notes.iter().filter(|note| note.trouble).map(|note| note.text.clone()));
        // Before the first switch: no message is missed.
        let mut says = Says::new(roots, table, categories)
            .map_err(|error| notes.push(format!("the drivers' messages cannot be read: {error}")))
            .ok();
        for step in &plan.steps {
            if let Err(error) = loan.make(&step.change) {
                notes.push(format!("cannot: {}: {error}", step.change));
            }
        }
        if let (Some(says), Some(instance)) = (&mut says, &plan.instance)
            && let Err(error) = says.open(instance)
        {
            notes.push(format!("the drivers' trace events cannot be read: {error}"));
        }
        Ok(Self { says, loan, categories })
    }

    pub(super) fn categories(&self) -> Categories {
        self.categories
    }

    /// Tells what the drivers have said since.
    pub(super) fn tell(&mut self, out: &SyncSender<Message>) {
        if let Some(says) = &mut self.says
            && let Err(error) = says.tell(out)
        {
            let text = format!("the drivers' messages cannot be read on: {error}");
            let _ = out.try_send(Message::Notice(text));
            self.says = None;
        }
    }

    /// Gives everything back; answers what could not be.
    pub(super) fn end(self) -> Vec<String> {
        // As when we are dropped: first it, then the loan.
        drop(self.says);
        problems(&self.loan.give_back())
    }
}

/// What was not given back.
fn problems(restored: &Restored) -> Vec<String> {
    let others = restored.changed_by_others.iter();
    let others =
        others.map(|text| format!("left alone, somebody else changed it meanwhile: {text}"));
    let failed = restored.failed.iter();
    others.chain(failed.map(|(change, why)| format!("cannot give back: {change}: {why}"))).collect()
}
