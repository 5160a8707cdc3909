use std::collections::HashSet;

use super::*;

/// Symbols of an enum in the order of its values, from the kernel headers and open-iscsi, not from
/// errors.toml.
fn expect(space: Space, first: u32, symbols: &[&str]) {
    for (code, symbol) in (first..).zip(symbols) {
        assert_eq!(get(space, code).map(|e| e.symbol), Some(*symbol), "{space:?} {code}");
    }
    let ranged = entries(space).filter(|e| e.label.contains('-')).count();
    let single = entries(space).count() - ranged;
    assert_eq!(single, symbols.len(), "{space:?} has codes that its enum has not");
}

/// The codes a space must have, and none besides.
fn expect_codes(space: Space, codes: &[u32]) {
    let known: Vec<u32> = table(space).iter().map(|e| e.code).collect();
    assert_eq!(known, codes, "{space:?}");
}

fn codes_of(query: &str) -> Vec<String> {
    let found = find(query).unwrap_or_else(|e| panic!("{query}: {e}"));
    found.iter().map(|m| format!("{}:{}", m.space(), m.code)).collect()
}

fn suggestions(query: &str) -> Vec<String> {
    let unknown = find(query).expect_err(query);
    unknown.nearest().iter().map(|s| s.query.clone()).collect()
}

#[test]
fn every_kernel_error_is_there() {
    let mut codes = vec![0];
    codes.extend(1000..=1022);
    expect_codes(Space::Kernel, &codes);
    let named = "DATASN DATA_OFFSET MAX_CMDSN EXP_CMDSN BAD_OPCODE DATALEN AHSLEN PROTO LUN BAD_ITT \
                 CONN_FAILED R2TSN SESSION_FAILED HDR_DGST DATA_DGST PARAM_NOT_FOUND NO_SCSI_CMD \
                 INVALID_HOST XMIT_FAILED TCP_CONN_CLOSE SCSI_EH_SESSION_RST NOP_TIMEDOUT";
    for (code, name) in (1001..).zip(named.split_whitespace()) {
        assert_eq!(get(Space::Kernel, code).unwrap().symbol, format!("ISCSI_ERR_{name}"));
    }
}

#[test]
fn kernel_errors_that_no_kernel_raises_say_so() {
    for code in [1003, 1004, 1009, 1013, 1016, 1017] {
        let entry = get(Space::Kernel, code).unwrap();
        assert!(entry.meaning.contains("Never raised by any kernel"), "{code}: {}", entry.meaning);
    }
    for code in [1001, 1002, 1005, 1011, 1020, 1022] {
        assert!(!get(Space::Kernel, code).unwrap().meaning.contains("Never raised"), "{code}");
    }
}

#[test]
fn every_iscsiadm_exit_code_is_there() {
    let named = "ISCSI_SUCCESS ISCSI_ERR ISCSI_ERR_SESS_NOT_FOUND ISCSI_ERR_NOMEM ISCSI_ERR_TRANS \
        ISCSI_ERR_LOGIN ISCSI_ERR_IDBM ISCSI_ERR_INVAL ISCSI_ERR_TRANS_TIMEOUT ISCSI_ERR_INTERNAL \
        ISCSI_ERR_LOGOUT ISCSI_ERR_PDU_TIMEOUT ISCSI_ERR_TRANS_NOT_FOUND ISCSI_ERR_ACCESS \
        ISCSI_ERR_TRANS_CAPS ISCSI_ERR_SESS_EXISTS ISCSI_ERR_INVALID_MGMT_REQ \
        ISCSI_ERR_ISNS_UNAVAILABLE ISCSI_ERR_ISCSID_COMM_ERR ISCSI_ERR_FATAL_LOGIN \
        ISCSI_ERR_ISCSID_NOTCONN ISCSI_ERR_NO_OBJS_FOUND ISCSI_ERR_SYSFS_LOOKUP \
        ISCSI_ERR_HOST_NOT_FOUND ISCSI_ERR_LOGIN_AUTH_FAILED ISCSI_ERR_ISNS_QUERY \
        ISCSI_ERR_ISNS_REG_FAILED ISCSI_ERR_OP_NOT_SUPP ISCSI_ERR_BUSY ISCSI_ERR_AGAIN \
        ISCSI_ERR_UNKNOWN_DISCOVERY_TYPE ISCSI_ERR_CHILD_TERMINATED \
        ISCSI_ERR_SESSION_NOT_CONNECTED ISCSI_ERR_REQ_TIMEDOUT";
    expect(Space::Iscsiadm, 0, &named.split_whitespace().collect::<Vec<_>>());
}

