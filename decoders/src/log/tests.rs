//! Lines as the programs print them, prefix included.

use proptest::prelude::*;

use super::*;

const TEXT: &str = "connection9:0: detected conn error (1022)";

fn parse(line: &str) -> (Times, Source, Option<String>, String) {
    let mut reader = Reader::default();
    let line = reader.line(line.as_bytes());
    (line.times, line.source, line.host.map(str::to_owned), line.message.trim().to_owned())
}

fn boot(ns: i64) -> Times {
    Times { boot: Some(ns), wall: None }
}

fn wall(clock: Clock, ns: i64, digits: u8) -> Times {
    Times { boot: None, wall: Some(Wall { clock, ns, digits }) }
}

/// 2025-11-22 12:00:01 UTC.
const NOON: i64 = 1_763_812_801_000_000_000;
/// 22 November 12:00:01 from 1 January of a leap year.
const NO_YEAR: i64 = (326 * 86_400 + 43_201) * 1_000_000_000;

#[test]
fn every_format_of_dmesg_gives_the_same_message() {
    let formats = [
        ("[   94.673214]  ", boot(94_673_214_000)),
        ("[94.673214]  ", boot(94_673_214_000)),
        ("<6>[   94.673214]  ", boot(94_673_214_000)),
        ("kern  :info  : [   94.673214]  ", boot(94_673_214_000)),
        ("[   94.673214] [   T1234]  ", boot(94_673_214_000)),
        ("[   94.673214][    C0]  ", boot(94_673_214_000)),
        ("[   94.673214 <    0.000864>]  ", boot(94_673_214_000)),
        ("[Sat Nov 22 12:00:01 2025]  ", wall(Clock::Local, NOON, 0)),
        ("[  +0.000864]  ", Times::default()),
        ("[Nov22 12:00]  ", Times::default()),
        ("2025-11-22T13:00:01,000000+01:00  ", wall(Clock::Utc, NOON, 6)),
        ("6,1234,94673214,-;", boot(94_673_214_000)),
        ("6,1234,94673214,-,caller=T12; ", boot(94_673_214_000)),
    ];
    for (prefix, times) in formats {
        let line = format!("{prefix}{TEXT}");
        assert_eq!(parse(&line), (times, Source::Kernel, None, TEXT.to_owned()), "{line}");
    }
}

#[test]
fn every_text_format_of_the_journal_and_syslog_gives_the_same_message() {
    let formats = [
        ("Nov 22 12:00:01 db1 kernel:  ", wall(Clock::NoYear, NO_YEAR, 0)),
        ("Nov 22 12:00:01.500000 db1 kernel:  ", wall(Clock::NoYear, NO_YEAR + 500_000_000, 6)),
        ("2025-11-22T12:00:01+0000 db1 kernel:  ", wall(Clock::Utc, NOON, 0)),
        ("2025-11-22T13:00:01+01:00 db1 kernel:  ", wall(Clock::Utc, NOON, 0)),
        ("2025-11-22T12:00:01.250000Z db1 kernel:  ", wall(Clock::Utc, NOON + 250_000_000, 6)),
        ("Sat 2025-11-22 12:00:01 UTC db1 kernel:  ", wall(Clock::Utc, NOON, 0)),
        ("Sat 2025-11-22 12:00:01 CET db1 kernel:  ", wall(Clock::Local, NOON, 0)),
        ("1763812801.000042 db1 kernel:  ", wall(Clock::Utc, NOON + 42_000, 6)),
        ("[   94.673214] db1 kernel:  ", boot(94_673_214_000)),
    ];
    for (prefix, times) in formats {
        let line = format!("{prefix}{TEXT}");
        let host = Some("db1".to_owned());
        assert_eq!(parse(&line), (times, Source::Kernel, host, TEXT.to_owned()), "{line}");
    }
}

#[test]
fn the_kernels_own_stamp_inside_a_syslog_line_is_kept_too() {
    let (times, source, _, message) =
        parse(&format!("Nov  2 12:00:01 db1 kernel: [   94.673214]  {TEXT}"));
    assert_eq!(
        (times.boot, source, message.as_str()),
        (Some(94_673_214_000), Source::Kernel, TEXT)
    );
    assert!(times.wall.is_some());
}

