use std::fs;

use super::*;
use crate::host::Roots;
use crate::kernel::btf::tests::Builder;

fn kernel(release: &str, write: impl FnOnce(&mut Builder)) -> Known {
    let folder = tempfile::tempdir().unwrap();
    let btf = folder.path().join("sys/kernel/btf");
    fs::create_dir_all(&btf).unwrap();
    let mut vmlinux = Builder::vmlinux();
    write(&mut vmlinux);
    fs::write(btf.join("vmlinux"), vmlinux.bytes()).unwrap();
    Known::find(&mut KernelBtf::read(&Roots::under(folder.path())), &Release::parse(release))
}

fn conn(builder: &mut Builder, session: u32) {
    let int = builder.int("int");
    builder.composite("iscsi_conn", false, &[("session", int, session * 8)]);
}

#[test]
fn what_btf_has_is_taken_and_the_rest_is_named() {
    let known = kernel("6.1.0", |builder| conn(builder, 24));
    assert_eq!(known.offsets.conn_session, 24);
    assert_eq!(known.missing("conn_session"), None);
    assert_eq!(known.offsets.task_hdr, ABSENT);
    assert_eq!(known.missing("task_hdr"), Some(&btf::Error::NoType("iscsi_task".into())));
    assert_eq!(known.unproven(), None);
}

#[test]
fn a_kernel_without_btf_for_modules_uses_the_table_and_says_so() {
    let known = kernel("5.10.0-46-amd64", |builder| {
        builder.int("int");
    });
    assert_eq!(known.offsets.session_targetname, 264);
    assert_eq!(known.offsets.scsi_cmnd_size, 392);
    assert!(known.unproven().is_some_and(|source| source.contains("5.10")));
    assert!(known.missing("cmd_task").is_some(), "5.10 has no struct iscsi_cmd");
    assert!(known.missing("sock_err").is_some(), "the table has nothing of vmlinux");
}

#[test]
fn what_the_kernel_says_goes_before_the_table() {
    let known = kernel("5.10.0-46-amd64", |builder| conn(builder, 40));
    assert_eq!(known.offsets.conn_session, 40);
}

#[test]
fn probes_go_on_unless_something_new_is_known_or_something_moved() {
    let none = kernel("6.1.0", |builder| {
        builder.int("int");
    });
    let here = kernel("6.1.0", |builder| conn(builder, 16));
    let elsewhere = kernel("6.1.0", |builder| conn(builder, 24));
    assert!(here.serves(&here) && here.serves(&none));
    assert!(!none.serves(&here) && !here.serves(&elsewhere));
}
