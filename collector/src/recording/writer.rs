use std::io::{self, Write};

use iscsi_decoders::stream;

use super::block;
use super::entry::Entry;
use super::packet::Packets;
use super::segment;
use crate::source::Event;

/// Writes a recording.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    packets: Packets,
    /// The block under construction; kept for reuse.
    buffer: Vec<u8>,
    entry: Vec<u8>,
    /// Whether the interface of segments was announced.
    has_segments: bool,
}

impl<W: Write> Writer<W> {
    /// Begins a recording. `out` should be buffered: it is written to for every event.
    ///
    /// # Errors
    /// When `out` does not take it.
    pub fn new(mut out: W) -> io::Result<Self> {
        let mut buffer = Vec::new();
        block::head(concat!("iscsi-trace ", env!("CARGO_PKG_VERSION")), &mut buffer);
        out.write_all(&buffer)?;
        Ok(Self {
            out,
            packets: Packets::default(),
            buffer,
            entry: Vec::new(),
            has_segments: false,
        })
    }

    /// Adds an event. Messages of name services are not recorded: no live source has them.
    ///
    /// # Errors
    /// When `out` does not take it.
    pub fn event(&mut self, event: &Event<'_>) -> io::Result<()> {
        self.buffer.clear();
        match event {
            Event::Stream(stream::Event::Pdu(pdu)) => self.packets.write(pdu, &mut self.buffer),
            Event::Stream(event) => match Entry::of_stream(event) {
                Some(entry) => self.entry(&entry)?,
                None => return Ok(()),
            },
            Event::Kernel(event) => self.entry(&Entry::of_kernel(event))?,
            Event::Segment { stamp, ends, direction, segment } => {
                if !std::mem::replace(&mut self.has_segments, true) {
                    block::interface(segment::LINK_TYPE, b"tcp", &mut self.buffer);
                }
                segment::write(segment, (*ends, *direction), *stamp, &mut self.buffer);
            }
            Event::Isns { .. } | Event::Dhcp { .. } => return Ok(()),
        }
        self.out.write_all(&self.buffer)
    }

    fn entry(&mut self, entry: &Entry<'_>) -> io::Result<()> {
        self.entry.clear();
        entry.write(&mut self.entry)?;
        block::journal(&self.entry, &mut self.buffer);
        Ok(())
    }

    /// What the recording is written to.
    pub fn get_ref(&self) -> &W {
        &self.out
    }

    /// What the recording was written to.
    pub fn into_inner(self) -> W {
        self.out
    }

    /// Hands on what is buffered.
    ///
    /// # Errors
    /// When `out` does not take it.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
