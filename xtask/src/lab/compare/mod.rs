//! What the probes saw against what tcpdump caught: connection by connection, direction by direction, PDU by PDU.
//!
//! Both sides are `iscsi-trace`'s JSON Lines. Every field a header or its text determines has to be equal, in order.
//! Differences that must be are named in [`Why`], each with the condition under which it holds; anything else fails
//! the run.

mod excuse;
mod lines;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use anyhow::Context;
use serde_json::{Map, Value};

use excuse::{Excuse, Excuses, Lost};
use lines::connections;

/// A difference that is no mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// Discovery by `iscsiadm` runs in user space, the kernel's initiator has no part in it.
    Discovery,
    /// The kernel handed PDUs to a socket that failed before they left.
    NeverLeft,
    /// PDUs arrived after the initiator had given the connection up.
    TooLate,
    /// The probes read a header before its digest is checked; whoever decodes the wire does not believe it.
    BadDigest,
    /// The probes said that they lost so many.
    Counted,
    /// The probes said that they were off at that time.
    ProbesOff,
    /// The scenario says that the kernel's initiator had no part in them.
    Strange,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Discovery => "of a discovery in user space",
            Self::NeverLeft => "handed to a socket that failed",
            Self::TooLate => "after the initiator gave up",
            Self::BadDigest => "with a bad header digest",
            Self::Counted => "lost by the probes and counted",
            Self::ProbesOff => "while the probes were off, as they said",
            Self::Strange => "not of the kernel's initiator",
        })
    }
}

/// What the comparison found.
#[derive(Debug, Default)]
pub struct Comparison {
    /// PDUs that are the same on both sides.
    pub equal: usize,
    /// PDUs of one side only, with a reason.
    pub explained: BTreeMap<Why, usize>,
    /// What nothing explains, ready to print.
    pub unexplained: Vec<String>,
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} PDUs equal", self.equal)?;
        for (why, count) in &self.explained {
            write!(f, ", {count} {why}")?;
        }
        self.unexplained.iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}

/// Initiator's and target's `address:port`.
type Ends = (String, String);

/// One connection on one side.
#[derive(Default)]
struct Connection {
    to_target: Vec<Pdu>,
    to_initiator: Vec<Pdu>,
    discovery: bool,
    /// When it ended or failed, Unix seconds.
    ended: Option<f64>,
    /// Whether it failed because of a header digest.
    header_digest: bool,
}

struct Pdu {
    time: f64,
    /// What both sides must agree on.
    fields: Map<String, Value>,
}

/// Compares `wire`, decoded from tcpdump's capture, with `probes`, the events of the same time. Of what is on the wire up
/// to `strange` PDUs in each direction are not the kernel's initiator's.
///
/// # Errors
/// When a line of either is not what `iscsi-trace` prints.
pub fn compare(wire: &str, probes: &str, strange: u64) -> anyhow::Result<Comparison> {
    let wire = connections(wire).context("the decoded capture")?;
    let mut excuses = Excuses::read(probes, strange)?;
    let mut probes = connections(probes).context("the probes' events")?;
    let mut result = Comparison::default();
    for (ends, caught) in wire {
        match probes.remove(&ends) {
            Some(seen) => result.connection(&ends, caught, seen, &mut excuses),
            None if caught.discovery => result.explain(Why::Discovery, caught.len()),
            None => {
                result.unseen(&ends, &caught.to_target, &mut excuses.sent);
                result.unseen(&ends, &caught.to_initiator, &mut excuses.received);
            }
        }
    }
    for (ends, seen) in probes {
        result.missing(&ends, seen.to_target.iter().chain(&seen.to_initiator), "wire");
    }
    Ok(result)
}

impl Comparison {
    fn explain(&mut self, why: Why, count: usize) {
        if count > 0 {
            *self.explained.entry(why).or_default() += count;
        }
    }

