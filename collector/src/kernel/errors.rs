//! The kernel's connection errors beside the catalogue's: `enum iscsi_err` is in BTF, so that a kernel that knows
//! more, or other, codes is noticed.

use std::collections::BTreeMap;
use std::fmt;

use iscsi_decoders::catalogue::{self, Space};

use super::btf::KernelBtf;

/// `ISCSI_ERR_BASE` is a macro and not of the enum.
const BASE: u32 = 1000;

/// A code on which kernel and catalogue differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The number.
    pub code: u32,
    /// The kernel's name for it, none where it has none.
    pub kernel: Option<String>,
    /// The catalogue's.
    pub catalogue: Option<&'static str>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.kernel, self.catalogue) {
            (Some(kernel), Some(catalogue)) => {
                write!(
                    f,
                    "connection error {} is {kernel} in this kernel, {catalogue} in errors.toml",
                    self.code
                )
            }
            (Some(kernel), None) => {
                write!(
                    f,
                    "connection error {} ({kernel}) of this kernel is not in errors.toml",
                    self.code
                )
            }
            (None, catalogue) => write!(
                f,
                "connection error {} ({}) of errors.toml is not in this kernel",
                self.code,
                catalogue.unwrap_or_default()
            ),
        }
    }
}

/// What differs; nothing where the kernel does not describe the enum (no BTF, or the module is not loaded).
#[must_use]
pub fn differences(btf: &mut KernelBtf) -> Vec<Difference> {
    let values = btf
        .types("scsi_transport_iscsi")
        .map(|types| types.values("iscsi_err"))
        .unwrap_or_default();
    compare(values)
}

fn compare(values: Vec<(String, u32)>) -> Vec<Difference> {
    let kernel: BTreeMap<u32, String> =
        values.into_iter().map(|(name, code)| (code, name)).collect();
    if kernel.is_empty() {
        return Vec::new();
    }
    let codes = catalogue::entries(Space::Kernel).map(|entry| entry.code);
    let mut all: Vec<u32> =
        codes.filter(|code| *code != BASE).chain(kernel.keys().copied()).collect();
    all.sort_unstable();
    all.dedup();
    all.into_iter()
        .filter_map(|code| {
            let catalogue = catalogue::get(Space::Kernel, code).map(|entry| entry.symbol);
            let kernel = kernel.get(&code).cloned();
            (kernel.as_deref() != catalogue).then_some(Difference { code, kernel, catalogue })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogue() -> Vec<(String, u32)> {
        catalogue::entries(Space::Kernel)
            .filter(|entry| entry.code != BASE)
            .map(|entry| (entry.symbol.to_owned(), entry.code))
            .collect()
    }

    #[test]
    fn a_kernel_like_the_catalogue_differs_in_nothing() {
        assert_eq!(compare(catalogue()), []);
        assert_eq!(compare(Vec::new()), [], "no BTF says nothing");
    }

    #[test]
    fn what_is_new_renamed_or_gone_is_named() {
        let mut values = catalogue();
        values.retain(|(_, code)| *code != 1022);
        values.push(("ISCSI_ERR_NEW".into(), 1023));
        values.iter_mut().find(|(_, code)| *code == 1020).unwrap().0 = "ISCSI_ERR_RENAMED".into();
        let texts: Vec<_> = compare(values).iter().map(ToString::to_string).collect();
        assert_eq!(
            texts,
            [
                "connection error 1020 is ISCSI_ERR_RENAMED in this kernel, ISCSI_ERR_TCP_CONN_CLOSE in errors.toml",
                "connection error 1022 (ISCSI_ERR_NOP_TIMEDOUT) of errors.toml is not in this kernel",
                "connection error 1023 (ISCSI_ERR_NEW) of this kernel is not in errors.toml",
            ]
        );
    }
}
