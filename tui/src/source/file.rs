//! Captures and recordings, played.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use iscsi_collector::category::Categories;
use iscsi_collector::cli::Failure;
use iscsi_collector::filter::Filter;
use iscsi_collector::source::{CaptureSource, Event};
use iscsi_collector::stats::{Fact, Watch};
use iscsi_decoders::Timestamp;
use iscsi_decoders::stream;

use super::Control;
use crate::message::Message;
use crate::model::status::Position;

/// What is told is never older than this.
const TICK: Duration = Duration::from_millis(50);
/// Waits are at least this long: waking for each PDU would cost more than the PDU.
const REST: Duration = Duration::from_millis(10);
/// Facts told at once: the model takes so many without being late for a frame.
const BATCH: usize = 4000;

type Input = CaptureSource<Box<dyn Read + Send>>;

/// What to play.
pub struct Start {
    pub path: PathBuf,
    /// It is in a bundle, and was taken out.
    pub recording: Option<Vec<u8>>,
    /// What logs beside it tell.
    pub logged: Vec<Fact>,
    pub ports: Vec<u16>,
    pub speed: f64,
    /// To its end, as fast as it can be read.
    pub at_once: bool,
}

/// Somebody has ended the player.
struct Ended;

struct Player {
    start: Start,
    size: Option<u64>,
    source: Input,
    watch: Watch,
    filter: Option<Filter>,
    out: SyncSender<Message>,
    told: Receiver<Control>,
    /// The time of the file at a time of the clock.
    anchor: Option<(Instant, Timestamp)>,
    position: Position,
    /// Read as fast as can be until here.
    target: Timestamp,
    told_at: Instant,
    /// What is due in the file's time and not told yet.
    due: Vec<Fact>,
    /// What is known already, but comes later.
    held: Vec<Fact>,
}

/// Opens the file and begins to play.
///
/// # Errors
/// It cannot be opened, or is no capture.
pub fn start(
    start: Start,
    out: SyncSender<Message>,
    told: Receiver<Control>,
) -> anyhow::Result<JoinHandle<()>> {
    let (source, size) = open(&start)?;
    let target = Timestamp(if start.at_once { i64::MAX } else { i64::MIN });
    let position = Position { playing: true, speed: start.speed, ..Position::default() };
    let told_at = Instant::now();
    let watch = Watch::default();
    let mut player = Player {
        start,
        size,
        source,
        watch,
        filter: None,
        out,
        told,
        anchor: None,
        position,
        target,
        told_at,
        due: Vec::new(),
        held: Vec::new(),
    };
    let play = move || {
        if player.begin().is_ok() {
            while player.turn().is_ok() {}
        }
    };
    Ok(thread::Builder::new().name("file".to_owned()).spawn(play)?)
}

fn open(start: &Start) -> anyhow::Result<(Input, Option<u64>)> {
    let name = start.path.display();
    let (input, size): (Box<dyn Read + Send>, _) = if let Some(bytes) = &start.recording {
        (Box::new(Cursor::new(bytes.clone())), Some(bytes.len() as u64))
    } else if start.path.as_os_str() == "-" {
        (Box::new(io::stdin()), None)
    } else {
        let file = File::open(&start.path).with_context(|| format!("cannot open {name}"))?;
        let size = file.metadata().ok().filter(|data| data.is_file()).map(|data| data.len());
        (Box::new(file), size)
    };
    let mut source = CaptureSource::new(input, &start.ports)
        .map_err(|error| Failure::damaged(format!("{name}: {error}")))?;
    source.show_segments();
    Ok((source, size))
}

impl Player {
    /// What is known before anything is played.
    fn begin(&self) -> Result<(), Ended> {
        if self.start.logged.is_empty() {
            return Ok(());
        }
        self.send(Message::Facts(self.start.logged.clone()))
    }

