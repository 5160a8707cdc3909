//! Surveys of the machine.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use iscsi_collector::host::Roots;
use iscsi_collector::host::session::{Detail, survey};
use iscsi_collector::source::live::now;
use iscsi_collector::stats::Fact;
use iscsi_collector::why::timers::Machine;

use crate::message::Message;

const SECOND: Duration = Duration::from_secs(1);
/// With more sessions than this, only what the view needs is read.
const FEW: usize = 300;
/// Surveys may take this part of one processor's time; a large one runs on all of them.
const SHARE: u32 = 30;

/// Begins to look at the machine; ends when nobody can wish any more. `is_clock`: there is no other source to tell the
/// time.
pub fn start(
    roots: Roots,
    is_clock: bool,
    out: SyncSender<Message>,
    wished: Receiver<Detail>,
) -> io::Result<JoinHandle<()>> {
    let processors = thread::available_parallelism().map_or(1, |count| count.get() as u32);
    let look = move || {
        let mut wish = Detail::Line;
        let mut sessions = 0;
        loop {
            let began = Instant::now();
            let detail = if sessions > 0 && sessions <= FEW { Detail::Devices } else { wish };
            let message = match survey(&roots, detail) {
                Ok(survey) => {
                    let is_first = sessions == 0 && !survey.sessions.is_empty();
                    sessions = survey.sessions.len();
                    // The first told only how many there are.
                    if is_first && sessions <= FEW {
                        continue;
                    }
                    if detail == Detail::Devices
                        && out.send(Message::Machine(Box::new(Machine::read(&roots)))).is_err()
                    {
                        return;
                    }
                    Message::Survey(Box::new(survey), now())
                }
                Err(error) => Message::Broken(format!(
                    "cannot read {}: {error}",
                    roots.sysfs("class/iscsi_session").display()
                )),
            };
            if out.send(message).is_err() {
                return;
            }
            let pause = (began.elapsed() * SHARE * processors).max(SECOND);
            let next = began + pause;
            loop {
                if is_clock && out.send(Message::Facts(vec![Fact::Time(now())])).is_err() {
                    return;
                }
                let left = next.saturating_duration_since(Instant::now()).min(SECOND);
                match wished.recv_timeout(left) {
                    Ok(detail) => {
                        let is_more = detail > wish && sessions > FEW;
                        wish = detail;
                        if is_more {
                            break;
                        }
                    }
                    Err(RecvTimeoutError::Disconnected) => return,
                    Err(RecvTimeoutError::Timeout) => {}
                }
                if Instant::now() >= next {
                    break;
                }
            }
        }
    };
    thread::Builder::new().name("machine".to_owned()).spawn(look)
}
