//! tcpdump around one scenario.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, bail};
use rustix::process::Signal;

use super::Network;
use crate::worker::Worker;

/// How packets are taken.
#[derive(Clone, Copy, Debug)]
pub struct Take {
    /// Interface, or `any` for Linux cooked capture.
    pub interface: &'static str,
    /// tcpdump options beyond the interface and the file.
    pub options: &'static [&'static str],
}

/// A running tcpdump.
#[derive(Debug)]
pub struct Sniffer {
    tcpdump: Worker,
    said: PathBuf,
}

/// The last packets are still on their way into the file when a program's last system call returns.
const SETTLE: Duration = Duration::from_millis(250);

impl Sniffer {
    /// Starts tcpdump and waits until it listens.
    pub fn start(network: Option<&Network>, take: Take, file: &Path) -> anyhow::Result<Self> {
        let said = file.with_extension("tcpdump");
        let mut command =
            network.map_or_else(|| Command::new("tcpdump"), |n| n.initiator("tcpdump"));
        command
            .args(["--interface", take.interface, "--immediate-mode", "--packet-buffered"])
            // Its own user may not write here, and would own what it writes.
            .args(["--relinquish-privileges", "root", "-n"])
            // Immediate mode gives every packet a slot of this length; loopback's largest fits, and 992 of them.
            .args(["--snapshot-length", "66000", "--buffer-size", "65536"])
            .args(take.options)
            .arg("-w")
            .arg(file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(&said)?);
        let sniffer = Self { tcpdump: Worker::start(&mut command)?, said };
        sniffer.wait_for("listening on")?;
        Ok(sniffer)
    }

    /// Ends the capture; an error if the kernel dropped packets, for then it is no evidence.
    pub fn stop(mut self) -> anyhow::Result<()> {
        thread::sleep(SETTLE);
        self.tcpdump.signal(Signal::INT)?;
        self.tcpdump.wait(Duration::from_secs(10))?;
        self.wait_for("\n0 packets dropped by kernel")
    }

    fn wait_for(&self, phrase: &str) -> anyhow::Result<()> {
        for _ in 0..100 {
            if self.read()?.contains(phrase) {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(20));
        }
        bail!("tcpdump did not say \"{}\" but: {}", phrase.trim(), self.read()?.trim())
    }

    fn read(&self) -> anyhow::Result<String> {
        fs::read_to_string(&self.said)
            .with_context(|| format!("cannot read {}", self.said.display()))
    }
}
