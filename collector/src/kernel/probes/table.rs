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
        Probe {
            program: concat!($function, "_return"),
            point: Point::Return { module: $module, function: $function },
            feature: $feature,
            required: false,
            fields: $fields,
        }
    };
}

/// Every program of the object, in the order they are attached: what a session begins with first. A test compares it with the object's programs.
pub const PROBES: &[Probe] = &[
    raw("module_load", Feature::Modules, &[&["module_name"]]).required(),
    raw("module_free", Feature::Modules, &[&["module_name"]]).required(),
    // PDUs received.
    entry(LIBISCSI_TCP, "iscsi_tcp_hdr_recv_done", Feature::Received, RECEIVED_TCP).required(),
    entry(LIBISCSI, "__iscsi_complete_pdu", Feature::Received, &[IDENTITY]).required(),
    // PDUs sent, by transport.
    entry(ISCSI_TCP, "iscsi_sw_tcp_pdu_init", Feature::Sent, &[IDENTITY, TASK]).required(),
    entry("libcxgbi", "cxgbi_conn_init_pdu", Feature::Sent, &[IDENTITY, TASK]).required(),
    entry("ib_iser", "iscsi_iser_task_xmit", Feature::Sent, &[IDENTITY, TASK]).required(),
    entry("ib_iser", "iser_send_data_out", Feature::Sent, &[IDENTITY, TASK]),
    entry("be2iscsi", "beiscsi_task_xmit", Feature::Sent, &[IDENTITY, TASK]).required(),
    entry("bnx2i", "bnx2i_task_xmit", Feature::Sent, &[IDENTITY, TASK]).required(),
    entry("qedi", "qedi_task_xmit", Feature::Sent, &[IDENTITY, TASK]).required(),
    entry(QLA4XXX, "qla4xxx_task_xmit", Feature::Sent, &[IDENTITY, TASK]).required(),
    // The way be2iscsi takes.
    entry(LIBISCSI, "iscsi_complete_scsi_task", Feature::Received, &[IDENTITY, TASK]),
    // Connections.
    entry(CLASS, "iscsi_conn_error_event", Feature::Errors, &[CONN, IDENTITY, &["cls_conn_state"]])
        .required(),
    exit!(LIBISCSI, "iscsi_conn_setup", Feature::Connections, &[CONN, IDENTITY]).required(),
    entry(LIBISCSI, "iscsi_conn_bind", Feature::Connections, &[CONN, IDENTITY]).required(),
    entry(LIBISCSI, "iscsi_conn_start", Feature::Connections, &[CONN, IDENTITY]).required(),
    entry(LIBISCSI, "iscsi_conn_stop", Feature::Connections, &[CONN, IDENTITY]).required(),
    entry(LIBISCSI, "iscsi_conn_teardown", Feature::Connections, &[CONN, IDENTITY]).required(),
    entry(CLASS, "iscsi_conn_login_event", Feature::Connections, &[CONN, IDENTITY]),
    entry(
        CLASS,
        "iscsi_cleanup_conn_work_fn",
        Feature::Connections,
        &[CONN, IDENTITY, &["cls_conn_cleanup_work"]],
    ),
    // Sessions.
    entry(CLASS, "iscsi_session_event", Feature::Sessions, &[SESSION]).required(),
    work("__iscsi_block_session", &[SESSION, &["cls_session_block_work"]]),
    work("__iscsi_unblock_session", &[SESSION, &["cls_session_unblock_work"]]),
    work("__iscsi_unbind_session", &[SESSION, &["cls_session_unbind_work"]]),
    work("session_recovery_timedout", &[SESSION, &["cls_session_recovery_work"]]),
    entry(
        LIBISCSI,
        "iscsi_session_failure",
        Feature::Sessions,
        &[SESSION, &["session_cls_session"]],
    ),
    // The SCSI error handler.
    entry(LIBISCSI, "iscsi_eh_cmd_timed_out", Feature::Handlers, &[COMMAND]).required(),
    exit!(LIBISCSI, "iscsi_eh_cmd_timed_out", Feature::Handlers, &[COMMAND]).required(),
    entry(LIBISCSI, "iscsi_eh_abort", Feature::Handlers, &[COMMAND]).required(),
    exit!(LIBISCSI, "iscsi_eh_abort", Feature::Handlers, &[COMMAND]).required(),
    entry(LIBISCSI, "iscsi_eh_device_reset", Feature::Handlers, &[COMMAND]).required(),
    exit!(LIBISCSI, "iscsi_eh_device_reset", Feature::Handlers, &[COMMAND]).required(),
    entry(LIBISCSI, "iscsi_eh_recover_target", Feature::Handlers, &[COMMAND]).required(),
    exit!(LIBISCSI, "iscsi_eh_recover_target", Feature::Handlers, &[COMMAND]).required(),
    entry(LIBISCSI, "iscsi_eh_session_reset", Feature::Handlers, &[COMMAND]).required(),
    exit!(LIBISCSI, "iscsi_eh_session_reset", Feature::Handlers, &[COMMAND]).required(),
    entry(QLA4XXX, "qla4xxx_eh_cmd_timed_out", Feature::Handlers, &[COMMAND]),
    exit!(QLA4XXX, "qla4xxx_eh_cmd_timed_out", Feature::Handlers, &[COMMAND]),
    entry(QLA4XXX, "qla4xxx_eh_abort", Feature::Handlers, &[COMMAND]),
    exit!(QLA4XXX, "qla4xxx_eh_abort", Feature::Handlers, &[COMMAND]),
    entry(QLA4XXX, "qla4xxx_eh_device_reset", Feature::Handlers, &[COMMAND]),
    exit!(QLA4XXX, "qla4xxx_eh_device_reset", Feature::Handlers, &[COMMAND]),
    entry(QLA4XXX, "qla4xxx_eh_target_reset", Feature::Handlers, &[COMMAND]),
    exit!(QLA4XXX, "qla4xxx_eh_target_reset", Feature::Handlers, &[COMMAND]),
    entry(QLA4XXX, "qla4xxx_eh_host_reset", Feature::Handlers, &[COMMAND]),
    exit!(QLA4XXX, "qla4xxx_eh_host_reset", Feature::Handlers, &[COMMAND]),
    entry("qedi", "qedi_eh_host_reset", Feature::Handlers, &[COMMAND]),
    exit!("qedi", "qedi_eh_host_reset", Feature::Handlers, &[COMMAND]),
    entry(LIBISCSI, "iscsi_exec_task_mgmt_fn", Feature::TaskManagement, &[IDENTITY]).required(),
    exit!(LIBISCSI, "iscsi_exec_task_mgmt_fn", Feature::TaskManagement, TMF_RETURN).required(),
    // Pings.
    entry(LIBISCSI, "iscsi_check_transport_timeouts", Feature::Pings, PING_TIMER).required(),
    entry(LIBISCSI, "iscsi_send_nopout", Feature::Pings, &[IDENTITY]).required(),
    // iscsid.
    entry(CLASS, "iscsi_if_rx", Feature::Netlink, NETLINK).required(),
    exit!(CLASS, "iscsi_if_rx", Feature::Netlink, NETLINK).required(),
    entry(CLASS, "iscsi_if_transport_lookup", Feature::Netlink, NETLINK),
    // TCP.
    raw("tcp_retransmit_skb", Feature::Tcp, &[SOCKET]),
    raw("tcp_receive_reset", Feature::Tcp, &[SOCKET]),
    raw("tcp_send_reset", Feature::Tcp, &[SOCKET]),
    entry(VMLINUX, "tcp_send_probe0", Feature::Tcp, &[SOCKET]),
    entry(ISCSI_TCP, "iscsi_sw_tcp_state_change", Feature::Tcp, &[SOCKET]),
    // Debug messages.
    text("iscsi_dbg_conn"),
    text("iscsi_dbg_session"),
    text("iscsi_dbg_eh"),
    text("iscsi_dbg_tcp"),
    text("iscsi_dbg_sw_tcp"),
    text("iscsi_dbg_trans_session"),
    text("iscsi_dbg_trans_conn"),
    // Commands.
    entry(LIBISCSI, "iscsi_queuecommand", Feature::Commands, &[]).required(),
    entry(LIBISCSI, "iscsi_complete_task", Feature::Commands, COMPLETE).required(),
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

const fn entry(
    module: &'static str,
    function: &'static str,
    feature: Feature,
    fields: Fields,
) -> Probe {
    let point = Point::Entry { module, function };
    Probe { program: function, point, feature, required: false, fields }
}

/// Work functions of a session's states.
const fn work(function: &'static str, fields: Fields) -> Probe {
    entry(CLASS, function, Feature::Sessions, fields).required()
}

const fn raw(name: &'static str, feature: Feature, fields: Fields) -> Probe {
    let point = Point::RawTracepoint { module: VMLINUX, name };
    Probe { program: name, point, feature, required: false, fields }
}

const fn text(name: &'static str) -> Probe {
    // They are the class module's, which a tracepoint in use holds in place; attached only while libiscsi is there,
    // they let both be unloaded in turn. Without libiscsi there is nothing to say.
    let point = Point::Tracepoint { module: LIBISCSI, category: "iscsi", name };
    Probe { program: name, point, feature: Feature::Text, required: false, fields: &[] }
}

impl Probe {
    const fn required(mut self) -> Self {
        self.required = true;
        self
    }
}
