//! PDUs without TCP: header fields, additional headers, keys, the model and the printers.
//!
//! Each PDU of the input is its header, its additional headers as long as the header says, one byte for the length of its
//! data, and the data.

use std::collections::BTreeSet;

use iscsi_collector::model::{Model, Record};
use iscsi_collector::output::{Json, Line, Printer, Secrets, Tree};
use iscsi_collector::source::Event;
use iscsi_decoders::Timestamp;
use iscsi_decoders::pdu::ahs::{self, Ahs};
use iscsi_decoders::pdu::{BHS_LEN, Bhs, Digest, Opcode, is_plausible, keys};
use iscsi_decoders::stream::{self, ConnectionId, Ends, Pdu, Stamp};

use super::{json_lines, plain_text};
use crate::{Target, seeds, wire};

pub const TARGET: Target = Target { name: "pdu", run, seeds: conversations, words: key_names };

const CONNECTION: ConnectionId = ConnectionId(1);
/// PDUs of a conversation, enough for a login and some commands.
const SEED_PDUS: usize = 30;

fn run(mut input: &[u8]) {
    let [initiator, target] =
        ["10.0.0.1:40000", "10.0.0.2:3260"].map(|end| end.parse().expect("an address"));
    let ends = Ends { initiator, target };
    let mut model = Model::default();
    let mut printers: [(Box<dyn Printer>, Vec<u8>); 3] = [
        (Box::new(Json::new(Secrets::Shown)), Vec::new()),
        (Box::new(Line::new(Secrets::Shown, false)), Vec::new()),
        (Box::new(Tree::new(Secrets::Shown, false)), Vec::new()),
    ];
    let mut out = |record: &Record<'_>| {
        for (printer, out) in &mut printers {
            printer.print(record, out).expect("a vector takes everything");
        }
    };
    let mut stamp = Stamp::default();
    let opened = stream::Event::Opened { connection: CONNECTION, ends, stamp, from_start: true };
    model.observe(&Event::Stream(opened), &mut out);
    while let Some((parts, rest)) = Parts::split(input) {
        input = rest;
        parts.check();
        let pdu = parts.pdu(ends, stamp);
        model.observe(&Event::Stream(stream::Event::Pdu(pdu)), &mut out);
        stamp = Stamp { time: Timestamp(stamp.time.0 + 1_000_000), frame: stamp.frame + 1 };
    }
    model.finish(stamp, &mut out);
    let [json, line, tree] = printers.map(|(_, out)| out);
    json_lines(&json);
    [line, tree].iter().for_each(|text| plain_text(text));
}

struct Parts<'a> {
    header: Bhs,
    ahs: &'a [u8],
    data: &'a [u8],
}

impl<'a> Parts<'a> {
    fn split(input: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let header = Bhs::parse(input)?;
        let rest = input.get(BHS_LEN..)?;
        let (ahs, rest) = rest.split_at_checked(usize::from(header.total_ahs_length()) * 4)?;
        let (&length, rest) = rest.split_first()?;
        let (data, rest) = rest.split_at_checked(usize::from(length))?;
        Some((Self { header, ahs, data }, rest))
    }

    fn write(pdu: &Pdu<'_>) -> Vec<u8> {
        let data = pdu.data.get(..pdu.data.len().min(255)).unwrap_or_default();
        [&pdu.header.0, pdu.ahs, &[data.len() as u8], data].concat()
    }

    fn pdu(&self, ends: Ends, stamp: Stamp) -> Pdu<'_> {
        let Self { header, ahs, data } = self;
        let has_text = matches!(
            header.opcode(),
            Opcode::LOGIN_REQUEST
                | Opcode::LOGIN_RESPONSE
                | Opcode::TEXT_REQUEST
                | Opcode::TEXT_RESPONSE
        );
        Pdu {
            connection: CONNECTION,
            ends,
            direction: header.opcode().direction(),
            stamp,
            header,
            ahs,
            data,
            data_missing: 0,
            text: if has_text { data } else { &[] },
            header_digest: Digest::Good(1),
            data_digest: Digest::Bad { sent: 1, computed: 2 },
            origin: None,
        }
    }

    fn check(&self) {
        is_plausible(&self.header);
        let in_ahs: usize = ahs::segments(self.ahs)
            .map(|segment| match segment {
                Ahs::ExtendedCdb(cdb) => cdb.len() + 4,
                Ahs::BidirectionalReadLength(_) => 8,
                Ahs::Other { content, .. } => content.len() + 3,
            })
            .sum();
        assert!(in_ahs <= self.ahs.len(), "{in_ahs} bytes of segments in {}", self.ahs.len());
        let in_pairs: usize =
            keys::pairs(self.data).map(|(key, value)| key.len() + value.len()).sum();
        assert!(in_pairs <= self.data.len(), "{in_pairs} bytes of pairs in {}", self.data.len());
    }
}

fn conversations() -> Vec<Vec<u8>> {
    let captures = seeds::recorded("captures");
    let conversation = |capture: &Vec<u8>| {
        let mut written = Vec::new();
        wire::pdus(capture, |pdu| written.push(Parts::write(pdu)));
        written.truncate(SEED_PDUS);
        written.concat()
    };
    captures.iter().map(conversation).collect()
}

/// Every key that was ever recorded, ready to be assigned.
fn key_names() -> Vec<String> {
    let mut names = BTreeSet::new();
    for capture in seeds::recorded("captures") {
        wire::pdus(&capture, |pdu| {
            names.extend(keys::pairs(pdu.text).map(|(key, _)| format!("{key}=")));
        });
    }
    names.into_iter().collect()
}
