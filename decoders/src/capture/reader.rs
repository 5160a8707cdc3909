use super::error::{CaptureError, Compression, Damage, Part, Position};
use super::input::{Input, InputError};
use super::pcap::{self, Pcap};
use super::pcapng::Pcapng;
use super::sniff::{self, Kind};
use super::window::Window;
use super::{Item, Journal, Options, Packet};
use crate::Timestamp;
use std::io::Read;
use std::ops::Range;

/// Size of the buffer packets are read into, bytes. It grows for larger packets only.
const BUFFER: usize = 1 << 20;

/// Reads packets from a pcap or pcapng stream, plain or compressed with gzip or zstd.
///
/// Works on streams that cannot seek. Does its own buffering: hand in the plain file or stdin.
#[derive(Debug)]
pub struct Reader<R> {
    input: Input<R>,
    window: Window,
    format: Format,
    /// Number of the last packet, as Wireshark counts.
    number: u64,
    finished: bool,
}

#[derive(Debug)]
enum Format {
    Pcap(Pcap),
    Pcapng(Pcapng),
}

/// What stands at the front of the window.
#[derive(Debug)]
pub(super) enum Step {
    /// A packet.
    Packet(Record),
    /// Something without a frame number, to be skipped.
    Skip { whole: usize },
    /// A record that is no packet and has a frame number: custom blocks and their like.
    Foreign { whole: usize },
    /// A journal entry, which has one as well.
    Journal { start: usize, whole: usize },
    /// At least so many more bytes are needed to tell.
    More(usize),
}

/// Where a packet lies, counted from the front of the window, and what is known of it.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) time: Timestamp,
    pub(super) link_type: u32,
    pub(super) start: usize,
    pub(super) length: usize,
    pub(super) wire_len: u32,
    /// Where its options lie, and their byte order.
    pub(super) options: Range<usize>,
    pub(super) big_endian: bool,
    /// Length with headers, padding and options.
    pub(super) whole: usize,
}

/// What has a frame number of its own.
#[derive(Debug)]
enum Found {
    Packet(Record),
    Journal { start: usize, whole: usize },
}

impl<R: Read> Reader<R> {
    /// Recognises the format by the first bytes of `inner`.
    ///
    /// # Errors
    /// When there is nothing to read, the format is unknown, or the file header is damaged.
    pub fn new(inner: R) -> Result<Self, CaptureError> {
        let start = Position { packet: 1, offset: 0, within: None };
        let input = Input::open(inner).map_err(|source| CaptureError::Io { at: start, source })?;
        let mut reader = Self {
            input,
            window: Window::with_capacity(BUFFER),
            format: Format::Pcapng(Pcapng::default()),
            number: 0,
            finished: false,
        };
        reader.open()?;
        Ok(reader)
    }

