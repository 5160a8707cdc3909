use super::Exit;

/// Decode.
#[derive(Debug, clap::Args)]
pub struct Decode {}

impl Decode {
    pub fn run(self) -> anyhow::Result<Exit> {
        Ok(Exit::Done)
    }
}
