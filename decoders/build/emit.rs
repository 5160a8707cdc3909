//! Writes the checked catalogue as Rust.

use std::fmt::Write;

use crate::source::{Catalogue, Entry, Notes};
use crate::space::Space;

/// `TABLES`, one sorted slice per name space in the order of the enum, and `RANGES`.
pub fn tables(catalogue: &Catalogue) -> String {
    let mut single = String::new();
    let mut ranged = Vec::new();
    for (space, entries) in catalogue {
        single.push_str("    &[\n");
        for entry in entries {
            if entry.codes.ranged {
                ranged.push((*space, entry));
            } else {
                line(&mut single, &literal(*space, entry));
            }
        }
        single.push_str("    ],\n");
    }
    // The lookup takes the first range that fits, so a narrow one must come before one around it.
    ranged.sort_by_key(|(_, entry)| (entry.codes.high.len(), entry.codes.low.len()));
    let mut ranges = String::new();
    for (space, entry) in ranged {
        let (high, low) = (&entry.codes.high, &entry.codes.low);
        let text = literal(space, entry);
        line(&mut ranges, &format!("Range {{ high: {high:?}, low: {low:?}, entry: {text} }}"));
    }
    format!(
        "static TABLES: &[&[Entry]] = &[\n{single}];\nstatic RANGES: &[Range] = &[\n{ranges}];\n"
    )
}

fn line(out: &mut String, item: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "        {item},");
}

fn literal(space: Space, entry: &Entry) -> String {
    let Entry { label, codes, symbol, meaning, aka, notes } = entry;
    let field = match notes {
        None => "None".to_owned(),
        Some(Notes { hit, check, action, source }) => format!(
            "Some(&FieldNotes {{ hit: {hit:?}, check: &{check:?}, action: &{action:?}, source: {source:?} }})"
        ),
    };
    format!(
        "Entry {{ space: Space::{space:?}, code: {}, label: {label:?}, symbol: {symbol:?}, \
         meaning: {meaning:?}, aka: &{aka:?}, field: {field} }}",
        codes.first
    )
}
