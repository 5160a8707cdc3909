//! Steps of error handling: task management on the wire, and the initiator's error handler.

use iscsi_decoders::stream::Stamp;

/// A step that takes time and gets an answer.
#[derive(Clone, Debug)]
pub struct Step {
    /// When it began.
    pub began: Stamp,
    /// What it is: a function's name.
    pub name: &'static str,
    /// Its number: the task management function, or none for a handler.
    pub function: Option<u8>,
    /// The request's tag.
    pub itt: Option<u32>,
    /// The task it is about.
    pub about: Option<u32>,
    /// How old that task was, nanoseconds.
    pub age: Option<i64>,
    /// When it ended, and how.
    pub ended: Option<(Stamp, Box<str>)>,
}

/// More steps are not part of one trouble.
const STEPS: usize = 24;

/// What error handling did lately.
#[derive(Debug, Default)]
pub struct Recovery {
    steps: Vec<Step>,
    /// The task of the last command that timed out, as the kernel says it, and its age.
    pub timed_out: Option<(Stamp, Option<i64>)>,
}

impl Recovery {
    /// Adds a step.
    pub fn begin(&mut self, step: Step) {
        if self.steps.len() >= STEPS {
            self.steps.remove(0);
        }
        self.steps.push(step);
    }

    /// The last open step that fits has ended.
    pub fn end(&mut self, fits: impl Fn(&Step) -> bool, stamp: Stamp, how: &str) {
        let open = self.steps.iter_mut().rev().find(|step| step.ended.is_none() && fits(step));
        if let Some(step) = open {
            step.ended = Some((stamp, how.into()));
        }
    }

    /// The steps, oldest first.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Whether anything was done.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// What was done is explained.
    pub fn settle(&mut self) {
        self.steps.clear();
        self.timed_out = None;
    }
}
