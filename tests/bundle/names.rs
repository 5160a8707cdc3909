//! `--anonymise`: one pseudonym for each name, everywhere, and the map beside the bundle.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;

use iscsi_collector::bundle::Programs;
use iscsi_collector::host::session::{Detail, survey};

use crate::collect::{Kept, bundle, wish};
use crate::planted::{NAMES, Planted};
use crate::search::Searcher;

fn made(planted: &Planted, anonymise: bool) -> Kept {
    let mut wish = wish(planted.machine.root());
    wish.programs = Programs::in_folder(&planted.programs);
    wish.captures = planted.captures.clone();
    wish.anonymise = anonymise;
    bundle(wish)
}

fn names() -> Vec<String> {
    NAMES.map(str::to_owned).to_vec()
}

#[test]
fn names_are_in_a_bundle_unless_it_is_anonymised() {
    let planted = Planted::new("bundle-names");
    let (open, hidden) = (made(&planted, false), made(&planted, true));
    for name in NAMES {
        let has = |kept: &Kept| {
            let tar = kept.unpacked();
            tar.windows(name.len()).any(|window| window.eq_ignore_ascii_case(name.as_bytes()))
        };
        assert!(has(&open), "{name} is in no source");
        assert!(!has(&hidden), "{name}");
    }
    let searcher =
        Searcher::new(&names().into_iter().filter(|name| name.len() > 12).collect::<Vec<_>>());
    for (path, bytes) in hidden.open().members() {
        // The parts of a name may be anybody's; the whole in no form.
        let found = searcher.find(bytes).filter(|(_, form)| !form.contains("half"));
        assert_eq!(found, None, "{path}");
    }
}

#[test]
fn the_map_is_beside_the_bundle_for_its_owner_only_and_complete() {
    let planted = Planted::new("bundle-map");
    let kept = made(&planted, true);
    let path = kept.made.names.clone().unwrap();
    assert_eq!(path, kept.folder.path().join("bundle.names.json"));
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let map: BTreeMap<String, String> =
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    for name in
        ["iqn.2024-01.lab:lio.1", "192.168.77.41", "dbserver77", "adalovelace", "52:54:00:77:ab:cd"]
    {
        assert!(map.contains_key(name), "{name}");
    }
    let different: std::collections::BTreeSet<&String> = map.values().collect();
    assert_eq!(different.len(), map.len(), "no two names share one");
    let target = &map["iqn.2024-01.lab:lio.1"];
    let bundle = kept.open();
    let with = |path: &str| bundle.text(path).unwrap().contains(target);
    assert!(with("sessions.jsonl") && with("log/all.log"), "the same name everywhere");
}

#[test]
fn readers_do_not_notice_pseudonyms() {
    let planted = Planted::new("bundle-alike");
    let (open, hidden) = (made(&planted, false), made(&planted, true));
    let sessions = |kept: &Kept| {
        let machine = kept.open().machine().unwrap();
        let survey = survey(&machine.roots(), Detail::Devices).unwrap();
        let facts = survey.sessions.iter().map(|session| {
            let record = session.record.as_ref().map(|record| record.values.len());
            (
                session.sid,
                session.state.clone(),
                session.devices.len(),
                session.settings.len(),
                record,
            )
        });
        facts.collect::<Vec<_>>()
    };
    assert_eq!(sessions(&open), sessions(&hidden));
    assert_eq!(sessions(&open).len(), 2);
    let pdus = |kept: &Kept| {
        kept.open().recordings().values().map(|bytes| bytes.len() > 200).collect::<Vec<_>>()
    };
    assert_eq!(pdus(&open), pdus(&hidden));
}

#[test]
fn the_same_machine_gets_the_same_pseudonyms() {
    let planted = Planted::new("bundle-stable");
    let file = |kept: &Kept| std::fs::read(&kept.path).unwrap();
    assert_eq!(file(&made(&planted, true)), file(&made(&planted, true)));
}
