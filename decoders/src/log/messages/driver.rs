//! What the drivers of iSCSI adapters and of iSER print.
//!
//! A driver's name before the text is enough to know whose line it is: the texts that people meet in the
//! field stand here with a meaning, the rest of a driver's lines (allocation failures, probe messages,
//! flash and NVRAM) get the one at the end of its table.

use super::{Message, find, typed};
use crate::log::{
    drivers::{self, Driver},
    event::{Kind, LogEvent, Subject},
};

/// A message of one driver; `$code` finds what its values say.
macro_rules! says {
    ($driver:ident, $format:literal, $meaning:literal) => {
        typed($format, $meaning, |_, _| Kind::Driver { driver: Driver::$driver, code: None })
    };
    ($driver:ident, $format:literal, $meaning:literal, |$args:ident| $code:expr) => {
        typed($format, $meaning, |_, $args| Kind::Driver { driver: Driver::$driver, code: $code })
    };
}

/// Behind `connectionS:C: `, where qedi puts its firmware's errors.
static QEDI_ON_CONNECTION: &[Message] = &[
    says!(
        Qedi,
        "qedi: iscsi_error - %s",
        "The adapter's firmware found a violation of the protocol and failed the connection.",
        |args| drivers::by_name(drivers::QEDI, args.text(0))
    ),
    says!(
        Qedi,
        "qedi: iscsi_warning - %s",
        "The adapter's firmware found a violation of the protocol and goes on.",
        |args| drivers::by_name(drivers::QEDI, args.text(0))
    ),
];

/// Behind `scsi hostN: BM_123 : ` (the letter after B is the source file).
static BE2ISCSI: &[Message] = &[
    says!(
        Be2iscsi,
        "Event %s[%d] received on CID : %d",
        "The adapter reports the end of a connection; this is the precise cause of the 1011 that follows.",
        |args| drivers::by_code(drivers::BE2ISCSI, args.u32(1))
    ),
    says!(
        Be2iscsi,
        "Cmd Notification %s[%d] on CID : %d",
        "The adapter reports a failed command.",
        |args| drivers::by_code(drivers::BE2ISCSI, args.u32(1))
    ),
    says!(
        Be2iscsi,
        "Ignoring %s[%d] on CID : %d",
        "The adapter reports something the driver need not act on.",
        |args| drivers::by_code(drivers::BE2ISCSI, args.u32(1))
    ),
    says!(
        Be2iscsi,
        "Dropping %s[%d] on DPDU ring on CID : %d",
        "The adapter received unsolicited data with a bad digest; it is dropped.",
        |args| drivers::by_code(drivers::BE2ISCSI, args.u32(1))
    ),
    says!(
        Be2iscsi,
        "Invalid CQE Event Received Code : %d CID %x...",
        "The adapter reports a code its driver does not know."
    ),
    says!(
        Be2iscsi,
        "The Adapter Port state is Down!!!",
        "The adapter's link is down, so no connection can be made."
    ),
    says!(
        Be2iscsi,
        "EEH error detected",
        "The PCI bus reports an error of the adapter; it is being reset."
    ),
    says!(Be2iscsi, "EEH : State PERM Failure", "The adapter failed for good on the PCI bus."),
    says!(
        Be2iscsi,
        "MBX Cmd Completion timed out",
        "The adapter's firmware did not answer a command: it may hang."
    ),
    says!(Be2iscsi, "FW Timed Out", "The adapter's firmware does not answer."),
    says!(Be2iscsi, "No free cid available", "The adapter has no connection left."),
    says!(
        Be2iscsi,
        "mgmt_open_connection Failed%*",
        "The adapter could not open the TCP connection."
    ),
    says!(
        Be2iscsi,
        "Cannot handle %d cmds.Max cmds per session supported is %d. Using %d.",
        "node.session.cmds_max is more than the adapter can do."
    ),
    says!(Be2iscsi, "In ISCSI_OP_REJECT", "The target rejected a PDU."),
    says!(Be2iscsi, "scsi_dma_map Failed %*", "No DMA mapping for a command; it is retried."),
    says!(Be2iscsi, "%*", "A message of the Emulex iSCSI driver."),
];

