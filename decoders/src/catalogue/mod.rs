//! The error catalogue: every code of every name space, compiled in from `errors.toml`.

/// One code and what is known about it.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name space the code belongs to.
    pub space: Space,
    /// The code; how wider codes are packed into it is said at each [`Space`].
    pub code: u32,
    /// Name in the standard or the kernel header, e.g. `ISCSI_ERR_NOP_TIMEDOUT`.
    pub symbol: &'static str,
    /// One line for a person.
    pub meaning: &'static str,
    /// What helps someone who met the code in the field.
    pub field: Option<&'static FieldNotes>,
}

/// How a code is met in practice and what to do about it.
#[derive(Debug, PartialEq, Eq)]
pub struct FieldNotes {
    /// How one commonly hits it.
    pub hit: &'static str,
    /// What to check, mostly commands.
    pub check: &'static [&'static str],
    /// What to do.
    pub action: &'static [&'static str],
    /// Where this is from: RFC section, kernel function, T10 clause.
    pub source: &'static str,
}

/// A name space of codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Space {
    /// `enum iscsi_err`, the number in `detected conn error (N)`.
    Kernel,
    Login,
    Reject,
    Async,
    ScsiStatus,
    SenseKey,
    Asc,
    ScsiResponse,
    TmfFunction,
    TmfResponse,
    LogoutReason,
    LogoutResponse,
}

/// The entry of a code, if the catalogue has it.
pub fn get(_space: Space, _code: u32) -> Option<&'static Entry> {
    None
}
