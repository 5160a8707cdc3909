//! A whole file through everything: reader, dissector, streams, model and every output.

use iscsi_collector::model::{Model, Record};
use iscsi_collector::output::{Capture, Json, Line, Printer, Secrets, Summary, Tree};
use iscsi_collector::source::{CaptureSource, Event};

use super::{json_lines, no_words, plain_text};
use crate::{Target, secrets, seeds};

pub const TARGET: Target = Target { name: "capture", run, seeds: small_captures, words: no_words };

/// A few bytes of zstd can stand for millions of packets.
const PACKETS_MAX: usize = 5000;
/// Enough for a login and some commands.
const SEED_MAX: usize = 8 << 10;

pub(super) fn run(input: &[u8]) {
    let mut printed = Everything::default();
    let has_secrets = decode(input, &mut printed, |event, see| secrets::with_others(event, see));
    if has_secrets {
        let mut twin = Everything::default();
        decode(input, &mut twin, |event, see| {
            see(event);
            false
        });
        assert!(printed.hidden() == twin.hidden(), "what is printed depends on a hidden secret");
    }
    printed.check();
}

/// Runs a capture through `change`, which hands on what the model is to see; true if any call of it was.
fn decode(
    input: &[u8],
    printed: &mut Everything,
    change: impl Fn(&Event<'_>, &mut dyn FnMut(&Event<'_>)) -> bool,
) -> bool {
    let Ok(mut source) = CaptureSource::new(input, &[]) else { return false };
    let mut model = Model::default();
    let mut changed = false;
    let mut sink = |event: Event<'_>| {
        changed |= change(&event, &mut |event| {
            model.observe(event, &mut |record: &Record<'_>| printed.record(record));
        });
    };
    for _ in 0..PACKETS_MAX {
        match source.step(&mut sink) {
            Ok(flow) if flow.is_continue() => {}
            _ => break,
        }
    }
    let totals = source.finish(&mut sink);
    model.finish(totals.last, &mut |record: &Record<'_>| printed.record(record));
    printed.page(&model, Capture { name: "fuzz".into(), totals });
    changed
}

/// Every output side by side.
struct Everything {
    printers: [(Box<dyn Printer>, Vec<u8>); 3],
    summary: Summary,
    page: Vec<u8>,
    object: Vec<u8>,
}

impl Default for Everything {
    fn default() -> Self {
        let [json, line, tree]: [Box<dyn Printer>; 3] = [
            Box::new(Json::new(Secrets::Hidden)),
            Box::new(Line::new(Secrets::Hidden, false)),
            Box::new(Tree::new(Secrets::Hidden, false)),
        ];
        let printers = [json, line, tree].map(|printer| (printer, Vec::new()));
        Self { printers, summary: Summary::default(), page: Vec::new(), object: Vec::new() }
    }
}

impl Everything {
    fn record(&mut self, record: &Record<'_>) {
        self.summary.record(record);
        for (printer, out) in &mut self.printers {
            printer.print(record, out).expect("a vector takes everything");
        }
    }

    fn page(&mut self, model: &Model, capture: Capture) {
        self.summary.print(model, &capture, &mut self.page).expect("a vector takes everything");
        self.summary
            .print_json(model, &capture, &mut self.object)
            .expect("a vector takes everything");
    }

    fn hidden(&self) -> [&[u8]; 5] {
        let [json, line, tree] = self.printers.each_ref().map(|(_, out)| out.as_slice());
        [json, line, tree, &self.page, &self.object]
    }

    fn check(&self) {
        let [json, line, tree, page, object] = self.hidden();
        [json, object].into_iter().for_each(json_lines);
        [line, tree, page].into_iter().for_each(plain_text);
    }
}

fn small_captures() -> Vec<Vec<u8>> {
    let mut captures = seeds::recorded("captures");
    for capture in &mut captures {
        capture.truncate(SEED_MAX);
    }
    captures
}
