//! Which kernel modules are loaded.

use std::collections::BTreeSet;
use std::fs;
use std::io;

use crate::host::Roots;

/// Names of the loaded modules, those still starting included: their functions are there already.
///
/// # Errors
/// When `/proc/modules` cannot be read; a kernel without module support has none.
pub fn loaded(roots: &Roots) -> io::Result<BTreeSet<String>> {
    match fs::read_to_string(roots.path("/proc/modules")) {
        Ok(text) => Ok(parse(&text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeSet::new()),
        Err(error) => Err(error),
    }
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
    fn a_kernel_without_modules_has_none() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(loaded(&Roots::under(folder.path())).unwrap(), BTreeSet::new());
    }
}
