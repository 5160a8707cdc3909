use std::net::IpAddr;

use serde::Serialize;

use super::Detail;
use crate::host::notes::Notes;
use crate::host::sysfs::Dir;
use crate::host::tcp::{Ends, Tcp};

/// A connection of a session (kernel class `iscsi_connection`).
#[derive(Clone, Debug, Default, Serialize)]
pub struct Connection {
    /// CID.
    pub cid: u32,
    /// `up`, `down`, `failed`, or `bound` (has a socket, not started).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// The target's address this connection goes to; after a redirect not the configured one. Absent while not
    /// connected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The target's TCP port this connection goes to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// The target's configured address or host name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub persistent_address: Option<String>,
    /// The target's configured TCP port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub persistent_port: Option<u16>,
    /// Our TCP port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_port: Option<u16>,
    /// ExpStatSN: moves while the target answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exp_stat_sn: Option<u32>,
    /// Seconds without anything received after which a NOP-Out is sent, 0 for never (iscsid: `noop_out_interval`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recv_tmo: Option<u32>,
    /// Seconds the answer to that NOP-Out may take, 0 for any (iscsid: `noop_out_timeout`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ping_tmo: Option<u32>,
    /// HeaderDigest: CRC32C or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header_digest: Option<bool>,
    /// DataDigest: CRC32C or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_digest: Option<bool>,
    /// MaxRecvDataSegmentLength we declared, bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_recv_data_segment_length: Option<u32>,
    /// MaxRecvDataSegmentLength the target declared, bytes: the most we send.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_xmit_data_segment_length: Option<u32>,
    /// What the kernel knows of its TCP socket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tcp: Option<Tcp>,
}

impl Connection {
    /// Reads a `class/iscsi_connection/connectionS:C`.
    pub(super) fn read(dir: &Dir, cid: u32, detail: Detail, notes: &mut Notes) -> Self {
        let mut connection = Self {
            cid,
            state: dir.text("state", notes),
            address: dir.text("address", notes),
            port: dir.number("port", notes),
            ..Self::default()
        };
        if connection.address.is_none() || detail >= Detail::State {
            connection.persistent_address = dir.text("persistent_address", notes);
            connection.persistent_port = dir.number("persistent_port", notes);
        }
        if detail >= Detail::State {
            connection.local_port = dir.number("local_port", notes);
            connection.exp_stat_sn = dir.number("exp_statsn", notes);
        }
        if detail >= Detail::Settings {
            connection.recv_tmo = dir.number("recv_tmo", notes);
            connection.ping_tmo = dir.number("ping_tmo", notes);
            connection.header_digest = dir.flag("header_digest", notes);
            connection.data_digest = dir.flag("data_digest", notes);
            connection.max_recv_data_segment_length = dir.number("max_recv_dlength", notes);
            connection.max_xmit_data_segment_length = dir.number("max_xmit_dlength", notes);
        }
        connection
    }

    /// How to find its socket, while it has one.
    #[must_use]
    pub fn ends(&self) -> Option<Ends> {
        let target: IpAddr = self.address.as_deref()?.parse().ok()?;
        Some(Ends { target, target_port: self.port?, local_port: self.local_port? })
    }

    /// The address in use, else the configured one, with its port.
    #[must_use]
    pub fn portal(&self) -> Option<String> {
        portal(self.address.as_deref(), self.port).or_else(|| self.persistent_portal())
    }

    /// The configured address with its port.
    #[must_use]
    pub fn persistent_portal(&self) -> Option<String> {
        portal(self.persistent_address.as_deref(), self.persistent_port)
    }
}

/// `address:port`, an IPv6 address in brackets and in its short form (the kernel writes all its zeros).
fn portal(address: Option<&str>, port: Option<u16>) -> Option<String> {
    let (address, port) = (address?, port?);
    Some(match address.parse() {
        Ok(IpAddr::V6(address)) => format!("[{address}]:{port}"),
        Ok(IpAddr::V4(_)) | Err(_) => format!("{address}:{port}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_portal_is_the_address_in_use_or_the_configured_one() {
        let mut connection = Connection {
            persistent_address: Some("storage.example".to_owned()),
            persistent_port: Some(3260),
            ..Connection::default()
        };
        assert_eq!(connection.portal().as_deref(), Some("storage.example:3260"));
        connection.address = Some("fd00:0000:0000:0000:0000:0000:0000:0001".to_owned());
        connection.port = Some(3261);
        assert_eq!(connection.portal().as_deref(), Some("[fd00::1]:3261"));
        assert_eq!(connection.persistent_portal().as_deref(), Some("storage.example:3260"));
    }
}
