//! `cargo xtask lab list`: the scenarios, each with what it is about.

use super::scenario;

/// List the scenarios and the connection errors each must cause
#[derive(Debug, clap::Args)]
pub struct List {}

impl List {
    pub fn run(self) -> anyhow::Result<()> {
        for scenario in scenario::all()? {
            let errors: Vec<String> = scenario.expect.errors.iter().map(u32::to_string).collect();
            println!("{:24} {:10} {}", scenario.name, errors.join(" "), scenario.about);
        }
        Ok(())
    }
}
