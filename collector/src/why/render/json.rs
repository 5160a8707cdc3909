//! An incident as a JSON object.

use iscsi_decoders::stream::Stamp;
use serde_json::{Map, Value, json};

use super::words;
use crate::output::Hex;
use crate::why::incident::{Epoch, Fact, Incident, MomentKind};

/// The object; an absent field is absent.
pub fn value(incident: &Incident) -> Value {
    let mut object = Map::new();
    let mut put = |name: &str, value: Value| {
        object.insert(name.to_owned(), value);
    };
    put("event", json!("incident"));
    put("incident", json!(incident.number));
    time(&mut put, incident.began);
    let clock = match incident.epoch {
        Epoch::Utc => None,
        Epoch::Local => Some("local"),
        Epoch::NoYear => Some("local-no-year"),
        Epoch::Boot => Some("boot"),
    };
    if let Some(clock) = clock {
        put("clock", json!(clock));
    }
    let what: Vec<Value> = incident.what.iter().map(happened).collect();
    put("what", Value::Array(what));
    let place = &incident.place;
    for (name, known) in [
        ("connection", place.connection.filter(|id| id.0 > 0).map(|id| json!(id.0))),
        ("src", place.ends.map(|ends| json!(ends.initiator.to_string()))),
        ("dst", place.ends.map(|ends| json!(ends.target.to_string()))),
        ("session", place.session.map(|session| json!(session))),
        ("cid", place.cid.map(|cid| json!(cid))),
        ("target", place.target.as_deref().map(|name| json!(name))),
        ("initiator", place.initiator.as_deref().map(|name| json!(name))),
    ] {
        if let Some(known) = known {
            put(name, known);
        }
    }
    put("devices", json!(place.devices));
    let diagnosis = &incident.diagnosis;
    put("cause", json!(diagnosis.cause.name()));
    put("meaning", json!(diagnosis.cause.meaning()));
    put("confidence", json!(diagnosis.confidence.name()));
    put("evidence", diagnosis.evidence.iter().map(fact).collect());
    if let Some(certain_if) = diagnosis.certain_if {
        put("certain_if", json!(certain_if));
    }
    let others = incident
        .alternatives
        .iter()
        .map(|(cause, sure)| json!({ "cause": cause.name(), "confidence": sure.name() }));
    put("alternatives", others.collect());
    put("led_to", came_of_it(incident));
    put("do", json!(diagnosis.cause.actions()));
    let timeline = incident.timeline.iter().map(|moment| {
        let mut entry = Map::new();
        let mut put = |name: &str, value| {
            entry.insert(name.to_owned(), value);
        };
        time(&mut put, moment.stamp);
        let apart = moment.stamp.time.since(incident.began.time);
        put("relative_us", json!(apart / 1000));
        put("kind", json!(moment.kind.name()));
        if let MomentKind::Pdu(direction) = moment.kind {
            put("direction", json!(direction.name()));
        }
        put("text", json!(moment.text));
        Value::Object(entry)
    });
    put("timeline", timeline.collect());
    let flight = incident.flight.iter().map(|flown| {
        json!({
            "time": flown.stamp.time.to_string(),
            "frame": flown.stamp.frame,
            "direction": flown.direction.name(),
            "pdu": flown.header.opcode().name_or_kind(),
            "bhs": Hex(&flown.header.0).to_string(),
        })
    });
    put("flight", flight.collect());
    Value::Object(object)
}

fn time(put: &mut impl FnMut(&str, Value), stamp: Stamp) {
    put("time", json!(stamp.time.to_string()));
    put("frame", json!(stamp.frame));
}

fn happened(what: &crate::why::What) -> Value {
    let mut object = Map::new();
    object.insert("name".to_owned(), json!(words::name(what)));
    if let Some(code) = words::code(what) {
        object.insert("code".to_owned(), json!(code));
    }
    object.insert("message".to_owned(), json!(words::what(what)));
    Value::Object(object)
}

fn fact(fact: &Fact) -> Value {
    let mut object = Map::new();
    if let Some(stamp) = fact.stamp {
        time(&mut |name, value| drop(object.insert(name.to_owned(), value)), stamp);
    }
    object.insert("message".to_owned(), json!(fact.text));
    for (name, number) in &fact.numbers {
        object.insert((*name).to_owned(), json!(number));
    }
    Value::Object(object)
}

fn came_of_it(incident: &Incident) -> Value {
    let led_to = &incident.led_to;
    let mut object = Map::new();
    let mut put = |name: &str, value| {
        object.insert(name.to_owned(), value);
    };
    put("commands_open", json!(led_to.commands_open));
    put("failed_logins", json!(led_to.failed_logins));
    put("replacement_timeout", json!(led_to.gave_up.is_some()));
    put("removed", json!(led_to.removed.is_some()));
    let lasted = led_to.recovered.map(|(_, lasted)| lasted);
    for (name, known) in [
        ("commands_failed", led_to.commands_failed.map(|count| json!(count))),
        ("failed_login_cause", led_to.failed_login.map(|cause| json!(cause.name()))),
        ("offline", led_to.offline.as_ref().map(|disks| json!(disks))),
        ("held", led_to.held.then_some(json!(true))),
        ("recovered", led_to.is_back().map(|is_back| json!(is_back))),
        ("lasted_us", lasted.map(|lasted| json!(lasted / 1000))),
        (
            "down_for_us",
            led_to
                .still_down
                .filter(|_| led_to.is_back() == Some(false))
                .map(|lasted| json!(lasted / 1000)),
        ),
    ] {
        if let Some(known) = known {
            put(name, known);
        }
    }
    Value::Object(object)
}
