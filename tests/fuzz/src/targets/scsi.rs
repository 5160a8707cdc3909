//! Command descriptor blocks, sense data and logical unit numbers.

use std::hint::black_box;

use std::collections::BTreeSet;

use iscsi_decoders::scsi::{Cdb, DeviceType, Lun, Sense, sense_from_response};

use super::no_words;
use crate::{Target, seeds, wire};

pub const TARGET: Target = Target { name: "scsi", run, seeds: commands_and_sense, words: no_words };

fn run(input: &[u8]) {
    let Some((&device, bytes)) = input.split_first() else { return };
    command(Cdb::new(bytes, None));
    command(Cdb::new(bytes, Some(DeviceType::from_code(device))));
    if let Some(parsed) = Sense::parse(bytes) {
        sense(&parsed, 0);
    }
    if let Some(parsed) = sense_from_response(bytes) {
        sense(&parsed, 0);
    }
    if let Some(&lun) = bytes.first_chunk() {
        let lun = Lun(lun);
        lun.to_string();
        lun.to_number();
    }
}

fn command(cdb: Cdb<'_>) {
    for (name, value) in cdb.fields() {
        assert!(Cdb::is_field(name), "{name} cannot be filtered by");
        assert_eq!(cdb.field(name), Some(value), "{name}");
    }
    cdb.to_string();
    black_box((cdb.opcode(), cdb.service_action(), cdb.class(), cdb.command_length()));
    black_box((cdb.lba(), cdb.blocks(), cdb.transfer_bytes(), cdb.space_count()));
}

fn sense(parsed: &Sense<'_>, depth: u8) {
    assert!(depth < 100, "forwarded sense data is inside itself");
    if let (Some(asc), Some(ascq)) = (parsed.asc(), parsed.ascq()) {
        assert_eq!(parsed.code(), Some(u16::from_be_bytes([asc, ascq])));
    }
    black_box((
        parsed.response_code(),
        parsed.key(),
        parsed.information(),
        parsed.command_specific(),
    ));
    black_box((parsed.deferred(), parsed.field_replaceable_unit(), parsed.sense_key_specific()));
    black_box((parsed.filemark(), parsed.eom(), parsed.ili(), parsed.overflow()));
    let mut described = 0;
    for descriptor in parsed.descriptors() {
        described += descriptor.bytes().len();
        black_box((descriptor.kind(), descriptor.name(), descriptor.ata_status()));
        if let Some(inner) = descriptor.forwarded() {
            assert!(inner.bytes().len() < parsed.bytes().len(), "forwarded sense data shrinks");
            sense(&inner, depth + 1);
        }
    }
    assert!(described <= parsed.bytes().len(), "descriptors do not overlap");
}

fn commands_and_sense() -> Vec<Vec<u8>> {
    let mut found = BTreeSet::new();
    for capture in seeds::recorded("captures") {
        wire::pdus(&capture, |pdu| {
            let cdb = pdu.header.cdb().map(|cdb| cdb.as_slice());
            let sense = sense_from_response(pdu.data).map(|sense| sense.bytes());
            for bytes in [cdb, sense].into_iter().flatten() {
                found.insert([&[0], bytes].concat());
            }
        });
    }
    found.into_iter().collect()
}
