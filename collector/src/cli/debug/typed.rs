//! Typed events of the probes beside the kernel's words.
//!
//! They come from a thread of their own: it gives up its privileges as `iscsi-trace live` does, while the main thread
//! keeps what it needs to give the knobs back.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{RecvTimeoutError, Sender, channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use crate::{
    category::Categories,
    cli::{
        Format,
        shown::{Screen, Shown},
    },
    host::Roots,
    interrupt::Interrupt,
    messages::{Live, News},
    model::{Model, Record},
    source::{
        Event,
        live::{
            self, Feed, Finished, now,
            wish::{kinds, watching},
        },
    },
};

/// The thread.
pub struct Typed {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Ended>,
}

/// How the thread ended.
#[derive(Default)]
pub struct Ended {
    /// Events lost between kernel and us.
    pub lost: u64,
    /// The longest time in which probes were off because their module had just come.
    pub blind: Duration,
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
    pub fn start(
        categories: Categories,
        host: Option<u32>,
        output: Format,
        interrupt: &Interrupt,
    ) -> Result<(Self, Live), String> {
        let shown = Shown {
            verbose: false,
            output,
            categories: None,
            filter: host.map(|host| format!("host == {host}")),
            show_secrets: false,
        };
        let (news, received) = channel();
        let (started, is_started) = channel();
        let stop = Arc::new(AtomicBool::new(false));
        let wish = Arc::clone(&stop);
        let watch = move || {
            let began = shown.screen(categories).map_err(|failure| failure.to_string());
            let began = began.and_then(|screen| Watch::begin(categories, screen, news));
            match began {
                Ok(watch) => {
                    // The main thread waits for this unless it was interrupted, and then it asks us to stop.
                    let _ = started.send(Ok(()));
                    watch.run(&wish)
                }
                Err(why) => {
                    let _ = started.send(Err(why));
                    Ended::default()
                }
            }
        };
        let thread = thread::Builder::new().name("probes".to_owned()).spawn(watch);
        let thread = thread.map_err(|error| error.to_string())?;
        loop {
            match is_started.recv_timeout(TICK) {
                Ok(Ok(())) => return Ok((Self { stop, thread }, Live::new(received))),
                Ok(Err(why)) => return Err(why),
                // The thread goes when the process does, and the probes with it.
                Err(RecvTimeoutError::Timeout) if interrupt.came() => {
                    return Err("interrupted".to_owned());
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err("the thread that reads the probes failed".to_owned());
                }
            }
        }
    }

    /// Takes the probes off, after everything they saw is sent.
    pub fn stop(self) -> Ended {
        self.stop.store(true, Ordering::Relaxed);
        let problem = || Some("the thread that reads them failed".to_owned());
        let panicked = |_| Ended { problem: problem(), ..Ended::default() };
        self.thread.join().unwrap_or_else(panicked)
    }
}

/// What the thread works with.
struct Watch {
    feed: Feed,
    out: Out,
}

/// Where its events go.
struct Out {
    model: Model,
    screen: Screen,
    news: Sender<News>,
    failure: Option<io::Error>,
}

impl Watch {
    fn begin(categories: Categories, screen: Screen, news: Sender<News>) -> Result<Self, String> {
        let asked = now();
        // The text of the tracepoints comes from our trace instance.
        let config = watching(&kinds(categories - Categories::FUNCTION));
        let options =
            live::Options { config, roots: Roots::machine(), ring_bytes: live::RING_BYTES };
        let kernel = live::Live::start(options).map_err(|error| error.to_string())?;
        let mut out = Out { model: Model::default(), screen, news, failure: None };
        let feed = Feed::new(kernel, asked, false, &mut |event| out.take(&event));
        Ok(Self { feed, out })
    }

    fn run(mut self, stop: &AtomicBool) -> Ended {
        let mut problem = None;
        while !stop.load(Ordering::Relaxed) && problem.is_none() {
            problem = self.read().err();
            // Nobody listens: the main thread ended without us.
            if self.out.news.send(News::Round).is_err() {
                break;
            }
        }
        let Self { feed, mut out } = self;
        // What happened before the wish to end is read first.
        let finished = feed.finish(&mut |event| out.take(&event));
        let ended = finished.map(|Finished { last, totals, unreadable, blind, notices }| {
            out.end(last);
            tell(&notices);
            let lost = totals.loss().iter().map(|loss| loss.events).sum::<u64>();
            Ended { lost: lost + unreadable.events, blind, problem: None }
        });
        let (ended, failure) = match ended {
            Ok(ended) => (ended, None),
            Err(error) => (Ended::default(), Some(error)),
        };
        let problem = problem.or(failure).or(out.failure);
        Ended { problem: problem.map(|error| error.to_string()), ..ended }
    }

    fn read(&mut self) -> io::Result<()> {
        let Self { feed, out } = self;
        feed.poll(TICK, &mut |event| out.take(&event))?;
        tell(&feed.notices());
        out.failure.take().map_or(Ok(()), Err)
    }
}

fn tell(notices: &[String]) {
    notices.iter().for_each(|notice| eprintln!("iscsi-trace: {notice}"));
}

impl Out {
    fn take(&mut self, event: &Event<'_>) {
        let Self { model, screen, news, failure } = self;
        model.observe(event, &mut |record| send(record, screen, news, failure));
    }

    fn end(&mut self, last: iscsi_decoders::stream::Stamp) {
        let Self { model, screen, news, failure } = self;
        model.finish(last, &mut |record| send(record, screen, news, failure));
    }
}

/// Sends what is printed of a record, if it is.
fn send(
    record: &Record<'_>,
    screen: &mut Screen,
    news: &Sender<News>,
    failure: &mut Option<io::Error>,
) {
    let mut text = Vec::new();
    if let Err(error) = screen.print(record, &mut text) {
        failure.get_or_insert(error);
    }
    if !text.is_empty() {
        // Whether somebody listens is looked at once a round.
        let _ = news.send(News::Event { time: record.stamp().time, text });
    }
}
