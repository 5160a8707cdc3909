//! The same capture as others would have taken it: begun late, ended early, with a snap length, on two interfaces.

/// Bytes of a pcap file's header, and of the one before each packet.
const FILE: usize = 24;
const RECORD: usize = 16;

/// A capture written by `iscsi_tests::conversation`, ready to be taken apart.
pub struct Capture<'a> {
    header: &'a [u8],
    records: Vec<&'a [u8]>,
}

impl<'a> Capture<'a> {
    pub fn of(bytes: &'a [u8]) -> Self {
        let (header, mut rest) = bytes.split_at(FILE);
        let mut records = Vec::new();
        while let Some(length) = rest.get(8..12) {
            let length = u32::from_le_bytes(length.try_into().unwrap()) as usize;
            let (record, others) = rest.split_at(RECORD + length);
            records.push(record);
            rest = others;
        }
        Self { header, records }
    }

    /// All the ways, with their names.
    pub fn ways(&self) -> Vec<(String, Vec<u8>)> {
        let count = self.records.len();
        let mut ways = Vec::new();
        for eighth in 1..8 {
            let (head, tail) = self.records.split_at(count * eighth / 8);
            ways.push((format!("from {eighth}/8"), self.file(tail.iter().map(|all| all.to_vec()))));
            ways.push((format!("to {eighth}/8"), self.file(head.iter().map(|all| all.to_vec()))));
        }
        for bytes in [64, 96, 128] {
            let short = self.records.iter().map(|record| snapped(record, bytes));
            ways.push((format!("{bytes} bytes each"), self.file(short)));
        }
        let twice = self.records.iter().flat_map(|record| [record.to_vec(), record.to_vec()]);
        ways.push(("twice".to_owned(), self.file(twice)));
        ways
    }

    fn file(&self, records: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
        let mut file = self.header.to_vec();
        records.for_each(|record| file.extend(record));
        file
    }
}

fn snapped(record: &[u8], bytes: usize) -> Vec<u8> {
    let kept = (record.len() - RECORD).min(bytes);
    let mut short = record[..RECORD + kept].to_vec();
    short[8..12].copy_from_slice(&u32::try_from(kept).unwrap().to_le_bytes());
    short
}
