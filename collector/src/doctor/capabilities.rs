//! A process' capabilities (`capabilities(7)`).

use super::read;
use crate::host::Roots;

/// A capability, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Capability {
    SysAdmin = 21,
    SysResource = 24,
    Syslog = 34,
    Perfmon = 38,
    Bpf = 39,
}

/// The set in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Capabilities(u64);

impl Capabilities {
    /// This process' own.
    pub(super) fn read(roots: &Roots) -> Option<Self> {
        let status = read(roots, "/proc/self/status").ok()?;
        let set = status.lines().find_map(|line| line.strip_prefix("CapEff:"))?;
        u64::from_str_radix(set.trim(), 16).ok().map(Self)
    }

    pub(super) fn has(self, capability: Capability) -> bool {
        self.0 >> (capability as u32) & 1 == 1
    }

    /// The capability itself, or the one it was a part of before Linux 5.8.
    pub(super) fn has_or_admin(self, capability: Capability) -> bool {
        self.has(capability) || self.has(Capability::SysAdmin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::tests::Scratch;

    #[test]
    fn bits_are_counted_from_the_right() {
        let scratch = Scratch::new("capabilities");
        scratch.write(
            "proc/self/status",
            "Name:\tx\nCapPrm:\tffffffffffffffff\nCapEff:\t000000c000000000\n",
        );
        let set = Capabilities::read(&Roots::under(scratch.path())).unwrap();
        assert!(set.has(Capability::Bpf) && set.has(Capability::Perfmon));
        assert!(!set.has(Capability::SysAdmin) && !set.has_or_admin(Capability::Syslog));
    }
}
