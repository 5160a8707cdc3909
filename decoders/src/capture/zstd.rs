use super::error::{Compression, CompressionFault};
use super::input::InputError;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use std::fmt;
use std::io::{self, BufRead, Read};

/// An empty raw block marked as the last (RFC 8878, 3.1.1.2), and room for a content checksum.
const CLOSING: [u8; 7] = [1, 0, 0, 0, 0, 0, 0];

/// Zstandard decompression (RFC 8878), all frames of the file, skippable ones skipped.
pub(super) struct Zstd<B> {
    source: Watched<B>,
    decoder: FrameDecoder,
    state: State,
}

enum State {
    /// Before a frame: at the start, or when one has been handed out completely.
    Between,
    /// Inside a frame.
    Frame,
    /// Nothing more to read; an error found behind bytes that had to be handed out first.
    End(Option<InputError>),
}

impl<B> fmt::Debug for Zstd<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Zstd").finish_non_exhaustive()
    }
}

impl<B: BufRead> Zstd<B> {
    pub(super) fn new(source: B) -> Self {
        let source = Watched { inner: source, at_end: false, error: None };
        Self { source, decoder: FrameDecoder::new(), state: State::Between }
    }

    pub(super) fn source(&self) -> &B {
        &self.source.inner
    }

    /// Decompresses some bytes; 0 at the end of the last frame, and ever after an error.
    pub(super) fn read(&mut self, out: &mut [u8]) -> Result<usize, InputError> {
        loop {
            // The decoder keeps a window of bytes back until the frame is finished.
            let read = self.decoder.read(out)?;
            if read > 0 {
                return Ok(read);
            }
            self.state = match &mut self.state {
                State::Between => self.next_frame(),
                State::Frame if self.decoder.is_finished() => self.checksum(),
                State::Frame => self.block(),
                State::End(error) => return error.take().map_or(Ok(0), Err),
            };
        }
    }

    fn next_frame(&mut self) -> State {
        match self.source.inner.fill_buf() {
            Ok([]) => return State::End(None),
            Ok(_) => {}
            Err(error) => return State::End(Some(error.into())),
        }
        match self.decoder.reset(&mut self.source) {
            Ok(()) => State::Frame,
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                length,
                ..
            })) => self.skip(u64::from(length)),
            Err(error) => State::End(Some(self.error(&error))),
        }
    }

    fn skip(&mut self, length: u64) -> State {
        match io::copy(&mut self.source.by_ref().take(length), &mut io::sink()) {
            Ok(skipped) if skipped == length => State::Between,
            Ok(_) => State::End(Some(fault(CompressionFault::Cut))),
            Err(error) => State::End(Some(error.into())),
        }
    }

    fn block(&mut self) -> State {
        let one = BlockDecodingStrategy::UptoBlocks(1);
        let Err(error) = self.decoder.decode_blocks(&mut self.source, one) else {
            return State::Frame;
        };
        let error = self.error(&error);
        // What was decoded before the damage is still inside the decoder. Ending the frame releases it.
        match self.decoder.decode_blocks(CLOSING.as_slice(), BlockDecodingStrategy::All) {
            Ok(_) | Err(_) => State::End(Some(error)),
        }
    }

    fn checksum(&self) -> State {
        match self.decoder.get_checksum_from_data() {
            Some(sum) if self.decoder.get_calculated_checksum() != Some(sum) => {
                State::End(Some(fault(CompressionFault::Checksum)))
            }
            _ => State::Between,
        }
    }

    fn error(&mut self, error: &FrameDecoderError) -> InputError {
        use FrameDecoderError as Frame;
        if let Some(error) = self.source.error.take() {
            return error.into();
        }
        fault(match error {
            _ if self.source.at_end => CompressionFault::Cut,
            Frame::DictNotProvided { .. } => CompressionFault::Dictionary,
            Frame::WindowSizeTooBig { .. } => CompressionFault::Window,
            Frame::ReadFrameHeaderError(ReadFrameHeaderError::BadMagicNumber(_)) => {
                CompressionFault::Trailing(Compression::Zstd)
            }
            _ => CompressionFault::Corrupt,
        })
    }
}

fn fault(fault: CompressionFault) -> InputError {
    InputError::Compression(Compression::Zstd, fault)
}

/// Remembers why a read came back short: ruzstd wraps that away in errors of its own.
struct Watched<B> {
    inner: B,
    at_end: bool,
    error: Option<io::Error>,
}

impl<B: Read> Read for Watched<B> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self.inner.read(out) {
            Ok(read) => {
                self.at_end |= read == 0 && !out.is_empty();
                Ok(read)
            }
            Err(error) => {
                let kind = error.kind();
                self.error = Some(error);
                Err(kind.into())
            }
        }
    }
}
