//! The kernel's functions: which there are, in which module, and what an address is called.

mod ftrace;
mod kallsyms;
#[cfg(test)]
mod tests;

use std::fmt;

pub use ftrace::is_traceable;
pub use kallsyms::Symbols;

/// A place in the kernel's code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// The function.
    pub name: String,
    /// Bytes behind its begin.
    pub offset: u64,
    /// The module it is in, none for the kernel itself.
    pub module: Option<String>,
}

/// As the kernel prints it (`%pS` without the size): `iscsi_conn_failure+0x5c [libiscsi]`.
impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{:#x}", self.name, self.offset)?;
        match &self.module {
            Some(module) => write!(f, " [{module}]"),
            None => Ok(()),
        }
    }
}

/// What is known of a function by its plain name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// It is there.
    Found,
    /// Only copies the compiler made of it are there (`.isra.0`, `.constprop.0`, `.part.0`), whose arguments are not
    /// where the source says.
    Clone(String),
    /// Not there.
    Missing,
}