    /// One step: of the file, or of waiting.
    fn turn(&mut self) -> Result<(), Ended> {
        loop {
            match self.told.try_recv() {
                Ok(control) => self.obey(control)?,
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => return Err(Ended),
            }
        }
        let now = self.clock();
        if !self.position.playing || self.position.ended {
            self.send_position(if self.position.ended {
                self.position.time
            } else {
                self.position.time.min(now)
            })?;
            return self.wait(Duration::from_secs(3600));
        }
        if self.position.time > now {
            let ahead = self.position.time.since(now) as f64 / self.position.speed;
            let mut facts = std::mem::take(&mut self.due);
            facts.push(Fact::Time(now));
            self.send(Message::Facts(facts))?;
            self.send_position(now)?;
            if self.told_at.elapsed() >= TICK {
                self.told_at = Instant::now();
                self.watch.keep_again();
            }
            return self.wait(Duration::from_nanos(ahead as u64).clamp(REST, TICK));
        }
        if self.told_at.elapsed() >= TICK || self.watch.waiting() >= BATCH {
            self.tell()?;
        }
        let due = self.watch.waiting();
        self.step()?;
        let now = self.clock();
        if !self.position.ended && self.position.time > now {
            // Only what was there before is due.
            let mut fresh = self.watch.batch(self.position.time);
            let later = fresh.split_off(due.min(fresh.len()));
            self.due.append(&mut self.held);
            self.due.append(&mut fresh);
            self.held = later;
        }
        Ok(())
    }

    /// How far the file should be.
    fn clock(&self) -> Timestamp {
        let Some((at, time)) = self.anchor else { return Timestamp(i64::MAX) };
        if !self.position.playing {
            return time;
        }
        let passed = at.elapsed().as_nanos() as f64 * self.position.speed;
        Timestamp(time.0.saturating_add(passed as i64)).max(self.target)
    }

    /// From now on the clock goes on from where it is: as fast as is wanted now, or not at all.
    fn set_anchor(&mut self) {
        let now = if self.target.0 == i64::MIN {
            self.clock().min(self.position.time)
        } else {
            self.position.time
        };
        self.anchor = self.anchor.map(|_| (Instant::now(), now));
    }

    fn step(&mut self) -> Result<(), Ended> {
        let Self { source, watch, position, .. } = self;
        let mut last = None;
        let step = source.step(&mut |event| {
            last = Some(time_of(&event));
            watch.observe(&event);
        });
        if let Some(time) = last {
            position.time = position.time.max(time);
            if self.anchor.is_none() {
                position.first = time;
                position.time = time;
                self.anchor = Some((Instant::now(), time));
            } else if self.target.0 != i64::MIN && time >= self.target {
                self.target = Timestamp(i64::MIN);
                self.anchor = Some((Instant::now(), time));
            }
        }
        match step {
            Ok(flow) if flow.is_continue() => Ok(()),
            Ok(_) => self.finish(),
            Err(error) => {
                let notice = format!("{}: {error}", self.start.path.display());
                self.send(Message::Notice(notice))?;
                self.finish()
            }
        }
    }

    fn finish(&mut self) -> Result<(), Ended> {
        let Self { source, watch, .. } = self;
        let totals = source.finish(&mut |event| watch.observe(&event));
        watch.finish(totals.last);
        self.position.ended = true;
        self.position.time = self.position.time.max(totals.last.time);
        self.target = Timestamp(i64::MIN);
        self.tell()
    }

    /// Tells what there is.
    fn tell(&mut self) -> Result<(), Ended> {
        self.told_at = Instant::now();
        let now = self.position.time;
        let mut facts = std::mem::take(&mut self.due);
        facts.append(&mut self.held);
        facts.append(&mut self.watch.batch(now));
        self.watch.keep_again();
        if self.anchor.is_some() || self.position.ended {
            self.send(Message::Facts(facts))?;
        }
        self.send_position(now)
    }

    fn send_position(&self, now: Timestamp) -> Result<(), Ended> {
        let read = self.source.bytes_read();
        let part = self
            .size
            .map(|size| u16::try_from(read * 1000 / size.max(1)).unwrap_or(1000).min(1000));
        self.send(Message::Position(Position { time: now, part, ..self.position }))
    }

    fn send(&self, message: Message) -> Result<(), Ended> {
        self.out.send(message).map_err(|_| Ended)
    }

