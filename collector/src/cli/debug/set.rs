use clap::Args;

use super::{super::Exit, command_line, loan_failure, text, wish::Wanted, wish_failure};
use crate::{
    host::Roots,
    interrupt::{Interrupt, Second},
    knobs::{
        Loan, Purpose,
        plan::{Plan, plan},
        resolve::Survey,
        table::Table,
    },
};

/// Switch categories on and leave them on until `debug reset`.
///
/// What an earlier `debug set` changed is given back first: what is on afterwards is what this command says.
#[derive(Debug, Args)]
pub struct Set {
    #[command(flatten)]
    wanted: Wanted,
}

/// The trace instance `set` makes; `run` has one of its own.
const INSTANCE: &str = "iscsi-trace";

impl Set {
    pub fn run(self, roots: &Roots) -> anyhow::Result<Exit> {
        let table = Table::load()?;
        let wish = self.wanted.wish();
        if self.wanted.dry_run {
            let survey = Survey::new(&table, roots);
            let plan =
                plan(&survey, roots, &wish, INSTANCE).map_err(|error| wish_failure(&error))?;
            text::dry_run(&plan);
            return Ok(exit(text::notes(&plan.notes)));
        }
        let interrupt = Interrupt::watch(Second::Waits)?;
        let purpose = Purpose { command: command_line(), lasting: true };
        let (mut loan, reset) =
            Loan::begin(roots, &purpose).map_err(|error| loan_failure(&error))?;
        reset.iter().for_each(text::earlier);
        // Only now: the earlier loan's values are back.
        let survey = Survey::new(&table, roots);
        let plan = plan(&survey, roots, &wish, INSTANCE).map_err(|error| wish_failure(&error))?;
        let trouble = text::notes(&plan.notes) | make(&mut loan, &plan, &interrupt);
        if interrupt.came() {
            return Ok(interrupted(loan));
        }
        if plan.steps.is_empty() {
            loan.give_back();
        } else {
            loan.keep();
            if let Some(instance) = &plan.instance {
                eprintln!("iscsi-trace: read what comes: cat {}/trace_pipe", instance.display());
            }
            if plan.steps.iter().any(|step| step.change.fills_kernel_log()) {
                eprintln!(
                    "iscsi-trace: messages come in the kernel log: dmesg -w | iscsi-trace annotate"
                );
            }
            eprintln!("iscsi-trace: give everything back with: iscsi-trace debug reset");
        }
        Ok(exit(trouble))
    }
}

/// Makes the changes of a plan, each as far as it goes; whether one failed.
pub fn make(loan: &mut Loan, plan: &Plan<'_>, interrupt: &Interrupt) -> bool {
    let mut failed = false;
    for step in &plan.steps {
        if interrupt.came() {
            break;
        }
        if let Err(error) = loan.make(&step.change) {
            failed = true;
            eprintln!("iscsi-trace: cannot: {}: {error}", step.change);
        }
    }
    failed
}

/// Ends what was interrupted before all of it was switched on.
pub fn interrupted(loan: Loan) -> Exit {
    if text::given_back(&loan.give_back()) {
        eprintln!("iscsi-trace: interrupted, nothing is changed");
    }
    Exit::Denied
}

/// Done, or not all of it.
pub fn exit(trouble: bool) -> Exit {
    if trouble { Exit::Denied } else { Exit::Done }
}
