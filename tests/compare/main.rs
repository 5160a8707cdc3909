//! Every capture, decoded by us and by tshark, compared field by field; and by a walk over the bytes that is neither.

mod difference;
mod explained;
mod fields;
mod ours;
mod pdml;
mod pdu;
mod tshark;
mod walk;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use difference::{Difference, Scope};
use explained::{Evidence, RULES};
use pdu::Pdu;

/// What tshark has no field of its own for, or we put together from several.
const DERIVED: &[&str] = &[
    "scsi.opcode",
    "keys",
    "header_digest",
    "data_digest",
    "status_class",
    "status_detail",
    "sense.key",
    "sense.asc",
    "sense.ascq",
];

fn compared_fields() -> Vec<&'static str> {
    fields::HEADER.iter().map(|pair| pair.ours).chain(DERIVED.iter().copied()).collect()
}

fn name(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Runs `check` on every capture, on as many threads as there are processors; most of the time tshark works.
fn each_capture<T: Send>(check: impl Fn(&Path) -> T + Sync) -> Vec<T> {
    let files: Mutex<Vec<PathBuf>> = Mutex::new(iscsi_tests::captures().unwrap());
    let results = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let Some(file) = files.lock().unwrap().pop() else { break };
                    let result = check(&file);
                    results.lock().unwrap().push(result);
                }
            });
        }
    });
    results.into_inner().unwrap()
}

#[test]
fn every_difference_from_tshark_is_explained() {
    let known = compared_fields();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut unexplained = Vec::new();
    let mut pdus = 0;
    for (found, number) in each_capture(|file| judge(file, &known)) {
        pdus += number;
        for (difference, rule) in found {
            match rule {
                Some(rule) => *counts.entry(rule).or_default() += 1,
                None => unexplained.push(difference.to_string()),
            }
        }
    }
    println!("{pdus} PDUs of tshark's compared; differences by explanation:");
    for rule in RULES {
        println!("{:>6} {}: {}", counts.get(rule.name).unwrap_or(&0), rule.name, rule.reason);
    }
    assert!(
        unexplained.is_empty(),
        "{} unexplained differences, the first being\n{}",
        unexplained.len(),
        unexplained[..unexplained.len().min(40)].join("\n")
    );
    let idle: Vec<_> =
        RULES.iter().map(|rule| rule.name).filter(|name| !counts.contains_key(name)).collect();
    assert!(idle.is_empty(), "these rules explain nothing any more: {idle:?}");
}

/// The differences of one capture with the rule that explains each, and the number of tshark's PDUs.
fn judge(file: &Path, known: &[&str]) -> (Vec<(Difference, Option<&'static str>)>, usize) {
    let ours = ours::decode(file).unwrap();
    let theirs = tshark::decode(file).unwrap();
    let walk = walk::decode(file).unwrap();
    let evidence = Evidence { walk: &walk };
    let found = difference::compare(&name(file), &ours, &theirs, known, Scope::Either)
        .into_iter()
        .map(|difference| {
            let rule = RULES.iter().find(|rule| (rule.applies)(&difference, &evidence));
            (difference, rule.map(|rule| rule.name))
        })
        .collect();
    (found, theirs.len())
}

#[test]
fn every_pdu_in_the_bytes_is_decoded_and_nothing_else() {
    let results = each_capture(|file| {
        let ours = ours::decode(file).unwrap();
        let walk = walk::decode(file).unwrap();
        assert!(!walk.is_empty(), "{} has no PDUs", file.display());
        let names: Vec<String> = walk.iter().flat_map(|pdu| pdu.fields.keys().cloned()).collect();
        let known: Vec<&str> = names
            .iter()
            .map(String::as_str)
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect();
        difference::compare(&name(file), &ours, &walk, &known, Scope::Theirs)
    });
    let found: Vec<String> = results.iter().flatten().map(ToString::to_string).collect();
    assert!(
        found.is_empty(),
        "{} differences:\n{}",
        found.len(),
        found[..found.len().min(40)].join("\n")
    );
}

#[test]
fn tshark_and_the_walk() {
    let results = each_capture(|file| {
        let ours: Vec<Pdu> = tshark::decode(file).unwrap();
        let walk = walk::decode(file).unwrap();
        let names: Vec<String> = walk.iter().flat_map(|pdu| pdu.fields.keys().cloned()).collect();
        let known: Vec<&str> = names
            .iter()
            .map(String::as_str)
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect();
        (
            name(file),
            walk.len(),
            ours.len(),
            difference::compare(&name(file), &ours, &walk, &known, Scope::Theirs),
        )
    });
    for (n, a, b, d) in results {
        println!("{n} walk {a} tshark {b} diffs {}", d.len());
        for d in d.iter().take(6) {
            println!("   {d}");
        }
    }
}
