//! A third opinion: the PDUs in the bytes of a TCP stream, walked header by header without any dissector.
//!
//! tshark is only asked for the TCP layer: which segment carries which bytes. Lengths come from the headers, digests from
//! trying, and every digest is recomputed. What this finds is there, whatever a dissector makes of it.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, bail};

use crate::pdu::{Pdu, Value};
use crate::tshark;

/// One direction of one TCP connection, put in order.
#[derive(Default)]
struct Stream {
    /// First sequence number seen or announced by SYN.
    start: Option<u32>,
    /// What was sent; `None` where the capture did not keep the byte, though it kept the packet.
    bytes: Vec<Option<u8>>,
    /// The packet that brought each byte; 0 where none did.
    frames: Vec<u64>,
}

/// Lengths and positions of RFC 7143, section 11.2.
const BHS: usize = 48;
const DIGEST: usize = 4;

/// Where a field lies in a header: opcode, name, first byte, number of bytes.
const FIELDS: &[(u8, &str, usize, usize)] = &[
    (0x00, "target_transfer_tag", 20, 4),
    (0x00, "cmd_sn", 24, 4),
    (0x00, "exp_stat_sn", 28, 4),
    (0x01, "expected_data_transfer_length", 20, 4),
    (0x01, "cmd_sn", 24, 4),
    (0x01, "exp_stat_sn", 28, 4),
    (0x02, "referenced_task_tag", 20, 4),
    (0x02, "cmd_sn", 24, 4),
    (0x02, "exp_stat_sn", 28, 4),
    (0x02, "ref_cmd_sn", 32, 4),
    (0x02, "exp_data_sn", 36, 4),
    (0x03, "tsih", 14, 2),
    (0x03, "cid", 20, 2),
    (0x03, "cmd_sn", 24, 4),
    (0x03, "exp_stat_sn", 28, 4),
    (0x04, "target_transfer_tag", 20, 4),
    (0x04, "cmd_sn", 24, 4),
    (0x04, "exp_stat_sn", 28, 4),
    (0x05, "target_transfer_tag", 20, 4),
    (0x05, "exp_stat_sn", 28, 4),
    (0x05, "data_sn", 36, 4),
    (0x05, "buffer_offset", 40, 4),
    (0x06, "cmd_sn", 24, 4),
    (0x06, "exp_stat_sn", 28, 4),
    (0x20, "target_transfer_tag", 20, 4),
    (0x20, "stat_sn", 24, 4),
    (0x20, "exp_cmd_sn", 28, 4),
    (0x20, "max_cmd_sn", 32, 4),
    (0x21, "response", 2, 1),
    (0x21, "status", 3, 1),
    (0x21, "stat_sn", 24, 4),
    (0x21, "exp_cmd_sn", 28, 4),
    (0x21, "max_cmd_sn", 32, 4),
    (0x21, "residual_count", 44, 4),
    (0x22, "response", 2, 1),
    (0x22, "stat_sn", 24, 4),
    (0x22, "exp_cmd_sn", 28, 4),
    (0x22, "max_cmd_sn", 32, 4),
    (0x23, "tsih", 14, 2),
    (0x23, "stat_sn", 24, 4),
    (0x23, "exp_cmd_sn", 28, 4),
    (0x23, "max_cmd_sn", 32, 4),
    (0x23, "status_class", 36, 1),
    (0x23, "status_detail", 37, 1),
    (0x24, "target_transfer_tag", 20, 4),
    (0x24, "stat_sn", 24, 4),
    (0x24, "exp_cmd_sn", 28, 4),
    (0x24, "max_cmd_sn", 32, 4),
    (0x25, "target_transfer_tag", 20, 4),
    (0x25, "exp_cmd_sn", 28, 4),
    (0x25, "max_cmd_sn", 32, 4),
    (0x25, "data_sn", 36, 4),
    (0x25, "buffer_offset", 40, 4),
    (0x26, "response", 2, 1),
    (0x26, "stat_sn", 24, 4),
    (0x26, "exp_cmd_sn", 28, 4),
    (0x26, "max_cmd_sn", 32, 4),
    (0x31, "target_transfer_tag", 20, 4),
    (0x31, "stat_sn", 24, 4),
    (0x31, "exp_cmd_sn", 28, 4),
    (0x31, "max_cmd_sn", 32, 4),
    (0x31, "r2t_sn", 36, 4),
    (0x31, "buffer_offset", 40, 4),
    (0x31, "desired_data_transfer_length", 44, 4),
];

