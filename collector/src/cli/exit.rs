use std::process::{ExitCode, Termination};

/// How a command ended; the numbers are a contract with scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// What was asked for was done.
    Done = 0,
    /// Only with `--strict`: there are findings, or events were lost.
    Findings = 1,
    /// The command line or an expression in it is wrong (clap uses the same number).
    Usage = 2,
    /// The input is damaged (what could be read was printed) or the thing asked for does not exist.
    Damaged = 3,
    /// Not permitted or not supported here.
    Denied = 4,
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        ExitCode::from(self as u8)
    }
}

/// An error that knows how the command should end.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// The exit code it asks for.
    pub exit: Exit,
    /// What, where and what to do, for people.
    pub message: String,
}

impl Failure {
    /// The command line or an expression in it is wrong.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, message: message.into() }
    }

    /// The input is damaged or what was asked for does not exist.
    pub fn damaged(message: impl Into<String>) -> Self {
        Self { exit: Exit::Damaged, message: message.into() }
    }

    /// Not permitted or not supported here; the message says what to do about it.
    pub fn denied(message: impl Into<String>) -> Self {
        Self { exit: Exit::Denied, message: message.into() }
    }
}