static BNX2I: &[Message] = &[
    says!(
        Bnx2i,
        "bnx2i: iscsi_error - %s",
        "The adapter's firmware found a violation of the protocol and failed the connection.",
        |args| drivers::by_name(drivers::BNX2I, args.text(0))
    ),
    says!(
        Bnx2i,
        "bnx2i: iscsi_warning - %s",
        "The adapter's firmware found a violation of the protocol and goes on (error_mask1/2 chose that).",
        |args| drivers::by_name(drivers::BNX2I, args.text(0))
    ),
    says!(
        Bnx2i,
        "bnx2i - cid %x had TCP errors, error code %x",
        "The adapter's TCP connection broke (reset, retransmissions used up); it is dropped with 1011."
    ),
    says!(
        Bnx2i,
        "bnx2i - cid %x not valid",
        "The adapter reports an error of a connection that is already gone."
    ),
    says!(
        Bnx2i,
        "bnx2i: iSCSI not supported, dev=%s",
        "This network adapter cannot offload iSCSI, or has no licence for it."
    ),
    says!(
        Bnx2i,
        "bnx2i: LOM is not enable to offload iSCSI connections, dev=%s",
        "Offloaded iSCSI is switched off in the adapter's configuration."
    ),
    says!(
        Bnx2i,
        "bnx2i: no route,can't connect using cnic",
        "No route to the portal through this adapter; check the iface record's address."
    ),
    says!(
        Bnx2i,
        "bnx2i: %s network i/f mtu is set to %d",
        "The interface's MTU is one the offload cannot do; the next line has its limit."
    ),
    says!(Bnx2i, "bnx2i: iSCSI HBA can support mtu of %d", "The largest MTU the offload can do."),
    says!(
        Bnx2i,
        "bnx2i (%s): WARNING logout response was not received!",
        "The target did not answer the logout before the connection ended."
    ),
    says!(
        Bnx2i,
        "bnx2i (%s): - WARN - CONN_DISCON timed out, %*",
        "The adapter's firmware did not finish a disconnect: it may hang."
    ),
    says!(
        Bnx2i,
        "bnx2i: Unsolicited NOP-In detected for suspended connection dev=%s!",
        "The target pings a connection that is being recovered."
    ),
    says!(
        Bnx2i,
        "bnx2i: device busy, cannot change %s",
        "Queue sizes can be changed only without sessions."
    ),
    says!(
        Bnx2i,
        "bnx2i: private nl message send error",
        "iscsiuio does not listen; offloaded connections need it."
    ),
    says!(
        Bnx2i,
        "bnx2i: dev %s does not support iSCSI",
        "This network adapter cannot offload iSCSI."
    ),
    says!(Bnx2i, "bnx2i%*", "A message of the Broadcom iSCSI offload driver."),
];

/// Lines of bnx2i that do not name it.
static BNX2I_BARE: &[Message] = &[
    says!(
        Bnx2i,
        "iscsi_err - unknown err %x",
        "The adapter's firmware reports an error its driver does not know."
    ),
    says!(
        Bnx2i,
        "conn_err - hostno %d conn %s, iscsi_cid %x cid %x",
        "Which connection the error in the line before belongs to."
    ),
    says!(Bnx2i, "ofld_timer: CONN_%s timeout", "The adapter's firmware did not answer in time."),
    says!(Bnx2i, "conn_destroy_cmpl: op failed", "The adapter could not close a connection."),
];

static QEDI: &[Message] = &[
    says!(
        Qedi,
        "async event iscsi error:%x",
        "The adapter's firmware found a violation of the protocol; the connection's own line names it.",
        |args| { drivers::by_code(drivers::QEDI, args.hex(0)) }
    ),
    says!(
        Qedi,
        "async event TCP error:%x",
        "The adapter's TCP connection broke; it is dropped with 1011."
    ),
    says!(
        Qedi,
        "Failing connection, state=%x, cid=%x",
        "The driver drops the connection with 1011 and lets iscsid log in again."
    ),
    says!(Qedi, "qedi link down", "The adapter's link is down, so no connection can be made."),
    says!(
        Qedi,
        "Offload conn TIMEOUT iscsi_cid=%d, qedi_ep=%s",
        "The adapter's firmware did not take over the TCP connection in time."
    ),
    says!(
        Qedi,
        "offload error: iscsi_cid=%d, qedi_ep=%s, ret=%d",
        "The adapter's firmware refused the TCP connection."
    ),
    says!(
        Qedi,
        "Destroy conn timedout or interrupted, ret=%d, delay=%d, cid=%x",
        "The adapter's firmware did not finish a disconnect."
    ),
    says!(Qedi, "fatal error, need hard reset, cid=%x", "The adapter's firmware must be reset."),
    says!(
        Qedi,
        "Recovery handler scheduled.",
        "The adapter is being reset; every session on it fails with 1011 and logs in again."
    ),
    says!(Qedi, "%s: PCI error detected [%d]", "The PCI bus reports an error of the adapter."),
    says!(
        Qedi,
        "dst mac NOT VALID",
        "The portal's hardware address is unknown: ARP through iscsiuio failed."
    ),
    says!(Qedi, "Invalid MTU %d", "The interface's MTU is one the offload cannot do."),
    says!(
        Qedi,
        "FW task context pool is full.",
        "More commands are outstanding than the adapter can hold."
    ),
    says!(Qedi, "Error cqe.", "The adapter's firmware reports a broken completion."),
    says!(Qedi, "FW Error cqe.", "The adapter's firmware reports a broken completion."),
    says!(Qedi, "%*", "A message of the FastLinQ iSCSI driver."),
];

