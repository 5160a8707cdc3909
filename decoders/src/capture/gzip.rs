use super::error::{Compression, CompressionFault};
use super::input::InputError;
use flate2::{Crc, Decompress, FlushDecompress, Status};
use std::io::{self, BufRead};

/// gzip decompression (RFC 1952), all members of the file.
///
/// Built on the raw inflater, not on `flate2::bufread::GzDecoder`: that one throws away what it has
/// decompressed in the call that meets the damage.
#[derive(Debug)]
pub(super) struct Gzip<B> {
    source: B,
    inflate: Decompress,
    crc: Crc,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Header,
    Body,
    Trailer,
    /// Nothing more to read; a fault found behind bytes that had to be handed out first.
    End(Option<CompressionFault>),
}

/// Header flags (RFC 1952, section 2.3.1).
mod flag {
    pub(super) const HCRC: u8 = 0x02;
    pub(super) const EXTRA: u8 = 0x04;
    pub(super) const NAME: u8 = 0x08;
    pub(super) const COMMENT: u8 = 0x10;
}

impl<B: BufRead> Gzip<B> {
    pub(super) fn new(source: B) -> Self {
        let inflate = Decompress::new(false);
        Self { source, inflate, crc: Crc::new(), state: State::Header }
    }

    pub(super) fn source(&self) -> &B {
        &self.source
    }

    /// Decompresses some bytes; 0 at the end of the last member, and ever after an error.
    pub(super) fn read(&mut self, out: &mut [u8]) -> Result<usize, InputError> {
        let read = self.advance(out);
        if read.is_err() {
            self.state = State::End(None);
        }
        read
    }

    fn advance(&mut self, out: &mut [u8]) -> Result<usize, InputError> {
        loop {
            self.state = match self.state {
                State::Header => self.header()?,
                State::Body => match self.body(out)? {
                    (0, state) => state,
                    (read, state) => {
                        self.state = state;
                        return Ok(read);
                    }
                },
                State::Trailer => self.trailer()?,
                State::End(None) => return Ok(0),
                State::End(Some(found)) => return Err(fault(found)),
            }
        }
    }

    fn header(&mut self) -> Result<State, InputError> {
        let [0x1f, 0x8b, 8, flags, ..] = self.field::<10>()? else {
            return Err(fault(CompressionFault::Corrupt));
        };
        if flags & flag::EXTRA != 0 {
            for _ in 0..u16::from_le_bytes(self.field()?) {
                self.field::<1>()?;
            }
        }
        if flags & flag::NAME != 0 {
            self.source.skip_until(0)?;
        }
        if flags & flag::COMMENT != 0 {
            self.source.skip_until(0)?;
        }
        if flags & flag::HCRC != 0 {
            self.field::<2>()?;
        }
        self.inflate.reset(false);
        self.crc.reset();
        Ok(State::Body)
    }

    /// Inflates into `out`: how many bytes it filled, and how to go on.
    fn body(&mut self, out: &mut [u8]) -> Result<(usize, State), InputError> {
        loop {
            let input = self.source.fill_buf()?;
            let at_end = input.is_empty();
            let (before_in, before_out) = (self.inflate.total_in(), self.inflate.total_out());
            let status = self.inflate.decompress(input, out, FlushDecompress::None);
            // Both counts fit: they are bounded by the slices.
            let consumed = (self.inflate.total_in() - before_in) as usize;
            let produced = (self.inflate.total_out() - before_out) as usize;
            self.source.consume(consumed);
            self.crc.update(out.get(..produced).unwrap_or_default());
            let state = match status {
                Ok(Status::StreamEnd) => State::Trailer,
                Err(_) => State::End(Some(CompressionFault::Corrupt)),
                Ok(_) if produced > 0 => State::Body,
                Ok(_) if at_end => State::End(Some(CompressionFault::Cut)),
                Ok(_) => continue,
            };
            return Ok((produced, state));
        }
    }

    fn trailer(&mut self) -> Result<State, InputError> {
        let sum = u32::from_le_bytes(self.field()?);
        let length = u32::from_le_bytes(self.field()?);
        if (sum, length) != (self.crc.sum(), self.crc.amount()) {
            return Err(fault(CompressionFault::Checksum));
        }
        // Another member, or zeros as tapes and block devices leave them behind, or neither.
        loop {
            let rest = self.source.fill_buf()?;
            let zeros = rest.iter().take_while(|&&byte| byte == 0).count();
            match rest.get(zeros) {
                Some(0x1f) => {
                    self.source.consume(zeros);
                    return Ok(State::Header);
                }
                Some(_) => return Err(fault(CompressionFault::Trailing(Compression::Gzip))),
                None if zeros == 0 => return Ok(State::End(None)),
                None => self.source.consume(zeros),
            }
        }
    }

    fn field<const N: usize>(&mut self) -> Result<[u8; N], InputError> {
        let mut bytes = [0; N];
        self.source.read_exact(&mut bytes).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => fault(CompressionFault::Cut),
            _ => InputError::Io(error),
        })?;
        Ok(bytes)
    }
}

fn fault(fault: CompressionFault) -> InputError {
    InputError::Compression(Compression::Gzip, fault)
}
