//! Programs that know what the kernel's files do not say.

use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

/// Where programs are looked for.
#[derive(Clone, Debug, Default)]
pub struct Programs(Vec<PathBuf>);

/// What a program said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    /// Its output.
    pub text: String,
    /// What was wrong with it, although there is output.
    pub complaint: Option<String>,
}

/// More output than this is cut.
const MOST: u64 = 32 << 20;
/// How often we look whether to stop.
const TICK: Duration = Duration::from_millis(50);

impl Programs {
    /// This machine's.
    #[must_use]
    pub fn of_machine() -> Self {
        Self(["/usr/sbin", "/usr/bin", "/sbin", "/bin"].map(PathBuf::from).to_vec())
    }

    /// None: what is read is a copy of another machine.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Those of one folder.
    #[must_use]
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self(vec![folder.into()])
    }

    /// Whether there are any.
    pub(super) fn are_there(&self) -> bool {
        !self.0.is_empty()
    }

    /// Runs a program and takes its output.
    ///
    /// # Errors
    /// Why there is none, for people. What the program says on stderr is not among it: nobody knows what it holds.
    pub(crate) fn run(
        &self,
        name: &str,
        arguments: &[&str],
        patience: Duration,
        stop: &dyn Fn() -> bool,
    ) -> Result<Said, String> {
        let path = self.0.iter().map(|folder| folder.join(name)).find(|path| path.is_file());
        let path = path.ok_or_else(|| "the program is not installed".to_owned())?;
        let mut command = Command::new(path);
        command.args(arguments).env_clear().env("LC_ALL", "C");
        command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("SYSTEMD_PAGER", "cat");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        // Its own group: what it starts ends with it.
        let child = command.process_group(0).spawn();
        let mut child = child.map_err(|error| format!("the program cannot be started: {error}"))?;
        let outcome = listen(&mut child, patience, stop);
        end(&mut child);
        let text = outcome?;
        let status = child.wait().map_err(|error| error.to_string())?;
        let complaint = (!status.success() && status.code().is_some())
            .then(|| format!("the program ended with {status}"));
        match (text.is_empty(), complaint) {
            (true, Some(complaint)) => Err(complaint),
            (_, complaint) => Ok(Said { text, complaint }),
        }
    }
}

fn listen(
    child: &mut Child,
    patience: Duration,
    stop: &dyn Fn() -> bool,
) -> Result<String, String> {
    let Some(output) = child.stdout.take() else { return Ok(String::new()) };
    let (sender, receiver) = mpsc::channel();
    let reader = thread::Builder::new().name("program".to_owned()).spawn(move || {
        let mut text = Vec::new();
        let result = output.take(MOST).read_to_end(&mut text).map(|_| text);
        // Nobody listens any more once the time is up.
        let _ = sender.send(result);
    });
    reader.map_err(|error| error.to_string())?;
    let begin = Instant::now();
    loop {
        match receiver.recv_timeout(TICK) {
            Ok(Ok(text)) => return Ok(String::from_utf8_lossy(&text).into_owned()),
            Ok(Err(error)) => return Err(format!("its output cannot be read: {error}")),
            Err(RecvTimeoutError::Disconnected) => return Ok(String::new()),
            Err(RecvTimeoutError::Timeout) if stop() => return Err("interrupted".to_owned()),
            Err(RecvTimeoutError::Timeout) if begin.elapsed() > patience => {
                return Err(format!("the program did not end within {} s", patience.as_secs_f32()));
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

/// Ends a program that closed its output, or did not in time, and whatever it started.
fn end(child: &mut Child) {
    let grace = Instant::now() + TICK;
    while Instant::now() < grace {
        if !matches!(child.try_wait(), Ok(None)) {
            break;
        }
        thread::sleep(Duration::from_millis(2));
    }
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    if let Some(group) = group {
        // Nobody is left in it: that is what we want.
        let _ = kill_process_group(group, Signal::KILL);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn programs(script: &str) -> (tempfile::TempDir, Programs) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tool");
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        let programs = Programs::in_folder(folder.path());
        (folder, programs)
    }

    fn run(script: &str, patience: Duration) -> Result<Said, String> {
        let (_folder, programs) = programs(script);
        programs.run("tool", &["a"], patience, &|| false)
    }

    #[test]
    fn output_comes_in_the_c_locale_with_nothing_of_our_environment() {
        let said = run("echo \"$1 $LC_ALL ${HOME:-no home}\"", Duration::from_secs(20)).unwrap();
        assert_eq!(said, Said { text: "a C no home\n".to_owned(), complaint: None });
    }

    #[test]
    fn a_program_that_hangs_is_ended_with_all_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let mark = folder.path().join("child");
        let begin = Instant::now();
        let script = format!("sleep 600 & echo $! > {}; wait", mark.display());
        let error = run(&script, Duration::from_millis(500)).unwrap_err();
        assert!(error.contains("did not end within"), "{error}");
        assert!(begin.elapsed() < Duration::from_secs(60));
        let child = fs::read_to_string(mark).unwrap();
        let stat =
            || fs::read_to_string(format!("/proc/{}/stat", child.trim())).unwrap_or_default();
        let is_gone = (0..200).any(|_| {
            thread::sleep(Duration::from_millis(10));
            stat().is_empty() || stat().contains(") Z ")
        });
        assert!(is_gone, "{}", stat());
    }

    #[test]
    fn a_program_that_is_missing_or_fails_says_so() {
        let missing = Programs::none().run("tool", &[], Duration::from_secs(1), &|| false);
        assert_eq!(missing, Err("the program is not installed".to_owned()));
        let failed = run("echo canary >&2; exit 3", Duration::from_secs(20)).unwrap_err();
        assert_eq!(failed, "the program ended with exit status: 3");
        let partly = run("echo half; exit 3", Duration::from_secs(20)).unwrap();
        assert_eq!(partly.complaint.as_deref(), Some("the program ended with exit status: 3"));
    }

    #[test]
    fn an_interrupt_ends_the_wait() {
        let (_folder, programs) = programs("exec sleep 600");
        let said = programs.run("tool", &[], Duration::from_secs(60), &|| true);
        assert_eq!(said, Err("interrupted".to_owned()));
    }
}
