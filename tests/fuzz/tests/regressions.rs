//! Every target over the seeds it starts from, and over what was once found.

use std::fs;
use std::path::Path;

use iscsi_fuzz::{TARGETS, target};

#[test]
fn what_the_seeds_hold_breaks_nothing() {
    for target in TARGETS {
        let seeds = (target.seeds)();
        assert!(!seeds.is_empty(), "{} starts from nothing", target.name);
        for seed in seeds {
            (target.run)(&seed);
        }
    }
}

#[test]
fn what_once_broke_a_target_no_longer_does() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("regressions");
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let (of, what) = name.split_once('-').expect("files are named TARGET-WHAT");
        let target = target(of).unwrap_or_else(|| panic!("{name}: there is no target {of}"));
        eprintln!("{of}: {what}");
        (target.run)(&fs::read(path).unwrap());
    }
}
