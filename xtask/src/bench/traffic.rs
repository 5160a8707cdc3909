//! Sessions side by side, written to a capture until it is large enough.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::packet::Capture;
use super::random::Random;
use super::script::Script;
use super::session::{Load, Session};
use super::tcp::Connection;

/// A capture to be generated.
#[derive(Clone, Copy, Debug)]
pub struct Recipe {
    pub name: &'static str,
    pub load: Load,
    /// Sessions at once.
    pub sessions: u16,
    /// Until the file has so many bytes
    pub bytes: u64,
    /// and so many packets and PDUs.
    pub packets_and_pdus: u64,
}

/// A generated capture and what it is known to hold.
#[derive(Clone, Debug)]
pub struct Generated {
    pub name: &'static str,
    pub path: PathBuf,
    pub bytes: u64,
    pub packets: u64,
    pub pdus: u64,
    /// From the first packet to the last.
    pub micros: u64,
}

/// Packets of a session before another has its turn, at most.
const BURST: u32 = 16;

/// One session on its connection.
struct Lane {
    connection: Connection,
    session: Session,
    script: Script,
}

impl Recipe {
    /// The capture in `folder`, generated unless it is there.
    pub fn make(&self, folder: &Path) -> anyhow::Result<Generated> {
        let path = folder.join(format!("{}.pcap", self.name));
        let notes = path.with_extension("counts");
        if !notes.exists() {
            eprintln!("    generate {}", path.display());
            let what = || format!("cannot write {}", path.display());
            let counts = self.write(&path).with_context(what)?;
            // Written last: a capture without is not complete.
            fs::write(&notes, counts.map(|count| count.to_string()).join(" "))?;
        }
        let text = fs::read_to_string(&notes)?;
        let counts: Vec<u64> = text.split(' ').map(str::parse).collect::<Result<_, _>>()?;
        let [bytes, packets, pdus, micros] = counts
            .try_into()
            .ok()
            .with_context(|| format!("{} is damaged: delete it", notes.display()))?;
        Ok(Generated { name: self.name, path, bytes, packets, pdus, micros })
    }

    /// Bytes, packets, PDUs and microseconds.
    fn write(&self, path: &Path) -> io::Result<[u64; 4]> {
        let mut capture = Capture::create(path)?;
        let mut lanes: Vec<Lane> = (0..self.sessions).map(|index| self.lane(index)).collect();
        for lane in &mut lanes {
            lane.connection.open(&mut capture)?;
            lane.session.log_in(&mut lane.script);
        }
        let mut random = Random::new(1);
        while !self.is_enough(&capture, &lanes) {
            let lane = &mut lanes[random.below(self.sessions.into()) as usize];
            for _ in 0..=random.below(BURST) {
                capture.wait(u64::from(1 + random.below(3)));
                if !lane.send(&mut capture)? {
                    capture.wait(u64::from(random.below(20)));
                    lane.session.round(&mut lane.script);
                }
            }
        }
        for lane in &mut lanes {
            lane.session.log_out(&mut lane.script);
            while lane.send(&mut capture)? {
                capture.wait(1);
            }
            lane.connection.close(&mut capture)?;
        }
        let counts = [capture.bytes(), capture.packets(), pdus(&lanes), capture.micros()];
        capture.finish()?;
        Ok(counts)
    }

    fn lane(&self, index: u16) -> Lane {
        Lane {
            connection: Connection::new(index),
            session: Session::new(index, self.load),
            script: Script::default(),
        }
    }

    fn is_enough(&self, capture: &Capture, lanes: &[Lane]) -> bool {
        let counted = capture.packets().min(pdus(lanes));
        capture.bytes() >= self.bytes && counted >= self.packets_and_pdus
    }
}

fn pdus(lanes: &[Lane]) -> u64 {
    lanes.iter().map(|lane| lane.script.pdus()).sum()
}

impl Lane {
    /// Sends a segment; false when there is nothing more to say.
    fn send(&mut self, capture: &mut Capture) -> io::Result<bool> {
        let Some((side, bytes)) = self.script.next() else { return Ok(false) };
        let sent = self.connection.send(capture, side, bytes)?;
        self.script.sent(sent);
        Ok(true)
    }
}
