//! Making a bundle.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use super::ago::Ago;
use super::record;
use crate::bundle::{Made, Programs, Wish, default_name, make};
use crate::cli::span::Span;
use crate::cli::{Exit, Failure};
use crate::host::Roots;
use crate::interrupt::{Interrupt, Second};
use crate::source::live::now;

/// The longest a program may take.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, Args)]
pub struct Collect {
    /// The archive [default: iscsi-bundle-TIME.tar.zst here]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Also record what the kernel does for this long, as `iscsi-trace live -w` does (as root)
    #[arg(long, value_name = "TIME")]
    live: Option<Span>,
    /// How far logs go back: "1 hour ago", 90m, 2026-01-31T12:00:00Z [default: the kernel's whole log, iscsid's of a day]
    #[arg(long, value_name = "TIME")]
    since: Option<Ago>,
    /// Only this session (the number `iscsi-trace sessions` shows)
    #[arg(long, value_name = "N")]
    session: Option<u32>,
    /// Replace names, addresses, serial numbers and users by pseudonyms; the map is written beside the archive
    #[arg(long)]
    anonymise: bool,
    /// Take this capture or recording along, without user data and secrets
    #[arg(long = "capture", value_name = "FILE")]
    captures: Vec<PathBuf>,
    /// The most megabytes the archive may have; the least useful is left out first
    #[arg(long, value_name = "MB", default_value_t = 64, value_parser = clap::value_parser!(u64).range(1..=2048))]
    max_size: u64,
    /// Collect from a copy of a machine's folders (sys, proc, etc, var, dev) instead of this machine's
    #[arg(long, value_name = "DIR", default_value = "/")]
    root: PathBuf,
}

impl Collect {
    pub fn run(self) -> anyhow::Result<Exit> {
        let interrupt = Interrupt::watch(Second::Waits)?;
        let stop = Arc::new(move || interrupt.came());
        let roots = Roots::under(&self.root);
        let live = match self.live {
            Some(span) => Some(record::record(span.0, &*stop)?),
            None => None,
        };
        let now = now();
        let path = self.output.unwrap_or_else(|| PathBuf::from(default_name(now)));
        let wish = Wish {
            // A copy of another machine has another machine's programs.
            programs: if roots.is_machine() { Programs::of_machine() } else { Programs::none() },
            roots,
            now,
            since: self.since.map(|since| since.before(now)),
            session: self.session,
            captures: self.captures,
            live,
            anonymise: self.anonymise,
            max_bytes: self.max_size << 20,
            patience: PATIENCE,
            stop,
        };
        let mut steps = Steps::default();
        let made = make(wish, &path, &mut |step| steps.at(step));
        steps.clear();
        let made = made.map_err(|error| Failure::damaged(error.to_string()))?;
        tell(&made);
        // The only thing a script needs to know.
        writeln!(io::stdout(), "{}", path.display())?;
        Ok(Exit::Done)
    }
}

/// What a person should know about the bundle before sending it.
fn tell(made: &Made) {
    let manifest = &made.manifest;
    let kib = made.bytes.div_ceil(1024);
    eprintln!(
        "iscsi-trace: {} files, {kib} KiB; {} values hidden; REPORT.md inside is for the issue's text",
        manifest.items.len(),
        manifest.masked_values
    );
    if !manifest.as_root {
        eprintln!("iscsi-trace: not root: some things could not be read; sudo shows more");
    }
    if !manifest.missing.is_empty() {
        eprintln!(
            "iscsi-trace: {} notes about what is missing are in MANIFEST.json",
            manifest.missing.len()
        );
    }
    for dropped in &manifest.dropped {
        eprintln!("iscsi-trace: left out: {}: {}", dropped.what, dropped.why);
    }
    match &made.names {
        Some(names) => eprintln!(
            "iscsi-trace: keep {} for yourself: it says which name stands for what",
            names.display()
        ),
        None => eprintln!(
            "iscsi-trace: names and addresses of this site are in it; --anonymise gives pseudonyms"
        ),
    }
}

/// What is being done, on one line of a terminal.
#[derive(Default)]
struct Steps {
    shown: bool,
}

impl Steps {
    fn at(&mut self, step: &str) {
        if io::stderr().is_terminal() {
            eprint!("\r\x1b[Kiscsi-trace: {step}");
            self.shown = true;
        }
    }

    fn clear(&self) {
        if self.shown {
            eprint!("\r\x1b[K");
        }
    }
}
