//! The command `run` runs.

use std::{
    ffi::OsString,
    io,
    os::fd::AsFd,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

/// How long a command may take to end when it is asked to.
const GRACE: Duration = Duration::from_secs(2);

/// Starts a command; what it prints goes to standard error, standard output is for the messages.
pub fn start(command: &[OsString]) -> io::Result<Option<Child>> {
    let Some((program, arguments)) = command.split_first() else { return Ok(None) };
    let stderr = io::stderr().as_fd().try_clone_to_owned()?;
    Command::new(program).args(arguments).stdout(Stdio::from(stderr)).spawn().map(Some)
}

/// Asks a command to end, and ends it if it does not.
pub fn end(child: &mut Child) -> io::Result<ExitStatus> {
    // It may have ended by itself; then there is nobody to ask.
    let _ = kill_process(Pid::from_child(child), Signal::TERM);
    let asked = Instant::now();
    while asked.elapsed() < GRACE {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        thread::sleep(Duration::from_millis(20));
    }
    child.kill()?;
    child.wait()
}
