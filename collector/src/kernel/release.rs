//! Which kernel this is.

use std::fmt;
use std::fs;

use crate::host::Roots;

/// `uname -r`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    text: String,
    version: Version,
}

/// Major and minor version, which is as far as structs and functions are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u32, pub u32);

impl Release {
    /// Reads it; unreadable is a kernel without version, which is older than any.
    #[must_use]
    pub fn read(roots: &Roots) -> Self {
        Self::parse(
            &fs::read_to_string(roots.path("/proc/sys/kernel/osrelease")).unwrap_or_default(),
        )
    }

    /// From text like `6.12.107+deb13-amd64`.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        let version = Version::parse(text).unwrap_or(Version(0, 0));
        Self { text: text.to_owned(), version }
    }

    /// Major and minor.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Version {
    /// From text that starts with `6.12`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split(|c: char| !c.is_ascii_digit());
        Some(Self(numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distributions_decorate_the_version() {
        for (text, version) in [
            ("5.10.0-46-cloud-amd64\n", Version(5, 10)),
            ("6.12.107+deb13-amd64", Version(6, 12)),
            ("7.3-rc1", Version(7, 3)),
            ("", Version(0, 0)),
        ] {
            assert_eq!(Release::parse(text).version(), version, "{text}");
        }
        assert_eq!(Release::parse("6.1.0-50\n").to_string(), "6.1.0-50");
        assert!(Version(5, 10) < Version(6, 1));
    }
}
