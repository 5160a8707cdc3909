use super::error::Damage;
use super::reader::{Record, Step};
use crate::Timestamp;
use pcap_parser::PcapError;
use pcap_parser::nom::{Err as NomErr, IResult, Needed};
use pcap_parser::pcap::{
    LegacyPcapBlock, parse_pcap_frame, parse_pcap_frame_be, parse_pcap_frame_modified,
    parse_pcap_header,
};

/// Length of the file header, bytes.
pub(super) const FILE_HEADER: usize = 24;

/// Most bytes of a packet libpcap and Wireshark accept in a file that does not ask for more.
const USUAL_LIMIT: u32 = 256 << 10;

/// Most bytes of a packet accepted, whatever the file header says.
const HARD_LIMIT: u32 = 16 << 20;

/// The lower bits of the header's network field; above it lie FCS length and reserved bits
/// (draft-ietf-opsawg-pcap, section 4).
const LINK_TYPE_MASK: u32 = 0x0000_ffff;

type ParseRecord = fn(&[u8]) -> IResult<&[u8], LegacyPcapBlock<'_>, PcapError<&[u8]>>;

/// The classic pcap format, after its file header.
#[derive(Debug)]
pub(super) struct Pcap {
    parse: ParseRecord,
    record_header: usize,
    link_type: u32,
    nanos_per_unit: i64,
    limit: u32,
}

impl Pcap {
    /// Reads the file header; `None` when there are too few bytes for it or the magic is unknown.
    pub(super) fn open(data: &[u8]) -> Option<Result<Self, Damage>> {
        let (_, header) = parse_pcap_header(data).ok()?;
        let (major, minor) = (header.version_major, header.version_minor);
        if major != 2 {
            return Some(Err(Damage::Version { major, minor }));
        }
        let (parse, record_header): (ParseRecord, usize) = if header.is_modified_format() {
            (parse_pcap_frame_modified, 24)
        } else if header.is_bigendian() {
            (parse_pcap_frame_be, 16)
        } else {
            (parse_pcap_frame, 16)
        };
        Some(Ok(Self {
            parse,
            record_header,
            link_type: header.network.0.cast_unsigned() & LINK_TYPE_MASK,
            nanos_per_unit: if header.is_nanosecond_precision() { 1 } else { 1000 },
            limit: header.snaplen.clamp(USUAL_LIMIT, HARD_LIMIT),
        }))
    }

    /// Finds the record at the start of `data`.
    #[inline]
    pub(super) fn step(&self, data: &[u8]) -> Result<Step, Damage> {
        match (self.parse)(data) {
            Ok((_, record)) => self.record(&record).map(Step::Packet),
            Err(NomErr::Incomplete(Needed::Size(missing))) => {
                let missing = missing.get();
                let whole = data.len().saturating_add(missing);
                self.check(whole.saturating_sub(self.record_header) as u64)?;
                Ok(Step::More(missing))
            }
            // These parsers know no other failure than too few bytes.
            Err(_) => Ok(Step::More(1)),
        }
    }

    #[inline]
    fn record(&self, record: &LegacyPcapBlock<'_>) -> Result<Record, Damage> {
        self.check(u64::from(record.caplen))?;
        if [record.ts_sec, record.ts_usec, record.caplen, record.origlen] == [0; 4] {
            return Err(Damage::ZeroHeader);
        }
        let fraction = i64::from(record.ts_usec) * self.nanos_per_unit;
        let length = record.data.len();
        Ok(Record {
            time: Timestamp(i64::from(record.ts_sec) * 1_000_000_000 + fraction),
            link_type: self.link_type,
            start: self.record_header,
            length,
            wire_len: record.origlen.max(record.caplen),
            options: 0..0,
            big_endian: false,
            whole: self.record_header + length,
        })
    }

    #[inline]
    fn check(&self, length: u64) -> Result<(), Damage> {
        if length > u64::from(self.limit) {
            return Err(Damage::RecordTooLong { length, limit: self.limit });
        }
        Ok(())
    }
}
