use std::fs::File;
use std::io::{BufRead as _, BufReader};

use crate::host::Roots;
use crate::kernel::tracefs;

/// Whether ftrace has a site at a function, without which kprobes refuse it; none where that list cannot be read.
/// It is long, so this is asked only to explain a refusal.
#[must_use]
pub fn is_traceable(roots: &Roots, function: &str) -> Option<bool> {
    let file = File::open(tracefs::folder(roots)?.join("available_filter_functions")).ok()?;
    for line in BufReader::new(file).lines() {
        // `name`, or `name [module]`.
        if line.ok()?.split_ascii_whitespace().next() == Some(function) {
            return Some(true);
        }
    }
    Some(false)
}
