//! DHCPv4 (RFC 2131), as far as it leads to iSCSI: the iSNS option (RFC 4174).

mod isns;

use std::fmt;
use std::net::Ipv4Addr;

pub use isns::{IsnsOption, IsnsOptionError};

/// UDP port of servers and relays.
pub const SERVER_PORT: u16 = 67;
/// UDP port of clients.
pub const CLIENT_PORT: u16 = 68;

const MAGIC_COOKIE: [u8; 4] = [99, 130, 83, 99];

// Offsets and lengths of the fixed part (RFC 2131, section 2).
const XID: usize = 4;
const YIADDR: usize = 16;
const SNAME: usize = 44;
const FILE: usize = 108;
const COOKIE: usize = 236;

// Option codes (RFC 2132; 83 is RFC 4174's).
const PAD: u8 = 0;
const OVERLOAD: u8 = 52;
const MESSAGE_TYPE: u8 = 53;
const PARAMETER_REQUEST_LIST: u8 = 55;
const ISNS: u8 = 83;
const END: u8 = 255;

/// Names of option 53 from 1 on (RFC 2132, section 9.6).
const MESSAGE_TYPES: [&str; 8] =
    ["Discover", "Offer", "Request", "Decline", "Ack", "Nak", "Release", "Inform"];

/// A DHCPv4 message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// The transaction ID, the same in a request and its replies.
    pub xid: u32,
    /// The address the client is given; 0.0.0.0 in requests.
    pub yiaddr: Ipv4Addr,
    sname: &'a [u8],
    file: &'a [u8],
    options: &'a [u8],
}

/// Why a datagram is no DHCP message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotDhcp {
    /// Shorter than the fixed part.
    #[error("{0} bytes are too few for a DHCP message")]
    Short(usize),
    /// Plain BOOTP or something else altogether.
    #[error("the DHCP magic cookie is missing")]
    NoCookie,
}

/// The option list ends in the middle of an option: the datagram was cut, or its sender is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("DHCP option {code} is cut")]
pub struct OptionCut {
    /// The option's code.
    pub code: u8,
}

impl<'a> Message<'a> {
    /// Reads a UDP payload.
    ///
    /// # Errors
    /// It is no DHCP message, or not enough of one.
    pub fn parse(datagram: &'a [u8]) -> Result<Self, NotDhcp> {
        let short = || NotDhcp::Short(datagram.len());
        let (fixed, rest) = datagram.split_at_checked(COOKIE).ok_or_else(short)?;
        let (cookie, options) = rest.split_first_chunk().ok_or_else(short)?;
        if *cookie != MAGIC_COOKIE {
            return Err(NotDhcp::NoCookie);
        }
        let word = |at| fixed.get(at..)?.first_chunk().copied();
        Ok(Self {
            xid: word(XID).map(u32::from_be_bytes).ok_or_else(short)?,
            yiaddr: word(YIADDR).map(Ipv4Addr::from).ok_or_else(short)?,
            sname: fixed.get(SNAME..FILE).ok_or_else(short)?,
            file: fixed.get(FILE..).ok_or_else(short)?,
            options,
        })
    }

    /// The options in the order they count: the options field, then the `file` and `sname` fields where the
    /// overload option says that they hold options (RFC 3396, section 5). Ends after the first error.
    pub fn options(&self) -> Options<'a> {
        Options {
            area: self.options,
            later: [(self.file, false), (self.sname, false)],
            in_options_field: true,
        }
    }

    /// What kind of message it is, e.g. `Offer`.
    pub fn message_type(&self) -> Option<&'static str> {
        let kind = self.option(MESSAGE_TYPE)?.first()?.checked_sub(1)?;
        MESSAGE_TYPES.get(usize::from(kind)).copied()
    }

    /// Whether the client asks for the iSNS option.
    pub fn requests_isns(&self) -> bool {
        self.option(PARAMETER_REQUEST_LIST).is_some_and(|codes| codes.contains(&ISNS))
    }

    /// The iSNS option, joined if it was split (RFC 3396); `None` when there is none, or when the options are
    /// cut before it, which [`Message::options`] tells.
    ///
    /// # Errors
    /// The option is there but makes no sense.
    pub fn isns(&self) -> Option<Result<IsnsOption, IsnsOptionError>> {
        let mut pieces = self.options().flatten().filter(|(code, _)| *code == ISNS).peekable();
        pieces.peek()?;
        let joined: Vec<u8> = pieces.flat_map(|(_, bytes)| bytes.iter().copied()).collect();
        Some(IsnsOption::parse(&joined))
    }

    fn option(&self, wanted: u8) -> Option<&'a [u8]> {
        self.options().flatten().find(|(code, _)| *code == wanted).map(|(_, bytes)| bytes)
    }
}

/// One line: the kind of message, and the iSNS option or that it is asked for.
impl fmt::Display for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message_type().unwrap_or("message"))?;
        match self.isns() {
            Some(Ok(option)) => write!(f, ": {option}"),
            Some(Err(error)) => write!(f, ": {error}"),
            None if self.requests_isns() => f.write_str(" asks for iSNS servers"),
            None => Ok(()),
        }
    }
}

/// The options of a message: code and bytes.
#[derive(Clone, Debug)]
pub struct Options<'a> {
    area: &'a [u8],
    /// The areas still to come, if the overload option opens them.
    later: [(&'a [u8], bool); 2],
    /// Only the options field may open further areas.
    in_options_field: bool,
}

impl<'a> Iterator for Options<'a> {
    type Item = Result<(u8, &'a [u8]), OptionCut>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.area.split_first() {
                Some((&PAD, rest)) => self.area = rest,
                Some((&END, _)) | None => self.area = self.next_area()?,
                Some((&code, rest)) => return Some(self.option(code, rest)),
            }
        }
    }
}

impl<'a> Options<'a> {
    fn option(&mut self, code: u8, rest: &'a [u8]) -> Result<(u8, &'a [u8]), OptionCut> {
        let split = rest
            .split_first()
            .and_then(|(length, rest)| rest.split_at_checked(usize::from(*length)));
        let Some((bytes, rest)) = split else {
            *self = Self { area: &[], later: Default::default(), in_options_field: false };
            return Err(OptionCut { code });
        };
        self.area = rest;
        if let (OVERLOAD, true, Some(holders)) = (code, self.in_options_field, bytes.first()) {
            let [file, sname] = &mut self.later;
            file.1 = holders & 1 != 0;
            sname.1 = holders & 2 != 0;
        }
        Ok((code, bytes))
    }

    fn next_area(&mut self) -> Option<&'a [u8]> {
        self.area = &[];
        self.in_options_field = false;
        let (area, is_open) = self.later.iter_mut().find(|(_, is_open)| *is_open)?;
        *is_open = false;
        Some(area)
    }
}

#[cfg(test)]
mod tests;
