use iscsi_ebpf::command::Class;

/// Kinds of SCSI commands as the probes tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum CommandClass {
    /// Blocks are read
    Read,
    /// Blocks are written
    Write,
    /// Caches are flushed
    Sync,
    /// Blocks are given back, or filled with one pattern
    Unmap,
    /// Everything else
    Other,
}

impl CommandClass {
    pub fn number(self) -> Class {
        match self {
            Self::Read => Class::Read,
            Self::Write => Class::Write,
            Self::Sync => Class::Sync,
            Self::Unmap => Class::Unmap,
            Self::Other => Class::Other,
        }
    }
}
