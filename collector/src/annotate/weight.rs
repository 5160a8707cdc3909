//! What a line weighs: whether it begins an incident, joins one, or shows that one is over.

use iscsi_decoders::log::{Kind, Layer, LogEvent};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    /// The session is in trouble: begins an incident.
    Loss,
    /// A disk is in trouble: begins an incident if the disk is known to be iSCSI's.
    Trouble {
        /// Of the kind a lost session causes, so that a failing session may claim the line.
        transport: bool,
    },
    /// Said just before a loss it explains what follows; during one it is part of it.
    Hint,
    /// Part of an incident, nothing by itself.
    Aside,
    /// The session or a disk on it answers.
    Alive {
        /// Printed after errors too, so it counts only if there were none.
        weak: bool,
    },
    /// The session was logged out.
    Gone,
    /// No part of any incident.
    Nothing,
}

pub(super) fn weigh(event: &LogEvent<'_>) -> Weight {
    use Weight::{Alive, Aside, Gone, Hint, Loss, Nothing, Trouble};
    match event.kind {
        Kind::ConnError { .. }
        | Kind::PingTimeout(_)
        | Kind::RecoveryTimedOut { .. }
        | Kind::KernelReported { .. }
        | Kind::NopTimeout { .. } => Loss,
        Kind::LoginRejected { .. } | Kind::LoginTimeout { .. } | Kind::GivingUp => {
            if event.subject.session.is_some() { Loss } else { Aside }
        }
        Kind::ConnectFailed { .. } => Aside,
        Kind::Target | Kind::Driver { .. } | Kind::AsyncMessage { .. } => Hint,
        Kind::Note if event.message.leads_to.is_some() => Hint,
        // Details of a failed command; the command's own line is in the timeline.
        Kind::Note if event.layer == Layer::Storage => Nothing,
        Kind::PduRejected { .. } | Kind::Note | Kind::CacheSync | Kind::ConnLogin { .. } => Aside,
        Kind::Operational | Kind::AfterRecovery { .. } => Alive { weak: false },
        Kind::Shutdown => Gone,
        Kind::UnitFound | Kind::Answered | Kind::ResetOccurred => Alive { weak: false },
        Kind::Capacity { blocks: 0 } => Nothing,
        Kind::Capacity { .. } => Alive { weak: false },
        Kind::PathRestored => Alive { weak: false },
        Kind::DiskAttached => Alive { weak: true },
        Kind::IoRejected { .. } | Kind::PathFailed => Trouble { transport: true },
        Kind::FailedResult { host_byte, .. } => Trouble {
            transport: host_byte.starts_with("DID_TRANSPORT") || host_byte == "DID_NO_CONNECT",
        },
        Kind::CommandTimedOut { .. }
        | Kind::DeviceOffline
        | Kind::ReservationConflict
        | Kind::SenseKey { .. }
        | Kind::AddSense { .. }
        | Kind::IoError { .. }
        | Kind::BufferIoError { .. }
        | Kind::FsError { .. }
        | Kind::FsReadOnly { .. } => Trouble { transport: false },
        Kind::AdmError { .. }
        | Kind::Debug { .. }
        | Kind::Unknown
        | Kind::TransportClassLoaded
        | Kind::HostAdded { .. } => Nothing,
    }
}

/// Whether a line is about iSCSI whatever disk it names.
pub(super) fn is_iscsi(event: &LogEvent<'_>) -> bool {
    event.layer != Layer::Storage
}
