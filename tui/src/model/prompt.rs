//! Text being typed.

/// What it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Shown as it is typed.
    Search,
    /// Taken with Enter.
    Filter,
}

/// The line at the bottom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    pub purpose: Purpose,
    pub text: String,
    /// What is wrong with it.
    pub complaint: Option<String>,
    /// What there was before.
    pub before: String,
}

impl Prompt {
    pub fn new(purpose: Purpose, text: &str) -> Self {
        Self { purpose, text: text.to_owned(), complaint: None, before: text.to_owned() }
    }

    /// Adds what can be typed; lines are longer than anybody needs.
    pub fn add(&mut self, text: &str) {
        const LONGEST: usize = 500;
        self.complaint = None;
        for char in text.chars().filter(|char| !char.is_control()) {
            if self.text.len() < LONGEST {
                self.text.push(char);
            }
        }
    }
}
