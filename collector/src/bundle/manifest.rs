//! What is in a bundle, what is not, and why.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::item::{Content, Missing};

/// Its place in the archive.
pub(super) const MEMBER: &str = "MANIFEST.json";
/// Of the manifest itself; readers refuse newer ones.
pub(super) const FORMAT: u32 = 1;

/// The first member of a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of this layout.
    pub format: u32,
    /// Who made it: `iscsi-trace 0.1.0`.
    pub tool: String,
    /// When, in UTC.
    pub created: String,
    /// The machine.
    pub host: Host,
    /// Whether it was collected with all privileges.
    pub as_root: bool,
    /// Whether names are pseudonyms.
    pub anonymised: bool,
    /// The one session asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub session: Option<u32>,
    /// Values that were replaced because nobody says they are safe.
    pub masked_values: u64,
    /// What could not be read, and why.
    pub missing: Vec<Missing>,
    /// What was left out to keep within the size, and why.
    pub dropped: Vec<Missing>,
    /// Every file, in the order of the archive.
    pub items: Vec<Entry>,
}

/// Facts about the machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// The kernel's release.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub kernel: Option<String>,
    /// The distribution.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub system: Option<String>,
    /// The processor's architecture.
    pub architecture: String,
    /// Seconds since boot.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub uptime_s: Option<u64>,
}

/// A file in the bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its path.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// Of its bytes; of a link, of its target.
    pub sha256: String,
    /// The file or command it comes from.
    pub source: String,
}

impl Entry {
    pub(super) fn of(path: &str, source: &str, content: &Content) -> Self {
        let bytes = match content {
            Content::Text(text) => text.as_bytes(),
            Content::Link(target) => target.as_bytes(),
            Content::Recording(bytes) => bytes,
        };
        Self {
            path: path.to_owned(),
            size: content.len() as u64,
            sha256: sha256(bytes),
            source: source.to_owned(),
        }
    }
}

/// As `sha256sum` prints it.
pub(super) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Manifest {
    /// JSON with an item a line, so that two can be compared by eye.
    pub(super) fn text(&self) -> String {
        let head = Self { items: Vec::new(), ..self.clone() };
        // Printing our own types cannot fail.
        let head = serde_json::to_string_pretty(&head).unwrap_or_default();
        let head = head.trim_end().trim_end_matches('}').trim_end().trim_end_matches("[]");
        let items: Vec<String> =
            self.items.iter().filter_map(|item| serde_json::to_string(item).ok()).collect();
        format!("{head}[\n    {}\n  ]\n}}\n", items.join(",\n    "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_can_be_read_again_and_hashes_are_those_of_sha256sum() {
        let entry = Entry::of("a", "/a", &Content::Text("abc".to_owned()));
        assert_eq!(
            entry.sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        let mut manifest = Manifest {
            format: FORMAT,
            tool: "t".to_owned(),
            created: "now".to_owned(),
            host: Host::default(),
            as_root: false,
            anonymised: false,
            session: Some(1),
            masked_values: 0,
            missing: vec![Missing { what: "[]".to_owned(), why: "}".to_owned() }],
            dropped: Vec::new(),
            items: vec![entry.clone(), entry],
        };
        assert_eq!(serde_json::from_str::<Manifest>(&manifest.text()).unwrap(), manifest);
        manifest.items.clear();
        assert_eq!(serde_json::from_str::<Manifest>(&manifest.text()).unwrap(), manifest);
    }
}
