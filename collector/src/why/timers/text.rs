//! A chain as a table for people.

use std::io::{self, Write};

use super::{Chain, Ladder};
use crate::host::session::Patience;
use crate::output::Plain;
use crate::why::render::text::{Shown, paragraph};

/// The table is as wide as that; what is said besides need not be wider.
const SHOWN: Shown = Shown { verbose: false, colour: false, width: 80 };

/// Writes a session's ladders.
///
/// # Errors
/// When `out` does not take it.
pub fn write(out: &mut dyn Write, chain: &Chain) -> io::Result<()> {
    let target = chain.target.as_deref().unwrap_or("no target");
    writeln!(out, "Session {}: {}", chain.sid, Plain(target))?;
    chain.ladders.iter().try_for_each(|ladder| self::ladder(out, ladder))?;
    for line in &chain.multipath {
        writeln!(out, "  {}", Plain(line))?;
    }
    Ok(())
}

fn ladder(out: &mut dyn Write, ladder: &Ladder) -> io::Result<()> {
    writeln!(out, "\n  If {}:", ladder.when)?;
    if !ladder.timers.is_empty() {
        writeln!(out, "    {:>9}  {:<22} {:>8}  then", "after", "timer", "runs")?;
    }
    for timer in &ladder.timers {
        let (after, runs) = (shown(timer.fires_after_s), shown(timer.runs_s));
        writeln!(out, "    {after:>9}  {:<22} {runs:>8}  {}", timer.setting, timer.then)?;
    }
    if ladder.timers.len() > 1 {
        writeln!(out, "    {:>9}  in all", shown(ladder.total_s))?;
    }
    ladder.notes.iter().try_for_each(|note| paragraph(out, SHOWN, "    - ", "      ", note))
}

fn shown(patience: Patience) -> String {
    match patience {
        Patience::Seconds(seconds) => format!("{seconds} s"),
        Patience::Endless => "never".to_owned(),
    }
}
