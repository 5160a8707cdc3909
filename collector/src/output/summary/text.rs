//! The summary for people.

use std::io::{self, Write};

use iscsi_decoders::catalogue::{self, Space};
use iscsi_decoders::pdu::Direction;

use super::{Capture, Group, Summary};
use crate::model::finding::Duration;
use crate::model::{Connection, Model, Session, Stage, rule_of};
use crate::output::time::{Clock, Date};
use crate::output::{Hex, Plain};

pub(super) fn print(
    summary: &Summary,
    model: &Model,
    capture: &Capture,
    out: &mut dyn Write,
) -> io::Result<()> {
    head(summary, model, capture, out)?;
    for (number, session) in model.sessions().iter().enumerate() {
        self::session(number + 1, session, model, out)?;
    }
    findings(summary, out)?;
    kernel(summary, out)?;
    skipped(model, capture, out)
}

fn head(
    summary: &Summary,
    model: &Model,
    capture: &Capture,
    out: &mut dyn Write,
) -> io::Result<()> {
    let totals = &capture.totals;
    let packets = totals.net.packets + totals.recorded.pdus;
    write!(out, "{}: {packets} packets, {}", capture.name, Bytes(totals.bytes))?;
    if let Some(first) = totals.first {
        let length = Duration(totals.last.time.since(first));
        write!(out, ", {length} from {}", Date(first))?;
    }
    let (connections, sessions) = (summary.connections(model).count(), model.sessions().len());
    writeln!(
        out,
        "\n{} PDUs on {connections} connection{} in {sessions} session{}",
        summary.pdus,
        plural(connections),
        plural(sessions)
    )
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

fn session(number: usize, session: &Session, model: &Model, out: &mut dyn Write) -> io::Result<()> {
    let initiator = session.initiator.as_deref().unwrap_or("unknown initiator");
    let target = match (&session.target, session.discovery) {
        (Some(target), _) => target.as_str(),
        (None, true) => "discovery",
        (None, false) => "unknown target",
    };
    write!(out, "\nSession {number}: {} → {}", Plain(initiator), Plain(target))?;
    if let Some(isid) = &session.isid {
        write!(out, ", isid {}", Hex(isid))?;
    }
    if let Some(tsih) = session.tsih {
        write!(out, ", tsih {tsih}")?;
    }
    match session.sid {
        Some(sid) => writeln!(out, ", Linux session {sid}")?,
        None => writeln!(out)?,
    }
    let of_session = |connection: &&Connection| session.connections.contains(&connection.id);
    for connection in model.connections().iter().filter(of_session) {
        self::connection(connection, out)?;
    }
    // What the last login that succeeded agreed on is in force; else the last attempt is of interest.
    let logged_in = |connection: &&Connection| connection.login.limits.is_some();
    let mut attempts = model.connections().iter().filter(of_session);
    let last = attempts.clone().rfind(logged_in).or_else(|| attempts.next_back());
    if let Some(connection) = last {
        negotiation(connection, out)?;
    }
    commands(session, out)
}

fn connection(connection: &Connection, out: &mut dyn Write) -> io::Result<()> {
    let Connection { id, ends, opened, pdus, .. } = connection;
    write!(
        out,
        "  #{} {} → {}  {}  {pdus} PDUs, ",
        id.0,
        ends.initiator,
        ends.target,
        Clock(opened.time)
    )?;
    match connection.login.stage {
        Stage::Unknown => write!(out, "login not captured")?,
        Stage::Login(_) => write!(out, "login not finished")?,
        Stage::FullFeature => write!(out, "logged in")?,
        Stage::LoggedOut => write!(out, "logged out")?,
        Stage::Refused(class, detail) => write!(out, "login refused ({class:02x}{detail:02x})")?,
    }
    for step in &connection.login.steps {
        let name = if step.stage == 0 { "security" } else { "operational" };
        write!(out, ", {name} stage {}", Duration(step.duration))?;
    }
    if let Some((stamp, by, reset)) = connection.closed {
        let who = if by == Direction::ToTarget { "initiator" } else { "target" };
        let how = if reset { "reset" } else { "closed" };
        let after = Duration(stamp.time.since(opened.time));
        write!(out, ", {how} by the {who} after {after}")?;
    }
    writeln!(out)
}

fn negotiation(connection: &Connection, out: &mut dyn Write) -> io::Result<()> {
    // Names and aliases stand in the headings; what follows a rule is worth comparing.
    let entries = connection.login.negotiation.entries();
    let mut entries = entries.filter(|entry| rule_of(&entry.key).is_some()).peekable();
    if entries.peek().is_none() {
        return Ok(());
    }
    writeln!(out, "  {:<26} {:<18} {:<18} in force", "key", "requested", "offered")?;
    for entry in entries {
        let silent = entry.default().map_or_else(|| "-".to_owned(), |value| format!("({value})"));
        let said = |value: &Option<String>| value.clone().unwrap_or_else(|| silent.clone());
        writeln!(
            out,
            "  {:<26} {:<18} {:<18} {}",
            entry.key,
            Plain(&said(&entry.requested)).to_string(),
            Plain(&said(&entry.offered)).to_string(),
            Plain(entry.result().unwrap_or("each its own"))
        )?;
    }
    Ok(())
}

fn commands(session: &Session, out: &mut dyn Write) -> io::Result<()> {
    let commands = session.commands.sorted();
    if commands.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "  {:>3} {:<22} {:>8} {:>6} {:>10} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}",
        "lun", "command", "count", "failed", "bytes", "min", "mean", "p50", "p95", "p99", "max"
    )?;
    for (key, stats) in commands {
        let unknown = format!("opcode 0x{:02x}", key.opcode);
        let name = if key.name.is_empty() { unknown.as_str() } else { key.name };
        write!(
            out,
            "  {:>3} {name:<22} {:>8} {:>6} {:>10}",
            key.lun.to_string(),
            stats.count,
            stats.failed,
            Bytes(stats.bytes).to_string()
        )?;
        let percentiles = [50.0, 95.0, 99.0].map(|percent| stats.percentile(percent));
        let [p50, p95, p99] = percentiles;
        for time in [stats.min, stats.mean(), p50, p95, p99, stats.max] {
            write!(out, " {:>9}", Duration(time).to_string())?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn findings(summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
    if summary.findings.is_empty() {
        return writeln!(out, "\nNo findings.");
    }
    writeln!(out, "\nFindings")?;
    for (name, Group { count, examples }) in &summary.findings {
        writeln!(out, "  {count} × {name}")?;
        for finding in examples {
            write!(
                out,
                "      frame {} #{} {}",
                finding.stamp.frame,
                finding.connection.0,
                Clock(finding.stamp.time)
            )?;
            if let Some(tag) = finding.initiator_task_tag {
                write!(out, " itt 0x{tag:x}")?;
            }
            writeln!(out, ": {}", Plain(&finding.kind.to_string()))?;
        }
    }
    Ok(())
}

/// What the initiator's kernel had to say.
fn kernel(summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
    if !summary.errors.is_empty() {
        writeln!(out, "\nConnection errors")?;
    }
    for (code, count) in &summary.errors {
        match catalogue::get(Space::Kernel, *code) {
            Some(entry) => writeln!(out, "  {count} × {code} {}: {}", entry.symbol, entry.meaning)?,
            None => writeln!(out, "  {count} × {code}")?,
        }
    }
    if !summary.lost.is_empty() {
        writeln!(out, "\nLost by the probes")?;
    }
    for ((cause, kind), events) in &summary.lost {
        writeln!(out, "  {events:>10} {kind}: {cause}")?;
    }
    Ok(())
}

fn skipped(model: &Model, capture: &Capture, out: &mut dyn Write) -> io::Result<()> {
    let net = &capture.totals.net;
    let bytes: u64 = model.connections().iter().map(|connection| connection.skipped).sum();
    let rows = [
        ("bytes of iSCSI streams (not captured, or not iSCSI)", bytes),
        ("TCP segments of other protocols", capture.totals.streams.foreign_segments),
        (
            "connections to iSCSI ports without a single PDU",
            capture.totals.streams.foreign_connections,
        ),
        ("packets that are not IP", net.not_ip),
        ("IP packets without TCP or UDP", net.other_protocol),
        ("packets of a link type not read here", net.unknown_link),
        ("packets cut inside their headers", net.truncated),
        ("malformed packets", net.malformed),
        ("IP datagrams with missing fragments", net.incomplete_datagrams),
        ("packets with too many nested tunnels", net.too_deep),
    ];
    if rows.iter().all(|(_, count)| *count == 0) {
        return Ok(());
    }
    writeln!(out, "\nSkipped")?;
    for (what, count) in rows.iter().filter(|(_, count)| *count > 0) {
        writeln!(out, "  {count:>10} {what}")?;
    }
    Ok(())
}

/// A number of bytes in the largest binary unit that keeps it above 1.
struct Bytes(u64);

impl std::fmt::Display for Bytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0 < 1024 {
            return write!(f, "{} B", self.0);
        }
        let units = ["KiB", "MiB", "GiB", "TiB"];
        let power = (self.0.ilog2() / 10).min(4);
        let value = self.0 as f64 / 1024_f64.powi(power.cast_signed());
        let unit = units.get(power as usize - 1).copied().unwrap_or_default();
        write!(f, "{value:.1} {unit}")
    }
}
