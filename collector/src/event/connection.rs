//! Connections: who they are, what happens to them.

use std::net::{IpAddr, SocketAddr};

use iscsi_decoders::Timestamp;
use iscsi_decoders::pdu::{BHS_LEN, Bhs};
use iscsi_decoders::stream::Ends;
use iscsi_ebpf::connection as raw;
use serde::{Deserialize, Serialize};

use super::mirror::mirrored;
use super::{known, nanoseconds, text};

/// Address families of sockets.
const AF_INET: u16 = 2;
const AF_INET6: u16 = 10;

/// Who a connection is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// TargetName.
    pub target: String,
    /// InitiatorName.
    pub initiator: String,
    /// iscsiadm's name of the interface.
    pub iface: String,
    /// `iscsi_transport.name`: tcp, iser, cxgb3i, ...
    pub transport: String,
    /// The portal as configured.
    pub portal: String,
    /// Its port.
    pub portal_port: u32,
    /// The socket's own address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local: Option<SocketAddr>,
    /// The socket's peer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remote: Option<SocketAddr>,
    /// Header digests are in use.
    pub header_digest: bool,
    /// Data digests are in use.
    pub data_digest: bool,
    /// libiscsi's state of the session.
    pub session_state: u32,
}

impl Identity {
    pub(crate) fn from_raw(raw: &raw::Identity) -> Self {
        let address = |bytes: &[u8; 16], port| {
            let [a, b, c, d, ..] = *bytes;
            let ip = match raw.family {
                AF_INET => IpAddr::from([a, b, c, d]),
                AF_INET6 => IpAddr::from(*bytes).to_canonical(),
                _ => return None,
            };
            Some(SocketAddr::new(ip, port))
        };
        Self {
            target: text(&raw.target),
            initiator: text(&raw.initiator),
            iface: text(&raw.iface),
            transport: text(&raw.transport),
            portal: text(&raw.portal),
            portal_port: raw.portal_port,
            local: address(&raw.local, raw.local_port),
            remote: address(&raw.remote, raw.remote_port),
            header_digest: raw.digests & 1 != 0,
            data_digest: raw.digests & 2 != 0,
            session_state: raw.session_state,
        }
    }

    /// The two ends: the socket's, else the portal as configured, else nothing that could be a real address.
    pub fn ends(&self) -> Ends {
        let nowhere = SocketAddr::from(([0, 0, 0, 0], 0));
        let portal = || {
            let ip = self.portal.parse().ok()?;
            Some(SocketAddr::new(ip, u16::try_from(self.portal_port).ok()?))
        };
        Ends {
            initiator: self.local.unwrap_or(nowhere),
            target: self.remote.or_else(portal).unwrap_or(nowhere),
        }
    }

    /// Whether every PDU of such a connection passes through the kernel. RDMA and offload adapters move data by
    /// themselves.
    pub fn shows_all_pdus(&self) -> bool {
        matches!(self.transport.as_str(), "tcp" | "cxgb3i" | "cxgb4i")
    }
}

/// A connection failed: `iscsi_conn_error_event` was called. Drivers report one failure more than once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Error {
    /// `enum iscsi_err`.
    pub code: u32,
    /// The transport class' state of the connection before.
    pub state: u32,
    /// libiscsi's state of the session.
    pub session_state: u32,
    /// `sk_state` of the socket, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tcp_state: Option<u32>,
    /// `sk_err`: an errno, 0 none.
    pub socket_error: u32,
    /// `sk_err_soft`: an errno that did not end the connection, 0 none.
    pub socket_error_soft: u32,
    /// Since the last PDU received.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since_received: Option<u64>,
    /// Since the last PDU sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since_sent: Option<u64>,
    /// Since the target's TCP last acknowledged anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since_acknowledged: Option<u64>,
    /// Bytes it had not acknowledged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unacknowledged: Option<u32>,
    /// The function that found the failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raised_by: Option<String>,
    /// Kernel functions that were running, innermost first, with their modules in brackets.
    pub stack: Vec<String>,
    /// The connection's last headers, oldest first.
    pub flight: Vec<Flown>,
}

impl Error {
    /// `hz` are jiffies per second.
    pub(crate) fn from_raw(
        raw: &raw::Error,
        hz: Option<u64>,
        function: impl Fn(u64) -> Option<String>,
        flight: Vec<Flown>,
    ) -> Self {
        let since = |nanoseconds| (nanoseconds != u64::MAX).then_some(nanoseconds);
        let called = raw.stack.iter().take(raw.depth as usize);
        let name = |&address: &u64| function(address).unwrap_or_else(|| format!("0x{address:x}"));
        let stack: Vec<String> = called.map(name).collect();
        Self {
            code: raw.code,
            state: raw.state,
            session_state: raw.session_state,
            tcp_state: Some(raw.tcp_state).filter(|&state| state != 0),
            socket_error: raw.sock_error,
            socket_error_soft: raw.sock_error_soft,
            since_received: since(raw.since_received),
            since_sent: since(raw.since_sent),
            since_acknowledged: known(raw.since_acknowledged)
                .and_then(|jiffies| nanoseconds(jiffies.into(), hz)),
            unacknowledged: known(raw.unacknowledged),
            raised_by: raised_by(raw.code, &stack).map(str::to_owned),
            stack,
            flight,
        }
    }
}

