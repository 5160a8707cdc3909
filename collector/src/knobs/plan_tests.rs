use super::*;
use crate::{
    category::Selection,
    knobs::{resolve::Survey, tests::Folder},
};

/// A machine with every driver of the table loaded, each with the values its module has from the start.
struct Machine {
    folder: Folder,
    table: Table,
}

impl Machine {
    fn new() -> Self {
        let folder = Folder::new();
        let table = Table::load().unwrap();
        folder.file("/proc/dynamic_debug/control", CONTROL);
        folder.file("/sys/kernel/tracing/instances/other/tracing_on", "1\n");
        folder.file("/sys/kernel/tracing/available_tracers", "function nop\n");
        folder.file("/sys/kernel/tracing/current_tracer", "nop\n");
        for (host, driver) in [(2, "iscsi_tcp"), (4, "be2iscsi"), (5, "be2iscsi"), (6, "ahci")] {
            folder.file(&format!("/sys/class/scsi_host/host{host}/proc_name"), driver);
        }
        for host in [4, 5] {
            folder.file(&format!("/sys/class/scsi_host/host{host}/beiscsi_log_enable"), "0\n");
        }
        let machine = Self { folder, table };
        for knob in &machine.table.knobs {
            let module = format!("/sys/module/{}", knob.driver);
            if knob.kind != Kind::StartOption {
                machine.folder.file(&format!("{module}/refcnt"), "0\n");
            }
            match knob.kind {
                Kind::Parameter => {
                    let value = if knob.name == "qedi_dbg_log" { "2147483904\n" } else { "0\n" };
                    machine.folder.file(&format!("{module}/parameters/{}", knob.name), value);
                }
                Kind::Tracepoint => {
                    let enable = format!("/sys/kernel/tracing/events/{}/enable", knob.name);
                    machine.folder.file(&enable, "0\n");
                }
                _ => {}
            }
        }
        machine
    }

    fn plan(&self, wish: &Wish) -> (Vec<String>, Vec<Note>) {
        let roots = self.folder.roots();
        let survey = Survey::new(&self.table, &roots);
        let plan = plan(&survey, &roots, wish, "test").unwrap();
        let root = roots.path("/").display().to_string();
        let steps = plan.steps.iter().map(|step| step.change.to_string().replace(&root, "/"));
        (steps.collect(), plan.notes)
    }

    fn steps(&self, wish: &Wish) -> Vec<String> {
        self.plan(wish).0
    }
}

const CONTROL: &str = "\
drivers/target/iscsi/iscsi_target.c:1 [iscsi_target_mod]iscsit_setup_nop_out =_ \"a\\012\"
drivers/target/iscsi/iscsi_target.c:2 [iscsi_target_mod]iscsit_setup_scsi_cmd =_ \"b\\012\"
drivers/target/iscsi/iscsi_target_auth.c:3 [iscsi_target_mod]chap_server_open =_ \"c\\012\"
";

fn wish(categories: &str, drivers: &[&str]) -> Wish {
    let categories = categories.parse::<Selection>().unwrap().over(Categories::empty());
    let drivers = drivers.iter().map(|&driver| driver.to_owned()).collect();
    Wish { categories, drivers, ..Wish::default() }
}

#[test]
fn tracepoints_are_preferred_and_need_one_instance() {
    let machine = Machine::new();
    assert_eq!(
        machine.steps(&wish("NOPS,EH", &["libiscsi"])),
        [
            "mkdir /sys/kernel/tracing/instances/test",
            "echo 'global' > /sys/kernel/tracing/instances/test/trace_clock",
            "echo '8192' > /sys/kernel/tracing/instances/test/buffer_size_kb",
            "echo '1' > /sys/kernel/tracing/instances/test/events/iscsi/iscsi_dbg_conn/enable",
            "echo '1' > /sys/kernel/tracing/instances/test/events/iscsi/iscsi_dbg_session/enable",
            "echo '1' > /sys/kernel/tracing/instances/test/events/iscsi/iscsi_dbg_eh/enable",
        ]
    );
}

#[test]
fn the_kernel_log_is_used_when_asked_for() {
    let machine = Machine::new();
    let wish = Wish { kernel_log: true, ..wish("TIMERS", &["libiscsi"]) };
    assert_eq!(
        machine.steps(&wish),
        [
            "echo 1 > /sys/module/libiscsi/parameters/debug_libiscsi_conn  # was 0",
            "echo 1 > /sys/module/libiscsi/parameters/debug_libiscsi_eh  # was 0",
        ]
    );
}

#[test]
fn without_tracefs_the_kernel_log_is_what_is_left() {
    let machine = Machine::new();
    std::fs::remove_dir_all(machine.folder.path("sys/kernel/tracing")).unwrap();
    let (steps, notes) = machine.plan(&wish("NOPS", &["libiscsi"]));
    let parameters = steps.iter().filter(|step| step.contains("/parameters/")).count();
    assert_eq!((parameters, steps.len()), (2, 2), "{steps:?}");
    assert!(notes.iter().any(|note| note.trouble && note.text.contains("is not in this kernel")));
}

