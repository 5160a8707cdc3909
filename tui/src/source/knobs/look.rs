//! How the switches stand.

use iscsi_collector::category::{Categories, TABLE};
use iscsi_collector::host::Roots;
use iscsi_collector::knobs::in_force;
use iscsi_collector::knobs::resolve::{State, Survey};
use iscsi_collector::knobs::table::Table;

use crate::model::debug::{Report, Switch};

/// How everything stands.
pub(super) fn report(
    roots: &Roots,
    table: &Table,
    ours: Categories,
    mut notes: Vec<String>,
) -> Report {
    let survey = Survey::new(table, roots);
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
