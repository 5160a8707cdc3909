//! What `iscsi-trace decode --output json` says about a capture.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;
use serde_json::Value as Json;

use crate::pdu::{Pdu, Value};

pub fn decode(file: &Path) -> anyhow::Result<Vec<Pdu>> {
    // Events that are not PDUs have no "pdu".
    iscsi_tests::decode_json(file, &["--show-secrets"])?
        .iter()
        .filter(|line| line.get("pdu").is_some())
        .map(|line| pdu(line).with_context(|| format!("in {line}")))
        .collect()
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
