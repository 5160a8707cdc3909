//! Logical units of a session (kernel: `drivers/scsi/scsi_sysfs.c`), and who uses them.

mod address;
mod block;
mod users;
mod volume;

pub use address::Address;
pub use block::{Block, Io};
pub use users::Users;
pub use volume::volume;

use serde::Serialize;

use super::notes::Notes;
use super::session::Detail;
use super::sysfs::Dir;

/// A logical unit as the SCSI layer knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Device {
    /// Host, channel, target and LUN.
    pub address: Address,
    /// `running`, `blocked` (I/O waits), `transport-offline` or `offline` (I/O fails), ...
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Peripheral device type of SPC: 0 disk, 1 tape, 5 optical, ...
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub device_type: Option<u8>,
    /// T10 vendor identification.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    /// Product identification.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Product revision level.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// Its name in the world, from VPD page 83h.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wwid: Option<String>,
    /// Seconds a command may take before the error handler starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_s: Option<u32>,
    /// Seconds a command of the error handler may take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eh_timeout_s: Option<u32>,
    /// Commands it is given at a time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue_depth: Option<u32>,
    /// Commands it has now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub busy: Option<u32>,
    /// ALUA access state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_state: Option<String>,
    /// Commands given to it since it appeared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests: Option<u64>,
    /// Commands that came back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub done: Option<u64>,
    /// Commands that came back with an error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errors: Option<u64>,
    /// Commands that timed out (kernels since 6.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeouts: Option<u64>,
    /// The block device over it; tapes and enclosures have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block: Option<Block>,
}

/// Where sysfs has a logical unit.
#[derive(Debug)]
pub struct Place<'a> {
    /// `class/scsi_device`.
    pub class: &'a Dir,
    /// Host, channel, target and LUN.
    pub address: Address,
    /// Its folder as seen from the class: reached without links, each of which costs a walk.
    pub path: &'a str,
    /// The name of its block device, if it has one.
    pub block: Option<&'a str>,
}

impl Device {
    pub(super) fn read(
        place: &Place<'_>,
        detail: Detail,
        users: &Users,
        notes: &mut Notes,
    ) -> Self {
        let address = place.address;
        let mut device = Self { address, ..Self::default() };
        if detail < Detail::Devices {
            device.state = place.class.text(&format!("{}/state", place.path), notes);
            device.block =
                place.block.map(|name| Block { name: name.to_owned(), ..Block::default() });
            return device;
        }
        let Ok(dir) = place.class.sub(place.path) else { return device };
        let dir = &dir;
        device.state = dir.text("state", notes);
        device.device_type = dir.number("type", notes);
        device.vendor = dir.text("vendor", notes);
        device.model = dir.text("model", notes);
        device.revision = dir.text("rev", notes);
        device.wwid = dir.text("wwid", notes);
        device.timeout_s = dir.number("timeout", notes);
        device.eh_timeout_s = dir.number("eh_timeout", notes);
        device.queue_depth = dir.number("queue_depth", notes);
        device.busy = dir.number("device_busy", notes);
        device.access_state = dir.text("access_state", notes);
        device.requests = counter(dir, "iorequest_cnt", notes);
        device.done = counter(dir, "iodone_cnt", notes);
        device.errors = counter(dir, "ioerr_cnt", notes);
        device.timeouts = counter(dir, "iotmo_cnt", notes);
        device.block = place.block.and_then(|name| {
            let dir = dir.sub(&format!("block/{name}")).ok()?;
            Some(users.block(&dir, name, notes))
        });
        device
    }

    /// The block device's name, else the address.
    #[must_use]
    pub fn name(&self) -> String {
        self.block.as_ref().map_or_else(|| self.address.to_string(), |block| block.name.clone())
    }

    /// What is wrong with its state.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        let state = self.state.as_deref()?;
        let means = match state {
            "running" => return None,
            "blocked" | "quiesce" | "created-blocked" => "I/O waits",
            "offline" => {
                "I/O fails; the error handler gave it up, only a rescan or writing running to its state helps"
            }
            "transport-offline" => "I/O fails until the session is back",
            "cancel" | "deleted" => "it is being removed",
            _ => "not ready for I/O",
        };
        Some(format!("{} is {state}: {means}", self.name()))
    }
}

/// Counters are written in hexadecimal.
fn counter(dir: &Dir, name: &str, notes: &mut Notes) -> Option<u64> {
    let text = dir.text(name, notes)?;
    u64::from_str_radix(text.strip_prefix("0x")?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_running_device_has_no_problem() {
        let mut device = Device { state: Some("running".to_owned()), ..Device::default() };
        assert_eq!(device.problem(), None);
        device.state = Some("transport-offline".to_owned());
        assert_eq!(
            device.problem().as_deref(),
            Some("0:0:0:0 is transport-offline: I/O fails until the session is back")
        );
        device.block = Some(Block { name: "sda".to_owned(), ..Block::default() });
        assert!(device.problem().is_some_and(|problem| problem.starts_with("sda is ")));
    }
}
