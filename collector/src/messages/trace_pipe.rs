use std::{
    fs::{File, OpenOptions},
    io::{self, ErrorKind, Read},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use rustix::fs::OFlags;

use super::{
    Line,
    trace_line::{Traced, parse},
};

/// Most chunks taken at once.
const CHUNKS: usize = 64;

/// The events of a trace instance, as text; reading takes them out of its buffer.
#[derive(Debug)]
pub(super) struct TracePipe {
    file: File,
    /// A line whose end has not come yet.
    pending: Vec<u8>,
    lost: u64,
}

impl TracePipe {
    /// Opens an instance's events.
    ///
    /// # Errors
    /// If they cannot be opened.
    pub(super) fn open(instance: &Path) -> io::Result<Self> {
        let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
        let file =
            OpenOptions::new().read(true).custom_flags(flags).open(instance.join("trace_pipe"))?;
        Ok(Self { file, pending: Vec::new(), lost: 0 })
    }

    /// Hands on what came since the last call; whether that was all there is.
    ///
    /// # Errors
    /// If they cannot be read on.
    pub(super) fn read(&mut self, take: &mut impl FnMut(Line)) -> io::Result<bool> {
        let mut chunk = [0; 64 * 1024];
        // A function tracer may write faster than we read; the others must have their turn.
        for _ in 0..CHUNKS {
            match self.file.read(&mut chunk) {
                Ok(0) => return Ok(true),
                Ok(length) => self.take(chunk.get(..length).unwrap_or_default(), take),
                Err(error) => match error.kind() {
                    ErrorKind::WouldBlock => return Ok(true),
                    ErrorKind::Interrupted => {}
                    _ => return Err(error),
                },
            }
        }
        Ok(false)
    }

    /// Events overwritten before they could be read.
    pub(super) fn lost(&self) -> u64 {
        self.lost
    }

    fn take(&mut self, bytes: &[u8], take: &mut impl FnMut(Line)) {
        self.pending.extend_from_slice(bytes);
        let Some(end) = self.pending.iter().rposition(|&byte| byte == b'\n') else { return };
        let rest = self.pending.split_off(end + 1);
        for line in self.pending.split(|&byte| byte == b'\n') {
            match parse(&String::from_utf8_lossy(line)) {
                Traced::Event(line) => take(line),
                Traced::Lost(count) => self.lost += count,
                Traced::Rest => {}
            }
        }
        self.pending = rest;
    }
}
