//! Typed events of the probes beside the kernel's words.
//!
//! They come from a thread of their own: it gives up its privileges as `iscsi-trace live` does, while the main thread
//! keeps what it needs to give the knobs back.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Sender, channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use crate::{
    category::Categories,
    cli::{
        Format,
        live::{
            config::{kinds, watching},
            machine::Here,
        },
        shown::Shown,
    },
    host::Roots,
    messages::{Live, News},
    model::{Model, Record},
    source::{Event, kernel::Kernel, live},
};

/// The thread.
pub struct Typed {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Ended>,
}

/// How the thread ended.
pub struct Ended {
    /// Events lost between kernel and us.
    pub lost: u64,
    /// What kept it from going on.
    pub problem: Option<String>,
}

/// How long the thread waits for events before it looks whether it is to end.
const TICK: Duration = Duration::from_millis(20);

impl Typed {
    /// Attaches the probes that `categories` ask for.
    ///
    /// # Errors
    /// Why there are none here.
    pub fn start(categories: Categories, output: Format) -> Result<(Self, Live), String> {
        let (news, received) = channel();
        let (started, is_started) = channel();
        let stop = Arc::new(AtomicBool::new(false));
        let wish = Arc::clone(&stop);
        let watch = move || {
            // The text of the tracepoints comes from our trace instance.
            let config = watching(&kinds(categories - Categories::FUNCTION));
            let options =
                live::Options { config, roots: Roots::machine(), ring_bytes: live::RING_BYTES };
            let kernel = match live::Live::start(options) {
                Ok(kernel) => kernel,
                Err(error) => {
                    let _ = started.send(Err(error.to_string()));
                    return Ended { lost: 0, problem: None };
                }
            };
            let _ = started.send(Ok(()));
            let mut watch = Watch { categories, output, news, model: Model::default() };
            watch.run(kernel, &wish)
        };
        let thread = thread::Builder::new().name("probes".to_owned()).spawn(watch);
        let thread = thread.map_err(|error| error.to_string())?;
        match is_started.recv() {
            Ok(Ok(())) => Ok((Self { stop, thread }, Live::new(received))),
            Ok(Err(why)) => Err(why),
            Err(_) => Err("the thread that reads the probes ended".to_owned()),
        }
    }

    /// Takes the probes off, after everything they saw is sent.
    pub fn stop(self) -> Ended {
        self.stop.store(true, Ordering::Relaxed);
        let panicked =
            |_| Ended { lost: 0, problem: Some("the thread that reads them failed".to_owned()) };
        self.thread.join().unwrap_or_else(panicked)
    }
}

struct Watch {
    categories: Categories,
    output: Format,
    news: Sender<News>,
    model: Model,
}

impl Watch {
    fn run(&mut self, mut live: live::Live, stop: &AtomicBool) -> Ended {
        let mut kernel = Kernel::default();
        let mut problem = None;
        loop {
            let last = stop.load(Ordering::Relaxed);
            if let Err(error) = self.round(&mut live, &mut kernel) {
                problem = Some(error.to_string());
            }
            // The main thread ended without us.
            if last || problem.is_some() || self.news.send(News::Round).is_err() {
                break;
            }
        }
        let lost = live.loss().iter().map(|loss| loss.events).sum();
        Ended { lost, problem }
    }

    fn round(&mut self, live: &mut live::Live, kernel: &mut Kernel) -> anyhow::Result<()> {
        let mut events = Vec::new();
        live.poll(TICK, &mut |event| events.push(event.to_vec()))?;
        let shown = Shown {
            verbose: false,
            output: self.output,
            categories: None,
            filter: None,
            show_secrets: false,
        };
        let mut screen = shown.screen(self.categories)?;
        let mut failure = None;
        let here = Here { clock: live.clock(), live };
        let Self { news, model, .. } = self;
        let mut sink = |event: Event<'_>| {
            model.observe(&event, &mut |record: &Record<'_>| {
                let mut text = Vec::new();
                let printed = screen.print(record, &mut text);
                failure = failure.take().or(printed.err());
                if !text.is_empty() {
                    let _ = news.send(News::Event { time: record.stamp().time, text });
                }
            });
        };
        for event in &events {
            kernel.take(event, &here, &mut sink);
        }
        failure.map_or(Ok(()), |error: io::Error| Err(error.into()))
    }
}
