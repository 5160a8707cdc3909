//! The allow-list: `allowed.toml`, read once.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use super::kind::Kind;

/// Fields by name.
pub(super) type Fields = BTreeMap<String, Kind>;

/// What may be copied.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Allowed {
    pub class: Vec<Class>,
    pub folder: Vec<Folder>,
    pub file: Vec<File>,
    /// Fields that several files share.
    pub fields: BTreeMap<String, Fields>,
    pub context: Context,
}

/// A class of sysfs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Class {
    pub name: String,
    /// Attributes of an entry.
    #[serde(default)]
    pub fields: Fields,
    /// Attributes of the device an entry belongs to.
    #[serde(default)]
    pub device: Fields,
}

/// A folder in which every file is one value.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Folder {
    pub subject: String,
    pub path: String,
    pub fields: Fields,
}

/// A file with keys.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub subject: String,
    pub path: String,
    pub syntax: Syntax,
    /// Nobody misses it where it is not.
    #[serde(default)]
    pub optional: bool,
    #[serde(default)]
    pub fields: Fields,
    /// Names of shared fields.
    #[serde(default)]
    pub r#use: Vec<String>,
}

/// How a file says what is what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Syntax {
    /// `key = value`, a line each.
    Assignments,
    /// `key=value` and `key`, between blanks.
    Words,
    /// `key value`, in sections with braces or tags.
    Sections,
    /// JSON; keys count by their name, wherever they are.
    Json,
}

/// Lines of the kernel log around iSCSI.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Context {
    pub lines: Vec<String>,
    pub words: String,
}

impl Allowed {
    /// The table that is compiled in.
    pub fn get() -> &'static Self {
        static TABLE: OnceLock<Allowed> = OnceLock::new();
        // A test reads it, so it can be read; without a table nothing would be copied.
        TABLE.get_or_init(|| toml::from_str(include_str!("allowed.toml")).unwrap_or_default())
    }

    /// The attributes of a class.
    pub fn class(&self, name: &str) -> Option<&Class> {
        self.class.iter().find(|class| class.name == name)
    }

    /// Shared fields.
    pub fn shared(&self, name: &str) -> Option<&Fields> {
        self.fields.get(name)
    }
}

impl File {
    /// What a key's value must look like; none for keys that are not known to be safe.
    pub fn kind(&self, allowed: &Allowed, key: &str) -> Option<Kind> {
        let shared = self.r#use.iter().filter_map(|name| allowed.shared(name));
        std::iter::once(&self.fields).chain(shared).find_map(|fields| fields.get(key)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Allowed {
        toml::from_str(include_str!("allowed.toml")).unwrap()
    }

    #[test]
    fn the_table_can_be_read_and_shares_what_it_names() {
        let table = table();
        for file in &table.file {
            for name in &file.r#use {
                assert!(table.shared(name).is_some(), "{} uses {name}", file.path);
            }
        }
    }

    #[test]
    fn nothing_that_holds_a_secret_is_allowed() {
        let table = table();
        let single = table.class.iter().flat_map(|c| c.fields.keys().chain(c.device.keys()));
        let folders = table.folder.iter().flat_map(|folder| folder.fields.keys());
        let files = table.file.iter().flat_map(|file| file.fields.keys());
        let shared = table.fields.values().flat_map(|fields| fields.keys());
        let mut seen = 0;
        for key in single.chain(folders).chain(files).chain(shared) {
            seen += 1;
            assert!(!super::super::kind::names_a_secret(key), "{key}");
        }
        assert!(seen > 300, "{seen} fields");
    }
}
