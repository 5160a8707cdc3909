//! A made-up machine: folders as the kernel, procfs and iscsid lay them out, with one session's values as recorded on
//! Debian's 6.1 (`*.txt`, one attribute a line), for as many sessions as a test wants.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process;

const SESSION: &str = include_str!("session.txt");
const CONNECTION: &str = include_str!("connection.txt");
const ISCSI_HOST: &str = include_str!("iscsi_host.txt");
const SCSI_HOST: &str = include_str!("scsi_host.txt");
const DEVICE: &str = include_str!("device.txt");

/// What every secret of the machine reads: it must never be printed.
pub const CANARY: &str = "canary-secret";

/// The folders of a machine; removed when dropped.
#[derive(Debug)]
pub struct Machine(PathBuf);

impl Machine {
    /// A machine with `scsi_transport_iscsi` loaded and no sessions. The name tells tests apart that run together.
    ///
    /// # Errors
    /// Its folders cannot be made.
    pub fn new(name: &str) -> io::Result<Self> {
        let root = std::env::temp_dir().join(format!("iscsi-machine-{name}-{}", process::id()));
        if root.exists() {
            fs::remove_dir_all(&root)?;
        }
        for class in ["iscsi_session", "iscsi_connection", "scsi_device", "block"] {
            fs::create_dir_all(root.join("sys/class").join(class))?;
        }
        let machine = Self(root);
        machine.write("proc/uptime", "1000.00 900.00\n")?;
        machine.write("proc/self/mountinfo", "")?;
        machine.write("proc/swaps", "Filename\tType\tSize\tUsed\tPriority\n")?;
        machine.write("dev/kmsg", "")?;
        Ok(machine)
    }

