//! The keys: one table for what they do and for the help.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::model::View;

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Quit,
    Back,
    Help,
    Go(View),
    NextView,
    PreviousView,
    Up,
    Down,
    PageUp,
    PageDown,
    Top,
    Bottom,
    Open,
    Search,
    Filter,
    AllSessions,
    SortLeft,
    SortRight,
    Reverse,
    Columns,
    Pause,
    Faster,
    Slower,
    SeekBack,
    SeekOn,
    SeekFarBack,
    SeekFarOn,
    Details,
    Class,
    Toggle,
    Suspend,
    Redraw,
}

/// Where a key works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    Everywhere,
    Lists,
    Sessions,
    Latency,
    Records,
    Debug,
    Files,
}

impl Scope {
    pub const ALL: [Self; 7] = [
        Self::Everywhere,
        Self::Lists,
        Self::Sessions,
        Self::Records,
        Self::Latency,
        Self::Debug,
        Self::Files,
    ];

    pub fn title(self) -> &'static str {
        match self {
            Self::Everywhere => "Everywhere",
            Self::Lists => "In lists and texts",
            Self::Sessions => "In the list of sessions",
            Self::Latency => "In service times",
            Self::Records => "In the list of PDUs",
            Self::Debug => "In debug categories",
            Self::Files => "While a file is played",
        }
    }
}

/// A key as it is pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Press {
    Char(char),
    Ctrl(char),
    Code(KeyCode),
}

impl Press {
    fn is(self, key: KeyEvent) -> bool {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        match self {
            Self::Char(char) => key.code == KeyCode::Char(char) && !ctrl,
            Self::Ctrl(char) => key.code == KeyCode::Char(char) && ctrl,
            Self::Code(code) => key.code == code,
        }
    }

    /// What a terminal sends for it.
    fn bytes(self) -> Vec<u8> {
        let sequence: &[u8] = match self {
            Self::Char(char) => return char.to_string().into_bytes(),
            Self::Ctrl(char) => return vec![char as u8 & 0x1f],
            Self::Code(code) => match code {
                KeyCode::Up => b"\x1b[A",
                KeyCode::Down => b"\x1b[B",
                KeyCode::Right => b"\x1b[C",
                KeyCode::Left => b"\x1b[D",
                KeyCode::Home => b"\x1b[H",
                KeyCode::End => b"\x1b[F",
                KeyCode::PageUp => b"\x1b[5~",
                KeyCode::PageDown => b"\x1b[6~",
                KeyCode::BackTab => b"\x1b[Z",
                KeyCode::F(1) => b"\x1bOP",
                KeyCode::Tab => b"\t",
                KeyCode::Enter => b"\r",
                _ => b"\x1b",
            },
        };
        sequence.to_vec()
    }

    /// What is written on it.
    pub fn name(self) -> String {
        match self {
            Self::Char(' ') => "Space".to_owned(),
            Self::Char(char) => char.to_string(),
            Self::Ctrl(char) => format!("Ctrl-{}", char.to_ascii_uppercase()),
            Self::Code(code) => match code {
                KeyCode::Up => "↑".to_owned(),
                KeyCode::Down => "↓".to_owned(),
                KeyCode::Left => "←".to_owned(),
                KeyCode::Right => "→".to_owned(),
                KeyCode::BackTab => "Shift-Tab".to_owned(),
                KeyCode::PageUp => "PgUp".to_owned(),
                KeyCode::PageDown => "PgDn".to_owned(),
                other => other.to_string(),
            },
        }
    }
}

/// One row of the table.
pub struct Binding {
    pub keys: &'static [Press],
    pub action: Action,
    pub scope: Scope,
    pub help: &'static str,
}

use Press::{Char, Code, Ctrl};

const fn row(keys: &'static [Press], action: Action, scope: Scope, help: &'static str) -> Binding {
    Binding { keys, action, scope, help }
}

