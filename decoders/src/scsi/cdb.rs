use super::commands::{self, CommandDef, CommandSet, FieldDef, VARIABLE_LENGTH};
use super::{DeviceType, OpClass};
use std::{fmt, iter};

/// A command descriptor block: the opcode, and the fields of the command it names.
///
/// iSCSI carries 16 bytes in every SCSI Command PDU, zero-padded (RFC 7143 11.3.5); longer CDBs continue
/// in an additional header segment, which the caller appends. A CDB cut short is fine: fields beyond its
/// end are absent.
#[derive(Clone, Copy, Debug)]
pub struct Cdb<'a> {
    bytes: &'a [u8],
    command: Option<&'static CommandDef>,
}

impl<'a> Cdb<'a> {
    /// Looks the command up. `device` is the logical unit's type where it is known, e.g. from its INQUIRY
    /// data; without it an opcode with several meanings is read as a disk's, then as SPC's, then as that
    /// of tapes, changers, optical drives and object storage.
    pub fn new(bytes: &'a [u8], device: Option<DeviceType>) -> Self {
        let set = device.map_or(Some(CommandSet::Sbc), DeviceType::command_set);
        let command = bytes
            .first()
            .and_then(|opcode| commands::find(set, *opcode, raw_service_action(bytes)));
        Self { bytes, command }
    }

    /// The bytes it was made of, padding included.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// OPERATION CODE; 0 (TEST UNIT READY) for no bytes at all, which no SCSI Command PDU can carry.
    pub fn opcode(&self) -> u8 {
        self.bytes.first().copied().unwrap_or(0)
    }

    /// SERVICE ACTION, for the commands that have one: byte 1, bits 4..0, or bytes 8..9 of a variable
    /// length CDB.
    pub fn service_action(&self) -> Option<u16> {
        let command = self.command?;
        command.service_action.or_else(|| {
            let field = command.field("service_action")?;
            u16::try_from(field.read(self.bytes)?).ok()
        })
    }

    /// The command's name in its standard, e.g. `READ(10)` or `SANITIZE, BLOCK ERASE`. `None` for an
    /// unknown opcode; a known opcode with an unknown service action has the opcode's name.
    pub fn name(&self) -> Option<&'static str> {
        self.command.map(|command| command.name)
    }

    /// The kind of work; [`OpClass::Other`] for an unknown opcode. WRITE SAME with its UNMAP bit set, the
    /// older way to discard, counts as [`OpClass::Unmap`].
    pub fn class(&self) -> OpClass {
        match self.command.map_or(OpClass::Other, |command| command.class) {
            OpClass::Write if self.field("unmap") == Some(1) => OpClass::Unmap,
            class => class,
        }
    }

    /// How long the CDB is by its opcode (SPC-5 4.2.5.1), in bytes, padding not included; `None` where
    /// the opcode does not say (vendor specific, reserved) or a variable length CDB is cut before byte 7.
    pub fn command_length(&self) -> Option<usize> {
        match *self.bytes.first()? {
            0x00..=0x1f => Some(6),
            0x20..=0x5f => Some(10),
            VARIABLE_LENGTH => Some(usize::from(*self.bytes.get(7)?).saturating_add(8)),
            0x80..=0x9f => Some(16),
            0xa0..=0xbf => Some(12),
            _ => None,
        }
    }

    /// Every field of the command with its value, in the standard's order: `service_action` first and
    /// the `control` byte last, where there are such. Values are as in the CDB, except that a transfer
    /// length of 0 in READ(6) and WRITE(6) comes out as the 256 it means. Nothing for an unknown command.
    pub fn fields(&self) -> impl Iterator<Item = (&'static str, u64)> + use<'a> {
        let bytes = self.bytes;
        let action = self
            .command
            .and_then(|command| command.service_action)
            .map(|action| ("service_action", u64::from(action)));
        let defs = self.command.into_iter().flat_map(CommandDef::all_fields);
        let control =
            self.command.and(self.control()).map(|control| ("control", u64::from(control)));
        action
            .into_iter()
            .chain(defs.filter_map(move |def| Some((def.name, def.read(bytes)?))))
            .chain(control)
    }

    /// The value of one field, by the name it has in [`Cdb::fields`].
    pub fn field(&self, name: &str) -> Option<u64> {
        match name {
            "service_action" => self.service_action().map(u64::from),
            "control" => self.command.and(self.control()).map(u64::from),
            _ => self
                .command?
                .all_fields()
                .filter(|def| def.name == name)
                .find_map(|def| def.read(self.bytes)),
        }
    }

    /// Whether any command has a field of this name.
    pub fn is_field(name: &str) -> bool {
        matches!(name, "service_action" | "control")
            || commands::all().flat_map(CommandDef::all_fields).any(|def| def.name == name)
    }

    /// LOGICAL BLOCK ADDRESS, in logical blocks.
    pub fn lba(&self) -> Option<u64> {
        self.field("lba")
    }

    /// How much is read, written, verified or otherwise touched, in logical blocks; for tapes only when
    /// the FIXED bit makes the transfer length a count of blocks.
    pub fn blocks(&self) -> Option<u64> {
        self.field("blocks")
    }

    /// How much data may move, in bytes, where the CDB itself says it in bytes: allocation length,
    /// parameter list length or transfer length.
    pub fn transfer_bytes(&self) -> Option<u64> {
        ["allocation_length", "parameter_list_length", "transfer_length"]
            .into_iter()
            .find_map(|name| self.field(name))
    }

    /// COUNT of a tape's SPACE command with its sign: negative counts space towards the beginning.
    pub fn space_count(&self) -> Option<i64> {
        let field = self.command?.field("count")?;
        let unused = 64u32.checked_sub(u32::from(field.width))?;
        let shifted = field.read(self.bytes)?.checked_shl(unused)?;
        shifted.cast_signed().checked_shr(unused)
    }

    /// The CONTROL byte (SAM-5 5.2): the last one, or byte 1 of a variable length CDB.
    fn control(&self) -> Option<u8> {
        let at = match self.opcode() {
            VARIABLE_LENGTH => 1,
            _ => self.command_length()?.checked_sub(1)?,
        };
        self.bytes.get(at).copied()
    }
}

/// Where a service action would be, whether or not the opcode has any.
fn raw_service_action(bytes: &[u8]) -> Option<u16> {
    match bytes {
        [VARIABLE_LENGTH, _, _, _, _, _, _, _, high, low, ..] => {
            Some(u16::from_be_bytes([*high, *low]))
        }
        [VARIABLE_LENGTH, ..] => None,
        [_, second, ..] => Some(u16::from(second & 0x1f)),
        _ => None,
    }
}

impl CommandDef {
    fn all_fields(
        &self,
    ) -> iter::Flatten<iter::Copied<std::slice::Iter<'static, &'static [FieldDef]>>> {
        self.fields.iter().copied().flatten()
    }

    fn field(&self, name: &str) -> Option<&'static FieldDef> {
        self.all_fields().find(|def| def.name == name)
    }
}

/// The command's name; with its number where the tables do not know the service action, and
/// `opcode 0xNN` where they do not know the opcode.
impl fmt::Display for Cdb<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(command) = self.command else {
            return write!(f, "opcode 0x{:02x}", self.opcode());
        };
        f.write_str(command.name)?;
        match (command.service_action, self.service_action()) {
            (None, Some(action)) => write!(f, " service action 0x{action:02x}"),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
