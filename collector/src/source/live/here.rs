//! The machine we run on, asked through the running trace.

use iscsi_decoders::Timestamp;
use iscsi_decoders::pdu::Bhs;

use super::{Clock, Live};
use crate::event::connection::Flown;
use crate::source::probes::Machine;

pub struct Here<'l> {
    pub live: &'l Live,
    pub clock: Clock,
}

impl Machine for Here<'_> {
    fn time(&self, boottime: u64) -> Timestamp {
        self.clock.wall(boottime)
    }

    fn function(&self, address: u64) -> Option<String> {
        let symbol = self.live.symbol(address)?;
        Some(match symbol.module {
            Some(module) => format!("{} [{module}]", symbol.name),
            None => symbol.name,
        })
    }

    fn flight(&self, connection: u64) -> Vec<Flown> {
        let slots = self.live.flight(connection);
        let flown = slots.iter().map(|slot| Flown {
            time: self.time(slot.time),
            sent: slot.sent != 0,
            header: Bhs(slot.bhs),
            data_length: slot.data_length,
        });
        flown.collect()
    }
}

/// The same machine when the trace has ended: only the clock goes on.
pub struct Gone {
    pub clock: Clock,
}

impl Machine for Gone {
    fn time(&self, boottime: u64) -> Timestamp {
        self.clock.wall(boottime)
    }

    fn function(&self, _: u64) -> Option<String> {
        None
    }

    fn flight(&self, _: u64) -> Vec<Flown> {
        Vec::new()
    }
}
