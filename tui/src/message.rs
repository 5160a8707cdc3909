//! What happens to the model.

use crossterm::event::{KeyEvent, MouseEvent};
use iscsi_collector::host::session::Survey;
use iscsi_collector::stats::Fact;
use iscsi_collector::why::timers::Machine;
use iscsi_decoders::Timestamp;

use crate::model::debug::Report;
use crate::model::status::Position;

/// One thing that happened.
#[derive(Debug)]
pub enum Message {
    /// A key was pressed.
    Key(KeyEvent),
    /// The mouse did something.
    Mouse(MouseEvent),
    /// Text was pasted.
    Paste(String),
    /// The terminal has this size now.
    Resize(u16, u16),
    /// What the source found out.
    Facts(Vec<Fact>),
    /// How the machine looks.
    Survey(Box<Survey>, Timestamp),
    /// What the sessions' timers have from their machine.
    Machine(Box<Machine>),
    /// A file is at this place.
    Position(Position),
    /// A file begins again: what it told before is forgotten.
    Restarted,
    /// A sentence for the user.
    Notice(String),
    /// The source failed for good.
    Broken(String),
    /// How the debug categories stand.
    Debug(Box<Report>),
    /// What the drivers say, as it is switched on.
    Said(Vec<String>),
    /// A second has passed.
    Tick,
    /// The process is asked to end.
    Quit,
    /// The process is asked to stop, as by Ctrl-Z.
    Suspend,
    /// The screen must be drawn anew.
    Redraw,
}
