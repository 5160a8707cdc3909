//! What the probes are told to report.

use iscsi_decoders::scsi::{Cdb, OpClass};
use iscsi_ebpf::command::Class;
use iscsi_ebpf::config::Config;
use iscsi_ebpf::event::Kind;
use zerocopy::FromZeros as _;

use crate::category::Categories;

/// Kinds without which nothing makes sense: who connections are and what becomes of them.
const ALWAYS: &[Kind] =
    &[Kind::Identity, Kind::ConnectionError, Kind::ConnectionStep, Kind::SessionStep, Kind::Module];

/// Those that are PDUs.
pub const PDUS: &[Kind] = &[Kind::PduReceived, Kind::PduSent, Kind::PduData];

/// Kinds that categories ask for.
const ASKED: &[(Categories, &[Kind])] = &[
    (
        Categories::PDUS
            .union(Categories::SCSI)
            .union(Categories::DATA)
            .union(Categories::NOPS)
            .union(Categories::TMF)
            .union(Categories::LOGIN)
            .union(Categories::LOGIN_ERRS),
        PDUS,
    ),
    (Categories::EH, &[Kind::HandlerEntered, Kind::HandlerReturned]),
    (Categories::EH.union(Categories::TMF), &[Kind::TmfEntered, Kind::TmfReturned]),
    (Categories::TIMERS.union(Categories::NOPS), &[Kind::TransportTimer, Kind::Nop]),
    (Categories::NETLINK, &[Kind::Netlink]),
    (Categories::TCP, &[Kind::Tcp]),
    (Categories::FUNCTION, &[Kind::Text]),
];

/// The ring may fill this far before we are woken; we look every 100 ms anyway.
const WAKE_BYTES: u32 = 256 << 10;

/// Data segments longer than this are cut unless asked for: logins and sense data are far shorter.
const DATA_MAX: u32 = 2048;

/// Everything of these kinds, of every session.
#[must_use]
pub fn watching(kinds: &[Kind]) -> Config {
    let mut config = Config::new_zeroed();
    config.kinds = kinds.iter().fold(0, |bits, kind| bits | 1 << *kind as u32);
    config.sid = iscsi_ebpf::NONE;
    config.lun = u64::MAX;
    config.data_max = DATA_MAX;
    config.classes = u32::MAX;
    config.count = 1;
    config.wake_bytes = WAKE_BYTES;
    config.class_of = classes();
    config
}

/// What categories ask the probes for.
#[must_use]
pub fn kinds(categories: Categories) -> Vec<Kind> {
    let asked = ASKED.iter().filter(|(category, _)| categories.intersects(*category));
    let mut kinds = ALWAYS.to_vec();
    kinds.extend(asked.flat_map(|(_, kinds)| kinds.iter().copied()));
    kinds
}

/// The class of each operation code, as the decoders' tables have it.
fn classes() -> [u8; 256] {
    std::array::from_fn(|opcode| {
        let cdb = [u8::try_from(opcode).unwrap_or(0)];
        let class = match Cdb::new(&cdb, None).class() {
            OpClass::Read => Class::Read,
            OpClass::Write => Class::Write,
            OpClass::Flush => Class::Sync,
            OpClass::Unmap => Class::Unmap,
            _ => Class::Other,
        };
        class as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operation_codes_are_in_the_class_of_what_they_do() {
        let classes = classes();
        let class = |opcode: usize| Class::from_number(classes[opcode].into());
        assert_eq!(class(0x28), Some(Class::Read), "READ(10)");
        assert_eq!(class(0x8a), Some(Class::Write), "WRITE(16)");
        assert_eq!(class(0x35), Some(Class::Sync), "SYNCHRONIZE CACHE(10)");
        assert_eq!(class(0x42), Some(Class::Unmap), "UNMAP");
        assert_eq!(class(0x12), Some(Class::Other), "INQUIRY");
    }
}
