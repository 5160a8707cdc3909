//! What a login tells the framing: which digests follow, and where else targets live.

use std::net::SocketAddr;

use super::framer::{Mode, Modes};
use crate::pdu::{Bhs, Opcode, keys};

/// Follows the text both sides exchange on one connection.
#[derive(Debug, Default)]
pub(super) struct LoginWatch {
    header: bool,
    data: bool,
    /// Part of what was said is not in the capture.
    incomplete: bool,
}

impl LoginWatch {
    /// Hears that something on the connection was not captured: what was negotiated is no longer sure.
    pub fn lost(&mut self) {
        self.incomplete = true;
    }

    /// Takes the complete text of a login PDU, from either side.
    pub fn text(&mut self, text: &[u8]) {
        for (key, value) in keys::pairs(text) {
            // An offer lists several values; the answer, which comes later, is one (RFC 7143, section 6.2.1).
            match key {
                "HeaderDigest" => self.header = value == "CRC32C",
                "DataDigest" => self.data = value == "CRC32C",
                _ => {}
            }
        }
    }

    /// The modes for what the sender of this Login PDU sends next, and for what its peer sends next.
    pub fn modes_after(&self, header: &Bhs) -> Option<(Modes, Option<Modes>)> {
        let enters_full_feature = header.nsg() == Some(3);
        match header.opcode() {
            // Whether it was accepted is only known with the response: until then the bytes decide.
            Opcode::LOGIN_REQUEST if enters_full_feature => Some((Modes::default(), None)),
            Opcode::LOGIN_RESPONSE if enters_full_feature && header.status_class() == Some(0) => {
                let mode = |on| match on {
                    _ if self.incomplete => Mode::Unknown,
                    true => Mode::On,
                    false => Mode::Off,
                };
                let agreed = !self.incomplete;
                let modes = Modes { header: mode(self.header), data: mode(self.data), agreed };
                Some((modes, Some(modes)))
            }
            // Login PDUs never have digests (RFC 7143, section 13.1).
            Opcode::LOGIN_REQUEST | Opcode::LOGIN_RESPONSE => Some((Modes::OFF, Some(Modes::OFF))),
            _ => None,
        }
    }
}

/// The port of every `TargetAddress` in a redirect or a SendTargets answer: `host[:port][,group]`, where host
/// may be a name, an IPv4 address or an IPv6 address in brackets (RFC 7143, section 13.8).
pub(super) fn target_ports(text: &[u8]) -> impl Iterator<Item = u16> {
    keys::pairs(text).filter(|(key, _)| *key == "TargetAddress").filter_map(|(_, value)| {
        let address = value.split(',').next().unwrap_or(value);
        if let Ok(socket) = address.parse::<SocketAddr>() {
            return Some(socket.port());
        }
        let (host, port) = address.rsplit_once(':')?;
        // A bare IPv6 address has colons but no port.
        (!host.contains(':')).then(|| port.parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_learnt_from_every_form_of_address() {
        let text = b"TargetName=iqn.a:b\0TargetAddress=10.0.0.1:3261,1\0TargetAddress=[fe80::1]:3262,2\0\
                     TargetAddress=storage.example:3263,1\0TargetAddress=10.0.0.2,1\0TargetAddress=fe80::1\0";
        assert_eq!(target_ports(text).collect::<Vec<_>>(), [3261, 3262, 3263]);
    }

    #[test]
    fn the_answer_decides_not_the_offer() {
        let mut watch = LoginWatch::default();
        watch.text(b"HeaderDigest=CRC32C,None\0DataDigest=CRC32C\0");
        watch.text(b"HeaderDigest=CRC32C\0DataDigest=None\0");
        let mut response = [0; 48];
        response[..2].copy_from_slice(&[0x23, 0x87]);
        let modes = Modes { header: Mode::On, data: Mode::Off, agreed: true };
        assert_eq!(watch.modes_after(&Bhs(response)), Some((modes, Some(modes))));
        watch.lost();
        let modes = Modes::default();
        assert_eq!(watch.modes_after(&Bhs(response)), Some((modes, Some(modes))));
    }
}
