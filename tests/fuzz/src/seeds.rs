//! Inputs to start from, made from what is recorded in the repository.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::Target;

/// The folder the seeds of a target are written to.
pub const CORPUS: &str = "corpus";
/// The file of words, in libFuzzer's dictionary format.
pub const DICTIONARY: &str = "dictionary";

/// Writes a target's seeds and dictionary under `folder`.
///
/// # Errors
/// A file cannot be written.
pub fn write(target: &Target, folder: &Path) -> io::Result<()> {
    let corpus = folder.join(CORPUS);
    fs::create_dir_all(&corpus)?;
    for (index, seed) in (target.seeds)().iter().enumerate() {
        fs::write(corpus.join(format!("seed-{index:04}")), seed)?;
    }
    let mut dictionary = String::from("# libFuzzer refuses an empty file.\n");
    dictionary.extend((target.words)().iter().map(|word| quoted(word)));
    fs::write(folder.join(DICTIONARY), dictionary)
}

/// libFuzzer knows `\xAB`, `\\` and `\"`.
fn quoted(word: &str) -> String {
    let escaped: String = word
        .bytes()
        .map(|byte| match byte {
            b'"' | b'\\' => format!("\\{}", char::from(byte)),
            b' '..=b'~' => char::from(byte).to_string(),
            _ => format!("\\x{byte:02X}"),
        })
        .collect();
    format!("\"{escaped}\"\n")
}

/// The recorded files in a folder of `tests/`, smallest first, but for its README.
pub(crate) fn recorded(folder: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder);
    let entries = fs::read_dir(&folder).expect("the recordings are in the repository");
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_none_or(|extension| extension != "md"));
    paths.sort();
    let mut files: Vec<Vec<u8>> = paths.iter().filter_map(|path| fs::read(path).ok()).collect();
    files.sort_by_key(Vec::len);
    files
}
