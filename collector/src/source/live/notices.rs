//! What there is to say about the tracing itself.

use std::collections::BTreeSet;

use crate::kernel::btf::KernelBtf;
use crate::kernel::errors;

/// Sentences for people, each said once.
#[derive(Default)]
pub struct Notices {
    said: BTreeSet<String>,
    new: Vec<String>,
}

impl Notices {
    pub fn say(&mut self, text: String) {
        if self.said.insert(text.clone()) {
            self.new.push(text);
        }
    }

    /// Says where the kernel's error codes are not the catalogue's.
    pub fn compare(&mut self, btf: &mut KernelBtf) {
        for difference in errors::differences(btf) {
            self.say(difference.to_string());
        }
    }

    /// Takes what was not taken yet.
    pub fn take(&mut self) -> Vec<String> {
        std::mem::take(&mut self.new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sentence_is_said_once() {
        let mut notices = Notices::default();
        notices.say("one".to_owned());
        notices.say("one".to_owned());
        assert_eq!(notices.take(), ["one"]);
        notices.say("one".to_owned());
        notices.say("two".to_owned());
        assert_eq!(notices.take(), ["two"]);
    }
}