static QLA4XXX: &[Message] = &[
    says!(Qla4xxx, "%s: LINK UP", "The adapter's link is up."),
    says!(
        Qla4xxx,
        "%s: LINK DOWN",
        "The adapter's link is down; its sessions fail with 1011 and log in again when it is back."
    ),
    says!(Qla4xxx, "%s: System Err", "The adapter's firmware stopped; the driver resets it."),
    says!(
        Qla4xxx,
        "%s: DDB - old state = %x, new state = %x for index [%d]",
        "The firmware's session changed its state.",
        |args| drivers::by_code(drivers::QLA4XXX_DDB, args.hex(2))
    ),
    says!(Qla4xxx, "%s: Login failed: %s", "The firmware could not log in."),
    says!(Qla4xxx, "%s: Logout failed", "The firmware could not log out."),
    says!(
        Qla4xxx,
        "scsi%d: %s: ddb[%d] unblock session",
        "The session is back; waiting commands go on."
    ),
    says!(
        Qla4xxx,
        "scsi%d: %s: ddb[%d] session [%d] already logged in",
        "The firmware has this session already."
    ),
    says!(
        Qla4xxx,
        "scsi%d: Mailbox Cmd %x timed out, Scheduling Adapter Reset",
        "The firmware does not answer; the driver resets the adapter."
    ),
    says!(
        Qla4xxx,
        "%s: Firmware aborted with error code %x. Device is being reset",
        "The firmware stopped; the driver resets the adapter."
    ),
    says!(
        Qla4xxx,
        "%s: Firmware error detected device is being reset",
        "The firmware stopped; the driver resets the adapter."
    ),
    says!(Qla4xxx, "%s: adapter OFFLINE", "The adapter is given up; all its sessions fail."),
    says!(
        Qla4xxx,
        "Device temperature %d degrees C exceeds maximum allowed. %*",
        "The adapter overheated and was shut down."
    ),
    says!(
        Qla4xxx,
        "Device temperature %d degrees C exceeds operating range. %*",
        "The adapter is about to overheat."
    ),
    says!(
        Qla4xxx,
        "scsi%d:%d:%d: Abort command issued cmd=%s, cdb=%x",
        "A command timed out and is being aborted: the first step of error recovery."
    ),
    says!(Qla4xxx, "scsi%d:%d:%d: Abort command - %s", "How the abort went."),
    says!(
        Qla4xxx,
        "scsi%d:%d:%d:%d: DEVICE RESET ISSUED.",
        "Aborting did not help; the logical unit is being reset."
    ),
    says!(Qla4xxx, "scsi(%d:%d:%d:%d): DEVICE RESET SUCCEEDED.", "The logical unit was reset."),
    says!(
        Qla4xxx,
        "DEVICE RESET FAILED%*",
        "Resetting the logical unit did not help; the target is next."
    ),
    says!(
        Qla4xxx,
        "WARM TARGET RESET ISSUED.",
        "Resetting the logical unit did not help; the target is being reset."
    ),
    says!(Qla4xxx, "WARM TARGET RESET SUCCEEDED.", "The target was reset."),
    says!(
        Qla4xxx,
        "WARM TARGET %s FAILED%*",
        "Resetting the target did not help; the adapter is next."
    ),
    says!(
        Qla4xxx,
        "scsi(%d:%d:%d:%d): HOST RESET ISSUED.",
        "The last step of error recovery: the adapter is being reset."
    ),
    says!(Qla4xxx, "HOST RESET %s.", "How the adapter's reset went."),
    says!(Qla4xxx, "%*", "A message of the QLogic iSCSI HBA driver."),
];

