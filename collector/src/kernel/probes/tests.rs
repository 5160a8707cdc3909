use std::collections::BTreeSet;
use std::fs;

use iscsi_ebpf::offsets::FIELDS;
use iscsi_ebpf::text::Words;
use zerocopy::FromZeros as _;

use super::*;
use crate::host::Roots;
use crate::kernel::btf::KernelBtf;
use crate::kernel::btf::tests::Builder;
use crate::kernel::offsets::Known;
use crate::kernel::release::Release;
use crate::kernel::symbols::Symbols;

const FORMAT: &str = "\
name: iscsi_dbg_conn
ID: 1234
format:
\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;
\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;

\tfield:__data_loc char[] dname;\toffset:8;\tsize:4;\tsigned:0;
\tfield:__data_loc char[] msg;\toffset:12;\tsize:4;\tsigned:0;

print fmt: \"%s: %s\", __get_str(dname), __get_str(msg)
";

fn everything() -> Config {
    Config { kinds: u32::MAX, count: 1, ..Config::new_zeroed() }
}

/// A kernel without any iSCSI, with the functions and modules given.
fn plan(config: &Config, kallsyms: &str, modules: &[&str], format: Option<&str>) -> Plan {
    let folder = tempfile::tempdir().unwrap();
    let roots = Roots::under(folder.path());
    fs::create_dir_all(folder.path().join("proc")).unwrap();
    fs::write(folder.path().join("proc/kallsyms"), kallsyms).unwrap();
    let btf = folder.path().join("sys/kernel/btf");
    fs::create_dir_all(&btf).unwrap();
    let mut vmlinux = Builder::vmlinux();
    let int = vmlinux.int("int");
    vmlinux.composite("sk_buff", false, &[("cb", int, 320), ("data", int, 1600)]);
    fs::write(btf.join("vmlinux"), vmlinux.bytes()).unwrap();
    let events = folder.path().join("sys/kernel/tracing/events");
    fs::create_dir_all(&events).unwrap();
    for probe in PROBES {
        if let (Point::Tracepoint { category, name, .. }, Some(format)) = (probe.point, format) {
            let event = events.join(category).join(name);
            fs::create_dir_all(&event).unwrap();
            fs::write(event.join("format"), format).unwrap();
        }
    }
    let known = Known::find(&mut KernelBtf::read(&roots), &Release::parse("6.12.0"));
    let symbols = Symbols::read(&roots, Plan::functions()).unwrap();
    let modules: BTreeSet<String> = modules.iter().map(|name| (*name).to_owned()).collect();
    Plan::make(&roots, config, &known, Some(&symbols), &modules)
}

fn off(plan: &Plan, program: &str) -> Option<Reason> {
    plan.probes.iter().find(|planned| planned.probe.program == program).unwrap().off.clone()
}

#[test]
fn each_field_a_probe_needs_is_one_of_ours() {
    for probe in PROBES {
        for field in probe.fields.iter().copied().flatten() {
            assert!(FIELDS.iter().any(|known| known.name == *field), "{}: {field}", probe.program);
        }
    }
}

#[test]
fn each_probe_says_what_it_shows() {
    for probe in PROBES {
        assert!(!probe.shows.is_empty(), "{}", probe.program);
    }
}

#[test]
fn a_missing_function_or_field_or_module_turns_off_only_its_probe() {
    let plan = plan(
        &everything(),
        "ffffffffc0000000 t iscsi_if_rx\t[scsi_transport_iscsi]\n\
         ffffffffc0000100 t iscsi_cleanup_conn_work_fn\t[scsi_transport_iscsi]\n\
         ffffffffc0000200 t iscsi_session_event.isra.0\t[scsi_transport_iscsi]\n",
        &["scsi_transport_iscsi", "scsi_mod"],
        Some(FORMAT),
    );
    assert_eq!(off(&plan, "iscsi_if_rx"), None);
    assert_eq!(off(&plan, "iscsi_if_rx_return"), None);
    assert_eq!(off(&plan, "iscsi_dbg_conn"), Some(Reason::Module("libiscsi")));
    assert_eq!(
        off(&plan, "iscsi_if_transport_lookup"),
        Some(Reason::Function("iscsi_if_transport_lookup"))
    );
    assert_eq!(
        off(&plan, "iscsi_session_event"),
        Some(Reason::Clone("iscsi_session_event.isra.0".into()))
    );
    assert_eq!(off(&plan, "iscsi_eh_abort"), Some(Reason::Module("libiscsi")));
    let reason = off(&plan, "iscsi_cleanup_conn_work_fn").unwrap();
    assert_eq!(reason.to_string(), "no struct iscsi_cls_conn (cls_conn_dd_data)");
    assert_eq!(off(&plan, "tcp_retransmit_skb"), Some(Reason::Module("libiscsi")), "its fields");
    assert!(reason.is_problem() && !Reason::Module("libiscsi").is_problem());
}

#[test]
fn what_nobody_asked_for_is_not_attached() {
    let quiet = Config { kinds: 0, count: 0, ..everything() };
    let plan = plan(&quiet, "", &[], None);
    for program in ["iscsi_dbg_tcp", "iscsi_queuecommand", "iscsi_if_rx"] {
        assert_eq!(off(&plan, program), Some(Reason::NotAsked), "{program}");
    }
    assert_eq!(off(&plan, "iscsi_sw_tcp_pdu_init"), Some(Reason::Module("iscsi_tcp")));
}

#[test]
fn the_records_of_the_tracepoints_are_read_from_their_format() {
    let moved = FORMAT.replace("offset:8", "offset:24").replace("offset:12", "offset:28");
    let words = plan(&everything(), "", &["libiscsi"], Some(&moved)).words;
    assert_eq!(words, Some(Words { device: 24, message: 28 }));

    let other = plan(
        &everything(),
        "",
        &["libiscsi"],
        Some(&FORMAT.replace("__data_loc char[] msg", "char msg[64]")),
    );
    assert_eq!(
        off(&other, "iscsi_dbg_conn"),
        Some(Reason::Tracepoint(FormatError::Field("iscsi_dbg_conn", "msg")))
    );
    let none = plan(&everything(), "", &["libiscsi"], None);
    assert_eq!(
        off(&none, "iscsi_dbg_conn"),
        Some(Reason::Tracepoint(FormatError::Missing("iscsi_dbg_conn")))
    );
}
