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
    /// The probes read a header before its digest is checked; whoever decodes the wire does not believe it.
    BadDigest,
    /// The probes said that they lost so many.
    Counted,
    /// The probes said that they were off at that time.
    ProbesOff,
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

/// Compares `wire`, decoded from tcpdump's capture, with `probes`, the events of the same time.
///
/// # Errors
/// When a line of either is not what `iscsi-trace` prints.
pub fn compare(wire: &str, probes: &str) -> anyhow::Result<Comparison> {
    let wire = connections(wire).context("the decoded capture")?;
    let mut excuses = Excuses::read(probes)?;
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
        let sent = self.same(ends, caught.to_target, seen.to_target, &mut excuses.sent);
        let received =
            self.same(ends, caught.to_initiator, seen.to_initiator, &mut excuses.received);
        if let Some((wire, probes)) = sent {
            self.unseen(ends, &wire, &mut excuses.sent);
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
            self.unseen(ends, &lost, &mut excuses.received);
            if seen.header_digest && probes.len() == 1 {
                self.explain(Why::BadDigest, 1);
            } else {
                self.missing(ends, probes.iter(), "wire");
            }
        }
    }

    /// Counts what is equal, passing over what the probes said they lost; gives the rests, or nothing where the two
    /// contradict each other.
    fn same(
        &mut self,
        ends: &Ends,
        wire: Vec<Pdu>,
        probes: Vec<Pdu>,
        excuse: &mut Excuse,
    ) -> Option<(Vec<Pdu>, Vec<Pdu>)> {
        let (mut wire, mut probes) = (wire.into_iter().peekable(), probes.into_iter().peekable());
        let mut position = 0;
        while let (Some(one), Some(other)) = (wire.peek(), probes.peek()) {
            position += 1;
            if one.fields == other.fields {
                self.equal += 1;
                probes.next();
            } else if excuse.may_tell_less(one) && other.is_part_of(one) {
                // Its data segment was not seen, or not the command it belongs to, which would have told more.
                self.equal += 1;
                probes.next();
            } else if let Some(why) = excuse.take(one) {
                self.explain(why, 1);
            } else {
                self.unexplained.push(format!(
                    "{}: PDU {position} differs: on the wire {one}, in the probes {other}: {}",
                    route(ends),
                    difference(&one.fields, &other.fields),
                ));
                return None;
            }
            wire.next();
        }
        Some((wire.collect(), probes.collect()))
    }
}

/// What the probes said they lost.
#[derive(Default)]
struct Excuses {
    sent: Excuse,
    received: Excuse,
}

/// Of one direction.
#[derive(Default)]
struct Excuse {
    /// PDUs at most.
    count: u64,
    /// Times in which probes were off, Unix seconds.
    off: Vec<(f64, f64)>,
    /// Something was lost, in whichever direction: commands that answers belong to, or data segments.
    lossy: bool,
}

impl Excuses {
    fn read(lines: &str) -> anyhow::Result<Self> {
        let mut excuses = Self::default();
        for line in lines.lines().filter(|line| line.contains(r#""event":"loss""#)) {
            let event: Value = serde_json::from_str(line).with_context(|| line.to_owned())?;
            let text = |name: &str| event.get(name).and_then(Value::as_str);
            let number = |name: &str| event.get(name).and_then(Value::as_f64).unwrap_or(0.0);
            let kind = text("kind").unwrap_or_default();
            if kind.starts_with("pdu-") && number("events") > 0.0 {
                excuses.sent.lossy = true;
                excuses.received.lossy = true;
            }
            let excuse = match kind {
                "pdu-sent" => &mut excuses.sent,
                "pdu-received" => &mut excuses.received,
                _ => continue,
            };
            if text("cause") == Some("probes-off") {
                let since: f64 = text("time").context("a loss without time")?.parse()?;
                excuse.off.push((since, since + number("during_us") / 1e6));
            } else {
                excuse.count += event.get("events").and_then(Value::as_u64).unwrap_or(0);
            }
        }
        Ok(excuses)
    }
}

impl Pdu {
    /// Whether the other has all that this one has.
    fn is_part_of(&self, other: &Self) -> bool {
        self.fields.iter().all(|(name, value)| other.fields.get(name) == Some(value))
    }
}

impl Excuse {
    fn was_off(&self, pdu: &Pdu) -> bool {
        self.off.iter().any(|(since, until)| (*since..=until + SLACK).contains(&pdu.time))
    }

    fn may_tell_less(&self, pdu: &Pdu) -> bool {
        self.lossy || self.was_off(pdu)
    }