/// Every PDU of a capture, in the order in which they were complete.
pub fn decode(file: &Path) -> anyhow::Result<Vec<Pdu>> {
    let mut found = Vec::new();
    let (streams, times) = streams(file)?;
    for stream in streams.values() {
        found.extend(stream.pdus()?);
    }
    for pdu in &mut found {
        let time = times.get(&pdu.frame).context("a PDU in no packet")?;
        pdu.fields.insert("time".to_owned(), Value::Text(time.clone()));
    }
    found.sort_by_key(|pdu: &Pdu| pdu.frame);
    Ok(found)
}

/// By tshark's number for the connection, then by source port.
type Streams = BTreeMap<(u64, u64), Stream>;

/// The streams, and when each packet was captured: Unix seconds with nine digits behind the point, as in the JSON contract.
fn streams(file: &Path) -> anyhow::Result<(Streams, BTreeMap<u64, String>)> {
    let columns = [
        "frame.number",
        "tcp.stream",
        "tcp.srcport",
        "tcp.flags.syn",
        "tcp.seq_raw",
        "tcp.len",
        "frame.time_epoch",
        "tcp.payload",
    ];
    let mut options = vec!["-Y", "tcp", "-T", "fields", "-E", "separator=,"];
    options.extend(columns.iter().flat_map(|column| ["-e", column]));
    let mut streams = Streams::new();
    let mut times = BTreeMap::new();
    for line in tshark::run(file, &options)?.lines() {
        let mut cells = line.split(',');
        let mut number = || cells.next()?.parse::<u64>().ok();
        let (frame, stream, port, syn, sequence, length) =
            (number(), number(), number(), number(), number(), number());
        let (Some(frame), Some(stream), Some(port), Some(sequence), Some(length)) =
            (frame, stream, port, sequence, length)
        else {
            bail!("{}: tshark's line is not understood: {line}", file.display());
        };
        times.insert(frame, cells.next().unwrap_or_default().to_owned());
        let payload = bytes(cells.next().unwrap_or_default())?;
        let stream = streams.entry((stream, port)).or_default();
        stream.add(
            frame,
            u32::try_from(sequence)?,
            syn == Some(1),
            usize::try_from(length)?,
            &payload,
        );
    }
    Ok((streams, times))
}

fn bytes(hex: &str) -> anyhow::Result<Vec<u8>> {
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits
        .chunks(2)
        .map(|pair| Ok(u8::from_str_radix(std::str::from_utf8(pair)?, 16)?))
        .collect::<anyhow::Result<_>>()
        .with_context(|| format!("not hexadecimal: {hex}"))
}

impl Stream {
    fn add(&mut self, frame: u64, sequence: u32, syn: bool, length: usize, payload: &[u8]) {
        let sequence = sequence.wrapping_add(u32::from(syn));
        let start = *self.start.get_or_insert(sequence);
        // No capture here is longer than 2 GiB, or begins with bytes older than its first.
        let Ok(at) = usize::try_from(sequence.wrapping_sub(start).cast_signed()) else { return };
        if self.frames.len() < at + length {
            self.bytes.resize(at + length, None);
            self.frames.resize(at + length, 0);
        }
        for offset in 0..length {
            // What came first is what counts; a retransmission repeats it.
            if self.frames[at + offset] == 0 {
                self.frames[at + offset] = frame;
                self.bytes[at + offset] = payload.get(offset).copied();
            }
        }
    }

    /// Logins never have digests, so a stream switches once at most, behind its last login PDU.
    fn pdus(&self) -> anyhow::Result<Vec<Pdu>> {
        let trials = [(false, false), (true, false), (true, true), (false, true)];
        let walks = trials.iter().filter_map(|&(header, data)| self.walk(header, data));
        // A framing that is wrong finds digests that are wrong. On a tie the one without digests counts.
        walks
            .rev()
            .max_by_key(|pdus| pdus.iter().map(digest_score).sum::<i32>())
            .context("no framing explains the stream")
    }

