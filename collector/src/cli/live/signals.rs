//! The wish to end: Ctrl-C, `kill`, a terminal that closes.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;

pub(super) struct Signals(Arc<AtomicBool>);

impl Signals {
    /// From here on these signals do not end the process but set a flag; the second one does end it.
    pub fn catch() -> io::Result<Self> {
        let wish = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            // In this order: the first signal finds the flag not set yet.
            flag::register_conditional_default(signal, Arc::clone(&wish))?;
            flag::register(signal, Arc::clone(&wish))?;
        }
        Ok(Self(wish))
    }

    /// Whether one came.
    pub fn came(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
