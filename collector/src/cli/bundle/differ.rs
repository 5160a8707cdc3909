//! `iscsi-trace bundle diff`.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::Args;

use crate::bundle::diff;
use crate::cli::{Exit, Format, Look, bundled};
use crate::output::Plain;

/// Show what changed between two bundles: settings, negotiated values, versions, checks and findings.
///
/// Sessions are compared by target and portal, not by number; counters and times are left out.
#[derive(Debug, Args)]
pub struct Differ {
    /// The earlier bundle
    #[arg(value_name = "A")]
    before: PathBuf,
    /// The later bundle
    #[arg(value_name = "B")]
    after: PathBuf,
    /// How to print: text for people or JSON Lines, one object per difference
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

impl Differ {
    pub fn run(self) -> anyhow::Result<Exit> {
        let (before, after) = (bundled::open(&self.before)?, bundled::open(&self.after)?);
        let differences = diff(&before, &after);
        let mut out = BufWriter::new(io::stdout().lock());
        let look = Look::of_stdout();
        let mut subject = "";
        for difference in &differences {
            if self.output == Format::Json {
                serde_json::to_writer(&mut out, difference)?;
                writeln!(out)?;
                continue;
            }
            if difference.subject != subject {
                subject = difference.subject;
                writeln!(out, "{}", look.bold(subject))?;
            }
            let shown = |value: &Option<String>| {
                value
                    .as_ref()
                    .map_or_else(|| "(absent)".to_owned(), |value| Plain(value).to_string())
            };
            let (before, after) = (shown(&difference.before), shown(&difference.after));
            writeln!(out, "  {}: {before} -> {after}", Plain(&difference.what))?;
        }
        out.flush()?;
        if differences.is_empty() {
            eprintln!("iscsi-trace: no differences but counters and times");
        }
        Ok(Exit::Done)
    }
}
