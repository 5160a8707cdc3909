//! Which digests the login agreed on. Texts that continue in a second PDU are read one PDU at a time: no program
//! of the lab splits the two keys.

use iscsi_decoders::pdu::{Opcode, keys};

use crate::pdu::{Digests, Pdu};

/// Follows one connection's login.
#[derive(Debug, Default)]
pub struct Login {
    agreed: Digests,
    over: bool,
}

impl Login {
    /// Hears a PDU of either side, before it is passed on.
    pub fn hear(&mut self, pdu: &Pdu) {
        let bhs = pdu.bhs();
        if !matches!(bhs.opcode(), Opcode::LOGIN_REQUEST | Opcode::LOGIN_RESPONSE) {
            return;
        }
        for (key, value) in keys::pairs(&pdu.data) {
            // An offer may list several values; the answer, which comes last, is one.
            match key {
                "HeaderDigest" => self.agreed.header = value == "CRC32C",
                "DataDigest" => self.agreed.data = value == "CRC32C",
                _ => {}
            }
        }
        self.over |= bhs.nsg() == Some(3) && bhs.status_class() == Some(0);
    }

    /// What is in force now: nothing until the login is over.
    pub fn digests(&self) -> Digests {
        if self.over { self.agreed } else { Digests::default() }
    }
}
