//! CDBs longer than a header.

use iscsi_decoders::pdu::ahs::{self, Ahs};
use iscsi_decoders::stream::Pdu;

/// The CDB in one piece; `long` is where one that continues in an AHS is put together.
pub(super) fn whole<'a>(pdu: &Pdu<'a>, long: &'a mut Vec<u8>) -> Option<&'a [u8]> {
    let head = pdu.header.cdb()?;
    let tail = ahs::segments(pdu.ahs).find_map(|segment| match segment {
        Ahs::ExtendedCdb(tail) => Some(tail),
        _ => None,
    });
    let Some(tail) = tail else { return Some(head) };
    long.clear();
    long.extend_from_slice(head);
    long.extend_from_slice(tail);
    Some(long)
}