#[test]
fn each_offload_driver_gets_its_own_bits_and_keeps_what_was_on() {
    let machine = Machine::new();
    let steps = |categories: &str, driver: &str| machine.steps(&wish(categories, &[driver]));
    assert_eq!(
        steps("PDUS", "qedi"),
        [format!(
            "echo {} > /sys/module/qedi/parameters/qedi_dbg_log  # was 2147483904",
            0x8000_0100_u32 | 0x90
        )]
    );
    assert_eq!(
        steps("EH", "qla4xxx"),
        ["echo 2 > /sys/module/qla4xxx/parameters/ql4xextended_error_logging  # was 0"]
    );
    assert_eq!(
        steps("CONN", "ib_iser"),
        ["echo 2 > /sys/module/ib_iser/parameters/debug_level  # was 0"]
    );
    assert_eq!(
        steps("PDUS", "ib_isert"),
        ["echo 3 > /sys/module/ib_isert/parameters/debug_level  # was 0"]
    );
    for driver in ["libcxgbi", "cxgb3i", "cxgb4i"] {
        let expected = format!("echo 48 > /sys/module/{driver}/parameters/dbg_level  # was 0");
        assert_eq!(steps("PDUS", driver), [expected]);
    }
    assert_eq!(
        steps("EH,CONN", "be2iscsi"),
        [4, 5].map(|host| format!(
            "echo 40 > /sys/class/scsi_host/host{host}/beiscsi_log_enable  # was 0"
        ))
    );
}

#[test]
fn one_host_means_its_driver_what_that_uses_and_its_own_attribute() {
    let machine = Machine::new();
    let wish = Wish { host: Some(5), ..wish("CONN", &[]) };
    let steps = machine.steps(&wish);
    assert!(
        steps.contains(
            &"echo 32 > /sys/class/scsi_host/host5/beiscsi_log_enable  # was 0".to_owned()
        )
    );
    assert!(!steps.iter().any(|step| step.contains("host4") || step.contains("qedi")), "{steps:?}");
    assert!(steps.iter().any(|step| step.contains("iscsi_dbg_trans_conn")), "{steps:?}");
}

#[test]
fn what_may_print_secrets_waits_for_permission_and_says_so() {
    let machine = Machine::new();
    let wish = wish("LOGIN", &["cxgb4i", "iscsi_target_mod"]);
    let (steps, notes) = machine.plan(&wish);
    assert!(steps.is_empty(), "{steps:?}");
    let asks = notes.iter().filter(|note| note.text.contains("--allow-secrets")).count();
    assert_eq!(asks, 2, "{notes:?}");
    let steps = machine.steps(&Wish { secrets: true, ..wish });
    assert_eq!(
        steps,
        [
            "echo 1 > /sys/module/cxgb4i/parameters/dbg_level  # was 0",
            "echo 'module iscsi_target_mod func chap_server_open +pmf' > /proc/dynamic_debug/control",
        ]
    );
}

#[test]
fn call_sites_are_chosen_by_their_functions() {
    let machine = Machine::new();
    assert_eq!(
        machine.steps(&wish("NOPS", &["iscsi_target_mod"])),
        [
            "echo 'module iscsi_target_mod func iscsit_setup_nop_out +pmf' > /proc/dynamic_debug/control"
        ]
    );
}

#[test]
fn asking_for_the_target_does_not_trace_its_functions() {
    let machine = Machine::new();
    let steps = machine.steps(&wish("TARGET", &["iscsi_target_mod"]));
    assert_eq!(steps.len(), 1, "{steps:?}");
    assert!(steps.iter().all(|step| step.contains("dynamic_debug")));
}

#[test]
fn what_is_on_already_is_not_touched() {
    let machine = Machine::new();
    machine.folder.file("/sys/module/cxgb4i/parameters/dbg_level", "255\n");
    let (steps, notes) = machine.plan(&wish("PDUS", &["cxgb4i"]));
    assert_eq!((steps.len(), notes.len()), (0, 0), "{notes:?}");
}

#[test]
fn a_driver_that_is_not_loaded_is_trouble_only_if_named() {
    let folder = Folder::new();
    let table = Table::load().unwrap();
    folder.file("/sys/module/libiscsi/parameters/debug_libiscsi_conn", "0\n");
    let roots = folder.roots();
    let survey = Survey::new(&table, &roots);
    let notes = |wish: &Wish| plan(&survey, &roots, wish, "test").unwrap().notes;
    let named = notes(&wish("CONN", &["qedi"]));
    assert!(named.iter().any(|note| note.trouble && note.text.contains("qedi is not loaded")));
    let any = notes(&wish("NOPS", &[]));
    assert!(!any.iter().any(|note| note.text.contains("not loaded")), "{any:?}");
}

#[test]
fn a_read_only_parameter_says_how_else() {
    let machine = Machine::new();
    let (_, notes) = machine.plan(&wish("OFFLOAD", &["be2iscsi"]));
    let note = notes.iter().find(|note| note.text.contains("read-only")).unwrap();
    assert!(note.text.contains("/etc/modprobe.d"), "{}", note.text);
}

#[test]
fn iscsids_level_is_said_with_the_way_to_set_it() {
    let machine = Machine::new();
    machine.folder.file("/proc/812/comm", "iscsid\n");
    machine.folder.file("/proc/812/cmdline", "/sbin/iscsid\0-f\0-d\x003\0");
    let (steps, notes) = machine.plan(&Wish { secrets: true, ..wish("LOGIN", &["iscsid"]) });
    assert_eq!(steps.len(), 0);
    let note = notes.iter().find(|note| note.text.contains("level 3")).unwrap();
    assert!(note.text.contains("iscsid -d 5"), "{}", note.text);
}

#[test]
fn unknown_drivers_and_hosts_are_named_with_those_there_are() {
    let machine = Machine::new();
    let roots = machine.folder.roots();
    let error = |wish: &Wish| drivers(&machine.table, &roots, wish).unwrap_err().to_string();
    let unknown = error(&wish("CONN", &["lpfc"]));
    assert!(unknown.starts_with("'lpfc' is no driver known here; there are scsi_transport_iscsi,"));
    let host = |host| error(&Wish { host: Some(host), ..wish("CONN", &[]) });
    assert_eq!(host(9), "there is no SCSI host 9; there are 2, 4, 5, 6");
    assert_eq!(host(6), "host6 belongs to ahci, which is no iSCSI driver");
}
