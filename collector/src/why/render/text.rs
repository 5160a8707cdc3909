//! An incident as a block of text.

use std::io::{self, Write};

use iscsi_decoders::stream::Stamp;

use super::words;
use crate::model::finding::Duration;
use crate::output::{Clock, Date, LocalDate, Plain, YearlessDate};
use crate::why::incident::{Epoch, Fact, Incident};
use crate::why::ledger::history;

/// What of an incident is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// The flight recorder's PDUs as well.
    pub verbose: bool,
    /// Escape sequences.
    pub colour: bool,
    /// Columns to wrap at.
    pub width: usize,
}

const BOLD: &str = "\x1b[1m";
const RED: &str = "\x1b[31m";
const RESET: &str = "\x1b[0m";

/// Writes the block.
///
/// # Errors
/// When `out` does not take it.
pub fn write(out: &mut dyn Write, incident: &Incident, shown: Shown) -> io::Result<()> {
    let (bold, red, reset) = if shown.colour { (BOLD, RED, RESET) } else { ("", "", "") };
    let headline = words::headline(incident);
    writeln!(out, "{bold}Incident {}: {}{reset}", incident.number, Plain(&headline))?;
    writeln!(out, "  {}", Plain(&words::place(&incident.place)))?;
    let began = incident.began;
    match incident.epoch {
        Epoch::Utc => writeln!(out, "  {}{}", Date(began.time), number(began))?,
        Epoch::Local => writeln!(out, "  {}, local time", LocalDate(began.time))?,
        Epoch::NoYear => writeln!(out, "  {}, local time", YearlessDate(began.time))?,
        Epoch::Boot => {
            writeln!(out, "  {:.6} s after the machine's start", began.time.0 as f64 / 1e9)?;
        }
    }
    if !incident.place.devices.is_empty() {
        writeln!(out, "  in use: {}", Plain(&incident.place.devices.join(", ")))?;
    }
    let diagnosis = &incident.diagnosis;
    let (cause, sure) = (diagnosis.cause, diagnosis.confidence);
    writeln!(out)?;
    let sentence = format!("{} ({}). {}", cause.name(), sure.name(), cause.meaning());
    paragraph(out, shown, &format!("  {red}Cause:{reset} "), "    ", &sentence)?;
    for fact in &diagnosis.evidence {
        paragraph(out, shown, "    - ", "      ", &evidence(fact))?;
    }
    if let Some(led_to) = words::led_to(&incident.led_to) {
        paragraph(out, shown, "  What came of it: ", "    ", &led_to)?;
    }
    let others: Vec<String> = incident
        .alternatives
        .iter()
        .map(|(cause, sure)| format!("{} ({})", cause.name(), sure.name()))
        .collect();
    if !others.is_empty() {
        paragraph(out, shown, "  It could also be: ", "    ", &others.join(", "))?;
    }
    if let Some(certain_if) = diagnosis.certain_if {
        paragraph(out, shown, "  What would make it certain: ", "    ", certain_if)?;
    }
    if let Some((first, rest)) = cause.actions().split_first() {
        paragraph(out, shown, "  What to do: ", "    ", first)?;
        for action in rest {
            paragraph(out, shown, "    ", "    ", action)?;
        }
    }
    timeline(out, shown, incident)?;
    if shown.verbose {
        flight(out, incident)?;
    }
    Ok(())
}

/// The number of the packet or event, where there are any.
fn number(stamp: Stamp) -> String {
    if stamp.frame > 0 { format!(", no. {}", stamp.frame) } else { String::new() }
}

fn evidence(fact: &Fact) -> String {
    match fact.stamp {
        Some(stamp) if stamp.frame > 0 => {
            format!("{} ({}{})", fact.text, Clock(stamp.time), number(stamp))
        }
        _ => fact.text.clone(),
    }
}

fn timeline(out: &mut dyn Write, shown: Shown, incident: &Incident) -> io::Result<()> {
    if incident.timeline.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n  Timeline (seconds from the incident):")?;
    for moment in &incident.timeline {
        let apart = moment.stamp.time.since(incident.began.time) as f64 / 1e9;
        let time = format!("    {apart:>+11.6}  ");
        paragraph(out, shown, &time, "                   ", &moment.text)?;
    }
    Ok(())
}

fn flight(out: &mut dyn Write, incident: &Incident) -> io::Result<()> {
    if incident.flight.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n  Last PDUs before it:")?;
    for flown in &incident.flight {
        let before = incident.began.time.since(flown.stamp.time);
        let moment = history::moment(flown);
        let text = Plain(&moment.text);
        writeln!(
            out,
            "    {:>7}  {:>10} before  {text}",
            flown.stamp.frame,
            Duration(before).to_string()
        )?;
    }
    Ok(())
}

/// Wraps words; `first` begins the first line, `next` all others.
pub(in crate::why) fn paragraph(
    out: &mut dyn Write,
    shown: Shown,
    first: &str,
    next: &str,
    text: &str,
) -> io::Result<()> {
    let width = if shown.width == 0 { 100 } else { shown.width.clamp(40, 140) };
    let escaped = Plain(text).to_string();
    // Escape sequences take no room.
    let visible = first.replace(RED, "").replace(RESET, "").chars().count();
    let mut column = visible;
    write!(out, "{first}")?;
    let mut is_first = true;
    for word in escaped.split(' ') {
        let length = word.chars().count();
        if !is_first && column + 1 + length > width {
            write!(out, "\n{next}")?;
            column = next.chars().count();
        } else if !is_first {
            write!(out, " ")?;
            column += 1;
        }
        write!(out, "{word}")?;
        column += length;
        is_first = false;
    }
    writeln!(out)
}
