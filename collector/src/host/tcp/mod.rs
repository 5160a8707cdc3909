//! TCP sockets of connections, from the kernel's socket diagnosis (`sock_diag(7)`, as `ss -ti` uses it).

mod diag;
mod info;

pub use diag::look_up;

use std::net::IpAddr;

use serde::Serialize;

/// Both ends of a connection, as much as is needed to find its socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ends {
    /// The target's address.
    pub target: IpAddr,
    /// The target's port.
    pub target_port: u16,
    /// Our port.
    pub local_port: u16,
}

/// A TCP socket (kernel: `struct tcp_info`, `struct inet_diag_msg`, `SK_MEMINFO_*`). What an older kernel does not
/// tell is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tcp {
    /// `established`, `close-wait`, ...
    pub state: &'static str,
    /// Our address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_address: Option<IpAddr>,
    /// Congestion control in use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub congestion: Option<String>,
    /// Bytes received that nobody has read.
    pub receive_queue_bytes: u32,
    /// Bytes sent or to be sent that were not acknowledged.
    pub send_queue_bytes: u32,
    /// How often the oldest data was sent again without an answer yet.
    pub retransmits: u8,
    /// Segments sent again since the connection began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retransmitted_segments: Option<u32>,
    /// Bytes sent again since the connection began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retransmitted_bytes: Option<u64>,
    /// Smoothed round trip time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rtt_us: Option<u32>,
    /// Its variation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rtt_variation_us: Option<u32>,
    /// Least round trip time seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rtt_min_us: Option<u32>,
    /// Retransmission timeout.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rto_us: Option<u32>,
    /// Congestion window, segments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub congestion_window_segments: Option<u32>,
    /// Slow start threshold, segments; absent while none was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slow_start_threshold_segments: Option<u32>,
    /// Segments on their way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unacknowledged_segments: Option<u32>,
    /// Segments thought lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost_segments: Option<u32>,
    /// Largest segment we send.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub send_mss_bytes: Option<u32>,
    /// Largest packet of the path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path_mtu_bytes: Option<u32>,
    /// What the target's window still takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peer_window_bytes: Option<u32>,
    /// Bytes the target acknowledged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acknowledged_bytes: Option<u64>,
    /// Bytes received.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub received_bytes: Option<u64>,
    /// Time since data was last sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_sent_ms: Option<u32>,
    /// Time since data was last received.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_received_ms: Option<u32>,
    /// Kernel memory the socket holds: queued and reserved, both directions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
    /// Segments dropped for want of memory or room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drops: Option<u32>,
}
