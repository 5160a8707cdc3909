//! BTF: the kernel's own description of its types, of vmlinux and of each module on top of it (split BTF).
//!
//! A reader of our own, because the crates that know split BTF are copyleft and aya's does not read it.

mod kernel;
mod member;
mod section;
#[cfg(test)]
pub(crate) mod tests;

pub use kernel::{KernelBtf, Types};
pub use section::{Kind, Section};

/// Why something could not be read from BTF.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The bytes are not what the format says.
    #[error("BTF is damaged: {0}")]
    Damaged(&'static str),
    /// A kind of type newer than this reader: nothing behind it can be found.
    #[error("BTF has a kind of type ({0}) this version does not know")]
    UnknownKind(u32),
    /// No type of that name.
    #[error("no struct {0}")]
    NoType(String),
    /// The struct has no such member.
    #[error("struct {0} has no member {1}")]
    NoMember(String, String),
    /// The member does not begin at a byte.
    #[error("{0} is a bit field")]
    BitField(String),
    /// There is no BTF to look into.
    #[error("{0}")]
    Unreadable(String),
}
