use super::Exit;

/// Annotate.
#[derive(Debug, clap::Args)]
pub struct Annotate {}

impl Annotate {
    pub fn run(self) -> anyhow::Result<Exit> {
        Ok(Exit::Done)
    }
}
