//! The table, and which targets were met.

use std::io::{self, Write};

use anyhow::Context;

use super::measure::Cost;
use super::traffic::Generated;
use super::{DIGESTS, LARGE, LARGE_SLICE, MANY, MANY_SLICE};

pub const READ: &str = "`dd bs=1M`, reading only";
pub const SUMMARY: &str = "`iscsi-trace decode --summary`";
pub const JSON: &str = "`iscsi-trace decode --output json`";
pub const SERVICE_TIMES: &str = "`tshark -q -z scsi,srt,0`";
pub const FIELDS: &str = "`tshark -T fields`";

/// One measurement.
#[derive(Debug)]
pub struct Row {
    pub capture: Generated,
    pub what: &'static str,
    pub cost: Cost,
}

#[derive(Debug, Default)]
pub struct Report {
    pub rows: Vec<Row>,
}

/// A target and what became of it.
struct Verdict {
    target: String,
    measured: String,
    met: bool,
}

const GB: f64 = 1e9;
const MB: f64 = 1e6;

impl Row {
    /// Per second of processor time: what one core does.
    fn rate(&self, count: u64) -> f64 {
        // The clock of processor time ticks a hundred times a second.
        count as f64 / self.cost.cpu.max(0.01)
    }
}

impl Report {
    pub fn print(&self) -> anyhow::Result<()> {
        let mut out = io::stdout().lock();
        writeln!(
            out,
            "\n| capture | command | wall s | CPU s | memory MB | GB/s | M packets/s | M PDUs/s |"
        )?;
        writeln!(out, "|---|---|--:|--:|--:|--:|--:|--:|")?;
        for row in &self.rows {
            let Row { capture, what, cost } = row;
            writeln!(
                out,
                "| {} | {what} | {:.2} | {:.2} | {:.0} | {:.2} | {:.2} | {:.2} |",
                capture.name,
                cost.wall,
                cost.cpu,
                cost.rss as f64 / MB,
                row.rate(capture.bytes) / GB,
                row.rate(capture.packets) / MB,
                row.rate(capture.pdus) / MB,
            )?;
        }
        writeln!(out, "\nRates are per second of processor time. The captures:\n")?;
        let mut last = "";
        for Row { capture, .. } in self.rows.iter().filter(|row| row.what == SUMMARY) {
            if capture.name != last {
                let Generated { name, bytes, packets, pdus, .. } = capture;
                writeln!(
                    out,
                    "- {name}: {:.2} GB, {packets} packets, {pdus} PDUs",
                    *bytes as f64 / GB
                )?;
            }
            last = capture.name;
        }
        writeln!(out, "\n| target | measured | |\n|---|---|---|")?;
        for Verdict { target, measured, met } in self.verdicts()? {
            writeln!(out, "| {target} | {measured} | {} |", if met { "PASS" } else { "MISS" })?;
        }
        Ok(())
    }

    fn row(&self, capture: &str, what: &str) -> anyhow::Result<&Row> {
        let mut rows = self.rows.iter();
        rows.find(|row| row.capture.name == capture && row.what == what)
            .with_context(|| format!("{what} on {capture} was not measured"))
    }

    fn verdicts(&self) -> anyhow::Result<Vec<Verdict>> {
        let large = self.row(LARGE.name, SUMMARY)?;
        let many = self.row(MANY.name, SUMMARY)?;
        let speed = large.rate(large.capture.bytes);
        let packets = many.rate(many.capture.packets);
        let mut verdicts = vec![
            Verdict {
                target: "summary: 1 GB/s per core".into(),
                measured: format!("{:.2} GB/s", speed / GB),
                met: speed >= GB,
            },
            Verdict {
                target: "summary: 1 M packets/s per core".into(),
                measured: format!("{:.2} M/s", packets / MB),
                met: packets >= MB,
            },
        ];
        for (slice, load) in [(LARGE_SLICE.name, "blocks"), (MANY_SLICE.name, "small")] {
            for (ours, theirs, kind, times) in
                [(SUMMARY, SERVICE_TIMES, "summary", 40.0), (JSON, FIELDS, "JSON", 10.0)]
            {
                let ratio =
                    self.row(slice, theirs)?.cost.cpu / self.row(slice, ours)?.cost.cpu.max(0.01);
                verdicts.push(Verdict {
                    target: format!("{kind}: {times} times as fast as tshark ({load})"),
                    measured: format!("{ratio:.0} times"),
                    met: ratio >= times,
                });
            }
        }
        let checked = self.row(DIGESTS.name, SUMMARY)?;
        let share = checked.rate(checked.capture.bytes) / speed;
        verdicts.push(Verdict {
            target: "digests verified: half the speed at least".into(),
            measured: format!("{:.0} %", share * 100.0),
            met: share >= 0.5,
        });
        for (what, kind) in [(SUMMARY, "summary"), (JSON, "JSON")] {
            let [whole, slice] = [LARGE.name, LARGE_SLICE.name].map(|name| self.row(name, what));
            let (whole, slice) = (whole?.cost.rss as f64 / MB, slice?.cost.rss as f64 / MB);
            verdicts.push(Verdict {
                target: format!("{kind}: under 100 MB of memory, ten times the file no more of it"),
                measured: format!("{whole:.0} MB, {slice:.0} MB for a tenth"),
                met: whole < 100.0 && whole <= slice * 1.1 + 1.0,
            });
        }
        Ok(verdicts)
    }
}
