//! Secrets that stand nowhere else.

use std::cell::RefCell;

/// Hands out secrets, each once, and remembers where it was meant to go.
#[derive(Default)]
pub struct Canaries(RefCell<Vec<(String, String)>>);

impl Canaries {
    /// A new one, of 14 letters and digits that look like no word and no number.
    pub fn plant(&self, place: &str) -> String {
        const LETTERS: &[u8] = b"bcdfghjkmnpqrstvwxzBCDFGHJKMNPQRSTVWXZ23456789";
        let mut all = self.0.borrow_mut();
        let mut state = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(all.len() as u64 + 1);
        let secret: String = (0..14)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                char::from(LETTERS[usize::try_from(state >> 33).unwrap() % LETTERS.len()])
            })
            .collect();
        all.push((secret.clone(), place.to_owned()));
        secret
    }

    /// All of them.
    pub fn all(&self) -> Vec<String> {
        self.0.borrow().iter().map(|(secret, _)| secret.clone()).collect()
    }

    /// Where one was planted.
    pub fn place(&self, secret: &str) -> String {
        let all = self.0.borrow();
        all.iter()
            .find(|(other, _)| other == secret)
            .map(|(_, place)| place.clone())
            .unwrap_or_default()
    }
}