    /// Whether a PDU may be missing; what is counted is used up by it.
    fn take(&mut self, pdu: &Pdu) -> Option<Why> {
        if self.was_off(pdu) {
            return Some(Why::ProbesOff);
        }
        self.count = self.count.checked_sub(1)?;
        Some(Why::Counted)
    }
}

/// Two clocks' worth of doubt about what came first, in seconds.
const SLACK: f64 = 0.05;

/// `enum iscsi_err` of the kernel's `scsi/iscsi_if.h`.
const ISCSI_ERR_HDR_DGST: u32 = 1014;

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
                connection.header_digest |= object.get("code") == Some(&ISCSI_ERR_HDR_DGST.into());
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
    fn one_header_with_a_bad_digest_is_explained_by_the_error_it_caused() {
        let wire = [pdu(1.0, "t2i", 1)];
        let mut probes = vec![pdu(1.0, "t2i", 1), pdu(2.0, "t2i", 2), closed(3.0)];
        assert_eq!(of(&wire, &probes).unexplained.len(), 1);
        probes.push(closed(3.0).replace("1020", "1014"));
        assert_eq!(of(&wire, &probes).explained[&Why::BadDigest], 1);
        probes.insert(2, pdu(2.5, "t2i", 3));
        assert_eq!(of(&wire, &probes).unexplained.len(), 2);
    }

    fn loss(kind: &str, cause: &str, events: u32, during_us: u32) -> String {
        format!(
            r#"{{"time":"1.500000000","event":"loss","kind":"{kind}","cause":"{cause}","events":{events},"during_us":{during_us}}}"#
        )
    }

    #[test]
    fn an_answer_tells_less_only_where_something_was_lost() {
        let wire = [pdu(1.0, "t2i", 1).replace(r#","initiator"#, r#","lun":0,"initiator"#)];
        let mut probes = vec![pdu(1.0, "t2i", 1)];
        assert_eq!(of(&wire, &probes).unexplained.len(), 1);
        probes.push(loss("pdu-sent", "probe-skipped", 1, 0));
        assert_eq!(of(&wire, &probes).equal, 1);
        assert_eq!(of(&[pdu(1.0, "t2i", 2)], &probes).unexplained.len(), 1);
    }

    #[test]
    fn as_many_may_be_missing_as_were_counted_of_that_direction() {
        let wire = [1, 2, 3, 4].map(|itt| pdu(f64::from(itt), "t2i", itt));
        let mut probes = vec![wire[0].clone(), wire[3].clone()];
        assert_eq!(of(&wire, &probes).unexplained.len(), 1);
        probes.push(loss("pdu-received", "probe-skipped", 1, 0));
        assert_eq!(of(&wire, &probes).unexplained.len(), 1);
        probes.push(loss("pdu-sent", "probe-skipped", 9, 0));
        assert_eq!(of(&wire, &probes).unexplained.len(), 1);
        probes.push(loss("pdu-received", "probe-skipped", 1, 0));
        let result = of(&wire, &probes);
        assert_eq!(
            (result.equal, result.explained[&Why::Counted], result.unexplained.len()),
            (2, 2, 0)
        );
    }

    #[test]
    fn while_probes_were_off_anything_may_be_missing_and_nothing_later() {
        let wire = [1.0, 1.6, 1.9, 3.0].map(|time| pdu(time, "i2t", 7));
        let probes = [wire[0].clone(), loss("pdu-sent", "probes-off", 0, 500_000)];
        let result = of(&wire, &probes);
        assert_eq!(
            (result.explained[&Why::ProbesOff], result.unexplained.len()),
            (2, 1),
            "{result}"
        );
    }

    #[test]
    fn while_probes_were_off_a_pdu_may_tell_less_but_nothing_else() {
        let wire = [pdu(1.6, "t2i", 1).replace(r#""pdu""#, r#""keys":[["A","B"]],"pdu""#)];
        let off = loss("pdu-received", "probes-off", 0, 500_000);
        assert_eq!(of(&wire, &[pdu(1.6, "t2i", 1)]).unexplained.len(), 1);
        assert_eq!(of(&wire, &[pdu(1.6, "t2i", 1), off.clone()]).equal, 1);
        assert_eq!(of(&wire, &[pdu(1.6, "t2i", 2), off]).unexplained.len(), 1);
    }

    #[test]
    fn what_arrives_before_the_failure_must_be_seen() {
        let wire = [pdu(1.0, "t2i", 1), pdu(2.0, "t2i", 2), pdu(4.0, "t2i", 3)];
        let result = of(&wire, &[pdu(1.0, "t2i", 1), closed(3.0)]);
        assert_eq!((result.unexplained.len(), result.explained[&Why::TooLate]), (1, 1));
    }
}
