//! The codes that drivers of iSCSI adapters put into their messages, as their headers number them.

/// A driver with messages of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Driver {
    /// Emulex OneConnect.
    Be2iscsi,
    /// Broadcom/QLogic NetXtreme II.
    Bnx2i,
    /// QLogic/Marvell FastLinQ.
    Qedi,
    /// QLogic iSCSI HBAs.
    Qla4xxx,
    /// Chelsio T3 to T6.
    Cxgbi,
    /// iSCSI over RDMA, initiator.
    Iser,
    /// iSCSI over RDMA, LIO target.
    Isert,
}

impl Driver {
    /// The module's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Be2iscsi => "be2iscsi",
            Self::Bnx2i => "bnx2i",
            Self::Qedi => "qedi",
            Self::Qla4xxx => "qla4xxx",
            Self::Cxgbi => "cxgbi",
            Self::Iser => "ib_iser",
            Self::Isert => "ib_isert",
        }
    }
}

/// One code of a driver's firmware interface.
#[derive(Debug, PartialEq, Eq)]
pub struct DriverCode {
    /// Its number.
    pub code: u32,
    /// Its name, or the text the driver prints for it.
    pub name: &'static str,
    /// What the driver does about it.
    pub effect: Effect,
}

/// What a driver does when its firmware reports a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The connection is failed with kernel error 1011 and logged in again.
    Drops,
    /// A line is logged and nothing else.
    Logs,
    /// The data that came with it is thrown away.
    Discards,
    /// The code is normal.
    Nothing,
}

impl Effect {
    /// For people.
    pub fn text(self) -> &'static str {
        match self {
            Self::Drops => "the connection is dropped (1011)",
            Self::Logs => "logged only; the command fails or times out",
            Self::Discards => "the data is discarded",
            Self::Nothing => "no action",
        }
    }
}

