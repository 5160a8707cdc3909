//! `cargo xtask test`: everything a change must pass, from a clean clone, on a fresh machine.

use std::process::Command;

use crate::{fuzz, repo, run, setup};

/// Everything a change must pass: format, lints, documentation, the demo, a little fuzzing, all tests
#[derive(Debug, clap::Args)]
pub struct Test {}

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
        run::step("demo", &mut cargo(&["xtask", "demo"]))?;
        fuzz::short()?;
        // Last, so that the runner's own count of what passed is the last thing said.
        run::step("tests", &mut cargo(&["test", "--workspace", "--locked", "--no-fail-fast"]))
    }
}

fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.args(arguments).current_dir(repo::root());
    command
}
