//! Filter expressions: what is accepted can be asked of any record, what is refused points into the expression.

use std::sync::LazyLock;

use iscsi_collector::filter::{Filter, Kind};
use iscsi_collector::model::{Model, Record};
use iscsi_collector::output::{EventSchema, FIELDS, get};
use iscsi_collector::source::Event;
use iscsi_decoders::stream::{self, Stamp, Streams};

use crate::wire::{self, Segment};
use crate::{Target, seeds};

pub const TARGET: Target = Target { name: "filter", run, seeds: expressions, words };

fn run(input: &[u8]) {
    let Ok(expression) = std::str::from_utf8(input) else { return };
    match Filter::parse(expression, &EventSchema) {
        Ok(filter) => ask(&filter),
        Err(error) => {
            let length = expression.chars().count();
            assert!(
                (1..=length + 1).contains(&error.column),
                "column {} of {length}",
                error.column
            );
            assert!(error.column + error.width <= length + 2, "the mark is too wide");
            assert_eq!(error.to_string().lines().count(), 3, "{error}");
        }
    }
}

/// A whole session with a command, sense data and login text.
static SESSION: LazyLock<Vec<Segment>> = LazyLock::new(|| {
    let captures = seeds::recorded("captures");
    let session =
        captures.iter().map(|capture| wire::segments(capture)).find(|segments| segments.len() > 20);
    session.expect("a capture with a session")
});

fn ask(filter: &Filter) {
    let mut model = Model::default();
    let mut streams = Streams::default();
    let mut sink = |event: stream::Event<'_>| {
        model.observe(&Event::Stream(event), &mut |record: &Record<'_>| {
            filter.matches(|id| get(record, id));
        });
    };
    for segment in &*SESSION {
        streams.segment(&segment.borrowed(), Stamp::default(), &mut sink);
    }
    streams.finish(&mut sink);
}

/// A comparison for every field, by its kind.
fn expressions() -> Vec<Vec<u8>> {
    let simple = FIELDS.iter().map(|field| {
        let name = field.name;
        match field.kind {
            Kind::Number => format!("{name} == 0x10"),
            Kind::Microseconds => format!("{name} > 1.5ms"),
            Kind::Size => format!("{name} >= 64k"),
            Kind::Bool => format!("!{name} && {name} == true"),
            Kind::Text => format!("{name} contains \"a\\\"b\""),
            Kind::Word(words) => format!("{name} in {{{}}}", words.join(", ")),
            Kind::TextOrNumber => format!("{name} == 262144 || {name} == Yes"),
            Kind::Bytes => format!("{name} == 2a00"),
            Kind::Time => format!("{name} < \"2026-01-31T12:00:00Z\" || {name} > 1700000000.5"),
            Kind::Address => format!("{name} == 10.0.0.1:3260 || {name} == [fe80::1]:3260"),
            Kind::Object => name.to_owned(),
        }
    });
    let members =
        ["keys.HeaderDigest == None", "(scsi.lba & 0x7) != 0", "sense.asc in {0x29, 1..9}"];
    simple.chain(members.map(String::from)).map(String::into_bytes).collect()
}

fn words() -> Vec<String> {
    let signs = [
        "==", "!=", "<=", ">=", "&&", "||", "in {", "..", "contains", "0x", "\"", "us", "ms", "min",
    ];
    let names = FIELDS.iter().map(|field| field.name);
    names.chain(signs).chain(["keys.", "scsi.", "sense."]).map(String::from).collect()
}
