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
    /// Partitions and whatever else is made of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub holders: Vec<Block>,
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
