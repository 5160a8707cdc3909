use super::Exit;

/// Explain.
#[derive(Debug, clap::Args)]
pub struct Explain {}

impl Explain {
    pub fn run(self) -> anyhow::Result<Exit> {
        Ok(Exit::Done)
    }
}
