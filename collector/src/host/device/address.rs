use std::fmt;

use serde::{Serialize, Serializer};

/// Where a logical unit is: the kernel's H:C:T:L.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// SCSI host.
    pub host: u32,
    /// Channel of the host.
    pub channel: u32,
    /// Target of the channel.
    pub target: u32,
    /// Logical unit number, as the kernel counts.
    pub lun: u64,
}

impl Address {
    /// As sysfs names it.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let mut parts = name.split(':');
        let address = Self {
            host: parts.next()?.parse().ok()?,
            channel: parts.next()?.parse().ok()?,
            target: parts.next()?.parse().ok()?,
            lun: parts.next()?.parse().ok()?,
        };
        parts.next().is_none().then_some(address)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, channel, target, lun } = self;
        write!(f, "{host}:{channel}:{target}:{lun}")
    }
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_four_numbers_and_nothing_else() {
        let address = Address { host: 3, channel: 0, target: 1, lun: 256 };
        assert_eq!(Address::parse("3:0:1:256"), Some(address));
        assert_eq!(address.to_string(), "3:0:1:256");
        for other in ["power", "3:0:1", "3:0:1:2:4", "3:0:x:2", ""] {
            assert_eq!(Address::parse(other), None, "{other}");
        }
    }
}
