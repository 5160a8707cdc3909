//! `REPORT.md`: one page to paste into an issue.

use serde_json::Value;

use super::manifest::Manifest;
use super::source::INCIDENTS;

/// Its place in the archive.
pub(super) const MEMBER: &str = "REPORT.md";
/// More incidents and sessions than these are only counted.
const INCIDENTS_SHOWN: usize = 5;
const SESSIONS_SHOWN: usize = 8;
/// Causes shown.
const CAUSES: usize = 3;

/// The page, from what is in the bundle.
pub(super) fn report(manifest: &Manifest, text: &dyn Fn(&str) -> Option<String>) -> String {
    let lines = |path: &str| -> Vec<Value> {
        let text = text(path).unwrap_or_default();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    };
    let incidents = lines(INCIDENTS);
    let sessions = lines("sessions.jsonl");
    let checks = lines("doctor.jsonl");
    let mut out = String::from("# iSCSI bug report\n\n");
    out.push_str(&happened(&incidents, &sessions));
    out.push_str(&causes(&incidents));
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
        out.push_str(&format!("- {at}{session}{summary}\n"));
    }
    if incidents.len() > INCIDENTS_SHOWN {
        out.push_str(&format!("- {} earlier incidents\n", incidents.len() - INCIDENTS_SHOWN));
    }
    out.push('\n');
    out
}

/// Incidents count by their code; one that failed I/O counts more than one that recovered, and a later one more.
fn causes(incidents: &[Value]) -> String {
    let mut causes: Vec<(String, u64, usize, &Value)> = Vec::new();
    for (age, incident) in incidents.iter().rev().enumerate() {
        let Some(symbol) = incident["symbol"].as_str() else { continue };
        let weight = match incident["outcome"].as_str() {
            Some("failed" | "login-failed" | "failed-then-recovered" | "io-errors") => 3,
            _ => 1,
        };
        match causes.iter_mut().find(|cause| cause.0 == symbol) {
            Some(cause) => {
                cause.1 += weight;
                cause.2 += 1;
            }
            None => causes.push((symbol.to_owned(), weight + u64::from(age == 0), 1, incident)),
        }
    }
    let mut out = String::from("## Most likely causes\n\n");
    if causes.is_empty() {
        out.push_str("None that this machine's logs show.\n\n");
        return out;
    }
    causes.sort_by_key(|cause| std::cmp::Reverse(cause.1));
    for (number, (symbol, _, times, incident)) in causes.iter().take(CAUSES).enumerate() {
        let meaning = incident["code_meaning"].as_str().unwrap_or_default();
        let code = &incident["code"];
        let times = if *times == 1 { String::new() } else { format!(" ({times} incidents)") };
        out.push_str(&format!("{}. **{code} {symbol}**{times}: {meaning}\n", number + 1));
        if let Some(detail) = incident["detail"].as_str() {
            out.push_str(&format!("   - seen: {detail}\n"));
        }
        for check in strings(&incident["check"]).take(1) {
            out.push_str(&format!("   - check: `{check}`\n"));
        }
        for action in strings(&incident["action"]).take(1) {
            out.push_str(&format!("   - do: {action}\n"));
        }
    }
    out.push('\n');
    out
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
    out.push_str(&format!("- {} sessions\n", sessions.len()));
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
        "- secrets are never collected; {} values that nobody says are safe are replaced by length and type\n",
        manifest.masked_values
    ));
    let (missing, dropped) = (manifest.missing.len(), manifest.dropped.len());
    out.push_str(&format!("- {missing} notes about what could not be read: MANIFEST.json"));
    out.push_str(&if dropped > 0 {
        format!("; {dropped} parts did not fit\n")
    } else {
        "\n".to_owned()
    });
    out.push_str(
        "- read it with `iscsi-trace why --bundle FILE`, `sessions --bundle FILE`, `decode --bundle FILE`, or `tar --zstd -xf FILE`\n",
    );
    out
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
    incident["boot_time"].as_str().map(|time| format!("{time} s after boot: ")).unwrap_or_default()
}

fn strings(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str)
}
