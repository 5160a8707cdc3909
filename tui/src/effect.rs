//! What the model wants done outside.

use iscsi_collector::category::Categories;
use iscsi_collector::filter::Filter;
use iscsi_collector::host::session::Detail;

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// End.
    Quit,
    /// Stop until the shell lets us go on.
    Suspend,
    /// Clear the screen and draw everything.
    Redraw,
    /// Play, or stay where it is.
    Play(bool),
    /// Play so many times as fast.
    Speed(f64),
    /// Go on or back by so many seconds.
    Seek(i64),
    /// Keep only records this holds for.
    Keep(Option<Filter>),
    /// Read this much of the machine.
    Survey(Detail),
    /// Switch these debug categories on and all others off.
    Debug(Categories),
    /// Look what the debug categories are now.
    LookAtDebug,
    /// Remember columns and sorting.
    Save,
}