/// All keys.
pub const BINDINGS: &[Binding] = &[
    row(&[Char('?'), Code(KeyCode::F(1))], Action::Help, Scope::Everywhere, "this help"),
    row(&[Char('q'), Ctrl('c')], Action::Quit, Scope::Everywhere, "end"),
    row(
        &[Code(KeyCode::Esc)],
        Action::Back,
        Scope::Everywhere,
        "close what is open, then back to all sessions, then to the first view, then end",
    ),
    row(&[Char('1')], Action::Go(View::Sessions), Scope::Everywhere, View::Sessions.help()),
    row(&[Char('2')], Action::Go(View::Connections), Scope::Everywhere, View::Connections.help()),
    row(&[Char('3')], Action::Go(View::Units), Scope::Everywhere, View::Units.help()),
    row(&[Char('4')], Action::Go(View::Latency), Scope::Everywhere, View::Latency.help()),
    row(&[Char('5')], Action::Go(View::Login), Scope::Everywhere, View::Login.help()),
    row(&[Char('6')], Action::Go(View::Records), Scope::Everywhere, View::Records.help()),
    row(&[Char('7')], Action::Go(View::Incidents), Scope::Everywhere, View::Incidents.help()),
    row(&[Char('8')], Action::Go(View::Timers), Scope::Everywhere, View::Timers.help()),
    row(&[Char('9')], Action::Go(View::Debug), Scope::Everywhere, View::Debug.help()),
    row(&[Char('0')], Action::Go(View::Errors), Scope::Everywhere, View::Errors.help()),
    row(&[Code(KeyCode::Tab)], Action::NextView, Scope::Everywhere, "the next view"),
    row(&[Code(KeyCode::BackTab)], Action::PreviousView, Scope::Everywhere, "the view before"),
    row(
        &[Char('a')],
        Action::AllSessions,
        Scope::Everywhere,
        "show all sessions again, not only the chosen one",
    ),
    row(&[Ctrl('z')], Action::Suspend, Scope::Everywhere, "stop; the shell's fg goes on"),
    row(&[Ctrl('l')], Action::Redraw, Scope::Everywhere, "draw the screen anew"),
    row(&[Code(KeyCode::Up), Char('k')], Action::Up, Scope::Lists, "up"),
    row(&[Code(KeyCode::Down), Char('j')], Action::Down, Scope::Lists, "down"),
    row(&[Code(KeyCode::PageUp), Ctrl('b')], Action::PageUp, Scope::Lists, "a page up"),
    row(&[Code(KeyCode::PageDown), Ctrl('f')], Action::PageDown, Scope::Lists, "a page down"),
    row(&[Code(KeyCode::Home), Char('g')], Action::Top, Scope::Lists, "to the top"),
    row(&[Code(KeyCode::End), Char('G')], Action::Bottom, Scope::Lists, "to the end"),
    row(
        &[Code(KeyCode::Enter)],
        Action::Open,
        Scope::Lists,
        "choose: of a session all views show only that one; of an incident or code the whole text",
    ),
    row(&[Char('/')], Action::Search, Scope::Lists, "show only lines with this text"),
    row(
        &[Char('f')],
        Action::Filter,
        Scope::Lists,
        "show only what an expression holds for, as --filter",
    ),
    row(
        &[Char('<'), Char(',')],
        Action::SortLeft,
        Scope::Sessions,
        "sort by the column to the left",
    ),
    row(
        &[Char('>'), Char('.')],
        Action::SortRight,
        Scope::Sessions,
        "sort by the column to the right",
    ),
    row(&[Char('r')], Action::Reverse, Scope::Sessions, "sort the other way round"),
    row(&[Char('C')], Action::Columns, Scope::Sessions, "choose and order the columns"),
    row(
        &[Char('d')],
        Action::Details,
        Scope::Records,
        "every field of the chosen PDU, as iscsi-trace decode -v",
    ),
    row(
        &[Char('c')],
        Action::Class,
        Scope::Latency,
        "of all commands, reads, writes, cache flushes, unmaps or others",
    ),
    row(
        &[Char('t')],
        Action::Toggle,
        Scope::Debug,
        "switch the chosen category; given back at the end",
    ),
    row(
        &[Char(' ')],
        Action::Pause,
        Scope::Files,
        "stop and go on; live: stop and go on following PDUs",
    ),
    row(&[Char('+'), Char('=')], Action::Faster, Scope::Files, "play faster"),
    row(&[Char('-')], Action::Slower, Scope::Files, "play slower"),
    row(&[Code(KeyCode::Left)], Action::SeekBack, Scope::Files, "5 seconds back"),
    row(&[Code(KeyCode::Right)], Action::SeekOn, Scope::Files, "5 seconds on"),
    row(&[Char('[')], Action::SeekFarBack, Scope::Files, "a minute back"),
    row(&[Char(']')], Action::SeekFarOn, Scope::Files, "a minute on"),
];

/// What a key does.
pub fn action(key: KeyEvent) -> Option<Action> {
    let bound = |binding: &&Binding| binding.keys.iter().any(|press| press.is(key));
    BINDINGS.iter().find(bound).map(|binding| binding.action)
}

/// What a terminal sends for every key that neither ends nor stops the program.
pub fn strokes() -> Vec<Vec<u8>> {
    let stays =
        |row: &&Binding| !matches!(row.action, Action::Quit | Action::Back | Action::Suspend);
    BINDINGS.iter().filter(stays).flat_map(|row| row.keys).map(|press| press.bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_does_two_things() {
        let all: Vec<Press> = BINDINGS.iter().flat_map(|row| row.keys).copied().collect();
        for (place, key) in all.iter().enumerate() {
            assert!(!all[..place].contains(key), "{key:?}");
        }
    }

    #[test]
    fn every_view_and_every_scope_has_a_key() {
        for view in View::ALL {
            assert!(BINDINGS.iter().any(|row| row.action == Action::Go(view)), "{view:?}");
        }
        for scope in Scope::ALL {
            assert!(BINDINGS.iter().any(|row| row.scope == scope), "{scope:?}");
        }
    }
}
