//! Where what is in a bundle comes from: one file per subject.

mod causes;
mod classes;
mod doctor;
mod findings;
mod journal;
mod kernel_log;
mod machine;
mod modules;
mod mounts;
mod multipath;
mod network;
mod recordings;
mod services;
mod sessions;
mod tables;

pub(super) use causes::CAUSES;
pub(crate) use doctor::MEMBERS as DOCTOR;
pub(super) use findings::{INCIDENTS, LOG};
pub(super) use recordings::FOLDER as RECORDINGS;

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use super::item::Found;
use super::setting::Setting;

/// A subject.
pub(super) struct Source {
    /// For people: what is being looked at.
    pub name: &'static str,
    /// How soon it is dropped when the archive is too large; 0 never.
    pub weight: u8,
    collect: fn(&Setting) -> Found,
}

const fn source(name: &'static str, weight: u8, collect: fn(&Setting) -> Found) -> Source {
    Source { name, weight, collect }
}

/// Every source, in the order they are asked: those that know names come before those that have free text, and logs
/// before what is concluded from them. A new subject is a file and a row here.
pub(super) const SOURCES: &[Source] = &[
    source("machine", 0, machine::collect),
    source("modules", 1, modules::collect),
    source("sysfs", 1, classes::collect),
    source("records", 1, |setting| tables::collect(setting, "records")),
    source("firmware", 3, |setting| tables::collect(setting, "firmware")),
    source("target", 3, |setting| tables::collect(setting, "target")),
    source("multipath", 2, multipath::collect),
    source("mounts", 2, mounts::collect),
    source("network", 4, network::collect),
    source("services", 2, services::collect),
    source("kernel log", 2, kernel_log::collect),
    source("journal", 3, journal::collect),
    source("sessions", 2, sessions::collect),
    source("doctor", 4, doctor::collect),
    source("findings", 1, findings::collect),
    source("recordings", 5, recordings::collect),
    source("causes", 1, causes::collect),
];

/// How often we look whether to stop.
const TICK: Duration = Duration::from_millis(20);
/// How long a source may take to stop.
const GRACE: Duration = Duration::from_secs(5);

impl Source {
    /// Asks it, for as long as a source may take: sysfs of a dying adapter may never answer.
    ///
    /// # Errors
    /// We are to stop.
    pub fn ask(&self, setting: &Arc<Setting>) -> Result<Found, Stopped> {
        let (sender, receiver) = mpsc::channel();
        let (collect, here) = (self.collect, Arc::clone(setting));
        let thread = thread::Builder::new().name(self.name.to_owned()).spawn(move || {
            // Nobody listens any more once the time is up.
            let _ = sender.send(collect(&here));
        });
        let mut found = Found::default();
        if let Err(error) = thread {
            found.missing(self.name, format!("no thread to look at it: {error}"));
            return Ok(found);
        }
        // Each program a source runs has its own limit, so the source gets time for some of them.
        let patience = setting.wish.patience * 6;
        let begin = Instant::now();
        loop {
            match receiver.recv_timeout(TICK) {
                Ok(found) => return Ok(found),
                Err(RecvTimeoutError::Timeout) if (setting.wish.stop)() => {
                    // It is told to stop, too; what it has laid out for itself goes with it.
                    let _ = receiver.recv_timeout(GRACE);
                    return Err(Stopped);
                }
                Err(RecvTimeoutError::Timeout) if begin.elapsed() > patience => {
                    let limit = patience.as_secs();
                    found.missing(self.name, format!("reading it took longer than {limit} s"));
                    return Ok(found);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    found.missing(self.name, "a defect of iscsi-trace; please report it");
                    return Ok(found);
                }
            }
        }
    }
}

/// We were interrupted.
#[derive(Debug)]
pub(super) struct Stopped;
