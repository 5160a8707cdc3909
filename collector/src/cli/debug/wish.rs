//! The options that say what is wanted, shared by `set` and `run`.

use clap::Args;

use crate::{
    category::{Categories, Selection},
    knobs::plan::Wish,
};

/// What to switch on.
#[derive(Debug, Args)]
pub struct Wanted {
    /// Categories to switch on, e.g. LOGIN_ERRS,PDUS or all,-TCP (iscsi-trace debug --help lists them)
    #[arg(short = 'd', value_name = "CATEGORIES", allow_hyphen_values = true, required = true)]
    categories: Selection,
    /// Only this driver; may be repeated
    #[arg(long = "driver", value_name = "DRIVER")]
    drivers: Vec<String>,
    /// Only the driver of this SCSI host, and of its per-host settings only this host's
    #[arg(long, value_name = "N")]
    host: Option<u32>,
    /// Let messages go to the kernel log, even where a tracepoint has the same text
    #[arg(long)]
    kernel_log: bool,
    /// Switch on also what may print CHAP names, challenges or passwords
    #[arg(long)]
    allow_secrets: bool,
    /// Print what would be written where, as shell commands, and change nothing
    #[arg(long)]
    pub dry_run: bool,
}

impl Wanted {
    /// The wish.
    pub fn wish(&self) -> Wish {
        Wish {
            categories: self.categories.over(Categories::DEFAULT),
            drivers: self.drivers.clone(),
            host: self.host,
            kernel_log: self.kernel_log,
            secrets: self.allow_secrets,
        }
    }
}
