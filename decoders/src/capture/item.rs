use crate::Timestamp;
use crate::bytes::{be16, le16};

/// One captured packet, borrowed from the reader's buffer until the next is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// Position in the file, from 1, as Wireshark's frame number counts it.
    pub number: u64,
    /// When it was captured. The epoch for a pcapng Simple Packet Block, which has no time.
    pub time: Timestamp,
    /// Link type (LINKTYPE_* registry) of the interface it was captured on.
    pub link_type: u32,
    /// Captured bytes, from the link-layer header on.
    pub data: &'a [u8],
    /// Length on the wire, bytes; more than `data.len()` when the snap length cut the packet.
    pub wire_len: u32,
    /// What a pcapng says of the packet besides.
    pub options: Options<'a>,
}

/// What has a frame number in a capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item<'a> {
    /// A packet.
    Packet(Packet<'a>),
    /// A systemd journal entry among the packets of a pcapng.
    Journal(Journal<'a>),
}

/// A Systemd Journal Export Block (draft-ietf-opsawg-pcapng, section 4.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Journal<'a> {
    /// Position in the file, as [`Packet::number`].
    pub number: u64,
    /// The entry in the Journal Export Format.
    pub entry: &'a [u8],
}

impl<'a> Journal<'a> {
    /// The first field of this name that is text. Binary fields, which begin with their length, are passed over.
    pub fn field(&self, name: &str) -> Option<&'a str> {
        let mut rest = self.entry;
        while !rest.is_empty() {
            let end = rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
            let line = rest.get(..end)?;
            rest = rest.get(end + 1..).unwrap_or_default();
            match line.iter().position(|&byte| byte == b'=') {
                Some(equals) if line.get(..equals) == Some(name.as_bytes()) => {
                    return std::str::from_utf8(line.get(equals + 1..)?).ok();
                }
                Some(_) => {}
                // A name alone: eight bytes of length, the value, a newline.
                None if !line.is_empty() => {
                    let length = u64::from_le_bytes(*rest.first_chunk()?);
                    let length = usize::try_from(length).ok()?.checked_add(9)?;
                    rest = rest.get(length..)?;
                }
                None => {}
            }
        }
        None
    }
}

/// The options of a pcapng block, undecoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) big_endian: bool,
}

impl<'a> Options<'a> {
    /// `opt_comment`: text about the packet.
    pub const COMMENT: u16 = 1;

    /// The value of the first option with this code.
    pub fn get(&self, code: u16) -> Option<&'a [u8]> {
        let number = if self.big_endian { be16 } else { le16 };
        let mut rest = self.bytes;
        loop {
            let (found, length) = (number(rest, 0)?, usize::from(number(rest, 2)?));
            if found == 0 {
                return None;
            }
            let value = rest.get(4..)?.get(..length)?;
            if found == code {
                return Some(value);
            }
            rest = rest.get(4 + length.next_multiple_of(4)..)?;
        }
    }

    /// The first comment, if it is text.
    pub fn comment(&self) -> Option<&'a str> {
        std::str::from_utf8(self.get(Self::COMMENT)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_found_behind_others_and_end_where_they_end() {
        let bytes = b"\x02\0\x04\0abcd\x01\0\x05\0hello\0\0\0\0\0\0\0\x07\0\x01\0x\0\0\0";
        let options = Options { bytes, big_endian: false };
        assert_eq!(options.comment(), Some("hello"));
        assert_eq!(options.get(2), Some(&b"abcd"[..]));
        assert_eq!(options.get(7), None, "behind the end");
        for cut in 0..bytes.len() {
            let options = Options { bytes: bytes.get(..cut).unwrap(), big_endian: false };
            assert!(options.comment().is_none_or(|text| text == "hello"));
        }
    }

    #[test]
    fn journal_fields_are_read_past_binary_ones() {
        let entry = b"MESSAGE=a=b\nBLOB\n\x03\0\0\0\0\0\0\0x\ny\nISCSI_EVENT={}\n";
        let journal = Journal { number: 1, entry };
        assert_eq!(journal.field("MESSAGE"), Some("a=b"));
        assert_eq!(journal.field("ISCSI_EVENT"), Some("{}"));
        assert_eq!(journal.field("x"), None);
        for cut in 0..entry.len() {
            Journal { number: 1, entry: entry.get(..cut).unwrap() }.field("ISCSI_EVENT");
        }
    }
}
