//! Requests that wait for an answer.

use iscsi_decoders::Timestamp;
use iscsi_decoders::pdu::{Bhs, Opcode};
use iscsi_decoders::stream::Stamp;
use rustc_hash::FxHashMap;

/// Queues are shorter; a source that lost answers would pile them up.
const OPEN_MAX: usize = 4096;

/// A request under way.
#[derive(Clone, Copy, Debug)]
pub struct Open {
    /// Its header.
    pub request: Bhs,
    /// When it was sent.
    pub began: Stamp,
    /// The initiator waits for an R2T since.
    pub waits_for_r2t: Option<Stamp>,
    /// Offset behind the last byte that an R2T asked for, and behind the last one sent.
    asked: u32,
    sent: u32,
    /// Data came for it, or was asked of it.
    pub moved: bool,
}

impl Open {
    /// A SCSI command.
    pub fn is_command(&self) -> bool {
        self.request.opcode() == Opcode::SCSI_COMMAND
    }

    /// Data that the target asked for is not all sent.
    pub fn sends(&self) -> bool {
        self.sent < self.asked
    }

    /// Bytes it sends or expects in all.
    pub fn length(&self) -> u32 {
        self.request.expected_data_transfer_length().unwrap_or(0)
    }
}

/// The open requests of a connection by their tags.
#[derive(Debug, Default)]
pub struct Tasks {
    open: FxHashMap<u32, Open>,
    /// Those whose answers may be among what the source lost: nothing can be concluded from their waiting.
    doubtful: FxHashMap<u32, Open>,
    /// The task that data last moved of without its request having been seen.
    unseen: Option<(u32, Stamp)>,
    /// Commands answered so far.
    pub answered: u64,
    /// The last answer to a command.
    pub last_answer: Option<Stamp>,
    /// The largest expected length that was answered.
    pub largest_answered: u32,
}

impl Tasks {
    /// Takes a request.
    pub fn open(&mut self, request: Bhs, stamp: Stamp) {
        if self.open.len() >= OPEN_MAX {
            self.open.clear();
        }
        let waits = request.write() == Some(true)
            && request.final_bit() == Some(true)
            && request.data_segment_length() < request.expected_data_transfer_length().unwrap_or(0);
        let waits_for_r2t = waits.then_some(stamp);
        let tag = request.initiator_task_tag();
        self.unseen.take_if(|(unseen, _)| *unseen == tag);
        self.doubtful.remove(&tag);
        self.open.insert(
            tag,
            Open { request, began: stamp, waits_for_r2t, asked: 0, sent: 0, moved: false },
        );
    }

    /// Data or an R2T of an open request.
    pub fn moves(&mut self, header: &Bhs, stamp: Stamp) {
        let tag = header.initiator_task_tag();
        let task = self.open.get_mut(&tag).or_else(|| self.doubtful.get_mut(&tag));
        let Some(task) = task else {
            self.unseen = Some((tag, stamp));
            return;
        };
        task.moved = true;
        match header.opcode() {
            Opcode::R2T => {
                task.waits_for_r2t = None;
                let length = header.desired_data_transfer_length().unwrap_or(0);
                task.asked = header.buffer_offset().unwrap_or(0).saturating_add(length);
            }
            Opcode::DATA_OUT => {
                let length = header.data_segment_length();
                task.sent = header.buffer_offset().unwrap_or(0).saturating_add(length);
                // With the last burst out it is the status that is waited for; another R2T may have come already.
                let left = task.sent < task.length() && !task.sends();
                let waits = header.final_bit() == Some(true) && left;
                task.waits_for_r2t = waits.then_some(stamp);
            }
            _ => {}
        }
    }

    /// The answer that ends a request.
    pub fn close(&mut self, tag: u32, stamp: Stamp) -> Option<Open> {
        self.unseen.take_if(|(unseen, _)| *unseen == tag);
        let task = self.open.remove(&tag).or_else(|| self.doubtful.remove(&tag))?;
        if task.is_command() {
            self.answered += 1;
            self.last_answer = Some(stamp);
            self.largest_answered = self.largest_answered.max(task.length());
        }
        Some(task)
    }

    /// Requests that will get no answer any more.
    pub fn forget(&mut self, gone: impl Fn(&Open) -> bool) {
        self.open.retain(|_, task| !gone(task));
        self.doubtful.retain(|_, task| !gone(task));
    }

    /// Answers were lost.
    pub fn doubt(&mut self) {
        if self.doubtful.len() >= OPEN_MAX {
            self.doubtful.clear();
        }
        self.doubtful.extend(self.open.drain());
    }

    /// The SCSI command that has waited the longest of those that may have been answered.
    pub fn doubtful(&self) -> Option<&Open> {
        let commands = self.doubtful.values().filter(|task| task.is_command());
        commands.min_by_key(|task| (task.began.time, task.began.frame))
    }

    /// The request with this tag.
    pub fn get(&self, tag: u32) -> Option<&Open> {
        self.open.get(&tag).or_else(|| self.doubtful.get(&tag))
    }

    /// SCSI commands under way.
    pub fn commands(&self) -> impl Iterator<Item = &Open> {
        self.open.values().filter(|task| task.is_command())
    }

    /// How many SCSI commands are under way.
    pub fn open_commands(&self) -> u32 {
        u32::try_from(self.commands().count()).unwrap_or(u32::MAX)
    }

    /// When data last moved of a task that is under way although its request was not seen.
    pub fn unseen(&self) -> Option<Stamp> {
        self.unseen.map(|(_, stamp)| stamp)
    }

    /// The request that has waited the longest.
    pub fn oldest(&self) -> Option<&Open> {
        self.open.values().min_by_key(|task| (task.began.time, task.began.frame))
    }

    /// The write that has waited the longest for an R2T.
    pub fn stalled(&self, now: Timestamp) -> Option<(&Open, i64)> {
        let waiting =
            self.commands().filter_map(|task| Some((task, now.since(task.waits_for_r2t?.time))));
        waiting.max_by_key(|(_, waited)| *waited)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_what_may_have_been_answered_nothing_is_said_until_the_answer_comes() {
        let mut read = [0; 48];
        read[0] = Opcode::SCSI_COMMAND.0;
        read[19] = 7;
        let mut tasks = Tasks::default();
        tasks.open(Bhs(read), Stamp::default());
        tasks.doubt();
        assert!(tasks.oldest().is_none() && tasks.open_commands() == 0);
        assert!(tasks.doubtful().is_some() && tasks.get(7).is_some());
        assert!(tasks.close(7, Stamp::default()).is_some());
        assert!(tasks.doubtful().is_none() && tasks.answered == 1);
    }
}
