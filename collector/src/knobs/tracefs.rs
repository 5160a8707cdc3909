//! Trace instances: where tracepoints write without filling the kernel log.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{
    resolve::{Current, State, unreadable},
    table::{Kind, Knob},
};
use crate::{host::Roots, kernel::tracefs};

/// Where tracefs is; where it would be if it cannot be seen.
pub fn mount(roots: &Roots) -> PathBuf {
    tracefs::folder(roots).unwrap_or_else(|| roots.sysfs("kernel/tracing"))
}

/// Where a knob is in tracefs and how it stands.
pub(super) fn look(roots: &Roots, knob: &Knob) -> (PathBuf, State) {
    let mount = mount(roots);
    let (file, on) = match knob.kind {
        Kind::Functions => ("current_tracer".to_owned(), "function"),
        _ => (format!("events/{}/enable", knob.name), "1"),
    };
    let path = mount.join(&file);
    let state = match fs::read_to_string(&path) {
        Ok(_) if knob.kind == Kind::Functions && !traces_functions(&mount) => State::Absent,
        Ok(_) => {
            let is_on = |instance: &PathBuf| {
                let value = fs::read_to_string(instance.join(&file)).unwrap_or_default();
                value.trim() == on && (knob.kind != Kind::Functions || filters(instance, knob))
            };
            State::Ready(Current::On(instances(&mount).into_iter().filter(is_on).collect()))
        }
        Err(error) => unreadable(&error),
    };
    (path, state)
}

fn traces_functions(mount: &Path) -> bool {
    let tracers = fs::read_to_string(mount.join("available_tracers")).unwrap_or_default();
    tracers.split_whitespace().any(|tracer| tracer == "function")
}

/// Whether an instance's function tracer looks at the knob's module.
fn filters(instance: &Path, knob: &Knob) -> bool {
    let filter = fs::read_to_string(instance.join("set_ftrace_filter")).unwrap_or_default();
    let module = format!("[{}]", knob.driver);
    filter.lines().any(|line| line.starts_with("#### all") || line.ends_with(&module))
}

/// The root instance and the others.
fn instances(mount: &Path) -> Vec<PathBuf> {
    let mut instances = vec![mount.to_owned()];
    let folders = fs::read_dir(mount.join("instances")).into_iter().flatten().flatten();
    instances.extend(folders.map(|entry| entry.path()));
    instances
}
