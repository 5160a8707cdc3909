//! The summary for programs. Times are microseconds, as in events.

use iscsi_decoders::catalogue::{self, Space};
use serde_json::{Value, json};

use super::{Capture, Summary};
use crate::model::{Connection, Model, Session, Stage};
use crate::output::Hex;

pub(super) fn document(summary: &Summary, model: &Model, capture: &Capture) -> Value {
    present(page(summary, model, capture))
}

/// What is absent is left out, as in events.
fn present(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(members.map(|(name, value)| (name, present(value))).collect())
        }
        Value::Array(values) => Value::Array(values.into_iter().map(present).collect()),
        value => value,
    }
}

fn page(summary: &Summary, model: &Model, capture: &Capture) -> Value {
    let totals = &capture.totals;
    let findings: Vec<Value> = summary
        .findings
        .iter()
        .map(|(name, group)| {
            let examples: Vec<Value> = group
                .examples
                .iter()
                .map(|finding| {
                    json!({
                        "frame": finding.stamp.frame,
                        "time": finding.stamp.time.to_string(),
                        "connection": finding.connection.0,
                        "initiator_task_tag": finding.initiator_task_tag,
                        "message": finding.kind.to_string(),
                    })
                })
                .collect();
            json!({"finding": name, "count": group.count, "examples": examples})
        })
        .collect();
    let skipped: u64 = model.connections().iter().map(|connection| connection.skipped).sum();
    json!({
        "capture": capture.name,
        "packets": totals.net.packets + totals.recorded.pdus,
        "bytes": totals.bytes,
        "pdus": summary.pdus,
        "connections": summary.connections(model).map(connection).collect::<Vec<_>>(),
        "sessions": model.sessions().iter().map(session).collect::<Vec<_>>(),
        "findings": findings,
        "connection_errors": (!summary.errors.is_empty()).then(|| summary.errors.iter().map(|(code, count)| json!({
            "code": code,
            "symbol": catalogue::get(Space::Kernel, *code).map(|entry| entry.symbol),
            "count": count,
        })).collect::<Vec<_>>()),
        "lost": (!summary.lost.is_empty()).then(|| summary.lost.iter().map(|((cause, kind), events)| json!({
            "kind": kind, "cause": cause, "events": events,
        })).collect::<Vec<_>>()),
        "skipped": {
            "stream_bytes": skipped,
            "foreign_segments": totals.streams.foreign_segments,
            "foreign_connections": totals.streams.foreign_connections,
            "not_ip": totals.net.not_ip,
            "other_protocol": totals.net.other_protocol,
            "unknown_link": totals.net.unknown_link,
            "truncated": totals.net.truncated,
            "malformed": totals.net.malformed,
            "incomplete_datagrams": totals.net.incomplete_datagrams,
            "too_deep": totals.net.too_deep,
        },
    })
}

fn connection(connection: &Connection) -> Value {
    let keys: Vec<Value> = connection
        .login
        .negotiation
        .entries()
        .map(|entry| {
            json!({
                "key": entry.key,
                "requested": entry.requested,
                "offered": entry.offered,
                "negotiated": entry.result(),
            })
        })
        .collect();
    let stages: Vec<Value> = connection
        .login
        .steps
        .iter()
        .map(|step| {
            json!({
                "stage": step.stage,
                "requests": step.requests,
                "duration_us": step.duration / 1000,
            })
        })
        .collect();
    let (state, status) = match connection.login.stage {
        Stage::Unknown => ("unknown", None),
        Stage::Login(_) => ("login", None),
        Stage::FullFeature => ("full-feature", None),
        Stage::LoggedOut => ("logged-out", None),
        Stage::Refused(class, detail) => ("refused", Some(format!("{class:02x}{detail:02x}"))),
    };
    json!({
        "connection": connection.id.0,
        "initiator": connection.ends.initiator.to_string(),
        "target": connection.ends.target.to_string(),
        "pdus": connection.pdus,
        "skipped_bytes": connection.skipped,
        "state": state,
        "login_status": status,
        "login_stages": stages,
        "header_digest": connection.digests.0,
        "data_digest": connection.digests.1,
        "closed": connection.closed.map(|(stamp, by, reset)| json!({
            "frame": stamp.frame, "by": by.name(), "reset": reset,
        })),
        "keys": keys,
    })
}

fn session(session: &Session) -> Value {
    let micros = |ns: i64| ns / 1000;
    let commands: Vec<Value> = session
        .commands
        .sorted()
        .into_iter()
        .map(|(key, stats)| {
            json!({
                "lun": key.lun.to_number().unwrap_or_else(|| key.lun.to_linux()),
                "opcode": key.opcode,
                "name": key.name,
                "count": stats.count,
                "failed": stats.failed,
                "bytes": stats.bytes,
                "min_us": micros(stats.min),
                "mean_us": micros(stats.mean()),
                "p50_us": micros(stats.percentile(50.0)),
                "p95_us": micros(stats.percentile(95.0)),
                "p99_us": micros(stats.percentile(99.0)),
                "max_us": micros(stats.max),
            })
        })
        .collect();
    json!({
        "initiator": session.initiator,
        "target": session.target,
        "discovery": session.discovery,
        "isid": session.isid.map(|isid| Hex(&isid).to_string()),
        "tsih": session.tsih,
        "session": session.sid,
        "connections": session.connections.iter().map(|id| id.0).collect::<Vec<_>>(),
        "commands": commands,
    })
}
