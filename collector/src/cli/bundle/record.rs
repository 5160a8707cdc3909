//! A recording for the bundle: `live` in a process of its own, which may drop its privileges while we keep ours.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::os::fd::AsRawFd;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use rustix::fs::{MemfdFlags, memfd_create};
use rustix::process::{Pid, Signal, kill_process};

use crate::cli::Failure;

const TICK: Duration = Duration::from_millis(50);

/// Records for as long as asked. The recording stays in memory: until it is filtered it has CHAP's challenges in it.
pub(super) fn record(span: Duration, stop: &dyn Fn() -> bool) -> anyhow::Result<Vec<u8>> {
    let seconds = span.as_secs_f64();
    eprintln!("iscsi-trace: recording for {seconds} s");
    let mut memory = File::from(memfd_create("recording", MemfdFlags::empty())?);
    let mut live = Command::new(std::env::current_exe()?);
    live.args(["live", "-d", "all", "--duration", &format!("{seconds}s"), "--write"]);
    live.arg(format!("/proc/self/fd/{}", memory.as_raw_fd()));
    live.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = live.spawn()?;
    let said = child.stderr.take();
    // Its summary may fill a pipe; somebody has to read it.
    let reader = thread::spawn(move || {
        let mut text = String::new();
        let read = said.map(|mut said| said.read_to_string(&mut text));
        read.is_some_and(|read| read.is_ok()).then_some(text)
    });
    let mut asked = false;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if stop() && !asked {
            asked = true;
            if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
                // Gone already: the next look says so.
                let _ = kill_process(pid, Signal::INT);
            }
        }
        thread::sleep(TICK);
    };
    if asked {
        return Err(Failure::damaged("interrupted; no bundle was written").into());
    }
    if !status.success() {
        let said = reader.join().ok().flatten().unwrap_or_default();
        let why =
            said.lines().last().unwrap_or("it did not start").trim_start_matches("iscsi-trace: ");
        return Err(
            Failure::denied(format!("--live: {why}; without --live a bundle can be made")).into()
        );
    }
    let mut bytes = Vec::new();
    memory.seek(SeekFrom::Start(0))?;
    memory.read_to_end(&mut bytes)?;
    Ok(bytes)
}
