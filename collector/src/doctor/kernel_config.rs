//! Options the kernel was built with.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read};

use flate2::read::GzDecoder;

use super::{Check, Status, release};
use crate::host::Roots;

struct Wanted {
    option: &'static str,
    /// How it is without the option.
    without: Status,
    /// What the option gives.
    gives: &'static str,
}

const fn wanted(option: &'static str, without: Status, gives: &'static str) -> Wanted {
    Wanted { option, without, gives }
}

const WANTED: &[Wanted] = &[
    wanted("BPF_SYSCALL", Status::Blocked, "eBPF programs"),
    wanted("BPF_EVENTS", Status::Blocked, "eBPF programs on kprobes and tracepoints"),
    wanted("PERF_EVENTS", Status::Blocked, "the events eBPF programs attach to"),
    wanted("KALLSYMS", Status::Blocked, "kernel functions by name"),
    wanted("KPROBES", Status::Blocked, "probes on kernel functions"),
    wanted("KPROBE_EVENTS", Status::Blocked, "probes on kernel functions as perf events"),
    wanted("EVENT_TRACING", Status::Limited, "tracepoints: the core's own debug text, TCP events"),
    wanted("BPF_JIT", Status::Limited, "compiled probes; interpreted ones cost several times more"),
    wanted("DEBUG_INFO_BTF", Status::Blocked, "field offsets of this kernel's structures"),
    wanted(
        "DEBUG_INFO_BTF_MODULES",
        Status::Limited,
        "field offsets of the iSCSI modules' structures",
    ),
    wanted(
        "SCSI_ISCSI_ATTRS",
        Status::Limited,
        "the iSCSI transport class: without it there is no initiator",
    ),
    wanted("INET_TCP_DIAG", Status::Limited, "TCP figures in `sessions`"),
];

pub(super) fn checks(roots: &Roots) -> Vec<Check> {
    let config = match read(roots) {
        Ok(config) => config,
        Err(error) => {
            let detail = format!("the kernel's configuration cannot be read: {error}");
            let check = Check::new("configuration", Status::Unknown, detail);
            return vec![check.remedy(
                "modprobe configs, or install the package that has /boot/config-$(uname -r)",
            )];
        }
    };
    WANTED.iter().map(|wanted| check(wanted, &config)).collect()
}

fn check(wanted: &Wanted, config: &HashMap<String, String>) -> Check {
    let name = format!("CONFIG_{}", wanted.option);
    match config.get(wanted.option) {
        Some(value) => Check::ok(name, format!("={value}: {}", wanted.gives)),
        None => Check::new(name, wanted.without, format!("not set; it gives {}", wanted.gives))
            .remedy("boot a kernel built with it; the distributions' standard kernels are"),
    }
}

/// From where distributions put it, else from the kernel itself.
fn read(roots: &Roots) -> io::Result<HashMap<String, String>> {
    let release = release(roots).unwrap_or_default();
    for path in [
        format!("/boot/config-{release}"),
        format!("/usr/lib/modules/{release}/config"),
        format!("/lib/modules/{release}/config"),
    ] {
        if let Ok(text) = fs::read_to_string(roots.path(&path)) {
            return Ok(parse(&text));
        }
    }
    let mut text = String::new();
    GzDecoder::new(File::open(roots.path("/proc/config.gz"))?).read_to_string(&mut text)?;
    Ok(parse(&text))
}

/// Options that are set, without the prefix.
fn parse(text: &str) -> HashMap<String, String> {
    let line = |line: &str| {
        let (option, value) = line.trim().strip_prefix("CONFIG_")?.split_once('=')?;
        (value != "n").then(|| (option.to_owned(), value.to_owned()))
    };
    text.lines().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;
    use crate::host::tests::Scratch;

    const CONFIG: &str =
        "CONFIG_BPF_SYSCALL=y\n# CONFIG_KPROBES is not set\nCONFIG_DEBUG_INFO_BTF=y\n";

    fn statuses(roots: &Roots) -> HashMap<String, Status> {
        checks(roots).into_iter().map(|check| (check.name, check.status)).collect()
    }

    #[test]
    fn options_decide_by_what_they_give() {
        let scratch = Scratch::new("config-boot");
        scratch.write("proc/sys/kernel/osrelease", "6.1.0-9-amd64\n");
        scratch.write("boot/config-6.1.0-9-amd64", CONFIG);
        let statuses = statuses(&Roots::under(scratch.path()));
        assert_eq!(statuses["CONFIG_BPF_SYSCALL"], Status::Ok);
        assert_eq!(statuses["CONFIG_KPROBES"], Status::Blocked);
        assert_eq!(statuses["CONFIG_DEBUG_INFO_BTF_MODULES"], Status::Limited);
    }

    #[test]
    fn a_kernel_that_carries_its_configuration_is_asked() {
        let scratch = Scratch::new("config-gz");
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(CONFIG.as_bytes()).unwrap();
        fs::create_dir_all(scratch.path().join("proc")).unwrap();
        fs::write(scratch.path().join("proc/config.gz"), packed.finish().unwrap()).unwrap();
        assert_eq!(statuses(&Roots::under(scratch.path()))["CONFIG_DEBUG_INFO_BTF"], Status::Ok);
    }

    #[test]
    fn without_a_configuration_nothing_is_claimed() {
        let scratch = Scratch::new("config-none");
        assert_eq!(
            statuses(&Roots::under(scratch.path())),
            HashMap::from([("configuration".to_owned(), Status::Unknown)])
        );
    }
}
