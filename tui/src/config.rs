//! What is remembered between runs: columns and sorting of the overview.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The file's content.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Columns by name, left to right; empty are the default ones.
    pub columns: Vec<String>,
    /// The column sorted by.
    pub sort: Option<String>,
    /// Largest last.
    pub ascending: bool,
}

/// Where the file is unless an option says otherwise.
pub fn path() -> Option<PathBuf> {
    let folder = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = folder("XDG_CONFIG_HOME").or_else(|| Some(folder("HOME")?.join(".config")))?;
    Some(base.join("iscsitop/config.toml"))
}

/// Reads the file; without one everything is as it comes.
///
/// # Errors
/// It cannot be read or understood; the text says which file and why.
pub fn load(path: &Path) -> Result<Config, String> {
    let complain = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    match fs::read_to_string(path) {
        Ok(text) => toml::from_str(&text).map_err(|error| complain(&error.message())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Config::default()),
        Err(error) => Err(complain(&error)),
    }
}

/// Writes the file.
///
/// # Errors
/// The folder or the file cannot be written.
pub fn save(path: &Path, config: &Config) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let text = toml::to_string(config).map_err(io::Error::other)?;
    // Beside it first: a full disk must not cost what was there.
    let new = path.with_extension("toml.new");
    fs::write(&new, text)?;
    fs::rename(&new, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_saved_is_loaded() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/config.toml");
        assert_eq!(load(&path), Ok(Config::default()));
        let columns = vec!["target".to_owned(), "p99".to_owned()];
        let config = Config { columns, sort: Some("p99".to_owned()), ascending: true };
        save(&path, &config).unwrap();
        assert_eq!(load(&path), Ok(config));
    }

    #[test]
    fn a_mistake_is_named_with_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        fs::write(&path, "colums = []").unwrap();
        let error = load(&path).unwrap_err();
        assert!(error.contains("config.toml") && error.contains("colums"), "{error}");
    }
}
