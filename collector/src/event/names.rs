//! Names of numbers that are no iSCSI codes of their own (those are in the catalogue): one table each.

fn named(table: &[(u32, &'static str)], number: u32) -> Option<&'static str> {
    table.iter().find(|(known, _)| *known == number).map(|(_, name)| *name)
}

/// `sk_state` of a TCP socket (include/net/tcp_states.h).
pub fn tcp_state(state: u32) -> Option<&'static str> {
    named(TCP_STATES, state)
}

/// `CLOSE_WAIT`: the target has closed its side.
pub const TCP_CLOSE_WAIT: u32 = 8;

const TCP_STATES: &[(u32, &str)] = &[
    (1, "ESTABLISHED"),
    (2, "SYN_SENT"),
    (3, "SYN_RECV"),
    (4, "FIN_WAIT1"),
    (5, "FIN_WAIT2"),
    (6, "TIME_WAIT"),
    (7, "CLOSE"),
    (TCP_CLOSE_WAIT, "CLOSE_WAIT"),
    (9, "LAST_ACK"),
    (10, "LISTEN"),
    (11, "CLOSING"),
    (12, "NEW_SYN_RECV"),
];

/// An errno, positive, as the iSCSI and TCP code of Linux uses them (include/uapi/asm-generic/errno.h).
pub fn errno(number: u32) -> Option<&'static str> {
    named(ERRNOS, number)
}

/// `ECONNRESET`: the peer sent a RST.
pub const ECONNRESET: u32 = 104;

const ERRNOS: &[(u32, &str)] = &[
    (1, "EPERM"),
    (2, "ENOENT"),
    (3, "ESRCH"),
    (4, "EINTR"),
    (5, "EIO"),
    (6, "ENXIO"),
    (9, "EBADF"),
    (11, "EAGAIN"),
    (12, "ENOMEM"),
    (13, "EACCES"),
    (14, "EFAULT"),
    (16, "EBUSY"),
    (17, "EEXIST"),
    (19, "ENODEV"),
    (22, "EINVAL"),
    (28, "ENOSPC"),
    (32, "EPIPE"),
    (38, "ENOSYS"),
    (61, "ENODATA"),
    (70, "ECOMM"),
    (71, "EPROTO"),
    (75, "EOVERFLOW"),
    (84, "EILSEQ"),
    (88, "ENOTSOCK"),
    (90, "EMSGSIZE"),
    (92, "ENOPROTOOPT"),
    (95, "EOPNOTSUPP"),
    (97, "EAFNOSUPPORT"),
    (98, "EADDRINUSE"),
    (99, "EADDRNOTAVAIL"),
    (100, "ENETDOWN"),
    (101, "ENETUNREACH"),
    (102, "ENETRESET"),
    (103, "ECONNABORTED"),
    (ECONNRESET, "ECONNRESET"),
    (105, "ENOBUFS"),
    (106, "EISCONN"),
    (107, "ENOTCONN"),
    (108, "ESHUTDOWN"),
    (110, "ETIMEDOUT"),
    (111, "ECONNREFUSED"),
    (112, "EHOSTDOWN"),
    (113, "EHOSTUNREACH"),
    (114, "EALREADY"),
    (115, "EINPROGRESS"),
];

/// `enum iscsi_uevent_e` without its `ISCSI_UEVENT_` (include/scsi/iscsi_if.h).
pub fn netlink_message(number: u32) -> Option<&'static str> {
    named(NETLINK_MESSAGES, number)
}