    /// Waits for somebody to tell something.
    fn wait(&mut self, at_most: Duration) -> Result<(), Ended> {
        match self.told.recv_timeout(at_most) {
            Ok(control) => self.obey(control),
            Err(RecvTimeoutError::Timeout) => Ok(()),
            Err(RecvTimeoutError::Disconnected) => Err(Ended),
        }
    }

    fn obey(&mut self, control: Control) -> Result<(), Ended> {
        match control {
            Control::Play(playing) => {
                self.set_anchor();
                self.position.playing = playing;
            }
            Control::Speed(speed) => {
                self.set_anchor();
                self.position.speed = speed;
            }
            Control::Seek(seconds) => return self.seek(seconds),
            Control::Keep(filter) => {
                self.filter.clone_from(&filter);
                self.watch.keep(Categories::all(), filter);
            }
            Control::End => return Err(Ended),
        }
        Ok(())
    }

    fn seek(&mut self, seconds: i64) -> Result<(), Ended> {
        let by = seconds.saturating_mul(1_000_000_000);
        let wanted = Timestamp(self.position.time.0.saturating_add(by)).max(self.position.first);
        if seconds < 0 {
            if self.start.path.as_os_str() == "-" {
                return self
                    .send(Message::Notice("standard input cannot be read again".to_owned()));
            }
            match open(&self.start) {
                Ok((source, size)) => (self.source, self.size) = (source, size),
                Err(error) => return self.send(Message::Notice(format!("{error:#}"))),
            }
            self.due.clear();
            self.held.clear();
            self.watch = Watch::default();
            self.watch.keep(Categories::all(), self.filter.clone());
            let Position { first, playing, speed, .. } = self.position;
            self.position = Position { time: first, first, playing, speed, ..Position::default() };
            self.anchor = None;
            self.send(Message::Restarted)?;
            self.begin()?;
        }
        self.target = wanted;
        // A stopped file goes there, too, and stays there.
        let was_playing = self.position.playing;
        self.position.playing = true;
        while self.target.0 != i64::MIN && !self.position.ended {
            self.step()?;
            if self.watch.waiting() >= BATCH {
                self.tell()?;
            }
            // Beyond the place wanted, in a pause of the file.
            if self.position.time >= wanted {
                self.target = Timestamp(i64::MIN);
            }
        }
        self.position.playing = was_playing;
        self.anchor = self.anchor.map(|_| (Instant::now(), self.position.time));
        self.tell()
    }
}

fn time_of(event: &Event<'_>) -> Timestamp {
    match event {
        Event::Stream(event) => match event {
            stream::Event::Opened { stamp, .. }
            | stream::Event::Skipped { stamp, .. }
            | stream::Event::Closed { stamp, .. } => stamp.time,
            stream::Event::Pdu(pdu) => pdu.stamp.time,
        },
        Event::Isns { stamp, .. } | Event::Dhcp { stamp, .. } | Event::Segment { stamp, .. } => {
            stamp.time
        }
        Event::Kernel(event) => event.stamp.time,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_dense_file_is_told_in_few_messages() {
        let (out, messages) = mpsc::sync_channel(64);
        let (tell, told) = mpsc::channel();
        let path = iscsi_tests::capture("many-sessions.pcap");
        let file = Start {
            path,
            recording: None,
            ports: vec![],
            speed: 0.01,
            at_once: false,
            logged: vec![],
        };
        let thread = start(file, out, told).unwrap();
        let began = Instant::now();
        let (mut count, mut facts) = (0, 0);
        while began.elapsed() < Duration::from_millis(300) {
            match messages.recv_timeout(Duration::from_millis(20)) {
                Ok(Message::Facts(new)) => (count, facts) = (count + 1, facts + new.len()),
                Ok(_) | Err(_) => count += 1,
            }
        }
        drop(tell);
        drop(messages);
        thread.join().unwrap();
        let rests = began.elapsed().as_millis() / REST.as_millis();
        // Facts and a position each time, and what opening and ending tell.
        assert!(count < rests * 2 + 12, "{count} messages in {rests} rests");
        assert!(facts > 20, "{facts}");
    }
}
