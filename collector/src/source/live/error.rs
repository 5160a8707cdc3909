use std::io;

use aya::EbpfError;

/// Why tracing cannot start. Each says what is missing and what helps; nothing has been left behind.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Not permitted.
    #[error("live tracing needs {}: run as root, or give the program what it lacks (setcap '{}+ep' PROGRAM){}",
        .missing.join(" and "), lower(.missing), .note)]
    Capabilities {
        /// `CAP_...`
        missing: Vec<&'static str>,
        /// What makes more necessary than usual, beginning with a line break; empty for nothing.
        note: &'static str,
    },
    /// The kernel is locked down.
    #[error(
        "the kernel is locked down (confidentiality), which forbids probes; boot without \
         lockdown=confidentiality, or with Secure Boot off where the distribution ties the two"
    )]
    Lockdown,
    /// The probes' maps would be more locked memory than is allowed.
    #[error(
        "before Linux 5.11 the probes' maps count as locked memory, of which this process may have {limit} bytes \
         only: run as root, or raise the limit (ulimit -l unlimited, as root), or give the program CAP_SYS_RESOURCE, too"
    )]
    LockedMemory {
        /// The hard limit, bytes.
        limit: u64,
    },
    /// The kernel does not describe its types.
    #[error(
        "this kernel does not describe its types ({0}), so no field can be found; \
         use a kernel with CONFIG_DEBUG_INFO_BTF=y"
    )]
    NoBtf(String),
    /// Modules cannot be listed.
    #[error("/proc/modules: {0}")]
    Modules(io::Error),
    /// The object is not this program's.
    #[error(
        "the compiled probes are not this program's ({found:?}, not {expected}): rebuild with cargo xtask bpf"
    )]
    Layout {
        /// Its layout version.
        found: Option<u32>,
        /// Ours.
        expected: u32,
    },
    /// The kernel refused the maps or the object.
    #[error("the kernel refused the probes: {0}")]
    Load(String),
    /// The kernel refused to attach, for a reason that concerns all probes.
    #[error("the kernel refused to attach {program}: {error}; {remedy}")]
    Attach {
        /// The first that was refused.
        program: &'static str,
        /// What the kernel said.
        error: String,
        /// What helps.
        remedy: &'static str,
    },
    /// Privileges could not be given up.
    #[error("privileges cannot be dropped: {0}")]
    Privileges(io::Error),
}

impl From<EbpfError> for StartError {
    fn from(error: EbpfError) -> Self {
        Self::Load(chain(&error))
    }
}

/// An error with its causes in one line: aya's own texts leave them to `source`.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}

fn lower(names: &[&str]) -> String {
    names.join(",").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_and_what_helps_is_in_the_text() {
        let error = StartError::Capabilities { missing: vec!["CAP_BPF", "CAP_PERFMON"], note: "" };
        assert_eq!(
            error.to_string(),
            "live tracing needs CAP_BPF and CAP_PERFMON: run as root, or give the program what it lacks \
             (setcap 'cap_bpf,cap_perfmon+ep' PROGRAM)"
        );
    }
}
