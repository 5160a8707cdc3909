//! Type information, from which the probes learn where fields are.

use super::modules::{is_loaded, known};
use super::{Check, Status};
use crate::host::Roots;

/// What stands in for a module's missing types.
const FALLBACK: &str =
    "absent: offsets come from the table of known kernels, or the probes that need them stay off";
/// Nothing stands in for the kernel's own.
const NEEDED: &str = "absent: no field can be found, so live tracing does not start";

pub(super) fn checks(roots: &Roots) -> Vec<Check> {
    let remedy = "boot a kernel built with CONFIG_DEBUG_INFO_BTF";
    let kernel = check(roots, "vmlinux", Status::Blocked, NEEDED, remedy);
    let modules = known().filter(|module| is_loaded(roots, module));
    let modules = modules.map(|module| {
        let remedy = "boot a kernel built with CONFIG_DEBUG_INFO_BTF_MODULES";
        check(roots, module, Status::Limited, FALLBACK, remedy)
    });
    [kernel].into_iter().chain(modules).collect()
}

fn check(roots: &Roots, module: &str, without: Status, detail: &str, remedy: &str) -> Check {
    let name = format!("BTF of {module}");
    match std::fs::metadata(roots.sysfs(&format!("kernel/btf/{module}"))) {
        Ok(file) => Check::ok(name, format!("{} bytes", file.len())),
        Err(_) => Check::new(name, without, detail).remedy(remedy),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::tests::Scratch;

    #[test]
    fn a_kernel_without_types_cannot_be_traced() {
        let scratch = Scratch::new("btf-none");
        let found = checks(&Roots::under(scratch.path()));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].status, Status::Blocked);
    }

    #[test]
    fn only_loaded_modules_are_missed() {
        let scratch = Scratch::new("btf");
        scratch.write("sys/kernel/btf/vmlinux", "types");
        scratch.write("sys/kernel/btf/libiscsi", "types");
        scratch.write("sys/module/libiscsi/initstate", "live\n");
        scratch.write("sys/module/iscsi_tcp/initstate", "live\n");
        let found: Vec<_> = checks(&Roots::under(scratch.path()))
            .into_iter()
            .map(|check| (check.name, check.status))
            .collect();
        assert_eq!(
            found,
            [
                ("BTF of vmlinux".to_owned(), Status::Ok),
                ("BTF of libiscsi".to_owned(), Status::Ok),
                ("BTF of iscsi_tcp".to_owned(), Status::Limited),
            ]
        );
    }
}
