//! `iscsi-trace doctor`.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::{Exit, Failure, Format, Look, bundled};
use crate::bundle::DOCTOR as MEMBERS;
use crate::doctor::{can_run_live, examine};
use crate::host::Roots;
use crate::output::{Plain, doctor};

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
    /// Show what doctor said on the machine a bug-report bundle was made on
    #[arg(long, value_name = "FILE", conflicts_with = "root")]
    bundle: Option<PathBuf>,
}

impl Doctor {
    pub fn run(self) -> anyhow::Result<Exit> {
        if let Some(path) = &self.bundle {
            return self.recall(path);
        }
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

    /// Prints what was found when a bundle was made: what live tracing needs cannot be looked at from here.
    fn recall(&self, path: &Path) -> anyhow::Result<Exit> {
        let bundle = bundled::open(path)?;
        let (Some(text), Some(lines)) = (bundle.text(MEMBERS.0), bundle.text(MEMBERS.1)) else {
            return Err(Failure::damaged(format!(
                "{} has no findings of doctor; its MANIFEST.json says why",
                path.display()
            ))
            .into());
        };
        let checks: Vec<(&str, serde_json::Value)> = lines
            .lines()
            .filter_map(|line| Some((line, serde_json::from_str(line).ok()?)))
            .collect();
        let mut out = BufWriter::new(io::stdout().lock());
        match self.output {
            Format::Json => checks.iter().try_for_each(|(line, _)| writeln!(out, "{line}"))?,
            // It may come from anybody.
            Format::Text => text.lines().try_for_each(|line| writeln!(out, "{}", Plain(line)))?,
        }
        out.flush()?;
        Ok(match checks.iter().any(|(_, check)| check["status"] == "blocked") {
            true => Exit::Denied,
            false => Exit::Done,
        })
    }
}
