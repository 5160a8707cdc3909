//! PDUs as packets: tags for Wireshark, the PDU as on the wire, and a comment that says where it was seen.

use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};

use iscsi_decoders::capture::Packet;
use iscsi_decoders::net::{Exported, tag};
use iscsi_decoders::pdu::{BHS_LEN, Bhs, Digest, Direction, Opcode, crc32c};
use iscsi_decoders::stream::{Origin, Pdu};

use super::block::{self, About, Interface};

/// Wireshark's dissector for iSCSI.
const DISSECTOR: &[u8; 8] = b"iscsi\0\0\0";
/// `EXP_PDU_PT_TCP`.
const PORT_TYPE_TCP: u32 = 2;

/// Writes PDUs; its buffers are used again.
#[derive(Debug, Default)]
pub(super) struct Packets {
    bytes: Vec<u8>,
    comment: String,
}

impl Packets {
    pub fn write(&mut self, pdu: &Pdu<'_>, out: &mut Vec<u8>) {
        let Self { bytes, comment } = self;
        bytes.clear();
        comment.clear();
        let (src, dst) = pdu.ends.route(pdu.direction);
        tags(src, dst, bytes);
        let length = bytes.len() + whole_length(pdu);
        payload(pdu, bytes);
        // Writing to a String cannot fail.
        let _ = describe(pdu, comment);
        let about = About {
            time: pdu.stamp.time,
            length: u32::try_from(length).unwrap_or(u32::MAX),
            sent: pdu.direction == Direction::ToTarget,
            comment,
        };
        block::packet(Interface::Pdus, &about, bytes, out);
    }
}

fn tags(src: SocketAddr, dst: SocketAddr, out: &mut Vec<u8>) {
    let mut put = |tag: u16, value: &[u8]| {
        let length = u16::try_from(value.len()).unwrap_or(u16::MAX);
        out.extend_from_slice(&tag.to_be_bytes());
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(value);
    };
    let mut address = |v4, v6, address: IpAddr| match address {
        IpAddr::V4(address) => put(v4, &address.octets()),
        IpAddr::V6(address) => put(v6, &address.octets()),
    };
    address(tag::IPV4_SRC, tag::IPV6_SRC, src.ip());
    address(tag::IPV4_DST, tag::IPV6_DST, dst.ip());
    put(tag::DISSECTOR, DISSECTOR);
    put(tag::PORT_TYPE, &PORT_TYPE_TCP.to_be_bytes());
    put(tag::SRC_PORT, &u32::from(src.port()).to_be_bytes());
    put(tag::DST_PORT, &u32::from(dst.port()).to_be_bytes());
    put(tag::END, &[]);
}

const DIGEST_LEN: usize = 4;

fn digest_length(digest: Digest) -> usize {
    if digest == Digest::None { 0 } else { DIGEST_LEN }
}

/// The PDU's length on the wire, padding and digests included.
fn whole_length(pdu: &Pdu<'_>) -> usize {
    BHS_LEN
        + usize::from(pdu.header.total_ahs_length()) * 4
        + digest_length(pdu.header_digest)
        + (pdu.header.data_segment_length() as usize).next_multiple_of(4)
        + digest_length(pdu.data_digest)
}

/// A digest's bytes: as they were sent where that is known, else as they must have been.
fn digest_bytes(digest: Digest, computed: impl FnOnce() -> u32) -> [u8; 4] {
    match digest {
        Digest::Good(sent) | Digest::Bad { sent, .. } => sent.to_le_bytes(),
        Digest::None | Digest::Unverified => computed().to_le_bytes(),
    }
}

/// The bytes on the wire, up to the first that is not known.
fn payload(pdu: &Pdu<'_>, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(&pdu.header.0);
    out.extend_from_slice(pdu.ahs);
    let expected = BHS_LEN + usize::from(pdu.header.total_ahs_length()) * 4;
    if out.len() - start != expected {
        return;
    }
    if pdu.header_digest != Digest::None {
        let covered = crc32c(0, out.get(start..).unwrap_or_default());
        out.extend_from_slice(&digest_bytes(pdu.header_digest, || covered));
    }
    let length = pdu.header.data_segment_length() as usize;
    let data = pdu.data.get(..length).unwrap_or(pdu.data);
    let begin = out.len();
    out.extend_from_slice(data);
    if data.len() < length {
        return;
    }
    out.resize(begin + length.next_multiple_of(4), 0);
    if pdu.data_digest != Digest::None {
        let covered = crc32c(0, out.get(begin..).unwrap_or_default());
        out.extend_from_slice(&digest_bytes(pdu.data_digest, || covered));
    }
}

/// How a digest got into the recording. A wrong one of bytes that are not in it is kept as what tells it from the right
/// one: of the bytes themselves that says nothing.
fn describe_digest(
    name: &str,
    digest: Digest,
    is_whole: bool,
    out: &mut String,
) -> std::fmt::Result {
    match digest {
        Digest::None => Ok(()),
        Digest::Bad { sent, computed } if !is_whole => {
            write!(out, " {name}_digest={DIFFERS}{:08x}", sent ^ computed)
        }
        Digest::Good(_) | Digest::Bad { .. } => write!(out, " {name}_digest=sent"),
        Digest::Unverified => write!(out, " {name}_digest=computed"),
    }
}

/// In front of the bits in which a digest is not what it should be.
const DIFFERS: &str = "differs:";

