//! What goes in comes out, however it was packed; what is lost is counted; what is not iSCSI stays out.

mod encode;
mod fields;
mod foreign;
mod hostile;
mod lifecycle;
mod loss;
mod midstream;
mod order;
mod session;
mod wire;

use proptest::prelude::*;

use crate::pdu::crc32c;
use encode::Digests;
use session::Step;

fn digests() -> impl Strategy<Value = Digests> {
    (any::<bool>(), any::<bool>()).prop_map(|(header, data)| Digests { header, data })
}

/// Any step; vendor PDUs have no shape to recognise them by, so they are left out of captures joined late.
fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..3000_usize, any::<bool>())
            .prop_map(|(bytes, status_in_data)| Step::Read { bytes, status_in_data }),
        4 => (0..3000_usize, 0..600_usize)
            .prop_map(|(bytes, immediate)| Step::Write { bytes, immediate }),
        8 => prop::sample::select(vec![
            Step::LongCdb,
            Step::Ping,
            Step::PingFromTarget,
            Step::Refused,
            Step::Abort,
            Step::SendTargets,
            Step::Async,
            Step::Reject,
            Step::Snack,
            Step::Logout,
        ]),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(prop_oneof![9 => step(), 1 => Just(Step::Vendor)], 1..8)
}

/// Segment sizes: bytewise, MTU-like and beyond.
fn sizes() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(
        prop_oneof![1..8_usize, 1..200_usize, Just(1448_usize), 1..9000_usize],
        1..64,
    )
}
