//! The relay between two ends on loopback sockets.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use iscsi_decoders::pdu::{Bhs, Opcode, RESERVED_TAG};

use crate::connection;
use crate::pdu::{Digests, Pdu};
use crate::rule::{Rule, Rules};

const BOTH: Digests = Digests { header: true, data: true };

/// Both ends of a relayed connection.
struct Ends {
    initiator: TcpStream,
    target: TcpStream,
}

fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let far = listener.accept().unwrap().0;
    near.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    (near, far)
}

fn relayed(rules: &[(&str, &str)]) -> Ends {
    let rule = |(on, what): &(&str, &str)| Rule::new(on.parse().unwrap(), what.parse().unwrap());
    let rules = Arc::new(Rules::new(rules.iter().map(rule).collect(), None));
    let (initiator, relay_initiator) = pair();
    let (target, relay_target) = pair();
    thread::spawn(move || connection::relay(relay_initiator, relay_target, rules));
    Ends { initiator, target }
}

fn pdu(opcode: Opcode, itt: u32, data: &[u8]) -> Pdu {
    let mut header = [0; 48];
    header[0] = opcode.0;
    header[1] = 0x80;
    header[5..8].copy_from_slice(&u32::try_from(data.len()).unwrap().to_be_bytes()[1..]);
    header[16..20].copy_from_slice(&itt.to_be_bytes());
    let mut pdu = Pdu::of(header);
    pdu.data = data.to_vec();
    pdu.data.resize(data.len().next_multiple_of(4), 0);
    pdu
}

fn send(mut stream: &TcpStream, pdu: &Pdu) {
    stream.write_all(&pdu.bytes()).unwrap();
}

fn receive(mut stream: &TcpStream, digests: Digests) -> Pdu {
    let fill = |buffer: &mut [u8]| stream.read_exact(buffer).map(|()| true);
    Pdu::read(fill, || digests).unwrap().unwrap()
}

impl Ends {
    /// A login that agrees on both digests.
    fn log_in(&self) {
        let text = b"HeaderDigest=CRC32C\0DataDigest=CRC32C\0";
        let mut request = pdu(Opcode::LOGIN_REQUEST, 1, text);
        request.header[1] = 0x87;
        send(&self.initiator, &request);
        assert_eq!(receive(&self.target, Digests::default()), request);
        let mut response = pdu(Opcode::LOGIN_RESPONSE, 1, text);
        response.header[1] = 0x87;
        send(&self.target, &response);
        assert_eq!(receive(&self.initiator, Digests::default()), response);
    }

    /// What arrives at the initiator when the target sends these.
    fn through(&self, sent: &[Pdu], digests: Digests, arriving: usize) -> Vec<Pdu> {
        sent.iter().for_each(|pdu| send(&self.target, pdu));
        (0..arriving).map(|_| receive(&self.initiator, digests)).collect()
    }
}

fn sealed(mut pdu: Pdu) -> Pdu {
    pdu.seal(BOTH);
    pdu
}

#[test]
fn without_a_rule_every_byte_passes() {
    let ends = relayed(&[]);
    let sent = [pdu(Opcode::DATA_IN, 7, b"abcde"), pdu(Opcode::SCSI_RESPONSE, 7, b"")];
    assert_eq!(ends.through(&sent, Digests::default(), 2), sent);
}

#[test]
fn a_flipped_byte_leaves_the_digest_stale() {
    let ends =
        relayed(&[("t2i:scsi-data-in:1", "flip-data:2"), ("t2i:nop-in:1", "flip-header:44")]);
    ends.log_in();
    let sent = [sealed(pdu(Opcode::DATA_IN, 7, b"abcd")), sealed(pdu(Opcode::NOP_IN, 8, b""))];
    let got = ends.through(&sent, BOTH, 2);
    assert_eq!(got[0].data, [b'a', b'b', !b'c', b'd']);
    assert_eq!(got[0].data_digest, sent[0].data_digest);
    assert_eq!(got[1].header[44], 0xff);
    assert_eq!(got[1].header_digest, sent[1].header_digest);
}

