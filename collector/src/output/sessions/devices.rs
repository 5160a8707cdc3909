//! Logical units, and what lies over them.

use std::io::{self, Write};

use super::units::bytes;
use super::{UNKNOWN, shown};
use crate::cli::Look;
use crate::host::device::{Block, Device};
use crate::host::session::{Detail, Session};

pub(super) fn write(
    out: &mut impl Write,
    look: Look,
    session: &Session,
    detail: Detail,
) -> io::Result<()> {
    if session.devices.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}", look.bold("  devices"))?;
    let names: Vec<String> = session.devices.iter().map(Device::name).collect();
    let name_width = names.iter().map(|name| name.chars().count()).max().unwrap_or_default();
    let addresses: Vec<String> =
        session.devices.iter().map(|device| device.address.to_string()).collect();
    let address_width = addresses.iter().map(String::len).max().unwrap_or_default();
    for ((device, name), address) in session.devices.iter().zip(&names).zip(&addresses) {
        let mark = if device.problem().is_some() { '!' } else { ' ' };
        let name = shown(Some(name));
        let lead = format!(
            "{mark}   {name:name_width$}  {address:address_width$}  {}",
            summary(device, detail)
        );
        let lead = lead.trim_end();
        writeln!(out, "{}", if mark == '!' { look.bold(lead) } else { lead.to_owned() })?;
        if detail < Detail::Devices {
            continue;
        }
        writeln!(out, "      {}", limits(device))?;
        if let Some(block) = &device.block {
            if let Some(usage) = usage(block) {
                writeln!(out, "      {usage}")?;
            }
            holders(out, block, 6)?;
        }
    }
    Ok(())
}

fn summary(device: &Device, detail: Detail) -> String {
    let mut parts = vec![shown(device.state.as_deref())];
    if detail >= Detail::Devices {
        let size = device.block.as_ref().and_then(|block| block.size_bytes);
        parts.push(size.map_or_else(|| UNKNOWN.to_owned(), bytes));
        let names = [&device.vendor, &device.model, &device.revision];
        let names: Vec<_> = names.into_iter().flatten().map(|name| shown(Some(name))).collect();
        parts.push(names.join(" "));
        parts.extend(device.wwid.as_deref().map(|wwid| shown(Some(wwid))));
    }
    parts.join("  ")
}

fn limits(device: &Device) -> String {
    let mut parts = Vec::new();
    let mut add = |name: &str, value: Option<String>| {
        parts.extend(value.map(|value| format!("{name} {value}")))
    };
    add("timeout", device.timeout_s.map(|seconds| format!("{seconds} s")));
    add("eh_timeout", device.eh_timeout_s.map(|seconds| format!("{seconds} s")));
    add("queue depth", device.queue_depth.map(|depth| depth.to_string()));
    add("busy", device.busy.map(|busy| busy.to_string()));
    add("ALUA", device.access_state.as_deref().map(|state| shown(Some(state))));
    let block = device.block.as_ref();
    add(
        "cache",
        block.and_then(|block| block.write_cache.as_deref()).map(|cache| shown(Some(cache))),
    );
    add("requests", device.requests.map(|count| count.to_string()));
    add("errors", device.errors.map(|count| count.to_string()));
    add("timeouts", device.timeouts.map(|count| count.to_string()));
    if block.and_then(|block| block.read_only) == Some(true) {
        parts.push("read-only".to_owned());
    }
    parts.join(", ")
}

fn holders(out: &mut impl Write, block: &Block, indent: usize) -> io::Result<()> {
    for holder in &block.holders {
        let mapper = holder
            .mapper_name
            .as_deref()
            .map(|name| format!(" {}", shown(Some(name))))
            .unwrap_or_default();
        let kind = holder.kind.unwrap_or(UNKNOWN);
        let usage = usage(holder).map(|usage| format!(", {usage}")).unwrap_or_default();
        writeln!(out, "{:indent$}└ {}{mapper} ({kind}){usage}", "", shown(Some(&holder.name)))?;
        holders(out, holder, indent + 2)?;
    }
    Ok(())
}

fn usage(block: &Block) -> Option<String> {
    let mut parts: Vec<String> =
        block.mounted_at.iter().map(|place| format!("mounted at {}", shown(Some(place)))).collect();
    if block.swap {
        parts.push("swap".to_owned());
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}
