//! No secret gets into a bundle, in any form.

use iscsi_collector::bundle::Programs;

use crate::collect::{Kept, bundle, wish};
use crate::planted::Planted;
use crate::search::Searcher;

/// Looks through the file, the tar, and each member by itself.
fn search(planted: &Planted, kept: &Kept) -> Vec<String> {
    let searcher = Searcher::new(&planted.canaries.all());
    let mut found = Vec::new();
    let mut look = |place: &str, bytes: &[u8]| {
        if let Some((secret, form)) = searcher.find(bytes) {
            let planted = planted.canaries.place(&secret);
            found.push(format!("{place} has the secret of \"{planted}\" as {form}: {secret}"));
        }
    };
    look("the file", &std::fs::read(&kept.path).unwrap());
    let opened = kept.open();
    for (path, bytes) in opened.members() {
        look(path, path.as_bytes());
        look(path, bytes);
    }
    look("the tar", &kept.unpacked());
    found
}

#[test]
fn secrets_in_every_source_stay_out() {
    let planted = Planted::new("bundle-secrets");
    assert!(planted.canaries.all().len() > 90, "{}", planted.canaries.all().len());
    for programs in [Programs::none(), Programs::in_folder(&planted.programs)] {
        for anonymise in [false, true] {
            let mut wish = wish(planted.machine.root());
            wish.programs = programs.clone();
            wish.captures = planted.captures.clone();
            wish.anonymise = anonymise;
            let kept = bundle(wish);
            let found = search(&planted, &kept);
            assert!(found.is_empty(), "{}", found.join("\n"));
            let bundle = kept.open();
            assert_eq!(bundle.recordings().len(), 2, "{:?}", bundle.manifest().missing);
            assert!(bundle.log().is_some_and(|log| log.contains("detected conn error (1020)")));
            assert!(bundle.manifest().masked_values > 50);
        }
    }
}

#[test]
fn the_search_would_see_a_secret_that_got_in() {
    let planted = Planted::new("bundle-leak");
    let place = planted.canaries.all().pop().unwrap();
    // A field that is safe by name and by its looks: whoever puts a secret there has it in the bundle.
    planted.machine.set(1, "ifacename", &place).unwrap();
    let found = search(&planted, &bundle(wish(planted.machine.root())));
    assert!(!found.is_empty());
}

#[test]
fn chaps_values_of_a_real_login_stay_out() {
    for file in ["chap.pcap", "chap-mutual.pcap", "chap-wrong-password.pcap"] {
        let path = iscsi_tests::capture(file);
        let lines = iscsi_tests::decode_json(&path, &["--show-secrets"]).unwrap();
        let keys = lines.iter().filter_map(|line| line["keys"].as_array()).flatten();
        let secrets: Vec<String> = keys
            .filter(|pair| ["CHAP_R", "CHAP_C"].contains(&pair[0].as_str().unwrap()))
            .map(|pair| pair[1].as_str().unwrap().trim_start_matches("0x").to_owned())
            .collect();
        assert!(secrets.len() >= 2, "{file}");
        let raw: Vec<Vec<u8>> = secrets.iter().filter_map(|secret| bytes(secret)).collect();
        let empty = tempfile::tempdir().unwrap();
        let mut wish = wish(empty.path());
        wish.captures = vec![path];
        let kept = bundle(wish);
        let searcher = Searcher::new(&secrets);
        for (path, member) in kept.open().members() {
            assert_eq!(searcher.find(member), None, "{file}: {path}");
            let has = |raw: &Vec<u8>| member.windows(raw.len()).any(|window| window == raw);
            assert!(!raw.iter().any(has), "{file}: {path}");
        }
    }
}

/// The bytes that digits stand for.
fn bytes(digits: &str) -> Option<Vec<u8>> {
    (0..digits.len() / 2)
        .map(|at| u8::from_str_radix(digits.get(at * 2..at * 2 + 2)?, 16).ok())
        .collect()
}

#[test]
fn our_own_environment_and_arguments_stay_out() {
    let planted = Planted::new("bundle-environment");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("b.tar.zst");
    let secret = planted.canaries.plant("our environment");
    let output = iscsi_tests::run(
        iscsi_tests::iscsi_trace()
            .unwrap()
            .env("ISCSI_PASSWORD", &secret)
            .args(["bundle", "-o"])
            .arg(&path)
            .arg("--root")
            .arg(planted.machine.root()),
    )
    .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{}\n", path.display()));
    let bundle = iscsi_collector::bundle::Bundle::open(&path).unwrap();
    let searcher = Searcher::new(&planted.canaries.all());
    for (path, bytes) in bundle.members() {
        assert_eq!(searcher.find(bytes), None, "{path}");
    }
}
