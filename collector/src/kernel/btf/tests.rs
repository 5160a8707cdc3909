use std::fs;
use std::path::Path;

use super::*;
use crate::host::Roots;

/// Writes BTF the way the kernel lays it out, so that tests need no kernel.
#[derive(Default)]
pub(crate) struct Builder {
    types: Vec<u8>,
    strings: Vec<u8>,
    count: u32,
    base: (u32, u32),
}

impl Builder {
    pub fn vmlinux() -> Self {
        Self { strings: vec![0], ..Self::default() }
    }

    /// Split BTF: numbers and string offsets continue those of `base`.
    pub fn module(base: &Self) -> Self {
        let strings = u32::try_from(base.strings.len()).unwrap();
        Self { base: (base.count, strings), ..Self::default() }
    }

    pub fn name(&mut self, name: &str) -> u32 {
        if name.is_empty() {
            return 0;
        }
        let at = self.base.1 + u32::try_from(self.strings.len()).unwrap();
        self.strings.extend(name.as_bytes());
        self.strings.push(0);
        at
    }

    fn push(&mut self, name: &str, info: u32, word: u32, rest: &[u32]) -> u32 {
        let name = self.name(name);
        for value in [name, info, word].iter().chain(rest) {
            self.types.extend(value.to_ne_bytes());
        }
        self.count += 1;
        self.base.0 + self.count
    }

    pub fn int(&mut self, name: &str) -> u32 {
        self.push(name, 1 << 24, 4, &[32])
    }

    pub fn alias(&mut self, name: &str, of: u32) -> u32 {
        self.push(name, 8 << 24, of, &[])
    }

    /// Members are name, type and offset in bits; `flagged` ones may be bit fields (`size << 24 | bits`).
    pub fn composite(&mut self, name: &str, flagged: bool, members: &[(&str, u32, u32)]) -> u32 {
        let rest: Vec<u32> =
            members.iter().flat_map(|(name, id, bits)| [self.name(name), *id, *bits]).collect();
        let count = u32::try_from(members.len()).unwrap();
        self.push(name, 4 << 24 | count | u32::from(flagged) << 31, 64, &rest)
    }

    pub fn enumeration(&mut self, name: &str, values: &[(&str, u32)]) -> u32 {
        let rest: Vec<u32> =
            values.iter().flat_map(|(name, value)| [self.name(name), *value]).collect();
        self.push(name, 6 << 24 | u32::try_from(values.len()).unwrap(), 4, &rest)
    }

    pub fn bytes(&self) -> Vec<u8> {
        let (types, strings) = (self.types.len() as u32, self.strings.len() as u32);
        let mut data = vec![];
        data.extend(0xeb9f_u16.to_ne_bytes());
        data.extend([1, 0]);
        for value in [24, 0, types, types, strings] {
            data.extend(u32::to_ne_bytes(value));
        }
        data.extend(&self.types);
        data.extend(&self.strings);
        data
    }
}

fn write(folder: &Path, vmlinux: &Builder, modules: &[(&str, &Builder)]) -> KernelBtf {
    let btf = folder.join("sys/kernel/btf");
    fs::create_dir_all(&btf).unwrap();
    fs::write(btf.join("vmlinux"), vmlinux.bytes()).unwrap();
    for (name, module) in modules {
        fs::write(btf.join(name), module.bytes()).unwrap();
    }
    KernelBtf::read(&Roots::under(folder))
}

fn temp() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn members_are_found_through_anonymous_ones_and_typedefs() {
    let mut vmlinux = Builder::vmlinux();
    let int = vmlinux.int("int");
    let inner = vmlinux.composite("", false, &[("skc_daddr", int, 0), ("skc_rcv_saddr", int, 32)]);
    let common =
        vmlinux.composite("sock_common", false, &[("", inner, 64), ("skc_family", int, 128)]);
    let alias = vmlinux.alias("sock_common_t", common);
    vmlinux.composite("sock", false, &[("sk_err", int, 0), ("__sk_common", alias, 256)]);
    let folder = temp();
    let mut btf = write(folder.path(), &vmlinux, &[]);
    let types = btf.types("vmlinux").unwrap();
    assert_eq!(types.offset("sock", "__sk_common.skc_rcv_saddr"), Ok((256 + 64 + 32) / 8));
    assert_eq!(types.offset("sock", "sk_err"), Ok(0));
    assert_eq!(
        types.offset("sock", "__sk_common.gone"),
        Err(Error::NoMember("sock".into(), "__sk_common.gone".into()))
    );
    assert_eq!(types.offset("socket", "sk"), Err(Error::NoType("socket".into())));
}

