use std::fmt;
use std::net::IpAddr;

use super::pdu::{number16, number32};
use super::value::unmapped;

/// A name service heartbeat, multicast by the active server (RFC 4171, section 5.6.5.14).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heartbeat<'a> {
    /// The active server.
    pub active: Server,
    /// Seconds between heartbeats.
    pub interval: u32,
    /// Heartbeats sent since the server became active, from 0.
    pub counter: u32,
    /// How many backup servers the message claims to list; [`Heartbeat::backups`] gives those that are there.
    pub backup_servers: u16,
    behind: &'a [u8],
}

/// One server of a heartbeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Server {
    /// Its address.
    pub ip: IpAddr,
    /// Its TCP port.
    pub tcp_port: u16,
    /// Its UDP port; 0 for none.
    pub udp_port: u16,
}

impl<'a> Heartbeat<'a> {
    /// `None` when the payload is too short for the fixed part.
    pub(super) fn new(payload: &'a [u8]) -> Option<Self> {
        let (active, rest) = server(payload)?;
        let (interval, rest) = number32(rest)?;
        let (counter, rest) = number32(rest)?;
        let (_reserved, rest) = number16(rest)?;
        let (backup_servers, behind) = number16(rest)?;
        Some(Self { active, interval, counter, backup_servers, behind })
    }

    /// The backup servers, the first one first in line; fewer than claimed if the message is cut.
    pub fn backups(&self) -> Backups<'a> {
        Backups { count: self.backup_servers, bytes: self.behind }
    }

    /// What the vendor put behind the list.
    pub fn vendor_specific(&self) -> &'a [u8] {
        let mut backups = self.backups();
        while backups.next().is_some() {}
        if backups.count == 0 { backups.bytes } else { &[] }
    }
}

/// The backup servers of a heartbeat.
#[derive(Clone, Debug)]
pub struct Backups<'a> {
    count: u16,
    bytes: &'a [u8],
}

impl Iterator for Backups<'_> {
    type Item = Server;

    fn next(&mut self) -> Option<Server> {
        let count = self.count.checked_sub(1)?;
        let (server, bytes) = server(self.bytes)?;
        *self = Self { count, bytes };
        Some(server)
    }
}

fn server(bytes: &[u8]) -> Option<(Server, &[u8])> {
    let (ip, rest) = bytes.split_first_chunk()?;
    let (tcp_port, rest) = number16(rest)?;
    let (udp_port, rest) = number16(rest)?;
    Some((Server { ip: unmapped(*ip), tcp_port, udp_port }, rest))
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} port {}/tcp", self.ip, self.tcp_port)?;
        match self.udp_port {
            0 => Ok(()),
            port => write!(f, " {port}/udp"),
        }
    }
}

impl fmt::Display for Heartbeat<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { active, interval, counter, .. } = self;
        write!(f, "active server {active}, every {interval} s, number {counter}")?;
        for backup in self.backups() {
            write!(f, ", backup {backup}")?;
        }
        Ok(())
    }
}
