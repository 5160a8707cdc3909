//! Which kernel modules are there.

use std::collections::BTreeSet;
use std::fs;
use std::io;

use crate::host::Roots;

/// Those of `names` that are loaded or built in; starting ones included, as their functions are there already.
///
/// # Errors
/// When `/proc/modules` cannot be read; a kernel without module support has none.
pub fn present<'a>(
    roots: &Roots,
    names: impl IntoIterator<Item = &'a str>,
) -> io::Result<BTreeSet<String>> {
    let loaded = match fs::read_to_string(roots.path("/proc/modules")) {
        Ok(text) => parse(&text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeSet::new(),
        Err(error) => return Err(error),
    };
    let present = |name: &&str| loaded.contains(*name) || is_built_in(roots, name);
    Ok(names.into_iter().filter(present).map(str::to_owned).collect())
}

/// Which build of a module is there: what two builds have in common only if all their fields are. None where the
/// kernel does not tell.
#[must_use]
pub fn build(roots: &Roots, name: &str) -> Option<Vec<u8>> {
    if is_built_in(roots, name) {
        return Some(Vec::new());
    }
    fs::read(roots.sysfs("module").join(name).join("notes/.note.gnu.build-id")).ok()
}

/// A module that is built in has a folder for its parameters, but no state.
fn is_built_in(roots: &Roots, name: &str) -> bool {
    let folder = roots.sysfs("module").join(name);
    folder.is_dir() && !folder.join("initstate").exists()
}

/// Lines are name, size, references, users, state, address.
fn parse(text: &str) -> BTreeSet<String> {
    text.lines()
        .filter_map(|line| {
            let mut words = line.split_ascii_whitespace();
            let name = words.next()?;
            (words.nth(3) != Some("Unloading")).then(|| name.to_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_that_is_leaving_does_not_count() {
        let text = "iscsi_tcp 24576 2 - Live 0xffffffffc0a3e000\n\
                    libiscsi 77824 2 libiscsi_tcp,iscsi_tcp, Loading 0x0\n\
                    ib_iser 53248 0 - Unloading 0x0\n";
        assert_eq!(parse(text).into_iter().collect::<Vec<_>>(), ["iscsi_tcp", "libiscsi"]);
    }

    #[test]
    fn built_in_counts_and_what_was_not_asked_for_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let modules = folder.path().join("sys/module");
        fs::create_dir_all(modules.join("libiscsi/parameters")).unwrap();
        fs::create_dir_all(modules.join("iscsi_tcp")).unwrap();
        fs::write(modules.join("iscsi_tcp/initstate"), "going\n").unwrap();
        let roots = Roots::under(folder.path());
        let names = ["libiscsi", "iscsi_tcp", "ib_iser"];
        let found = present(&roots, names).unwrap();
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["libiscsi"]);
        assert_eq!(present(&roots, ["scsi_mod"]).unwrap(), BTreeSet::new());
    }
}
