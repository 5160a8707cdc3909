//! What the LIO target (iscsi_target_mod, target_core_mod) prints: the machine serves, and somebody else's
//! initiator is what the line is about. Texts that differ only in detail share a meaning.

use super::{Message, typed};
use crate::log::event::Kind;

const fn target(format: &'static str, meaning: &'static str) -> Message {
    typed(format, meaning, |_, _| Kind::Target)
}

/// A text that names the target.
const fn named(format: &'static str, meaning: &'static str) -> Message {
    typed(format, meaning, |subject, args| {
        subject.target = Some(args.text(0));
        Kind::Target
    })
}

/// A text with which a login is refused for the reason that `status` stands for.
const fn refuses(status: u32, message: Message) -> Message {
    Message { refuses: Some(status), ..message }
}

const VIOLATION: &str =
    "The initiator broke the protocol; the target rejects the PDU or drops the connection.";
const LOGIN_VIOLATION: &str = "The initiator broke the rules of the login; it is refused.";
const BAD_KEY: &str =
    "A login or text key has a value or a place it may not have; the login fails.";
const CHAP: &str =
    "CHAP failed: the initiator's answer is missing or malformed; the login is refused (0201).";
const SNACK: &str = "The initiator asked for a retransmission the target cannot give.";
const SEQUENCE: &str =
    "Write data arrived out of its sequence; at error recovery level 0 the session is dropped.";
const REASSIGN: &str = "A task could not be moved to another connection (error recovery level 2).";
const UNKNOWN_TASK: &str = "The initiator refers to a task the target does not have (any more).";

