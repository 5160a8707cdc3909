//! Type information, from which the probes learn where fields are.

use super::modules::{is_loaded, known};
use super::{Check, Status};
use crate::host::Roots;

/// What stands in for missing types.
const FALLBACK: &str =
    "offsets come from the table of known kernels, or the probes that need them stay off";

pub(super) fn checks(roots: &Roots) -> Vec<Check> {
    let kernel = check(roots, "vmlinux", "boot a kernel built with CONFIG_DEBUG_INFO_BTF");
    let modules = known().filter(|module| is_loaded(roots, module));
    let modules = modules.map(|module| {
        check(roots, module, "boot a kernel built with CONFIG_DEBUG_INFO_BTF_MODULES")
    });
    [kernel].into_iter().chain(modules).collect()
}

fn check(roots: &Roots, module: &str, remedy: &str) -> Check {
    let name = format!("BTF of {module}");
    match std::fs::metadata(roots.sysfs(&format!("kernel/btf/{module}"))) {
        Ok(file) => Check::ok(name, format!("{} bytes", file.len())),
        Err(_) => Check::new(name, Status::Limited, format!("absent: {FALLBACK}")).remedy(remedy),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::tests::Scratch;

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
