//! The table itself. Kernels from 5.10 on have all of these functions and tracepoints under one name; what differs
//! between them are fields, which are looked up.

use super::needs::{COMMAND, CONN, IDENTITY, SESSION, SOCKET, TASK};
use super::{Feature, Point, Probe};

type Fields = &'static [&'static [&'static str]];

const CLASS: &str = "scsi_transport_iscsi";
const LIBISCSI: &str = "libiscsi";
const LIBISCSI_TCP: &str = "libiscsi_tcp";
const ISCSI_TCP: &str = "iscsi_tcp";
const QLA4XXX: &str = "qla4xxx";
const VMLINUX: &str = "vmlinux";

/// A function's return; its program is named after it.
macro_rules! exit {
    ($module:expr, $function:literal, $feature:expr, $fields:expr) => {
        probe(
            concat!($function, "_return"),
            Point::Return { module: $module, function: $function },
            $feature,
            $fields,
        )
    };
}

/// Every program of the object, in the order they are attached: what a session begins with first. A test compares
/// it with the object's programs.
pub const PROBES: &[Probe] = &[
    raw("module_load", Feature::Modules, &[&["module_name"]])
        .required()
        .shows("a module came, and its probes are attached")
        .without("modules are looked for every two seconds"),
    raw("module_free", Feature::Modules, &[&["module_name"]])
        .required()
        .shows("a module goes")
        .without("modules are looked for every two seconds"),
    // PDUs received.
    entry(LIBISCSI_TCP, "iscsi_tcp_hdr_recv_done", Feature::Received, RECEIVED_TCP)
        .required()
        .shows("every PDU received by iscsi_tcp, cxgb3i and cxgb4i"),
    entry(LIBISCSI, "__iscsi_complete_pdu", Feature::Received, &[IDENTITY])
        .required()
        .shows("PDUs received by the other drivers, and data segments of all"),
    // PDUs sent, by transport.
    entry(ISCSI_TCP, "iscsi_sw_tcp_pdu_init", Feature::Sent, &[IDENTITY, TASK])
        .required()
        .shows("every PDU sent by iscsi_tcp"),
    entry("libcxgbi", "cxgbi_conn_init_pdu", Feature::Sent, &[IDENTITY, TASK])
        .required()
        .shows("every PDU sent by cxgb3i and cxgb4i"),
    entry("ib_iser", "iscsi_iser_task_xmit", Feature::Sent, &[IDENTITY, TASK])
        .required()
        .shows("PDUs sent by iSER"),
    entry("ib_iser", "iser_send_data_out", Feature::Sent, &[IDENTITY, TASK])
        .shows("unsolicited Data-Out of iSER"),
    entry("be2iscsi", "beiscsi_task_xmit", Feature::Sent, &[IDENTITY, TASK])
        .required()
        .shows("PDUs sent by be2iscsi"),
    entry("bnx2i", "bnx2i_task_xmit", Feature::Sent, &[IDENTITY, TASK])
        .required()
        .shows("PDUs sent by bnx2i"),
    entry("qedi", "qedi_task_xmit", Feature::Sent, &[IDENTITY, TASK])
        .required()
        .shows("PDUs sent by qedi"),
    entry(QLA4XXX, "qla4xxx_task_xmit", Feature::Sent, &[IDENTITY, TASK])
        .required()
        .shows("PDUs sent by qla4xxx, except SCSI commands, which its firmware makes"),
    // The way be2iscsi takes.
    entry(LIBISCSI, "iscsi_complete_scsi_task", Feature::Received, &[IDENTITY, TASK])
        .shows("commands that be2iscsi completes without a PDU"),
    // Connections.
    entry(CLASS, "iscsi_conn_error_event", Feature::Errors, &[CONN, IDENTITY, &["cls_conn_state"]])
        .required()
        .shows("connection errors, with the socket's state and who raised them")
        .without("the kernel log has the code: iscsi-trace annotate"),
    exit!(LIBISCSI, "iscsi_conn_setup", Feature::Connections, &[CONN, IDENTITY])
        .required()
        .shows("a connection is made")
        .without("it is shown with its first PDU"),
    entry(LIBISCSI, "iscsi_conn_bind", Feature::Connections, &[CONN, IDENTITY])
        .required()
        .shows("a connection is given its socket or endpoint"),
    entry(LIBISCSI, "iscsi_conn_start", Feature::Connections, &[CONN, IDENTITY])
        .required()
        .shows("the login is over")
        .without("the last Login Response says so"),
    entry(LIBISCSI, "iscsi_conn_stop", Feature::Connections, &[CONN, IDENTITY])
        .required()
        .shows("a connection is stopped, and whether it is to come back"),
    entry(LIBISCSI, "iscsi_conn_teardown", Feature::Connections, &[CONN, IDENTITY])
        .required()
        .shows("a connection is removed"),
    entry(CLASS, "iscsi_conn_login_event", Feature::Connections, &[CONN, IDENTITY])
        .shows("firmware of qla4xxx logs in or out by itself"),
    entry(
        CLASS,
        "iscsi_cleanup_conn_work_fn",
        Feature::Connections,
        &[CONN, IDENTITY, &["cls_conn_cleanup_work"]],
    )
    .shows("the kernel cleans up a failed connection itself")
    .without("the stop it ends with is shown"),
    // Sessions.
    entry(CLASS, "iscsi_session_event", Feature::Sessions, &[SESSION])
        .required()
        .shows("a session is made or removed"),
    work("__iscsi_block_session", &[SESSION, &["cls_session_block_work"]])
        .shows("I/O of a session is held back")
        .without("iscsi-trace sessions has the state"),
    work("__iscsi_unblock_session", &[SESSION, &["cls_session_unblock_work"]])
        .shows("I/O of a session goes on")
        .without("iscsi-trace sessions has the state"),
    work("__iscsi_unbind_session", &[SESSION, &["cls_session_unbind_work"]])
        .shows("a session's devices are removed"),
    work("session_recovery_timedout", &[SESSION, &["cls_session_recovery_work"]])
        .shows("the replacement timeout is over, I/O fails")
        .without("the kernel log says so: iscsi-trace annotate"),
    entry(
        LIBISCSI,
        "iscsi_session_failure",
        Feature::Sessions,
        &[SESSION, &["session_cls_session"]],
    )
    .shows("a driver reports a whole session failed")
    .without("the connection errors that follow are shown"),
    // The SCSI error handler.
    entry(LIBISCSI, "iscsi_eh_cmd_timed_out", Feature::Handlers, &[COMMAND])
        .required()
        .shows("a SCSI command's timer fires")
        .without("the debug text of tracepoint iscsi_dbg_eh has it"),
    exit!(LIBISCSI, "iscsi_eh_cmd_timed_out", Feature::Handlers, &[COMMAND])
        .required()
        .shows("what is done about it")
        .without("the debug text of tracepoint iscsi_dbg_eh has it"),
    entry(LIBISCSI, "iscsi_eh_abort", Feature::Handlers, &[COMMAND])
        .required()
        .shows("the error handler aborts a command")
        .without("the debug text of tracepoint iscsi_dbg_eh has it"),
    exit!(LIBISCSI, "iscsi_eh_abort", Feature::Handlers, &[COMMAND])
        .required()
        .shows("how the abort ended")
        .without("the debug text of tracepoint iscsi_dbg_eh has it"),
    entry(LIBISCSI, "iscsi_eh_device_reset", Feature::Handlers, &[COMMAND])
        .required()
        .shows("the error handler resets a logical unit")
        .without("the debug text of tracepoint iscsi_dbg_eh has it"),
    exit!(LIBISCSI, "iscsi_eh_device_reset", Feature::Handlers, &[COMMAND])
        .required()
        .shows("how the reset ended")
        .without("the debug text of tracepoint iscsi_dbg_eh has it"),
    entry(LIBISCSI, "iscsi_eh_recover_target", Feature::Handlers, &[COMMAND])
        .required()
        .shows("the error handler resets the target")
        .without("the debug text of tracepoint iscsi_dbg_eh has it"),
    exit!(LIBISCSI, "iscsi_eh_recover_target", Feature::Handlers, &[COMMAND])
        .required()
        .shows("how the reset ended")
        .without("the debug text of tracepoint iscsi_dbg_eh has it"),
    entry(LIBISCSI, "iscsi_eh_session_reset", Feature::Handlers, &[COMMAND])
        .required()
        .shows("the error handler drops the session")
        .without("the debug text of tracepoint iscsi_dbg_eh has it"),
    exit!(LIBISCSI, "iscsi_eh_session_reset", Feature::Handlers, &[COMMAND])
        .required()
        .shows("whether the session came back")
        .without("the debug text of tracepoint iscsi_dbg_eh has it"),
    entry(QLA4XXX, "qla4xxx_eh_cmd_timed_out", Feature::Handlers, &[COMMAND])
        .shows("a SCSI command's timer fires"),
    exit!(QLA4XXX, "qla4xxx_eh_cmd_timed_out", Feature::Handlers, &[COMMAND])
        .shows("what is done about it"),
    entry(QLA4XXX, "qla4xxx_eh_abort", Feature::Handlers, &[COMMAND])
        .shows("the error handler aborts a command"),
    exit!(QLA4XXX, "qla4xxx_eh_abort", Feature::Handlers, &[COMMAND]).shows("how the abort ended"),
    entry(QLA4XXX, "qla4xxx_eh_device_reset", Feature::Handlers, &[COMMAND])
        .shows("the error handler resets a logical unit"),
    exit!(QLA4XXX, "qla4xxx_eh_device_reset", Feature::Handlers, &[COMMAND])
        .shows("how the reset ended"),
    entry(QLA4XXX, "qla4xxx_eh_target_reset", Feature::Handlers, &[COMMAND])
        .shows("the error handler resets the target"),
    exit!(QLA4XXX, "qla4xxx_eh_target_reset", Feature::Handlers, &[COMMAND])
        .shows("how the reset ended"),
    entry(QLA4XXX, "qla4xxx_eh_host_reset", Feature::Handlers, &[COMMAND])
        .shows("the error handler resets the adapter"),
    exit!(QLA4XXX, "qla4xxx_eh_host_reset", Feature::Handlers, &[COMMAND])
        .shows("how the reset ended"),
    entry("qedi", "qedi_eh_host_reset", Feature::Handlers, &[COMMAND])
        .shows("the error handler resets the adapter"),
    exit!("qedi", "qedi_eh_host_reset", Feature::Handlers, &[COMMAND]).shows("how the reset ended"),
    entry(LIBISCSI, "iscsi_exec_task_mgmt_fn", Feature::TaskManagement, &[IDENTITY])
        .required()
        .shows("a task management function is sent")
        .without("its PDUs are shown"),
    exit!(LIBISCSI, "iscsi_exec_task_mgmt_fn", Feature::TaskManagement, TMF_RETURN)
        .required()
        .shows("the wait for its answer ends")
        .without("its PDUs are shown"),
    // Pings.
    entry(LIBISCSI, "iscsi_check_transport_timeouts", Feature::Pings, PING_TIMER)
        .required()
        .shows("the ping timer, and whether a ping is unanswered")
        .without("NOP PDUs and error 1022 are shown"),
    entry(LIBISCSI, "iscsi_send_nopout", Feature::Pings, &[IDENTITY])
        .required()
        .shows("a ping is sent, or one of the target is answered")
        .without("NOP PDUs are shown"),
    // iscsid.
    entry(CLASS, "iscsi_if_rx", Feature::Netlink, NETLINK).required().shows("a command of iscsid"),
    exit!(CLASS, "iscsi_if_rx", Feature::Netlink, NETLINK)
        .required()
        .shows("how long it took, and its result"),
    entry(CLASS, "iscsi_if_transport_lookup", Feature::Netlink, NETLINK)
        .shows("how long it waited for rx_queue_mutex")
        .without("commands are shown as if none had waited"),
    // TCP.
    raw("tcp_retransmit_skb", Feature::Tcp, &[SOCKET])
        .shows("TCP sends a segment again")
        .without("iscsi-trace sessions has the number"),
    raw("tcp_receive_reset", Feature::Tcp, &[SOCKET])
        .shows("the target resets the TCP connection")
        .without("connection errors have the socket error"),
    raw("tcp_send_reset", Feature::Tcp, &[SOCKET]).shows("this side resets the TCP connection"),
    entry(VMLINUX, "tcp_send_probe0", Feature::Tcp, &[SOCKET])
        .shows("the target's TCP window is closed"),
    entry(ISCSI_TCP, "iscsi_sw_tcp_state_change", Feature::Tcp, &[SOCKET])
        .shows("a socket's TCP state changes")
        .without("connection errors have the TCP state"),
    // Debug messages.
    text("iscsi_dbg_conn"),
    text("iscsi_dbg_session"),
    text("iscsi_dbg_eh"),
    text("iscsi_dbg_tcp"),
    text("iscsi_dbg_sw_tcp"),
    text("iscsi_dbg_trans_session"),
    text("iscsi_dbg_trans_conn"),
    // Commands.
    entry(LIBISCSI, "iscsi_queuecommand", Feature::Commands, &[])
        .required()
        .shows("a SCSI command begins"),
    entry(LIBISCSI, "iscsi_complete_task", Feature::Commands, COMPLETE)
        .required()
        .shows("a SCSI command ends: latencies and counters"),
];

const RECEIVED_TCP: Fields =
    &[IDENTITY, &["tcp_conn_iscsi_conn", "tcp_conn_hdr_buf", "segment_digest_len"]];
const TMF_RETURN: Fields = &[IDENTITY, &["session_tmf_state"]];
const PING_TIMER: Fields = &[
    IDENTITY,
    &[
        "conn_transport_timer",
        "conn_last_recv",
        "conn_last_ping",
        "conn_ping_timeout",
        "conn_recv_timeout",
        "conn_ping_task",
    ],
];
const NETLINK: Fields = &[&["sk_buff_data", "sk_buff_cb"]];
const COMPLETE: Fields = &[IDENTITY, COMMAND, &["task_sc", "task_conn", "scsi_cmnd_length"]];

const fn probe(program: &'static str, point: Point, feature: Feature, fields: Fields) -> Probe {
    Probe { program, point, feature, required: false, fields, shows: "", without: None }
}

const fn entry(
    module: &'static str,
    function: &'static str,
    feature: Feature,
    fields: Fields,
) -> Probe {
    probe(function, Point::Entry { module, function }, feature, fields)
}

/// Work functions of a session's states.
const fn work(function: &'static str, fields: Fields) -> Probe {
    entry(CLASS, function, Feature::Sessions, fields).required()
}

const fn raw(name: &'static str, feature: Feature, fields: Fields) -> Probe {
    probe(name, Point::RawTracepoint { module: VMLINUX, name }, feature, fields)
}

const fn text(name: &'static str) -> Probe {
    // They are the class module's, which a tracepoint in use holds in place; attached only while libiscsi is there,
    // they let both be unloaded in turn. Without libiscsi there is nothing to say.
    let point = Point::Tracepoint { module: LIBISCSI, category: "iscsi", name };
    probe(name, point, Feature::Text, &[])
        .shows("what the kernel's debug messages of this kind say")
        .without("the drivers print them: iscsi-trace debug run --kernel-log")
}

impl Probe {
    const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    const fn shows(mut self, shows: &'static str) -> Self {
        self.shows = shows;
        self
    }

    const fn without(mut self, without: &'static str) -> Self {
        self.without = Some(without);
        self
    }
}