pub(super) static PLAIN: &[Message] = &[
    target(
        "iSCSI Login negotiation failed.",
        "The target ended a login; the line before says why.",
    ),
    refuses(
        0x0203,
        named(
            "Unable to locate Target IQN: %s in Storage Node",
            "The initiator asked for a target that does not exist here; LIO answers 0301 and iscsid tries again.",
        ),
    ),
    refuses(
        0x0203,
        named(
            "Unable to locate Target Portal Group on %s",
            "The target exists, but not on the portal the initiator used, or its portal group is disabled.",
        ),
    ),
    refuses(
        0x0202,
        target(
            "iSCSI Initiator Node: %s is not authorized to access iSCSI target portal group: %d.",
            "No ACL for this initiator name, and generate_node_acls is 0: the login is refused (0202).",
        ),
    ),
    refuses(
        0x0201,
        target("Security negotiation failed.", "CHAP failed: the login is refused (0201)."),
    ),
    refuses(
        0x0201,
        target(
            "CHAP user or password not set for Initiator ACL",
            "The ACL asks for CHAP but has no user or secret; the login is refused.",
        ),
    ),
    refuses(
        0x0201,
        target(
            "CHAP_N values do not match!",
            "The initiator's CHAP user name is not the one configured; the login is refused (0201).",
        ),
    ),
    target("Unsupported CHAP_A value", "The initiator offers no CHAP digest the target can do."),
    target("Could not find CHAP_%s", CHAP),
    target("Malformed CHAP_%s", CHAP),
    target("CHAP_C exceeds maximum binary size of %d bytes", CHAP),
    target("chap identifier: %d greater than 255", CHAP),
    target("Unable to convert incoming challenge", CHAP),
    target("Unable to locate CHAP_A key", CHAP),
    target(
        "initiator CHAP_C matches target CHAP_C, failing login attempt",
        "The initiator sent the target's own challenge back (a reflection attack, or a bug); the login is refused.",
    ),
    target(
        "Initiator sent AuthMethod=None but Target is enforcing iSCSI Authentication, login failed.",
        "The initiator has no CHAP configured, and the target demands it.",
    ),
    target(
        "Initiator is requesting CSG: %d, has not been successfully authenticated, and the Target is enforcing iSCSI Authentication, login failed.",
        "The initiator skipped CHAP, and the target demands it.",
    ),
    target(
        "Initiator has already been successfully authenticated, but is still sending %s keys.",
        LOGIN_VIOLATION,
    ),
    target("Initiator sent zero length security payload, login failed", LOGIN_VIOLATION),
    target(
        "Incorrect InitiatorName: %s for this iSCSI Initiator Node.",
        "The initiator changed its name on the way; the login is refused.",
    ),
    target(
        "Received unknown error %d from LIO Authentication",
        "Authentication failed inside the target.",
    ),
    target("Unable to locate struct se_node_acl%*", "The initiator's ACL is gone."),
    target("InitiatorName key not received in first login request.", LOGIN_VIOLATION),
    target("SessionType key not received in first login request.", LOGIN_VIOLATION),
    target(
        "TargetName key not received in first login request while SessionType=Normal.",
        LOGIN_VIOLATION,
    ),
    target(
        "Login request has both ISCSI_FLAG_LOGIN_CONTINUE and ISCSI_FLAG_LOGIN_TRANSIT set, protocol error.",
        LOGIN_VIOLATION,
    ),
    target(
        "Initiator unexpectedly changed login stage from %d to %d, login failed.",
        LOGIN_VIOLATION,
    ),
    target(
        "Illegal login_req->flags Combination, CSG: %d, NSG: %d, ISCSI_FLAG_LOGIN_TRANSIT: %d.",
        LOGIN_VIOLATION,
    ),
    target("Login request changed %*", LOGIN_VIOLATION),
    target(
        "Login request payload exceeds default MaxRecvDataSegmentLength: %d, protocol error.",
        LOGIN_VIOLATION,
    ),
    target("MAX_LOGIN_PDUS count reached.", LOGIN_VIOLATION),
    target("Illegal CSG: %d received from Initiator, protocol error.", LOGIN_VIOLATION),
    target("Received unknown opcode %x.", LOGIN_VIOLATION),
    target(
        "Unsupported iSCSI IETF Pre-RFC Revision, version Min/Max %x/%x, rejecting login.",
        "The initiator speaks another version of iSCSI; the login is refused (0205).",
    ),
    target(
        "Initiator attempting to add a connection to a non-existent session, rejecting iSCSI Login.",
        "The initiator uses a session handle the target no longer has; the login is refused (020a).",
    ),
    target(
        "Connection exists with CID %d for %s, performing connection reinstatement.",
        "The initiator came back with the same connection id: the old connection is dropped in its favour.",
    ),
    target(
        "Adding additional connection to this session would exceed MaxConnections %d, login failed.",
        "The session has all the connections it may have.",
    ),
    target(
        "iSCSI Network Portal on %s currently not active.",
        "An initiator connected to a portal that is not enabled.",
    ),
    target("iSCSI login response buffer (%d bytes) exhausted, dropping login.", LOGIN_VIOLATION),
    target(
        "rx_data returned %d, expecting %d.",
        "The initiator closed the connection in the middle of a login.",
    ),
    target(
        "tx_data returned %d, expecting %d.",
        "The connection ended while the target answered a login.",
    ),
    target("Illegal value for \"%s\", must be %*", BAD_KEY),
    target("Received key \"%s\" twice, protocol error.", BAD_KEY),
    target(
        "Proposer's value list \"%s\" contains no valid values from Acceptor's value list \"%s\".",
        "The two sides have no common value for a key (for digests: one side demands, the other has none).",
    ),
    target("Illegal \",\" in response for \"%s\".", BAD_KEY),
    target("Received illegal offer %s=%s", BAD_KEY),
    target("Standard iSCSI key \"%s\" cannot be answered with \"%s\", protocol error.", BAD_KEY),
    target(
        "Detected value separator \",\", but key \"%s\" does not allow a value list, protocol error.",
        BAD_KEY,
    ),
    target("Value for key \"%s\" exceeds %d, protocol error.", BAD_KEY),
    target("Value for notunderstood key \"%s\" exceeds %d, protocol error.", BAD_KEY),
    target("Length of key name \"%s\" exceeds %d.", BAD_KEY),
    target("Key \"%s\" may not be sent to %s, protocol error.", BAD_KEY),
    target("Key \"%s\" received twice, protocol error.", BAD_KEY),
    target("Key \"%s\" may not be negotiated during %s phase.", BAD_KEY),
    target("No response for proposed key \"%s\".", BAD_KEY),
    target("Unable to locate \"=\" separator for key, ignoring request.", BAD_KEY),
    target(
        "Did not receive response to NOPIN on CID: %d, failing connection for I_T Nexus %s",
        "The initiator did not answer the target's ping: it is dead, frozen or unreachable. It will see 1020 if it lives.",
    ),
    target(
        "Did not receive response to NOPIN on CID: %d on SID: %d failing connection.",
        "The initiator did not answer the target's ping: it is dead, frozen or unreachable. It will see 1020 if it lives.",
    ),
    target(
        "Time2Retain timer expired for SID: %d, cleaning up iSCSI session.",
        "The initiator did not come back within DefaultTime2Retain; its session is forgotten.",
    ),
    target(
        "Exiting Time2Retain handler because session_reinstatement=1",
        "The initiator came back just as its session was about to be forgotten.",
    ),
    target(
        "%d connection(s) still exist for iSCSI session to %s",
        "A session is being closed with connections left.",
    ),
    target(
        "Unable to recover from DataOut timeout while in ERL=0, closing iSCSI connection for I_T Nexus %s",
        "The initiator did not send the write data it was asked for; the connection is dropped.",
    ),
    target(
        "Unable to recover from DataOut timeout while in ERL=0, closing iSCSI connection.",
        "The initiator did not send the write data it was asked for; the connection is dropped.",
    ),
    target(
        "Command ITT: %x exceeded max retries for DataOUT timeout %d, closing iSCSI connection for I_T Nexus %s",
        "The initiator did not send the write data it was asked for; the connection is dropped.",
    ),
    target(
        "HeaderDigest CRC32C failed, received %x, computed %x",
        "A header from the initiator was damaged on the way; the connection is dropped.",
    ),
    target(
        "ITT: %x, Offset: %d, Length: %d, DataSN: %x, CRC32C DataDigest %x does not match computed %x",
        "Write data from the initiator was damaged on the way.",
    ),
    target(
        "ImmediateData CRC32C DataDigest %x does not match computed %x",
        "Write data from the initiator was damaged on the way.",
    ),
    target(
        "Ping data CRC32C DataDigest %x does not match computed %x",
        "A ping's data was damaged on the way.",
    ),
    target(
        "Text data CRC32C DataDigest %x does not match computed %x",
        "A text request was damaged on the way.",
    ),
    target(
        "Unable to recover from %s while in ERL=0%*",
        "At error recovery level 0 the only answer to this is to drop the session.",
    ),
    target(
        "Unable to recover from unknown opcode while OFMarker=No, closing iSCSI connection.",
        VIOLATION,
    ),
    target("Unable to perform within-command recovery while ERL=0.", SEQUENCE),
    target(
        "TMR Opcode TARGET_WARM_RESET authorization failed for Initiator Node: %s",
        "The ACL does not allow this initiator a target reset; the initiator drops its session instead (1021).",
    ),
    target(
        "TMR Opcode TARGET_COLD_RESET authorization failed for Initiator Node: %s",
        "The ACL does not allow this initiator a target reset.",
    ),
    target(
        "ABORT_TASK: Found referenced %s task_tag: %d",
        "The initiator gave up waiting for a command and asked to abort it: it was slow here.",
    ),
    target("ABORT_TASK: Sending TMR_FUNCTION_COMPLETE for ref_tag: %d", "The abort is done."),
    target(
        "ABORT_TASK: Sending TMR_TASK_DOES_NOT_EXIST for ref_tag: %d",
        "The initiator wants a command aborted that is already finished here: its answer was late or lost.",
    ),
    target(
        "LUN_RESET: TMR for [%s] %*",
        "The initiator asked to reset a logical unit: aborting did not help it.",
    ),
    target("Unable to locate RefTaskTag: %x on CID: %d.", UNKNOWN_TASK),
    target("RefCmdSN %x does not equal task's CmdSN %x. Rejecting ABORT_TASK.", UNKNOWN_TASK),
    target("Unable to locate ITT: %x on CID: %d", UNKNOWN_TASK),
    target("Unable to locate ITT: %x on CID: %d, dumping payload", UNKNOWN_TASK),
    target("Unable to locate TTT: %x on CID: %d", UNKNOWN_TASK),
    target("TMR TASK_REASSIGN not supported in ERL<2, ignoring request.", REASSIGN),
    target("Unable to locate RefTaskTag: %x in connection recovery command list.", REASSIGN),
    target("Unable to perform connection recovery for differing %*", REASSIGN),
    target("Command ITT: %x is still alligent to CID: %d", REASSIGN),
    target("Unknown TMR function: %x, protocol error.", VIOLATION),
    target("Unknown iSCSI TMR Function: %x", VIOLATION),
    target("RefTaskTag should be set to 0xFFFFFFFF.", VIOLATION),
    target(
        "Received CmdSN: %x is greater than MaxCmdSN: %x, ignoring.",
        "The initiator sent a command beyond the window it was given.",
    ),
    target(
        "Received CmdSN: %x is less than ExpCmdSN: %x, ignoring.",
        "The initiator sent a command number again.",
    ),
    target("Got unknown iSCSI OpCode: %x", VIOLATION),
    target("Cannot recover from unknown opcode while ERL=0, closing iSCSI connection.", VIOLATION),
    target("Received illegal iSCSI Opcode: %x while in Discovery Session, rejecting.", VIOLATION),
    target("ISCSI_FLAG_CMD_WRITE & ISCSI_FLAG_CMD_FINAL not set. Bad iSCSI Initiator.", VIOLATION),
    target("ISCSI_FLAG_CMD_READ %*", VIOLATION),
    target(
        "Bidirectional operations not supported!",
        "LIO does not do bidirectional commands over iSCSI.",
    ),
    target("Illegally set Immediate Bit in iSCSI Initiator Scsi Command PDU.", VIOLATION),
    target("ImmediateData=No but DataSegmentLength=%d, protocol error.", VIOLATION),
    target(
        "Expected Data Transfer Length and Length of Immediate Data are the same, but ISCSI_FLAG_CMD_FINAL bit is not set protocol error",
        VIOLATION,
    ),
    target("DataSegmentLength: %d is greater than %s: %d, protocol error.", VIOLATION),
    target("Additional Header Segment type %d not supported!", VIOLATION),
    target("Extended CDB AHS %*", VIOLATION),
    target("Command ITT: %x received DataOUT %*", VIOLATION),
    target("Command ITT: %x received already gotten Offset: %d, Length: %d", SEQUENCE),
    target(
        "DataOut Offset: %d, Length %d greater than iSCSI Command EDTL %d, protocol error.",
        VIOLATION,
    ),
    target("Received unexpected unsolicited data while InitialR2T=Yes, protocol error.", VIOLATION),
    target(
        "Total %d bytes exceeds FirstBurstLength: %d for this Unsolicited DataOut Burst.",
        VIOLATION,
    ),
    target(
        "Unsolicited non-immediate data received %d does not equal FirstBurstLength: %d, and does not equal ExpXferLen %d.",
        VIOLATION,
    ),
    target("Command ITT: %x with Offset: %d, Length: %d outside of %*", SEQUENCE),
    target("Command ITT: %x, received DataSN: %x %*", SEQUENCE),
    target("Command ITT: %x, received offset %d %*", SEQUENCE),
    target(
        "Command ITT: %x, NextBurstLength: %d and Length: %d exceeds MaxBurstLength: %d. protocol error.",
        VIOLATION,
    ),
    target("Command ITT: %x reached %s, but ISCSI_FLAG_CMD_FINAL is not set%*", VIOLATION),
    target(
        "Command ITT: %x reached last DataOUT PDU in sequence but ISCSI_FLAG_CMD_FINAL is not set, protocol error.",
        VIOLATION,
    ),
    target(
        "Command ITT: %x set ISCSI_FLAG_CMD_FINAL before end of DataOUT sequence, protocol error.",
        VIOLATION,
    ),
    target("NopOUT Flag's, Left Most Bit not set, protocol error.", VIOLATION),
    target("NOPOUT ITT is reserved, but Immediate Bit is not set, protocol error.", VIOLATION),
    target(
        "NOPOUT Ping Data DataSegmentLength: %d is greater than MaxXmitDataSegmentLength: %d, protocol error.",
        VIOLATION,
    ),
    target("Received Text Data that is not SendTargets, cannot continue.", VIOLATION),
    target("Unable to locate valid SendTargets%s value", VIOLATION),
    target("Received Logout Request REMOVECONNFORRECOVERY %*", VIOLATION),
    target(
        "Received logout request on connection that is not in logged in state, ignoring request.",
        VIOLATION,
    ),
    target("Initiator sent SNACK request while in ErrorRecoveryLevel=0.", SNACK),
    target("R-Data SNACK Not Supported.", SNACK),
    target("Unknown SNACK type %x, protocol error.", SNACK),
    target("ITT: %x, R2T SNACK requesting %*", SNACK),
    target("ITT: %x, Data SNACK requesting %*", SNACK),
    target(
        "Initiator requesting BegRun: %x, RunLength: %x greater than maximum DataSN: %x.",
        SNACK,
    ),
    target(
        "Got Status SNACK Begrun: %x, RunLength: %x but already got ExpStatSN: %x on CID: %d.",
        SNACK,
    ),
    target(
        "Initiator is requesting R2Ts from R2TSN: %x, but R2TSN: %x, Offset: %d, Length: %d is already complete.   BAD INITIATOR ERL=2 IMPLEMENTATION!",
        SNACK,
    ),
    target(
        "Unable to delete iSCSI Target Portal Group: %d while active sessions exist, and force=0",
        "A portal group still has sessions; log them out first.",
    ),
    target(
        "Unable to disable iSCSI Target Portal Group: %d while active sessions exist, and force=0",
        "A portal group still has sessions; log them out first.",
    ),
    target(
        "iSCSI target portal group: %d is already active, ignoring request.",
        "Nothing changed.",
    ),
    target(
        "iSCSI Target Portal Group: %d is already inactive, ignoring request.",
        "Nothing changed.",
    ),
    target(
        "Network Portal: %s already exists on a different TPG on %s",
        "An address and port can belong to one portal group only.",
    ),
    target(
        "kernel_bind() failed: %d",
        "The target could not listen on its address and port: taken, or not on this machine.",
    ),
    target("sock_create() failed.", "The target could not open a socket."),
    target("kernel_listen() failed: %d", "The target could not listen."),
    target(
        "tcp_sendpage() failure: %d",
        "The target could not send: the initiator closed the connection (-32 EPIPE, -104 ECONNRESET).",
    ),
    target(
        "sendmsg/splice failure: %d",
        "The target could not send: the initiator closed the connection (-32 EPIPE, -104 ECONNRESET).",
    ),
    target("tx_data() returned -EAGAIN", "The initiator does not read what the target sends."),
];
