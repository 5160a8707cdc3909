use std::{
    fs::File,
    io::{self, ErrorKind, Read, Seek, SeekFrom},
    path::Path,
};

use iscsi_decoders::log::Reader;

use super::Line;
use crate::host::kernel_log::{self, RECORD};

/// The kernel log from now on, as `/dev/kmsg` gives it: one record a read.
#[derive(Debug)]
pub struct Kmsg {
    file: File,
    reader: Reader,
    next: Option<u64>,
    lost: u64,
}

impl Kmsg {
    /// Begins behind what is in the log already.
    ///
    /// # Errors
    /// If the log may not be read.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut file = kernel_log::open(path)?;
        file.seek(SeekFrom::End(0))?;
        Ok(Self { file, reader: Reader::default(), next: None, lost: 0 })
    }

    /// Hands on what came since the last call.
    ///
    /// # Errors
    /// If the log cannot be read on.
    pub fn read(&mut self, take: &mut impl FnMut(Line)) -> io::Result<()> {
        let mut record = [0; RECORD];
        loop {
            match self.file.read(&mut record) {
                Ok(0) => return Ok(()),
                Ok(length) => {
                    if let Some(line) = self.line(record.get(..length).unwrap_or_default()) {
                        take(line);
                    }
                }
                Err(error) => match error.kind() {
                    ErrorKind::WouldBlock => return Ok(()),
                    // The record was overwritten; the next one's number tells how many.
                    ErrorKind::BrokenPipe | ErrorKind::Interrupted => {}
                    _ => return Err(error),
                },
            }
        }
    }

    /// Records overwritten before they could be read.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    fn line(&mut self, record: &[u8]) -> Option<Line> {
        // Fields of the record follow on lines of their own.
        let first = record.split(|&byte| byte == b'\n').next()?;
        let number = sequence(first)?;
        if let Some(next) = self.next {
            self.lost += number.saturating_sub(next);
        }
        self.next = Some(number + 1);
        let line = self.reader.line(first);
        Some(Line { time: line.times.boot?, event: None, text: line.message.trim().to_owned() })
    }
}

/// The second field of `6,1234,46318860,-;text`.
fn sequence(record: &[u8]) -> Option<u64> {
    let field = record.split(|&byte| byte == b',').nth(1)?;
    std::str::from_utf8(field).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knobs::tests::Folder;

    fn kmsg(folder: &Folder) -> Kmsg {
        Kmsg::open(&folder.file("/dev/kmsg", "")).unwrap()
    }

    #[test]
    fn a_record_is_its_first_line_and_its_time() {
        let mut kmsg = kmsg(&Folder::new());
        let record =
            b"6,10,46318860,-; connection1:0: detected conn error (1020)\n SUBSYSTEM=iscsi\n";
        let line = kmsg.line(record).unwrap();
        assert_eq!(line.time, 46_318_860_000);
        assert_eq!(line.text, "connection1:0: detected conn error (1020)");
    }

    #[test]
    fn overwritten_records_are_counted_by_their_numbers() {
        let mut kmsg = kmsg(&Folder::new());
        for record in [&b"6,10,1,-;a\n"[..], b"6,11,2,-;b\n", b"6,15,3,-;c\n"] {
            kmsg.line(record).unwrap();
        }
        assert_eq!(kmsg.lost(), 3);
    }
}
