use std::ops::Range;

use super::Error;

/// `struct btf_header` up to `str_len`.
const HEADER: usize = 24;
const MAGIC: u16 = 0xeb9f;
/// `struct btf_type`.
const TYPE: usize = 12;

/// The kinds of type we look into (`BTF_KIND_*` of linux/btf.h).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `BTF_KIND_STRUCT` or `BTF_KIND_UNION`.
    Composite,
    /// `BTF_KIND_ENUM`.
    Enum,
    /// A name for, or a qualifier of another type: typedef, volatile, const, restrict, type tag.
    Alias,
    /// Anything else.
    Other,
}

/// One file of BTF: types and their names. Types of a module continue the numbering of vmlinux, and so do the
/// offsets of its strings.
pub struct Section {
    data: Vec<u8>,
    /// Where each type begins in `data`.
    types: Vec<u32>,
    /// Structs, unions and enums with a name: the few among many that are looked for.
    named: Vec<Named>,
    strings: (usize, usize),
    first_type: u32,
    first_string: u32,
}

/// A type that has a name.
pub struct Named {
    pub id: u32,
    pub name: u32,
}

/// A type as found in a section.
#[derive(Clone, Copy)]
pub struct Type<'a> {
    pub kind: Kind,
    pub name: u32,
    /// `BTF_INFO_KFLAG`: members carry bit field sizes.
    pub flagged: bool,
    /// Size or referenced type.
    pub word: u32,
    members: &'a [u8],
}

/// A member of a struct or union.
#[derive(Clone, Copy)]
pub struct Member {
    pub name: u32,
    pub type_id: u32,
    pub bits: u32,
    pub bit_field: bool,
}

impl Section {
    /// Reads a section; `base` is vmlinux for a module's, none for vmlinux.
    ///
    /// # Errors
    /// When the bytes are not BTF of this machine's byte order, or have kinds of types we do not know.
    pub fn parse(data: Vec<u8>, base: Option<&Self>) -> Result<Self, Error> {
        if data.len() < HEADER || half(&data, 0) != Some(MAGIC) {
            return Err(Error::Damaged("no BTF header in this machine's byte order"));
        }
        let field = |at| word(&data, at).map_or(0, |value| value as usize);
        let start = field(4);
        let types =
            range(start, field(8), field(12), data.len()).ok_or(Error::Damaged("type section"))?;
        let strings = range(start, field(16), field(20), data.len())
            .ok_or(Error::Damaged("string section"))?;
        let types = starts(&data, types)?;
        let (first_type, first_string) = base.map_or((1, 0), |base| {
            (base.next_type(), u32::try_from(base.strings.1 - base.strings.0).unwrap_or(u32::MAX))
        });
        let mut section =
            Self { data, types, named: Vec::new(), strings, first_type, first_string };
        section.named = section.ids().filter_map(|id| section.name_of(id)).collect();
        Ok(section)
    }

    fn name_of(&self, id: u32) -> Option<Named> {
        let Type { name, kind, .. } = self.get(id)?;
        let is_sought = name != 0 && matches!(kind, Kind::Composite | Kind::Enum);
        is_sought.then_some(Named { id, name })
    }

    fn next_type(&self) -> u32 {
        self.first_type.saturating_add(u32::try_from(self.types.len()).unwrap_or(u32::MAX))
    }

    /// Whether the type lies here and not in the base.
    pub fn has(&self, id: u32) -> bool {
        self.ids().contains(&id)
    }

