//! `why --timers`: what fires when, on this machine or on that of a bundle.

use std::io::{self, BufWriter, Write};

use anyhow::Context;

use super::Why;
use crate::cli::{Exit, Format, bundled};
use crate::host::Roots;
use crate::host::session::{Detail, survey};
use crate::why::timers::{self, Machine};

impl Why {
    pub(super) fn timers(&self) -> anyhow::Result<Exit> {
        // Gone with its folder when this returns.
        let unpacked =
            self.bundle.as_deref().map(|path| anyhow::Ok(bundled::open(path)?.machine()?));
        let unpacked = unpacked.transpose()?;
        let roots =
            unpacked.as_ref().map_or_else(|| Roots::under(&self.root), |folder| folder.roots());
        let survey = survey(&roots, Detail::Devices).with_context(|| {
            format!("cannot read {}", roots.sysfs("class/iscsi_session").display())
        })?;
        let machine = Machine::read(&roots);
        let mut out = BufWriter::new(io::stdout().lock());
        for (at, session) in survey.sessions.iter().enumerate() {
            let chain = timers::chain(session, &machine);
            match self.output {
                Format::Json => writeln!(out, "{}", serde_json::to_string(&chain)?)?,
                Format::Text => {
                    if at > 0 {
                        writeln!(out)?;
                    }
                    timers::write(&mut out, &chain)?;
                }
            }
        }
        out.flush()?;
        if survey.sessions.is_empty() {
            eprintln!("iscsi-trace: no sessions, so no timers; `iscsiadm -m node --login` logs in");
        }
        Ok(Exit::Done)
    }
}
