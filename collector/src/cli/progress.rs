//! A progress bar on stderr, for large files and only where someone watches.

use std::io::{self, IsTerminal};

use indicatif::{ProgressBar, ProgressStyle};

/// Smaller files are read before a bar could be looked at.
const WORTH_SHOWING: u64 = 64 << 20;

/// How far reading has come.
pub struct Progress(Option<ProgressBar>);

impl Progress {
    /// For a file of `size` bytes; without a size, or without a terminal, nothing is shown.
    pub fn new(size: Option<u64>) -> Self {
        let watched = io::stderr().is_terminal() && !io::stdout().is_terminal();
        let shown = size.filter(|&size| watched && size >= WORTH_SHOWING);
        Self(shown.map(|size| {
            let template = "{bar:40} {bytes}/{total_bytes} {bytes_per_sec} {eta}";
            let style = ProgressStyle::with_template(template);
            ProgressBar::new(size)
                .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        }))
    }

    /// This many bytes are read.
    pub fn at(&self, bytes: u64) {
        if let Some(bar) = &self.0 {
            bar.set_position(bytes);
        }
    }

    /// Makes room for what is printed next.
    pub fn clear(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
