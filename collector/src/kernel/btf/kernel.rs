use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use super::section::{Section, Type};
use super::{Error, Kind, member};
use crate::host::Roots;

/// Anonymous members and qualifiers nest a few levels deep; more is a loop in damaged BTF.
const DEPTH: usize = 16;

/// The BTF of a running kernel; modules' is read when first asked for.
pub struct KernelBtf {
    folder: PathBuf,
    vmlinux: Result<Section, Error>,
    modules: BTreeMap<String, Result<Section, Error>>,
}

impl KernelBtf {
    /// Reads vmlinux' types; that there are none shows when a type is asked for.
    #[must_use]
    pub fn read(roots: &Roots) -> Self {
        let folder = roots.sysfs("kernel/btf");
        let vmlinux = section(&folder.join("vmlinux"), None);
        Self { folder, vmlinux, modules: BTreeMap::new() }
    }

    /// Forgets modules: another may be loaded under the same name now. vmlinux stays what it is.
    pub fn forget_modules(&mut self) {
        self.modules.clear();
    }

    /// What is wrong with vmlinux' BTF, if anything.
    #[must_use]
    pub fn problem(&self) -> Option<&Error> {
        self.vmlinux.as_ref().err()
    }

    /// The types a module sees: its own and vmlinux'.
    ///
    /// # Errors
    /// When vmlinux has none, or the module's are damaged. A module without is one built in, or not loaded: its
    /// types may be in vmlinux.
    pub fn types(&mut self, module: &str) -> Result<Types<'_>, Error> {
        let vmlinux = self.vmlinux.as_ref().map_err(Clone::clone)?;
        if module == "vmlinux" || !self.folder.join(module).exists() {
            return Ok(Types { module: None, vmlinux });
        }
        let module = self
            .modules
            .entry(module.to_owned())
            .or_insert_with(|| section(&self.folder.join(module), Some(vmlinux)));
        Ok(Types { module: Some(module.as_ref().map_err(|error| error.clone())?), vmlinux })
    }
}

fn section(path: &PathBuf, base: Option<&Section>) -> Result<Section, Error> {
    let data = fs::read(path)
        .map_err(|error| Error::Unreadable(format!("{}: {error}", path.display())))?;
    Section::parse(data, base)
}

/// The types of a module on top of those of vmlinux.
pub struct Types<'a> {
    module: Option<&'a Section>,
    vmlinux: &'a Section,
}

impl<'a> Types<'a> {
    /// Byte offset of a member; `path` joins members with dots and leaves out anonymous ones; empty, it
    /// stands for the struct's size.
    ///
    /// # Errors
    /// When there is no such struct or member, or it is a bit field.
    pub fn offset(&self, type_name: &str, path: &str) -> Result<u32, Error> {
        member::offset(self, type_name, path)
    }

    /// Names and values of an enum, none where there is none of that name.
    pub fn values(&self, name: &str) -> Vec<(String, u32)> {
        let Some(found) = self.named(Kind::Enum, name).next().and_then(|id| self.get(id)) else {
            return Vec::new();
        };
        found
            .values()
            .filter_map(|(name, value)| {
                Some((String::from_utf8_lossy(self.string(name)?).into_owned(), value))
            })
            .collect()
    }

    /// Ids of the types of this name, the module's own first.
    pub(super) fn named(&self, kind: Kind, name: &str) -> impl Iterator<Item = u32> {
        let own = self.module.map_or(&[][..], Section::named);
        own.iter()
            .chain(self.vmlinux.named())
            .filter(move |named| {
                self.reads(named.name, name)
                    && self.get(named.id).is_some_and(|found| found.kind == kind)
            })
            .map(|named| named.id)
    }

    pub(super) fn get(&self, id: u32) -> Option<Type<'a>> {
        match self.module {
            Some(module) if module.has(id) => module.get(id),
            _ => self.vmlinux.get(id),
        }
    }

    /// The type behind typedefs and qualifiers.
    pub(super) fn unqualified(&self, id: u32) -> Option<Type<'a>> {
        let mut found = self.get(id)?;
        for _ in 0..DEPTH {
            if found.kind != Kind::Alias {
                return Some(found);
            }
            found = self.get(found.word)?;
        }
        None
    }

    pub(super) fn string(&self, offset: u32) -> Option<&'a [u8]> {
        self.module.and_then(|module| module.string(offset)).or_else(|| self.vmlinux.string(offset))
    }

    /// Whether a name is this one.
    pub(super) fn reads(&self, offset: u32, name: &str) -> bool {
        let own = self.module.and_then(|module| module.reads(offset, name));
        own.or_else(|| self.vmlinux.reads(offset, name)).unwrap_or(false)
    }
}
