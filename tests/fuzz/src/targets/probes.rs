//! Raw events of the probes: whatever they say comes out as events, is printed, and survives a recording.

use iscsi_collector::event::connection::Flown;
use iscsi_collector::model::{Model, Record};
use iscsi_collector::output::{Json, Line, Printer, Secrets, Tree};
use iscsi_collector::recording::Writer;
use iscsi_collector::source::probes::{Joiner, Machine};
use iscsi_collector::source::{CaptureSource, Event};
use iscsi_decoders::Timestamp;

use super::{json_lines, no_words, plain_text};
use crate::{Target, builder};

pub const TARGET: Target = Target { name: "probes", run, seeds, words: no_words };

struct Nowhere;

impl Machine for Nowhere {
    fn time(&self, boottime: u64) -> Timestamp {
        // Recordings cannot hold times before 1970.
        Timestamp((boottime >> 1).cast_signed())
    }

    fn function(&self, address: u64) -> Option<String> {
        (address & 1 == 0).then(|| format!("function_{address:x}"))
    }

    fn flight(&self, _: u64) -> Vec<Flown> {
        Vec::new()
    }
}

/// Events, each behind its length in two bytes.
fn events(mut input: &[u8]) -> Vec<&[u8]> {
    let mut events = Vec::new();
    while let Some((length, rest)) = input.split_first_chunk() {
        let length = usize::from(u16::from_le_bytes(*length)).min(rest.len());
        let (event, rest) = rest.split_at(length);
        events.push(event);
        input = rest;
    }
    events
}

fn run(input: &[u8]) {
    let events = events(input);
    let mut printers: [(Box<dyn Printer>, Vec<u8>); 3] = [
        (Box::new(Json::new(Secrets::Hidden)), Vec::new()),
        (Box::new(Line::new(Secrets::Hidden, false)), Vec::new()),
        (Box::new(Tree::new(Secrets::Hidden, false)), Vec::new()),
    ];
    let mut joiner = Joiner::default();
    let mut model = Model::default();
    let mut writer = Writer::new(Vec::new()).expect("a vector takes everything");
    let mut frames = Vec::new();
    let mut sink = |event: Event<'_>| {
        frames.push(format!("{event:?}"));
        writer.event(&event).expect("a vector takes everything");
        model.observe(&event, &mut |record: &Record<'_>| {
            for (printer, out) in &mut printers {
                printer.print(record, out).expect("a vector takes everything");
            }
        });
    };
    for event in &events {
        joiner.take(event, &Nowhere, &mut sink);
    }
    joiner.finish(&mut sink);
    let [json, line, tree] = printers.map(|(_, out)| out);
    json_lines(&json);
    plain_text(&line);
    plain_text(&tree);
    assert_eq!(read(&writer.into_inner()), frames.len(), "the recording has every event");
}

/// How many events a recording has.
fn read(recording: &[u8]) -> usize {
    let mut source = CaptureSource::new(recording, &[]).expect("we have written it");
    let mut count = 0;
    while source.step(&mut |_| count += 1).expect("we have written it").is_continue() {}
    count
}

fn seeds() -> Vec<Vec<u8>> {
    let session = builder::session();
    let all = session.iter().flat_map(|event| {
        let length = u16::try_from(event.len()).expect("events are short");
        [&length.to_le_bytes()[..], event].concat()
    });
    vec![all.collect()]
}
