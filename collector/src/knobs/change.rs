//! What is done to the machine, one write at a time.

use std::{
    fmt,
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{
    dyndbg::{self, Site},
    form,
};

/// One thing done to the machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum Change {
    /// A trace instance is made; all that is set in it goes when it goes.
    Instance {
        /// Its folder.
        path: PathBuf,
    },
    /// A file of that instance is written.
    Within {
        /// The file.
        path: PathBuf,
        /// What is written.
        value: String,
        /// Behind what is there already (filters).
        append: bool,
    },
    /// A number is changed.
    Number {
        /// The file.
        path: PathBuf,
        /// What it was.
        before: u32,
        /// What it becomes.
        after: u32,
    },
    /// Call sites are switched on that were off.
    Sites {
        /// The control file.
        path: PathBuf,
        /// The call sites as they were.
        sites: Vec<Site>,
        /// What switches them on.
        queries: Vec<String>,
    },
}

impl Change {
    /// Whether undoing another change (removing the instance) undoes this one.
    pub fn goes_with_its_instance(&self) -> bool {
        matches!(self, Self::Within { .. })
    }

    /// Whether the messages it brings come in the kernel log.
    pub fn fills_kernel_log(&self) -> bool {
        matches!(self, Self::Number { .. } | Self::Sites { .. })
    }

    /// Makes the change.
    ///
    /// # Errors
    /// If the file cannot be written, or the kernel did not take the value.
    pub fn make(&self) -> io::Result<()> {
        match self {
            Self::Instance { path } => fs::create_dir(path),
            Self::Within { path, value, append } => write(path, value, *append),
            Self::Number { path, after, .. } => write_number(path, *after),
            Self::Sites { path, queries, .. } => write_queries(path, queries),
        }
    }
}

/// As shell commands, which is what `--dry-run` prints.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Instance { path } => write!(f, "mkdir {}", path.display()),
            Self::Within { path, value, append } => {
                let arrow = if *append { ">>" } else { ">" };
                write!(f, "echo '{value}' {arrow} {}", path.display())
            }
            Self::Number { path, before, after } => {
                write!(f, "echo {after} > {}  # was {before}", path.display())
            }
            Self::Sites { path, queries, .. } => {
                for (position, query) in queries.iter().enumerate() {
                    let end = if position == 0 { "" } else { "\n" };
                    write!(f, "{end}echo '{query}' > {}", path.display())?;
                }
                Ok(())
            }
        }
    }
}

/// Writes a number and looks whether the kernel took it.
pub(super) fn write_number(path: &Path, number: u32) -> io::Result<()> {
    write(path, &number.to_string(), false)?;
    let now = read_number(path)?;
    if now == Some(number) {
        return Ok(());
    }
    let now = now.map_or_else(|| "no number".to_owned(), |now| now.to_string());
    Err(io::Error::other(format!("wrote {number}, but it reads {now}")))
}

/// The number in a file.
pub(super) fn read_number(path: &Path) -> io::Result<Option<u32>> {
    fs::read_to_string(path).map(|text| form::number(&text))
}

/// Writes queries to dynamic debug's control file.
pub(super) fn write_queries(path: &Path, queries: &[String]) -> io::Result<()> {
    dyndbg::batches(queries).iter().try_for_each(|batch| write(path, batch, false))
}

fn write(path: &Path, value: &str, append: bool) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).append(append).truncate(!append).open(path)?;
    // The kernel takes a value from one write; newlines end filters.
    file.write_all(format!("{value}\n").as_bytes())
}