    /// The next packet, `None` at the end of the capture and ever after an error. Journal entries are passed over.
    ///
    /// # Errors
    /// When the file is cut off, damaged, or cannot be read; all packets before have been returned.
    #[inline]
    pub fn next_packet(&mut self) -> Result<Option<Packet<'_>>, CaptureError> {
        loop {
            match self.next_found()? {
                None => return Ok(None),
                Some(Found::Packet(record)) => return Ok(Some(self.packet(record))),
                Some(Found::Journal { start, whole }) => {
                    self.journal(start, whole);
                }
            }
        }
    }

    /// The next packet or journal entry, `None` at the end of the capture and ever after an error.
    ///
    /// # Errors
    /// As [`Self::next_packet`].
    #[inline]
    pub fn next_item(&mut self) -> Result<Option<Item<'_>>, CaptureError> {
        Ok(match self.next_found()? {
            None => None,
            Some(Found::Packet(record)) => Some(Item::Packet(self.packet(record))),
            Some(Found::Journal { start, whole }) => {
                Some(Item::Journal(self.journal(start, whole)))
            }
        })
    }

    #[inline]
    fn packet(&mut self, record: Record) -> Packet<'_> {
        self.number += 1;
        let bytes = self.window.take(record.whole);
        let data = bytes.get(record.start..).and_then(|bytes| bytes.get(..record.length));
        let options = bytes.get(record.options).unwrap_or_default();
        Packet {
            number: self.number,
            time: record.time,
            link_type: record.link_type,
            data: data.unwrap_or_default(),
            wire_len: record.wire_len,
            options: Options { bytes: options, big_endian: record.big_endian },
        }
    }

    fn journal(&mut self, start: usize, whole: usize) -> Journal<'_> {
        /// The total length is repeated behind the body.
        const TRAILER: usize = 4;
        self.number += 1;
        let bytes = self.window.take(whole);
        let body = bytes.get(start..whole.saturating_sub(TRAILER)).unwrap_or_default();
        let end = body.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
        Journal { number: self.number, entry: body.get(..end).unwrap_or_default() }
    }

    /// Bytes of the file read so far, still compressed where it is compressed.
    pub fn bytes_read(&self) -> u64 {
        self.input.bytes_read()
    }

    /// The compression around the capture.
    pub fn compression(&self) -> Option<Compression> {
        self.input.compression()
    }

    /// Reads the file header of a pcap; a pcapng has its header in its first block.
    fn open(&mut self) -> Result<(), CaptureError> {
        while self.window.data().len() < sniff::ENOUGH && self.fill(1)? {}
        match sniff::identify(self.window.data()) {
            Kind::Pcapng => return Ok(()),
            Kind::Pcap => {}
            Kind::Gzip | Kind::Zstd | Kind::Other => return Err(self.not_a_capture()),
        }
        while self.window.data().len() < pcap::FILE_HEADER {
            if !self.fill(1)? {
                return Err(CaptureError::Truncated {
                    part: Part::FileHeader,
                    at: self.position(),
                });
            }
        }
        match Pcap::open(self.window.data()) {
            Some(pcap) => self.format = Format::Pcap(pcap.map_err(|damage| self.damaged(damage))?),
            None => return Err(self.not_a_capture()),
        }
        self.window.take(pcap::FILE_HEADER);
        Ok(())
    }

    #[inline]
    fn next_found(&mut self) -> Result<Option<Found>, CaptureError> {
        if self.finished {
            return Ok(None);
        }
        let result = self.find_record();
        self.finished = !matches!(result, Ok(Some(_)));
        result
    }

    #[inline]
    fn find_record(&mut self) -> Result<Option<Found>, CaptureError> {
        loop {
            let data = self.window.data();
            let step = match &mut self.format {
                Format::Pcap(pcap) => pcap.step(data),
                Format::Pcapng(pcapng) => pcapng.step(data),
            };
            match step {
                Ok(Step::Packet(record)) => return Ok(Some(Found::Packet(record))),
                Ok(Step::Journal { start, whole }) => {
                    return Ok(Some(Found::Journal { start, whole }));
                }
                Ok(Step::More(missing)) => {
                    if !self.fill(missing)? {
                        return self.end();
                    }
                }
                Ok(Step::Skip { whole }) => {
                    self.window.take(whole);
                }
                Ok(Step::Foreign { whole }) => {
                    self.number += 1;
                    self.window.take(whole);
                }
                Err(damage) => return Err(self.damaged(damage)),
            }
        }
    }

    /// Reads on; `false` at the end of the file.
    #[cold]
    fn fill(&mut self, missing: usize) -> Result<bool, CaptureError> {
        match self.input.read(self.window.room(missing)) {
            Ok(0) => Ok(false),
            Ok(read) => {
                self.window.filled(read);
                Ok(true)
            }
            Err(InputError::Io(source)) => Err(CaptureError::Io { at: self.position(), source }),
            Err(InputError::Compression(compression, fault)) => Err(CaptureError::Compressed {
                compression,
                fault,
                consumed: self.bytes_read(),
                at: self.position(),
            }),
        }
    }

    /// The file ended: well, or in the middle of something.
    fn end(&self) -> Result<Option<Found>, CaptureError> {
        let rest = self.window.data();
        if rest.is_empty() {
            return Ok(None);
        }
        let part = match &self.format {
            Format::Pcap(_) => Part::Packet,
            Format::Pcapng(pcapng) => pcapng.part(rest),
        };
        Err(CaptureError::Truncated { part, at: self.position() })
    }

    fn position(&self) -> Position {
        Position {
            packet: self.number + 1,
            offset: self.window.offset(),
            within: self.input.compression(),
        }
    }

    fn damaged(&self, damage: Damage) -> CaptureError {
        CaptureError::Damaged { damage, at: self.position() }
    }

    fn not_a_capture(&self) -> CaptureError {
        let start = self.window.data();
        if start.is_empty() {
            return CaptureError::Empty;
        }
        let inside = match self.input.compression() {
            None => "",
            Some(Compression::Gzip) => "the content of the gzip file ",
            Some(Compression::Zstd) => "the content of the zstd file ",
        };
        CaptureError::NotACapture { inside, start: sniff::show(start), guess: sniff::guess(start) }
    }
}