/// The comment: `NAME=VALUE`, and `rebuilt`.
fn describe(pdu: &Pdu<'_>, out: &mut String) -> std::fmt::Result {
    write!(out, "connection={}", pdu.connection.0)?;
    if let Some(Origin { host, session, cid, cpu, rebuilt }) = pdu.origin {
        for (name, number) in [("session", session), ("cid", cid), ("host", host)] {
            if let Some(number) = number {
                write!(out, " {name}={number}")?;
            }
        }
        write!(out, " cpu={cpu}")?;
        out.push_str(if rebuilt { " rebuilt" } else { "" });
    }
    let has_ahs = pdu.ahs.len() == usize::from(pdu.header.total_ahs_length()) * 4;
    let has_data = has_ahs && pdu.data.len() >= pdu.header.data_segment_length() as usize;
    describe_digest("header", pdu.header_digest, has_ahs, out)?;
    describe_digest("data", pdu.data_digest, has_data, out)
}

/// A PDU taken out of a recording.
#[derive(Clone, Copy, Debug)]
pub(super) struct Recorded<'a> {
    /// The connection's number in the recording.
    pub connection: u32,
    pub origin: Option<Origin>,
    pub direction: Direction,
    pub src: SocketAddr,
    pub dst: SocketAddr,
    pub header: Bhs,
    pub ahs: &'a [u8],
    pub data: &'a [u8],
    pub header_digest: Digest,
    pub data_digest: Digest,
}

/// What a comment says.
#[derive(Clone, Copy, Debug, Default)]
struct Comment<'a> {
    connection: Option<u32>,
    origin: Origin,
    has_origin: bool,
    header_digest: Option<&'a str>,
    data_digest: Option<&'a str>,
}

impl<'a> Comment<'a> {
    fn parse(text: &'a str) -> Self {
        let mut comment = Self::default();
        for word in text.split_ascii_whitespace() {
            let (name, value) = word.split_once('=').unwrap_or((word, ""));
            let number = value.parse::<u32>().ok();
            match name {
                "connection" => comment.connection = number,
                "session" => comment.origin.session = number,
                "cid" => comment.origin.cid = number,
                "host" => comment.origin.host = number,
                "cpu" => {
                    comment.origin.cpu = value.parse().unwrap_or(0);
                    comment.has_origin = true;
                }
                "rebuilt" => comment.origin.rebuilt = true,
                "header_digest" => comment.header_digest = Some(value),
                "data_digest" => comment.data_digest = Some(value),
                _ => {}
            }
        }
        comment
    }
}

/// What a digest in the recording says; `bytes` are missing where it was cut off.
fn read_digest(
    word: Option<&str>,
    bytes: Option<[u8; 4]>,
    computed: impl FnOnce() -> u32,
) -> Digest {
    let difference = word.and_then(|word| word.strip_prefix(DIFFERS));
    if let Some(Ok(sent)) = difference.map(|bits| u32::from_str_radix(bits, 16)) {
        return Digest::Bad { sent, computed: 0 };
    }
    match (word, bytes) {
        (None, _) => Digest::None,
        (Some("sent"), Some(bytes)) => Digest::check(bytes, computed()),
        (Some(_), _) => Digest::Unverified,
    }
}

impl<'a> Recorded<'a> {
    /// The PDU in a packet, if a recording of ours has put it there.
    pub fn parse(packet: &Packet<'a>) -> Option<Self> {
        let exported = Exported::parse(packet).filter(|exported| exported.dissector == "iscsi")?;
        let comment = Comment::parse(packet.options.comment()?);
        let payload = exported.payload;
        let header = Bhs::parse(payload)?;
        let covered = BHS_LEN + usize::from(header.total_ahs_length()) * 4;
        let ahs = payload.get(BHS_LEN..covered).or_else(|| payload.get(BHS_LEN..))?;
        let mut rest = payload.get(covered..).unwrap_or_default();
        let mut take_digest = |at: usize| {
            let bytes = rest.get(at..)?.first_chunk().copied();
            rest = rest.get(..at)?;
            bytes
        };
        let length = header.data_segment_length() as usize;
        let padded = length.next_multiple_of(4);
        // The header's digest lies in front of the data: look behind it first.
        let front = if comment.header_digest.is_some() { DIGEST_LEN } else { 0 };
        let behind = take_digest(front + padded).filter(|_| comment.data_digest.is_some());
        let header_bytes = rest.first_chunk().copied().filter(|_| front > 0);
        let padded_data = rest.get(front..).unwrap_or_default();
        let header_digest = read_digest(comment.header_digest, header_bytes, || {
            crc32c(0, payload.get(..covered).unwrap_or_default())
        });
        let data_digest = read_digest(comment.data_digest, behind, || crc32c(0, padded_data));
        let direction = direction(packet, header.opcode());
        Some(Self {
            connection: comment.connection?,
            origin: comment.has_origin.then_some(comment.origin),
            direction,
            src: exported.src,
            dst: exported.dst,
            header,
            ahs,
            data: padded_data.get(..length).unwrap_or(padded_data),
            header_digest,
            data_digest,
        })
    }
}

/// Said by the packet's flags; its opcode knows, too, unless the sender broke the rules.
fn direction(packet: &Packet<'_>, opcode: Opcode) -> Direction {
    said_direction(packet).unwrap_or_else(|| opcode.direction())
}

/// What the packet's flags say.
pub(super) fn said_direction(packet: &Packet<'_>) -> Option<Direction> {
    /// `epb_flags`: bits 0 and 1 are 1 inbound, 2 outbound.
    const FLAGS: u16 = 2;
    match packet.options.get(FLAGS)?.first()? & 3 {
        1 => Some(Direction::ToInitiator),
        2 => Some(Direction::ToTarget),
        _ => None,
    }
}
