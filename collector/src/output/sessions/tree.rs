//! A session in full.

use std::io::{self, Write};

use super::{UNKNOWN, devices, portal, settings, shown, tcp};
use crate::cli::Look;
use crate::host::session::{Connection, Detail, Session};

/// Columns of the labels.
const LABEL: usize = 12;

pub(super) fn write(
    out: &mut impl Write,
    look: Look,
    session: &Session,
    detail: Detail,
) -> io::Result<()> {
    let heading = format!("session {}  {}", session.sid, shown(session.target_name.as_deref()));
    writeln!(out, "{}", look.bold(&heading))?;
    for problem in &session.problems {
        writeln!(out, "{}", look.bold(&format!("! {}", shown(Some(problem)))))?;
    }
    label(out, "state", &state(session))?;
    label(out, "portal", &portals(session))?;
    label(out, "initiator", &initiator(session))?;
    label(out, "host", &host(session))?;
    if let Some(pid) = session.creator_pid {
        label(out, "made by", &format!("iscsid, process {pid}"))?;
    }
    for connection in &session.connections {
        label(out, "connection", &ends(connection))?;
        if let Some(tcp) = &connection.tcp {
            tcp::lines(tcp).iter().try_for_each(|line| label(out, "  TCP", line))?;
        }
    }
    if detail >= Detail::Settings {
        label(out, "CHAP", &chap(session))?;
        settings::write(out, look, session)?;
    }
    devices::write(out, look, session, detail)?;
    for note in session.notes.iter() {
        writeln!(out, "  ({})", shown(Some(note)))?;
    }
    Ok(())
}

fn label(out: &mut impl Write, label: &str, text: &str) -> io::Result<()> {
    writeln!(out, "  {label:LABEL$}{text}")
}

fn state(session: &Session) -> String {
    let mut text = shown(session.state.as_deref());
    if let Some(target) = &session.target_state {
        text.push_str(&format!(", target {}", shown(Some(target))));
    }
    if let Some(limit) = session.timeouts.recovery_tmo {
        text.push_str(&format!(", recovery timeout {limit}{}", seconds(&limit.to_string())));
    }
    if let Some(state) = &session.iscsid_state {
        text.push_str(&format!(", iscsid: {}", shown(Some(state))));
    }
    text
}

/// A number gets its unit, a word does not.
fn seconds(text: &str) -> &'static str {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { " s" } else { "" }
}

fn portals(session: &Session) -> String {
    let current = portal(session);
    let configured = session.connection().and_then(Connection::persistent_portal);
    match configured {
        Some(configured) if !current.starts_with(&configured) => {
            format!("{current}, configured {}", shown(Some(&configured)))
        }
        _ => current,
    }
}

fn initiator(session: &Session) -> String {
    let Some(iface) = &session.iface else { return UNKNOWN.to_owned() };
    let mut text = shown(iface.initiator_name.as_deref());
    let parts = [
        ("iface", &iface.name),
        ("address", &iface.ip_address),
        ("hardware address", &iface.hw_address),
        ("device", &iface.netdev),
    ];
    for (name, value) in parts {
        if let Some(value) = value {
            text.push_str(&format!(", {name} {}", shown(Some(value))));
        }
    }
    if let Some(isid) = &session.isid {
        text.push_str(&format!(", ISID {}", shown(Some(isid))));
    }
    text
}

fn host(session: &Session) -> String {
    let Some(host) = &session.host else { return UNKNOWN.to_owned() };
    let mut text = format!("host{} {}", host.number, shown(host.driver.as_deref()));
    if let Some(state) = &host.state {
        text.push_str(&format!(", {}", shown(Some(state))));
    }
    let numbers = [("at most", host.can_queue, "commands"), ("now", host.busy, "commands")];
    for (when, number, what) in numbers {
        if let Some(number) = number {
            text.push_str(&format!(", {when} {number} {what}"));
        }
    }
    if let Some(deadline) = &host.eh_deadline {
        text.push_str(&format!(", eh_deadline {}{}", shown(Some(deadline)), seconds(deadline)));
    }
    text
}

fn ends(connection: &Connection) -> String {
    let mut text = format!("{} {}", connection.cid, shown(connection.state.as_deref()));
    let local = connection
        .tcp
        .as_ref()
        .and_then(|tcp| tcp.local_address)
        .map(|address| address.to_string());
    match (local, connection.local_port) {
        (Some(address), Some(port)) => text.push_str(&format!(", from {address} port {port}")),
        (None, Some(port)) => text.push_str(&format!(", from port {port}")),
        _ => {}
    }
    if let Some(number) = connection.exp_stat_sn {
        text.push_str(&format!(", ExpStatSN {number}"));
    }
    text
}

/// Only the method is known here, and only from the record: names and secrets are not read.
fn chap(session: &Session) -> String {
    let method =
        session.record.as_ref().and_then(|record| record.get("node.session.auth.authmethod"));
    let method = method
        .map(|method| format!("record asks for {}; ", shown(Some(method))))
        .unwrap_or_default();
    format!("{method}names and secrets are not read")
}
