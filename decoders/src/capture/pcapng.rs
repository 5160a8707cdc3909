use super::error::{Damage, Part};
use super::reader::{Record, Step};
use super::resolution::Resolution;
use crate::Timestamp;
use crate::bytes::{be16, be32, le16, le32};
use pcap_parser::nom::{Err as NomErr, Needed};
use pcap_parser::{
    parse_interfacedescriptionblock_be, parse_interfacedescriptionblock_le, parse_unknownblock_be,
    parse_unknownblock_le,
};

/// Longest block accepted, bytes; Wireshark's limit.
const BLOCK_LIMIT: u32 = 16 << 20;

/// Block types (draft-ietf-opsawg-pcapng, section 11.1).
mod block {
    pub(super) const SECTION: u32 = 0x0a0d_0d0a;
    pub(super) const INTERFACE: u32 = 1;
    pub(super) const OBSOLETE_PACKET: u32 = 2;
    pub(super) const SIMPLE_PACKET: u32 = 3;
    pub(super) const ENHANCED_PACKET: u32 = 6;
    pub(super) const JOURNAL: u32 = 9;
    pub(super) const CUSTOM: u32 = 0x0bad;
    pub(super) const CUSTOM_NO_COPY: u32 = 0x4000_0bad;
    pub(super) const SYSDIG: [u32; 3] = [0x204, 0x216, 0x221];
}

/// The byte-order magic of a section header.
const BYTE_ORDER: u32 = 0x1a2b_3c4d;

/// The pcapng format: the state of the section being read.
#[derive(Debug, Default)]
pub(super) struct Pcapng {
    big_endian: bool,
    interfaces: Vec<Interface>,
}

#[derive(Clone, Copy, Debug)]
struct Interface {
    link_type: u32,
    /// Most bytes captured of a packet; [`u32::MAX`] for no limit.
    snap_len: u32,
    resolution: Resolution,
}

/// A block: its fields between the lengths.
struct Block<'a> {
    kind: u32,
    whole: usize,
    body: &'a [u8],
}

/// Block type and total length.
const PREFIX: usize = 8;

impl Pcapng {
    /// Finds the block at the start of `data`.
    #[inline]
    pub(super) fn step(&mut self, data: &[u8]) -> Result<Step, Damage> {
        let (Some(kind), Some(length)) = (le32(data, 0), le32(data, 4)) else {
            return Ok(Step::More(PREFIX));
        };
        if kind == block::SECTION {
            // Its length can be read only in the byte order it declares itself.
            match le32(data, PREFIX) {
                None => return Ok(Step::More(4)),
                Some(BYTE_ORDER) => self.big_endian = false,
                Some(magic) if magic == BYTE_ORDER.swap_bytes() => self.big_endian = true,
                Some(magic) => return Err(Damage::ByteOrder { magic }),
            }
        }
        let (kind, length) =
            if self.big_endian { (kind.swap_bytes(), length.swap_bytes()) } else { (kind, length) };
        if length % 4 != 0 || !(12..=BLOCK_LIMIT).contains(&length) {
            let length = u64::from(length);
            return Err(Damage::BlockLength { kind, length, limit: BLOCK_LIMIT });
        }
        let parse = if self.big_endian { parse_unknownblock_be } else { parse_unknownblock_le };
        match parse(data) {
            Ok((_, found)) if found.block_len2 != length => {
                Err(Damage::BlockTrailer { kind, first: length, second: found.block_len2 })
            }
            Ok((_, found)) => {
                let block = Block { kind, whole: length as usize, body: found.data };
                self.block(&block, data)
            }
            Err(NomErr::Incomplete(Needed::Size(missing))) => Ok(Step::More(missing.get())),
            Err(_) => Err(Damage::BlockContent { kind }),
        }
    }

    /// What the block that begins with `data` would have been.
    pub(super) fn part(&self, data: &[u8]) -> Part {
        match self.u32(data, 0) {
            None | Some(block::ENHANCED_PACKET | block::SIMPLE_PACKET | block::OBSOLETE_PACKET) => {
                Part::Packet
            }
            Some(kind) => Part::Block(kind),
        }
    }