    /// The folder that stands for `/`.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.0
    }

    /// Writes a file, with the folders above it.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, path: &str, text: &str) -> io::Result<()> {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().unwrap_or(&self.0))?;
        fs::write(path, text)
    }

    /// Adds a session with a host of its own, as iscsi_tcp does, to a portal of its own, with one disk.
    ///
    /// # Errors
    /// Its folders cannot be made.
    pub fn session(&self, sid: u32) -> io::Result<()> {
        let host = sid;
        let base = session_path(sid);
        let above = host_path(host);
        let name = format!("session{sid}");
        self.attributes(&format!("{base}/iscsi_session/{name}"), SESSION)?;
        self.set(sid, "targetname", &target(sid))?;
        for secret in ["username", "username_in", "password", "password_in"] {
            self.set(sid, secret, CANARY)?;
        }
        self.link(&format!("{base}/iscsi_session/{name}/device"), &format!("../../../{name}"))?;
        self.class("iscsi_session", &name, &format!("{base}/iscsi_session/{name}"))?;
        self.attributes(&connection_path(sid), CONNECTION)?;
        self.class("iscsi_connection", &format!("connection{sid}:0"), &connection_path(sid))?;
        for key in ["address", "persistent_address"] {
            self.write(&format!("{}/{key}", connection_path(sid)), &format!("{}\n", address(sid)))?;
        }
        self.attributes(&format!("{above}/scsi_host/host{host}"), SCSI_HOST)?;
        self.attributes(&format!("{above}/iscsi_host/host{host}"), ISCSI_HOST)?;
        self.disk(sid)
    }

    /// Adds the session's disk, `sd` and the session's number.
    fn disk(&self, sid: u32) -> io::Result<()> {
        let device = device_path(sid);
        let disk = disk(sid);
        self.attributes(&device, DEVICE)?;
        let unit = format!("{sid}:0:0:0");
        let class = format!("{device}/scsi_device/{unit}");
        self.link(&format!("{class}/device"), &format!("../../../{unit}"))?;
        self.class("scsi_device", &unit, &class)?;
        let block = format!("{device}/block/{disk}");
        self.attributes(&block, "size\t131072\nro\t0\n")?;
        self.write(&format!("{block}/dev"), &format!("{}:{}\n", 8 + sid / 16, sid % 16 * 16))?;
        self.write(&format!("{block}/queue/write_cache"), "write back\n")?;
        fs::create_dir_all(self.0.join(&block).join("holders"))?;
        self.class("block", &disk, &block)
    }

    /// Puts a device mapper device over a session's disk.
    ///
    /// # Errors
    /// Its folders cannot be made.
    pub fn mapper(&self, sid: u32, dm: u32, name: &str, uuid: &str) -> io::Result<()> {
        let path = format!("sys/devices/virtual/block/dm-{dm}");
        self.attributes(&path, "size\t131072\nro\t0\n")?;
        self.write(&format!("{path}/dev"), &format!("254:{dm}\n"))?;
        self.write(&format!("{path}/dm/name"), &format!("{name}\n"))?;
        self.write(&format!("{path}/dm/uuid"), &format!("{uuid}\n"))?;
        if !self.0.join(format!("sys/class/block/dm-{dm}")).exists() {
            self.class("block", &format!("dm-{dm}"), &path)?;
        }
        let holder = format!("{}/block/{}/holders/dm-{dm}", device_path(sid), disk(sid));
        self.link(&holder, "nowhere: only its name counts")
    }

    /// Changes an attribute of a session.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn set(&self, sid: u32, attribute: &str, value: &str) -> io::Result<()> {
        self.write(
            &format!("{}/iscsi_session/session{sid}/{attribute}", session_path(sid)),
            &format!("{value}\n"),
        )
    }

    /// Changes an attribute of a session's connection.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn set_connection(&self, sid: u32, attribute: &str, value: &str) -> io::Result<()> {
        self.write(&format!("{}/{attribute}", connection_path(sid)), &format!("{value}\n"))
    }

    /// Changes an attribute of a session's disk.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn set_device(&self, sid: u32, attribute: &str, value: &str) -> io::Result<()> {
        self.write(&format!("{}/{attribute}", device_path(sid)), &format!("{value}\n"))
    }

    /// Writes iscsid's record of a session, with secrets.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn record(&self, sid: u32, settings: &[(&str, &str)]) -> io::Result<()> {
        let mut text = "# BEGIN RECORD 2.1.8\n".to_owned();
        let secrets = ["username", "password", "username_in", "password_in"];
        for key in secrets {
            text.push_str(&format!("node.session.auth.{key} = {CANARY}\n"));
        }
        for (key, value) in settings {
            text.push_str(&format!("{key} = {value}\n"));
        }
        let path = format!("etc/iscsi/nodes/{}/{},3260,1/default", target(sid), address(sid));
        self.write(&path, &text)
    }

    /// Removes what a session that ends removes first: its attributes, but not yet the link in the class.
    ///
    /// # Errors
    /// It cannot be removed.
    pub fn half_gone(&self, sid: u32) -> io::Result<()> {
        fs::remove_dir_all(self.0.join(session_path(sid)).join("iscsi_session"))
    }

    fn attributes(&self, folder: &str, table: &str) -> io::Result<()> {
        let folder = self.0.join(folder);
        fs::create_dir_all(&folder)?;
        for line in table.lines() {
            let (name, value) = line.split_once('\t').unwrap_or((line, ""));
            fs::write(folder.join(name), format!("{value}\n"))?;
        }
        Ok(())
    }

    /// Links a device into its class as the kernel does.
    fn class(&self, class: &str, name: &str, device: &str) -> io::Result<()> {
        let below = device.strip_prefix("sys/").unwrap_or(device);
        self.link(&format!("sys/class/{class}/{name}"), &format!("../../{below}"))
    }

    fn link(&self, path: &str, target: &str) -> io::Result<()> {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().unwrap_or(&self.0))?;
        symlink(target, path)
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // What cannot be removed stays in the temporary folder; that is nobody's failure.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The target of a session.
#[must_use]
pub fn target(sid: u32) -> String {
    format!("iqn.2024-01.lab:lio.{sid}")
}

/// The disk of a session.
#[must_use]
pub fn disk(sid: u32) -> String {
    format!("sd{sid}")
}

fn address(sid: u32) -> String {
    let [_, a, b, c] = sid.to_be_bytes();
    format!("10.{a}.{b}.{c}")
}

fn host_path(host: u32) -> String {
    format!("sys/devices/platform/host{host}")
}

fn session_path(sid: u32) -> String {
    format!("{}/session{sid}", host_path(sid))
}

fn connection_path(sid: u32) -> String {
    format!("{}/connection{sid}:0/iscsi_connection/connection{sid}:0", session_path(sid))
}

fn device_path(sid: u32) -> String {
    format!("{}/target{sid}:0:0/{sid}:0:0:0", session_path(sid))
}
