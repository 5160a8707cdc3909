//! Names for the addresses of kernel stacks.

use std::sync::LazyLock;
use std::thread;

use crate::host::Roots;
use crate::kernel::probes::Plan;
use crate::kernel::symbols::Symbols;

/// The kernel's functions, read beside everything else: the list is long, and needed only when something fails.
pub struct Names(LazyLock<Symbols, Box<dyn FnOnce() -> Symbols + Send>>);

impl Names {
    /// Begins to read.
    pub fn read(roots: &Roots) -> Self {
        let roots = roots.clone();
        // What cannot be read, or not in a thread, leaves addresses without names.
        let reader = thread::Builder::new()
            .name("kallsyms".into())
            .spawn(move || Symbols::read(&roots, Plan::functions()).unwrap_or_default());
        let wait = move || reader.ok().and_then(|reader| reader.join().ok()).unwrap_or_default();
        Self(LazyLock::new(Box::new(wait)))
    }

    /// The functions; waits for the reading's end.
    pub fn get(&self) -> &Symbols {
        &self.0
    }
}
