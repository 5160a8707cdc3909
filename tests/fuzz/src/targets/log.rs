//! Log lines: nothing read is lost or changed, and what is added can be told apart.

use iscsi_collector::annotate::{Annotator, Output};

use super::json_lines;
use crate::{Target, seeds};

pub const TARGET: Target = Target { name: "log", run, seeds: logs, words };

/// What every line added to a text begins with.
const OURS: [&str; 3] = ["    ┌ ", "    │ ", "    └ "];

fn run(input: &[u8]) {
    added_lines_apart(input, &annotated(input, Output::Text { colour: false }));
    let incidents = annotated(input, Output::Incidents { colour: false });
    let ours = |line: &[u8]| OURS.iter().any(|ours| line.starts_with(ours.as_bytes()));
    assert!(lines(&incidents).all(ours), "incidents come without the log");
    json_lines(&annotated(input, Output::Json));
    json_lines(&annotated(input, Output::JsonIncidents));
}

fn annotated(input: &[u8], output: Output) -> Vec<u8> {
    let mut out = Vec::new();
    let mut annotator = Annotator::new(&mut out, output);
    for line in lines(input) {
        annotator.line(line).expect("a vector takes everything");
    }
    annotator.finish().expect("a vector takes everything");
    out
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split_inclusive(|&byte| byte == b'\n')
}

/// Walks the output next to the input: each line of it is the input's next, or one of ours.
fn added_lines_apart(input: &[u8], output: &[u8]) {
    let mut expected = lines(input).peekable();
    for line in lines(output) {
        // The last line may have come without its newline, and got one because something follows.
        let is_next = |next: &&[u8]| *next == line || line.strip_suffix(b"\n") == Some(*next);
        if expected.next_if(is_next).is_none() {
            let shown = String::from_utf8_lossy(line);
            assert!(
                OURS.iter().any(|ours| shown.starts_with(ours)),
                "neither read nor ours: {shown}"
            );
        }
    }
    assert_eq!(expected.next(), None, "a line is missing");
}

fn logs() -> Vec<Vec<u8>> {
    seeds::recorded("logs")
}

/// The words of the recorded logs.
fn words() -> Vec<String> {
    let logs = logs();
    let all = logs.iter().filter_map(|log| std::str::from_utf8(log).ok());
    let words = all.flat_map(str::split_whitespace).map(str::to_owned);
    words.collect::<std::collections::BTreeSet<_>>().into_iter().collect()
}
