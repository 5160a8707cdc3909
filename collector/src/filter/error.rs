use std::fmt;
use std::ops::Range;

/// A mistake in an expression, while parsing: where (bytes), what, and what may have been meant.
#[derive(Debug)]
pub(super) struct Mistake {
    pub span: Range<usize>,
    pub message: String,
    pub hint: Option<String>,
}

impl Mistake {
    pub fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), hint: None }
    }

    pub fn hint(self, hint: impl Into<Option<String>>) -> Self {
        Self { hint: hint.into(), ..self }
    }
}

/// Why an expression is no filter.
///
/// Prints as three lines: what and where, the expression, and a mark under the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterError {
    /// Where the mistake begins, in characters from 1.
    pub column: usize,
    /// How many characters it spans, at least 1.
    pub width: usize,
    /// What is wrong.
    pub message: String,
    /// What may have been meant.
    pub hint: Option<String>,
    expression: String,
}

impl FilterError {
    pub(super) fn new(expression: &str, mistake: Mistake) -> Self {
        let before = expression.get(..mistake.span.start).unwrap_or(expression);
        let inside = expression.get(mistake.span).unwrap_or_default();
        // Three lines on the terminal, whatever was typed: the mark has to stay under its place.
        let shown = |text: &str| text.replace(|c: char| c.is_control(), " ");
        Self {
            column: before.chars().count() + 1,
            width: inside.chars().count().max(1),
            message: shown(&mistake.message),
            hint: mistake.hint.as_deref().map(shown),
            expression: shown(expression),
        }
    }
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { column, width, message, hint, expression } = self;
        writeln!(f, "column {column}: {message}")?;
        writeln!(f, "  {expression}")?;
        write!(f, "  {:indent$}{:^<width$}", "", "", indent = column - 1)?;
        match hint {
            Some(hint) => write!(f, " {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for FilterError {}
