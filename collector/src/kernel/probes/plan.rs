use std::collections::BTreeSet;
use std::fmt;

use iscsi_ebpf::config::Config;
use iscsi_ebpf::offsets::FIELDS;
use iscsi_ebpf::text::Words;

use super::tracepoint::{self, FormatError};
use super::{PROBES, Point, Probe};
use crate::host::Roots;
use crate::kernel::btf;
use crate::kernel::offsets::Known;
use crate::kernel::symbols::{Lookup, Symbols};

/// Which probes can be attached to a kernel as it is now.
pub struct Plan {
    /// In the table's order.
    pub probes: Vec<Planned>,
    /// For the global `TEXT`.
    pub words: Option<Words>,
}

/// One probe and whether it can go where it belongs.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The probe.
    pub probe: &'static Probe,
    /// Why not; none where nothing is known to be in the way.
    pub off: Option<Reason>,
}

/// Why a probe is off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Nothing it reports was asked for.
    NotAsked,
    /// Its module is not loaded; it is attached when it comes.
    Module(&'static str),
    /// A field it needs has no place in this kernel.
    Field(&'static str, btf::Error),
    /// This kernel does not have the function.
    Function(&'static str),
    /// This kernel has only a copy of the function whose arguments are elsewhere.
    Clone(String),
    /// The tracepoint is not there or not as expected.
    Tracepoint(FormatError),
    /// The kernel refused the program.
    Load(String),
    /// The kernel refused to attach it.
    Attach(String),
    /// Offsets from the table turned out not to be this kernel's.
    Disproven(String),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAsked => f.write_str("not asked for"),
            Self::Module(module) => write!(f, "module {module} is not loaded"),
            Self::Field(field, error) => write!(f, "{error} ({field})"),
            Self::Function(function) => write!(f, "this kernel has no function {function}"),
            Self::Clone(name) => {
                write!(
                    f,
                    "the compiler left only {name}, whose arguments are not where the source says"
                )
            }
            Self::Tracepoint(error) => error.fmt(f),
            Self::Load(error) => write!(f, "the kernel refused the program: {error}"),
            Self::Attach(error) => write!(f, "cannot be attached: {error}"),
            Self::Disproven(what) => write!(f, "the table of offsets is not this kernel's: {what}"),
        }
    }
}

impl Reason {
    /// Whether a function can be probed.
    pub(crate) fn of_function(
        symbols: &Symbols,
        module: &str,
        function: &'static str,
    ) -> Result<(), Self> {
        match symbols.find(module, function) {
            Lookup::Found => Ok(()),
            Lookup::Clone(name) => Err(Self::Clone(name)),
            Lookup::Missing => Err(Self::Function(function)),
        }
    }

    /// What helps; nothing where nothing is wrong.
    #[must_use]
    pub fn remedy(&self) -> Option<&'static str> {
        Some(match self {
            Self::NotAsked | Self::Module(_) => return None,
            Self::Field(..) | Self::Disproven(_) => {
                "boot a kernel built with CONFIG_DEBUG_INFO_BTF_MODULES; if it is, report its release"
            }
            Self::Function(_) | Self::Clone(_) => {
                "boot a distribution's kernel, which has it; the other probes do not need it"
            }
            Self::Tracepoint(FormatError::NoTracefs) => {
                "run as root; mount -t tracefs tracefs /sys/kernel/tracing"
            }
            Self::Tracepoint(FormatError::Missing(_)) => {
                "boot a kernel built with CONFIG_EVENT_TRACING"
            }
            Self::Tracepoint(_) | Self::Load(_) => {
                "report it with the kernel's release; the other probes do not need it"
            }
            Self::Attach(_) => "update the kernel, or report it with the kernel's release",
        })
    }

    /// Whether the kernel was asked and said no.
    #[must_use]
    pub const fn is_refusal(&self) -> bool {
        matches!(self, Self::Load(_) | Self::Attach(_) | Self::Function(_) | Self::Clone(_))
    }

    /// Whether something is missing that should be there, and not only unwanted or not loaded.
    #[must_use]
    pub const fn is_problem(&self) -> bool {
        !matches!(self, Self::NotAsked | Self::Module(_))
    }
}

impl Plan {
    /// Names of all functions that have probes, for [`Symbols::read`].
    pub fn functions() -> impl Iterator<Item = &'static str> {
        PROBES.iter().filter_map(|probe| probe.point.function())
    }

    /// Compares the table with the kernel; without `symbols`, functions of modules that are there are not doubted.
    #[must_use]
    pub fn make(
        roots: &Roots,
        config: &Config,
        known: &Known,
        symbols: Option<&Symbols>,
        modules: &BTreeSet<String>,
    ) -> Self {
        let words = tracepoint::words(roots);
        let off = |probe: &Probe| {
            if !probe.feature.is_asked(config) {
                return Some(Reason::NotAsked);
            }
            place(&probe.point, symbols, words.as_ref().err(), modules).err().or_else(|| {
                let mut fields = probe.fields.iter().copied().flatten();
                fields.find_map(|name| {
                    let error = known.missing(name)?;
                    let module = FIELDS.iter().find(|field| field.name == *name)?.module;
                    Some(match is_there(module, modules) {
                        true => Reason::Field(name, error.clone()),
                        false => Reason::Module(module),
                    })
                })
            })
        };
        let probes = PROBES.iter().map(|probe| Planned { probe, off: off(probe) }).collect();
        Self { probes, words: words.ok() }
    }
}

/// Whether the kernel has the place a probe belongs to.
fn place(
    point: &Point,
    symbols: Option<&Symbols>,
    words: Option<&FormatError>,
    modules: &BTreeSet<String>,
) -> Result<(), Reason> {
    let module = point.module();
    if !is_there(module, modules) {
        return Err(Reason::Module(module));
    }
    match *point {
        Point::Entry { function, .. } | Point::Return { function, .. } => {
            symbols.map_or(Ok(()), |symbols| Reason::of_function(symbols, module, function))
        }
        Point::Tracepoint { .. } => {
            words.map_or(Ok(()), |error| Err(Reason::Tracepoint(error.clone())))
        }
        Point::RawTracepoint { .. } => Ok(()),
    }
}

fn is_there(module: &str, modules: &BTreeSet<String>) -> bool {
    module == "vmlinux" || modules.contains(module)
}
