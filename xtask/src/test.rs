//! `cargo xtask test`: everything a change must pass, from a clean clone, on a fresh machine.

use std::process::Command;

use crate::{fuzz, lab, repo, run, setup};

/// Everything a change must pass: format, lints, documentation, the probes' object, the demo, a little fuzzing, scenarios in the lab, all tests
#[derive(Debug, clap::Args)]
pub struct Test {}

/// One of each kind, so that a change has its answer in minutes; `cargo xtask lab matrix` runs them all.
const SCENARIOS: &[&str] = &[
    "bundle",
    "capabilities",
    "chap-mutual",
    "chap-wrong-secret",
    "clean",
    "closed-pipe",
    "connection-reset",
    "data-digest",
    "debug-restore",
    "debug-secrets",
    "debug-table",
    "digests",
    "full-disk",
    "iscsid-gone",
    "lun-reset",
    "packets-dropped",
    "recovery",
    "redirect",
    "sessions",
    "top",
    "tracer-killed",
    "unknown-target",
    "why-live",
];

impl Test {
    pub fn run(self) -> anyhow::Result<()> {
        setup::install(setup::TEST)?;
        setup::install(setup::DEMO)?;
        run::step("format", &mut cargo(&["fmt", "--all", "--check"]))?;
        run::step(
            "lints",
            &mut cargo(&[
                "clippy",
                "--workspace",
                "--all-targets",
                "--locked",
                "--",
                "-D",
                "warnings",
            ]),
        )?;
        run::step(
            "documentation",
            cargo(&["doc", "--workspace", "--no-deps", "--locked"])
                .env("RUSTDOCFLAGS", "-D warnings"),
        )?;
        run::step("the probes' object", &mut cargo(&["xtask", "bpf", "--check"]))?;
        run::step("demo", &mut cargo(&["xtask", "demo"]))?;
        fuzz::short()?;
        let mut scenarios = cargo(&["xtask", "lab", "run"]);
        scenarios.args(SCENARIOS);
        for kernel in [lab::kernel::ALL.first(), lab::kernel::ALL.last()].into_iter().flatten() {
            scenarios.args(["--kernel", kernel.name]);
        }
        run::step("scenarios on the oldest and the newest kernel", &mut scenarios)?;
        // Last, so that the runner's own count of what passed is the last thing said.
        run::step("tests", &mut cargo(&["test", "--workspace", "--locked", "--no-fail-fast"]))
    }
}

fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.args(arguments).current_dir(repo::root());
    command
}
