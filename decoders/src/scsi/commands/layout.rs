//! How a field lies in a CDB, and the fields many commands share.

/// One field of a CDB: `width` bits that begin at bit `msb` of byte `byte` and run on, most significant
/// bit first, as drawn in the tables of the T10 standards.
#[derive(Debug)]
pub(in crate::scsi) struct FieldDef {
    /// The standard's name in snake case.
    pub name: &'static str,
    pub byte: u8,
    /// 7 is the most significant bit of the byte.
    pub msb: u8,
    /// 1..=64.
    pub width: u8,
    pub rule: Rule,
}

/// When a field applies and what it says.
#[derive(Debug)]
pub(in crate::scsi) enum Rule {
    /// Always there, taken as is.
    Plain,
    /// Zero stands for this value.
    ZeroMeans(u16),
    /// Only there when the byte, masked, has this value: layouts that depend on a flag.
    When { byte: u8, mask: u8, equals: u8 },
}

impl FieldDef {
    /// The field's value; `None` when the CDB ends before it or does not have it.
    pub fn read(&self, cdb: &[u8]) -> Option<u64> {
        if let Rule::When { byte, mask, equals } = self.rule
            && cdb.get(usize::from(byte))? & mask != equals
        {
            return None;
        }
        let raw = self.read_bits(cdb)?;
        match self.rule {
            Rule::ZeroMeans(meaning) if raw == 0 => Some(u64::from(meaning)),
            _ => Some(raw),
        }
    }

    fn read_bits(&self, cdb: &[u8]) -> Option<u64> {
        let end = self.end_bit();
        let last = end.div_ceil(8);
        let bytes = cdb.get(usize::from(self.byte)..last)?;
        // 64 bits that do not begin at a byte's first bit span nine bytes.
        let joined = bytes.iter().fold(0u128, |value, byte| value << 8 | u128::from(*byte));
        let value = joined >> (last * 8 - end) & ((1 << self.width) - 1);
        u64::try_from(value).ok()
    }

    /// The first bit after the field, counted from the most significant bit of byte 0.
    pub fn end_bit(&self) -> usize {
        self.start_bit() + usize::from(self.width)
    }

    /// The field's first bit, counted likewise.
    pub fn start_bit(&self) -> usize {
        usize::from(self.byte) * 8 + usize::from(7 - self.msb.min(7))
    }
}

/// Fields that go together; a command is a list of groups.
pub(super) type Group = &'static [FieldDef];

/// A field of `width` bits from bit `msb` of `byte` on.
pub(super) const fn bits(name: &'static str, byte: u8, msb: u8, width: u8) -> FieldDef {
    FieldDef { name, byte, msb, width, rule: Rule::Plain }
}

/// A flag.
pub(super) const fn bit(name: &'static str, byte: u8, bit: u8) -> FieldDef {
    bits(name, byte, bit, 1)
}

/// One whole byte.
pub(super) const fn byte(name: &'static str, byte: u8) -> FieldDef {
    bits(name, byte, 7, 8)
}

/// Whole bytes `first..=last`, big endian.
pub(super) const fn be(name: &'static str, first: u8, last: u8) -> FieldDef {
    bits(name, first, 7, (last - first + 1) * 8)
}

impl FieldDef {
    /// The field with zero standing for `meaning`.
    pub(super) const fn zero_means(mut self, meaning: u16) -> Self {
        self.rule = Rule::ZeroMeans(meaning);
        self
    }

    /// The field, there only when `byte & mask == equals`.
    pub(super) const fn when(mut self, byte: u8, mask: u8, equals: u8) -> Self {
        self.rule = Rule::When { byte, mask, equals };
        self
    }
}

/// ALLOCATION LENGTH, in bytes; the digits are the first and the last byte.
pub(super) const ALLOCATION_4: Group = &[byte("allocation_length", 4)];
pub(super) const ALLOCATION_3_4: Group = &[be("allocation_length", 3, 4)];
pub(super) const ALLOCATION_6_8: Group = &[be("allocation_length", 6, 8)];
pub(super) const ALLOCATION_6_9: Group = &[be("allocation_length", 6, 9)];
pub(super) const ALLOCATION_7_8: Group = &[be("allocation_length", 7, 8)];
pub(super) const ALLOCATION_7_9: Group = &[be("allocation_length", 7, 9)];
pub(super) const ALLOCATION_8_9: Group = &[be("allocation_length", 8, 9)];
pub(super) const ALLOCATION_10_13: Group = &[be("allocation_length", 10, 13)];

/// PARAMETER LIST LENGTH, in bytes.
pub(super) const PARAMETERS_4: Group = &[byte("parameter_list_length", 4)];
pub(super) const PARAMETERS_3_4: Group = &[be("parameter_list_length", 3, 4)];
pub(super) const PARAMETERS_5_8: Group = &[be("parameter_list_length", 5, 8)];
pub(super) const PARAMETERS_6_8: Group = &[be("parameter_list_length", 6, 8)];
pub(super) const PARAMETERS_6_9: Group = &[be("parameter_list_length", 6, 9)];
pub(super) const PARAMETERS_7_8: Group = &[be("parameter_list_length", 7, 8)];
pub(super) const PARAMETERS_8_9: Group = &[be("parameter_list_length", 8, 9)];
pub(super) const PARAMETERS_10_13: Group = &[be("parameter_list_length", 10, 13)];

/// LOGICAL BLOCK ADDRESS.
pub(super) const LBA_2_5: Group = &[be("lba", 2, 5)];
pub(super) const LBA_2_9: Group = &[be("lba", 2, 9)];

/// TRANSFER LENGTH, VERIFICATION LENGTH or NUMBER OF LOGICAL BLOCKS, in logical blocks.
pub(super) const BLOCKS_6_9: Group = &[be("blocks", 6, 9)];
pub(super) const BLOCKS_7_8: Group = &[be("blocks", 7, 8)];
pub(super) const BLOCKS_10_13: Group = &[be("blocks", 10, 13)];
pub(super) const BLOCKS_12_13: Group = &[be("blocks", 12, 13)];

/// IMMED in bit 0 of byte 1: status is returned before the work is done.
pub(super) const IMMED_0: Group = &[bit("immed", 1, 0)];
/// IMMED in bit 1 of byte 1.
pub(super) const IMMED_1: Group = &[bit("immed", 1, 1)];

/// SERVICE ACTION in byte 1, for commands whose service action is not one the table knows.
pub(super) const SERVICE_ACTION: Group = &[bits("service_action", 1, 4, 5)];
