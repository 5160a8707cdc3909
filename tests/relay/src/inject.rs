//! PDUs the target did not send.

use iscsi_decoders::pdu::{BHS_LEN, Bhs, Opcode, RESERVED_TAG};

use crate::pdu::Pdu;
use crate::rule::Do;

/// A tag no target of the lab uses, so that the answer can be told from others.
const TRANSFER_TAG: u32 = 0x1bad_cafe;
/// Parameter3 of an Async Message: seconds to log out within, or to keep the state for.
const ASYNC_SECONDS: u16 = 3;

/// What the relay remembers of a connection to make its own PDUs fit in.
#[derive(Debug, Default)]
pub struct Numbers {
    next_stat_sn: u32,
    exp_cmd_sn: u32,
    max_cmd_sn: u32,
    last_request: Vec<u8>,
}

impl Numbers {
    pub fn hear(&mut self, bhs: &Bhs) {
        if bhs.opcode().0 & 0x20 == 0 {
            self.last_request = bhs.0.to_vec();
            return;
        }
        if let Some(stat_sn) = bhs.stat_sn() {
            let consumed = bhs.opcode() != Opcode::R2T && bhs.initiator_task_tag() != RESERVED_TAG;
            self.next_stat_sn = stat_sn.wrapping_add(u32::from(consumed));
        }
        self.exp_cmd_sn = bhs.exp_cmd_sn().unwrap_or(self.exp_cmd_sn);
        self.max_cmd_sn = bhs.max_cmd_sn().unwrap_or(self.max_cmd_sn);
    }

    /// The PDU an action asks for, without digests; none for actions that inject nothing.
    pub fn make(&self, what: &Do) -> Option<Pdu> {
        let mut bytes = [0; BHS_LEN];
        let mut put = |offset: usize, value: &[u8]| {
            bytes.iter_mut().skip(offset).zip(value).for_each(|(to, from)| *to = *from);
        };
        put(1, &[0x80]);
        put(16, &RESERVED_TAG.to_be_bytes());
        put(24, &self.next_stat_sn.to_be_bytes());
        put(28, &self.exp_cmd_sn.to_be_bytes());
        put(32, &self.max_cmd_sn.to_be_bytes());
        let mut data = Vec::new();
        match what {
            Do::InjectAsync(event) => {
                put(0, &[Opcode::ASYNC_MESSAGE.0]);
                put(36, &[*event]);
                put(42, &ASYNC_SECONDS.to_be_bytes());
            }
            Do::InjectReject(reason) => {
                put(0, &[Opcode::REJECT.0]);
                put(2, &[*reason]);
                data.clone_from(&self.last_request);
                let length = u32::try_from(data.len()).unwrap_or_default();
                put(5, length.to_be_bytes().get(1..).unwrap_or_default());
            }
            Do::InjectNopIn => {
                put(0, &[Opcode::NOP_IN.0]);
                put(20, &TRANSFER_TAG.to_be_bytes());
            }
            _ => return None,
        }
        let mut pdu = Pdu::of(bytes);
        pdu.data = data;
        Some(pdu)
    }
}
