//! tgt's target daemon in the foreground, with one target and one disk.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::bail;
use rustix::process::Signal;

use super::{IQN, Network};
use crate::run;
use crate::worker::Worker;

/// What a target is told besides having a disk at LUN 1.
#[derive(Clone, Copy, Debug)]
pub enum Setting {
    /// A parameter of the target by tgt's name, which for text keys is RFC 7143's.
    Parameter(&'static str, &'static str),
    /// CHAP: what initiators must know.
    Incoming { user: &'static str, password: &'static str },
    /// CHAP: what the target answers with when an initiator asks it to prove itself.
    Outgoing { user: &'static str, password: &'static str },
}

/// Large enough for every test of `iscsi-test-cu`; sparse, so it costs nothing.
const DISK_BYTES: u64 = 16 << 20;
/// Control ports choose the daemon's management socket; far from 0, which a system's own daemon uses.
const FIRST_CONTROL_PORT: u16 = 7700;

/// A running target daemon; killed when dropped.
#[derive(Debug)]
pub struct Tgt {
    daemon: Worker,
    control: String,
}

impl Tgt {
    /// Starts daemon number `number` of a recording, listening on `portal` only; files go to `scratch`.
    pub fn start(
        network: Option<&Network>,
        number: u16,
        portal: &str,
        settings: &[Setting],
        scratch: &Path,
    ) -> anyhow::Result<Self> {
        let control = (FIRST_CONTROL_PORT + number).to_string();
        let mut command = network.map_or_else(|| Command::new("tgtd"), |n| n.target("tgtd"));
        let log = File::create(scratch.join(format!("tgtd-{number}.log")))?;
        command
            .args(["--foreground", "--control-port", &control])
            .args(["--iscsi", &format!("portal={portal}")])
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        fs::create_dir_all("/var/run/tgtd")?;
        let mut target = Self { daemon: Worker::start(&mut command)?, control };
        target.wait_until_ready(scratch)?;
        target.configure(settings, scratch)?;
        Ok(target)
    }

    /// Stops, continues or kills the daemon.
    pub fn signal(&mut self, signal: Signal) -> anyhow::Result<()> {
        self.daemon.signal(signal)
    }

    fn wait_until_ready(&mut self, scratch: &Path) -> anyhow::Result<()> {
        for _ in 0..100 {
            if run::succeeds(self.admin().args(["--mode", "sys", "--op", "show"])) {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(50));
        }
        bail!("tgtd did not answer within 5 s; its log is in {}", scratch.display())
    }

    fn configure(&self, settings: &[Setting], scratch: &Path) -> anyhow::Result<()> {
        let disk = scratch.join(format!("disk-{}", self.control));
        File::create(&disk)?.set_len(DISK_BYTES)?;
        let disk = disk.to_string_lossy();
        self.apply(&["--op", "new", "--mode", "target", "--targetname", IQN])?;
        self.apply(&[
            "--op",
            "new",
            "--mode",
            "logicalunit",
            "--lun",
            "1",
            "--backing-store",
            &disk,
        ])?;
        self.apply(&["--op", "bind", "--mode", "target", "--initiator-address", "ALL"])?;
        settings.iter().try_for_each(|setting| self.set(*setting))
    }

    fn set(&self, setting: Setting) -> anyhow::Result<()> {
        let (user, password, direction): (_, _, &[&str]) = match setting {
            Setting::Parameter(name, value) => {
                return self.apply(&[
                    "--op", "update", "--mode", "target", "--name", name, "--value", value,
                ]);
            }
            Setting::Incoming { user, password } => (user, password, &[]),
            Setting::Outgoing { user, password } => (user, password, &["--outgoing"]),
        };
        let new = ["--op", "new", "--mode", "account", "--user", user, "--password", password];
        run::quiet(self.admin().args(new))?;
        let bind = ["--op", "bind", "--mode", "account", "--user", user];
        self.apply(&[&bind, direction].concat())
    }

    fn apply(&self, arguments: &[&str]) -> anyhow::Result<()> {
        run::quiet(self.admin().args(["--tid", "1"]).args(arguments)).map(drop)
    }

    fn admin(&self) -> Command {
        let mut command = Command::new("tgtadm");
        command.args(["--lld", "iscsi", "--control-port", &self.control]);
        command
    }
}

impl Drop for Tgt {
    fn drop(&mut self) {
        // A killed daemon leaves its socket; the next run of the same number would find it in its way.
        let socket = format!("/var/run/tgtd/socket.{}", self.control);
        fs::remove_file(&socket).ok();
        fs::remove_file(socket + ".lock").ok();
    }
}
