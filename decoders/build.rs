//! Compiles `errors.toml` into the static tables behind `catalogue::get`.

#[path = "build/emit.rs"]
mod emit;
#[path = "build/label.rs"]
mod label;
#[path = "build/source.rs"]
mod source;
#[path = "src/catalogue/space.rs"]
#[expect(dead_code, reason = "the library uses more of the name spaces than the build does")]
mod space;

use std::{env, fs, path::Path, process::ExitCode};

const CATALOGUE: &str = "../errors.toml";

fn main() -> ExitCode {
    println!("cargo:rerun-if-changed={CATALOGUE}");
    println!("cargo:rerun-if-changed=build");
    match compile() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("errors.toml: {message}");
            ExitCode::FAILURE
        }
    }
}

fn compile() -> Result<(), String> {
    let text = fs::read_to_string(CATALOGUE).map_err(|e| format!("{CATALOGUE}: {e}"))?;
    let catalogue = source::read(&text)?;
    let out = env::var_os("OUT_DIR").ok_or("OUT_DIR is not set: run this through cargo")?;
    fs::write(Path::new(&out).join("catalogue.rs"), emit::tables(&catalogue))
        .map_err(|e| format!("the generated tables cannot be written: {e}"))
}
