//! Records as they come.

use std::collections::VecDeque;

use iscsi_collector::filter::Filter;
use iscsi_collector::output::get;
use iscsi_collector::stats::{Board, Kept};

use super::{has, list::List};

/// Records kept to scroll back.
const KEPT_MAX: usize = 5000;

/// One record.
#[derive(Debug)]
pub struct Entry {
    pub kept: Kept,
    /// The row of its session.
    pub row: Option<usize>,
    /// It is among those asked for.
    is_shown: bool,
}

/// All of them.
#[derive(Debug)]
pub struct Records {
    entries: VecDeque<Entry>,
    /// How many of them are shown.
    pub shown: usize,
    pub filter: Option<(String, Filter)>,
    /// The newest is always shown.
    pub following: bool,
    /// The fields of the chosen one are shown, scrolled by so many lines.
    pub details: Option<usize>,
    /// Records that came too fast to be kept.
    pub left: u64,
    /// Records that were kept and have made room for others.
    pub dropped: u64,
}

impl Default for Records {
    fn default() -> Self {
        Self {
            entries: VecDeque::new(),
            shown: 0,
            filter: None,
            following: true,
            details: None,
            left: 0,
            dropped: 0,
        }
    }
}

/// Which are asked for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'w> {
    pub focus: Option<usize>,
    pub search: &'w str,
}

impl Records {
    /// Takes one more; the list moves along with what it shows.
    pub fn push(&mut self, kept: Kept, board: &Board, wanted: Wanted<'_>, list: &mut List) {
        let row = kept.connection().and_then(|id| board.link(id)?.row);
        let row = row.or_else(|| board.place_of(kept.session()?));
        let is_shown = is_shown(&kept, row, self.filter.as_ref(), wanted);
        if self.entries.len() >= KEPT_MAX
            && let Some(old) = self.entries.pop_front()
        {
            self.dropped += 1;
            if old.is_shown {
                self.shown -= 1;
                list.cursor = list.cursor.saturating_sub(1);
                list.top = list.top.saturating_sub(1);
            }
        }
        self.shown += usize::from(is_shown);
        self.entries.push_back(Entry { kept, row, is_shown });
    }

    /// Asks all again.
    pub fn select(&mut self, wanted: Wanted<'_>) {
        self.shown = 0;
        for entry in &mut self.entries {
            entry.is_shown = is_shown(&entry.kept, entry.row, self.filter.as_ref(), wanted);
            self.shown += usize::from(entry.is_shown);
        }
    }

    /// Those shown, from one on.
    pub fn from(&self, first: usize) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.is_shown).skip(first)
    }

    /// Forgets all, but not what is asked for.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.shown = 0;
        self.left = 0;
        self.dropped = 0;
    }
}

fn is_shown(
    kept: &Kept,
    row: Option<usize>,
    filter: Option<&(String, Filter)>,
    Wanted { focus, search }: Wanted<'_>,
) -> bool {
    (focus.is_none() || focus == row)
        && filter.is_none_or(|(_, filter)| {
            kept.with(|record| filter.matches(|id| get(record, id))).unwrap_or(false)
        })
        && (search.is_empty() || has(&kept.line(), search))
}
