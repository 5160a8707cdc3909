//! The modules with the code the probes watch.

use std::fs;

use super::{Check, Status, release};
use crate::host::Roots;

/// What every initiator needs.
const CORE: [&str; 2] = ["scsi_transport_iscsi", "libiscsi"];
/// What carries sessions, and what it is made of.
const DRIVERS: [&str; 10] = [
    "libiscsi_tcp",
    "iscsi_tcp",
    "ib_iser",
    "be2iscsi",
    "bnx2i",
    "qedi",
    "qla4xxx",
    "libcxgbi",
    "cxgb3i",
    "cxgb4i",
];

/// All modules the probes know.
pub(super) fn known() -> impl Iterator<Item = &'static str> {
    CORE.into_iter().chain(DRIVERS)
}

/// Loaded, or built in with something to show.
pub(super) fn is_loaded(roots: &Roots, module: &str) -> bool {
    roots.sysfs(&format!("module/{module}")).exists()
}

pub(super) fn checks(roots: &Roots) -> Vec<Check> {
    let installed = Installed::read(roots);
    let mut checks: Vec<Check> =
        CORE.iter().map(|module| core(roots, module, &installed)).collect();
    let drivers: Vec<&str> =
        DRIVERS.into_iter().filter(|module| is_loaded(roots, module)).collect();
    let detail = match drivers.as_slice() {
        [] => "none loaded; probes attach when one is".to_owned(),
        drivers => format!("loaded: {}", drivers.join(", ")),
    };
    checks.push(Check::ok("drivers", detail));
    checks
}

fn core(roots: &Roots, module: &str, installed: &Installed) -> Check {
    if is_loaded(roots, module) {
        return Check::ok(module, "loaded");
    }
    match installed.has(module) {
        Some(true) => Check::ok(module, "installed, not loaded; probes attach when it is"),
        None => Check::new(
            module,
            Status::Unknown,
            "not loaded; whether it is installed cannot be seen",
        ),
        Some(false) => {
            Check::new(module, Status::Limited, "not installed: this kernel cannot be an initiator")
                .remedy("install the kernel's modules (Debian: linux-image-$(uname -r))")
        }
    }
}

/// The lists depmod and the kernel's build make.
struct Installed(Option<String>);

impl Installed {
    fn read(roots: &Roots) -> Self {
        let Some(release) = release(roots) else { return Self(None) };
        let list = |name| fs::read_to_string(roots.path(&format!("/lib/modules/{release}/{name}")));
        let lists: Vec<String> = ["modules.dep", "modules.builtin"]
            .into_iter()
            .filter_map(|name| list(name).ok())
            .collect();
        Self((!lists.is_empty()).then(|| lists.concat()))
    }

    /// Whether there is such a file, however it is packed; nothing if there are no lists.
    fn has(&self, module: &str) -> Option<bool> {
        let file = format!("/{module}.ko");
        self.0.as_deref().map(|lists| lists.contains(&file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::tests::Scratch;

    fn status(scratch: &Scratch, module: &str) -> Status {
        checks(&Roots::under(scratch.path()))
            .into_iter()
            .find(|check| check.name == module)
            .unwrap()
            .status
    }

    #[test]
    fn a_module_counts_when_it_is_loaded_or_can_be() {
        let scratch = Scratch::new("modules");
        assert_eq!(status(&scratch, "libiscsi"), Status::Unknown);
        scratch.write("proc/sys/kernel/osrelease", "6.12\n");
        scratch.write("lib/modules/6.12/modules.dep", "kernel/drivers/scsi/libiscsi.ko.xz:\n");
        assert_eq!(status(&scratch, "libiscsi"), Status::Ok);
        assert_eq!(status(&scratch, "scsi_transport_iscsi"), Status::Limited);
        scratch.write("sys/module/scsi_transport_iscsi/initstate", "live\n");
        assert_eq!(status(&scratch, "scsi_transport_iscsi"), Status::Ok);
    }
}
