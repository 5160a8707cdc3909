//! `iscsi-trace sessions`.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

use super::{Exit, Format, Look, bundled};
use crate::bundle::Machine;
use crate::host::Roots;
use crate::host::session::{Detail, survey};
use crate::output::sessions;

/// Show the initiator's sessions: states, sockets, timeouts, settings next to iscsid's record, disks and their users.
///
/// A line that begins with `!` is a problem. Reading needs no privileges, except iscsid's records, which hold
/// secrets, and the kernel log, which tells how long a lost connection has been lost. CHAP names and secrets are
/// never read.
#[derive(Debug, Args)]
pub struct Sessions {
    /// How much to show: 0 a line per session, 1 states and sockets, 2 settings, 3 disks and who uses them
    /// [default: 0, in JSON 3]
    #[arg(short = 'P', long = "print", value_name = "LEVEL", value_parser = clap::value_parser!(u8).range(0..=3))]
    level: Option<u8>,
    /// How to print: text for people or JSON Lines, one object per session
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
    /// Read a copy of a machine's folders (sys, proc, etc, var, dev) instead of this machine's
    #[arg(long, value_name = "DIR", default_value = "/")]
    root: PathBuf,
    /// Where sysfs is [default: sys under the root]
    #[arg(long, value_name = "DIR")]
    sysfs_root: Option<PathBuf>,
    /// Show the sessions of a bug-report bundle instead of this machine's
    #[arg(long, value_name = "FILE", conflicts_with_all = ["root", "sysfs_root"])]
    bundle: Option<PathBuf>,
}

impl Sessions {
    pub fn run(self) -> anyhow::Result<Exit> {
        let machine = self
            .bundle
            .as_deref()
            .map(|path| bundled::open(path)?.machine().map_err(anyhow::Error::from));
        let machine = machine.transpose()?;
        let mut roots = machine.as_ref().map_or_else(|| Roots::under(&self.root), Machine::roots);
        if let Some(sysfs) = self.sysfs_root {
            roots = roots.with_sysfs(sysfs);
        }
        let detail = detail(self.level, self.output);
        let survey = survey(&roots, detail).with_context(|| {
            format!("cannot read {}", roots.sysfs("class/iscsi_session").display())
        })?;
        let mut out = BufWriter::new(io::stdout().lock());
        match self.output {
            Format::Json => sessions::json(&mut out, &survey.sessions)?,
            Format::Text => sessions::text(&mut out, Look::of_stdout(), &survey.sessions, detail)?,
        }
        out.flush()?;
        if survey.sessions.is_empty() {
            eprintln!(
                "iscsi-trace: no sessions; `iscsiadm -m node` lists targets, `iscsiadm -m node --login` logs in"
            );
        }
        for note in survey.notes.iter() {
            eprintln!("iscsi-trace: {note}");
        }
        Ok(Exit::Done)
    }
}

/// Programs take what they need, so they get everything unless they ask for less.
fn detail(level: Option<u8>, output: Format) -> Detail {
    match (level, output) {
        (Some(0), _) | (None, Format::Text) => Detail::Line,
        (Some(1), _) => Detail::State,
        (Some(2), _) => Detail::Settings,
        (Some(_), _) | (None, Format::Json) => Detail::Devices,
    }
}
