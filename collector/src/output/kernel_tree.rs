//! What `-v` adds to a kernel event: who called, and what happened on the connection before.

use std::io::{self, Write};

use iscsi_decoders::pdu::RESERVED_TAG;
use iscsi_decoders::scsi::Cdb;

use super::Plain;
use super::time::Clock;
use crate::event::connection::Flown;
use crate::event::{KernelEvent, What};

/// Of the flight recorder people see this much; JSON and recordings have all of it.
const FLIGHT_SHOWN: usize = 16;

pub(super) fn write(event: &KernelEvent, out: &mut dyn Write) -> io::Result<()> {
    let What::ConnectionError(error) = &event.what else { return Ok(()) };
    for (position, function) in error.stack.iter().enumerate() {
        let label = if position == 0 { "stack" } else { "" };
        writeln!(out, "    {label:<33} {}", Plain(function))?;
    }
    let earlier = error.flight.len().saturating_sub(FLIGHT_SHOWN);
    if !error.flight.is_empty() {
        writeln!(out, "    what came before on this connection")?;
    }
    if earlier > 0 {
        writeln!(out, "      ... {earlier} earlier PDUs")?;
    }
    error.flight.iter().skip(earlier).try_for_each(|flown| header(flown, out))
}

fn header(flown: &Flown, out: &mut dyn Write) -> io::Result<()> {
    let Flown { time, sent, header, data_length } = flown;
    let arrow = if *sent { '→' } else { '←' };
    write!(out, "      {} {arrow} {:<15}", Clock(*time), header.opcode())?;
    if header.initiator_task_tag() != RESERVED_TAG {
        write!(out, " itt=0x{:x}", header.initiator_task_tag())?;
    }
    if let Some(cdb) = header.cdb()
        && let Some(name) = Cdb::new(cdb, None).name()
    {
        write!(out, " {name}")?;
    }
    if let Some(status) = header.status().filter(|&status| status != 0) {
        write!(out, " status 0x{status:02x}")?;
    }
    if *data_length > 0 {
        write!(out, " len={data_length}")?;
    }
    writeln!(out)
}
