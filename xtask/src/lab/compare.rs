//! What the probes saw against what tcpdump caught: connection by connection, direction by direction, PDU by PDU.
//!
//! Both sides are `iscsi-trace`'s JSON Lines. Every field a header or its text determines has to be equal, in order.
//! Differences that must be are named in [`Why`], each with the condition under which it holds; anything else fails
//! the run.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::Context;
use serde_json::{Map, Value};

/// A difference that is no mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// Discovery by `iscsiadm` runs in user space, the kernel's initiator has no part in it.
    Discovery,
    /// The kernel handed PDUs to a socket that failed before they left.
    NeverLeft,
    /// PDUs arrived after the initiator had given the connection up.
    TooLate,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Discovery => "of a discovery in user space",
            Self::NeverLeft => "handed to a socket that failed",
            Self::TooLate => "after the initiator gave up",
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
}

struct Pdu {
    time: f64,
    /// What both sides must agree on.
    fields: Map<String, Value>,
}

/// Compares `wire`, decoded from tcpdump's capture, with `probes`, the events of the same time.
///
/// # Errors
/// When a line of either is not what `iscsi-trace` prints.
pub fn compare(wire: &str, probes: &str) -> anyhow::Result<Comparison> {
    let wire = connections(wire).context("the decoded capture")?;
    let mut probes = connections(probes).context("the probes' events")?;
    let mut result = Comparison::default();
    for (ends, caught) in wire {
        match probes.remove(&ends) {
            Some(seen) => result.connection(&ends, caught, seen),
            None if caught.discovery => result.explain(Why::Discovery, caught.len()),
            None => {
                result.missing(&ends, caught.to_target.iter().chain(&caught.to_initiator), "probes")
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

    fn connection(&mut self, ends: &Ends, caught: Connection, seen: Connection) {
        let ended = seen.ended.unwrap_or(f64::INFINITY);
        let failed = seen.ended.is_some() || caught.ended.is_some();
        let [sent, received] =
            [(caught.to_target, seen.to_target), (caught.to_initiator, seen.to_initiator)]
                .map(|(wire, probes)| self.same(ends, wire, probes));
        if let Some((wire, probes)) = sent {
            self.missing(ends, wire.iter(), "probes");
            if failed {
                self.explain(Why::NeverLeft, probes.len());
            } else {
                self.missing(ends, probes.iter(), "wire");
            }
        }
        if let Some((wire, probes)) = received {
            let (late, lost): (Vec<_>, Vec<_>) =
                wire.into_iter().partition(|pdu| pdu.time >= ended - SLACK);
            self.explain(Why::TooLate, late.len());
            self.missing(ends, lost.iter(), "probes");
            self.missing(ends, probes.iter(), "wire");
        }
    }

    /// Counts what is equal from the start; gives the rests, or nothing where the two contradict each other.
    fn same(
        &mut self,
        ends: &Ends,
        mut wire: Vec<Pdu>,
        mut probes: Vec<Pdu>,
    ) -> Option<(Vec<Pdu>, Vec<Pdu>)> {
        let equal = wire
            .iter()
            .zip(&probes)
            .take_while(|(wire, probe)| wire.fields == probe.fields)
            .count();
        self.equal += equal;
        let (wire, probes) = (wire.split_off(equal), probes.split_off(equal));
        if let (Some(one), Some(other)) = (wire.first(), probes.first()) {
            let position = equal + 1;
            self.unexplained.push(format!(
                "{}: PDU {position} differs: on the wire {one}, in the probes {other}: {}",
                route(ends),
                difference(&one.fields, &other.fields),
            ));
            return None;
        }
        Some((wire, probes))
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

/// The connections of JSON Lines by their ends.
fn connections(lines: &str) -> anyhow::Result<BTreeMap<Ends, Connection>> {
    // Events of the kernel name a connection by its number only.
    let mut numbered = BTreeMap::<u64, (Ends, Connection)>::new();
    for (index, line) in lines.lines().enumerate() {
        let what = || format!("line {}: {line}", index + 1);
        let object: Map<String, Value> = serde_json::from_str(line).with_context(what)?;
        let text = |name: &str| object.get(name).and_then(Value::as_str);
        let Some(number) = object.get("connection").and_then(Value::as_u64) else { continue };
        let time = text("time").context("no time").and_then(|time| Ok(time.parse()?));
        let time: f64 = time.with_context(what)?;
        if let Some(event) = text("event") {
            let ends = ["connection-closed", "connection-error"].contains(&event)
                || event == "connection-step" && text("step") == Some("stopped");
            if let (true, Some((_, connection))) = (ends, numbered.get_mut(&number)) {
                connection.ended.get_or_insert(time);
            }
            continue;
        }
        let (Some(src), Some(dst)) = (text("src"), text("dst")) else { continue };
        let to_target = text("direction") == Some("i2t");
        let (initiator, target) = if to_target { (src, dst) } else { (dst, src) };
        let ends = (initiator.to_owned(), target.to_owned());
        let (_, connection) =
            numbered.entry(number).or_insert_with(|| (ends, Connection::default()));
        connection.discovery |= line.contains(r#"["SessionType","Discovery"]"#);
        let pdus = if to_target { &mut connection.to_target } else { &mut connection.to_initiator };
        pdus.push(Pdu { time, fields: common(&object) });
    }
    Ok(numbered.into_values().collect())
}

/// The fields both sides know: what the header and the text say, not when, where and how it was seen.
fn common(object: &Map<String, Value>) -> Map<String, Value> {
    const OWN: &[&str] = &[
        "time",
        "frame",
        "request_frame",
        "connection",
        "session",
        "cid",
        "host",
        "cpu",
        "target",
        "data_missing",
    ];
    object
        .iter()
        .filter(|(name, _)| {
            !OWN.contains(&name.as_str()) && !name.ends_with("_us") && !name.contains("_digest")
        })
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
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

#[cfg(test)]
mod tests {
    use super::{Comparison, Why, compare};

    /// A PDU's line.
    fn pdu(time: f64, direction: &str, itt: u32) -> String {
        let (src, dst) = match direction {
            "i2t" => ("10.0.0.1:40000", "10.0.0.2:3260"),
            _ => ("10.0.0.2:3260", "10.0.0.1:40000"),
        };
        format!(
            r#"{{"time":"{time:.9}","frame":7,"connection":1,"direction":"{direction}","src":"{src}","dst":"{dst}","pdu":"nop","initiator_task_tag":{itt}}}"#
        )
    }

    fn closed(time: f64) -> String {
        format!(r#"{{"time":"{time:.9}","connection":1,"event":"connection-error","code":1020}}"#)
    }

    fn of(wire: &[String], probes: &[String]) -> Comparison {
        compare(&wire.join("\n"), &probes.join("\n")).unwrap()
    }

    #[test]
    fn equal_sequences_have_nothing_unexplained() {
        let lines = [pdu(1.0, "i2t", 1), pdu(1.1, "t2i", 1)];
        let result = of(&lines, &lines);
        assert_eq!((result.equal, result.unexplained.len(), result.explained.len()), (2, 0, 0));
    }

    #[test]
    fn a_pdu_the_probes_missed_is_unexplained() {
        let result = of(&[pdu(1.0, "i2t", 1), pdu(2.0, "i2t", 2)], &[pdu(1.0, "i2t", 1)]);
        assert_eq!(result.unexplained.len(), 1, "{result}");
    }

    #[test]
    fn a_pdu_the_probes_invented_is_unexplained() {
        let result = of(&[pdu(1.0, "t2i", 1)], &[pdu(1.0, "t2i", 1), pdu(2.0, "t2i", 2)]);
        assert_eq!(result.unexplained.len(), 1, "{result}");
    }

    #[test]
    fn a_field_that_differs_is_named() {
        let result = of(&[pdu(1.0, "i2t", 1)], &[pdu(1.0, "i2t", 2)]);
        assert!(result.unexplained[0].contains("initiator_task_tag 1 / 2"), "{result}");
    }

    #[test]
    fn swapped_pdus_are_unexplained() {
        let (one, two) = (pdu(1.0, "i2t", 1), pdu(2.0, "i2t", 2));
        assert!(!of(&[one.clone(), two.clone()], &[two, one]).unexplained.is_empty());
    }

    #[test]
    fn what_a_failed_socket_kept_is_explained_only_after_a_failure() {
        let wire = [pdu(1.0, "i2t", 1)];
        let mut probes = vec![pdu(1.0, "i2t", 1), pdu(2.0, "i2t", 2)];
        assert_eq!(of(&wire, &probes).unexplained.len(), 1);
        probes.push(closed(3.0));
        assert_eq!(of(&wire, &probes).explained[&Why::NeverLeft], 1);
    }

    #[test]
    fn what_arrives_before_the_failure_must_be_seen() {
        let wire = [pdu(1.0, "t2i", 1), pdu(2.0, "t2i", 2), pdu(4.0, "t2i", 3)];
        let result = of(&wire, &[pdu(1.0, "t2i", 1), closed(3.0)]);
        assert_eq!((result.unexplained.len(), result.explained[&Why::TooLate]), (1, 1));
    }
}
