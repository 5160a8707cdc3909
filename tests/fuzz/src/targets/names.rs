//! What leads an initiator to its targets: iSNS and the DHCP option.

use iscsi_decoders::dhcp;
use iscsi_decoders::isns::{self, Message, ParseError, Route, Traffic};
use iscsi_decoders::net::UdpDatagram;
use iscsi_decoders::stream::Stamp;

use super::no_words;
use crate::Target;

pub const TARGET: Target = Target { name: "names", run, seeds, words: no_words };

fn run(input: &[u8]) {
    match isns::parse(input) {
        Ok((pdu, rest)) => {
            assert!(rest.len() < input.len(), "parsing gets on");
            show(&pdu.message());
        }
        Err(error @ ParseError::Incomplete { .. }) => drop(error.to_string()),
        Err(error) => drop(error.to_string()),
    }
    let [src, dst] =
        ["10.0.0.1:40000", "10.0.0.2:3205"].map(|end| end.parse().expect("an address"));
    let datagram = UdpDatagram { src, dst, payload: input, missing: 0 };
    let mut see = |message: &Message<'_>, _: Route, _: Stamp| show(message);
    Traffic::default().datagram(&datagram, Stamp::default(), &mut see);
    if let Ok(message) = dhcp::Message::parse(input) {
        let length: usize = message.options().flatten().map(|(_, bytes)| bytes.len() + 2).sum();
        assert!(length <= input.len(), "no option is read twice");
        message.to_string();
    }
}

fn show(message: &Message<'_>) {
    message.to_string();
    for attribute in message.attributes().flatten() {
        attribute.tag.to_string();
        match attribute.value() {
            Ok(value) => drop(value.to_string()),
            Err(error) => drop(error.to_string()),
        }
    }
    if let Some(heartbeat) = message.heartbeat() {
        heartbeat.to_string();
        heartbeat.vendor_specific();
    }
    message.status();
}

/// A message with every attribute there is, a heartbeat, and an acknowledgement with option 83.
fn seeds() -> Vec<Vec<u8>> {
    const REGISTER: u16 = 0x0001;
    const HEARTBEAT: u16 = 0x0013;
    let numbers = (1..=0x82).flat_map(|tag: u32| [tag, 4, 2]);
    let addresses = [16_u32, 34].into_iter().flat_map(|tag| [tag, 16, 0, 0, 0xffff, 0x0a00_0001]);
    let names = [1_u32, 32].into_iter().flat_map(|tag| [tag, 8, 0x6971_6e2e, 0x6100_0000]);
    let attributes: Vec<u32> = numbers.chain(addresses).chain(names).chain([0, 0]).collect();
    let server = [0, 0, 0xffff, 0x0a00_0001, 0x0c85_0c85];
    let heartbeat = [&server[..], &[30, 7, 1], &server].concat();
    let isns = [(REGISTER, attributes), (HEARTBEAT, heartbeat)].map(|(function, words)| {
        let payload: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
        let head = [1, function, payload.len() as u16, 0x8c00, 7, 0].map(u16::to_be_bytes);
        [head.as_flattened(), &payload].concat()
    });
    let mut acknowledgement = vec![2, 1, 6, 0];
    acknowledgement.resize(236, 0);
    acknowledgement.extend([99, 130, 83, 99, 53, 1, 5, 55, 1, 83, 83, 18]);
    acknowledgement.extend([0, 3, 0, 1, 0, 1, 0, 0, 0, 1, 10, 0, 0, 2, 10, 0, 0, 3, 255]);
    isns.into_iter().chain([acknowledgement]).collect()
}
