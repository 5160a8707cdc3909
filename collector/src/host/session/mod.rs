//! One session as sysfs shows it (kernel: `drivers/scsi/scsi_transport_iscsi.c`, class `iscsi_session`).

mod comparison;
mod connection;
mod index;
mod problems;
mod recovery;
mod survey;
mod timeouts;

pub use comparison::is_compared;
pub(super) use comparison::keys as comparison_keys;
pub use comparison::{Comparison, Effect, Row};
pub use connection::Connection;
pub use recovery::{Recovery, Span};
pub use survey::{Detail, Survey, survey};
pub use timeouts::{Patience, Timeouts};

use serde::Serialize;

use super::device::Device;
use super::notes::Notes;
use super::record::Record;
use super::sysfs::Dir;

/// A session, as much of it as could be read.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Session {
    /// The kernel's session number, SID in iscsiadm's lists.
    pub sid: u32,
    /// The target's iSCSI name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_name: Option<String>,
    /// TargetPortalGroupTag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_portal_group_tag: Option<u16>,
    /// `LOGGED_IN`, `FAILED` (recovering) or `FREE` (given up, or not yet logged in).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// What the SCSI layer knows of the target: `UNBOUND`, `ALLOCATED`, `SCANNED`, `UNBINDING`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_state: Option<String>,
    /// What iscsid is about to do with it: `NO CHANGE`, `CLEANUP`, `REOPEN`, `REDIRECT`. Only root is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iscsid_state: Option<String>,
    /// The SCSI host it runs on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<Host>,
    /// The initiator's end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iface: Option<Iface>,
    /// Process id of the iscsid that created it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creator_pid: Option<u32>,
    /// TargetAlias, where the driver keeps it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_alias: Option<String>,
    /// ISID, where the driver shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub isid: Option<String>,
    /// Whether the session waits for its connection to come back, and how long still.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery: Option<Recovery>,
    /// Timeouts of the session.
    pub timeouts: Timeouts,
    /// Login keys in force for the session.
    pub negotiated: Negotiated,
    /// Its connections; open-iscsi makes one.
    pub connections: Vec<Connection>,
    /// Settings: what iscsid's record asks for next to what is in force.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<Row>,
    /// What iscsid's record says besides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<Record>,
    /// The logical units behind it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<Device>,
    /// What is wrong with it now, worst first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
    /// What could not be read and why.
    #[serde(skip_serializing_if = "Notes::is_empty")]
    pub notes: Notes,
}

/// The SCSI host of a session: for `iscsi_tcp` and iSER one per session, for adapters one per port.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Host {
    /// N of `hostN`.
    pub number: u32,
    /// The driver as the SCSI layer names it, e.g. `iscsi_tcp`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub driver: Option<String>,
    /// The transport as iscsiadm names it: `tcp`, `iser`, `bnx2i`, ...
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transport: Option<String>,
    /// `running`, `recovery` (the error handler is at work), ...
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Commands it takes at a time, from all its sessions and logical units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_queue: Option<u32>,
    /// Commands a logical unit gets at first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cmd_per_lun: Option<u32>,
    /// Commands it has now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub busy: Option<u32>,
    /// Seconds its error handler may take before it resets the host, or `off`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eh_deadline: Option<String>,
}

/// The initiator's end of a session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Iface {
    /// Name of iscsid's iface record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The initiator's iSCSI name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initiator_name: Option<String>,
    /// The address the host says it uses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_address: Option<String>,
    /// The adapter's hardware address, where the session is bound to one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hw_address: Option<String>,
    /// The network device, where the session is bound to one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub netdev: Option<String>,
}

/// Login keys in force for a whole session. DataPDUInOrder and DataSequenceInOrder are left out: iscsid sets the
/// kernel's copy to 0 whatever was negotiated.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Negotiated {
    /// InitialR2T.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initial_r2t: Option<bool>,
    /// ImmediateData.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub immediate_data: Option<bool>,
    /// FirstBurstLength, bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_burst_length: Option<u32>,
    /// MaxBurstLength, bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_burst_length: Option<u32>,
    /// MaxOutstandingR2T.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_outstanding_r2t: Option<u16>,
    /// ErrorRecoveryLevel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_recovery_level: Option<u8>,
    /// DefaultTime2Wait, seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_time2wait: Option<u16>,
    /// DefaultTime2Retain, seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_time2retain: Option<u16>,
}

impl Negotiated {
    fn read(dir: &Dir, notes: &mut Notes) -> Self {
        Self {
            initial_r2t: dir.flag("initial_r2t", notes),
            immediate_data: dir.flag("immediate_data", notes),
            first_burst_length: dir.number("first_burst_len", notes),
            max_burst_length: dir.number("max_burst_len", notes),
            max_outstanding_r2t: dir.number("max_outstanding_r2t", notes),
            error_recovery_level: dir.number("erl", notes),
            default_time2wait: dir.number("def_time2wait", notes),
            default_time2retain: dir.number("def_time2retain", notes),
        }
    }
}

impl Session {
    /// The transport as iscsiadm names it.
    #[must_use]
    pub fn transport(&self) -> Option<&str> {
        self.host.as_ref()?.transport.as_deref()
    }

    /// Whether commands flow.
    #[must_use]
    pub fn is_logged_in(&self) -> bool {
        self.state.as_deref() == Some("LOGGED_IN")
    }

    /// The connection that stands for the session.
    #[must_use]
    pub fn connection(&self) -> Option<&Connection> {
        self.connections.first()
    }
}
