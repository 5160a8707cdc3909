use std::collections::BTreeMap;

use iscsi_ebpf::offsets::Field;
use serde::Deserialize;

use crate::kernel::release::{Release, Version};

/// Offsets of kernels whose modules have no BTF.
const TABLE: &str = include_str!("table.toml");

/// The offsets of one range of kernels.
pub struct Table {
    /// Where they were read from.
    pub source: &'static str,
    structs: Structs,
}

type Structs = BTreeMap<String, BTreeMap<String, u32>>;

#[derive(Deserialize)]
struct File<'a> {
    #[serde(borrow)]
    kernel: Vec<Row<'a>>,
}

#[derive(Deserialize)]
struct Row<'a> {
    from: &'a str,
    before: &'a str,
    machine: &'a str,
    source: &'a str,
    structs: Structs,
}

/// The table for a kernel, if there is one.
pub fn of(release: &Release) -> Option<Table> {
    let rows = rows().ok()?;
    let row = rows.into_iter().find(|row| {
        row.machine == std::env::consts::ARCH
            && Version::parse(row.from).is_some_and(|from| from <= release.version())
            && Version::parse(row.before).is_some_and(|before| release.version() < before)
    })?;
    Some(Table { source: row.source, structs: row.structs })
}

fn rows() -> Result<Vec<Row<'static>>, toml::de::Error> {
    toml::from_str::<File<'static>>(TABLE).map(|file| file.kernel)
}

impl Table {
    pub fn get(&self, field: &Field) -> Option<u32> {
        self.structs.get(field.type_name)?.get(field.path).copied()
    }
}

#[cfg(test)]
mod tests {
    use iscsi_ebpf::offsets::FIELDS;

    use super::*;

    #[test]
    fn every_row_of_the_table_is_a_field_of_ours() {
        let rows = rows().unwrap();
        assert!(!rows.is_empty());
        for row in rows {
            for (name, members) in &row.structs {
                for path in members.keys() {
                    let known =
                        FIELDS.iter().any(|field| field.type_name == name && field.path == path);
                    assert!(known, "{name}.{path}");
                }
            }
        }
    }

    #[test]
    fn it_holds_for_the_kernels_it_names_only() {
        assert!(of(&Release::parse("5.10.0-46-cloud-amd64")).is_some());
        assert!(of(&Release::parse("5.11.0")).is_none());
        assert!(of(&Release::parse("5.9.16")).is_none());
        assert!(of(&Release::parse("6.1.0-50-amd64")).is_none());
    }
}
