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

/// Begins to listen; the thread ends with the process.
///
/// # Errors
/// Signals cannot be watched.
pub fn start(out: SyncSender<Message>) -> io::Result<()> {
    let interrupt = Interrupt::watch(Second::Waits)?;
    let stop = Arc::new(AtomicBool::new(false));
    let again = Arc::new(AtomicBool::new(false));
    flag::register(SIGTSTP, Arc::clone(&stop))?;
    flag::register(SIGCONT, Arc::clone(&again))?;
    let listen = move || {
        loop {
            let mut messages = Vec::new();
            match event::poll(PAUSE) {
                Ok(true) => messages.extend(event::read().ok().and_then(message)),
                Ok(false) => {}
                // The terminal is gone.
                Err(_) => messages.push(Message::Quit),
            }
            if interrupt.came() {
                messages.push(Message::Quit);
            }
            if stop.swap(false, Ordering::Relaxed) {
                messages.push(Message::Suspend);
            }
            if again.swap(false, Ordering::Relaxed) {
                messages.push(Message::Redraw);
            }
            for message in messages {
                if out.send(message).is_err() {
                    return;
                }
            }
        }
    };
    thread::Builder::new().name("input".to_owned()).spawn(listen).map(drop)
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
