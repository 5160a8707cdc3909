//! Looking codes up: whatever is found or suggested can be looked up again.

use iscsi_collector::cli::Look;
use iscsi_collector::explain::{apology, json, text};
use iscsi_decoders::catalogue::{Space, entries, find};

use super::json_lines;
use crate::Target;

pub const TARGET: Target = Target { name: "catalogue", run, seeds, words };

fn run(input: &[u8]) {
    let Ok(query) = std::str::from_utf8(input) else { return };
    match find(query) {
        Ok(found) => {
            assert!(!found.is_empty(), "found nothing, and says so as if it were something");
            let mut out = Vec::new();
            text::write(&mut out, Look::PLAIN, query, &found).expect("a vector takes everything");
            out.clear();
            for meaning in &found {
                json::write(&mut out, Some(query), meaning).expect("a vector takes everything");
                again(&format!("{}:{}", meaning.space(), meaning.code));
            }
            json_lines(&out);
        }
        Err(unknown) => {
            apology(&unknown);
            for suggestion in unknown.nearest().iter().filter(|near| !near.query.ends_with(':')) {
                again(&suggestion.query);
            }
        }
    }
}

fn again(query: &str) {
    assert!(find(query).is_ok(), "{query} is named, but not known");
}

/// Every code with its space, and every symbol.
fn seeds() -> Vec<Vec<u8>> {
    let all = Space::ALL.iter().flat_map(|&space| entries(space));
    all.flat_map(|entry| [format!("{}:{}", entry.space.name(), entry.label), entry.symbol.into()])
        .map(String::into_bytes)
        .collect()
}

fn words() -> Vec<String> {
    Space::ALL.iter().map(|space| format!("{}:", space.name())).collect()
}
