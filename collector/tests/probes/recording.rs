use iscsi_collector::event::loss::{Cause, Kind, Loss};
use iscsi_collector::recording::Writer;
use iscsi_collector::source::probes::Joiner;
use iscsi_collector::source::{CaptureSource, Event};
use iscsi_decoders::Timestamp;
use iscsi_ebpf::connection::What as Step;

use crate::builder::{identity, session, step};
use crate::{run, shown};

/// Two sessions one after the other, the second of them with both digests.
fn events() -> Vec<Vec<u8>> {
    let mut events = session();
    events.push(identity(9000, "tcp", 3));
    events.extend(session().split_off(3));
    events.push(step(20_000, Step::Destroyed, 0));
    events
}

fn record(events: &[Vec<u8>]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new()).unwrap();
    run(events, &mut |event| writer.event(&event).unwrap());
    writer.into_inner()
}

/// Every event of a recording, and whether it ended well.
fn read(file: &[u8]) -> (Vec<String>, bool) {
    let mut list = Vec::new();
    let Ok(mut source) = CaptureSource::new(file, &[]) else { return (list, false) };
    let mut sink = |event: Event<'_>| list.push(format!("{event:?}"));
    let whole = loop {
        match source.step(&mut sink) {
            Ok(flow) if flow.is_continue() => {}
            end => break end.is_ok(),
        }
    };
    source.finish(&mut sink);
    (list, whole)
}

#[test]
fn what_was_recorded_comes_back_as_it_was() {
    let events = events();
    let (back, whole) = read(&record(&events));
    let original = shown(&events);
    assert!(whole);
    for (back, original) in back.iter().zip(&original) {
        assert_eq!(back, original);
    }
    assert_eq!(back.len(), original.len());
}

#[test]
fn a_recording_that_was_cut_off_reads_up_to_there() {
    let file = record(&events());
    let (all, _) = read(&file);
    for cut in (0..file.len()).step_by(7) {
        let (back, _) = read(&file[..cut]);
        assert_eq!(back[..], all[..back.len()], "cut at {cut}");
    }
    let (most, whole) = read(&file[..file.len() - 1]);
    assert_eq!((most.len(), whole), (all.len() - 1, false));
}

#[test]
fn losses_are_in_the_file() {
    let mut writer = Writer::new(Vec::new()).unwrap();
    let loss = Loss { kind: Kind::PduData, events: 42, during: 7, cause: Cause::ProbeSkipped };
    let mut original = String::new();
    Joiner::default().lost(5, loss, Timestamp(1), &mut |event| {
        original = format!("{event:?}");
        writer.event(&event).unwrap();
    });
    let (back, _) = read(&writer.into_inner());
    assert_eq!(back, [original]);
    assert!(back[0].contains("42"), "{back:?}");
}

#[test]
fn what_another_version_wrote_is_counted_not_guessed() {
    let file = record(&events());
    let text = br#""connection-step""#;
    let at = file.windows(text.len()).position(|bytes| bytes == text).unwrap();
    let mut other = file.clone();
    other[at + 1] = b'X';
    let mut source = CaptureSource::new(&other[..], &[]).unwrap();
    while source.step(&mut |_| {}).unwrap().is_continue() {}
    assert_eq!(source.finish(&mut |_| {}).recorded.unreadable, 1);
}