    /// Acts on a whole block.
    #[inline]
    fn block(&mut self, block: &Block<'_>, data: &[u8]) -> Result<Step, Damage> {
        let whole = block.whole;
        Ok(match block.kind {
            block::ENHANCED_PACKET => Step::Packet(self.timed(block, self.u32(block.body, 0))?),
            block::OBSOLETE_PACKET => {
                Step::Packet(self.timed(block, self.u16(block.body, 0).map(u32::from))?)
            }
            block::SIMPLE_PACKET => Step::Packet(self.simple(block)?),
            block::SECTION => {
                self.interfaces.clear();
                Step::Skip { whole }
            }
            block::INTERFACE => {
                let interface = self.describe(data).ok_or_else(|| block.too_short())?;
                self.interfaces.push(interface);
                Step::Skip { whole }
            }
            // Wireshark gives these a frame number each.
            block::JOURNAL => Step::Journal { start: PREFIX, whole },
            block::CUSTOM | block::CUSTOM_NO_COPY => Step::Foreign { whole },
            kind if block::SYSDIG.contains(&kind) => Step::Foreign { whole },
            _ => Step::Skip { whole },
        })
    }

    fn describe(&self, data: &[u8]) -> Option<Interface> {
        let parse = if self.big_endian {
            parse_interfacedescriptionblock_be
        } else {
            parse_interfacedescriptionblock_le
        };
        let (_, found) = parse(data).ok()?;
        // pcap-parser 0.17 reads this option as little-endian in every section.
        let offset = match self.big_endian {
            true => found.if_tsoffset.swap_bytes(),
            false => found.if_tsoffset,
        };
        Some(Interface {
            link_type: found.linktype.0.cast_unsigned(),
            snap_len: if found.snaplen == 0 { u32::MAX } else { found.snaplen },
            resolution: Resolution::new(found.if_tsresol, offset),
        })
    }

    // The packet blocks are read here: pcap-parser collects the options of each into a Vec.

    /// An Enhanced or obsolete Packet Block: they differ in how they name the interface.
    #[inline]
    fn timed(&self, block: &Block<'_>, interface: Option<u32>) -> Result<Record, Damage> {
        let field = |offset| self.u32(block.body, offset).ok_or_else(|| block.too_short());
        let interface = self.interface(interface.ok_or_else(|| block.too_short())?)?;
        let units = u64::from(field(4)?) << 32 | u64::from(field(8)?);
        let time = interface.resolution.timestamp(units);
        let record = block.record(interface, time, 20, field(12)?, field(16)?)?;
        Ok(Record { big_endian: self.big_endian, ..record })
    }

    fn simple(&self, block: &Block<'_>) -> Result<Record, Damage> {
        let interface = self.interface(0)?;
        let wire_len = self.u32(block.body, 0).ok_or_else(|| block.too_short())?;
        let captured = wire_len.min(interface.snap_len);
        block.record(interface, Timestamp::default(), 4, captured, wire_len)
    }

    #[inline]
    fn interface(&self, number: u32) -> Result<&Interface, Damage> {
        let described = self.interfaces.len();
        let damage = Damage::Interface { interface: number, described };
        self.interfaces.get(number as usize).ok_or(damage)
    }

    fn u16(&self, body: &[u8], offset: usize) -> Option<u16> {
        if self.big_endian { be16(body, offset) } else { le16(body, offset) }
    }

    #[inline]
    fn u32(&self, body: &[u8], offset: usize) -> Option<u32> {
        if self.big_endian { be32(body, offset) } else { le32(body, offset) }
    }
}

impl Block<'_> {
    /// The record whose data begin at `start` of the body.
    #[inline]
    fn record(
        &self,
        interface: &Interface,
        time: Timestamp,
        start: usize,
        captured: u32,
        wire_len: u32,
    ) -> Result<Record, Damage> {
        let length = captured as usize;
        let end = start.saturating_add(length);
        if self.body.len() < end {
            return Err(self.too_short());
        }
        let options = PREFIX + end.next_multiple_of(4)..PREFIX + self.body.len();
        Ok(Record {
            time,
            link_type: interface.link_type,
            start: PREFIX + start,
            length,
            wire_len: wire_len.max(captured),
            options,
            big_endian: false,
            whole: self.whole,
        })
    }

    fn too_short(&self) -> Damage {
        Damage::BlockContent { kind: self.kind }
    }
}
