//! A child process that never outlives its owner.

use std::process::{Child, ChildStdout, Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process};

/// A running program; killed when dropped.
#[derive(Debug)]
pub struct Worker {
    name: String,
    child: Child,
}

impl Worker {
    /// Starts the command.
    pub fn start(command: &mut Command) -> anyhow::Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let child = command.spawn().with_context(|| format!("cannot start {name}"))?;
        Ok(Self { name, child })
    }

    /// The program's output, if it was asked for and nobody took it yet.
    pub fn stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// Sends a signal to the program, which must still be running.
    pub fn signal(&mut self, signal: Signal) -> anyhow::Result<()> {
        if let Some(status) = self.child.try_wait()? {
            bail!("{} is gone already ({status})", self.name);
        }
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        let pid = pid.with_context(|| format!("{} has no usable process id", self.name))?;
        Ok(kill_process(pid, signal)?)
    }

    /// Waits for the program to end.
    pub fn wait(&mut self, patience: Duration) -> anyhow::Result<ExitStatus> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            if start.elapsed() > patience {
                bail!("{} did not end within {} s", self.name, patience.as_secs());
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Both fail only when the program has ended already, which is what is wanted.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
