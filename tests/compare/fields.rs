//! Which of tshark's fields is which of ours.

/// How a value is written on either side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Decimal or hexadecimal; flags are 0 and 1.
    Number,
    /// Bytes in hexadecimal, with or without colons.
    Bytes,
}

/// One row.
pub struct Pair {
    /// The JSON contract's name.
    pub ours: &'static str,
    /// tshark's names: the first one present counts.
    pub theirs: &'static [&'static str],
    pub kind: Kind,
}

const fn number(ours: &'static str, theirs: &'static [&'static str]) -> Pair {
    Pair { ours, theirs, kind: Kind::Number }
}

/// Fields of the `iscsi` protocol that mean the same in every PDU that has them.
pub const HEADER: &[Pair] = &[
    number("immediate", &["iscsi.I"]),
    number("final", &["iscsi.scsicommand.F", "iscsi.scsidata.F", "iscsi.text.F"]),
    number("read", &["iscsi.scsicommand.R"]),
    number("write", &["iscsi.scsicommand.W"]),
    number("attribute", &["iscsi.scsicommand.attr"]),
    number("acknowledge", &["iscsi.scsidata.A"]),
    number("status_bit", &["iscsi.scsidata.S"]),
    number("overflow", &["iscsi.scsiresponse.O", "iscsi.scsidata.O"]),
    number("underflow", &["iscsi.scsiresponse.U", "iscsi.scsidata.U"]),
    number("bidirectional_read_overflow", &["iscsi.scsiresponse.o"]),
    number("bidirectional_read_underflow", &["iscsi.scsiresponse.u"]),
    number("total_ahs_length", &["iscsi.totalahslength"]),
    number("data_segment_length", &["iscsi.datasegmentlength"]),
    number("initiator_task_tag", &["iscsi.initiatortasktag"]),
    number("target_transfer_tag", &["iscsi.targettransfertag"]),
    number("cmd_sn", &["iscsi.cmdsn"]),
    number("exp_cmd_sn", &["iscsi.expcmdsn"]),
    number("max_cmd_sn", &["iscsi.maxcmdsn"]),
    number("stat_sn", &["iscsi.statsn"]),
    number("exp_stat_sn", &["iscsi.expstatsn"]),
    number("data_sn", &["iscsi.datasn"]),
    number("exp_data_sn", &["iscsi.expdatasn"]),
    number("r2t_sn", &["iscsi.r2tsn"]),
    number("buffer_offset", &["iscsi.bufferOffset"]),
    number("lun", &["scsi.lun"]),
    number("expected_data_transfer_length", &["iscsi.scsicommand.expecteddatatransferlength"]),
    number("desired_data_transfer_length", &["iscsi.desireddatalength"]),
    number(
        "residual_count",
        &["iscsi.scsiresponse.residualcount", "iscsi.scsidata.readresidualcount"],
    ),
    number("bidirectional_read_residual_count", &["iscsi.scsiresponse.bidireadresidualcount"]),
    number(
        "response",
        &["iscsi.scsiresponse.response", "iscsi.taskmanfun.response", "iscsi.logout.response"],
    ),
    number("status", &["iscsi.scsiresponse.status"]),
    number("function", &["iscsi.taskmanfun.function"]),
    number("referenced_task_tag", &["iscsi.taskmanfun.referencedtasktag"]),
    number("ref_cmd_sn", &["iscsi.refcmdsn"]),
    number("reason", &["iscsi.logout.reason", "iscsi.reject.reason"]),
    number("time2wait", &["iscsi.time2wait"]),
    number("time2retain", &["iscsi.time2retain"]),
    number("transit", &["iscsi.login.T"]),
    number("continue", &["iscsi.login.C", "iscsi.text.C"]),
    number("csg", &["iscsi.login.csg"]),
    number("nsg", &["iscsi.login.nsg"]),
    number("version_max", &["iscsi.versionmax"]),
    number("version_min", &["iscsi.versionmin"]),
    number("version_active", &["iscsi.versionactive"]),
    number("tsih", &["iscsi.tsih"]),
    number("cid", &["iscsi.cid"]),
    Pair { ours: "isid", theirs: &["iscsi.isid"], kind: Kind::Bytes },
    number("request_frame", &["iscsi.request_frame"]),
    number("response_frame", &["iscsi.response_frame"]),
];

/// Fields of the `scsi` protocol that follow a PDU with sense data.
pub const SENSE: &[Pair] = &[
    number("sense.key", &["scsi.sns.key"]),
    number("sense.asc", &["scsi.sns.asc"]),
    number("sense.ascq", &["scsi.sns.ascq"]),
];
