//! `iscsi-trace doctor`.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::Args;

use super::{Exit, Format, Look};
use crate::doctor::{can_run_live, examine};
use crate::host::Roots;
use crate::output::doctor;

/// Check what works on this machine and what does not, by name, and settings that are known to hurt.
///
/// Every check is ok, ? (cannot be seen), limited (a feature is missing), advice, danger (a setting or state that
/// loses data or hangs when something else fails) or blocked (live tracing cannot run). Run it as root for the
/// whole picture. Ends with 0 if live tracing can run, with 4 if not, whatever the settings are.
#[derive(Debug, Args)]
pub struct Doctor {
    /// How to print: text for people or JSON Lines, one object per check
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
    /// Examine a copy of a machine's folders (sys, proc, etc, boot, ...) instead of this machine's
    #[arg(long, value_name = "DIR", default_value = "/")]
    root: PathBuf,
}

impl Doctor {
    pub fn run(self) -> anyhow::Result<Exit> {
        let groups = examine(&Roots::under(&self.root));
        let mut out = BufWriter::new(io::stdout().lock());
        match self.output {
            Format::Json => doctor::json(&mut out, &groups)?,
            Format::Text => doctor::text(&mut out, Look::of_stdout(), &groups)?,
        }
        out.flush()?;
        if can_run_live(&groups) {
            return Ok(Exit::Done);
        }
        eprintln!(
            "iscsi-trace: live tracing cannot run here; the checks marked blocked say why and what to do"
        );
        Ok(Exit::Denied)
    }
}
