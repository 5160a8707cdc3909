use super::{
    drivers::{Driver, DriverCode},
    line::{Line, Source},
    messages::{self, Message},
};

/// A SCSI address as the kernel prints it, `H:C:T:L`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ScsiAddress {
    /// Host number.
    pub host: u32,
    /// Channel, 0 for iSCSI.
    pub channel: u32,
    /// Target number on the host.
    pub target: u32,
    /// Logical unit number, flattened as Linux does.
    pub lun: u64,
}

impl ScsiAddress {
    /// Reads `0:0:0:1`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(':');
        let address = Self {
            host: parts.next()?.parse().ok()?,
            channel: parts.next()?.parse().ok()?,
            target: parts.next()?.parse().ok()?,
            lun: parts.next()?.parse().ok()?,
        };
        parts.next().is_none().then_some(address)
    }
}

impl std::fmt::Display for ScsiAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}:{}", self.host, self.channel, self.target, self.lun)
    }
}

/// What a message is about, as far as it says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Subject<'a> {
    /// Session number (the S of `connectionS:C`).
    pub session: Option<u32>,
    /// Connection number within the session.
    pub connection: Option<u32>,
    /// SCSI host number.
    pub host: Option<u32>,
    /// Logical unit.
    pub address: Option<ScsiAddress>,
    /// Block device: `sda`, `sda1`, `dm-0`.
    pub disk: Option<&'a str>,
    /// Target name.
    pub target: Option<&'a str>,
    /// Portal as printed: `address,port`, or `address:port` where a connection could not be made.
    pub portal: Option<&'a str>,
}

/// The values of `ping timeout of 2 secs expired, recv timeout 2, last rx ..., last ping ..., now ...`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PingTimeout {
    /// Seconds a NOP-Out may stay unanswered (`node.conn[0].timeo.noop_out_timeout`).
    pub ping_timeout_s: u32,
    /// When the last byte arrived, in jiffies.
    pub last_rx: u64,
    /// When the NOP-Out was sent, in jiffies.
    pub last_ping: u64,
    /// When the timeout was noticed, in jiffies.
    pub now: u64,
}

impl PingTimeout {
    /// The kernel's ticks per second. The line does not tell it, but the timeout is checked when
    /// `ping_timeout_s` have passed since the ping (`iscsi_check_transport_timeouts`), so the nearest of
    /// the values a kernel can be built with it must be; `None` if none is near.
    pub fn hz(&self) -> Option<u32> {
        let waited = self.now.wrapping_sub(self.last_ping);
        let off = |hz: u32| (u64::from(hz) * u64::from(self.ping_timeout_s)).abs_diff(waited);
        let nearest = [100, 250, 300, 1000].into_iter().min_by_key(|hz| off(*hz))?;
        let expected = u64::from(nearest) * u64::from(self.ping_timeout_s);
        (expected > 0 && off(nearest) <= expected / 4).then_some(nearest)
    }

    /// Milliseconds since the last byte arrived.
    pub fn silent_ms(&self) -> Option<u64> {
        self.ms_since(self.last_rx)
    }

    /// Milliseconds since the NOP-Out was sent.
    pub fn unanswered_ms(&self) -> Option<u64> {
        self.ms_since(self.last_ping)
    }

    fn ms_since(&self, jiffies: u64) -> Option<u64> {
        let hz = u64::from(self.hz()?);
        self.now.wrapping_sub(jiffies).checked_mul(1000)?.checked_div(hz)
    }
}

