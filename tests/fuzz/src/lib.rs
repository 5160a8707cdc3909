//! What must hold for any input, target by target.
//!
//! Every target is a function from bytes; that it does not panic is the least. They run under libFuzzer
//! (`cargo xtask fuzz`), and over their seeds and what was once found in the ordinary tests.

#[allow(dead_code, reason = "the builder serves other tests, too")]
#[path = "../../../collector/tests/probes/builder.rs"]
mod builder;
mod script;
mod secrets;
pub mod seeds;
mod targets;
mod wire;

/// One thing to fuzz.
pub struct Target {
    /// What `cargo xtask fuzz` calls it.
    pub name: &'static str,
    /// Takes one input and panics when something that must hold does not.
    pub run: fn(&[u8]),
    /// Inputs to start from.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Words inputs are likely to hold.
    pub words: fn() -> Vec<String>,
}

/// All targets.
pub const TARGETS: &[Target] = targets::ALL;

/// The target of this name.
#[must_use]
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}