#[test]
fn a_modules_types_and_names_continue_those_of_vmlinux() {
    let mut vmlinux = Builder::vmlinux();
    let int = vmlinux.int("int");
    let mut module = Builder::module(&vmlinux);
    let inner = module.composite("", false, &[("hdr_buf", int, 40 * 8)]);
    module.composite("iscsi_tcp_conn", false, &[("iscsi_conn", int, 0), ("in", inner, 24 * 8)]);
    let folder = temp();
    let mut btf = write(folder.path(), &vmlinux, &[("libiscsi_tcp", &module)]);
    assert_eq!(btf.types("libiscsi_tcp").unwrap().offset("iscsi_tcp_conn", "in.hdr_buf"), Ok(64));
    assert!(btf.types("vmlinux").unwrap().offset("iscsi_tcp_conn", "in.hdr_buf").is_err());
}

#[test]
fn a_module_that_is_built_in_has_its_types_in_vmlinux() {
    let mut vmlinux = Builder::vmlinux();
    let int = vmlinux.int("int");
    vmlinux.composite("iscsi_conn", false, &[("session", int, 128)]);
    let folder = temp();
    let mut btf = write(folder.path(), &vmlinux, &[]);
    assert_eq!(btf.types("libiscsi").unwrap().offset("iscsi_conn", "session"), Ok(16));
}

#[test]
fn bit_fields_are_refused_and_flagged_members_without_size_are_not() {
    let mut vmlinux = Builder::vmlinux();
    let int = vmlinux.int("int");
    vmlinux.composite("task", true, &[("state", int, 64), ("protected", int, 1 << 24 | 96)]);
    let folder = temp();
    let mut btf = write(folder.path(), &vmlinux, &[]);
    let types = btf.types("vmlinux").unwrap();
    assert_eq!(types.offset("task", "state"), Ok(8));
    assert_eq!(types.offset("task", "protected"), Err(Error::BitField("task.protected".into())));
}

#[test]
fn values_of_an_enum_come_with_their_names() {
    let mut vmlinux = Builder::vmlinux();
    vmlinux.enumeration("iscsi_err", &[("ISCSI_OK", 0), ("ISCSI_ERR_DATASN", 1001)]);
    let folder = temp();
    let mut btf = write(folder.path(), &vmlinux, &[]);
    let values = btf.types("scsi_transport_iscsi").unwrap().values("iscsi_err");
    assert_eq!(values, [("ISCSI_OK".into(), 0), ("ISCSI_ERR_DATASN".into(), 1001)]);
}

#[test]
fn damaged_btf_is_an_error_and_a_loop_in_it_ends() {
    let mut vmlinux = Builder::vmlinux();
    vmlinux.composite("a", false, &[("", 1, 0)]);
    let folder = temp();
    let mut btf = write(folder.path(), &vmlinux, &[]);
    assert!(matches!(btf.types("vmlinux").unwrap().offset("a", "b"), Err(Error::NoMember(..))));

    let mut bytes = vmlinux.bytes();
    bytes.truncate(bytes.len() - 3);
    assert_eq!(Section::parse(bytes, None).err(), Some(Error::Damaged("string section")));
    assert!(matches!(Section::parse(vec![0; 40], None), Err(Error::Damaged(_))));
}

#[test]
fn a_kind_from_the_future_is_named() {
    let mut vmlinux = Builder::vmlinux();
    vmlinux.push("x", 31 << 24, 0, &[]);
    assert_eq!(Section::parse(vmlinux.bytes(), None).err(), Some(Error::UnknownKind(31)));
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_it_panic(mut bytes: Vec<u8>, place in 0_usize..200, value: u8) {
        let mut vmlinux = Builder::vmlinux();
        let int = vmlinux.int("int");
        let inner = vmlinux.composite("", false, &[("x", int, 0)]);
        vmlinux.composite("sock", false, &[("", inner, 0)]);
        let mut changed = vmlinux.bytes();
        let place = place % changed.len();
        changed[place] = value;
        bytes.splice(0..0, vmlinux.bytes().into_iter().take(24));
        for data in [bytes, changed] {
            let folder = temp();
            let path = folder.path().join("sys/kernel/btf");
            fs::create_dir_all(&path).unwrap();
            fs::write(path.join("vmlinux"), data).unwrap();
            if let Ok(types) = KernelBtf::read(&Roots::under(folder.path())).types("vmlinux") {
                let _ = types.offset("sock", "x");
            }
        }
    }
}
