//! The compiled probes, part of this program.

use object::{Object as _, ObjectSection as _, ObjectSymbol as _};

/// `ebpf/iscsi-probes.o`, aligned for ELF.
pub const OBJECT: &[u8] =
    aya::include_bytes_aligned!(concat!(env!("CARGO_MANIFEST_DIR"), "/../ebpf/iscsi-probes.o"));

/// The layout version an object was built with: its global `LAYOUT`.
pub fn layout(object: &[u8]) -> Option<u32> {
    let file = object::File::parse(object).ok()?;
    let symbol = file.symbols().find(|symbol| symbol.name() == Ok("LAYOUT"))?;
    let section = file.section_by_index(symbol.section_index()?).ok()?;
    let at = usize::try_from(symbol.address()).ok()?;
    // BPF objects for this machine have its byte order.
    section.data().ok()?.get(at..)?.first_chunk().map(|bytes| u32::from_ne_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::kernel::probes::{PROBES, Point};

    #[test]
    fn the_committed_object_has_the_layout_of_this_program() {
        assert_eq!(layout(OBJECT), Some(iscsi_ebpf::LAYOUT));
        assert_eq!(layout(b"no object"), None);
    }

    #[test]
    fn the_table_of_probes_has_exactly_the_objects_programs_each_of_its_kind() {
        let file = object::File::parse(OBJECT).unwrap();
        let mut programs = BTreeSet::new();
        for symbol in file.symbols() {
            let Some(section) = symbol.section_index() else { continue };
            let section = file.section_by_index(section).unwrap();
            let kind = section.name().unwrap().split('/').next().unwrap().to_owned();
            let is_program = matches!(
                kind.as_str(),
                "kprobe" | "kretprobe" | "tracepoint" | "raw_tp" | "raw_tracepoint"
            );
            if is_program && symbol.is_definition() && symbol.is_global() {
                programs
                    .insert((symbol.name().unwrap().to_owned(), kind.replace("tracepoint", "tp")));
            }
        }
        let table: BTreeSet<(String, String)> = PROBES
            .iter()
            .map(|probe| {
                let kind = match probe.point {
                    Point::Entry { .. } => "kprobe",
                    Point::Return { .. } => "kretprobe",
                    Point::Tracepoint { .. } => "tp",
                    Point::RawTracepoint { .. } => "raw_tp",
                };
                (probe.program.to_owned(), kind.to_owned())
            })
            .collect();
        assert_eq!(table, programs);
    }
}
