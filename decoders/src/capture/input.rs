use super::error::{Compression, CompressionFault};
use super::gzip::Gzip;
use super::sniff::{self, Kind};
use super::zstd::Zstd;
use std::io::{self, BufReader, Chain, Cursor, Read};

/// Size of the buffer in front of a decompressor, bytes.
const COMPRESSED_BUFFER: usize = 256 << 10;

/// Why no more bytes come.
#[derive(Debug)]
pub(super) enum InputError {
    Io(io::Error),
    Compression(Compression, CompressionFault),
}

impl From<io::Error> for InputError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// The byte stream a capture is read from, decompressed where it is compressed.
#[derive(Debug)]
pub(super) enum Input<R> {
    Plain(Raw<R>),
    Gzip(Box<Gzip<BufReader<Raw<R>>>>),
    Zstd(Box<Zstd<BufReader<Raw<R>>>>),
}

/// The stream as it is in the file: the bytes already looked at, then the rest.
pub(super) type Raw<R> = Chain<Cursor<Vec<u8>>, Tally<R>>;

impl<R: Read> Input<R> {
    /// Looks at the first bytes and sets up the decompression they ask for.
    pub(super) fn open(inner: R) -> io::Result<Self> {
        let mut tally = Tally { inner, count: 0 };
        let mut start = Vec::with_capacity(sniff::ENOUGH);
        tally.by_ref().take(sniff::ENOUGH as u64).read_to_end(&mut start)?;
        let kind = sniff::identify(&start);
        let raw = Cursor::new(start).chain(tally);
        let buffered = |raw| BufReader::with_capacity(COMPRESSED_BUFFER, raw);
        Ok(match kind {
            Kind::Gzip => Self::Gzip(Box::new(Gzip::new(buffered(raw)))),
            Kind::Zstd => Self::Zstd(Box::new(Zstd::new(buffered(raw)))),
            Kind::Pcap | Kind::Pcapng | Kind::Other => Self::Plain(raw),
        })
    }

    /// Reads some bytes; 0 at the end of the stream.
    pub(super) fn read(&mut self, out: &mut [u8]) -> Result<usize, InputError> {
        match self {
            Self::Plain(raw) => Ok(raw.read(out)?),
            Self::Gzip(gzip) => gzip.read(out),
            Self::Zstd(zstd) => zstd.read(out),
        }
    }

    pub(super) fn compression(&self) -> Option<Compression> {
        match self {
            Self::Plain(_) => None,
            Self::Gzip(_) => Some(Compression::Gzip),
            Self::Zstd(_) => Some(Compression::Zstd),
        }
    }

    /// Bytes taken from the file so far.
    pub(super) fn bytes_read(&self) -> u64 {
        let raw = match self {
            Self::Plain(raw) => raw,
            Self::Gzip(gzip) => gzip.source().get_ref(),
            Self::Zstd(zstd) => zstd.source().get_ref(),
        };
        raw.get_ref().1.count
    }
}

/// Counts what is read, and is not stopped by signals.
#[derive(Debug)]
pub(super) struct Tally<R> {
    inner: R,
    count: u64,
}

impl<R: Read> Read for Tally<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.inner.read(out) {
                Ok(read) => {
                    self.count += read as u64;
                    return Ok(read);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}
