use super::*;

const KALLSYMS: &str = "\
ffffffff81000000 T _stext
ffffffff81000100 t tcp_send_probe0
ffffffff81000200 D jiffies
ffffffffc0a00000 t iscsi_conn_failure\t[libiscsi]
ffffffffc0a00200 t fail_scsi_tasks.isra.0\t[libiscsi]
ffffffffc0a00300 t iscsi_eh_abort.cold\t[libiscsi]
ffffffffc0b00000 t iscsi_conn_bind\t[other]
";

fn symbols(text: &str) -> Symbols {
    let names = [
        "tcp_send_probe0",
        "iscsi_conn_failure",
        "fail_scsi_tasks",
        "iscsi_eh_abort",
        "iscsi_conn_bind",
    ];
    Symbols::parse(text.as_bytes(), names).unwrap()
}

#[test]
fn functions_are_found_in_their_module_or_built_in() {
    let symbols = symbols(KALLSYMS);
    assert_eq!(symbols.find("libiscsi", "iscsi_conn_failure"), Lookup::Found);
    assert_eq!(symbols.find("vmlinux", "tcp_send_probe0"), Lookup::Found);
    assert_eq!(symbols.find("libiscsi", "tcp_send_probe0"), Lookup::Found);
    assert_eq!(symbols.find("libiscsi", "iscsi_conn_bind"), Lookup::Missing);
}

#[test]
fn copies_of_the_compiler_are_told_from_the_function_and_cold_parts_are_neither() {
    let symbols = symbols(KALLSYMS);
    assert_eq!(
        symbols.find("libiscsi", "fail_scsi_tasks"),
        Lookup::Clone("fail_scsi_tasks.isra.0".into())
    );
    assert_eq!(symbols.find("libiscsi", "iscsi_eh_abort"), Lookup::Missing);
}

#[test]
fn an_address_reads_as_the_kernel_prints_it() {
    let symbols = symbols(KALLSYMS);
    let text = |address| symbols.at(address).map(|symbol| symbol.to_string());
    assert_eq!(text(0xffff_ffff_c0a0_005c).as_deref(), Some("iscsi_conn_failure+0x5c [libiscsi]"));
    assert_eq!(text(0xffff_ffff_8100_0000).as_deref(), Some("_stext+0x0"));
    assert_eq!(text(0x1000), None);
}

#[test]
fn hidden_addresses_leave_the_names() {
    let hidden: String =
        KALLSYMS.lines().map(|line| format!("{:016x}{}\n", 0, &line[16..])).collect();
    let symbols = symbols(&hidden);
    assert_eq!(symbols.find("libiscsi", "iscsi_conn_failure"), Lookup::Found);
    assert_eq!(symbols.at(0xffff_ffff_c0a0_005c), None);
}
