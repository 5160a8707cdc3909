//! What the transport class, libiscsi and iscsi_tcp print (kernel 5.10 to 7.3).

use super::{Message, leads_to, note, typed};
use crate::log::event::{Kind, PingTimeout};

/// Behind `connectionS:C: ` or `sessionS: `.
pub(super) static PREFIXED: &[Message] = &[
    typed(
        "detected conn error (%d)",
        "The kernel gave this connection up and told iscsid, which logs in again; until then commands wait.",
        |_, args| Kind::ConnError { code: args.u32(0) },
    ),
    typed(
        "gracefully ignored conn error (%d)",
        "The connection failed and there was no memory to tell iscsid; the kernel still cleans up.",
        |_, args| Kind::ConnError { code: args.u32(0) },
    ),
    typed(
        "detected conn login (%d)",
        "The adapter's firmware reports how a login went.",
        |_, args| Kind::ConnLogin { state: args.u32(0) },
    ),
    typed(
        "gracefully ignored conn login (%d)",
        "The adapter's firmware reported a login, and there was no memory to tell iscsid.",
        |_, args| Kind::ConnLogin { state: args.u32(0) },
    ),
    typed(
        "ping timeout of %d secs expired, recv timeout %d, last rx %d, last ping %d, now %d",
        "Nothing arrived for a while, so the kernel sent a NOP-Out, and that was not answered either.",
        |_, args| {
            Kind::PingTimeout(PingTimeout {
                ping_timeout_s: args.u32(0),
                last_rx: args.u64(2),
                last_ping: args.u64(3),
                now: args.u64(4),
            })
        },
    ),
    typed(
        "ping timeout of %d secs expired, last rx %d, last ping %d, now %d",
        "Nothing arrived for a while, so the kernel, an old one, sent a NOP-Out, and that was not answered either.",
        |_, args| {
            Kind::PingTimeout(PingTimeout {
                ping_timeout_s: args.u32(0),
                last_rx: args.u64(1),
                last_ping: args.u64(2),
                now: args.u64(3),
            })
        },
    ),
    typed(
        "session recovery timed out after %d secs",
        "No relogin within replacement_timeout: waiting commands now fail and the disks go offline until one succeeds.",
        |_, args| Kind::RecoveryTimedOut { secs: args.u32(0) },
    ),
    leads_to(
        1011,
        "Could not send TMF.",
        "A task management request (abort or reset) could not be sent, so the connection is dropped instead.",
    ),
    note(
        "task [op %x itt %x/%x] rejected.",
        "A PDU is held back because a LUN reset is under way for its logical unit.",
    ),
    note(
        "task [op %x itt %x/%x] fast abort.",
        "Write data is held back because the task is being aborted and fast_abort is on.",
    ),
    note(
        "Login/Text in progress. Cannot start new task.",
        "iscsid sent a second login or text request before the first was answered.",
    ),
    note(
        "Invalid buffer len of %d for login task. Max len is %d",
        "iscsid sent a login request larger than a login may be.",
    ),
    note(
        "Can not send data buffer of len %d for op %x",
        "iscsid asked to send data with a PDU that carries none.",
    ),
    note(
        "Could not allocate pdu for mgmt task.",
        "The driver had no room for a PDU of iscsid (login, text, logout or NOP-Out).",
    ),
    note(
        "Could not send nopout",
        "A ping could not be queued; the kernel tries again after a second.",
    ),
    note(
        "Got CHECK_CONDITION but invalid data buffer size of %d",
        "The target reported CHECK CONDITION without sense data, against RFC 7143; the command fails with an error.",
    ),
    leads_to(
        1008,
        "Cannot handle rejected pdu. Invalid data length (pdu dlength %d, datalen %d%*",
        "The target sent a Reject without the header of the PDU it rejects.",
    ),
    typed(
        "pdu (op %x itt %x) rejected due to DataDigest error.",
        "The target computed another CRC over our data than we sent: it was damaged on the way, or changed while being sent.",
        |_, args| Kind::PduRejected { opcode: args.hex(0), itt: args.hex(1), reason: 2 },
    ),
    typed(
        "pdu (op %x itt %x) rejected. Too many immediate commands.",
        "The target has no room for another immediate command; the kernel sends a rejected ping again later.",
        |_, args| Kind::PduRejected { opcode: args.hex(0), itt: args.hex(1), reason: 6 },
    ),
    typed(
        "pdu (op %x itt %x) rejected. Reason code %x",
        "The target refused a PDU of ours and says why.",
        |_, args| Kind::PduRejected { opcode: args.hex(0), itt: args.hex(1), reason: args.hex(2) },
    ),
    leads_to(
        1010,
        "Invalid pdu reject. Could not lookup rejected task.",
        "The target rejects a PDU whose task tag nobody uses.",
    ),
    leads_to(
        1010,
        "received itt %x expected session age (%x)",
        "The target answered a command from before the last relogin.",
    ),
    leads_to(
        1010,
        "received invalid itt index %d (max cmds %d%*",
        "The target answered with a task tag that never was ours: a target bug or damaged data.",
    ),
    note(
        "task's session age %d, expected %d",
        "A task from before the last relogin was looked up; it is ignored.",
    ),
    note(
        "can't start unbound connection",
        "iscsid started a connection without giving it a socket first.",
    ),
    note(
        "invalid burst lengths: first_burst %d max_burst %d",
        "FirstBurstLength is larger than MaxBurstLength, against RFC 7143 13.14; the connection does not start.",
    ),
    note(
        "invalid recv timeout of zero. Using 5 seconds%*",
        "noop_out_interval is 0 while noop_out_timeout is not; set both to 0 to switch pings off.",
    ),
    note(
        "invalid ping timeout of zero. Using 5 seconds%*",
        "noop_out_timeout is 0 while noop_out_interval is not; set both to 0 to switch pings off.",
    ),
    note(
        "Invalid state. Cannot notify host removal of session teardown event because host already removed.",
        "A session ended after its SCSI host was gone; harmless.",
    ),
    leads_to(
        1006,
        "invalid R2t with datalen %d",
        "The target sent an R2T that carries data, which no R2T may.",
    ),
    leads_to(1006, "invalid R2T with zero data len", "The target asked for zero bytes of data."),
    leads_to(
        1006,
        "invalid R2T with data len %d at offset %d and total length %d",
        "The target asked for data outside the command's buffer.",
    ),
    leads_to(
        1008,
        "Could not allocate R2T. Target has sent more R2Ts than it negotiated for or driver has leaked.",
        "More R2Ts are outstanding than MaxOutstandingR2T allows: a target bug.",
    ),
    note(
        "dropping R2T itt %d in recovery.",
        "An R2T of a failed session is ignored; the command will be sent again.",
    ),
    leads_to(
        1006,
        "iscsi_tcp: datalen %d > %d",
        "The target sent a larger data segment than the MaxRecvDataSegmentLength we declared.",
    ),
    leads_to(
        1008,
        "iscsi_tcp: received buffer of len %d but conn buffer is only %d (opcode %x)",
        "The target sent a response with more data than a response may have.",
    ),
    note(
        "Transport not bound to socket!",
        "A PDU was to be sent after the socket was gone; follows a connection loss.",
    ),
    note(
        "sockfd_lookup failed %d",
        "iscsid handed over a socket that is not open: a bug, or iscsid was restarted.",
    ),
    note(
        "Could not create connection due to crc32c loading error. %*",
        "The kernel has no crc32c, which iscsi_tcp needs before 6.15; load the module crc32c_generic or crc32c_intel.",
    ),
    note(
        "Cannot notify userspace of session event %d. Check iscsi daemon",
        "Nobody listens: iscsid is not running, so no session can be created, recovered or logged out.",
    ),
    note(
        "Cannot notify userspace of session event %d",
        "No memory to tell iscsid about a session.",
    ),
    note(
        "Invalid event %d.",
        "A driver announced an event the transport class does not know: a bug.",
    ),
    leads_to(
        1011,
        "can not deliver control PDU: OOM",
        "No memory to hand a PDU (login, logout, async message, ping) to iscsid; the connection is dropped.",
    ),
    note("can not deliver stats: OOM", "No memory to hand statistics to iscsid."),
    note("invalid stop flag %d", "iscsid stopped a connection in a way the kernel does not know."),
    note(
        "Could not set ep conn binding",
        "An offload connection could not be tied to its endpoint.",
    ),
    note(
        "Failure in Target ID Allocation",
        "The kernel has no SCSI target number left for this session.",
    ),
    note("could not register session's dev", "The session could not be added to sysfs."),
    note("could not register connection's dev", "The connection could not be added to sysfs."),
    note(
        "Could not delete all connections for session. Error %d.",
        "A session is being removed with connections still attached.",
    ),
    note("couldn't create a new connection.", "The driver refused a connection for this session."),
];

