//! Tasks: requests by Initiator Task Tag, from the command to its last answer.

use iscsi_decoders::Timestamp;
use iscsi_decoders::pdu::ahs::{self, Ahs};
use iscsi_decoders::pdu::{Bhs, Opcode};
use iscsi_decoders::scsi::{Cdb, DeviceType, Lun};
use iscsi_decoders::stream::Stamp;
use rustc_hash::FxHashMap;

/// A request that waits for its answer.
#[derive(Clone, Debug)]
pub struct Task {
    /// The request's header.
    pub request: Bhs,
    /// The packet the request ended in.
    pub started: Stamp,
    /// The logical unit, kept because later PDUs of the task do not repeat it.
    pub lun: Option<Lun>,
    /// What is known about the device's type.
    pub device: Option<DeviceType>,
    /// What the command says it reads at most, bytes; unknown for a bidirectional one that does not say.
    pub reads: Option<u32>,
    /// The target rejected the request: it may stay without an answer.
    pub rejected: bool,
    /// Nothing of the connection was lost since it was sent, so that what was not seen was not there.
    pub whole: bool,
    /// Next DataSN or R2TSN from the target; one count serves both (RFC 7143, section 11.7.5).
    pub next_in_sn: u32,
    /// Data moved, bytes.
    pub data_in: u64,
    /// Data moved, bytes; immediate data included.
    pub data_out: u64,
    /// Data sent without being asked for, bytes.
    pub unsolicited: u64,
    /// Next DataSN of the unsolicited burst.
    pub next_unsolicited_sn: u32,
    /// R2Ts not yet answered in full.
    pub bursts: Vec<Burst>,
    /// Times of the data phase.
    pub phases: Phases,
}

/// What one R2T asked for.
#[derive(Clone, Copy, Debug)]
pub struct Burst {
    /// Its Target Transfer Tag.
    pub target_transfer_tag: u32,
    /// Next DataSN of its Data-Out PDUs.
    pub next_data_sn: u32,
    /// Where its next data belongs, bytes from the start of the buffer.
    pub next_offset: u32,
}

/// When a task's data moved.
#[derive(Clone, Copy, Debug, Default)]
pub struct Phases {
    first_r2t: Option<Timestamp>,
    first_data: Option<Timestamp>,
    last_data: Option<Timestamp>,
    /// Since when the initiator waits for the target to ask for data, if it does.
    waiting_since: Option<Timestamp>,
    waited: i64,
}

/// Where the time of a command went, nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// From the command to its status.
    pub service: i64,
    /// From the command to the first R2T.
    pub first_r2t: Option<i64>,
    /// All the time the initiator had nothing to send because no R2T was open.
    pub r2t_wait: Option<i64>,
    /// From the first data PDU to the last.
    pub data: Option<i64>,
}

impl Task {
    /// The task a request with these additional header segments opens.
    pub fn new(request: Bhs, ahs: &[u8], started: Stamp, device: Option<DeviceType>) -> Self {
        let mut phases = Phases::default();
        if request.write() == Some(true) && request.final_bit() == Some(true) {
            phases.waiting_since = Some(started.time);
        }
        Self {
            request,
            started,
            lun: request.lun(),
            device,
            reads: reads(&request, ahs),
            rejected: false,
            whole: true,
            next_in_sn: 0,
            data_in: 0,
            data_out: 0,
            unsolicited: 0,
            next_unsolicited_sn: 0,
            bursts: Vec::new(),
            phases,
        }
    }

    /// The command's first 16 CDB bytes, decoded for its device.
    pub fn cdb(&self) -> Option<Cdb<'_>> {
        self.request.cdb().map(|bytes| Cdb::new(bytes, self.device))
    }

    /// What the request was, for people.
    pub fn what(&self) -> &'static str {
        let scsi = self.cdb().and_then(|cdb| cdb.name());
        scsi.or_else(|| self.request.opcode().title()).unwrap_or("a request")
    }

    /// Whether it is wrong that its answer has not been seen.
    pub fn is_owed_answer(&self) -> bool {
        self.whole && !self.rejected
    }

    /// Whether it asks for a SCSI command.
    pub fn is_scsi(&self) -> bool {
        self.request.opcode() == Opcode::SCSI_COMMAND
    }
}

/// A bidirectional command's header has the length it writes; the length it reads is in an AHS.
fn reads(request: &Bhs, ahs: &[u8]) -> Option<u32> {
    if request.read()? && request.write()? {
        return ahs::segments(ahs).find_map(|segment| match segment {
            Ahs::BidirectionalReadLength(length) => Some(length),
            _ => None,
        });
    }
    request.expected_data_transfer_length()
}

impl Phases {
    /// An R2T came.
    pub fn r2t(&mut self, at: Timestamp) {
        self.first_r2t.get_or_insert(at);
        if let Some(since) = self.waiting_since.take() {
            self.waited += at.since(since);
        }
    }

