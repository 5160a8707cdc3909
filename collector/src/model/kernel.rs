//! What the initiator's own kernel knows of its sessions, whether their logins were seen or not.

use iscsi_decoders::Timestamp;
use rustc_hash::FxHashMap;

use crate::event::connection::Identity;
use crate::event::{KernelEvent, What, session};

/// A session as the kernel knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    pub target: String,
    pub initiator: String,
    /// RDMA or an adapter moves data past the kernel.
    pub partial: bool,
    /// Its place among the sessions.
    pub index: Option<usize>,
}

/// Sessions by `iscsi_cls_session.sid`.
#[derive(Debug, Default)]
pub(super) struct Kernel {
    sessions: FxHashMap<u32, Known>,
    /// PDUs up to here may have been lost.
    doubt: Option<Timestamp>,
}

impl Kernel {
    /// Learns from an event.
    pub fn take(&mut self, event: &KernelEvent) {
        let Some(sid) = event.session else { return };
        match &event.what {
            What::Identity(identity) => {
                let Identity { target, initiator, .. } = &**identity;
                let known = self.sessions.entry(sid).or_default();
                known.target.clone_from(target);
                known.initiator.clone_from(initiator);
                known.partial = !identity.shows_all_pdus();
            }
            // Numbers are given out again.
            What::SessionStep(step) if step.step == session::StepKind::Created => {
                self.sessions.remove(&sid);
            }
            _ => {}
        }
    }

    /// Hears that PDUs were lost up to a time.
    pub fn lost(&mut self, until: Timestamp) {
        self.doubt = self.doubt.max(Some(until));
    }

    /// Whether PDUs were lost around this time.
    pub fn doubts(&self, time: Timestamp) -> bool {
        self.doubt.is_some_and(|until| time <= until)
    }

    /// The session with this number.
    pub fn session(&self, sid: u32) -> Option<&Known> {
        self.sessions.get(&sid)
    }

    /// Remembers which of the sessions it is.
    pub fn place(&mut self, sid: u32, index: usize) {
        self.sessions.entry(sid).or_default().index = Some(index);
    }

    /// The name of a session's target.
    pub fn target(&self, sid: Option<u32>) -> Option<&str> {
        let known = self.sessions.get(&sid?)?;
        Some(known.target.as_str()).filter(|name| !name.is_empty())
    }
}
