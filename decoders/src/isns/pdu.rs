use super::{Function, Message};

/// Length of the fixed header of every PDU, in bytes (RFC 4171, section 5.1).
pub const HEADER_LENGTH: usize = 12;

/// The only version there is (section 5.1.1).
const VERSION: u16 = 1;

/// The authentication block's fixed part, in bytes (section 5.5).
const AUTHENTICATION_FIXED: usize = 20;

/// The fixed header (RFC 4171, section 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// What the message asks or answers.
    pub function: Function,
    /// Bytes of payload behind the header, without the authentication block. Senders must make it a
    /// multiple of 4.
    pub payload_length: u16,
    /// Who sent it and how it belongs together.
    pub flags: Flags,
    /// Joins requests with their responses.
    pub transaction_id: u16,
    /// Position of this PDU in its message, from 0.
    pub sequence_id: u16,
}

/// The flags of the header (RFC 4171, section 5.1.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags(pub u16);

impl Flags {
    /// The sender is an iSNS client.
    pub const CLIENT: u16 = 0x8000;
    /// The sender is the iSNS server.
    pub const SERVER: u16 = 0x4000;
    /// An authentication block follows the payload.
    pub const AUTHENTICATION: u16 = 0x2000;
    /// `DevAttrReg` replaces the object instead of updating it.
    pub const REPLACE: u16 = 0x1000;
    /// Last PDU of the message.
    pub const LAST: u16 = 0x0800;
    /// First PDU of the message.
    pub const FIRST: u16 = 0x0400;

    /// Whether every bit of `bits` is set.
    pub fn has(self, bits: u16) -> bool {
        self.0 & bits == bits
    }
}

/// One PDU, borrowed from the bytes it was cut from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pdu<'a> {
    /// The fixed header.
    pub header: Header,
    /// The payload, as far as it is there.
    pub payload: &'a [u8],
    /// The signature of a multicast or broadcast message.
    pub authentication: Option<Authentication<'a>>,
}

impl<'a> Pdu<'a> {
    /// Whether the PDU is a message of its own.
    pub fn is_whole_message(&self) -> bool {
        self.header.flags.has(Flags::FIRST | Flags::LAST)
    }

    /// The PDU read as a message of its own. For the first PDU of several this is the message's beginning;
    /// for later ones it is meaningless, because attributes may lie across PDUs.
    pub fn message(&self) -> Message<'a> {
        Message { header: self.header, payload: self.payload }
    }
}

/// The authentication block (RFC 4171, section 5.5; the layout of SLP, RFC 2608).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Authentication<'a> {
    /// Block structure descriptor; 2 is DSA with SHA-1.
    pub descriptor: u32,
    /// Seconds since 1970 at which it was signed.
    pub timestamp: u64,
    /// Security parameters index: which key was used.
    pub spi: &'a [u8],
    /// The signature.
    pub authenticator: &'a [u8],
}

/// Why no PDU could be cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError<'a> {
    /// The PDU goes on behind the end of the bytes: wait for more of a stream, else it was cut.
    #[error("the iSNS PDU is cut: at least {missing} more bytes belong to it")]
    Incomplete {
        /// What is there: the header and the beginning of the payload.
        pdu: Option<Pdu<'a>>,
        /// How many bytes are missing at least.
        missing: usize,
    },
    /// Another version than 1: not iSNS, or a stream out of step.
    #[error("iSNS version {0}; only version 1 exists")]
    Version(u16),
    /// The authentication block's length is impossible.
    #[error("an iSNS authentication block cannot be {0} bytes long")]
    AuthenticationLength(u32),
}

/// Cuts one PDU off the front of a stream or datagram; also returns the bytes behind it.
///
/// # Errors
/// [`ParseError::Incomplete`] holds what is there of a PDU that is cut.
pub fn parse(bytes: &[u8]) -> Result<(Pdu<'_>, &[u8]), ParseError<'_>> {
    let (header, behind) = header(bytes)?;
    let length = usize::from(header.payload_length);
    let Some((payload, rest)) = behind.split_at_checked(length) else {
        let pdu = Pdu { header, payload: behind, authentication: None };
        let missing = length.saturating_sub(behind.len());
        return Err(ParseError::Incomplete { pdu: Some(pdu), missing });
    };
    let pdu = Pdu { header, payload, authentication: None };
    if !header.flags.has(Flags::AUTHENTICATION) {
        return Ok((pdu, rest));
    }
    let incomplete = |missing| ParseError::Incomplete { pdu: Some(pdu), missing };
    let (authentication, rest) = authentication(rest, incomplete)?;
    Ok((Pdu { authentication: Some(authentication), ..pdu }, rest))
}

fn header(bytes: &[u8]) -> Result<(Header, &[u8]), ParseError<'_>> {
    if let Some((version, _)) = number16(bytes)
        && version != VERSION
    {
        return Err(ParseError::Version(version));
    }
    let fields = || {
        let (_version, bytes) = number16(bytes)?;
        let (function, bytes) = number16(bytes)?;
        let (payload_length, bytes) = number16(bytes)?;
        let (flags, bytes) = number16(bytes)?;
        let (transaction_id, bytes) = number16(bytes)?;
        let (sequence_id, bytes) = number16(bytes)?;
        let (function, flags) = (Function(function), Flags(flags));
        Some((Header { function, payload_length, flags, transaction_id, sequence_id }, bytes))
    };
    let missing = HEADER_LENGTH.saturating_sub(bytes.len());
    fields().ok_or(ParseError::Incomplete { pdu: None, missing })
}

fn authentication<'a>(
    bytes: &'a [u8],
    incomplete: impl Fn(usize) -> ParseError<'a>,
) -> Result<(Authentication<'a>, &'a [u8]), ParseError<'a>> {
    let lacking = |length: usize| incomplete(length.saturating_sub(bytes.len()));
    let (descriptor, length, timestamp, spi_length) = (|| {
        let (descriptor, bytes) = number32(bytes)?;
        let (length, bytes) = number32(bytes)?;
        let (timestamp, bytes) = bytes.split_first_chunk()?;
        let (spi_length, _) = number32(bytes)?;
        Some((descriptor, length, u64::from_be_bytes(*timestamp), spi_length))
    })()
    .ok_or_else(|| lacking(AUTHENTICATION_FIXED))?;
    // Blocks belong to datagrams, so a longer one is a mistake that would stall a stream for good.
    let Ok(total) = u16::try_from(length).map(usize::from) else {
        return Err(ParseError::AuthenticationLength(length));
    };
    let spi_length = usize::try_from(spi_length).unwrap_or(usize::MAX);
    if total < AUTHENTICATION_FIXED.saturating_add(spi_length) {
        return Err(ParseError::AuthenticationLength(length));
    }
    let (block, rest) = bytes.split_at_checked(total).ok_or_else(|| lacking(total))?;
    let variable = block.get(AUTHENTICATION_FIXED..).unwrap_or_default();
    let (spi, authenticator) = variable.split_at_checked(spi_length).unwrap_or_default();
    Ok((Authentication { descriptor, timestamp, spi, authenticator }, rest))
}

pub(super) fn number16(bytes: &[u8]) -> Option<(u16, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((u16::from_be_bytes(*number), rest))
}

pub(super) fn number32(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((u32::from_be_bytes(*number), rest))
}
