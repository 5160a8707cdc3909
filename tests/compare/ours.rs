//! What `iscsi-trace decode --output json` says about a capture.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;
use serde_json::Value as Json;

use crate::pdu::{Pdu, Value};

pub fn decode(file: &Path) -> anyhow::Result<Vec<Pdu>> {
    // Events that are not PDUs have no "pdu".
    let lines = iscsi_tests::decode_json(file, &["--show-secrets"])?;
    let mut pdus = lines
        .iter()
        .filter(|line| line.get("pdu").is_some())
        .map(|line| pdu(line).with_context(|| format!("in {line}")))
        .collect::<anyhow::Result<Vec<_>>>()?;
    add_response_frames(&mut pdus);
    Ok(pdus)
}

/// A request is printed before its response is known, so only responses say where the other half is. tshark says it on
/// both; turning ours around makes the two comparable.
fn add_response_frames(pdus: &mut [Pdu]) {
    let ends: BTreeMap<(u64, u64), u64> = pdus
        .iter()
        .filter(|pdu| pdu.ends_its_task())
        .filter_map(|pdu| Some(((pdu.number("request_frame")?, pdu.initiator_task_tag), pdu.frame)))
        .collect();
    for pdu in pdus {
        let request = pdu.number("request_frame").unwrap_or(pdu.frame);
        if let Some(frame) =
            ends.get(&(request, pdu.initiator_task_tag)).filter(|_| !pdu.ends_its_task())
        {
            pdu.fields.insert("response_frame".to_owned(), Value::Number(*frame));
        }
    }
}

fn pdu(line: &Json) -> anyhow::Result<Pdu> {
    let number = |name| line.get(name).and_then(Json::as_u64).with_context(|| format!("no {name}"));
    let mut fields = BTreeMap::new();
    for (name, value) in line.as_object().context("not an object")? {
        match (name.as_str(), value) {
            ("keys", _) => drop(fields.insert(name.clone(), keys(value)?)),
            // A LUN below 16384 is a plain number; longer forms are text.
            (_, Json::Object(inner)) => {
                for (part, value) in inner {
                    fields.extend(scalar(value).map(|value| (format!("{name}.{part}"), value)));
                }
            }
            _ => fields.extend(scalar(value).map(|value| (name.clone(), value))),
        }
    }
    Ok(Pdu {
        frame: number("frame")?,
        opcode: u8::try_from(number("opcode")?)?,
        initiator_task_tag: number("initiator_task_tag")?,
        fields,
    })
}

fn scalar(value: &Json) -> Option<Value> {
    match value {
        Json::Bool(flag) => Some(Value::Number(u64::from(*flag))),
        Json::String(text) => Some(Value::Text(text.clone())),
        // Response times have fractions of a microsecond in captures with nanoseconds.
        Json::Number(number) => {
            number.as_u64().map(Value::Number).or_else(|| Some(Value::Text(number.to_string())))
        }
        _ => None,
    }
}

fn keys(value: &Json) -> anyhow::Result<Value> {
    let pairs = value.as_array().context("keys is not an array")?;
    let pair = |pair: &Json| {
        let text = |at: usize| Some(pair.get(at)?.as_str()?.to_owned());
        text(0).zip(text(1)).with_context(|| format!("not a key and a value: {pair}"))
    };
    pairs.iter().map(pair).collect::<anyhow::Result<_>>().map(Value::Keys)
}
