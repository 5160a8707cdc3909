//! A whole capture on one page: sessions, what was negotiated, commands with their service times, findings, and what
//! could not be decoded.

mod json;
#[cfg(test)]
mod tests;
mod text;

use std::collections::BTreeMap;

use crate::event::What;
use crate::model::finding::Finding;
use crate::model::{Connection, Model, Record};
use crate::source::Totals;

/// Findings of one kind shown in full.
const EXAMPLES: usize = 3;

/// What the summary collects while records pass; the model has the rest.
#[derive(Debug, Default)]
pub struct Summary {
    pdus: u64,
    findings: BTreeMap<&'static str, Group>,
    /// Connection errors the kernel raised, by code.
    errors: BTreeMap<u32, u64>,
    /// Events the probes lost, by cause and kind.
    lost: BTreeMap<(&'static str, &'static str), u64>,
}

/// Findings of one kind.
#[derive(Debug, Default)]
struct Group {
    count: u64,
    examples: Vec<Finding>,
}

/// The capture the summary is about.
#[derive(Clone, Debug)]
pub struct Capture {
    /// The file's name as given.
    pub name: String,
    /// What it held.
    pub totals: Totals,
}

impl Summary {
    /// Takes one record.
    pub fn record(&mut self, record: &Record<'_>) {
        match record {
            Record::Pdu(_) => self.pdus += 1,
            Record::Finding(finding) => {
                let group = self.findings.entry(finding.kind.name()).or_default();
                group.count += 1;
                if group.examples.len() < EXAMPLES {
                    group.examples.push((*finding).clone());
                }
            }
            Record::Kernel(record) => match &record.event.what {
                What::ConnectionError(error) => {
                    *self.errors.entry(error.code).or_default() += 1;
                }
                What::Loss(loss) => {
                    let place = (loss.cause.name(), loss.kind.name());
                    *self.lost.entry(place).or_default() += loss.events;
                }
                _ => {}
            },
            _ => {}
        }
    }

    /// The connections it is about: when only one was asked for, the model has heard nothing of the others.
    fn connections<'m>(&self, model: &'m Model) -> impl Iterator<Item = &'m Connection> + use<'m> {
        model.connections().iter().filter(|connection| connection.pdus > 0)
    }

    /// Whether anything was found wrong.
    pub fn has_findings(&self) -> bool {
        !self.findings.is_empty() || !self.errors.is_empty()
    }

    /// Writes the page.
    ///
    /// # Errors
    /// When `out` does not take it.
    pub fn print(
        &self,
        model: &Model,
        capture: &Capture,
        out: &mut dyn std::io::Write,
    ) -> std::io::Result<()> {
        text::print(self, model, capture, out)
    }

    /// Writes the same as one JSON object.
    ///
    /// # Errors
    /// When `out` does not take it.
    pub fn print_json(
        &self,
        model: &Model,
        capture: &Capture,
        out: &mut dyn std::io::Write,
    ) -> std::io::Result<()> {
        serde_json::to_writer(&mut *out, &json::document(self, model, capture))?;
        writeln!(out)
    }
}
