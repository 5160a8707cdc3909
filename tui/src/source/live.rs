//! The running kernel.

use std::sync::mpsc::{Receiver, SyncSender, TryRecvError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use iscsi_collector::category::Categories;
use iscsi_collector::cli::Failure;
use iscsi_collector::host::Roots;
use iscsi_collector::source::live::{Feed, Live, Options, RING_BYTES, now, wish};
use iscsi_collector::stats::Watch;

use super::Control;
use crate::message::Message;

/// What is told is never older than this.
const TICK: Duration = Duration::from_millis(100);

/// What is asked of the probes: everything but what only debugging drivers needs.
const WANTED: Categories =
    Categories::all().difference(Categories::FUNCTION).difference(Categories::NETLINK);

/// Attaches the probes; answers how many.
pub fn start(
    out: SyncSender<Message>,
    told: Receiver<Control>,
) -> anyhow::Result<(usize, JoinHandle<()>)> {
    let config = wish::watching(&wish::kinds(WANTED));
    let asked = now();
    let options = Options { config, roots: Roots::machine(), ring_bytes: RING_BYTES };
    let live = Live::start(options).map_err(|error| {
        Failure::denied(format!(
            "{error}\nWithout privileges: iscsitop --sysfs-only; of a file: iscsitop --read FILE"
        ))
    })?;
    let probes = live.probes().iter().filter(|status| status.off.is_none()).count();
    let run = move || {
        let mut watch = Watch::default();
        let mut feed = Feed::new(live, asked, false, &mut |event| watch.observe(&event));
        loop {
            match told.try_recv() {
                Ok(Control::Keep(filter)) => watch.keep(Categories::all(), filter),
                Ok(Control::End) | Err(TryRecvError::Disconnected) => return,
                // The present cannot be stopped, nor gone back from.
                Ok(Control::Play(_) | Control::Speed(_) | Control::Seek(_))
                | Err(TryRecvError::Empty) => {}
            }
            if let Err(error) = feed.poll(TICK, &mut |event| watch.observe(&event)) {
                // Whoever would hear it has ended.
                let _ = out.send(Message::Broken(format!("the probes cannot be read: {error}")));
                return;
            }
            watch.keep_again();
            for notice in feed.notices() {
                if out.send(Message::Notice(notice)).is_err() {
                    return;
                }
            }
            if out.send(Message::Facts(watch.batch(now()))).is_err() {
                return;
            }
        }
    };
    Ok((probes, thread::Builder::new().name("kernel".to_owned()).spawn(run)?))
}
