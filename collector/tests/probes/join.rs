use iscsi_collector::event::What;
use iscsi_collector::event::loss::{Cause, Kind as Lost, Loss};
use iscsi_collector::model::{Model, Record};
use iscsi_collector::source::Event;
use iscsi_collector::source::probes::Joiner;
use iscsi_decoders::Timestamp;
use iscsi_decoders::pdu::{Digest, Direction, Opcode};
use iscsi_decoders::stream;
use iscsi_ebpf::NONE;
use iscsi_ebpf::connection::What as Step;
use iscsi_ebpf::event::Kind;
use iscsi_ebpf::pdu::{DATA_FOLLOWS, REBUILT};

use crate::builder::{
    TestMachine, bhs, data_of, error, event, identity, received, received_with_data, sent, session,
    step,
};
use crate::run;

/// One word for each event.
fn words(events: &[Vec<u8>]) -> Vec<String> {
    let mut words = Vec::new();
    run(events, &mut |event| {
        words.push(match event {
            Event::Stream(stream::Event::Opened { from_start, .. }) => {
                format!("opened {from_start}")
            }
            Event::Stream(stream::Event::Pdu(pdu)) => pdu.header.opcode().to_string(),
            Event::Stream(stream::Event::Closed { direction, reset, .. }) => {
                format!("closed {} {reset}", direction.name())
            }
            Event::Kernel(event) => event.what.name().to_owned(),
            other => format!("{other:?}"),
        });
    });
    words
}

#[test]
fn a_session_is_told_in_the_order_it_happened() {
    assert_eq!(
        words(&session()),
        [
            "connection-step",
            "connection-identity",
            "connection-step",
            "opened true",
            "Login Request",
            "Login Response",
            "connection-identity",
            "connection-step",
            "SCSI Command",
            "SCSI Data-In",
            "NOP-Out",
            "connection-error",
            "connection-step",
            "closed i2t false",
        ]
    );
}

#[test]
fn events_are_numbered_and_know_their_connection() {
    let mut frame = 0;
    run(&session(), &mut |event| {
        frame += 1;
        match event {
            Event::Stream(stream::Event::Pdu(pdu)) => {
                assert_eq!(pdu.stamp.frame, frame);
                let origin = pdu.origin.unwrap();
                let ids = (origin.host, origin.session, origin.cid, origin.cpu);
                assert_eq!(ids, (Some(2), Some(3), Some(0), 1));
            }
            Event::Kernel(event) => {
                assert_eq!(event.stamp.frame, frame);
                let is_open = frame > 4;
                assert_eq!(event.connection.is_some(), is_open, "{event:?}");
            }
            _ => {}
        }
    });
}

#[test]
fn a_data_segment_joins_its_header_and_continued_text_is_whole() {
    let first = bhs(Opcode::TEXT_RESPONSE, 0x40, 9, &[(4, 4)]);
    let last = bhs(Opcode::TEXT_RESPONSE, 0x80, 9, &[(4, 3)]);
    let mut events = received_with_data(1, &first, b"A=on").to_vec();
    events.extend(received_with_data(2, &last, b"ce\0"));
    let mut texts = Vec::new();
    run(&events, &mut |event| {
        if let Event::Stream(stream::Event::Pdu(pdu)) = event {
            texts.push((pdu.data.to_vec(), pdu.text.to_vec(), pdu.data_missing));
        }
    });
    assert_eq!(
        texts,
        [(b"A=on".to_vec(), Vec::new(), 0), (b"ce\0".to_vec(), b"A=once\0".to_vec(), 0)]
    );
}

/// Bytes of the data segment that are missing, PDU by PDU.
fn missing(events: &[Vec<u8>]) -> Vec<u32> {
    let mut missing = Vec::new();
    run(events, &mut |event| {
        if let Event::Stream(stream::Event::Pdu(pdu)) = event {
            missing.push(pdu.data_missing);
        }
    });
    missing
}

#[test]
fn a_header_does_not_wait_for_data_for_ever() {
    let header = bhs(Opcode::TEXT_RESPONSE, 0x80, 9, &[(4, 4)]);
    let other = bhs(Opcode::NOP_IN, 0x80, u32::MAX, &[(20, u32::MAX)]);
    let waiting = || received(1, &header, DATA_FOLLOWS, &[]);
    assert_eq!(missing(&[waiting(), received(2, &other, 0, &[])]), [4, 0], "the next one came");
    assert_eq!(missing(&[waiting(), error(2, 1011, 1, 0)]), [4], "the connection failed");
    assert_eq!(missing(&[waiting()]), [4], "the run ended");
    assert_eq!(missing(&[waiting(), data_of(2, &other, b"text")]), [4], "data of another PDU");
    assert_eq!(missing(&[waiting(), data_of(2, &header, b"te")]), [2], "data that is cut");
}

#[test]
fn user_data_that_is_not_asked_for_is_not_missing() {
    let data_in = bhs(Opcode::DATA_IN, 0, 9, &[(4, 8192), (20, u32::MAX)]);
    assert_eq!(missing(&[received(1, &data_in, 0, &[])]), [0]);
}

#[test]
fn the_socket_tells_who_closed() {
    let ping = bhs(Opcode::NOP_OUT, 0x80, 3, &[(20, u32::MAX)]);
    let closed = |tcp_state, sock_error| {
        let events =
            [sent(1, &ping, &[]), error(2, 1020, tcp_state, sock_error), step(3, Step::Stopped, 3)];
        words(&events).pop().unwrap()
    };
    assert_eq!(closed(8, 0), "closed t2i false", "CLOSE_WAIT");
    assert_eq!(closed(7, 104), "closed t2i true", "ECONNRESET");
    assert_eq!(closed(1, 0), "closed i2t false", "ESTABLISHED");
}

