//! What a query that means nothing may have been meant to be.

use super::{
    Entry, Space, Suggestion, entries,
    find::{names, spaces_of},
    query::{self, Scope},
};

/// As many as a person reads.
const SUGGESTIONS: usize = 4;

/// The nearest codes of a number, or the nearest names of a name.
pub(super) fn codes(scope: &Scope, text: &str) -> Vec<Suggestion> {
    let by_number = numbers(scope, text);
    if by_number.is_empty() { by_name(scope, text) } else { by_number }
}

/// The nearest name spaces.
pub(super) fn spaces(name: &str) -> Vec<Suggestion> {
    let wanted = query::normal(name);
    let all = Space::ALL.iter().map(|&space| {
        let suggestion = Suggestion { query: format!("{}:", space.name()), means: space.title() };
        (distance(&wanted, &query::normal(space.name())), suggestion)
    });
    best(all.filter(|(distance, _)| *distance <= tolerance(&wanted)).collect())
}

fn numbers(scope: &Scope, text: &str) -> Vec<Suggestion> {
    let spaces = match scope {
        // A bare number out of every range was meant for one of the two long lists.
        Scope::Any if !text.contains('/') => vec![Space::Kernel, Space::Iscsiadm],
        Scope::Any => vec![Space::Asc, Space::Login],
        Scope::Sense => vec![Space::Asc],
        Scope::In(spaces) => spaces.clone(),
    };
    // Of a sense triple the key is not what is unknown.
    let text = match text.split('/').collect::<Vec<_>>().as_slice() {
        [_, asc, ascq] => format!("{asc}/{ascq}"),
        _ => text.to_owned(),
    };
    let near = spaces.iter().flat_map(|&space| {
        let code = query::readings(&text, space.form()).first().copied();
        let code = code.filter(|_| text.bytes().any(|b| b.is_ascii_digit()));
        code.into_iter().flat_map(move |code| {
            entries(space).map(move |entry| (entry.code.abs_diff(code) as usize, suggestion(entry)))
        })
    });
    best(near.collect())
}

fn by_name(scope: &Scope, text: &str) -> Vec<Suggestion> {
    let wanted = query::normal(text);
    let tolerance = tolerance(&wanted);
    let all = spaces_of(scope).into_iter().flat_map(entries).filter_map(|entry| {
        let nearest = names(entry).map(|name| likeness(&wanted, &query::normal(name))).min();
        nearest.filter(|near| *near <= tolerance).map(|near| (near, suggestion(entry)))
    });
    best(all.collect())
}

fn suggestion(entry: &'static Entry) -> Suggestion {
    let space = if entry.space == Space::Asc { "sense" } else { entry.space.name() };
    Suggestion { query: format!("{space}:{}", entry.label), means: entry.symbol }
}

fn best(mut candidates: Vec<(usize, Suggestion)>) -> Vec<Suggestion> {
    candidates.sort_by_key(|(distance, _)| *distance);
    candidates.into_iter().take(SUGGESTIONS).map(|(_, suggestion)| suggestion).collect()
}

/// How many typing errors are still taken for the same name.
fn tolerance(wanted: &str) -> usize {
    (wanted.len() / 3).max(2)
}

/// A name that contains the query is nearer than one that merely looks like it.
fn likeness(wanted: &str, name: &str) -> usize {
    if wanted.len() >= 3 && name.contains(wanted) { 1 } else { distance(wanted, name) }
}

/// Levenshtein's distance: single characters inserted, deleted or replaced.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (above, x) in a.bytes().enumerate() {
        let (mut diagonal, mut left) = (above, above + 1);
        let mut cells = row.iter_mut();
        if let Some(first) = cells.next() {
            *first = left;
        }
        for (cell, y) in cells.zip(b.bytes()) {
            let up = *cell;
            left = (diagonal + usize::from(x != y)).min(up + 1).min(left + 1);
            *cell = left;
            diagonal = up;
        }
    }
    row.last().copied().unwrap_or_default()
}
