//! `REPORT.md`: one page to paste into an issue.

use serde_json::Value;

use super::manifest::Manifest;
use super::source::{CAUSES, DOCTOR, INCIDENTS};

/// Its place in the archive.
pub(super) const MEMBER: &str = "REPORT.md";
/// More incidents and sessions than these are only counted.
const INCIDENTS_SHOWN: usize = 5;
const SESSIONS_SHOWN: usize = 8;
/// Causes shown.
const MOST: usize = 3;

/// The page, from what is in the bundle.
pub(super) fn report(manifest: &Manifest, text: &dyn Fn(&str) -> Option<String>) -> String {
    let lines = |path: &str| -> Vec<Value> {
        let text = text(path).unwrap_or_default();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    };
    let incidents = lines(INCIDENTS);
    let sessions = lines("sessions.jsonl");
    let checks = lines(DOCTOR.1);
    let mut out = String::from("# iSCSI bug report\n\n");
    out.push_str(&happened(&incidents, &sessions));
    out.push_str(&causes(&lines(CAUSES)));
    out.push_str(&environment(manifest, &sessions, text));
    out.push_str(&settings(&checks));
    out.push_str(&bundle(manifest));
    out
}

fn happened(incidents: &[Value], sessions: &[Value]) -> String {
    let mut out = String::from("## What happened\n\n");
    let problems: Vec<String> = sessions
        .iter()
        .flat_map(|session| {
            let name = name(session);
            strings(&session["problems"]).map(move |problem| format!("- now: {name}: {problem}\n"))
        })
        .collect();
    if incidents.is_empty() && problems.is_empty() {
        out.push_str("Nothing that the logs of this window or the sessions' states show.\n\n");
        return out;
    }
    out.extend(problems.iter().take(SESSIONS_SHOWN).map(String::as_str));
    if problems.len() > SESSIONS_SHOWN {
        out.push_str(&format!("- {} more problems of sessions\n", problems.len() - SESSIONS_SHOWN));
    }
    for incident in incidents.iter().rev().take(INCIDENTS_SHOWN) {
        let at = when(incident);
        let session =
            incident["session"].as_u64().map(|sid| format!("session {sid}: ")).unwrap_or_default();
        let summary = incident["summary"].as_str().unwrap_or_default();
        out.push_str(&format!("- {at}{session}{summary}{}\n", now(incident, sessions)));
    }
    if incidents.len() > INCIDENTS_SHOWN {
        out.push_str(&format!("- {} earlier incidents\n", incidents.len() - INCIDENTS_SHOWN));
    }
    out.push('\n');
    out
}

/// The kernel does not log that a session is back.
fn now(incident: &Value, sessions: &[Value]) -> String {
    let same = sessions.iter().find(|session| session["sid"] == incident["session"]);
    let state = same.and_then(|session| session["state"].as_str());
    let is_open = incident["outcome"] == "open";
    state.filter(|_| is_open).map(|state| format!(" Now: {state}.")).unwrap_or_default()
}

/// A cause counts as often as it was found, and more the surer it is and if it was found last.
fn causes(incidents: &[Value]) -> String {
    let weight = |confidence: &Value| match confidence.as_str() {
        Some("certain") => 9_u64,
        Some("likely") => 6,
        _ => 3,
    };
    let mut causes: Vec<Candidate<'_>> = Vec::new();
    let mut add = |name: &Value, weight: u64, incident: bool| {
        let Some(name) = name.as_str() else { return };
        match causes.iter_mut().find(|cause| cause.name == name) {
            Some(cause) => {
                cause.weight += weight;
                cause.incidents += u64::from(incident);
            }
            None => {
                let incidents = u64::from(incident);
                causes.push(Candidate { name: name.to_owned(), weight, incidents, from: None });
            }
        }
    };
    for (age, incident) in incidents.iter().rev().enumerate() {
        let last = u64::from(age == 0) * 5;
        add(&incident["cause"], weight(&incident["confidence"]) + last, true);
        for other in incident["alternatives"].as_array().into_iter().flatten() {
            add(&other["cause"], weight(&other["confidence"]) / 3, false);
        }
    }
    for cause in &mut causes {
        cause.from = incidents.iter().rev().find(|incident| incident["cause"] == *cause.name);
    }
    let mut out = String::from("## Most likely causes\n\n");
    if causes.is_empty() {
        out.push_str("None that this machine's logs show.\n\n");
        return out;
    }
    causes.sort_by_key(|cause| std::cmp::Reverse((cause.from.is_some(), cause.weight)));
    for (number, cause) in causes.iter().take(MOST).enumerate() {
        out.push_str(&format!("{}. {}", number + 1, cause.text()));
    }
    out.push('\n');
    out
}

/// A cause that was found, or that fits as well.
struct Candidate<'a> {
    name: String,
    weight: u64,
    /// How many incidents it is the cause of.
    incidents: u64,
    /// The last of them.
    from: Option<&'a Value>,
}

