//! `decode --summary --output json`, checked against the PDUs it sums up.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{capture, json, pdus};

/// Captures with more than a handful of commands of one kind, fast and slow.
const CAPTURES: [&str; 4] =
    ["target-killed.pcap", "queue-depth.pcap", "scsi-inquiry.pcap", "kernel-session.pcap"];

fn summary(file_name: &str) -> Value {
    let mut found = json(&["decode", "--summary", "--output", "json", &capture(file_name)]);
    assert_eq!(found.len(), 1);
    found.remove(0)
}

/// Response times by command name, in microseconds, sorted.
fn times(file_name: &str) -> BTreeMap<String, Vec<u64>> {
    let lines = pdus(file_name, &[]);
    let key = |line: &Value| (line["connection"].as_u64(), line["initiator_task_tag"].as_u64());
    let mut commands = BTreeMap::new();
    let mut times: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for line in &lines {
        if let Some(name) = line["scsi"]["name"].as_str() {
            commands.insert(key(line), name.to_owned());
        } else if line.get("status").is_some() {
            let (Some(name), Some(time)) =
                (commands.remove(&key(line)), line["response_time_us"].as_u64())
            else {
                continue;
            };
            times.entry(name).or_default().push(time);
        }
    }
    times.values_mut().for_each(|times| times.sort_unstable());
    times
}

/// The nearest-rank percentile of sorted times.
fn percentile(sorted: &[u64], percent: usize) -> u64 {
    sorted[(sorted.len() * percent).div_ceil(100).max(1) - 1]
}

#[test]
fn counts_and_percentiles_are_those_of_the_pdus() {
    for file in CAPTURES {
        let summary = summary(file);
        for (name, sorted) in times(file) {
            let rows = summary["sessions"].as_array().unwrap().iter();
            let rows: Vec<&Value> = rows
                .filter_map(|session| session["commands"].as_array())
                .flatten()
                .filter(|row| row["name"] == name.as_str())
                .collect();
            let count: u64 = rows.iter().filter_map(|row| row["count"].as_u64()).sum();
            assert_eq!(count, sorted.len() as u64, "{file}: {name}");
            // Several rows, one a LUN or session, have percentiles of their own.
            let [row] = rows[..] else { continue };
            for (field, percent) in
                [("min_us", 0), ("p50_us", 50), ("p95_us", 95), ("p99_us", 99), ("max_us", 100)]
            {
                let (exact, shown) = (percentile(&sorted, percent), row[field].as_u64().unwrap());
                // Two significant digits, and a microsecond for rounding.
                assert!(
                    shown.abs_diff(exact) <= exact / 50 + 1,
                    "{file}: {name}: {field} is {shown}, of {sorted:?} it is {exact}"
                );
            }
        }
    }
}

#[test]
fn every_pdu_is_counted() {
    for file in CAPTURES {
        let summary = summary(file);
        assert_eq!(summary["pdus"].as_u64(), Some(pdus(file, &[]).len() as u64), "{file}");
    }
}

#[test]
fn what_was_negotiated_stands_beside_what_was_asked_for() {
    let summary = summary("small-bursts.pcap");
    let keys = summary["connections"][0]["keys"].as_array().unwrap();
    let burst = keys.iter().find(|row| row["key"] == "MaxBurstLength").unwrap();
    assert_eq!(
        (&burst["requested"], &burst["offered"], &burst["negotiated"]),
        (&"262144".into(), &"16384".into(), &"16384".into())
    );
}
