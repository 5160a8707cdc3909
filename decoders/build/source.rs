//! Reading and checking `errors.toml`: everything that could be wrong stops the build here.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use toml::{Table, Value};

use crate::{
    label::{self, Codes},
    space::Space,
};

/// The longest `meaning` that fits a table or a log line.
const MEANING_MAX: usize = 120;

/// The entries of each name space, in the order of [`Space::ALL`], sorted by code.
pub type Catalogue = Vec<(Space, Vec<Entry>)>;

/// One checked entry.
pub struct Entry {
    pub label: String,
    pub codes: Codes,
    pub symbol: String,
    pub meaning: String,
    pub aka: Vec<String>,
    pub notes: Option<Notes>,
}

/// The four parts that a code met in the field has.
#[derive(Clone)]
pub struct Notes {
    pub hit: String,
    pub check: Vec<String>,
    pub action: Vec<String>,
    pub source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEntry {
    symbol: Option<String>,
    meaning: Option<String>,
    #[serde(default)]
    aka: Vec<String>,
    hit: Option<String>,
    check: Option<Vec<String>>,
    #[serde(rename = "do")]
    action: Option<Vec<String>>,
    source: Option<String>,
}

/// Reads the whole catalogue.
pub fn read(text: &str) -> Result<Catalogue, String> {
    let mut tables: Table = text.parse().map_err(|e| format!("{e}"))?;
    let mut catalogue = Vec::new();
    for &space in Space::ALL {
        let name = space.name();
        let table = take(&mut tables, name)?.ok_or(format!("no table [{name}]"))?;
        let mut entries = BTreeMap::new();
        for (label, value) in table {
            let place = format!("[{name}.{label}]");
            let entry = entry(space, &label, value).map_err(|e| format!("{place}: {e}"))?;
            if let Some(twin) = entries.insert((entry.codes.first, entry.codes.ranged), entry) {
                return Err(format!("{place}: the same code as {}", twin.label));
            }
        }
        let mut entries: Vec<_> = entries.into_values().collect();
        if let Some(notes) = take(&mut tables, &format!("{name}-notes"))? {
            attach(name, &mut entries, notes)?;
        }
        distinct_symbols(name, &entries)?;
        catalogue.push((space, entries));
    }
    match tables.keys().next() {
        Some(name) => Err(format!("[{name}] is no name space of catalogue/space.rs")),
        None => Ok(catalogue),
    }
}

fn take(tables: &mut Table, name: &str) -> Result<Option<Table>, String> {
    match tables.remove(name) {
        None => Ok(None),
        Some(Value::Table(table)) => Ok(Some(table)),
        Some(_) => Err(format!("[{name}] must be a table")),
    }
}

/// An entry is a table, or in a compact list just its text.
fn entry(space: Space, label: &str, value: Value) -> Result<Entry, String> {
    let codes = label::parse(label, space.form())?;
    let label = label.to_owned();
    if let Value::String(text) = value {
        let meaning = one_line(text)?;
        let symbol = meaning.to_uppercase();
        return Ok(Entry { label, codes, symbol, meaning, aka: Vec::new(), notes: None });
    }
    let mut raw = value.try_into::<RawEntry>().map_err(|e| e.message().to_owned())?;
    Ok(Entry {
        label,
        codes,
        symbol: one_line(raw.symbol.take().ok_or("no symbol")?)?,
        meaning: one_line(raw.meaning.take().ok_or("no meaning")?)?,
        aka: std::mem::take(&mut raw.aka),
        notes: notes(raw)?,
    })
}

/// All four parts or none.
fn notes(raw: RawEntry) -> Result<Option<Notes>, String> {
    match (raw.hit, raw.check, raw.action, raw.source) {
        (None, None, None, None) => Ok(None),
        (Some(hit), Some(check), Some(action), Some(source)) => {
            let texts = [&hit, &source].into_iter().chain(&check).chain(&action);
            if check.is_empty() || action.is_empty() || texts.into_iter().any(|t| blank(t)) {
                return Err("hit, check, do or source is empty".into());
            }
            Ok(Some(Notes { hit, check, action, source }))
        }
        _ => Err("hit, check, do and source go together: some are missing".into()),
    }
}

/// Adds the notes kept apart from a compact list; `04/*` serves the family's members without their own.
fn attach(name: &str, entries: &mut [Entry], table: Table) -> Result<(), String> {
    let (families, single): (Vec<_>, Vec<_>) =
        table.into_iter().partition(|(label, _)| label.ends_with("/*"));
    for (label, value) in single.into_iter().chain(families) {
        let place = format!("[{name}-notes.{label}]");
        let mut raw =
            value.try_into::<RawEntry>().map_err(|e| format!("{place}: {}", e.message()))?;
        let meaning = raw.meaning.take();
        let notes = notes(raw)
            .and_then(|notes| notes.ok_or("no hit, check, do and source".into()))
            .map_err(|e| format!("{place}: {e}"))?;
        let mut served = false;
        for entry in entries.iter_mut().filter(|entry| serves(&label, &entry.label)) {
            served = true;
            if entry.notes.is_none() {
                entry.notes = Some(notes.clone());
                if let Some(meaning) = &meaning {
                    entry.meaning =
                        one_line(meaning.clone()).map_err(|e| format!("{place}: {e}"))?;
                }
            }
        }
        if !served {
            return Err(format!("{place}: no such code in [{name}]"));
        }
    }
    Ok(())
}

fn serves(note: &str, label: &str) -> bool {
    match note.strip_suffix('*') {
        Some(family) => label.starts_with(family),
        None => note == label,
    }
}

fn distinct_symbols(name: &str, entries: &[Entry]) -> Result<(), String> {
    let mut seen = HashMap::new();
    for entry in entries {
        if let Some(twin) = seen.insert(entry.symbol.to_uppercase(), &entry.label) {
            return Err(format!(
                "[{name}.{}]: the symbol {} is that of {twin} too",
                entry.label, entry.symbol
            ));
        }
    }
    Ok(())
}

fn one_line(text: String) -> Result<String, String> {
    if blank(&text) || text.contains('\n') || text.chars().count() > MEANING_MAX {
        return Err(format!("`{text}` must be one line of at most {MEANING_MAX} characters"));
    }
    Ok(text)
}

fn blank(text: &str) -> bool {
    text.trim().is_empty() || text.trim() != text
}
