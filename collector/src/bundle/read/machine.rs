//! A machine's folders from a bundle, on disk again: sysfs is a tree of folders and links, and whoever reads it asks the
//! file system. There are no secrets in them; others still have no business there.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::host::Roots;

/// The folder of the archive that stands for `/`.
const ROOT: &str = "root/";

/// Folders that look like a machine's.
#[derive(Debug)]
pub struct Machine(TempDir);

impl Machine {
    /// From files and links by their paths in an archive. Half a machine is removed again when we are to stop.
    pub(in crate::bundle) fn lay_out<'a>(
        files: impl Iterator<Item = (&'a str, &'a [u8])>,
        links: impl Iterator<Item = (&'a str, &'a str)>,
        stop: &dyn Fn() -> bool,
    ) -> io::Result<Self> {
        let folder = in_memory().or_else(|_| builder().tempdir())?;
        let mut last = PathBuf::new();
        for (path, bytes) in files {
            let Some(path) = path.strip_prefix(ROOT) else { continue };
            if stop() {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let path = folder.path().join(path);
            // Files of a folder follow each other.
            if path.parent() != last.parent() {
                above(&path)?;
            }
            fs::write(&path, bytes)?;
            last = path;
        }
        let links = links.filter_map(|(path, target)| Some((path.strip_prefix(ROOT)?, target)));
        let links: Vec<_> = links.filter(|(path, target)| stays_inside(path, target)).collect();
        // Every folder is a real one before there is any link, so that nothing is written through one.
        for (path, _) in &links {
            above(&folder.path().join(path))?;
        }
        for (path, target) in links {
            match symlink(target, folder.path().join(path)) {
                // A file of that name was there first.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                other => other?,
            }
        }
        Ok(Self(folder))
    }

    /// Where they are.
    #[must_use]
    pub fn roots(&self) -> Roots {
        Roots::under(self.0.path())
    }
}

fn builder() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("iscsi-bundle-");
    builder
}

/// A thousand sessions are some ten thousands of small files, which a disk takes its time for.
fn in_memory() -> io::Result<TempDir> {
    builder().tempdir_in("/dev/shm")
}

fn above(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}

/// Links of sysfs go up, then down. One that goes up behind another link could leave the folder.
fn stays_inside(path: &str, target: &str) -> bool {
    let depth = path.split('/').count().saturating_sub(1);
    let parts: Vec<&str> = target.split('/').collect();
    let ups = parts.iter().take_while(|part| **part == "..").count();
    let rest = parts.get(ups..).unwrap_or_default();
    ups <= depth && rest.iter().all(|part| !matches!(*part, "" | "." | ".."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lay_out(links: &[(&str, &str)], files: &[(&str, &str)]) -> Machine {
        let owned = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(a, b)| (format!("root/{a}"), (*b).to_owned())).collect()
        };
        let (links, files) = (owned(links), owned(files));
        Machine::lay_out(
            files.iter().map(|(path, text)| (path.as_str(), text.as_bytes())),
            links.iter().map(|(path, target)| (path.as_str(), target.as_str())),
            &|| false,
        )
        .unwrap()
    }

    #[test]
    fn links_lead_where_they_led() {
        let machine = lay_out(
            &[("sys/class/iscsi_session/session1", "../../devices/session1")],
            &[("sys/devices/session1/state", "LOGGED_IN\n")],
        );
        let path = machine.roots().sysfs("class/iscsi_session/session1/state");
        assert_eq!(fs::read_to_string(path).unwrap(), "LOGGED_IN\n");
    }

    #[test]
    fn a_strangers_links_do_not_lead_out() {
        let machine = lay_out(
            &[
                ("sys/a", "/etc"),
                ("sys/b", "../../etc"),
                ("sys/deep/er/c", "../../x/../../.."),
                ("sys/d", "e/../.."),
            ],
            &[("sys/a/passwd", "mine")],
        );
        for name in ["b", "deep/er/c", "d"] {
            assert!(machine.roots().sysfs(name).symlink_metadata().is_err(), "{name}");
        }
        assert_eq!(fs::read_to_string(machine.roots().sysfs("a/passwd")).unwrap(), "mine");
    }
}
