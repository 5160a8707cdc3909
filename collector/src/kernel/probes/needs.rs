//! Groups of fields that several probes need.

/// Who a connection is, from its `iscsi_conn`.
pub const IDENTITY: &[&str] = &[
    "conn_session",
    "conn_cls_conn",
    "session_cls_session",
    "session_host",
    "session_targetname",
    "cls_session_sid",
    "cls_conn_cid",
    "cls_conn_transport",
    "transport_name",
    "scsi_host_host_no",
];

/// The `iscsi_conn` of an `iscsi_cls_conn`.
pub const CONN: &[&str] = &["cls_conn_dd_data"];

/// The session of an `iscsi_cls_session`.
pub const SESSION: &[&str] = &[
    "cls_session_dd_data",
    "cls_session_sid",
    "cls_session_state",
    "session_leadconn",
    "session_host",
    "scsi_host_host_no",
];

/// A task's connection and header.
pub const TASK: &[&str] = &["task_conn", "task_hdr", "task_sc"];

/// A command and its device.
pub const COMMAND: &[&str] = &[
    "scsi_cmnd_device",
    "scsi_cmnd_cmnd",
    "scsi_cmnd_result",
    "scsi_device_lun",
    "scsi_device_host",
    "scsi_host_host_no",
];

/// The socket of a connection of iscsi_tcp.
pub const SOCKET: &[&str] = &["conn_dd_data", "tcp_conn_dd_data", "sw_tcp_conn_sock", "socket_sk"];