/// The code of `table` with this number.
pub fn by_code(table: &'static [DriverCode], code: u32) -> Option<&'static DriverCode> {
    table.iter().find(|entry| entry.code == code)
}

/// The code of `table` with this name or text.
pub fn by_name(table: &'static [DriverCode], name: &str) -> Option<&'static DriverCode> {
    table.iter().find(|entry| entry.name == name)
}

const fn drops(code: u32, name: &'static str) -> DriverCode {
    DriverCode { code, name, effect: Effect::Drops }
}

const fn logs(code: u32, name: &'static str) -> DriverCode {
    DriverCode { code, name, effect: Effect::Logs }
}

const fn nothing(code: u32, name: &'static str) -> DriverCode {
    DriverCode { code, name, effect: Effect::Nothing }
}

/// be2iscsi's completion codes (`enum` at the head of be_main.c; effects from `beiscsi_process_cq`).
pub static BE2ISCSI: &[DriverCode] = &[
    nothing(0, "RESERVED_DESC"),
    nothing(1, "SOL_CMD_COMPLETE"),
    logs(2, "SOL_CMD_KILLED_DATA_DIGEST_ERR"),
    drops(3, "CXN_KILLED_PDU_SIZE_EXCEEDS_DSL"),
    drops(4, "CXN_KILLED_BURST_LEN_MISMATCH"),
    drops(5, "CXN_KILLED_AHS_RCVD"),
    logs(6, "CXN_KILLED_HDR_DIGEST_ERR"),
    drops(7, "CXN_KILLED_UNKNOWN_HDR"),
    drops(8, "CXN_KILLED_STALE_ITT_TTT_RCVD"),
    drops(9, "CXN_KILLED_INVALID_ITT_TTT_RCVD"),
    drops(10, "CXN_KILLED_RST_RCVD"),
    drops(11, "CXN_KILLED_TIMED_OUT"),
    drops(12, "CXN_KILLED_RST_SENT"),
    drops(13, "CXN_KILLED_FIN_RCVD"),
    drops(14, "CXN_KILLED_BAD_UNSOL_PDU_RCVD"),
    drops(15, "CXN_KILLED_BAD_WRB_INDEX_ERROR"),
    drops(16, "CXN_KILLED_OVER_RUN_RESIDUAL"),
    drops(17, "CXN_KILLED_UNDER_RUN_RESIDUAL"),
    logs(18, "CMD_KILLED_INVALID_STATSN_RCVD"),
    logs(19, "CMD_KILLED_INVALID_R2T_RCVD"),
    logs(20, "CMD_CXN_KILLED_LUN_INVALID"),
    logs(21, "CMD_CXN_KILLED_ICD_INVALID"),
    logs(22, "CMD_CXN_KILLED_ITT_INVALID"),
    logs(23, "CMD_CXN_KILLED_SEQ_OUTOFORDER"),
    logs(24, "CMD_CXN_KILLED_INVALID_DATASN_RCVD"),
    nothing(25, "CXN_INVALIDATE_NOTIFY"),
    nothing(26, "CXN_INVALIDATE_INDEX_NOTIFY"),
    nothing(27, "CMD_INVALIDATED_NOTIFY"),
    nothing(28, "UNSOL_HDR_NOTIFY"),
    nothing(29, "UNSOL_DATA_NOTIFY"),
    DriverCode { code: 30, name: "UNSOL_DATA_DIGEST_ERROR_NOTIFY", effect: Effect::Discards },
    nothing(31, "DRIVERMSG_NOTIFY"),
    drops(32, "CXN_KILLED_CMND_DATA_NOT_ON_SAME_CONN"),
    logs(33, "SOL_CMD_KILLED_DIF_ERR"),
    drops(34, "CXN_KILLED_SYN_RCVD"),
    drops(35, "CXN_KILLED_IMM_DATA_RCVD"),
];

/// bnx2i's KCQE completion status, by the text it prints (`bnx2i_process_iscsi_error`).
pub static BNX2I: &[DriverCode] = &[
    drops(0x05, "hdr digest err"),
    drops(0x06, "data digest err"),
    drops(0x0b, "wrong opcode rcvd"),
    drops(0x0c, "AHS len > 0 rcvd"),
    drops(0x0d, "invalid ITT rcvd"),
    drops(0x0e, "wrong StatSN rcvd"),
    drops(0x0f, "wrong DataSN rcvd"),
    drops(0x10, "pend R2T violation"),
    drops(0x11, "ERL0, UO"),
    drops(0x12, "ERL0, U1"),
    drops(0x13, "ERL0, U2"),
    drops(0x14, "ERL0, U3"),
    drops(0x15, "ERL0, U4"),
    drops(0x16, "ERL0, U5"),
    drops(0x17, "ERL0, U6"),
    drops(0x18, "invalid resi len"),
    drops(0x19, "MRDSL violation"),
    drops(0x1a, "F-bit not set"),
    drops(0x1b, "invalid TTT"),
    drops(0x1c, "invalid DataSN"),
    drops(0x1d, "burst len violation"),
    drops(0x1f, "buf offset violation"),
    drops(0x20, "invalid LUN field"),
    drops(0x21, "invalid R2TSN field"),
    drops(0x22, "invalid cmd len1"),
    drops(0x23, "invalid cmd len2"),
    drops(0x24, "pend r2t exceeds MaxOutstandingR2T value"),
    drops(0x25, "TTT is rsvd"),
    drops(0x26, "MBL violation"),
    drops(0x27, "data seg len != 0"),
    drops(0x28, "reject pdu len error"),
    drops(0x29, "async pdu len error"),
    drops(0x2a, "nopin pdu len error"),
    drops(0x2b, "pend r2t in cleanup"),
    drops(0x40, "IP fragments rcvd"),
    drops(0x41, "IP options error"),
    drops(0x42, "urgent flag error"),
];

/// qedi's `enum iscsi_error_types`, by the text it prints; codes without a text are logged as unknown and
/// cause no recovery (`qedi_process_iscsi_error`).
pub static QEDI: &[DriverCode] = &[
    drops(0, "tcp_error none"),
    logs(1, "UNSOLICITED_RCV_ON_INVALID_CONN"),
    drops(2, "task cid mismatch"),
    drops(3, "invalid task"),
    drops(4, "rq ring full"),
    drops(5, "cmdq ring full"),
    drops(6, "sge caching failed"),
    drops(7, "hdr digest error"),
    drops(8, "local cmpl error"),
    // The driver prints "invalid task" for 9 too; by_name finds 3 first.
    drops(9, "DATA_OVERRUN"),
    drops(10, "out of sge error"),
    logs(11, "IP_OPTIONS_ERROR"),
    logs(12, "PRS_ERRORS"),
    logs(13, "CONNECT_INVALID_TCP_OPTION"),
    drops(14, "tcp ip fragment error"),
    drops(15, "AHS len protocol error"),
    logs(16, "AHS_TYPE"),
    drops(17, "itt out of range error"),
    logs(18, "TTT_OUT_OF_RANGE"),
    drops(19, "data seg more than pdu size"),
    drops(20, "invalid opcode"),
    drops(21, "invalid opcode before update"),
    drops(22, "unexpected opcode"),
    drops(23, "r2t carries no data"),
    drops(24, "data sn error"),
    drops(25, "data TTT error"),
    logs(26, "DATA_OUT_ITT"),
    drops(27, "r2t TTT error"),
    drops(28, "buffer offset error"),
    drops(29, "buffer offset ooo"),
    drops(30, "data seg len 0"),
    drops(31, "data xer len error"),
    drops(32, "data xer len1 error"),
    drops(33, "data xer len2 error"),
    drops(34, "protocol lun error"),
    drops(35, "f bit zero error"),
    logs(36, "F_BIT_ZERO_S_BIT_ONE"),
    drops(37, "exp stat sn error"),
    drops(38, "dsl not zero error"),
    drops(39, "invalid dsl"),
    drops(40, "data seg len too big"),
    drops(41, "outstanding r2t count error"),
    logs(42, "DIF_TX"),
    drops(43, "sense datalen error"),
    logs(44, "DATA_PLACEMENT_ERROR"),
    logs(45, "INVALID_ITT"),
    logs(46, "ERROR_UNKNOWN"),
];

/// qla4xxx' states of a device database entry, its word for a session (ql4_fw.h).
pub static QLA4XXX_DDB: &[DriverCode] = &[
    nothing(0, "unassigned"),
    drops(1, "no connection active"),
    nothing(2, "discovery"),
    nothing(4, "session active"),
    drops(6, "session failed"),
    nothing(7, "login in progress"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_table_has_a_code_or_a_name_twice() {
        for table in [BE2ISCSI, BNX2I, QEDI, QLA4XXX_DDB] {
            for entry in table {
                assert!(std::ptr::eq(by_code(table, entry.code).unwrap(), entry), "{entry:?}");
                assert!(std::ptr::eq(by_name(table, entry.name).unwrap(), entry), "{entry:?}");
            }
        }
    }
}
