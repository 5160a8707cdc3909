//! What the probes said they lost, and what follows from it.

use std::collections::HashMap;

use anyhow::Context;
use serde_json::Value;

use super::{Pdu, SLACK, Why};

/// What the probes said they lost.
#[derive(Default)]
pub(super) struct Excuses {
    pub sent: Excuse,
    pub received: Excuse,
}

/// Of one direction.
#[derive(Default)]
pub(super) struct Excuse {
    /// PDUs at most.
    count: u64,
    /// PDUs at most that are somebody else's.
    strange: u64,
    /// Data segments of PDUs that were seen, at most.
    data: u64,
    /// Times in which probes were off, Unix seconds.
    off: Vec<(f64, f64)>,
}

impl Excuses {
    pub fn read(lines: &str, strange: u64) -> anyhow::Result<Self> {
        let of_others = || Excuse { strange, ..Excuse::default() };
        let mut excuses = Self { sent: of_others(), received: of_others() };
        for line in lines.lines().filter(|line| line.contains(r#""event":"loss""#)) {
            let event: Value = serde_json::from_str(line).with_context(|| line.to_owned())?;
            let text = |name: &str| event.get(name).and_then(Value::as_str);
            let events = event.get("events").and_then(Value::as_u64).unwrap_or(0);
            let excuse = match text("kind") {
                Some("pdu-sent") => &mut excuses.sent,
                Some("pdu-received") => &mut excuses.received,
                // Those of PDUs sent come with their headers.
                Some("pdu-data") => {
                    excuses.received.data += events;
                    continue;
                }
                _ => continue,
            };
            if text("cause") == Some("probes-off") {
                let since: f64 = text("time").context("a loss without time")?.parse()?;
                let during_us = event.get("during_us").and_then(Value::as_f64).unwrap_or(0.0);
                excuse.off.push((since, since + during_us / 1e6));
            } else {
                excuse.count += events;
            }
        }
        Ok(excuses)
    }
}

impl Excuse {
    fn was_off(&self, pdu: &Pdu) -> bool {
        self.off.iter().any(|(since, until)| (*since..=until + SLACK).contains(&pdu.time))
    }

    /// Whether a PDU may be missing; what is counted is used up by it.
    pub fn take(&mut self, pdu: &Pdu) -> Option<Why> {
        if self.was_off(pdu) {
            return Some(Why::ProbesOff);
        }
        if let Some(rest) = self.count.checked_sub(1) {
            self.count = rest;
            return Some(Why::Counted);
        }
        self.strange = self.strange.checked_sub(1)?;
        Some(Why::Strange)
    }

    /// Whether a PDU may lack what it has in common with a request that was lost, or what its data segment says; what
    /// is counted is used up by it.
    pub fn may_tell_less(&mut self, pdu: &Pdu, lost: &Lost) -> bool {
        if self.was_off(pdu) || lost.belongs(pdu) {
            return true;
        }
        let has_data = pdu.number("data_segment_length").is_some_and(|length| length > 0);
        let data = self.data.checked_sub(1).filter(|_| has_data);
        self.data = data.unwrap_or(self.data);
        data.is_some()
    }
}

/// The requests of a connection that were lost, by their tag: what belongs to them tells less.
#[derive(Default)]
pub(super) struct Lost(HashMap<u64, Vec<(f64, f64)>>);

impl Lost {
    /// Notes a PDU of the wire, in order, that was seen or `is_lost`. A request that has a tag again ends the task that
    /// had it.
    pub fn note(&mut self, pdu: &Pdu, is_lost: bool) {
        let Some(tag) = pdu.tag().filter(|_| pdu.is_request()) else { return };
        if let Some((_, until)) = self.0.get_mut(&tag).and_then(|times| times.last_mut()) {
            *until = until.min(pdu.time);
        }
        if is_lost {
            self.0.entry(tag).or_default().push((pdu.time, f64::INFINITY));
        }
    }

    fn belongs(&self, pdu: &Pdu) -> bool {
        let times = pdu.tag().and_then(|tag| self.0.get(&tag)).map_or(&[][..], Vec::as_slice);
        times.iter().any(|(since, until)| (*since..=*until).contains(&pdu.time))
    }
}

impl Pdu {
    fn number(&self, name: &str) -> Option<u64> {
        self.fields.get(name)?.as_u64()
    }

    fn tag(&self) -> Option<u64> {
        self.number("initiator_task_tag")
    }

    /// Whether it begins a task; the initiator's opcodes are the smaller ones.
    fn is_request(&self) -> bool {
        const DATA_OUT: u64 = 0x05;
        const FROM_TARGET: u64 = 0x20;
        self.number("opcode").is_some_and(|opcode| opcode < FROM_TARGET && opcode != DATA_OUT)
    }
}