#[test]
fn a_field_that_is_set_gets_a_digest_that_fits() {
    let ends = relayed(&[("t2i:scsi-data-in:1", "set:data_sn=7")]);
    ends.log_in();
    let got = &ends.through(&[sealed(pdu(Opcode::DATA_IN, 7, b"abcd"))], BOTH, 1)[0];
    assert_eq!(got.bhs().data_sn(), Some(7));
    assert_eq!(*got, sealed(got.clone()));
}

#[test]
fn a_login_is_refused_with_the_status_asked_for() {
    let ends = relayed(&[("t2i:login-response:1", "set:login_status=0x0302")]);
    let got = &ends.through(&[pdu(Opcode::LOGIN_RESPONSE, 1, b"")], Digests::default(), 1)[0];
    assert_eq!((got.bhs().status_class(), got.bhs().status_detail()), (Some(3), Some(2)));
}

#[test]
fn pdus_are_dropped_and_doubled() {
    let ends = relayed(&[("t2i:any:1", "drop"), ("t2i:any:2", "duplicate")]);
    let sent = [1, 2, 3].map(|itt| pdu(Opcode::SCSI_RESPONSE, itt, b""));
    let tags: Vec<u32> = ends
        .through(&sent, Digests::default(), 3)
        .iter()
        .map(|pdu| pdu.bhs().initiator_task_tag())
        .collect();
    assert_eq!(tags, [2, 2, 3]);
}

#[test]
fn a_delayed_pdu_comes_late() {
    let ends = relayed(&[("t2i:any:1", "delay:300")]);
    let start = Instant::now();
    ends.through(&[pdu(Opcode::NOP_IN, 1, b"")], Digests::default(), 1);
    assert!(start.elapsed() >= Duration::from_millis(300));
}

#[test]
fn close_ends_both_sides_in_order_and_reset_does_not() {
    let mut ends = relayed(&[("i2t:scsi-command:1", "close")]);
    send(&ends.initiator, &pdu(Opcode::SCSI_COMMAND, 1, b""));
    assert_eq!(ends.initiator.read(&mut [0; 48]).unwrap(), 0);
    assert_eq!(ends.target.read(&mut [0; 48]).unwrap(), 0);

    let mut ends = relayed(&[("i2t:scsi-command:1", "reset")]);
    send(&ends.initiator, &pdu(Opcode::SCSI_COMMAND, 1, b""));
    let error = ends.initiator.read(&mut [0; 48]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

#[test]
fn nothing_leaves_a_black_hole_in_either_direction() {
    let ends = relayed(&[("i2t:nop-out:1", "black-hole")]);
    send(&ends.initiator, &pdu(Opcode::NOP_OUT, 1, b""));
    thread::sleep(Duration::from_millis(100));
    send(&ends.target, &pdu(Opcode::NOP_IN, 1, b""));
    for mut end in [&ends.initiator, &ends.target] {
        end.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
        assert_eq!(end.read(&mut [0; 48]).unwrap_err().kind(), ErrorKind::WouldBlock);
    }
}

#[test]
fn an_injected_message_continues_the_targets_numbers() {
    let ends = relayed(&[("t2i:scsi-response:1", "inject-async:1")]);
    let mut response = pdu(Opcode::SCSI_RESPONSE, 7, b"");
    response.header[24..28].copy_from_slice(&41_u32.to_be_bytes());
    response.header[28..32].copy_from_slice(&50_u32.to_be_bytes());
    response.header[32..36].copy_from_slice(&60_u32.to_be_bytes());
    let got = ends.through(&[response], Digests::default(), 2);
    let async_message: Bhs = got[1].bhs();
    assert_eq!(async_message.opcode(), Opcode::ASYNC_MESSAGE);
    assert_eq!(async_message.initiator_task_tag(), RESERVED_TAG);
    assert_eq!(async_message.0[36], 1);
    assert_eq!(
        (async_message.stat_sn(), async_message.exp_cmd_sn(), async_message.max_cmd_sn()),
        (Some(42), Some(50), Some(60))
    );
}

#[test]
fn a_reject_carries_the_header_it_is_about() {
    let ends = relayed(&[("i2t:scsi-command:1", "inject-reject:4")]);
    let command = pdu(Opcode::SCSI_COMMAND, 9, b"");
    send(&ends.initiator, &command);
    let reject = receive(&ends.initiator, Digests::default());
    assert_eq!(reject.bhs().reason(), Some(4));
    assert_eq!(reject.data, command.header);
}
