//! Whatever two peers send each other, the model stays standing and does not collect.

use iscsi_decoders::pdu::{Digest, Direction};
use proptest::prelude::*;

use super::build::*;

const OPCODES: [u8; 19] = [
    0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x10, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x31,
    0x32, 0x3f, 0x1c,
];

/// Tags that occur: few, so that PDUs meet; the reserved one among them.
const TAGS: [u32; 6] = [0, 1, 2, 3, 4, u32::MAX];

const TEXTS: [&str; 5] = [
    "",
    "InitiatorName=iqn.a:host\nTargetName=iqn.b:disk\n",
    "FirstBurstLength=4096\nMaxBurstLength=0\nMaxOutstandingR2T=0\nInitialR2T=No\n",
    "HeaderDigest=CRC32C\nMaxRecvDataSegmentLength=512\n",
    "InitiatorName=iqn.a:host\nSessionType=Discovery\n",
];

prop_compose! {
    fn any_packet()(
        mut header in prop::collection::vec(any::<u8>(), 48),
        opcode in prop::sample::select(&OPCODES[..]),
        tags in [prop::sample::select(&TAGS[..]), prop::sample::select(&TAGS[..])],
        numbers in [0u32..8, 0u32..8, 0u32..8],
        text in prop::sample::select(&TEXTS[..]),
        data in prop::collection::vec(any::<u8>(), 0..50),
        bad in prop::bool::weighted(0.02),
    ) -> Packet {
        header[0] = opcode | header[0] & 0x40;
        let mut packet = packet(iscsi_decoders::pdu::Opcode(opcode), 0, 0);
        packet.header.copy_from_slice(&header);
        packet.text = text.replace('\n', "\0").into_bytes();
        packet.ahs = data.clone();
        packet.data = data;
        if bad {
            packet.header_digest = Digest::Bad { sent: 0, computed: 1 };
        }
        packet.word(16, tags[0]).word(20, tags[1]).number(numbers[0]).window(numbers[1], numbers[2])
    }
}

#[derive(Clone, Debug)]
enum Step {
    Send(u32, Box<Packet>),
    Wait(i64),
    Lose(Direction),
    Close(u32, bool),
    Connect(bool),
}

fn any_step() -> impl Strategy<Value = Step> {
    let direction = prop_oneof![Just(Direction::ToTarget), Just(Direction::ToInitiator)];
    prop_oneof![
        20 => (1u32..3, any_packet()).prop_map(|(on, packet)| Step::Send(on, Box::new(packet))),
        2 => (-5i64..10_000).prop_map(Step::Wait),
        1 => direction.prop_map(Step::Lose),
        1 => (1u32..3, any::<bool>()).prop_map(|(on, reset)| Step::Close(on, reset)),
        1 => any::<bool>().prop_map(Step::Connect),
    ]
}

proptest! {
    #[test]
    fn no_conversation_panics_and_open_tasks_are_all_that_is_kept(
        steps in prop::collection::vec(any_step(), 1..200),
    ) {
        let mut talk = Talk::new();
        talk.connect(false);
        for step in steps {
            match step {
                Step::Send(on, packet) => talk.on(on, *packet),
                Step::Wait(milliseconds) => talk.wait(milliseconds),
                Step::Lose(direction) => talk.lose(direction, 48),
                Step::Close(on, reset) => talk.close(on, Direction::ToTarget, reset),
                Step::Connect(from_start) => { talk.connect(from_start); }
            }
            for connection in talk.model.connections() {
                // One per tag that can open a task.
                prop_assert!(connection.open_tasks() < TAGS.len());
                prop_assert!(connection.login.steps.len() <= 8);
            }
        }
        talk.finish();
        prop_assert!(talk.model.connections().iter().all(|connection| connection.open_tasks() == 0));
        for session in talk.model.sessions() {
            for (_, stats) in session.commands.sorted() {
                prop_assert!(stats.min <= stats.percentile(50.0) && stats.percentile(99.0) <= stats.max);
            }
        }
    }
}