const NETLINK_MESSAGES: &[(u32, &str)] = &[
    (11, "CREATE_SESSION"),
    (12, "DESTROY_SESSION"),
    (13, "CREATE_CONN"),
    (14, "DESTROY_CONN"),
    (15, "BIND_CONN"),
    (16, "SET_PARAM"),
    (17, "START_CONN"),
    (18, "STOP_CONN"),
    (19, "SEND_PDU"),
    (20, "GET_STATS"),
    (21, "GET_PARAM"),
    (22, "TRANSPORT_EP_CONNECT"),
    (23, "TRANSPORT_EP_POLL"),
    (24, "TRANSPORT_EP_DISCONNECT"),
    (25, "TGT_DSCVR"),
    (26, "SET_HOST_PARAM"),
    (27, "UNBIND_SESSION"),
    (28, "CREATE_BOUND_SESSION"),
    (29, "TRANSPORT_EP_CONNECT_THROUGH_HOST"),
    (30, "PATH_UPDATE"),
    (31, "SET_IFACE_PARAMS"),
    (32, "PING"),
    (33, "GET_CHAP"),
    (34, "DELETE_CHAP"),
    (35, "SET_FLASHNODE_PARAMS"),
    (36, "NEW_FLASHNODE"),
    (37, "DEL_FLASHNODE"),
    (38, "LOGIN_FLASHNODE"),
    (39, "LOGOUT_FLASHNODE"),
    (40, "LOGOUT_FLASHNODE_SID"),
    (41, "SET_CHAP"),
    (42, "GET_HOST_STATS"),
    (43, "DESTROY_SESSION_ASYNC"),
];

/// `enum iscsi_param` without its `ISCSI_PARAM_`, those iscsid sets (include/scsi/iscsi_if.h).
pub fn parameter(number: u32) -> Option<&'static str> {
    named(PARAMETERS, number)
}

const PARAMETERS: &[(u32, &str)] = &[
    (0, "MAX_RECV_DLENGTH"),
    (1, "MAX_XMIT_DLENGTH"),
    (2, "HDRDGST_EN"),
    (3, "DATADGST_EN"),
    (4, "INITIAL_R2T_EN"),
    (5, "MAX_R2T"),
    (6, "IMM_DATA_EN"),
    (7, "FIRST_BURST"),
    (8, "MAX_BURST"),
    (9, "PDU_INORDER_EN"),
    (10, "DATASEQ_INORDER_EN"),
    (11, "ERL"),
    (12, "IFMARKER_EN"),
    (13, "OFMARKER_EN"),
    (14, "EXP_STATSN"),
    (15, "TARGET_NAME"),
    (16, "TPGT"),
    (17, "PERSISTENT_ADDRESS"),
    (18, "PERSISTENT_PORT"),
    (19, "SESS_RECOVERY_TMO"),
    (20, "CONN_PORT"),
    (21, "CONN_ADDRESS"),
    (22, "USERNAME"),
    (23, "USERNAME_IN"),
    (24, "PASSWORD"),
    (25, "PASSWORD_IN"),
    (26, "FAST_ABORT"),
    (27, "ABORT_TMO"),
    (28, "LU_RESET_TMO"),
    (29, "HOST_RESET_TMO"),
    (30, "PING_TMO"),
    (31, "RECV_TMO"),
    (32, "IFACE_NAME"),
    (33, "ISID"),
    (34, "INITIATOR_NAME"),
    (35, "TGT_RESET_TMO"),
    (36, "TARGET_ALIAS"),
    (37, "CHAP_IN_IDX"),
    (38, "CHAP_OUT_IDX"),
    (39, "BOOT_ROOT"),
    (40, "BOOT_NIC"),
    (41, "BOOT_TARGET"),
    (42, "AUTO_SND_TGT_DISABLE"),
    (43, "DISCOVERY_SESS"),
];

/// What an error handler answers (include/scsi/scsi.h).
pub fn handler_result(result: u32) -> Option<&'static str> {
    named(HANDLER_RESULTS, result)
}

const HANDLER_RESULTS: &[(u32, &str)] =
    &[(0x2002, "SUCCESS"), (0x2003, "FAILED"), (0x2004, "QUEUED"), (0x2009, "FAST_IO_FAIL")];

/// What a command's timer did (`enum scsi_timeout_action`, before 6.2 `enum blk_eh_timer_return`).
pub fn timeout_action(action: u32) -> Option<&'static str> {
    named(TIMEOUT_ACTIONS, action)
}

const TIMEOUT_ACTIONS: &[(u32, &str)] = &[(0, "DONE"), (1, "RESET_TIMER"), (2, "NOT_HANDLED")];
