//! Keys, the mouse, signals: everything the user does.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::thread;
use std::time::Duration;

use crossterm::event::{self, Event};
use iscsi_collector::interrupt::{Interrupt, Second};
use signal_hook::consts::{SIGCONT, SIGTSTP};
use signal_hook::flag;

use crate::message::Message;

/// How often signals are looked for.
const PAUSE: Duration = Duration::from_millis(100);

/// Begins to listen; the threads end with the process.
///
/// # Errors
/// Signals cannot be watched.
pub fn start(out: SyncSender<Message>) -> io::Result<()> {
    signals(out.clone())?;
    thread::Builder::new().name("keys".to_owned()).spawn(move || keys(&out)).map(drop)
}

fn keys(out: &SyncSender<Message>) {
    loop {
        let message = match event::read() {
            Ok(event) => message(event),
            // The terminal is gone.
            Err(_) => Some(Message::Quit),
        };
        if message.is_some_and(|message| out.send(message).is_err()) {
            return;
        }
    }
}

/// Signals have a thread of their own: from a terminal that hung up, reading a key never returns.
fn signals(out: SyncSender<Message>) -> io::Result<()> {
    let interrupt = Interrupt::watch(Second::Waits)?;
    let stop = Arc::new(AtomicBool::new(false));
    let again = Arc::new(AtomicBool::new(false));
    flag::register(SIGTSTP, Arc::clone(&stop))?;
    flag::register(SIGCONT, Arc::clone(&again))?;
    let listen = move || {
        loop {
            thread::sleep(PAUSE);
            let came = [
                (interrupt.came(), Message::Quit),
                (stop.swap(false, Ordering::Relaxed), Message::Suspend),
                (again.swap(false, Ordering::Relaxed), Message::Redraw),
            ];
            for (_, message) in came.into_iter().filter(|(came, _)| *came) {
                if out.send(message).is_err() {
                    return;
                }
            }
        }
    };
    thread::Builder::new().name("signals".to_owned()).spawn(listen).map(drop)
}

fn message(event: Event) -> Option<Message> {
    Some(match event {
        Event::Key(key) => Message::Key(key),
        Event::Mouse(event) => Message::Mouse(event),
        Event::Paste(text) => Message::Paste(text),
        Event::Resize(columns, lines) => Message::Resize(columns, lines),
        Event::FocusGained | Event::FocusLost => return None,
    })
}