#[test]
fn a_recovered_session_goes_on_with_another_connection() {
    let ping = bhs(Opcode::NOP_OUT, 0x80, 3, &[(20, u32::MAX)]);
    let events = [
        sent(1, &ping, &[]),
        step(2, Step::Stopped, 3),
        step(3, Step::Bound, NONE),
        sent(4, &ping, &[]),
    ];
    let mut connections = Vec::new();
    run(&events, &mut |event| {
        if let Event::Stream(stream::Event::Pdu(pdu)) = event {
            connections.push(pdu.connection.0);
        }
    });
    assert_eq!(connections, [1, 2]);
}

#[test]
fn fields_a_driver_left_empty_are_absent() {
    let response = bhs(Opcode::NOP_IN, 0x80, 3, &[(28, 5), (32, 9)]);
    for (flags, expected) in [(0, Some(0)), (REBUILT, None)] {
        let mut seen = 0;
        run(&[received(1, &response, flags, &[])], &mut |event| {
            if let Event::Stream(stream::Event::Pdu(pdu)) = event {
                seen += 1;
                assert_eq!((pdu.stat_sn(), pdu.target_transfer_tag()), (expected, expected));
                assert_eq!(pdu.header.max_cmd_sn(), Some(9), "the driver sets this one");
                assert_eq!(pdu.lun().is_some(), expected.is_some());
            }
        });
        assert_eq!(seen, 1);
    }
}

#[test]
fn digests_the_kernel_has_checked_are_in_use_but_not_verified() {
    let mut digests = Vec::new();
    run(&session(), &mut |event| {
        if let Event::Stream(stream::Event::Pdu(pdu)) = event {
            digests.push((pdu.direction, pdu.header_digest));
        }
    });
    let [login, answer, command, ..] = digests[..] else { panic!("{digests:?}") };
    assert_eq!(login, (Direction::ToTarget, Digest::None));
    assert_eq!(answer, (Direction::ToInitiator, Digest::None));
    assert_eq!(command, (Direction::ToTarget, Digest::Unverified));
}

#[test]
fn bytes_that_are_no_event_are_counted() {
    let whole = identity(1, "tcp", 0);
    for cut in 0..whole.len() {
        assert_eq!(run(&[whole[..cut].to_vec()], &mut |_| {}).events, 1, "{cut} bytes");
    }
    let mut unknown = whole.clone();
    unknown[20] = 99;
    let unreadable = run(&[unknown, whole], &mut |_| {});
    assert_eq!((unreadable.events, unreadable.first), (1, Some((Some(99), 704))));
}

#[test]
fn the_length_of_a_jiffy_is_learnt_from_two_timers() {
    let timer = |ms: u64| {
        let now = 4_000_000 + ms / 4;
        let body = iscsi_ebpf::timer::Transport {
            now,
            last_received: now - 500,
            last_ping: now - 250,
            ping_timeout: 5,
            recv_timeout: 5,
            outstanding: 1,
            zero: 0,
        };
        event(Kind::TransportTimer, ms, &body, &[])
    };
    let mut seen = Vec::new();
    run(&[timer(0), timer(2000)], &mut |event| {
        if let Event::Kernel(event) = event
            && let What::TransportTimer(timer) = event.what
        {
            seen.push((timer.since_received, timer.since_ping));
        }
    });
    assert_eq!(seen, [(None, None), (Some(2_000_000_000), Some(1_000_000_000))], "250 Hz");
}

#[test]
fn pdus_from_before_all_probes_were_there_are_left_out() {
    let mut joiner = Joiner::since(Timestamp(1_700_000_000_000_000_000 + 30_000_000));
    let mut pdus = 0;
    let mut others = 0;
    for event in session() {
        joiner.take(&event, &TestMachine, &mut |event| match event {
            Event::Stream(stream::Event::Pdu(_)) => pdus += 1,
            _ => others += 1,
        });
    }
    assert_eq!((pdus, others), (3, 9), "from the read on, and every other event");
}

/// Findings of a run with a loss before the last event.
fn findings(events: &[Vec<u8>], lost: bool) -> Vec<String> {
    let mut found = Vec::new();
    let mut model = Model::default();
    let mut see = |event: Event<'_>| {
        model.observe(&event, &mut |record: &Record<'_>| {
            if let Record::Finding(finding) = record {
                found.push(finding.kind.name().to_owned());
            }
        });
    };
    let mut joiner = Joiner::default();
    let (last, first) = events.split_last().unwrap();
    first.iter().for_each(|event| joiner.take(event, &TestMachine, &mut see));
    if lost {
        let loss =
            Loss { kind: Lost::PduReceived, events: 1, during: 1 << 40, cause: Cause::BufferFull };
        joiner.lost(0, loss, Timestamp(1_700_000_000_000_000_000), &mut see);
    }
    joiner.take(last, &TestMachine, &mut see);
    found
}

#[test]
fn what_the_probes_lost_is_not_held_against_anyone() {
    let events = &session()[..8];
    let stray = bhs(Opcode::SCSI_RESPONSE, 0x80, 55, &[(24, 9), (28, 9), (32, 40)]);
    let events = [events, &[received(40, &stray, 0, &[])]].concat();
    assert_eq!(findings(&events, false), ["stat-sn-gap", "response-without-task"]);
    assert_eq!(findings(&events, true), [""; 0]);
}

#[test]
fn what_was_before_the_probes_came_is_not_held_against_anyone() {
    let stray = bhs(Opcode::SCSI_RESPONSE, 0x80, 55, &[(24, 9), (28, 9), (32, 40)]);
    let events = [identity(1, "tcp", 0), received(40, &stray, 0, &[])];
    assert_eq!(findings(&events, false), [""; 0]);
}
