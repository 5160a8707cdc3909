//! `cargo xtask demo`: failures made on the spot, on the wire and in a real kernel, and what the tool says about them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::bail;
use rustix::process::Signal;

use crate::loopback::{IQN, Setting, Sniffer, Take, Tgt};
use crate::worker::Worker;
use crate::{lab, repo, root, run, setup};

/// Make real failures, on this machine's loopback and in a virtual machine, then decode, trace and explain them
#[derive(Debug, clap::Args)]
pub struct Demo {
    /// Record only, into this folder
    #[arg(long, hide = true)]
    record: Option<PathBuf>,
}

/// Not 3260: a target of this machine's own may live there.
const PORTAL: &str = "127.0.0.1:32600";
const TAKE: Take = Take { interface: "lo", options: &["tcp", "port", "32600"] };
const REFUSED: &str = "refused.pcap";
const KILLED: &str = "killed.pcap";
/// Long enough for hundreds of reads, short enough for a small capture.
const LOAD: Duration = Duration::from_millis(60);

impl Demo {
    pub fn run(self) -> anyhow::Result<()> {
        if let Some(folder) = self.record {
            return record(&folder);
        }
        setup::install(setup::DEMO)?;
        let mut build = Command::new("cargo");
        build.args(["build", "--release", "--package", "iscsi-collector"]);
        run::step("build iscsi-trace", build.current_dir(repo::root()))?;

        let [refused, killed] = make_failures().unwrap_or_else(|error| {
            eprintln!(
                "    cannot record here: {error:#}\n    the same failures, recorded before, follow"
            );
            ["chap-wrong-password.pcap", "target-killed.pcap"]
                .map(|name| repo::captures().join(name))
        });
        let [refused, killed] = [refused, killed].map(|file| file.display().to_string());
        show("the refused login, PDU by PDU", &["decode", &refused])?;
        show("what the target's answer means", &["explain", "login:0201"])?;
        show("the killed target, summed up", &["decode", "--summary", &killed])?;
        eprintln!("\n==> a real kernel in a virtual machine, while its network fails");
        lab::script::run(
            &repo::root().join("tests/lab/guest/demo.sh"),
            &[repo::root().join("target/release/iscsi-trace")],
            lab::kernel::DEFAULT,
            Duration::from_secs(300),
        )?;
        show("what to do about it", &["explain", "kernel:1022"])
    }
}

/// Containers may lack the right to capture packets; then this is an error.
fn make_failures() -> anyhow::Result<[PathBuf; 2]> {
    let folder = repo::root().join("target/demo");
    fs::create_dir_all(&folder)?;
    let this = std::env::current_exe()?;
    run::step(
        "make two failures: a wrong CHAP password, and a target killed under load",
        root::command(&this.to_string_lossy()).args(["demo", "--record"]).arg(&folder),
    )?;
    Ok([REFUSED, KILLED].map(|name| folder.join(name)))
}

fn show(title: &str, arguments: &[&str]) -> anyhow::Result<()> {
    run::step(title, Command::new(repo::root().join("target/release/iscsi-trace")).args(arguments))
}

/// The part that needs root.
fn record(folder: &Path) -> anyhow::Result<()> {
    let chap = [Setting::Incoming { user: "ada", password: "lovelace-1815" }];
    let mut target = Tgt::start(None, 0, PORTAL, &chap, folder)?;

    let sniffer = Sniffer::start(None, TAKE, &folder.join(REFUSED))?;
    if initiator("iscsi-inq", "difference-1822")?.wait(Duration::from_secs(10))?.success() {
        bail!("the target let a wrong password pass");
    }
    sniffer.stop()?;

    let sniffer = Sniffer::start(None, TAKE, &folder.join(KILLED))?;
    let load = initiator("iscsi-perf", "lovelace-1815")?;
    thread::sleep(LOAD);
    target.signal(Signal::STOP)?;
    thread::sleep(Duration::from_millis(300));
    target.signal(Signal::KILL)?;
    thread::sleep(Duration::from_millis(200));
    drop(load);
    sniffer.stop()?;

    [REFUSED, KILLED].iter().try_for_each(|name| root::hand_back(&folder.join(name)))
}

fn initiator(program: &str, password: &str) -> anyhow::Result<Worker> {
    let mut command = Command::new(program);
    command
        .arg(format!("iscsi://ada%{password}@{PORTAL}/{IQN}/1"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    Worker::start(&mut command)
}