static CXGBI: &[Message] = &[
    says!(
        Cxgbi,
        "conn %s, skb %s, hcrc.",
        "The header digest of a received PDU is wrong; error 1014 follows."
    ),
    says!(
        Cxgbi,
        "conn %s, skb %s, dcrc %x.",
        "The data digest of a received PDU is wrong; error 1015 follows."
    ),
    says!(
        Cxgbi,
        "csk %s, lhdr %s, status %x, hcrc bad %x.",
        "The adapter found a wrong header digest."
    ),
    says!(
        Cxgbi,
        "csk %s, lhdr %s, status %x, dcrc bad %x.",
        "The adapter found a wrong data digest."
    ),
    says!(
        Cxgbi,
        "conn %s, skb %s, not hdr.",
        "Received data does not begin with a header: the stream is out of step."
    ),
    says!(
        Cxgbi,
        "csk %s, %s, rx failed %d, read %d.",
        "Received data could not be processed; the connection is dropped with 1011."
    ),
    says!(
        Cxgbi,
        "tid %d, CPL_ISCSI_HDR, bad seq, %x/%x.",
        "The adapter delivered PDUs out of order."
    ),
    says!(
        Cxgbi,
        "tid %x, CPL_ISCSI_HDR, pdu len mismatch %*",
        "The adapter delivered a PDU of the wrong length."
    ),
    says!(
        Cxgbi,
        "MaxRecvDataSegmentLength %d > %d.",
        "MaxRecvDataSegmentLength is more than the adapter can do."
    ),
    says!(
        Cxgbi,
        "Restarting iSCSI connection %s with priority %s.",
        "The network's priorities (DCB) changed; the connection is dropped with 1011 and made anew."
    ),
    says!(Cxgbi, "no route to %s", "No route to the portal through this adapter."),
    says!(Cxgbi, "%s interface not up.", "The interface to the portal is down."),
    says!(Cxgbi, "%s, NOT cxgbi device.", "The route to the portal leads through another adapter."),
    says!(
        Cxgbi,
        "Could not connect through requested host %*",
        "The route to the portal leads through another port of the adapter."
    ),
    says!(
        Cxgbi,
        "csk %s, %s, err %d.",
        "The adapter could not open the TCP connection; err is an errno."
    ),
    says!(
        Cxgbi,
        "%s, iscsi NOT enabled, check config!",
        "iSCSI is switched off in the adapter's configuration."
    ),
    says!(Cxgbi, "cdev %s, RECOVERY.", "The adapter is being reset."),
    says!(Cxgbi, "cdev %s, DOWN.", "The adapter went down."),
    says!(Cxgbi, "cdev %s, UP.", "The adapter is up."),
    says!(Cxgbi, "%*", "A message of the Chelsio iSCSI driver."),
];

static ISER: &[Message] = &[
    says!(
        Iser,
        "%s failure: %s (%d) vend_err %x",
        "An RDMA operation failed; the status in the middle says how. The connection is dropped with 1011."
    ),
    says!(
        Iser,
        "Connection rejected: %s",
        "The target refused the RDMA connection: no iSER on this portal, or no resources."
    ),
    says!(Iser, "qp event %s (%d)", "The RDMA queue pair reports an error."),
    says!(
        Iser,
        "async event %s (%d) on device %s port %d",
        "The RDMA device reports a change of its port or an error."
    ),
    says!(
        Iser,
        "PI error found type %d at sector %x expected %x vs actual %x",
        "The integrity check (T10 PI) failed: data was damaged on the way or on the disk."
    ),
    says!(
        Iser,
        "Bogus remote invalidation for rkey %x",
        "The target invalidated memory that is not the command's: a target bug; the connection is dropped with 1011."
    ),
    says!(
        Iser,
        "conn %s: unexpected remote invalidation, terminating connection",
        "The target invalidated memory though that was not agreed on; the connection is dropped with 1011."
    ),
    says!(
        Iser,
        "wrong datalen %d (hdr), %d (IB)",
        "The header's length and what arrived differ; error 1006 follows."
    ),
    says!(
        Iser,
        "rdma_resolve_addr failed: %d",
        "The RDMA address of the portal could not be found."
    ),
    says!(Iser, "resolve route failed: %d", "No RDMA route to the portal."),
    says!(Iser, "failure connecting: %d", "The RDMA connection could not be made."),
    says!(
        Iser,
        "device lookup/creation failed",
        "No RDMA device for this address, or one without what iSER needs."
    ),
    says!(
        Iser,
        "IB device does not support memory registrations",
        "The RDMA device lacks what iSER needs."
    ),
    says!(
        Iser,
        "DataDigest wasn't negotiated to None",
        "iSER does not allow a data digest; the session cannot start."
    ),
    says!(
        Iser,
        "Unexpected RDMA CM event: %s (%d)",
        "The RDMA connection manager reports something iSER does not handle."
    ),
    says!(Iser, "%*", "A message of iSER, the initiator over RDMA."),
];