    /// Data moved.
    pub fn data(&mut self, at: Timestamp) {
        self.first_data.get_or_insert(at);
        self.last_data = Some(at);
    }

    /// Everything asked for is sent: from here on the initiator waits.
    pub fn wait(&mut self, at: Timestamp) {
        self.waiting_since = Some(at);
    }

    /// The split of the time between `started` and `ended`.
    pub fn timing(&self, started: Timestamp, ended: Timestamp) -> Timing {
        Timing {
            service: ended.since(started),
            first_r2t: self.first_r2t.map(|at| at.since(started)),
            r2t_wait: self.first_r2t.map(|_| self.waited),
            data: self.first_data.zip(self.last_data).map(|(first, last)| last.since(first)),
        }
    }
}

/// Tasks kept open after a loss; queues are shorter.
const DOUBTFUL_MAX: usize = 4096;

/// The open tasks of a connection. Closed ones are kept for reuse, so that a command costs no allocation.
#[derive(Debug, Default)]
pub struct Tasks {
    by_tag: FxHashMap<u32, Task>,
    spare: Vec<Vec<Burst>>,
}

impl Tasks {
    /// Opens a task; answers the one that had the tag, if it was still open.
    pub fn open(&mut self, mut task: Task) -> Option<Task> {
        if let Some(bursts) = self.spare.pop() {
            task.bursts = bursts;
        }
        self.by_tag.insert(task.request.initiator_task_tag(), task)
    }

    /// The open task with this tag.
    pub fn get(&mut self, tag: u32) -> Option<&mut Task> {
        self.by_tag.get_mut(&tag)
    }

    /// Whether a command is sent once more as it was, because the target did not acknowledge it (RFC 7143,
    /// section 7.2.1).
    pub fn is_retry(&self, header: &Bhs) -> bool {
        let same = |request: &Bhs| {
            request.opcode() == Opcode::SCSI_COMMAND
                && request.immediate() == Some(false)
                && request.cmd_sn() == header.cmd_sn()
        };
        same(header)
            && self.by_tag.get(&header.initiator_task_tag()).is_some_and(|task| same(&task.request))
    }

    /// Closes a task.
    pub fn close(&mut self, tag: u32) -> Option<Task> {
        self.by_tag.remove(&tag)
    }

    /// Returns a closed task's memory.
    pub fn recycle(&mut self, task: Task) {
        let mut bursts = task.bursts;
        if bursts.capacity() > 0 {
            bursts.clear();
            self.spare.push(bursts);
        }
    }

    /// Closes every task that `gone` picks, without a word: another PDU has answered for them.
    pub fn forget(&mut self, gone: impl Fn(&Task) -> bool) {
        self.by_tag.retain(|_, task| !gone(task));
    }

    /// How many wait for an answer.
    pub fn waiting(&self) -> usize {
        self.by_tag.values().filter(|task| task.is_owed_answer()).count()
    }

    /// SCSI commands that are open, and since when the oldest of them is.
    pub fn outstanding(&self) -> (u32, Option<Timestamp>) {
        let commands = self.by_tag.values().filter(|task| task.is_scsi());
        commands.fold((0, None), |(count, oldest), task| {
            let started = task.started.time;
            (count + 1, Some(oldest.map_or(started, |oldest: Timestamp| oldest.min(started))))
        })
    }

    /// Bytes were lost: what the tasks wait for may have been among them. They stay open to be recognised, unless
    /// answers that never come have piled up.
    pub fn doubt(&mut self) {
        self.by_tag.values_mut().for_each(|task| task.whole = false);
        if self.by_tag.len() > DOUBTFUL_MAX {
            self.by_tag.clear();
        }
    }

    #[cfg(test)]
    pub fn open_count(&self) -> usize {
        self.by_tag.len()
    }

    /// Closes all, oldest first.
    pub fn drain(&mut self) -> Vec<Task> {
        let mut tasks: Vec<_> = self.by_tag.drain().map(|(_, task)| task).collect();
        tasks.sort_by_key(|task| (task.started.time, task.started.frame));
        tasks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_split_between_waiting_for_r2t_and_moving_data() {
        let mut phases = Phases::default();
        phases.wait(Timestamp(100));
        phases.r2t(Timestamp(150));
        phases.data(Timestamp(160));
        phases.data(Timestamp(170));
        phases.wait(Timestamp(170));
        phases.r2t(Timestamp(200));
        phases.data(Timestamp(230));
        let timing = phases.timing(Timestamp(100), Timestamp(300));
        assert_eq!(timing.service, 200);
        assert_eq!(timing.first_r2t, Some(50));
        assert_eq!(timing.r2t_wait, Some(80));
        assert_eq!(timing.data, Some(70));
    }
}
