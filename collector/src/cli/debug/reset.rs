use clap::Args;

use super::{super::Exit, command_line, loan_failure, text};
use crate::{
    host::Roots,
    knobs::{Purpose, reset},
};

/// Give back what `debug set`, or a run that was killed, has changed.
///
/// A value that somebody else changed meanwhile is left alone, and said.
#[derive(Debug, Args)]
pub struct Reset {}

impl Reset {
    pub fn run(self, roots: &Roots) -> anyhow::Result<Exit> {
        let purpose = Purpose { command: command_line(), lasting: false };
        match reset(roots, &purpose).map_err(|error| loan_failure(&error))? {
            Some(reset) => text::earlier(&reset),
            None => eprintln!("iscsi-trace: nothing to give back: no knob is changed"),
        }
        Ok(Exit::Done)
    }
}
