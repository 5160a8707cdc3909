//! Events of another source, made text where they arise.

use std::sync::mpsc::{Receiver, TryRecvError};

use iscsi_decoders::Timestamp;

/// What another source sends.
#[derive(Debug)]
pub enum News {
    /// An event, as it is to be printed.
    Event {
        /// When it happened.
        time: Timestamp,
        /// The text, with its line's end.
        text: Vec<u8>,
    },
    /// Everything that happened before this round of reading began was sent.
    Round,
}

/// Reads another source.
#[derive(Debug)]
pub struct Live {
    news: Receiver<News>,
    rounds: u64,
    ended: bool,
}

/// Rounds after which all is here that had happened when we looked: the first one we hear of may have begun before.
const LATER: u64 = 2;

impl Live {
    /// Reads what comes from there.
    pub fn new(news: Receiver<News>) -> Self {
        Self { news, rounds: 0, ended: false }
    }

    /// Hands on what came since the last call.
    pub(super) fn read(&mut self, take: &mut impl FnMut(Timestamp, Vec<u8>)) {
        loop {
            match self.news.try_recv() {
                Ok(News::Event { time, text }) => take(time, text),
                Ok(News::Round) => self.rounds += 1,
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => {
                    self.ended = true;
                    return;
                }
            }
        }
    }

    /// The round after which everything is here that has happened by now.
    pub(super) fn complete_after(&self) -> u64 {
        self.rounds + LATER
    }

    /// Whether that round is over.
    pub(super) fn is_over(&self, round: u64) -> bool {
        self.ended || self.rounds >= round
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn a_round_that_had_begun_before_we_looked_does_not_count() {
        let (sender, news) = channel();
        let mut live = Live::new(news);
        let complete = live.complete_after();
        sender.send(News::Round).unwrap();
        live.read(&mut |_, _| {});
        assert!(!live.is_over(complete));
        sender.send(News::Round).unwrap();
        live.read(&mut |_, _| {});
        assert!(live.is_over(complete));
    }

    #[test]
    fn nothing_is_waited_for_when_the_source_has_ended() {
        let (sender, news) = channel();
        let mut live = Live::new(news);
        let complete = live.complete_after();
        sender.send(News::Event { time: Timestamp(1), text: b"last".to_vec() }).unwrap();
        drop(sender);
        let mut texts = Vec::new();
        live.read(&mut |_, text| texts.push(text));
        assert_eq!(texts, [b"last"]);
        assert!(live.is_over(complete));
    }
}