impl Candidate<'_> {
    fn text(&self) -> String {
        let Some(incident) = self.from else {
            return format!("**{}**: not ruled out\n", self.name);
        };
        let confidence = incident["confidence"].as_str().unwrap_or_default();
        let meaning = incident["meaning"].as_str().unwrap_or_default();
        let times = match self.incidents {
            1 => String::new(),
            many => format!(", {many} times"),
        };
        let mut out = format!("**{}** ({confidence}{times}): {meaning}\n", self.name);
        for fact in incident["evidence"].as_array().into_iter().flatten().take(2) {
            out.push_str(&format!("   - seen: {}\n", fact["message"].as_str().unwrap_or_default()));
        }
        for action in strings(&incident["do"]).take(1) {
            out.push_str(&format!("   - do: {action}\n"));
        }
        out
    }
}

fn environment(
    manifest: &Manifest,
    sessions: &[Value],
    text: &dyn Fn(&str) -> Option<String>,
) -> String {
    let host = &manifest.host;
    let known = |value: &Option<String>| value.clone().unwrap_or_else(|| "unknown".to_owned());
    let mut out = String::from("## Environment\n\n");
    out.push_str(&format!("- kernel {} ({})\n", known(&host.kernel), host.architecture));
    out.push_str(&format!("- {}\n", known(&host.system)));
    let programs = text("machine/programs.txt").unwrap_or_default();
    let programs: Vec<&str> =
        programs.lines().filter(|line| !line.contains("not installed")).collect();
    if !programs.is_empty() {
        out.push_str(&format!("- {}\n", programs.join(", ")));
    }
    if let Some(uptime) = host.uptime_s {
        out.push_str(&format!("- up for {} h {} min\n", uptime / 3600, uptime / 60 % 60));
    }
    out.push_str(&format!("- {}\n", counted(sessions.len() as u64, "session")));
    for session in sessions.iter().take(SESSIONS_SHOWN) {
        let state = session["state"].as_str().unwrap_or("unknown");
        let transport = session["host"]["transport"].as_str().unwrap_or("-");
        let disks: Vec<&str> = session["devices"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|device| device["block"]["name"].as_str())
            .collect();
        let disks = if disks.is_empty() { "no disks".to_owned() } else { disks.join(", ") };
        out.push_str(&format!("  - {}: {state}, {transport}, {disks}\n", name(session)));
    }
    out.push('\n');
    out
}

/// What doctor calls dangerous, and then what it advises.
fn settings(checks: &[Value]) -> String {
    let of = |status: &str| -> Vec<String> {
        let found =
            checks.iter().filter(|check| check["status"] == status && check["group"] == "settings");
        found
            .map(|check| {
                let text = |key: &str| check[key].as_str().unwrap_or_default();
                format!("- {status}: {}: {}\n", text("name"), text("detail"))
            })
            .collect()
    };
    let lines = [of("danger"), of("advice")].concat();
    if lines.is_empty() {
        String::new()
    } else {
        format!("## Settings known to hurt\n\n{}\n", lines.concat())
    }
}

fn bundle(manifest: &Manifest) -> String {
    let mut out = String::from("## This bundle\n\n");
    let root =
        if manifest.as_root { "as root" } else { "without root: some things could not be read" };
    let names = if manifest.anonymised { ", names and addresses are pseudonyms" } else { "" };
    out.push_str(&format!("- made {} by {}, {root}{names}\n", manifest.created, manifest.tool));
    out.push_str(&format!(
        "- secrets are never collected; {} not known to be safe replaced by length and type\n",
        counted(manifest.masked_values, "value")
    ));
    let (missing, dropped) = (manifest.missing.len(), manifest.dropped.len());
    let missing = counted(missing as u64, "note");
    out.push_str(&format!("- {missing} about what is not in it: MANIFEST.json"));
    out.push_str(&if dropped > 0 {
        format!("; {} did not fit\n", counted(dropped as u64, "part"))
    } else {
        "\n".to_owned()
    });
    out.push_str(
        "- read it with `iscsi-trace why --bundle FILE`, `sessions --bundle FILE`, `decode --bundle FILE`, `iscsitop --read FILE`, or `tar --zstd -xf FILE`\n",
    );
    out
}

/// `1 session`, `2 sessions`
fn counted(number: u64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// `session 3 to iqn... at 10.0.0.1:3260`
fn name(session: &Value) -> String {
    let connection = &session["connections"][0];
    let address = connection["address"].as_str().or(connection["persistent_address"].as_str());
    let address = address.map(|address| format!(" at {address}")).unwrap_or_default();
    let target = session["target_name"].as_str().unwrap_or("an unknown target");
    format!("session {} to {target}{address}", session["sid"])
}

fn when(incident: &Value) -> String {
    if let Some(time) = incident["time"].as_str() {
        let seconds = time.split('.').next().and_then(|seconds| seconds.parse::<i64>().ok());
        let time = seconds.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
        return time
            .map(|time| format!("{}: ", time.strftime("%Y-%m-%d %H:%M:%S UTC")))
            .unwrap_or_default();
    }
    let seconds = incident["boot_time"].as_str().and_then(|time| time.parse::<f64>().ok());
    seconds.map(|seconds| format!("{seconds:.3} s after boot: ")).unwrap_or_default()
}

fn strings(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str)
}