    fn missing<'a>(&mut self, ends: &Ends, pdus: impl Iterator<Item = &'a Pdu>, side: &str) {
        self.unexplained.extend(pdus.map(|pdu| format!("{}: the {side} lack {pdu}", route(ends))));
    }

    /// What the probes lack and did not say that they do is unexplained.
    fn unseen(&mut self, ends: &Ends, pdus: &[Pdu], excuse: &mut Excuse) {
        for pdu in pdus {
            match excuse.take(pdu) {
                Some(why) => self.explain(why, 1),
                None => self.missing(ends, [pdu].into_iter(), "probes"),
            }
        }
    }

    fn connection(
        &mut self,
        ends: &Ends,
        caught: Connection,
        seen: Connection,
        excuses: &mut Excuses,
    ) {
        let ended = seen.ended.unwrap_or(f64::INFINITY);
        let failed = seen.ended.is_some() || caught.ended.is_some();
        let mut lost = Lost::default();
        let sent = self.same(ends, caught.to_target, seen.to_target, &mut excuses.sent, &mut lost);
        if let Some((wire, probes)) = sent {
            wire.iter().for_each(|pdu| lost.note(pdu, true));
            self.unseen(ends, &wire, &mut excuses.sent);
            if failed {
                self.explain(Why::NeverLeft, probes.len());
            } else {
                self.missing(ends, probes.iter(), "wire");
            }
        }
        let received = &mut excuses.received;
        let rests = self.same(ends, caught.to_initiator, seen.to_initiator, received, &mut lost);
        if let Some((wire, probes)) = rests {
            let (late, lost): (Vec<_>, Vec<_>) =
                wire.into_iter().partition(|pdu| pdu.time >= ended - SLACK);
            self.explain(Why::TooLate, late.len());
            self.unseen(ends, &lost, received);
            if seen.header_digest && probes.len() == 1 {
                self.explain(Why::BadDigest, 1);
            } else {
                self.missing(ends, probes.iter(), "wire");
            }
        }
    }

    /// Counts what is equal, passing over what the probes said they lost and noting it in `lost`; gives the rests, or
    /// nothing where the two contradict each other.
    fn same(
        &mut self,
        ends: &Ends,
        wire: Vec<Pdu>,
        probes: Vec<Pdu>,
        excuse: &mut Excuse,
        lost: &mut Lost,
    ) -> Option<(Vec<Pdu>, Vec<Pdu>)> {
        let (mut wire, mut probes) = (wire.into_iter().peekable(), probes.into_iter().peekable());
        let mut position = 0;
        while let (Some(one), Some(other)) = (wire.peek(), probes.peek()) {
            position += 1;
            let mut is_lost = false;
            let is_same = one.fields == other.fields;
            if is_same || other.is_part_of(one) && excuse.may_tell_less(one, lost) {
                self.equal += 1;
                probes.next();
            } else if let Some(why) = excuse.take(one) {
                self.explain(why, 1);
                is_lost = true;
            } else {
                self.unexplained.push(format!(
                    "{}: PDU {position} differs: on the wire {one}, in the probes {other}: {}",
                    route(ends),
                    difference(&one.fields, &other.fields),
                ));
                return None;
            }
            lost.note(one, is_lost);
            wire.next();
        }
        Some((wire.collect(), probes.collect()))
    }
}

impl Pdu {
    /// Whether the other has all that this one has.
    fn is_part_of(&self, other: &Self) -> bool {
        self.fields.iter().all(|(name, value)| other.fields.get(name) == Some(value))
    }
}

/// Two clocks' worth of doubt about what came first, in seconds.
const SLACK: f64 = 0.05;

impl Connection {
    fn len(&self) -> usize {
        self.to_target.len() + self.to_initiator.len()
    }
}

impl fmt::Display for Pdu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |name| self.fields.get(name).map_or_else(|| "?".to_owned(), Value::to_string);
        write!(f, "{} itt {} at {:.6}", text("pdu"), text("initiator_task_tag"), self.time)
    }
}

fn difference(wire: &Map<String, Value>, probe: &Map<String, Value>) -> String {
    let names: std::collections::BTreeSet<_> = wire.keys().chain(probe.keys()).collect();
    let show = |value: Option<&Value>| value.map_or_else(|| "absent".to_owned(), Value::to_string);
    let differing = names.into_iter().filter(|name| wire.get(*name) != probe.get(*name));
    let parts: Vec<_> = differing
        .map(|name| format!("{name} {} / {}", show(wire.get(name)), show(probe.get(name))))
        .collect();
    parts.join(", ")
}

fn route((initiator, target): &Ends) -> String {
    format!("{initiator} > {target}")
}
