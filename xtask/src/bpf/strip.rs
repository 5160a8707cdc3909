//! Leaves out of an object what only a debugger reads: nine tenths of it.

use anyhow::Context;
use object::build::elf::{Builder, SectionData};
use object::elf::SHT_STRTAB;

/// The object without DWARF; BTF stays.
pub fn debug_sections(object: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut builder = Builder::read(object).context("the linker's object cannot be read")?;
    for section in &mut builder.sections {
        let name = section.name.to_string();
        // The values BTF's relocations would put there are there already, and no loader looks at them.
        section.delete =
            [".debug_", ".rel.debug_", ".rel.BTF"].iter().any(|prefix| name.starts_with(prefix));
    }
    builder.delete_orphans();
    // LLVM keeps the names of sections and symbols in one section; the writer wants two.
    let names = builder.sections.add();
    names.name = ".shstrtab".into();
    names.sh_type = SHT_STRTAB;
    names.sh_addralign = 1;
    names.data = SectionData::SectionString;
    let mut stripped = Vec::new();
    builder.write(&mut stripped).context("the stripped object cannot be written")?;
    Ok(stripped)
}
