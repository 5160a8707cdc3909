use std::fs::File;
use std::io::{self, BufRead, BufReader};

use rustc_hash::FxHashMap;

use super::{Lookup, Symbol};
use crate::host::Roots;

/// `/proc/kallsyms`: all functions by address, and those asked for by name.
#[derive(Default)]
pub struct Symbols {
    /// By address.
    functions: Vec<Function>,
    names: String,
    modules: Vec<String>,
    /// Functions asked for, by their name without the compiler's suffix.
    wanted: FxHashMap<String, Vec<Wanted>>,
}

struct Function {
    address: u64,
    name: u32,
    length: u16,
    module: u16,
}

struct Wanted {
    full: String,
    module: u16,
}

/// Index of the kernel itself in `modules`.
const KERNEL: u16 = 0;

impl Symbols {
    /// Reads the table; `names` are the functions that [`Symbols::find`] will be asked for.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read<'a>(roots: &Roots, names: impl IntoIterator<Item = &'a str>) -> io::Result<Self> {
        Self::parse(
            BufReader::with_capacity(1 << 16, File::open(roots.path("/proc/kallsyms"))?),
            names,
        )
    }

    /// Lines are address, type, name, and for a module's symbol a tab and its name in brackets.
    pub(super) fn parse<'a>(
        mut lines: impl BufRead,
        names: impl IntoIterator<Item = &'a str>,
    ) -> io::Result<Self> {
        let mut symbols = Self { modules: vec![String::new()], ..Self::default() };
        symbols.wanted = names.into_iter().map(|name| (name.to_owned(), Vec::new())).collect();
        let mut line = String::new();
        while lines.read_line(&mut line)? != 0 {
            symbols.add(&line);
            line.clear();
        }
        symbols.functions.sort_by_key(|function| function.address);
        Ok(symbols)
    }

    fn add(&mut self, line: &str) -> Option<()> {
        let mut words = line.split_ascii_whitespace();
        let address = u64::from_str_radix(words.next()?, 16).ok()?;
        // Code: local or global, strong or weak.
        if !matches!(words.next()?, "t" | "T" | "w" | "W") {
            return None;
        }
        let name = words.next()?;
        let module = self.module(words.next());
        let (stem, suffix) = name.split_once('.').unwrap_or((name, ""));
        // `.cold` is a function's unlikely part, never called.
        if !suffix.contains("cold")
            && let Some(found) = self.wanted.get_mut(stem)
        {
            found.push(Wanted { full: name.to_owned(), module });
        }
        // Hidden addresses are all 0.
        if address != 0 {
            let start = u32::try_from(self.names.len()).ok()?;
            let length = u16::try_from(name.len()).ok()?;
            self.names.push_str(name);
            self.functions.push(Function { address, name: start, length, module });
        }
        Some(())
    }

    fn module(&mut self, word: Option<&str>) -> u16 {
        let Some(name) = word.and_then(|word| word.strip_prefix('[')?.strip_suffix(']')) else {
            return KERNEL;
        };
        // Symbols of a module stand together, at the end.
        let known = self.modules.iter().rposition(|module| module == name);
        let index = known.unwrap_or_else(|| {
            self.modules.push(name.to_owned());
            self.modules.len() - 1
        });
        u16::try_from(index).unwrap_or(KERNEL)
    }

    /// Looks a function up that was named when reading; one of a module that is built in counts as the module's.
    #[must_use]
    pub fn find(&self, module: &str, name: &str) -> Lookup {
        let found = self.wanted.get(name).map_or(&[][..], Vec::as_slice);
        let mut here = found.iter().filter(|symbol| {
            symbol.module == KERNEL || self.name_of(symbol.module) == Some(module)
        });
        let mut clone = None;
        if here.any(|symbol| {
            clone = Some(&symbol.full);
            symbol.full == name
        }) {
            return Lookup::Found;
        }
        clone.map_or(Lookup::Missing, |full| Lookup::Clone(full.clone()))
    }

    /// The function an address lies in.
    #[must_use]
    pub fn at(&self, address: u64) -> Option<Symbol> {
        let behind = self.functions.partition_point(|function| function.address <= address);
        let function = self.functions.get(behind.checked_sub(1)?)?;
        let start = function.name as usize;
        let name = self.names.get(start..start + usize::from(function.length))?;
        Some(Symbol {
            name: name.to_owned(),
            offset: address - function.address,
            module: self.name_of(function.module).map(str::to_owned),
        })
    }

    fn name_of(&self, module: u16) -> Option<&str> {
        let name = self.modules.get(usize::from(module))?;
        (module != KERNEL).then_some(name.as_str())
    }
}
