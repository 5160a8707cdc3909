//! One fuzzer for all targets; `cargo xtask fuzz` says by the environment which is meant. Where it says nothing, it
//! is told which there are.
#![no_main]

use std::env;
use std::path::Path;
use std::process;
use std::sync::LazyLock;

use iscsi_fuzz::{TARGETS, Target, seeds};

static TARGET: LazyLock<&'static Target> = LazyLock::new(|| {
    let name = env::var("ISCSI_FUZZ_TARGET").unwrap_or_default();
    iscsi_fuzz::target(&name).unwrap_or_else(|| panic!("ISCSI_FUZZ_TARGET is `{name}`, no target"))
});

libfuzzer_sys::fuzz_target!(
    init: {
        if env::var_os("ISCSI_FUZZ_TARGET").is_none() {
            TARGETS.iter().for_each(|target| println!("{}", target.name));
            process::exit(0);
        }
        if let Some(folder) = env::var_os("ISCSI_FUZZ_SEEDS") {
            seeds::write(&TARGET, Path::new(&folder)).expect("the seeds can be written");
        }
    },
    |input: &[u8]| (TARGET.run)(input)
);