    /// The type with this number, if it lies here.
    pub fn get(&self, id: u32) -> Option<Type<'_>> {
        let index = id.checked_sub(self.first_type)?;
        let at = *self.types.get(usize::try_from(index).ok()?)? as usize;
        let info = word(&self.data, at + 4)?;
        let kind = info >> 24 & 0x1f;
        let extra = extra(kind, info & 0xffff)?;
        Some(Type {
            kind: Kind::from_number(kind),
            name: word(&self.data, at)?,
            flagged: info >> 31 == 1,
            word: word(&self.data, at + 8)?,
            members: self.data.get(at + TYPE..at + TYPE + extra)?,
        })
    }

    /// The structs, unions and enums that have a name.
    pub fn named(&self) -> &[Named] {
        &self.named
    }

    fn ids(&self) -> Range<u32> {
        self.first_type..self.next_type()
    }

    /// What begins at an offset into the strings, up to the last string's end; none when that is one of the base's.
    fn strings_from(&self, offset: u32) -> Option<&[u8]> {
        let offset = usize::try_from(offset.checked_sub(self.first_string)?).ok()?;
        self.data.get(self.strings.0..self.strings.1)?.get(offset..)
    }

    /// A name; none when it is one of the base's.
    pub fn string(&self, offset: u32) -> Option<&[u8]> {
        self.strings_from(offset)?.split(|byte| *byte == 0).next()
    }

    /// Whether a name is this one; none when it is one of the base's.
    pub fn reads(&self, offset: u32, name: &str) -> Option<bool> {
        let strings = self.strings_from(offset)?;
        let rest = strings.strip_prefix(name.as_bytes());
        Some(rest.is_some_and(|rest| rest.first() == Some(&0)))
    }
}

impl Type<'_> {
    /// The members of a struct or union.
    pub fn members(&self) -> impl Iterator<Item = Member> {
        self.members.chunks_exact(12).filter_map(|member| {
            let place = word(member, 8)?;
            let (bits, size) =
                if self.flagged { (place & 0xff_ffff, place >> 24) } else { (place, 0) };
            Some(Member {
                name: word(member, 0)?,
                type_id: word(member, 4)?,
                bits,
                bit_field: size != 0,
            })
        })
    }

    /// The names and values of an enum.
    pub fn values(&self) -> impl Iterator<Item = (u32, u32)> {
        self.members.chunks_exact(8).filter_map(|value| Some((word(value, 0)?, word(value, 4)?)))
    }
}

impl Kind {
    const fn from_number(kind: u32) -> Self {
        match kind {
            4 | 5 => Self::Composite,
            6 => Self::Enum,
            8..=11 | 18 => Self::Alias,
            _ => Self::Other,
        }
    }
}

/// Where each type begins.
fn starts(data: &[u8], (mut at, end): (usize, usize)) -> Result<Vec<u32>, Error> {
    let mut starts = Vec::new();
    while at < end {
        let info = word(data, at + 4).ok_or(Error::Damaged("type cut short"))?;
        let kind = info >> 24 & 0x1f;
        let extra = extra(kind, info & 0xffff).ok_or(Error::UnknownKind(kind))?;
        starts.push(u32::try_from(at).map_err(|_| Error::Damaged("larger than 4 GiB"))?);
        at = at + TYPE + extra;
    }
    if at == end { Ok(starts) } else { Err(Error::Damaged("type cut short")) }
}

/// Bytes behind `struct btf_type`, by kind and `vlen`.
const fn extra(kind: u32, count: u32) -> Option<usize> {
    let count = count as usize;
    match kind {
        // INT, VAR, DECL_TAG
        1 | 14 | 17 => Some(4),
        // PTR, FWD, TYPEDEF, VOLATILE, CONST, RESTRICT, FUNC, FLOAT, TYPE_TAG
        2 | 7..=12 | 16 | 18 => Some(0),
        // ARRAY
        3 => Some(12),
        // STRUCT, UNION, DATASEC, ENUM64
        4 | 5 | 15 | 19 => Some(count * 12),
        // ENUM, FUNC_PROTO
        6 | 13 => Some(count * 8),
        _ => None,
    }
}

fn range(start: usize, offset: usize, length: usize, limit: usize) -> Option<(usize, usize)> {
    let from = start.checked_add(offset)?;
    let to = from.checked_add(length)?;
    (to <= limit).then_some((from, to))
}

fn word(data: &[u8], at: usize) -> Option<u32> {
    data.get(at..)?.first_chunk().map(|bytes| u32::from_ne_bytes(*bytes))
}

fn half(data: &[u8], at: usize) -> Option<u16> {
    data.get(at..)?.first_chunk().map(|bytes| u16::from_ne_bytes(*bytes))
}
