//! Giving back: each value becomes what it was, unless somebody else changed it meanwhile.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    change::{Change, read_number, write_number, write_queries},
    dyndbg::{self, FLAGS, OFF, Site},
};

/// How giving back went.
#[derive(Debug, Default)]
pub struct Restored {
    /// Files that are as before now.
    pub back: usize,
    /// What was left alone because somebody else changed it, for people.
    pub changed_by_others: Vec<String>,
    /// What could not be given back, and why.
    pub failed: Vec<(Change, String)>,
}

impl Restored {
    /// Everything is as it was, or as somebody else wants it.
    pub fn is_complete(&self) -> bool {
        self.failed.is_empty()
    }
}

/// Undoes changes, the last first.
pub fn restore(changes: &[Change]) -> Restored {
    let mut restored = Restored::default();
    for change in changes.iter().rev() {
        let result = match change {
            Change::Instance { path } => remove_instance(path, &mut restored),
            Change::Within { .. } => Ok(()),
            Change::Number { path, before, after } => number(path, *before, *after, &mut restored),
            Change::Sites { path, sites, .. } => switch_off(path, sites, &mut restored),
        };
        match result {
            Ok(()) => {}
            // Its module was unloaded; the value went with it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => restored.failed.push((change.clone(), error.to_string())),
        }
    }
    restored
}

fn remove_instance(path: &Path, restored: &mut Restored) -> io::Result<()> {
    fs::remove_dir(path).map_err(|error| match error.kind() {
        io::ErrorKind::ResourceBusy => {
            io::Error::other("somebody reads it; end that program, then iscsi-trace debug reset")
        }
        _ => error,
    })?;
    restored.back += 1;
    Ok(())
}

fn number(path: &Path, before: u32, after: u32, restored: &mut Restored) -> io::Result<()> {
    match read_number(path)? {
        Some(now) if now == after => {
            write_number(path, before)?;
            restored.back += 1;
        }
        // Noted, but we were killed before it was written; or the module was loaded anew.
        Some(now) if now == before => {}
        now => {
            let now = now.map_or_else(|| "something else".to_owned(), |now| now.to_string());
            restored.changed_by_others.push(format!(
                "{} is {now}, neither our {after} nor the former {before}",
                path.display()
            ));
        }
    }
    Ok(())
}

fn switch_off(path: &PathBuf, sites: &[Site], restored: &mut Restored) -> io::Result<()> {
    let Some(first) = sites.first() else { return Ok(()) };
    let now = dyndbg::sites(&fs::read_to_string(path)?, &first.module);
    let mut queries = Vec::new();
    for site in sites {
        // Gone with its module, or off already: nothing to do.
        let Some(site) = now.iter().find(|now| now.is(site)) else { continue };
        match site.flags.as_str() {
            OFF => {}
            FLAGS => queries.push(site.query('-')),
            other => restored.changed_by_others.push(format!(
                "{}: {}:{} is ={other}, not our ={FLAGS}",
                path.display(),
                site.file,
                site.line
            )),
        }
    }
    if !queries.is_empty() {
        write_queries(path, &queries)?;
        restored.back += 1;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knobs::tests::Folder;

    fn change(path: PathBuf) -> Change {
        Change::Number { path, before: 0, after: 1 }
    }

    #[test]
    fn our_value_goes_back_and_another_tools_value_stays() {
        let folder = Folder::new();
        let (ours, theirs, never) =
            (folder.path("ours"), folder.path("theirs"), folder.path("never"));
        fs::write(&ours, "1\n").unwrap();
        fs::write(&theirs, "3\n").unwrap();
        fs::write(&never, "0\n").unwrap();
        let restored = restore(&[change(ours.clone()), change(theirs.clone()), change(never)]);
        assert_eq!(fs::read_to_string(ours).unwrap(), "0\n");
        assert_eq!(fs::read_to_string(&theirs).unwrap(), "3\n");
        assert_eq!((restored.back, restored.failed.len()), (1, 0));
        assert_eq!(
            restored.changed_by_others,
            [format!("{} is 3, neither our 1 nor the former 0", theirs.display())]
        );
    }

    #[test]
    fn a_module_that_went_needs_no_giving_back() {
        let folder = Folder::new();
        let restored = restore(&[change(folder.path("gone"))]);
        assert!(restored.is_complete() && restored.changed_by_others.is_empty());
    }

    #[test]
    fn what_cannot_be_written_is_named_and_the_rest_is_given_back() {
        let folder = Folder::new();
        let (fine, broken) = (folder.path("fine"), folder.path("broken"));
        fs::write(&fine, "1\n").unwrap();
        fs::create_dir(&broken).unwrap();
        let restored = restore(&[change(fine.clone()), change(broken.clone())]);
        assert_eq!(fs::read_to_string(fine).unwrap(), "0\n");
        assert!(!restored.is_complete());
        assert_eq!(restored.failed[0].0, change(broken));
    }

    #[test]
    fn only_call_sites_that_are_still_ours_are_switched_off() {
        let folder = Folder::new();
        let control = folder.path("control");
        let line = |line: u32, flags: &str| format!("a.c:{line} [m]f ={flags} \"x\"\n");
        fs::write(&control, line(1, "pmf") + &line(2, "_") + &line(3, "p")).unwrap();
        let sites = dyndbg::sites(&fs::read_to_string(&control).unwrap(), "m");
        let change = Change::Sites { path: control.clone(), sites, queries: Vec::new() };
        let restored = restore(&[change]);
        // The test's file keeps the query itself.
        assert_eq!(fs::read_to_string(&control).unwrap(), "module m file a.c line 1 -pmf\n");
        assert_eq!(restored.changed_by_others.len(), 1);
    }
}
