use serde::Serialize;

/// A block device and what lies over it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Block {
    /// `sda`, `sda1`, `dm-0`, ...
    pub name: String,
    /// `disk`, `partition`, `multipath`, `lvm`, `crypt`, `dm` (another device mapper target), `md`, ...
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<&'static str>,
    /// Its name under `/dev/mapper`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mapper_name: Option<String>,
    /// Capacity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<u64>,
    /// Whether writes are refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_only: Option<bool>,
    /// `write back` (the device caches writes and is told to flush) or `write through`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub write_cache: Option<String>,
    /// Where file systems on it are mounted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mounted_at: Vec<String>,
    /// Whether pages are swapped to it, or to a file on it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub swap: bool,
    /// What was read from and written to a disk since it appeared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub io: Option<Io>,
    /// Partitions and whatever else is made of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub holders: Vec<Block>,
}

/// Counters of a disk (kernel: `Documentation/block/stat.rst`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Io {
    /// Reads completed.
    pub reads: u64,
    /// Sectors of 512 bytes read.
    pub sectors_read: u64,
    /// Writes completed.
    pub writes: u64,
    /// Sectors of 512 bytes written.
    pub sectors_written: u64,
}

impl Io {
    /// From the text of `stat`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split_ascii_whitespace().map(str::parse);
        let mut next = |skip: usize| numbers.nth(skip)?.ok();
        // Each is followed by those that were merged or by the time they took.
        let (reads, sectors_read) = (next(0)?, next(1)?);
        let (writes, sectors_written) = (next(1)?, next(1)?);
        Some(Self { reads, sectors_read, writes, sectors_written })
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            reads: self.reads.saturating_add(other.reads),
            sectors_read: self.sectors_read.saturating_add(other.sectors_read),
            writes: self.writes.saturating_add(other.writes),
            sectors_written: self.sectors_written.saturating_add(other.sectors_written),
        }
    }
}

impl Block {
    /// This device and all over it.
    pub fn walk(&self) -> impl Iterator<Item = &Block> {
        let mut waiting = vec![self];
        std::iter::from_fn(move || {
            let block = waiting.pop()?;
            waiting.extend(&block.holders);
            Some(block)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_read_from_the_columns_the_kernel_documents() {
        let io = Io::parse("  10  2  80  5  20  3  160  9  1  14  15 0 0 0 0 0 0\n").unwrap();
        let expected = Io { reads: 10, sectors_read: 80, writes: 20, sectors_written: 160 };
        assert_eq!(io, expected);
        assert_eq!(Io::parse("10 2 80"), None);
        assert_eq!(io.plus(io).sectors_written, 320);
    }
}