#[test]
fn every_login_status_of_the_rfc_is_there() {
    let mut codes = vec![0x0000, 0x0101, 0x0102];
    codes.extend(0x0200..=0x020b);
    codes.extend(0x0300..=0x0302);
    expect_codes(Space::Login, &codes);
    let symbol = |code| get(Space::Login, code).unwrap().symbol;
    assert_eq!(symbol(0x0201), "Authentication failure");
    assert_eq!(symbol(0x0206), "Too many connections");
    assert_eq!(symbol(0x0208), "Can't include in session");
    assert_eq!(symbol(0x020b), "Invalid during login");
    assert_eq!(symbol(0x0301), "Service unavailable");
}

#[test]
fn an_unassigned_login_detail_is_explained_by_its_class() {
    assert_eq!(get(Space::Login, 0x0242).unwrap().label, "02/0c-ff");
    assert_eq!(get(Space::Login, 0x03ff).unwrap().label, "03/03-ff");
    assert_eq!(get(Space::Login, 0x0401), None);
}

#[test]
fn every_code_of_the_other_protocol_fields_is_there() {
    expect_codes(Space::Reject, &(1..=0x0c).collect::<Vec<_>>());
    expect_codes(Space::LogoutReason, &[0, 1, 2, 3]);
    expect_codes(Space::LogoutResponse, &[0, 1, 2, 3]);
    expect_codes(Space::TmfResponse, &[0, 1, 2, 3, 4, 5, 6, 7, 255]);
    expect_codes(Space::Async, &[0, 1, 2, 3, 4, 5]);
    expect_codes(Space::ScsiResponse, &[0, 1, 2]);
    let functions = [
        "ABORT TASK",
        "ABORT TASK SET",
        "CLEAR ACA",
        "CLEAR TASK SET",
        "LOGICAL UNIT RESET",
        "TARGET WARM RESET",
        "TARGET COLD RESET",
        "TASK REASSIGN",
        "QUERY TASK",
        "QUERY TASK SET",
        "I_T NEXUS RESET",
        "QUERY ASYNCHRONOUS EVENT",
    ];
    expect(Space::TmfFunction, 1, &functions);
}

#[test]
fn vendor_ranges_are_found_by_any_code_in_them() {
    for code in [248, 250, 255] {
        assert_eq!(get(Space::Async, code).unwrap().label, "248-255");
    }
    assert_eq!(get(Space::Async, 247), None);
    assert_eq!(get(Space::ScsiResponse, 0x80).unwrap().label, "0x80-0xff");
    assert_eq!(get(Space::ScsiResponse, 0x7f), None);
}

#[test]
fn every_scsi_status_and_sense_key_is_there() {
    let statuses = [0, 2, 4, 8, 0x10, 0x14, 0x18, 0x22, 0x28, 0x30, 0x40];
    expect_codes(Space::ScsiStatus, &statuses);
    let keys = [
        "NO SENSE",
        "RECOVERED ERROR",
        "NOT READY",
        "MEDIUM ERROR",
        "HARDWARE ERROR",
        "ILLEGAL REQUEST",
        "UNIT ATTENTION",
        "DATA PROTECT",
        "BLANK CHECK",
        "VENDOR SPECIFIC",
        "COPY ABORTED",
        "ABORTED COMMAND",
        "EQUAL (obsolete)",
        "VOLUME OVERFLOW",
        "MISCOMPARE",
        "COMPLETED",
    ];
    expect(Space::SenseKey, 0, &keys);
}

