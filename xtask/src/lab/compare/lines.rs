//! `iscsi-trace`'s JSON Lines as connections.

use std::collections::BTreeMap;

use anyhow::Context;
use serde_json::{Map, Value};

use super::{Connection, Ends, Pdu};

/// `enum iscsi_err` of the kernel's `scsi/iscsi_if.h`.
const ISCSI_ERR_HDR_DGST: u32 = 1014;

/// The connections of JSON Lines by their ends.
pub(super) fn connections(lines: &str) -> anyhow::Result<BTreeMap<Ends, Connection>> {
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
