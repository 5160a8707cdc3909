//! Where fields lie in this kernel's structs.

/// A field this kernel does not have, or whose place is not known.
pub const ABSENT: u32 = u32::MAX;

/// One table for both sides: name, struct and member path as in BTF, and the module whose BTF has it.
macro_rules! offsets {
    ($($field:ident: $module:literal $type:literal $path:literal,)*) => {
        /// The read-only global `OFFSETS`: byte offsets, or [`ABSENT`].
        #[repr(C)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[cfg_attr(
            feature = "host",
            derive(zerocopy::FromBytes, zerocopy::IntoBytes, zerocopy::Immutable, zerocopy::KnownLayout)
        )]
        pub struct Offsets {
            $(#[doc = concat!("`", $type, ".", $path, "` of ", $module, ".")] pub $field: u32,)*
        }

        // SAFETY: `repr(C)`, only `u32`.
        #[cfg(feature = "host")]
        unsafe impl aya::Pod for Offsets {}

        impl Offsets {
            /// No field known.
            pub const UNKNOWN: Self = Self { $($field: ABSENT,)* };
        }

        /// The fields in the order of [`Offsets`].
        pub const FIELDS: &[Field] = &[
            $(Field {
                name: stringify!($field), module: $module, type_name: $type, path: $path,
                position: core::mem::offset_of!(Offsets, $field) / 4,
            },)*
        ];
    };
}

/// How a field is found in BTF.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Name in [`Offsets`].
    pub name: &'static str,
    /// The module that defines the type; `vmlinux` for the kernel itself. A kernel that has the module built in
    /// has the type in `vmlinux`.
    pub module: &'static str,
    /// The struct.
    pub type_name: &'static str,
    /// Member path, joined with dots, through anonymous members without naming them. Empty: the struct's size.
    pub path: &'static str,
    /// Index into [`Offsets`] seen as an array of `u32`.
    pub position: usize,
}

