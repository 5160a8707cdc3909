//! What two sides say about one capture, put side by side.

use std::fmt;

use crate::pdu::{Pdu, Value};

/// One disagreement. `None` means that a side says nothing.
#[derive(Clone, Debug)]
pub struct Difference {
    pub capture: String,
    /// The PDU, from whichever side has it.
    pub pdu: Pdu,
    /// A field's name, or [`WHOLE`].
    pub field: String,
    pub ours: Option<Value>,
    pub theirs: Option<Value>,
}

/// In place of a field: one side does not have the PDU at all.
pub const WHOLE: &str = "the whole PDU";

/// Which fields are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Those either side has.
    Either,
    /// Those the other side has: it does not know every field.
    Theirs,
}

/// Compares PDU by PDU, in order, frame by frame.
pub fn compare(
    capture: &str,
    ours: &[Pdu],
    theirs: &[Pdu],
    known: &[&str],
    scope: Scope,
) -> Vec<Difference> {
    let mut found = Vec::new();
    let whole = |pdu: &Pdu, is_ours: bool| {
        let there = Some(Value::Text("present".to_owned()));
        let (ours, theirs) = if is_ours { (there, None) } else { (None, there) };
        let pdu = pdu.clone();
        Difference { capture: capture.to_owned(), pdu, field: WHOLE.to_owned(), ours, theirs }
    };
    let (mut left, mut right) = (ours, theirs);
    loop {
        match (left.split_first(), right.split_first()) {
            (None, None) => return found,
            (Some((mine, rest)), Some((other, other_rest)))
                if mine.frame == other.frame && mine.is_same(other) =>
            {
                found.extend(fields(capture, mine, other, known, scope));
                (left, right) = (rest, other_rest);
            }
            (Some((mine, rest)), other) if is_alone(mine, other.map(|(pdu, _)| pdu), right) => {
                found.push(whole(mine, true));
                left = rest;
            }
            (_, Some((other, rest))) => {
                found.push(whole(other, false));
                right = rest;
            }
            (Some((mine, rest)), None) => {
                found.push(whole(mine, true));
                left = rest;
            }
        }
    }
}

/// Whether a PDU of ours has no counterpart ahead in the same frame.
fn is_alone(mine: &Pdu, other: Option<&Pdu>, right: &[Pdu]) -> bool {
    other.is_none_or(|other| {
        mine.frame < other.frame
            || mine.frame == other.frame
                && !right
                    .iter()
                    .take_while(|pdu| pdu.frame == mine.frame)
                    .any(|pdu| pdu.is_same(mine))
    })
}

fn fields(capture: &str, mine: &Pdu, other: &Pdu, known: &[&str], scope: Scope) -> Vec<Difference> {
    let compared = known.iter().filter(|field| {
        other.fields.contains_key(**field)
            || scope == Scope::Either && mine.fields.contains_key(**field)
    });
    compared
        .map(|field| (field, mine.fields.get(*field), other.fields.get(*field)))
        .filter(|(field, ours, theirs)| !agree(field, *ours, *theirs))
        .map(|(field, ours, theirs)| Difference {
            capture: capture.to_owned(),
            pdu: mine.clone(),
            field: (*field).to_owned(),
            ours: ours.cloned(),
            theirs: theirs.cloned(),
        })
        .collect()
}

/// Times may differ by a microsecond: which of two packets' rounded times is subtracted from which is not the same everywhere.
fn agree(field: &str, ours: Option<&Value>, theirs: Option<&Value>) -> bool {
    match (ours, theirs) {
        (Some(Value::Number(ours)), Some(Value::Number(theirs))) if field.ends_with("_us") => {
            ours.abs_diff(*theirs) <= 1
        }
        _ => ours == theirs,
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let say = |value: &Option<Value>| {
            value.as_ref().map_or_else(|| "nothing".to_owned(), ToString::to_string)
        };
        write!(
            f,
            "{} frame {} opcode 0x{:02x} itt 0x{:08x}: {}: ours {}, theirs {}",
            self.capture,
            self.pdu.frame,
            self.pdu.opcode,
            self.pdu.initiator_task_tag,
            self.field,
            say(&self.ours),
            say(&self.theirs)
        )
    }
}
