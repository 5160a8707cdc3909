//! The terminal: taken, written to without ever waiting for it, given back.

use std::io::{self, Write};
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute, queue};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

use crate::model::Model;
use crate::view::view;

/// How long a slow terminal may take for what it was given last, when it is to be given back.
const PATIENCE: Duration = Duration::from_millis(500);

/// Collects a frame's bytes.
#[derive(Clone, Debug, Default)]
struct Pool(Arc<Mutex<Vec<u8>>>);

impl Pool {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Pool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The terminal, while it is ours.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<Pool>>,
    pool: Pool,
    /// A frame is on its way to the terminal.
    is_busy: Arc<AtomicBool>,
    writer: Option<SyncSender<Vec<u8>>>,
    thread: Option<JoinHandle<()>>,
}

impl Screen {
    /// Takes the terminal.
    ///
    /// # Errors
    /// It does not take commands.
    pub fn take() -> io::Result<Self> {
        restore_on_panic();
        enter()?;
        let pool = Pool::default();
        let terminal = Terminal::new(CrosstermBackend::new(pool.clone()))?;
        let is_busy = Arc::new(AtomicBool::new(false));
        // One frame may be written while the next is made; more would show the past.
        let (writer, frames) = mpsc::sync_channel::<Vec<u8>>(1);
        let busy = Arc::clone(&is_busy);
        let thread = thread::Builder::new().name("writer".to_owned()).spawn(move || {
            for frame in frames {
                let mut out = io::stdout().lock();
                // A terminal that is gone takes nothing; the hangup ends us.
                let _ = out.write_all(&frame).and_then(|()| out.flush());
                busy.store(false, Ordering::Release);
            }
        })?;
        Ok(Self { terminal, pool, is_busy, writer: Some(writer), thread: Some(thread) })
    }

    /// Whether the terminal still works on the last frame, so that this one is left out.
    pub fn is_busy(&self) -> bool {
        self.is_busy.load(Ordering::Acquire)
    }

    /// Draws a frame.
    ///
    /// # Errors
    /// The size of the terminal cannot be asked.
    pub fn draw(&mut self, model: &Model) -> io::Result<()> {
        self.terminal.draw(|frame| view(model, frame))?;
        let frame = self.pool.take();
        self.is_busy.store(true, Ordering::Release);
        if let Some(writer) = &self.writer {
            // Only a writer that has ended does not take it.
            let _ = writer.send(frame);
        }
        Ok(())
    }

    /// Forgets what the terminal shows, so that the next frame is drawn whole.
    ///
    /// # Errors
    /// The size of the terminal cannot be asked.
    pub fn redraw(&mut self) -> io::Result<()> {
        // Ratatui's own way asks the terminal where its cursor is, and the answer comes among the keys.
        queue!(self.pool, Clear(ClearType::All))?;
        self.terminal = Terminal::new(CrosstermBackend::new(self.pool.clone()))?;
        Ok(())
    }

    /// Gives the terminal back while `stopped` runs.
    ///
    /// # Errors
    /// The terminal does not take commands.
    pub fn lend(&mut self, stopped: impl FnOnce()) -> io::Result<()> {
        self.settle();
        leave()?;
        stopped();
        enter()?;
        self.redraw()
    }

    /// Waits for the last frame, but not for ever.
    fn settle(&self) {
        let began = Instant::now();
        while self.is_busy() && began.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.settle();
        self.writer = None;
        if !self.is_busy()
            && let Some(thread) = self.thread.take()
        {
            // It has nothing left to do.
            let _ = thread.join();
        }
        // There is nobody left to tell.
        let _ = leave();
    }
}

fn enter() -> io::Result<()> {
    enable_raw_mode()?;
    execute!(
        io::stdout(),
        EnterAlternateScreen,
        EnableMouseCapture,
        EnableBracketedPaste,
        cursor::Hide
    )
}

fn leave() -> io::Result<()> {
    let shown = execute!(
        io::stdout(),
        DisableBracketedPaste,
        DisableMouseCapture,
        LeaveAlternateScreen,
        cursor::Show
    );
    disable_raw_mode()?;
    shown
}

/// A panic's message must be readable.
fn restore_on_panic() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        // There is nobody left to tell.
        let _ = leave();
        before(info);
    }));
}