static ISERT: &[Message] = &[
    says!(
        Isert,
        "%s failure: %s (%d) vend_err %x",
        "An RDMA operation of the target failed; the status in the middle says how."
    ),
    says!(Isert, "Connection rejected: %s", "An RDMA connection was refused."),
    says!(
        Isert,
        "PI error found type %d at sector %x expected %x vs actual %x",
        "The integrity check (T10 PI) failed."
    ),
    says!(
        Isert,
        "Got unknown iSCSI OpCode: %x",
        "The initiator sent an opcode that does not exist."
    ),
    says!(
        Isert,
        "PDU declares %d data bytes but only %d bytes were received",
        "The initiator's header and its data differ in length."
    ),
    says!(Isert, "%*", "A message of iSER, the LIO target over RDMA."),
];

/// The tables above, for [`super::all`].
pub(super) fn tables() -> impl Iterator<Item = &'static [Message]> {
    [QEDI_ON_CONNECTION, BE2ISCSI, BNX2I, BNX2I_BARE, QEDI, QLA4XXX, CXGBI, ISER, ISERT].into_iter()
}

/// Behind `connectionS:C: `.
pub(super) fn on_connection<'a>(text: &'a str, subject: Subject<'a>) -> Option<LogEvent<'a>> {
    if text.starts_with("bnx2i") {
        return find(BNX2I, text, subject);
    }
    find(QEDI_ON_CONNECTION, text, subject).or_else(|| find(BNX2I_BARE, text, subject))
}

/// Behind `scsi hostN: `.
pub(super) fn on_host<'a>(text: &'a str, subject: Subject<'a>) -> Option<LogEvent<'a>> {
    let line =
        ["BM_", "BS_", "BC_", "BG_", "BA_"].iter().find_map(|file| text.strip_prefix(file))?;
    let (number, text) = line.split_once(':')?;
    let numbered = number.trim_end().bytes().all(|byte| byte.is_ascii_digit());
    find(BE2ISCSI, text.trim_start(), subject).filter(|_| numbered)
}

/// Lines that begin with a driver's name.
pub(super) fn plain(text: &str) -> Option<LogEvent<'_>> {
    let subject = Subject::default();
    if text.starts_with("bnx2i") {
        return find(BNX2I, text, subject);
    }
    if let Some(text) = behind_function(text, &["iser: "]) {
        return find(ISER, text, subject);
    }
    if let Some(text) = behind_function(text, &["isert: "]) {
        return find(ISERT, text, subject);
    }
    if let Some(text) = behind_function(text, &["cxgb3i:", "cxgb4i:", "libcxgbi:"]) {
        return find(CXGBI, text, subject);
    }
    if let Some((host, text)) = qedi(text) {
        return find(QEDI, text, Subject { host: Some(host), ..subject });
    }
    if let Some(text) = text.strip_prefix("qla4xxx ") {
        let (_pci, text) = text.split_once(": ")?;
        return find(QLA4XXX, text, subject);
    }
    if text.starts_with("scsi") && text.contains("qla4") {
        return find(QLA4XXX, text, subject);
    }
    find(BNX2I_BARE, text, subject)
}

/// `iser: iser_err_comp: text`
fn behind_function<'a>(text: &'a str, names: &[&str]) -> Option<&'a str> {
    let rest = names.iter().find_map(|name| text.strip_prefix(name))?;
    Some(rest.trim_start().split_once(':')?.1.trim_start())
}

/// `[0000:41:00.4]:[qedi_process_tcp_error:1234]:9: text`, the 9 being the host.
fn qedi(text: &str) -> Option<(u32, &str)> {
    let (_pci, rest) = text.strip_prefix('[')?.split_once("]:[")?;
    let (function, rest) = rest.split_once("]:")?;
    let (host, text) = rest.split_once(": ")?;
    let ours = function.contains("qedi_");
    Some((host.parse().ok()?, text)).filter(|_| ours)
}