offsets! {
    cls_conn_dd_data: "scsi_transport_iscsi" "iscsi_cls_conn" "dd_data",
    cls_conn_transport: "scsi_transport_iscsi" "iscsi_cls_conn" "transport",
    cls_conn_cid: "scsi_transport_iscsi" "iscsi_cls_conn" "cid",
    cls_conn_state: "scsi_transport_iscsi" "iscsi_cls_conn" "state",
    cls_conn_cleanup_work: "scsi_transport_iscsi" "iscsi_cls_conn" "cleanup_work",
    cls_session_sid: "scsi_transport_iscsi" "iscsi_cls_session" "sid",
    cls_session_state: "scsi_transport_iscsi" "iscsi_cls_session" "state",
    cls_session_recovery_tmo: "scsi_transport_iscsi" "iscsi_cls_session" "recovery_tmo",
    cls_session_dd_data: "scsi_transport_iscsi" "iscsi_cls_session" "dd_data",
    cls_session_dev: "scsi_transport_iscsi" "iscsi_cls_session" "dev",
    cls_session_block_work: "scsi_transport_iscsi" "iscsi_cls_session" "block_work",
    cls_session_unblock_work: "scsi_transport_iscsi" "iscsi_cls_session" "unblock_work",
    cls_session_unbind_work: "scsi_transport_iscsi" "iscsi_cls_session" "unbind_work",
    cls_session_recovery_work: "scsi_transport_iscsi" "iscsi_cls_session" "recovery_work",
    transport_name: "scsi_transport_iscsi" "iscsi_transport" "name",
    conn_cls_conn: "libiscsi" "iscsi_conn" "cls_conn",
    conn_dd_data: "libiscsi" "iscsi_conn" "dd_data",
    conn_session: "libiscsi" "iscsi_conn" "session",
    conn_transport_timer: "libiscsi" "iscsi_conn" "transport_timer",
    conn_last_recv: "libiscsi" "iscsi_conn" "last_recv",
    conn_last_ping: "libiscsi" "iscsi_conn" "last_ping",
    conn_ping_timeout: "libiscsi" "iscsi_conn" "ping_timeout",
    conn_recv_timeout: "libiscsi" "iscsi_conn" "recv_timeout",
    conn_ping_task: "libiscsi" "iscsi_conn" "ping_task",
    conn_hdrdgst_en: "libiscsi" "iscsi_conn" "hdrdgst_en",
    conn_datadgst_en: "libiscsi" "iscsi_conn" "datadgst_en",
    conn_persistent_port: "libiscsi" "iscsi_conn" "persistent_port",
    conn_persistent_address: "libiscsi" "iscsi_conn" "persistent_address",
    conn_scsicmd_pdus_cnt: "libiscsi" "iscsi_conn" "scsicmd_pdus_cnt",
    conn_tmfrsp_pdus_cnt: "libiscsi" "iscsi_conn" "tmfrsp_pdus_cnt",
    session_cls_session: "libiscsi" "iscsi_session" "cls_session",
    session_host: "libiscsi" "iscsi_session" "host",
    session_leadconn: "libiscsi" "iscsi_session" "leadconn",
    session_state: "libiscsi" "iscsi_session" "state",
    session_tmf_state: "libiscsi" "iscsi_session" "tmf_state",
    session_cmdsn: "libiscsi" "iscsi_session" "cmdsn",
    session_exp_cmdsn: "libiscsi" "iscsi_session" "exp_cmdsn",
    session_max_cmdsn: "libiscsi" "iscsi_session" "max_cmdsn",
    session_cmds_max: "libiscsi" "iscsi_session" "cmds_max",
    session_targetname: "libiscsi" "iscsi_session" "targetname",
    session_initiatorname: "libiscsi" "iscsi_session" "initiatorname",
    session_ifacename: "libiscsi" "iscsi_session" "ifacename",
    task_hdr: "libiscsi" "iscsi_task" "hdr",
    task_hdr_len: "libiscsi" "iscsi_task" "hdr_len",
    task_hdr_itt: "libiscsi" "iscsi_task" "hdr_itt",
    task_data: "libiscsi" "iscsi_task" "data",
    task_data_count: "libiscsi" "iscsi_task" "data_count",
    task_sc: "libiscsi" "iscsi_task" "sc",
    task_conn: "libiscsi" "iscsi_task" "conn",
    cmd_task: "libiscsi" "iscsi_cmd" "task",
    tcp_conn_iscsi_conn: "libiscsi_tcp" "iscsi_tcp_conn" "iscsi_conn",
    tcp_conn_dd_data: "libiscsi_tcp" "iscsi_tcp_conn" "dd_data",
    tcp_conn_hdr_buf: "libiscsi_tcp" "iscsi_tcp_conn" "in.hdr_buf",
    segment_digest_len: "libiscsi_tcp" "iscsi_segment" "digest_len",
    sw_tcp_conn_sock: "iscsi_tcp" "iscsi_sw_tcp_conn" "sock",
    scsi_cmnd_device: "scsi_mod" "scsi_cmnd" "device",
    scsi_cmnd_cmnd: "scsi_mod" "scsi_cmnd" "cmnd",
    scsi_cmnd_length: "scsi_mod" "scsi_cmnd" "sdb.length",
    scsi_cmnd_result: "scsi_mod" "scsi_cmnd" "result",
    scsi_cmnd_scp_ptr: "scsi_mod" "scsi_cmnd" "SCp.ptr",
    scsi_cmnd_size: "scsi_mod" "scsi_cmnd" "",
    scsi_device_host: "scsi_mod" "scsi_device" "host",
    scsi_device_id: "scsi_mod" "scsi_device" "id",
    scsi_device_channel: "scsi_mod" "scsi_device" "channel",
    scsi_device_lun: "scsi_mod" "scsi_device" "lun",
    scsi_device_sdev_target: "scsi_mod" "scsi_device" "sdev_target",
    scsi_target_parent: "scsi_mod" "scsi_target" "dev.parent",
    scsi_host_host_no: "scsi_mod" "Scsi_Host" "host_no",
    socket_sk: "vmlinux" "socket" "sk",
    sock_family: "vmlinux" "sock" "__sk_common.skc_family",
    sock_state: "vmlinux" "sock" "__sk_common.skc_state",
    sock_daddr: "vmlinux" "sock" "__sk_common.skc_daddr",
    sock_rcv_saddr: "vmlinux" "sock" "__sk_common.skc_rcv_saddr",
    sock_dport: "vmlinux" "sock" "__sk_common.skc_dport",
    sock_num: "vmlinux" "sock" "__sk_common.skc_num",
    sock_v6_daddr: "vmlinux" "sock" "__sk_common.skc_v6_daddr",
    sock_v6_rcv_saddr: "vmlinux" "sock" "__sk_common.skc_v6_rcv_saddr",
    sock_err: "vmlinux" "sock" "sk_err",
    sock_err_soft: "vmlinux" "sock" "sk_err_soft",
    tcp_sock_snd_una: "vmlinux" "tcp_sock" "snd_una",
    tcp_sock_snd_nxt: "vmlinux" "tcp_sock" "snd_nxt",
    tcp_sock_snd_wnd: "vmlinux" "tcp_sock" "snd_wnd",
    tcp_sock_srtt_us: "vmlinux" "tcp_sock" "srtt_us",
    tcp_sock_rcv_tstamp: "vmlinux" "tcp_sock" "rcv_tstamp",
    tcp_sock_total_retrans: "vmlinux" "tcp_sock" "total_retrans",
    module_name: "vmlinux" "module" "name",
    sk_buff_data: "vmlinux" "sk_buff" "data",
    sk_buff_cb: "vmlinux" "sk_buff" "cb",
}
