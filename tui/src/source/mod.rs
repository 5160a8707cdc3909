//! Threads that find things out and do what the model wants done.

mod bundle;
mod file;
mod knobs;
mod live;
mod machine;

use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::thread::JoinHandle;
use std::time::Duration;

use iscsi_collector::bundle::Machine;
use iscsi_collector::filter::Filter;
use iscsi_collector::host::Roots;
use iscsi_collector::host::session::Detail;

use crate::args::Args;
use crate::config;
use crate::effect::Effect;
use crate::message::Message;
use crate::model::Model;
use crate::model::status::Kind;
use bundle::{Inside, Stage};

/// Messages that may wait for the model; a source waits when there are more, and the loop takes them faster than any
/// source sends.
const WAITING: usize = 64;

/// What a source is told.
#[derive(Debug)]
enum Control {
    Play(bool),
    Speed(f64),
    Seek(i64),
    Keep(Option<Filter>),
    End,
}

/// All of them.
pub struct Sources {
    sender: SyncSender<Message>,
    receiver: Receiver<Message>,
    control: Option<Sender<Control>>,
    machine: Option<Sender<Detail>>,
    knobs: Option<knobs::Knobs>,
    threads: Vec<JoinHandle<()>>,
    roots: Roots,
    config: Option<PathBuf>,
    /// Folders that are gone with it.
    _bundled: Option<Machine>,
}

impl Sources {
    /// Starts what the options ask for; answers what it is.
    ///
    /// # Errors
    /// The file cannot be opened, or the probes cannot be attached.
    pub fn start(args: &Args, config: Option<PathBuf>) -> anyhow::Result<(Kind, Self)> {
        let (sender, receiver) = mpsc::sync_channel(WAITING);
        let roots = Roots::under(&args.root);
        let mut sources = Self {
            sender,
            receiver,
            control: None,
            machine: None,
            knobs: None,
            threads: Vec::new(),
            roots,
            config,
            _bundled: None,
        };
        let (tell, told) = mpsc::channel();
        let bundle = args.read.as_deref().filter(|path| bundle::is_bundle(path));
        let (stage, logged) = match bundle.map(bundle::open).transpose()? {
            Some(Inside { stage, logged }) => (Some(stage), logged),
            None => (None, Vec::new()),
        };
        let recording = match stage {
            Some(Stage::Machine(machine)) => {
                // There is room for a first message, and who takes it.
                let _ = sources.sender.send(Message::Facts(logged));
                sources.roots = machine.roots();
                sources._bundled = Some(machine);
                sources.watch_machine(true)?;
                return Ok((Kind::Sysfs, sources));
            }
            Some(Stage::Recording(recording)) => Some(recording),
            None => None,
        };
        let kind = if let Some(path) = &args.read {
            let start = file::Start {
                path: path.clone(),
                recording,
                logged,
                ports: args.ports.clone(),
                speed: args.speed,
                at_once: args.once,
            };
            sources.threads.push(file::start(start, sources.sender.clone(), told)?);
            sources.control = Some(tell);
            let name = path.file_name().map_or_else(
                || path.display().to_string(),
                |name| name.to_string_lossy().into_owned(),
            );
            Kind::File(name)
        } else if args.sysfs_only {
            sources.watch_machine(true)?;
            Kind::Sysfs
        } else {
            // First of all threads: those that are there already would keep their privileges.
            let (probes, thread) = live::start(sources.sender.clone(), told)?;
            sources.threads.push(thread);
            sources.control = Some(tell);
            sources.watch_machine(false)?;
            Kind::Live(probes)
        };
        Ok((kind, sources))
    }

    fn watch_machine(&mut self, is_clock: bool) -> std::io::Result<()> {
        let (wish, wished) = mpsc::channel();
        let (roots, out) = (self.roots.clone(), self.sender.clone());
        self.threads.push(machine::start(roots, is_clock, out, wished)?);
        self.machine = Some(wish);
        Ok(())
    }

    /// For others that have something to tell.
    pub fn sender(&self) -> SyncSender<Message> {
        self.sender.clone()
    }

    /// The next message, if one comes in time.
    pub fn receive(&self, timeout: Duration) -> Option<Message> {
        self.receiver.recv_timeout(timeout).ok()
    }

    /// Messages that have come already.
    pub fn waiting(&self) -> impl Iterator<Item = Message> {
        self.receiver.try_iter()
    }

    /// Does what the model wants; what is for the terminal is handed back.
    pub fn act(&mut self, model: &mut Model) -> Vec<Effect> {
        let mut left = Vec::new();
        for effect in std::mem::take(&mut model.effects) {
            match effect {
                Effect::Play(playing) => self.control(Control::Play(playing)),
                Effect::Speed(speed) => self.control(Control::Speed(speed)),
                Effect::Seek(seconds) => self.control(Control::Seek(seconds)),
                Effect::Keep(filter) => self.control(Control::Keep(filter)),
                Effect::Survey(detail) => {
                    if let Some(machine) = &self.machine {
                        // It ends only with us.
                        let _ = machine.send(detail);
                    }
                }
                Effect::Debug(categories) => self.knobs(Some(categories)),
                Effect::LookAtDebug => self.knobs(None),
                Effect::Save => {
                    if let Some(path) = &self.config
                        && let Err(error) = config::save(path, &model.rows.config())
                    {
                        model.say(format!(
                            "columns and sorting are not kept: {}: {error}",
                            path.display()
                        ));
                    }
                }
                Effect::Quit | Effect::Suspend | Effect::Redraw => left.push(effect),
            }
        }
        left
    }

    fn control(&self, control: Control) {
        if let Some(source) = &self.control {
            // A source that has ended has nothing to do.
            let _ = source.send(control);
        }
    }

    fn knobs(&mut self, wanted: Option<iscsi_collector::category::Categories>) {
        let (roots, sender) = (&self.roots, &self.sender);
        let knobs =
            self.knobs.get_or_insert_with(|| knobs::Knobs::new(roots.clone(), sender.clone()));
        knobs.ask(wanted);
    }

    /// Ends all threads and gives back what is borrowed; answers what could not be given back.
    pub fn end(&mut self) -> Vec<String> {
        let said = self.knobs.take().map(knobs::Knobs::end).unwrap_or_default();
        self.control(Control::End);
        self.control = None;
        self.machine = None;
        // Whoever waits for room in the channel gets it.
        while self.threads.iter().any(|thread| !thread.is_finished()) {
            if self.receiver.recv_timeout(Duration::from_millis(5)).is_err() {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        said
    }
}

impl Drop for Sources {
    fn drop(&mut self) {
        // On a panic, too, what is borrowed is given back.
        self.end().iter().for_each(|line| eprintln!("iscsitop: {line}"));
    }
}
