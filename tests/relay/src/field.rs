//! Header fields that can be set, by name.

use anyhow::{Context, bail};
use iscsi_decoders::pdu::BHS_LEN;

/// Where a field is: offset and length in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    name: &'static str,
    offset: usize,
    length: usize,
}

const fn row(name: &'static str, offset: usize, length: usize) -> Field {
    Field { name, offset, length }
}

/// Places of RFC 7143, section 11. Which opcode has which field is the caller's to know.
const FIELDS: &[Field] = &[
    row("opcode", 0, 1),
    row("flags", 1, 1),
    row("response", 2, 1),
    row("status", 3, 1),
    row("data_segment_length", 5, 3),
    row("lun", 8, 8),
    row("initiator_task_tag", 16, 4),
    row("target_transfer_tag", 20, 4),
    row("stat_sn", 24, 4),
    row("exp_cmd_sn", 28, 4),
    row("max_cmd_sn", 32, 4),
    row("data_sn", 36, 4),
    row("r2t_sn", 36, 4),
    row("login_status", 36, 2),
    row("buffer_offset", 40, 4),
    row("desired_data_transfer_length", 44, 4),
    row("residual_count", 44, 4),
];

impl Field {
    /// The field of this name.
    pub fn find(name: &str) -> anyhow::Result<Self> {
        let found = FIELDS.iter().find(|field| field.name == name).copied();
        let names = || FIELDS.iter().map(|field| field.name).collect::<Vec<_>>().join(", ");
        found.with_context(|| format!("no field is called `{name}`; there are {}", names()))
    }

    /// The value's bytes, if it fits.
    pub fn bytes(self, value: u64) -> anyhow::Result<Vec<u8>> {
        let bytes = value.to_be_bytes();
        let (above, kept) = bytes.split_at(bytes.len() - self.length);
        if above.iter().any(|&byte| byte != 0) {
            bail!("{value:#x} does not fit into `{}`, which has {} bytes", self.name, self.length);
        }
        Ok(kept.to_owned())
    }

    /// Writes what [`Self::bytes`] made.
    pub fn set(self, header: &mut [u8; BHS_LEN], bytes: &[u8]) {
        header.iter_mut().skip(self.offset).zip(bytes).for_each(|(to, from)| *to = *from);
    }
}