/// Without a device before them.
pub(super) static PLAIN: &[Message] = &[
    typed(
        "Loading iSCSI transport class v%s",
        "The iSCSI transport class is loaded; sessions are numbered from 1 again.",
        |_, _| Kind::TransportClassLoaded,
    ),
    note("iscsi: registered transport (%s)", "An iSCSI driver is loaded."),
    note(
        "iscsi: invalid max cmds of %d. Must be a power of two that is at least %d.",
        "node.session.cmds_max is not usable; the session cannot be created with it.",
    ),
    note(
        "iscsi: invalid max cmds of %d. %*",
        "node.session.cmds_max is out of range; the kernel adjusts it or refuses the session.",
    ),
    note(
        "iscsi: requested max cmds %d is higher than driver limit. Using driver limit %d",
        "node.session.cmds_max is more than this driver can do; its limit is used.",
    ),
    note(
        "iscsi: invalid can_queue of %d. %*",
        "node.session.cmds_max is out of range; the kernel adjusts it.",
    ),
    note(
        "iscsi: Rounding can_queue to %d.",
        "node.session.cmds_max is not a power of two; it is rounded.",
    ),
    note(
        "iscsi: invalid session %d.",
        "iscsid asked for a connection of a session that does not exist (any more).",
    ),
    note(
        "iscsi_tcp: Invalid max_lun value of %d",
        "The module parameter max_lun of iscsi_tcp is not usable.",
    ),
    note(
        "iscsi_tcp: invalid ep %s.",
        "iscsid named an endpoint, which software iSCSI has none of.",
    ),
    note(
        "can not deliver iscsi offload message:OOM",
        "No memory to hand an offload driver's message to iscsiuio.",
    ),
    note(
        "gracefully ignored host event (%d):%d OOM",
        "No memory to tell iscsid about an adapter's link.",
    ),
    note(
        "gracefully ignored ping comp: OOM",
        "No memory to tell iscsid how an adapter's ping went.",
    ),
    note("Could not allocate skb to send reply.", "No memory to answer iscsid."),
    note(
        "Send reply failed, error %d",
        "iscsid's socket is gone or full: it was killed, or does not keep up.",
    ),
    note("could not register transport's dev", "An iSCSI driver could not be added to sysfs."),
    note(
        "Could not allocate endpoint ID. Error %d.",
        "The kernel has no endpoint number left for an offload connection.",
    ),
    note(
        "Too many connections. Max supported %d",
        "The kernel has no endpoint number left for an offload connection.",
    ),
    note("ep connect failed. Could not find host no %d", "iscsid named a SCSI host that is gone."),
    note("%s could not find host no %d", "iscsid named a SCSI host that is gone."),
    note(
        "bsg interface failed to initialize - no request queue",
        "The adapter has no interface for its management tools.",
    ),
];

/// Behind `scsi hostN: `: the line that every new SCSI host prints is its driver's name.
pub(super) static ON_HOST: &[Message] = &[
    typed(
        "%s over TCP/IP",
        "iscsi_tcp made a SCSI host for a new session; the login comes next, then its disks.",
        |_, args| Kind::HostAdded { name: args.text(0) },
    ),
    typed(
        "%s over iSER%*",
        "iSER made a SCSI host for a new session; the login comes next, then its disks.",
        |_, args| Kind::HostAdded { name: args.text(0) },
    ),
    typed("%*", "A SCSI host was added.", |_, args| Kind::HostAdded { name: args.text(0) }),
];
