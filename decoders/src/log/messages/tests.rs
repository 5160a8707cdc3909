use super::*;
use crate::log::{LogEvent, scan::MAX_ARGS};

/// A text the format would print, with values that are no part of any format.
fn sample(format: &str) -> String {
    let mut parts = format.split('%');
    let mut text = parts.next().unwrap().to_owned();
    for part in parts {
        let mut letters = part.chars();
        text.push_str(match letters.next().unwrap() {
            'd' => "7",
            'x' => "0x2a",
            's' | 'S' => "zz",
            '*' => "",
            other => panic!("unknown conversion %{other} in {format}"),
        });
        text.push_str(letters.as_str());
    }
    text
}

type Decode = fn(&str) -> Option<LogEvent<'_>>;

/// Each table with what stands before its texts in a log.
fn tables() -> Vec<(&'static [Message], &'static str, Decode)> {
    let mut drivers = driver::tables();
    let mut tables: Vec<(&'static [Message], &'static str, Decode)> = vec![
        (core::PREFIXED, "connection1:0: ", kernel),
        (core::PREFIXED, "session1: ", kernel),
        (core::PLAIN, "", kernel),
        (core::ON_HOST, "scsi host3: ", kernel),
        (scsi::ON_UNIT, "sd 3:0:0:1: [sdb] tag#12 ", kernel),
        (storage::PLAIN, "", kernel),
        (storage::MULTIPATHD, "", multipathd),
        (lio::PLAIN, "", kernel),
        (iscsid::DAEMON, "", iscsid),
        (iscsid::ADMIN, "", iscsiadm),
    ];
    let before = [
        "connection1:0: ",
        "scsi host3: BM_1234 : ",
        "",
        "",
        "[0000:41:00.4]:[qedi_fn:12]:3: ",
        "qla4xxx 0000:03:00.1: ",
        "cxgb4i:fn: ",
        "iser: iser_fn: ",
        "isert: isert_fn: ",
    ];
    for prefix in before {
        tables.push((drivers.next().unwrap(), prefix, kernel));
    }
    assert!(drivers.next().is_none(), "a driver's table is not tested");
    tables
}

#[test]
fn every_message_is_found_by_its_own_text_and_by_no_other_before_it() {
    for (table, prefix, decode) in tables() {
        for message in table {
            let line = format!("{prefix}{}", sample(message.format));
            let event = decode(&line).unwrap_or_else(|| panic!("not found: {line}"));
            assert_eq!(event.message.format, message.format, "{line}");
        }
    }
}

#[test]
fn every_table_is_tested() {
    let tested: usize = {
        let mut seen: Vec<*const Message> =
            tables().iter().map(|(table, ..)| table.as_ptr()).collect();
        seen.dedup();
        let sizes = tables().into_iter().map(|(table, ..)| (table.as_ptr(), table.len()));
        sizes.collect::<std::collections::HashMap<_, _>>().values().sum()
    };
    assert_eq!(tested, all().count());
}

#[test]
fn formats_fit_the_scanner_and_meanings_are_sentences() {
    for message in all() {
        assert!(message.format.matches('%').count() <= MAX_ARGS, "{}", message.format);
        assert!(message.meaning.ends_with('.'), "{}: {}", message.format, message.meaning);
        assert!(message.meaning.chars().next().is_some_and(|first| !first.is_ascii_punctuation()));
    }
}

#[test]
fn the_prefix_says_what_a_line_is_about() {
    let event = kernel("sd 2:0:0:1: [sdb] tag#12 rejecting I/O to offline device").unwrap();
    assert_eq!(event.subject.disk, Some("sdb"));
    assert_eq!(event.subject.address, ScsiAddress::parse("2:0:0:1"));
    let event = kernel("connection7:1: detected conn error (1020)").unwrap();
    assert_eq!((event.subject.session, event.subject.connection), (Some(7), Some(1)));
    assert_eq!(event.kind, Kind::ConnError { code: 1020 });
    let old = kernel("connection7:1: iscsi: detected conn error (1011)").unwrap();
    assert_eq!(old.kind, Kind::ConnError { code: 1011 });
}

#[test]
fn a_trace_line_is_told_from_a_message() {
    let event = kernel("session1: iscsi_queuecommand iscsi: cmd 0x28 is not queued (7)").unwrap();
    assert_eq!(event.kind, Kind::Debug { function: "iscsi_queuecommand" });
    assert_eq!(kernel("connection1:0: Sending flowers").unwrap().kind, Kind::Unknown);
}

#[test]
fn driver_codes_are_looked_up() {
    let event =
        kernel("scsi host2: BM_2312 : Event CXN_KILLED_TIMED_OUT[11] received on CID : 5").unwrap();
    let Kind::Driver { code: Some(code), .. } = event.kind else { panic!("{event:?}") };
    assert_eq!((code.code, code.name), (11, "CXN_KILLED_TIMED_OUT"));
    let event = kernel("connection3:0: bnx2i: iscsi_error - hdr digest err").unwrap();
    let Kind::Driver { code: Some(code), .. } = event.kind else { panic!("{event:?}") };
    assert_eq!(code.code, 5);
    let event =
        kernel("[0000:41:00.4]:[qedi_process_iscsi_error:99]:9: async event iscsi error:0x7")
            .unwrap();
    let Kind::Driver { code: Some(code), .. } = event.kind else { panic!("{event:?}") };
    assert_eq!((code.name, event.subject.host), ("hdr digest error", Some(9)));
}

#[test]
fn the_block_layers_line_reads_the_same_from_old_and_new_kernels() {
    let new = "I/O error, dev sda, sector 64 op 0x1:(WRITE) flags 0x8800 phys_seg 1 prio class 2";
    let old = "blk_update_request: I/O error, dev sda, sector 64";
    assert_eq!(kernel(new).unwrap().kind, Kind::IoError { sector: 64, op: Some("WRITE") });
    assert_eq!(kernel(old).unwrap().kind, Kind::IoError { sector: 64, op: None });
    assert_eq!(kernel(old).unwrap().subject.disk, Some("sda"));
}

#[test]
fn a_journals_inode_and_btrfs_state_are_no_part_of_the_disks_name() {
    assert_eq!(kernel("Aborting journal on device sda1-8.").unwrap().subject.disk, Some("sda1"));
    assert_eq!(kernel("Aborting journal on device dm-0-8.").unwrap().subject.disk, Some("dm-0"));
    let btrfs = "BTRFS error (device sdb state EA): bdev /dev/sdb errs: wr 1, rd 0";
    assert_eq!(kernel(btrfs).unwrap().subject.disk, Some("sdb"));
}

#[test]
fn login_status_is_read_from_iscsids_text() {
    let event = iscsid("conn 0 login rejected: target error (03/01)").unwrap();
    assert_eq!(event.kind, Kind::LoginRejected { status: Some(0x0301) });
    let event = iscsid("cannot make a connection to fe80::1:3260 (-1,111)").unwrap();
    assert_eq!(
        (event.kind, event.subject.portal),
        (Kind::ConnectFailed { errno: 111 }, Some("fe80::1:3260"))
    );
}