#[test]
fn programs_are_told_apart_by_tag_or_unit() {
    let cases = [
        ("Nov 22 12:00:01 db1 iscsid[812]: hello", Source::Iscsid, "hello"),
        ("iscsid: hello", Source::Iscsid, "hello"),
        ("Nov 22 12:00:01 db1 iscsid[812]: iscsid: hello", Source::Iscsid, "hello"),
        (r#"{"SYSLOG_IDENTIFIER":"iscsid","MESSAGE":"iscsid: hello"}"#, Source::Iscsid, "hello"),
        ("Sat 2025-11-22 12:00:01 UTC db1 iscsid.service[812]: hello", Source::Iscsid, "hello"),
        ("iscsiadm: hello", Source::Iscsiadm, "hello"),
        (
            "Nov 22 12:00:01 db1 multipathd[9]: sda: mark as failed",
            Source::Multipathd,
            "sda: mark as failed",
        ),
        ("Nov 22 12:00:01 db1 systemd[1]: Started iscsid.", Source::Other, "Started iscsid."),
        ("[    5.100000] systemd[1]: Started iscsid.", Source::Other, "Started iscsid."),
        (
            "[    5.1] scsi host0: iSCSI Initiator over TCP/IP",
            Source::Kernel,
            "scsi host0: iSCSI Initiator over TCP/IP",
        ),
        (
            "[    5.1] sd 0:0:0:0: [sda] Attached SCSI disk",
            Source::Kernel,
            "sd 0:0:0:0: [sda] Attached SCSI disk",
        ),
        ("[    5.1] iscsi: kernel: not a host", Source::Kernel, "iscsi: kernel: not a host"),
        ("detected conn error (1020)", Source::Unknown, "detected conn error (1020)"),
    ];
    for (line, source, message) in cases {
        let (_, got, _, text) = parse(line);
        assert_eq!((got, text.as_str()), (source, message), "{line}");
    }
}

#[test]
fn a_json_line_of_the_journal_is_read_whatever_the_order_of_its_fields() {
    let line = r#"{"MESSAGE":" connection9:0: detected conn error (1022)","_TRANSPORT":"kernel","__REALTIME_TIMESTAMP":"1763812801000042","_SOURCE_MONOTONIC_TIMESTAMP":"94673214","_HOSTNAME":"db1","PRIORITY":"6"}"#;
    let times = Times { boot: Some(94_673_214_000), ..wall(Clock::Utc, NOON + 42_000, 6) };
    assert_eq!(parse(line), (times, Source::Kernel, Some("db1".to_owned()), TEXT.to_owned()));
    let line = r#"{"SYSLOG_IDENTIFIER":"iscsid","MESSAGE":[104,105,33]}"#;
    assert_eq!(parse(line), (Times::default(), Source::Iscsid, None, "hi!".to_owned()));
}

#[test]
fn an_entry_over_many_lines_gives_its_message_a_time() {
    let mut reader = Reader::default();
    for line in
        ["__REALTIME_TIMESTAMP=1763812801000042", "__MONOTONIC_TIMESTAMP=94673214", "PRIORITY=6"]
    {
        let _ = reader.line(line.as_bytes());
    }
    let line = reader.line(b"MESSAGE= connection9:0: detected conn error (1022)");
    assert_eq!(
        line.times,
        Times { boot: Some(94_673_214_000), ..wall(Clock::Utc, NOON + 42_000, 6) }
    );
    assert!(LogEvent::decode(&line).is_some());
    let _ = reader.line(b"");
    assert_eq!(reader.line(b"MESSAGE=x").times, Times::default());
    let _ = reader.line(b"Sat 2025-11-22 12:00:01.000042 UTC [s=0a1b;i=3;b=77;m=5;t=6;x=7]");
    assert_eq!(reader.line(b"    MESSAGE=x").times, wall(Clock::Utc, NOON + 42_000, 6));
}

#[test]
fn bytes_that_are_no_text_end_the_message_and_nothing_else() {
    let mut reader = Reader::default();
    let line = reader.line(b"[    5.100000] sd 0:0:0:0: [sda] \xff\xfe");
    assert_eq!((line.message, line.times), ("sd 0:0:0:0: [sda]", boot(5_100_000_000)));
}

proptest! {
    #[test]
    fn any_bytes_are_a_line(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut reader = Reader::default();
        let line = reader.line(&bytes);
        let _ = LogEvent::decode(&line);
    }

    #[test]
    fn any_damage_to_a_real_line_is_survived(
        at in 0usize..120,
        byte in any::<u8>(),
        pick in 0usize..6,
    ) {
        let lines = [
            "[   94.672350]  connection9:0: ping timeout of 2 secs expired, recv timeout 2, last rx 4294914861, last ping 4294915362, now 4294915864",
            "{\"MESSAGE\":\" connection9:0: detected conn error (1022)\",\"_TRANSPORT\":\"kernel\",\"X\":[1,2]}",
            "6,1234,94673214,-;scsi host2: BM_2312 : Event CXN_KILLED_TIMED_OUT[11] received on CID : 5",
            "Nov 22 12:00:01 db1 kernel: [   94.673214] I/O error, dev sda, sector 64 op 0x1:(WRITE) flags 0x8800",
            "Sat 2025-11-22 12:00:01 UTC db1 iscsid[8]: Kernel reported iSCSI connection 1:0 error (1020 - X) state (3)",
            "2025-11-22T13:00:01,000000+01:00 [0000:41:00.4]:[qedi_fn:12]:3: async event TCP error:0x2",
        ];
        let mut bytes = lines[pick].as_bytes().to_vec();
        let at = at % bytes.len();
        bytes[at] = byte;
        let mut reader = Reader::default();
        let _ = LogEvent::decode(&reader.line(&bytes));
        let _ = LogEvent::decode(&reader.line(&bytes[..at]));
    }
}