#[test]
fn every_host_and_driver_byte_is_there() {
    let hosts = "OK NO_CONNECT BUS_BUSY TIME_OUT BAD_TARGET ABORT PARITY ERROR RESET BAD_INTR \
                 PASSTHROUGH SOFT_ERROR IMM_RETRY REQUEUE TRANSPORT_DISRUPTED TRANSPORT_FAILFAST \
                 TARGET_FAILURE NEXUS_FAILURE ALLOC_FAILURE MEDIUM_ERROR TRANSPORT_MARGINAL";
    let hosts: Vec<_> = hosts.split_whitespace().map(|name| format!("DID_{name}")).collect();
    expect(Space::HostByte, 0, &hosts.iter().map(String::as_str).collect::<Vec<_>>());
    let drivers = "OK BUSY SOFT MEDIA ERROR INVALID TIMEOUT HARD SENSE";
    let drivers: Vec<_> = drivers.split_whitespace().map(|name| format!("DRIVER_{name}")).collect();
    expect(Space::DriverByte, 0, &drivers.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn every_state_is_there() {
    let lists: [(Space, u32, &str, &str); 13] = [
        (
            Space::ConnState,
            0,
            "ISCSI_CONN_STATE_",
            "FREE XPT_WAIT IN_LOGIN LOGGED_IN IN_LOGOUT LOGOUT_REQUESTED CLEANUP_WAIT",
        ),
        (
            Space::SessionState,
            1,
            "ISCSI_STATE_",
            "FREE LOGGED_IN FAILED TERMINATE IN_RECOVERY RECOVERY_FAILED LOGGING_OUT",
        ),
        (Space::ClassSessionState, 0, "ISCSI_SESSION_", "LOGGED_IN FAILED FREE"),
        (Space::TargetState, 0, "ISCSI_SESSION_TARGET_", "UNBOUND ALLOCATED SCANNED UNBINDING"),
        (Space::ClassConnState, 0, "ISCSI_CONN_", "UP DOWN FAILED BOUND"),
        (Space::ConnStage, 0, "ISCSI_CONN_", "INITIAL_STAGE STARTED STOPPED CLEANUP_WAIT"),
        (Space::TmfState, 0, "TMF_", "INITIAL QUEUED SUCCESS FAILED TIMEDOUT NOT_FOUND"),
        (
            Space::TaskState,
            0,
            "ISCSI_TASK_",
            "FREE COMPLETED PENDING RUNNING ABRT_TMF ABRT_SESS_RECOV REQUEUE_SCSIQ",
        ),
        (
            Space::RecoveryStage,
            0,
            "R_STAGE_",
            "NO_CHANGE SESSION_CLEANUP SESSION_REOPEN SESSION_REDIRECT SESSION_DESTOYED",
        ),
        (Space::StopFlag, 1, "STOP_CONN_", "TERM SUSPEND RECOVER"),
        (
            Space::QueueReason,
            1,
            "FAILURE_",
            "BAD_HOST SESSION_FAILED SESSION_FREED WINDOW_CLOSED OOM SESSION_TERMINATE \
             SESSION_IN_RECOVERY SESSION_RECOVERY_TIMEOUT SESSION_LOGGING_OUT SESSION_NOT_READY",
        ),
        (
            Space::PingStatus,
            0,
            "ISCSI_PING_",
            "SUCCESS FW_DISABLED IPADDR_INVALID LINKLOCAL_IPV6_ADDR_INVALID TIMEOUT \
             INVALID_DEST_ADDR OVERSIZE_PACKET ICMP_ERROR MAX_REQ_EXCEEDED NO_ARP_RECEIVED",
        ),
        (
            Space::IscsidLogin,
            0,
            "LOGIN_",
            "OK IO_ERROR FAILED VERSION_MISMATCH NEGOTIATION_FAILED AUTHENTICATION_FAILED \
             REDIRECTION_FAILED INVALID_PDU REDIRECT",
        ),
    ];
    for (space, first, prefix, names) in lists {
        let symbols: Vec<_> = names.split_whitespace().map(|n| format!("{prefix}{n}")).collect();
        expect(space, first, &symbols.iter().map(String::as_str).collect::<Vec<_>>());
    }
}

#[test]
fn the_t10_list_is_whole() {
    // asc-num of 2024-11-28: 764 single codes besides the three that are ranges.
    assert_eq!(table(Space::Asc).len(), 764);
    let symbol = |code| get(Space::Asc, code).unwrap().symbol;
    assert_eq!(symbol(0x0000), "NO ADDITIONAL SENSE INFORMATION");
    assert_eq!(symbol(0x0401), "LOGICAL UNIT IS IN PROCESS OF BECOMING READY");
    assert_eq!(symbol(0x1100), "UNRECOVERED READ ERROR");
    assert_eq!(symbol(0x2400), "INVALID FIELD IN CDB");
    assert_eq!(symbol(0x2707), "SPACE ALLOCATION FAILED WRITE PROTECT");
    assert_eq!(symbol(0x3f0e), "REPORTED LUNS DATA HAS CHANGED");
    assert_eq!(symbol(0x477f), "SOME COMMANDS CLEARED BY ISCSI PROTOCOL EVENT");
    assert_eq!(symbol(0x7479), "SECURITY CONFLICT IN TRANSLATED DEVICE");
}

#[test]
fn a_qualifier_that_is_a_value_is_found_by_its_range() {
    for (code, label) in [
        (0x4085, "40/80-ff"),
        (0x4d00, "4d/00-ff"),
        (0x4d7f, "4d/00-ff"),
        (0x70ff, "70/00-ff"),
        (0x8000, "80-ff/00-ff"),
        (0x0490, "00-7f/80-ff"),
    ] {
        assert_eq!(get(Space::Asc, code).map(|e| e.label), Some(label), "{code:#x}");
    }
    assert_eq!(get(Space::Asc, 0x117f), None);
}

#[test]
fn a_range_is_found_the_way_it_is_listed() {
    for space in Space::ALL {
        for entry in entries(*space).filter(|entry| entry.label.contains('-')) {
            let named = if *space == Space::Asc { "sense" } else { space.name() };
            let found = find(&format!("{named}:{}", entry.label)).unwrap();
            assert_eq!((found[0].entry, found[0].code.as_str()), (entry, entry.label));
        }
    }
}

#[test]
fn codes_people_meet_have_notes() {
    let met = |space, codes: &[u32]| {
        for &code in codes {
            let entry = get(space, code).unwrap_or_else(|| panic!("{space:?} {code:#x}"));
            assert!(entry.field.is_some(), "{space:?} {code:#x} has no notes");
        }
    };
    met(Space::Kernel, &(1000..=1022).collect::<Vec<_>>());
    met(Space::Login, &(0x0200..=0x020b).chain([0, 0x0101, 0x0102]).collect::<Vec<_>>());
    met(Space::Login, &[0x0300, 0x0301, 0x0302]);
    let exits = [4, 5, 6, 7, 8, 9, 11, 12, 13, 15, 18, 19, 20, 21, 22, 24, 29, 32];
    met(Space::Iscsiadm, &exits);
    met(Space::Async, &[0, 1, 2, 3, 4, 5]);
    met(Space::TmfResponse, &[0, 1, 2, 3, 4, 5, 6, 7, 255]);
    met(Space::HostByte, &[1, 3, 7, 0x0e, 0x0f]);
    met(Space::Reject, &[2, 4, 6, 9]);
    let families = [0x04, 0x11, 0x27, 0x29, 0x2a, 0x3f, 0x47, 0x5d];
    for entry in table(Space::Asc).iter().filter(|e| families.contains(&(e.code >> 8))) {
        assert!(entry.field.is_some(), "{} has no notes", entry.label);
    }
    met(Space::Asc, &[0x0300, 0x0800, 0x0c00, 0x2000, 0x2100, 0x2400, 0x2500, 0x2600, 0x2f00]);
    met(Space::Asc, &[0x4400, 0x4e00]);
}

#[test]
fn every_note_has_all_its_parts() {
    for entry in Space::ALL.iter().flat_map(|&space| entries(space)) {
        let Some(notes) = entry.field else { continue };
        let lists = notes.check.iter().chain(notes.action).copied();
        assert!(!notes.check.is_empty() && !notes.action.is_empty(), "{}", entry.symbol);
        for text in lists.chain([notes.hit, notes.source]) {
            assert!(!text.trim().is_empty() && !text.contains('\n'), "{}: {text:?}", entry.symbol);
        }
    }
}

#[test]
fn no_symbol_occurs_twice_in_a_space_and_kernel_symbols_nowhere_else() {
    let mut everywhere = HashSet::new();
    for &space in Space::ALL {
        let mut here = HashSet::new();
        for entry in entries(space) {
            assert!(here.insert(query::normal(entry.symbol)), "{space:?} {}", entry.symbol);
            let taken = everywhere.contains(entry.symbol);
            assert!(!taken, "{} is a kernel symbol too", entry.symbol);
        }
        if space == Space::Kernel {
            everywhere.extend(entries(space).map(|entry| entry.symbol));
        }
    }
}

#[test]
fn get_returns_each_entry_for_its_own_code() {
    for &space in Space::ALL {
        assert!(entries(space).count() > 2, "{space:?} is nearly empty");
        for entry in entries(space) {
            assert_eq!(entry.space, space);
            assert_eq!(get(space, entry.code), Some(entry));
        }
    }
}

#[test]
fn every_label_finds_its_entry_again() {
    for &space in Space::ALL {
        for entry in table(space) {
            let found = find(&format!("{}:{}", space.name(), entry.label)).unwrap();
            assert_eq!(found[0].entry, entry);
            assert_eq!(found[0].code, entry.label);
        }
    }
}

#[test]
fn every_symbol_finds_its_entry_again() {
    for &space in Space::ALL {
        for entry in table(space) {
            let query = format!("{}:{}", space.name(), entry.symbol.to_lowercase());
            assert!(find(&query).unwrap().iter().any(|m| m.entry == entry), "{query}");
        }
    }
}

#[test]
fn a_log_code_means_the_kernel_alone() {
    for code in ["1011", "1001", " 1022 ", "kernel:1011", "0x3f2"] {
        let found = codes_of(code);
        assert_eq!(found.len(), 1, "{code}: {found:?}");
        assert!(found[0].starts_with("kernel:10"), "{found:?}");
    }
    assert_eq!(codes_of("0x3f2"), ["kernel:1010"]);
}

#[test]
fn a_short_number_shows_all_meanings_with_exit_codes_first_and_the_old_kernel_number_next() {
    let found = codes_of("11");
    assert_eq!(&found[..2], ["iscsiadm:11", "kernel:1011"]);
    assert!(found.contains(&"tmf:11".to_owned()), "{found:?}");
    let found = codes_of("8");
    assert_eq!(&found[..3], ["iscsiadm:8", "kernel:1008", "status:0x08"]);
    assert_eq!(codes_of("0")[0], "iscsiadm:0");
    assert_eq!(codes_of("kernel:11"), ["kernel:1011"]);
}

#[test]
fn a_hexadecimal_number_means_the_bytes_that_are_printed_so_first() {
    let found = codes_of("0x18");
    assert_eq!(found, ["status:0x18", "iscsiadm:24"]);
    assert_eq!(codes_of("status:18")[0], "status:0x18");
    assert_eq!(codes_of("host:0xe"), ["host:0x0e"]);
    assert_eq!(codes_of("host:14"), ["host:0x14", "host:0x0e"]);
}

#[test]
fn login_status_is_understood_in_every_spelling() {
    for spelling in
        ["login:0201", "login:2/1", "login:02/01", "login:0x0201", "LOGIN:0x201", "02/01"]
    {
        assert_eq!(codes_of(spelling)[0], "login:02/01", "{spelling}");
    }
    assert_eq!(codes_of("0301")[0], "login:03/01");
    assert_eq!(codes_of("login:02/0B"), ["login:02/0b"]);
}

#[test]
fn iscsiadm_codes_are_decimal_only() {
    assert_eq!(codes_of("iscsiadm:15"), ["iscsiadm:15"]);
    assert_eq!(codes_of("exit 15"), ["iscsiadm:15"]);
}

#[test]
fn a_sense_triple_joins_key_and_additional_sense_code() {
    for spelling in
        ["sense:3/11/00", "3/11/0", "sense:03/11/00", "0x3/0x11/0x0", "3h/11h/00h", "03 11 00"]
    {
        let found = find(spelling).unwrap();
        assert_eq!(found.len(), 1, "{spelling}");
        assert_eq!(found[0].symbol(), "MEDIUM ERROR: UNRECOVERED READ ERROR", "{spelling}");
        assert_eq!((found[0].space(), found[0].code.as_str()), ("sense", "3/11/00"));
        assert_eq!(found[0].field(), get(Space::Asc, 0x1100).unwrap().field);
    }
    assert_eq!(codes_of("sense:B/47/7F"), ["sense:b/47/7f"]);
    assert_eq!(codes_of("sense:4/40/85"), ["sense:4/40/85"]);
}

#[test]
fn what_an_additional_sense_code_leaves_open_the_sense_key_says() {
    let found = find("sense:4/15/00").unwrap();
    assert_eq!(found[0].entry.field, None);
    assert_eq!(found[0].field(), get(Space::SenseKey, 4).unwrap().field);
}

#[test]
fn parts_of_sense_data_are_found_too() {
    assert_eq!(codes_of("sense:11/00"), ["sense:11/00"]);
    assert_eq!(codes_of("sense:5"), ["sense:0x5"]);
    assert_eq!(codes_of("sense:b"), ["sense:0xb"]);
    assert_eq!(codes_of("asc:2a/09"), ["sense:2a/09"]);
    assert_eq!(codes_of("Add. Sense: Unrecovered read error"), ["sense:11/00"]);
    assert_eq!(codes_of("Sense Key : Medium Error"), ["sense:0x3"]);
}

#[test]
fn names_are_found_in_any_case_and_without_their_prefix() {
    for name in ["ISCSI_ERR_NOP_TIMEDOUT", "iscsi_err_nop_timedout", "NOP_TIMEDOUT", "nop timedout"]
    {
        assert_eq!(codes_of(name), ["kernel:1022"], "{name}");
    }
    assert_eq!(codes_of("DID_NO_CONNECT"), ["host:0x01"]);
    assert_eq!(codes_of("hostbyte=DID_TRANSPORT_FAILFAST"), ["host:0x0f"]);
    assert_eq!(codes_of("abort task"), ["tmf:1"]);
    assert_eq!(codes_of("reservation conflict"), ["status:0x18"]);
    assert_eq!(codes_of("ISCSI_LOGIN_STATUS_TGT_FORBIDDEN"), ["login:02/02"]);
    assert_eq!(codes_of("iscsiadm:session exists"), ["iscsiadm:15"]);
    assert_eq!(codes_of("medium error"), ["sense:0x3", "host:0x13"]);
}

#[test]
fn a_state_without_owner_shows_every_kind_of_state() {
    let found = codes_of("state (3)");
    assert_eq!(found[0], "conn-state:3");
    assert!(found.contains(&"session-state:3".to_owned()), "{found:?}");
    assert_eq!(codes_of("state:3"), found);
}

#[test]
fn an_unknown_code_suggests_its_neighbours() {
    assert_eq!(suggestions("1023")[0], "kernel:1022");
    assert_eq!(suggestions("kernel:999")[0], "kernel:1000");
    assert_eq!(suggestions("iscsiadm:40")[0], "iscsiadm:33");
    assert_eq!(suggestions("login:0401")[0], "login:03/03-ff");
    assert_eq!(suggestions("sense:3/11/7f")[0], "sense:11/15");
}

#[test]
fn an_unknown_name_suggests_the_like() {
    assert_eq!(suggestions("ISCSI_ERR_NOP_TIMEOUT")[0], "kernel:1022");
    assert_eq!(suggestions("DID_NOCONNECT")[0], "host:0x01");
    assert!(suggestions("unrecovered read").contains(&"sense:11/00".to_owned()));
    assert!(suggestions("zzzzzzzzzzzzzzz").is_empty());
}

#[test]
fn an_unknown_name_space_suggests_the_like() {
    let unknown = find("logn:02/01").unwrap_err();
    assert!(matches!(&unknown, Unknown::Space { name, .. } if name == "logn"));
    assert_eq!(unknown.nearest()[0].query, "login:");
}

#[test]
fn no_query_panics_or_finds_an_empty_list() {
    for query in
        ["", " ", ":", "::", "kernel:", "=", "(", "sense:", "0x", "/", "//", "9999999999999", "é:1"]
    {
        if let Ok(found) = find(query) {
            assert!(!found.is_empty(), "{query:?}");
        }
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_answered(query in "\\PC{0,12}|[a-z-]{0,8}:[0-9a-fx/]{0,9}|[0-9a-f/ x]{0,9}") {
        match find(&query) {
            Ok(found) => proptest::prop_assert!(!found.is_empty()),
            Err(unknown) => proptest::prop_assert!(unknown.nearest().len() <= 4),
        }
    }
}