/// What a message says, typed where something can be done with its values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind<'a> {
    /// Nothing but its meaning.
    Note,
    /// A trace line of a kernel function, printed because somebody switched a debug parameter on.
    Debug {
        /// The function.
        function: &'a str,
    },
    /// Something with a known prefix that is not in the tables.
    Unknown,

    /// The kernel gave a connection up.
    ConnError {
        /// `enum iscsi_err`.
        code: u32,
    },
    /// An offload driver's firmware reports the state of a login.
    ConnLogin {
        /// `enum iscsi_conn_state`.
        state: u32,
    },
    /// A NOP-Out was not answered.
    PingTimeout(PingTimeout),
    /// The session did not come back within its `replacement_timeout`.
    RecoveryTimedOut {
        /// That timeout in seconds.
        secs: u32,
    },
    /// The target rejected a PDU of ours.
    PduRejected {
        /// Opcode of the rejected PDU.
        opcode: u32,
        /// Its initiator task tag.
        itt: u32,
        /// Reject reason (RFC 7143, 11.17.1).
        reason: u32,
    },
    /// The transport class was loaded: session numbers start again at 1.
    TransportClassLoaded,
    /// A SCSI host appeared.
    HostAdded {
        /// What its driver calls it.
        name: &'a str,
    },

    /// A logical unit answered INQUIRY and was added.
    UnitFound,
    /// A disk is ready for use; printed after errors too.
    DiskAttached,
    /// A line that is printed only when the target answered a command.
    Answered,
    /// The capacity line; 0 blocks means the target did not answer.
    Capacity {
        /// Logical blocks.
        blocks: u64,
    },
    /// Unit attention 29h: the first command after a reset, a power cycle or a relogin.
    ResetOccurred,
    /// I/O was refused without being sent.
    IoRejected {
        /// The device is gone for good rather than offline.
        dead: bool,
    },
    /// A command ran into its timeout, retries included.
    CommandTimedOut {
        /// Seconds it was given.
        secs: u32,
    },
    /// Error handling gave the device up.
    DeviceOffline,
    /// Another initiator holds a reservation.
    ReservationConflict,
    /// A command failed; the host byte says on whose account.
    FailedResult {
        /// As printed, e.g. `DID_TRANSPORT_DISRUPTED`.
        host_byte: &'a str,
        /// As printed, e.g. `DRIVER_OK`.
        driver_byte: &'a str,
    },
    /// The sense key of a failed command, in words.
    SenseKey {
        /// As printed, e.g. `Medium Error`.
        key: &'a str,
    },
    /// The additional sense of a failed command, in words.
    AddSense {
        /// As printed, e.g. `Unrecovered read error`.
        text: &'a str,
    },
    /// The device is being shut down or removed.
    CacheSync,
    /// The block layer returned an error to whoever asked for the I/O.
    IoError {
        /// First sector, 512 bytes each.
        sector: u64,
        /// `READ`, `WRITE`, ...; older kernels do not print it.
        op: Option<&'a str>,
    },
    /// A cached page could not be read or written.
    BufferIoError {
        /// Logical block, in the file system's block size.
        block: u64,
    },
    /// A file system or journal met an error.
    FsError {
        /// `ext4`, `xfs`, `btrfs`, `jbd2`.
        fs: &'static str,
    },
    /// A file system no longer accepts writes, or shut itself down.
    FsReadOnly {
        /// `ext4`, `xfs`, `btrfs`.
        fs: &'static str,
    },
    /// Multipath stopped using a path.
    PathFailed,
    /// Multipath uses a path again.
    PathRestored,

    /// `iscsid` heard of a connection error.
    KernelReported {
        /// `enum iscsi_err`.
        code: u32,
        /// `enum iscsi_conn_state` at that moment.
        state: u32,
    },
    /// A session is logged in.
    Operational,
    /// A session was logged out.
    Shutdown,
    /// A session is logged in again after an error.
    AfterRecovery {
        /// Connection attempts it took.
        attempts: u32,
    },
    /// The target refused a login.
    LoginRejected {
        /// Status class in the high byte, detail in the low byte (RFC 7143, 11.13.5); `None` if the
        /// message does not name them.
        status: Option<u32>,
    },
    /// No answer to a login within the login timeout.
    LoginTimeout {
        /// That timeout in seconds.
        secs: u32,
    },
    /// TCP (or the offload's equivalent) did not connect.
    ConnectFailed {
        /// `errno`, 0 if the message has none.
        errno: u32,
    },
    /// `iscsid` stopped trying.
    GivingUp,
    /// The NOP-Out `iscsid` itself sends was not answered.
    NopTimeout {
        /// Seconds waited.
        secs: u32,
    },
    /// An asynchronous message of the target (RFC 7143, 11.9).
    AsyncMessage {
        /// The event code.
        event: u32,
    },
    /// `iscsiadm` ends with an error.
    AdmError {
        /// Exit code.
        code: u32,
    },

    /// A line of the LIO target: this machine serves, somebody else is the initiator.
    Target,
    /// A line of a driver.
    Driver {
        /// Which.
        driver: Driver,
        /// The code the line carries, if its table has it.
        code: Option<&'static DriverCode>,
    },
}

/// Which part of the machine a message comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// The initiator: the kernel's iSCSI modules, their drivers, open-iscsi.
    Initiator,
    /// The LIO target: this machine serves, somebody else's initiator is meant.
    Target,
    /// SCSI, block layer, file systems, multipath: about iSCSI only if the disk is an iSCSI disk.
    Storage,
}

/// A line with a meaning.
#[derive(Clone, Copy, Debug)]
pub struct LogEvent<'a> {
    /// Where it comes from.
    pub layer: Layer,
    /// What it is about.
    pub subject: Subject<'a>,
    /// What it says.
    pub kind: Kind<'a>,
    /// The table entry that matched.
    pub message: &'static Message,
}

impl<'a> LogEvent<'a> {
    /// The event of a line, or `None` if nothing in the tables matches.
    pub fn decode(line: &Line<'a>) -> Option<Self> {
        let text = line.message.trim();
        match line.source {
            Source::Kernel => messages::kernel(text),
            Source::Iscsid => messages::iscsid(text).or_else(|| messages::iscsiadm(text)),
            Source::Iscsiadm => messages::iscsiadm(text).or_else(|| messages::iscsid(text)),
            Source::Multipathd => messages::multipathd(text),
            Source::Other => None,
            Source::Unknown => messages::kernel(text)
                .or_else(|| messages::iscsid(text))
                .or_else(|| messages::iscsiadm(text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The line of samples/kernel-log/08: HZ 250, two seconds of silence, two seconds of waiting.
    const SAMPLE: PingTimeout = PingTimeout {
        ping_timeout_s: 2,
        last_rx: 4_294_914_861,
        last_ping: 4_294_915_362,
        now: 4_294_915_864,
    };

    #[test]
    fn jiffies_become_seconds_without_being_told_hz() {
        assert_eq!(SAMPLE.hz(), Some(250));
        assert_eq!(SAMPLE.silent_ms(), Some(4012));
        assert_eq!(SAMPLE.unanswered_ms(), Some(2008));
    }

    #[test]
    fn hz_is_unknown_rather_than_guessed_when_nothing_fits() {
        assert_eq!(PingTimeout { now: SAMPLE.last_ping + 40, ..SAMPLE }.hz(), None);
        assert_eq!(PingTimeout { ping_timeout_s: 0, ..SAMPLE }.hz(), None);
        assert_eq!(PingTimeout { now: u64::MAX, last_rx: 0, ..SAMPLE }.silent_ms(), None);
    }
}
