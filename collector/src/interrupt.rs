//! The wish to end: Ctrl-C, `kill`, a terminal that closes.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    flag,
};

/// Whether SIGINT, SIGTERM or SIGHUP came; from its making on the first one does not end the process.
#[derive(Clone, Debug)]
pub struct Interrupt(Arc<AtomicBool>);

/// What a second signal does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Second {
    /// It ends the process: nothing outside it has to be put in order.
    Ends,
    /// Nothing: what is on loan must be given back first.
    Waits,
}

impl Interrupt {
    /// Begins to watch.
    ///
    /// # Errors
    /// If a handler cannot be installed.
    pub fn watch(second: Second) -> io::Result<Self> {
        let came = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            if second == Second::Ends {
                // Before the flag's: the first signal finds it not set yet.
                flag::register_conditional_default(signal, Arc::clone(&came))?;
            }
            flag::register(signal, Arc::clone(&came))?;
        }
        Ok(Self(came))
    }

    /// Whether one came.
    pub fn came(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
