use super::kernel::Types;
use super::section::Member;
use super::{Error, Kind};

/// Anonymous members and qualifiers nest a few levels deep; more is a loop in damaged BTF.
const DEPTH: u32 = 16;

/// Byte offset of a member path in a struct; the struct's size for the empty path.
pub fn offset(types: &Types<'_>, type_name: &str, path: &str) -> Result<u32, Error> {
    let mut error = Error::NoType(type_name.to_owned());
    for start in types.named(Kind::Composite, type_name) {
        match walk(types, start, type_name, path) {
            Ok(offset) => return Ok(offset),
            Err(found) => error = found,
        }
    }
    Err(error)
}

fn walk(types: &Types<'_>, start: u32, type_name: &str, path: &str) -> Result<u32, Error> {
    if path.is_empty() {
        return types.get(start).map(|found| found.word).ok_or(Error::Damaged("type lost"));
    }
    let mut bits = 0_u32;
    let mut id = start;
    for name in path.split('.') {
        let found = find(types, id, name, DEPTH)
            .ok_or_else(|| Error::NoMember(type_name.to_owned(), path.to_owned()))?;
        if found.bit_field {
            return Err(Error::BitField(format!("{type_name}.{path}")));
        }
        bits = bits.saturating_add(found.bits);
        id = found.type_id;
    }
    if bits.is_multiple_of(8) {
        Ok(bits / 8)
    } else {
        Err(Error::BitField(format!("{type_name}.{path}")))
    }
}

struct Found {
    bits: u32,
    bit_field: bool,
    type_id: u32,
}

/// Finds a member by name, looking through anonymous structs and unions.
fn find(types: &Types<'_>, id: u32, name: &str, depth: u32) -> Option<Found> {
    let depth = depth.checked_sub(1)?;
    let composite = types.unqualified(id)?;
    if composite.kind != Kind::Composite {
        return None;
    }
    composite.members().find_map(|member| {
        if member.name == 0 {
            let inner = find(types, member.type_id, name, depth)?;
            return Some(Found { bits: member.bits.saturating_add(inner.bits), ..inner });
        }
        let Member { bits, bit_field, type_id, .. } = member;
        types.reads(member.name, name).then_some(Found { bits, bit_field, type_id })
    })
}
