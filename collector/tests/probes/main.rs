//! The probes' events through the whole pipeline, without a kernel: to stream events, lines, JSON and recordings.
#![expect(clippy::unwrap_used, reason = "a panic is how a test reports")]

mod builder;
mod join;
mod output;
mod recording;

use builder::TestMachine;
use iscsi_collector::model::{Model, Record};
use iscsi_collector::output::Printer;
use iscsi_collector::source::Event;
use iscsi_collector::source::probes::{Joiner, Unreadable};

/// Runs events through the joiner.
fn run(events: &[Vec<u8>], sink: &mut impl FnMut(Event<'_>)) -> Unreadable {
    let mut joiner = Joiner::default();
    for event in events {
        joiner.take(event, &TestMachine, sink);
    }
    joiner.finish(sink);
    joiner.unreadable()
}

/// Every event as Rust shows it: two lists are the same when these are.
fn shown(events: &[Vec<u8>]) -> Vec<String> {
    let mut list = Vec::new();
    run(events, &mut |event| list.push(format!("{event:?}")));
    list
}

/// What the printer makes of events that went through the model.
fn printed(events: &[Vec<u8>], printer: &mut dyn Printer) -> String {
    let mut out = Vec::new();
    let mut model = Model::default();
    run(events, &mut |event| {
        model.observe(&event, &mut |record: &Record<'_>| printer.print(record, &mut out).unwrap());
    });
    String::from_utf8(out).unwrap()
}
