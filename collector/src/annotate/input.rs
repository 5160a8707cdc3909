//! Lines from a file or a pipe, read by a thread of its own: a live log must be printed as it comes, and
//! its silences count too.

use std::{
    io::{self, Read},
    sync::mpsc::{self, Receiver},
    thread,
};

/// Bytes read at once; also how long a line may be before it is handed on in pieces.
const CHUNK: usize = 64 * 1024;
/// Chunks read ahead of who prints them.
const AHEAD: usize = 4;

/// Whole lines, as many as one read brought; the last chunk may end without a newline.
pub type Feed = Receiver<io::Result<Vec<u8>>>;

/// Starts reading. The feed ends at the end of the input or after the first error.
///
/// # Errors
/// If the thread cannot be started.
pub fn feed(mut input: impl Read + Send + 'static) -> io::Result<Feed> {
    let (sender, feed) = mpsc::sync_channel(AHEAD);
    thread::Builder::new().name("log input".to_owned()).spawn(move || {
        let mut pending = Vec::new();
        loop {
            let begin = pending.len();
            pending.resize(begin + CHUNK, 0);
            let read = match pending.get_mut(begin..).map(|free| input.read(free)) {
                Some(Ok(read)) => read,
                Some(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {
                    pending.truncate(begin);
                    continue;
                }
                Some(Err(error)) => {
                    pending.truncate(begin);
                    // Should nobody listen any more, the end comes all the same.
                    let _ = sender.send(Ok(pending));
                    let _ = sender.send(Err(error));
                    return;
                }
                None => return,
            };
            pending.truncate(begin + read);
            let ended = read == 0;
            let whole = pending.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            let whole =
                if ended || whole == 0 && pending.len() >= CHUNK { pending.len() } else { whole };
            let rest = pending.split_off(whole);
            // Nobody listens any more: the output was closed, which its writer reports.
            if !pending.is_empty() && sender.send(Ok(pending)).is_err() || ended {
                return;
            }
            pending = rest;
        }
    })?;
    Ok(feed)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives what it holds a few bytes at a time.
    struct Drip(Vec<u8>);

    impl Read for Drip {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let take = self.0.len().min(into.len()).min(7);
            let rest = self.0.split_off(take);
            into[..take].copy_from_slice(&self.0);
            self.0 = rest;
            Ok(take)
        }
    }

    #[test]
    fn chunks_are_whole_lines_however_the_bytes_drip_in() {
        let text = b"one line\nanother, longer line\n\nthe end without a newline".to_vec();
        let chunks: Vec<_> = feed(Drip(text.clone())).unwrap().iter().map(Result::unwrap).collect();
        assert_eq!(chunks.concat(), text);
        let (_last, whole) = chunks.split_last().unwrap();
        assert!(whole.iter().all(|chunk| chunk.ends_with(b"\n")));
    }

    #[test]
    fn an_endless_line_is_handed_on_in_pieces() {
        let text = vec![b'x'; 3 * CHUNK + 5];
        let chunks: Vec<_> =
            feed(io::Cursor::new(text.clone())).unwrap().iter().map(Result::unwrap).collect();
        assert!(chunks.iter().all(|chunk| chunk.len() <= CHUNK));
        assert_eq!(chunks.concat(), text);
    }
}