    fn walk(&self, header_digest: bool, data_digest: bool) -> Option<Vec<Pdu>> {
        let mut found = Vec::new();
        let mut at = 0;
        while at + BHS <= self.bytes.len() {
            let header: Vec<u8> =
                self.bytes[at..at + BHS].iter().copied().collect::<Option<_>>()?;
            let opcode = header[0] & 0x3f;
            if !matches!(opcode, 0..=6 | 0x10 | 0x20..=0x26 | 0x31 | 0x32 | 0x3f) {
                return None;
            }
            let login = matches!(opcode, 0x03 | 0x23);
            let ahs = usize::from(header[4]) * 4;
            let data =
                usize::from(header[5]) << 16 | usize::from(header[6]) << 8 | usize::from(header[7]);
            let protects_header = header_digest && !login;
            let protects_data = data_digest && !login && data > 0;
            let data_at = at + BHS + ahs + if protects_header { DIGEST } else { 0 };
            let data_end = data_at + data.next_multiple_of(4);
            let end = data_end + if protects_data { DIGEST } else { 0 };
            if end > self.bytes.len() {
                break;
            }
            let mut pdu = describe(&header, opcode);
            // A PDU is complete when its last byte is there and nothing before it is missing.
            pdu.frame = self.frames[..end].iter().copied().max()?;
            for (name, used, from, to) in [
                (
                    "header_digest",
                    protects_header,
                    at,
                    data_at - DIGEST * usize::from(protects_header),
                ),
                ("data_digest", protects_data, data_at, data_end),
            ] {
                let verdict = if used { self.verify(from, to) } else { Some("none") };
                pdu.fields
                    .extend(verdict.map(|text| (name.to_owned(), Value::Text(text.to_owned()))));
            }
            let missing =
                self.bytes[data_at..data_at + data].iter().filter(|byte| byte.is_none()).count();
            if missing > 0 {
                pdu.fields
                    .insert("data_missing".to_owned(), Value::Number(u64::try_from(missing).ok()?));
            }
            if matches!(opcode, 0x03 | 0x04 | 0x23 | 0x24) {
                let keys = keys(&self.bytes[data_at..data_at + data]);
                if !keys.is_empty() {
                    pdu.fields.insert("keys".to_owned(), Value::Keys(keys));
                }
            }
            found.push(pdu);
            at = end;
        }
        Some(found)
    }

    /// Recomputes the CRC32C of a range and compares it with the four bytes behind it; `None` if any is missing.
    fn verify(&self, from: usize, to: usize) -> Option<&'static str> {
        let covered: Vec<u8> = self.bytes[from..to].iter().copied().collect::<Option<_>>()?;
        let sent: Vec<u8> = self.bytes[to..to + DIGEST].iter().copied().collect::<Option<_>>()?;
        // The CRC travels lowest byte first (RFC 7143, section 13.1, and its examples).
        let right = crc32c::crc32c(&covered).to_le_bytes() == sent[..];
        Some(if right { "good" } else { "bad" })
    }
}

/// The pairs that are wholly there, their closing zero included.
fn keys(segment: &[Option<u8>]) -> Vec<(String, String)> {
    let there: Vec<u8> = segment.iter().map_while(|byte| *byte).collect();
    let whole = there.iter().rposition(|&byte| byte == 0).map_or(0, |end| end + 1);
    String::from_utf8_lossy(&there[..whole])
        .split_terminator('\0')
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

fn describe(header: &[u8], opcode: u8) -> Pdu {
    let value = |at: usize, length: usize| {
        header[at..at + length].iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte))
    };
    let mut fields: BTreeMap<String, Value> = FIELDS
        .iter()
        .filter(|(of, ..)| *of == opcode)
        .map(|&(_, name, at, length)| (name.to_owned(), Value::Number(value(at, length))))
        .collect();
    if opcode < 0x20 {
        fields.insert("immediate".to_owned(), Value::Number(value(0, 1) >> 6 & 1));
    }
    // In a login the same bit is T.
    let first_flag = if matches!(opcode, 0x03 | 0x23) { "transit" } else { "final" };
    fields.insert(first_flag.to_owned(), Value::Number(value(1, 1) >> 7));
    fields.insert("total_ahs_length".to_owned(), Value::Number(value(4, 1)));
    fields.insert("data_segment_length".to_owned(), Value::Number(value(5, 3)));
    if opcode == 0x25 && header[1] & 1 == 1 {
        for (name, at, length) in [("status", 3, 1), ("stat_sn", 24, 4), ("residual_count", 44, 4)]
        {
            fields.insert(name.to_owned(), Value::Number(value(at, length)));
        }
    }
    Pdu { frame: 0, opcode, initiator_task_tag: value(16, 4), fields }
}

/// How much a PDU's digests speak for the framing that found them.
fn digest_score(pdu: &Pdu) -> i32 {
    ["header_digest", "data_digest"]
        .iter()
        .map(|name| match pdu.fields.get(*name) {
            Some(Value::Text(verdict)) if verdict == "good" => 1,
            Some(Value::Text(verdict)) if verdict == "bad" => -1,
            _ => 0,
        })
        .sum()
}
