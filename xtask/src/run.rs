//! Running other programs: loudly, and stopping at the first that fails.

use std::process::{Command, Output, Stdio};
use std::time::Instant;

use anyhow::{Context, bail};

/// Announces and runs a command with its output on the terminal.
pub fn step(title: &str, command: &mut Command) -> anyhow::Result<()> {
    eprintln!("\n==> {title}\n    {}", line(command));
    let start = Instant::now();
    let status = command.status().with_context(|| format!("cannot start `{}`", line(command)))?;
    if !status.success() {
        bail!("{title}: `{}` ended with {status}", line(command));
    }
    eprintln!("    ok, {:.1} s", start.elapsed().as_secs_f64());
    Ok(())
}

/// Runs a command without showing its output, which becomes part of the error when it fails.
pub fn quiet(command: &mut Command) -> anyhow::Result<Output> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start `{}`", line(command)))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("`{}` ended with {}: {}", line(command), output.status, said.trim());
    }
    Ok(output)
}

/// Whether a command can be started and succeeds; for questions, not for work.
pub fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn line(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}
