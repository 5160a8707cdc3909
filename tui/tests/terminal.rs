//! The real program in a pseudo-terminal, over a recorded capture.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use iscsi_tests::capture;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags, open};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

/// The machine may be busy.
const PATIENCE: Duration = Duration::from_secs(30);

/// A terminal and the program in it.
struct Terminal {
    keyboard: Option<File>,
    reader: Option<JoinHandle<()>>,
    hung_up: Arc<AtomicBool>,
    line: OwnedFd,
    screen: Arc<Mutex<vt100::Parser>>,
    written: Arc<Mutex<Vec<u8>>>,
    child: Child,
    _config: tempfile::TempDir,
}

impl Terminal {
    fn start(options: &[&str]) -> Result<Self> {
        // The program must not hold the other end itself.
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let name = ptsname(&master, Vec::new())?;
        let line = open(&*name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty())?;
        tcsetwinsize(&line, size(80, 24))?;
        let config = tempfile::tempdir()?;
        // In a session of its own, so that the terminal sends it signals as a shell's would.
        let mut command = Command::new("setsid");
        command
            .args(["--ctty", env!("CARGO_BIN_EXE_iscsitop")])
            .args(options)
            .env("TERM", "xterm-256color")
            .env("LC_ALL", "C.UTF-8")
            .env("XDG_CONFIG_HOME", config.path())
            .env_remove("NO_COLOR")
            .stdin(Stdio::from(line.try_clone()?))
            .stdout(Stdio::from(line.try_clone()?))
            .stderr(Stdio::from(line.try_clone()?));
        let child = command.spawn().context("cannot run setsid")?;
        let keyboard = File::from(master);
        let mut out = keyboard.try_clone()?;
        let screen = Arc::new(Mutex::new(vt100::Parser::new(24, 80, 0)));
        let written = Arc::new(Mutex::new(Vec::new()));
        let (to_screen, to_written) = (Arc::clone(&screen), Arc::clone(&written));
        let hung_up = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&hung_up);
        let reader = thread::spawn(move || {
            let mut bytes = [0; 4096];
            while !ends.load(Ordering::Relaxed) {
                if !has_more(&out) {
                    continue;
                }
                let Ok(count @ 1..) = out.read(&mut bytes) else { return };
                to_screen.lock().unwrap().process(&bytes[..count]);
                to_written.lock().unwrap().extend_from_slice(&bytes[..count]);
            }
        });
        let (keyboard, reader) = (Some(keyboard), Some(reader));
        Ok(Self { keyboard, reader, hung_up, line, screen, written, child, _config: config })
    }

    /// Closes the terminal's other end, as a window that is closed or a network that fails does.
    fn hang_up(&mut self) {
        self.hung_up.store(true, Ordering::Relaxed);
        self.reader.take().unwrap().join().unwrap();
        self.keyboard = None;
    }

    fn text(&self) -> String {
        self.screen.lock().unwrap().screen().contents()
    }

    /// Waits until the screen is so.
    fn see(&mut self, what: &str, is_so: impl Fn(&str) -> bool) -> Result<()> {
        let began = Instant::now();
        while !is_so(&self.text()) {
            if let Some(status) = self.child.try_wait()? {
                anyhow::bail!("it ended with {status} before {what}:\n{}", self.text());
            }
            ensure!(began.elapsed() < PATIENCE, "no {what}:\n{}", self.text());
            thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    fn press(&mut self, keys: &[u8]) -> Result<()> {
        Ok(self.keyboard.as_mut().context("hung up")?.write_all(keys)?)
    }

    fn resize(&mut self, columns: u16, lines: u16) -> Result<()> {
        self.screen.lock().unwrap().screen_mut().set_size(lines, columns);
        Ok(tcsetwinsize(&self.line, size(columns, lines))?)
    }

    fn signal(&self, signal: Signal) -> Result<()> {
        let pid = Pid::from_raw(i32::try_from(self.child.id())?).context("no process id")?;
        Ok(kill_process(pid, signal)?)
    }

    /// Waits for its end; answers its exit code.
    fn end(&mut self) -> Result<Option<i32>> {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status.code());
            }
            ensure!(began.elapsed() < PATIENCE, "it does not end:\n{}", self.text());
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Whether lines are edited and echoed again, on the screen that was there before, with a cursor.
    fn is_given_back(&self) -> Result<bool> {
        let modes = tcgetattr(&self.line)?.local_modes;
        let ends = |on: &str, off: &str| {
            let written = String::from_utf8_lossy(&self.written.lock().unwrap()).into_owned();
            written.rfind(off).is_some_and(|at| written.rfind(on).is_none_or(|on| on < at))
        };
        Ok(modes.contains(LocalModes::ECHO | LocalModes::ICANON)
            && ends("\x1b[?1049h", "\x1b[?1049l")
            && ends("\x1b[?25l", "\x1b[?25h")
            && ends("\x1b[?1000h", "\x1b[?1000l"))
    }

    fn await_given_back(&self) -> Result<()> {
        let began = Instant::now();
        while !self.is_given_back()? {
            ensure!(began.elapsed() < PATIENCE, "the terminal is not given back:\n{}", self.text());
            thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether something came, within a moment.
fn has_more(out: &File) -> bool {
    let moment = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };
    poll(&mut [PollFd::new(out, PollFlags::IN)], Some(&moment)).is_ok_and(|ready| ready > 0)
}

fn size(columns: u16, lines: u16) -> Winsize {
    Winsize { ws_col: columns, ws_row: lines, ws_xpixel: 0, ws_ypixel: 0 }
}

fn start() -> Result<Terminal> {
    let file = capture("kernel-ping-timeout.pcap");
    let mut terminal = Terminal::start(&["--read", &file.display().to_string(), "--speed", "100"])?;
    terminal.see("end of the file", |text| text.contains("end of kernel-ping-timeout.pcap"))?;
    Ok(terminal)
}

#[test]
fn every_key_leaves_it_running_and_q_gives_the_terminal_back() -> Result<()> {
    let mut terminal = start()?;
    for keys in iscsi_tui::strokes() {
        terminal.press(&keys)?;
        // What was typed into a line closes again.
        terminal.press(b"\x0c")?;
        if matches!(keys[..], [b'/' | b'f']) {
            terminal.see("prompt", |text| {
                text.contains("Search: ")
                    || text.contains("Filter: ")
                    || text.contains("nothing to search")
                    || text.contains("expressions filter")
            })?;
            if terminal.text().contains(": ") {
                terminal.press(b"\r")?;
            }
        }
        terminal.see("header", |text| text.starts_with("iscsitop"))?;
    }
    terminal.press(b"\x03")?;
    assert_eq!(terminal.end()?, Some(0));
    terminal.await_given_back()
}

#[test]
fn it_follows_the_size_of_its_terminal() -> Result<()> {
    let mut terminal = start()?;
    for (columns, lines) in [(140, 40), (60, 15), (30, 5), (80, 24)] {
        terminal.resize(columns, lines)?;
        let is_small = columns < 40;
        terminal.see("frame of the new size", |text| match is_small {
            true => text.contains("40x8 is"),
            false => text.lines().count() == usize::from(lines) && text.contains("? help"),
        })?;
    }
    terminal.press(b"q")?;
    assert_eq!(terminal.end()?, Some(0));
    terminal.await_given_back()
}

#[test]
fn a_signal_to_end_gives_the_terminal_back() -> Result<()> {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let mut terminal = start()?;
        terminal.signal(signal)?;
        assert_eq!(terminal.end()?, Some(0), "{signal:?}");
        terminal.await_given_back()?;
    }
    Ok(())
}

#[test]
fn it_ends_with_its_terminal() -> Result<()> {
    let mut terminal = start()?;
    terminal.hang_up();
    terminal.end()?;
    Ok(())
}

#[test]
fn stopped_it_gives_the_terminal_back_and_takes_it_again() -> Result<()> {
    let mut terminal = start()?;
    terminal.press(b"\x1a")?;
    let stat = format!("/proc/{}/stat", terminal.child.id());
    let began = Instant::now();
    while !fs::read_to_string(&stat)?.contains(") T ") {
        ensure!(began.elapsed() < PATIENCE, "it does not stop");
        thread::sleep(Duration::from_millis(10));
    }
    terminal.await_given_back()?;
    terminal.signal(Signal::CONT)?;
    terminal.see("its screen again", |text| text.starts_with("iscsitop"))?;
    terminal.press(b"q")?;
    assert_eq!(terminal.end()?, Some(0));
    terminal.await_given_back()
}
