use std::io::{self, IsTerminal};

use terminal_size::{Width, terminal_size_of};

/// What text on stdout may look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Columns text is wrapped to.
    pub width: usize,
    /// Whether escape sequences may be used.
    pub colour: bool,
}

impl Look {
    /// No terminal: wrapped to 80 columns, no escape sequences.
    pub const PLAIN: Look = Look { width: 80, colour: false };

    /// What this process' stdout is: colour on a terminal only, and not when `NO_COLOR` is set.
    pub fn of_stdout() -> Look {
        if !io::stdout().is_terminal() {
            return Look::PLAIN;
        }
        let columns = terminal_size_of(io::stdout()).map_or(80, |(Width(columns), _)| columns);
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        // Lines longer than a hundred columns are hard to read, however wide the terminal.
        Look { width: usize::from(columns).clamp(40, 100), colour: !no_color }
    }

    /// The text in bold, if it may be.
    pub fn bold(self, text: &str) -> String {
        if self.colour { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() }
    }
}
