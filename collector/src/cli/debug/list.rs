use std::io::{self, Write};

use clap::Args;
use serde::Serialize;

use super::{
    super::{Exit, Format, Look},
    text,
};
use crate::{
    category::Categories,
    host::Roots,
    knobs::{
        resolve::{State, Survey, is_loaded},
        table::{Driver, Kind, Table},
    },
};

/// List the drivers: which are loaded, what each can show, what is on.
#[derive(Debug, Args)]
pub struct List {
    /// How to print: text, or JSON Lines with one object per driver
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

/// One driver.
#[derive(Serialize)]
struct Entry<'t> {
    driver: &'t str,
    what: &'t str,
    loaded: bool,
    on: Vec<String>,
    can_show: Vec<String>,
    needs_allow_secrets: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'t str>,
}

impl List {
    pub fn run(self, roots: &Roots) -> anyhow::Result<Exit> {
        let table = Table::load()?;
        let survey = Survey::new(&table, roots);
        let entries: Vec<Entry<'_>> =
            table.drivers.iter().map(|driver| entry(&survey, roots, driver)).collect();
        let mut out = io::stdout().lock();
        match self.output {
            Format::Json => {
                for entry in &entries {
                    writeln!(out, "{}", serde_json::to_string(entry)?)?;
                }
            }
            Format::Text => print(&entries, &mut out)?,
        }
        Ok(Exit::Done)
    }
}

fn entry<'t>(survey: &Survey<'t>, roots: &Roots, driver: &'t Driver) -> Entry<'t> {
    let none = Categories::empty();
    let on = survey.of(&driver.module).fold(none, |on, found| on | found.on());
    let knobs = || survey.table.knobs_of(&driver.module);
    let can = knobs().fold(none, |can, knob| can | knob.categories());
    let open =
        knobs().fold(none, |open, knob| open | (knob.categories() - knob.secret_categories()));
    let program = knobs().any(|knob| knob.kind == Kind::StartOption);
    let runs = || survey.of(&driver.module).any(|found| !matches!(found.state, State::NotLoaded));
    Entry {
        driver: &driver.module,
        what: &driver.what,
        loaded: if program { runs() } else { is_loaded(roots, &driver.module) },
        on: text::categories(on, none),
        can_show: text::categories(can, none),
        needs_allow_secrets: text::categories(can - open, none),
        note: driver.note.as_deref(),
    }
}

fn print(entries: &[Entry<'_>], out: &mut impl Write) -> io::Result<()> {
    let look = Look::of_stdout();
    for entry in entries {
        let state = if entry.loaded { "loaded" } else { "not loaded" };
        writeln!(out, "{}  {state}  {}", look.bold(&format!("{:<20}", entry.driver)), entry.what)?;
        if !entry.on.is_empty() {
            wrapped(out, look, "on", &entry.on)?;
        }
        let secret = |name: &String| entry.needs_allow_secrets.contains(name);
        let can: Vec<String> = entry
            .can_show
            .iter()
            .map(|name| if secret(name) { format!("{name}!") } else { name.clone() })
            .collect();
        if !can.is_empty() {
            wrapped(out, look, "can show", &can)?;
        }
        if let Some(note) = entry.note {
            let words: Vec<String> = note.split(' ').map(str::to_owned).collect();
            wrapped(out, look, "note", &words)?;
        }
    }
    if entries.iter().any(|entry| !entry.needs_allow_secrets.is_empty()) {
        writeln!(out, "\n! prints CHAP secrets, too: only with --allow-secrets")?;
    }
    Ok(())
}

fn wrapped(out: &mut impl Write, look: Look, name: &str, words: &[String]) -> io::Result<()> {
    let indent = 12;
    let mut line = format!("  {name:<10}");
    for word in words {
        if line.len() > indent && line.len() + 1 + word.len() > look.width {
            writeln!(out, "{}", line.trim_end())?;
            line = " ".repeat(indent);
        }
        line.push_str(word);
        line.push(' ');
    }
    writeln!(out, "{}", line.trim_end())
}