/// `ISCSI_ERR_NOP_TIMEDOUT`.
const NOP_TIMEDOUT: u32 = 1022;

/// The innermost function of iSCSI that does not just pass the failure on.
fn raised_by(code: u32, stack: &[String]) -> Option<&str> {
    const PASS_ON: [&str; 4] = [
        "iscsi_conn_error_event",
        "iscsi_conn_failure",
        "iscsi_session_failure",
        "iscsi_set_conn_failed",
    ];
    let name = |function: &'_ String| function.split(' ').next().map(str::len);
    let functions = stack
        .iter()
        .filter_map(|function| Some((function.get(..name(function)?)?, function.ends_with(']'))));
    let mut own = functions.filter(|(name, is_of_module)| {
        (*is_of_module || name.starts_with("iscsi")) && !PASS_ON.contains(name)
    });
    match own.next() {
        Some((name, _)) => Some(name),
        // The ping timer's last act is this call, made in place of its own frame; nothing else raises the code.
        None if code == NOP_TIMEDOUT => Some("iscsi_check_transport_timeouts"),
        None => None,
    }
}

/// A header in the flight recorder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flown {
    /// When, nanoseconds since the Unix epoch.
    #[serde(with = "nanoseconds")]
    pub time: Timestamp,
    /// Whether it was sent.
    pub sent: bool,
    /// The header.
    #[serde(with = "hexadecimal")]
    pub header: Bhs,
    /// Length of the data segment.
    pub data_length: u32,
}

mirrored! {
    /// The steps of a connection.
    pub enum StepKind of iscsi_ebpf::connection::What as u32 {
        /// It was made.
        Created "created",
        /// A socket or endpoint belongs to it.
        Bound "bound",
        /// The login is over: full feature phase.
        Started "started",
        /// It was stopped.
        Stopped "stopped",
        /// It is gone.
        Destroyed "destroyed",
        /// Firmware logged in or out by itself.
        FirmwareLogin "firmware-login",
        /// The kernel cleans up a failed connection itself.
        CleanedUp "cleaned-up",
    }
}

/// A step in a connection's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Which.
    pub step: StepKind,
    /// For a stop the `STOP_CONN_*` flag, for a bind 1 where it is the session's leading connection, for a firmware
    /// login the connection's state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flag: Option<u32>,
    /// For a bind the socket's descriptor in iscsid or, of an adapter, the endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<u64>,
}

impl Step {
    pub(crate) fn from_raw(raw: &raw::Step) -> Option<Self> {
        let step = StepKind::from_number(raw.what)?;
        let has_flag =
            matches!(step, StepKind::Bound | StepKind::Stopped | StepKind::FirmwareLogin);
        let endpoint = Some(raw.endpoint).filter(|&endpoint| endpoint != 0);
        Some(Self { step, flag: known(raw.flag).filter(|_| has_flag), endpoint })
    }
}

/// A time as a number.
mod nanoseconds {
    use iscsi_decoders::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(time.0)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        i64::deserialize(from).map(Timestamp)
    }
}

/// A header as hexadecimal digits.
mod hexadecimal {
    use iscsi_decoders::pdu::Bhs;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use super::BHS_LEN;
    use crate::output::Hex;

    pub fn serialize<S: Serializer>(header: &Bhs, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Hex(&header.0))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Bhs, D::Error> {
        let digits = String::deserialize(from)?;
        let pairs = digits.as_bytes().chunks_exact(2);
        let bytes =
            pairs.filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
        let bytes: Vec<u8> = bytes.collect();
        let whole = Bhs::parse(&bytes).filter(|_| digits.len() == 2 * BHS_LEN);
        whole.ok_or_else(|| D::Error::custom("a header is 96 hexadecimal digits"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_function_that_found_the_failure_is_named_not_those_that_pass_it_on() {
        let found_by = |code, stack: &[&str]| {
            let stack: Vec<String> = stack.iter().map(|&function| function.to_owned()).collect();
            raised_by(code, &stack).map(str::to_owned)
        };
        let passed_on = ["0xffff", "iscsi_conn_failure [libiscsi]"];
        let stack = [&passed_on[..], &["iscsi_sw_tcp_recv [iscsi_tcp]", "tcp_read_sock"]].concat();
        assert_eq!(found_by(1004, &stack).as_deref(), Some("iscsi_sw_tcp_recv"));
        assert_eq!(found_by(1020, &["iscsi_tcp_recv_skb"]).as_deref(), Some("iscsi_tcp_recv_skb"));
        let jumped = ["iscsi_conn_error_event [scsi_transport_iscsi]", "call_timer_fn"];
        assert_eq!(found_by(1011, &jumped), None);
        let timer = Some("iscsi_check_transport_timeouts");
        assert_eq!(found_by(1022, &jumped).as_deref(), timer, "who jumps leaves no frame");
    }

    #[test]
    fn a_header_of_the_flight_recorder_survives_its_text() {
        let header = Bhs(std::array::from_fn(|at| at as u8 * 5));
        let flown = Flown { time: Timestamp(-7), sent: true, header, data_length: 9 };
        let text = serde_json::to_string(&flown).unwrap();
        assert_eq!(serde_json::from_str::<Flown>(&text).unwrap(), flown);
        let short = text.replacen("0005", "", 1);
        assert!(serde_json::from_str::<Flown>(&short).is_err(), "{short}");
    }
}
