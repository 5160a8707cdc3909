//! Every capture, decoded by us and by tshark, compared field by field; and by a walk over the bytes that is neither.
#![expect(clippy::unwrap_used, reason = "a panic is how a test reports")]

mod difference;
mod explained;
mod fields;
mod ours;
mod pdml;
mod pdu;
mod tshark;
mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex};
use std::thread;

use difference::{Difference, Scope};
use explained::{Evidence, RULES};
use pdu::Pdu;

/// What tshark has no field of its own for, or we put together from several.
const DERIVED: &[&str] = &[
    "scsi.opcode",
    "response_time_us",
    "keys",
    "header_digest",
    "data_digest",
    "status_class",
    "status_detail",
    "sense.key",
    "sense.asc",
    "sense.ascq",
];

/// One capture as three see it.
struct Capture {
    name: String,
    ours: Vec<Pdu>,
    tshark: Vec<Pdu>,
    walk: Vec<Pdu>,
}

/// All captures; most of the time tshark works, so on as many threads as there are processors.
static CAPTURES: LazyLock<Vec<Capture>> = LazyLock::new(|| {
    let files: Mutex<Vec<PathBuf>> = Mutex::new(iscsi_tests::captures().unwrap());
    let decoded = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let Some(file) = files.lock().unwrap().pop() else { break };
                    let capture = decode(&file).unwrap();
                    decoded.lock().unwrap().push(capture);
                }
            });
        }
    });
    let mut captures = decoded.into_inner().unwrap();
    captures.sort_by(|one, other| one.name.cmp(&other.name));
    captures
});

fn decode(file: &Path) -> anyhow::Result<Capture> {
    Ok(Capture {
        name: file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        ours: ours::decode(file)?,
        tshark: tshark::decode(file)?,
        walk: walk::decode(file)?,
    })
}

#[test]
fn every_difference_from_tshark_is_explained() {
    let known: Vec<&str> =
        fields::HEADER.iter().map(|pair| pair.ours).chain(DERIVED.iter().copied()).collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut unexplained = Vec::new();
    for capture in CAPTURES.iter() {
        let evidence = Evidence { walk: &capture.walk, ours: &capture.ours };
        let found = difference::compare(
            &capture.name,
            &capture.ours,
            &capture.tshark,
            &known,
            Scope::Either,
        );
        for difference in found {
            match RULES.iter().find(|rule| (rule.applies)(&difference, &evidence)) {
                Some(rule) => *counts.entry(rule.name).or_default() += 1,
                None => unexplained.push(difference),
            }
        }
    }
    println!("{}", table(&counts));
    assert!(unexplained.is_empty(), "{}", list(&unexplained));
    let idle: Vec<_> =
        RULES.iter().map(|rule| rule.name).filter(|name| !counts.contains_key(name)).collect();
    assert!(idle.is_empty(), "these rules explain nothing any more: {idle:?}");
}

#[test]
fn every_pdu_in_the_bytes_is_decoded_and_nothing_else() {
    let mut found = Vec::new();
    for capture in CAPTURES.iter() {
        assert!(!capture.walk.is_empty(), "{} has no PDUs", capture.name);
        let names: BTreeSet<&str> =
            capture.walk.iter().flat_map(|pdu| pdu.fields.keys().map(String::as_str)).collect();
        let names: Vec<&str> = names.into_iter().collect();
        found.extend(difference::compare(
            &capture.name,
            &capture.ours,
            &capture.walk,
            &names,
            Scope::Theirs,
        ));
    }
    assert!(found.is_empty(), "{}", list(&found));
}

fn table(counts: &BTreeMap<&str, usize>) -> String {
    let ours: usize = CAPTURES.iter().map(|capture| capture.ours.len()).sum();
    let theirs: usize = CAPTURES.iter().map(|capture| capture.tshark.len()).sum();
    let rows = RULES.iter().map(|rule| {
        format!("\n{:>6} {}: {}", counts.get(rule.name).unwrap_or(&0), rule.name, rule.reason)
    });
    let captures = CAPTURES.len();
    format!(
        "{captures} captures, {ours} PDUs of ours, {theirs} of tshark's; differences explained:"
    ) + &rows.collect::<String>()
}

fn list(found: &[Difference]) -> String {
    let lines: Vec<String> = found.iter().take(40).map(ToString::to_string).collect();
    format!("{} differences:\n{}", found.len(), lines.join("\n"))
}
