//! What the probes say about themselves, through aya-log (`ebpf/probes/src/diagnose.rs` has the sentences).

use std::sync::{Arc, Mutex, PoisonError};

use aya::Ebpf;
use aya_log::EbpfLogger;
use log::{Log, Metadata, Record};

use super::StartError;
use super::error::chain;

/// Reads the buffer the probes write such sentences to.
pub struct Diagnostics {
    logger: EbpfLogger<Said>,
    said: Said,
}

impl Diagnostics {
    /// Takes the buffer from programs that were loaded or will be.
    pub fn of(programs: &mut Ebpf) -> Result<Self, StartError> {
        let said = Said::default();
        let logger = EbpfLogger::init_with_logger(programs, said.clone())
            .map_err(|error| StartError::Load(chain(&error)))?;
        Ok(Self { logger, said })
    }

    /// The sentences since the last time.
    pub fn take(&mut self) -> Vec<String> {
        // It panics at a record it did not write; there is none, only our own programs have the buffer.
        self.logger.flush();
        self.said.take()
    }
}

/// Where sentences wait, instead of the program's one log.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<String>>>);

impl Said {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Log for Said {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        said.push(format!("the probes say: {}", record.args()));
    }

    fn flush(&self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_is_taken_once() {
        let said = Said::default();
        said.log(&Record::builder().args(format_args!("session {}: odd", 7)).build());
        assert_eq!(said.take(), ["the probes say: session 7: odd"]);
        assert!(said.take().is_empty());
    }
}
