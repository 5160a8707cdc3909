use std::{fmt, io};

/// Why reading a capture stopped. Everything before the position named has been delivered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaptureError {
    /// There was not one byte to read.
    #[error("the capture is empty (0 bytes): nothing was ever written to it")]
    Empty,
    /// The first bytes belong to no format that is read here.
    #[error(
        "not a capture: {inside}starts with {start}{guess}; iscsi-trace reads pcap and pcapng, also gzip or zstd"
    )]
    NotACapture {
        /// "the content of the gzip file " when the bytes were found under a compression, else empty.
        inside: &'static str,
        /// The first bytes, as hex and as text.
        start: String,
        /// What the bytes look like and what to do then; empty when nothing is known.
        guess: String,
    },
    /// The file ends inside a packet or block.
    #[error(
        "the file ends in the middle of {part}{at}: the capture was cut off, e.g. tcpdump was killed or the disk was full"
    )]
    Truncated {
        /// What was being read.
        part: Part,
        /// Where it begins.
        at: Position,
    },
    /// The file holds something that no capture program writes.
    #[error(
        "the capture is damaged at {at}: {damage}; what follows cannot be read, restore the file from its source or capture again"
    )]
    Damaged {
        /// What is wrong.
        damage: Damage,
        /// Where.
        at: Position,
    },
    /// The compressed data around the capture ends early or does not decompress.
    #[error("{compression} {fault} (compressed byte {consumed}), reading {at}")]
    Compressed {
        /// Which compression.
        compression: Compression,
        /// What is wrong with it.
        fault: CompressionFault,
        /// Compressed bytes read when it was noticed; the damage lies before.
        consumed: u64,
        /// The packet that could not be completed.
        at: Position,
    },
    /// The operating system refused to read on.
    #[error("cannot read on after {at}: {source}")]
    Io {
        /// How far reading came.
        at: Position,
        /// The operating system's reason.
        source: io::Error,
    },
}

/// A place in a capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Number of the packet that was expected there, from 1.
    pub packet: u64,
    /// Offset in bytes from the start of the capture, after decompression.
    pub offset: u64,
    /// The compression around the capture; `offset` is then not an offset in the file.
    pub within: Option<Compression>,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "packet {} (byte {}", self.packet, self.offset)?;
        match self.within {
            Some(compression) => write!(f, " of the decompressed {compression} content)"),
            None => f.write_str(")"),
        }
    }
}

/// What of a file was being read when it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The header every file begins with.
    FileHeader,
    /// A packet with its record header.
    Packet,
    /// A pcapng block that holds no packet; its type.
    Block(u32),
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FileHeader => f.write_str("the file header, before "),
            Self::Packet => Ok(()),
            Self::Block(kind) => write!(f, "a pcapng block of type {kind:#x}, before "),
        }
    }
}

/// What makes a record or block impossible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Damage {
    /// A record longer than any capture program writes.
    #[error("its header claims {length} bytes, the most a packet of this file can have is {limit}")]
    RecordTooLong {
        /// Captured bytes claimed by the header.
        length: u64,
        /// Most bytes a record of this file may have.
        limit: u32,
    },
    /// A record header of zeros: written by nobody, left by a crash or a lost disk block.
    #[error("its header is all zeros, as after a crash or on a lost disk block")]
    ZeroHeader,
    /// pcap of another major version than 2.
    #[error("its file header says pcap version {major}.{minor}, only 2.x exists")]
    Version {
        /// Major version.
        major: u16,
        /// Minor version.
        minor: u16,
    },
    /// A pcapng block whose total length cannot be.
    #[error(
        "a block of type {kind:#x} claims {length} bytes, possible are multiples of 4 from 12 to {limit}"
    )]
    BlockLength {
        /// Block type.
        kind: u32,
        /// Total length claimed, bytes.
        length: u64,
        /// Longest block accepted, bytes.
        limit: u32,
    },
    /// The two copies of a pcapng block's total length differ.
    #[error("a block of type {kind:#x} says it is {first} bytes long, at its end it says {second}")]
    BlockTrailer {
        /// Block type.
        kind: u32,
        /// Total length at the start, bytes.
        first: u32,
        /// Total length at the end, bytes.
        second: u32,
    },
    /// A pcapng block too short for its own fields, or for the packet it announces.
    #[error("a block of type {kind:#x} is too short for what it announces")]
    BlockContent {
        /// Block type.
        kind: u32,
    },
    /// A section header without a known byte-order magic.
    #[error("a section header has the unknown byte-order magic {magic:#010x}")]
    ByteOrder {
        /// The magic, read as little-endian.
        magic: u32,
    },
    /// A packet of an interface that was not described.
    #[error("it names interface {interface}, the section describes {described}")]
    Interface {
        /// Interface named by the packet, from 0.
        interface: u32,
        /// Interfaces described so far in this section.
        described: usize,
    },
}

/// A compression around a capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// gzip, RFC 1952.
    Gzip,
    /// Zstandard, RFC 8878.
    Zstd,
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        })
    }
}

/// What is wrong with compressed data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CompressionFault {
    /// It ends early.
    #[error("data ends early: the file was cut off, or its writer still runs or was killed")]
    Cut,
    /// It does not decompress.
    #[error("data is damaged and does not decompress further")]
    Corrupt,
    /// It decompresses to something else than what was compressed.
    #[error("checksum is wrong: the data just before is damaged")]
    Checksum,
    /// Something else follows it.
    #[error("data is followed by bytes that are not {0}")]
    Trailing(Compression),
    /// A zstd frame that needs a dictionary.
    #[error("data needs a dictionary: decompress it with `zstd -dc -D DICTIONARY` and pipe it in")]
    Dictionary,
    /// A zstd frame that needs more memory than is allowed.
    #[error(
        "data needs a window over 128 MiB: decompress it with `zstd -dc --long=31` and pipe it in"
    )]
    Window,
}
