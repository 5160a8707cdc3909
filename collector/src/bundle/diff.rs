//! What changed between two bundles: settings, negotiated values, versions, findings. Counters and times always differ
//! and are left out.

use std::collections::BTreeMap;

use serde_json::Value;

use super::read::Bundle;
use super::source::{CAUSES, DOCTOR, INCIDENTS};

/// Something that is not the same in two bundles.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Difference {
    /// What kind of thing: `machine`, `module`, `setting`, `session`, `check`, `finding`.
    pub subject: &'static str,
    /// Which: a file and its key, a session and its setting.
    pub what: String,
    /// Its value in the first; absent where it is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// Its value in the second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

type Facts = BTreeMap<(&'static str, String), String>;

/// What a session or file is that has facts of its own.
const THERE: &str = "there";

/// What is not the same, by subject.
#[must_use]
pub fn diff(a: &Bundle, b: &Bundle) -> Vec<Difference> {
    let (a, b) = (facts(a), facts(b));
    let mut keys: Vec<_> = a.keys().chain(b.keys()).collect();
    keys.sort();
    keys.dedup();
    // Of what is only in one of them, that says it all.
    let is_part = |key: &(&'static str, String)| {
        let whole = key.1.split_once(": ").map(|(whole, _)| (key.0, whole.to_owned()));
        whole.is_some_and(|whole| a.get(&whole) != b.get(&whole))
    };
    keys.into_iter()
        .filter(|key| a.get(*key) != b.get(*key) && !is_part(key))
        .map(|key| Difference {
            subject: key.0,
            what: key.1.clone(),
            before: a.get(key).cloned(),
            after: b.get(key).cloned(),
        })
        .collect()
}

fn facts(bundle: &Bundle) -> Facts {
    let mut facts = Facts::new();
    let host = &bundle.manifest().host;
    for (what, value) in [("name", &host.name), ("kernel", &host.kernel), ("system", &host.system)]
    {
        if let Some(value) = value {
            facts.insert(("machine", what.to_owned()), value.clone());
        }
    }
    for line in bundle.text("machine/programs.txt").unwrap_or_default().lines() {
        if let Some((program, version)) = line.split_once(": ") {
            facts.insert(("machine", program.to_owned()), version.to_owned());
        }
    }
    for (path, bytes) in bundle.members() {
        let (Some(path), Ok(text)) = (path.strip_prefix("root/"), std::str::from_utf8(bytes))
        else {
            continue;
        };
        file(path, text, &mut facts);
    }
    let lines = |path: &str| -> Vec<Value> {
        let text = bundle.text(path).unwrap_or_default();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    };
    lines("sessions.jsonl").iter().for_each(|value| session(value, &mut facts));
    for check in lines(DOCTOR.1) {
        let name = format!("{} {}", shown(&check["group"]), shown(&check["name"]));
        facts.insert(("check", name), shown(&check["status"]));
    }
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for incident in lines(INCIDENTS) {
        let code = match incident["symbol"].as_str() {
            Some(symbol) => format!("{} {symbol}", incident["code"]),
            None => "without a code".to_owned(),
        };
        *counts.entry(format!("incidents {code}, {}", shown(&incident["outcome"]))).or_default() +=
            1;
    }
    for incident in lines(CAUSES) {
        *counts.entry(format!("cause {}", shown(&incident["cause"]))).or_default() += 1;
    }
    facts.extend(counts.into_iter().map(|(what, count)| (("finding", what), count.to_string())));
    facts
}

/// Files with settings; sysfs of sessions is compared by target, not by number.
fn file(path: &str, text: &str, facts: &mut Facts) {
    let is_setting = ["etc/", "var/lib/", "proc/sys/"].iter().any(|above| path.starts_with(above));
    // It is told with the machine.
    let is_machines = ["osrelease", "version", "hostname"]
        .iter()
        .any(|name| path.strip_prefix("proc/sys/kernel/") == Some(name));
    if is_machines || path == "etc/os-release" {
        return;
    }
    if let Some(below) = path.strip_prefix("sys/module/") {
        if !below.ends_with("/refcnt") {
            facts.insert(("module", below.to_owned()), text.trim().to_owned());
        }
    } else if let Some((_, device)) = path.split_once("/net/").filter(|_| path.starts_with("sys/"))
    {
        if ["/mtu", "/speed", "/duplex", "/operstate"].iter().any(|end| device.ends_with(end)) {
            facts.insert(("setting", format!("network device {device}")), text.trim().to_owned());
        }
    } else if path == "proc/cmdline" {
        facts.insert(("setting", "kernel command line".to_owned()), text.trim().to_owned());
    } else if is_setting {
        if text.lines().count() == 1 && !text.contains(" = ") {
            facts.insert(("setting", format!("/{path}")), text.trim().to_owned());
            return;
        }
        facts.insert(("setting", format!("/{path}")), THERE.to_owned());
        for line in text.lines() {
            if let Some((key, value)) = line.split_once(" = ") {
                facts.insert(("setting", format!("/{path}: {key}")), value.to_owned());
            }
        }
    }
}

fn session(session: &Value, facts: &mut Facts) {
    let connection = &session["connections"][0];
    let address = connection["persistent_address"].as_str().or(connection["address"].as_str());
    let name = format!("{} at {}", shown(&session["target_name"]), address.unwrap_or("-"));
    let mut add = |what: &str, value: &Value| {
        if !value.is_null() {
            facts.insert(("session", format!("{name}: {what}")), shown(value));
        }
    };
    // What is negotiated or set is among the settings that are compared below.
    add("state", &session["state"]);
    add("transport", &session["host"]["transport"]);
    add("can_queue", &session["host"]["can_queue"]);
    for row in session["settings"].as_array().into_iter().flatten() {
        let setting = shown(&row["name"]);
        add(&format!("{setting} requested"), &row["requested"]);
        add(&format!("{setting} in force"), &row["in_force"]);
    }
    for device in session["devices"].as_array().into_iter().flatten() {
        let lun = device["address"]
            .as_str()
            .and_then(|address| address.rsplit(':').next())
            .unwrap_or("?");
        for key in ["state", "timeout_s", "eh_timeout_s", "queue_depth"] {
            add(&format!("LUN {lun} {key}"), &device[key]);
        }
    }
    facts.insert(("session", name), THERE.to_owned());
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
