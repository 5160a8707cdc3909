//! The name spaces. build.rs compiles this file too, so that the tables of `errors.toml` and the variants
//! here cannot drift apart; it must not depend on the rest of the crate.

/// How the codes of a name space are written by people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A decimal number: `1011`.
    Decimal,
    /// A byte in hexadecimal: `0x18`.
    Hex,
    /// Two hexadecimal bytes, the first one in the upper half of the code: `02/01` is 0x0201.
    Pair,
}

macro_rules! spaces {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $title:literal, $form:ident, $prefix:literal,
        [$($alias:literal),*];)*) => {
        /// A name space of codes, in the order in which a bare number is most likely to mean one.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Space {
            $($(#[$doc])* $variant,)*
        }

        impl Space {
            /// Every name space, in the order of the enum.
            pub const ALL: &[Space] = &[$(Space::$variant),*];

            /// The name used in `errors.toml` and before the colon on the command line.
            pub const fn name(self) -> &'static str {
                match self { $(Space::$variant => $name,)* }
            }

            /// What a code of this space is, for a heading.
            pub const fn title(self) -> &'static str {
                match self { $(Space::$variant => $title,)* }
            }

            /// How the codes are written.
            pub const fn form(self) -> Form {
                match self { $(Space::$variant => Form::$form,)* }
            }

            /// What all symbols of the space begin with and people leave out; empty if nothing.
            pub const fn prefix(self) -> &'static str {
                match self { $(Space::$variant => $prefix,)* }
            }

            /// The space of a name or of another name people use for it, in lower case.
            pub fn from_name(name: &str) -> Option<Space> {
                match name {
                    $($name $(| $alias)* => Some(Space::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

spaces! {
    /// `enum iscsi_err`, the number in `detected conn error (N)`: 0 and 1000 to 1022.
    Kernel = "kernel", "kernel connection error", Decimal, "ISCSI_ERR_", ["conn-error", "detected-conn-error", "iscsi-err"];
    /// Exit code of `iscsiadm`, 0 to 33; also the number in `initiator reported error (N - text)`.
    Iscsiadm = "iscsiadm", "iscsiadm exit code", Decimal, "ISCSI_ERR_", ["exit", "exit-code"];
    /// Login Response status, packed as `status_class << 8 | status_detail` (RFC 7143 11.13.5).
    Login = "login", "login status", Pair, "ISCSI_LOGIN_STATUS_", ["login-status"];
    /// SCSI status byte (SAM-5 5.3.1).
    ScsiStatus = "status", "SCSI status", Hex, "SAM_STAT_", ["scsi-status"];
    /// Sense key, 0 to 0xf (SPC-4 4.5.6).
    SenseKey = "sense-key", "sense key", Hex, "", ["key"];
    /// Additional sense code, packed as `asc << 8 | ascq`. Codes with a meaning in the qualifier
    /// (40/NN, 4D/NN, 70/NN) and vendor-specific ones are found through ranges.
    Asc = "asc", "additional sense code", Pair, "", ["asc-ascq", "ascq"];
    /// SCSI host byte, bits 16 to 23 of a command's result; the kernel prints `hostbyte=DID_...`.
    HostByte = "host", "SCSI host byte", Hex, "DID_", ["hostbyte", "host-byte"];
    /// `enum iscsi_conn_state`: iscsid's connection state, the number in its `state (N)`.
    ConnState = "conn-state", "iscsid connection state", Decimal, "ISCSI_CONN_STATE_", ["iscsid-state"];
    /// Reject reason (RFC 7143 11.17.1).
    Reject = "reject", "reject reason", Hex, "ISCSI_REASON_", ["reject-reason"];
    /// AsyncEvent of an Asynchronous Message (RFC 7143 11.9.1).
    Async = "async", "asynchronous event", Decimal, "ISCSI_ASYNC_MSG_", ["async-event", "event"];
    /// Task management function, the 7-bit field (RFC 7143 11.5.1, RFC 7144).
    TmfFunction = "tmf", "task management function", Decimal, "ISCSI_TM_FUNC_", ["tmf-function"];
    /// Task management response (RFC 7143 11.6.1, RFC 7144).
    TmfResponse = "tmf-response", "task management response", Decimal, "ISCSI_TMF_RSP_", ["tmf-rsp"];
    /// Response byte of a SCSI Response (RFC 7143 11.4.3).
    ScsiResponse = "scsi-response", "SCSI response", Hex, "ISCSI_STATUS_", ["response"];
    /// Logout reason, the 7-bit field (RFC 7143 11.14.1).
    LogoutReason = "logout", "logout reason", Decimal, "ISCSI_LOGOUT_REASON_", ["logout-reason"];
    /// Logout response (RFC 7143 11.15.1).
    LogoutResponse = "logout-response", "logout response", Decimal, "", ["logout-rsp"];
    /// iscsid's `enum iscsi_login_status`, the number in `Login error (Login status N)`.
    IscsidLogin = "iscsid-login", "iscsid login result", Decimal, "LOGIN_", [];
    /// libiscsi's `session->state`.
    SessionState = "session-state", "libiscsi session state", Decimal, "ISCSI_STATE_", [];
    /// The transport class' session state, `iscsi_session/state` in sysfs.
    ClassSessionState = "class-session-state", "session state in sysfs", Decimal, "ISCSI_SESSION_", [];
    /// The transport class' connection state, `iscsi_connection/state` in sysfs.
    ClassConnState = "class-conn-state", "connection state in sysfs", Decimal, "ISCSI_CONN_", [];
    /// The transport class' target state, `iscsi_session/target_state` in sysfs.
    TargetState = "target-state", "target state in sysfs", Decimal, "ISCSI_SESSION_TARGET_", [];
    /// libiscsi's `session->tmf_state`.
    TmfState = "tmf-state", "task management state", Decimal, "TMF_", [];
    /// libiscsi's `task->state`.
    TaskState = "task-state", "libiscsi task state", Decimal, "ISCSI_TASK_", [];
    /// libiscsi's `conn->c_stage`.
    ConnStage = "conn-stage", "libiscsi connection stage", Decimal, "ISCSI_CONN_", ["c-stage"];
    /// iscsid's `session->r_stage`.
    RecoveryStage = "recovery-stage", "iscsid recovery stage", Decimal, "R_STAGE_", ["r-stage"];
    /// Flag of a stop-connection request, `STOP_CONN_*`.
    StopFlag = "stop-flag", "stop flag", Decimal, "STOP_CONN_", ["stop", "flag"];
    /// Why libiscsi's `iscsi_queuecommand` did not take a command.
    QueueReason = "queue-reason", "queuecommand refusal", Decimal, "FAILURE_", [];
    /// Result of an offload adapter's ping, `ISCSI_PING_*`.
    PingStatus = "ping-status", "adapter ping status", Decimal, "ISCSI_PING_", ["ping"];
    /// SCSI driver byte, bits 24 to 31 of a command's result before Linux 5.14.
    DriverByte = "driver", "SCSI driver byte", Hex, "DRIVER_", ["driverbyte", "driver-byte"];
    /// Why something failed, as `iscsi-trace why` names it; the codes are numbers of this tool's own.
    Cause = "cause", "cause", Decimal, "", ["why"];
}
