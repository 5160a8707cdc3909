use std::fs;

use iscsi_ebpf::text::Words;

use super::{PROBES, Point};
use crate::host::Roots;
use crate::kernel::tracefs;

/// Where the fields of a tracepoint's record lie: its `format` file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Format {
    fields: Vec<Field>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Field {
    declaration: String,
    offset: u32,
    size: u32,
}

/// What is wrong with a tracepoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// The tracing file system cannot be read.
    #[error("tracefs is not readable (mount -t tracefs tracefs /sys/kernel/tracing)")]
    NoTracefs,
    /// The kernel does not have it (yet).
    #[error("no tracepoint {0}")]
    Missing(&'static str),
    /// Its record is not what the probe reads.
    #[error("tracepoint {0} has no string {1}")]
    Field(&'static str, &'static str),
    /// The seven share one layout in all kernels known.
    #[error("tracepoint {0} has another record than its siblings")]
    Different(&'static str),
}

impl Format {
    /// Lines read `field:__data_loc char[] msg; offset:12; size:4; signed:0;`.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self { fields: text.lines().filter_map(Field::parse).collect() }
    }

    /// Offset of a string of variable length (`__data_loc char[] NAME`), which is a word that tells where it lies.
    #[must_use]
    pub fn string(&self, name: &str) -> Option<u32> {
        let field = self.fields.iter().find(|field| {
            let mut words = field.declaration.split_ascii_whitespace();
            words.next_back() == Some(name) && words.next() == Some("__data_loc")
        })?;
        (field.size == 4).then_some(field.offset)
    }
}

impl Field {
    fn parse(line: &str) -> Option<Self> {
        let mut parts = line.trim().split(';').map(str::trim);
        Some(Self {
            declaration: parts.next()?.strip_prefix("field:")?.to_owned(),
            offset: parts.next()?.strip_prefix("offset:")?.parse().ok()?,
            size: parts.next()?.strip_prefix("size:")?.parse().ok()?,
        })
    }
}

/// Where the records of the `iscsi:*` tracepoints have their two strings.
///
/// # Errors
/// The first tracepoint that is missing or not as the probes read it.
pub fn words(roots: &Roots) -> Result<Words, FormatError> {
    let events = tracefs::folder(roots).ok_or(FormatError::NoTracefs)?.join("events");
    let mut common = None;
    for probe in PROBES {
        let Point::Tracepoint { category, name, .. } = probe.point else { continue };
        let text = fs::read_to_string(events.join(category).join(name).join("format"))
            .map_err(|_| FormatError::Missing(name))?;
        let format = Format::parse(&text);
        let string = |field| format.string(field).ok_or(FormatError::Field(name, field));
        let words = Words { device: string("dname")?, message: string("msg")? };
        if *common.get_or_insert(words) != words {
            return Err(FormatError::Different(name));
        }
    }
    common.ok_or(FormatError::NoTracefs)
}
