//! From a field's kind, an operator and literals to a check.

use std::ops::{Range, RangeInclusive};

use super::check::{Check, Op};
use super::error::Mistake;
use super::{Kind, literal};
use crate::suggest;

/// The field on the left of a test.
pub(super) struct Field<'a> {
    pub name: &'a str,
    pub kind: Kind,
}

/// A literal on the right of a test.
pub(super) struct Compared<'a> {
    pub text: &'a str,
    pub quoted: bool,
    pub span: Range<usize>,
}

type Item<'a> = (Compared<'a>, Option<Compared<'a>>);

impl Field<'_> {
    /// The mask of `field & mask`.
    pub fn mask(&self, sign: Range<usize>, literal: &Compared<'_>) -> Result<u64, Mistake> {
        match self.kind {
            Kind::Number | Kind::Microseconds | Kind::Size | Kind::TextOrNumber => {
                literal::whole_number(literal.text).ok_or_else(|| self.not(literal, Kind::Number))
            }
            _ => Err(self.refuse(sign, "'&' takes bits of numbers")),
        }
    }

    /// `field == literal` and the other comparisons.
    pub fn compare(
        &self,
        mask: Option<u64>,
        op: Op,
        sign: Range<usize>,
        literal: &Compared<'_>,
    ) -> Result<Check, Mistake> {
        if let Some(operand) = self.number(mask, literal)? {
            return Ok(Check::Number { mask: mask.unwrap_or(u64::MAX), op, operand });
        }
        if self.kind == Kind::Time {
            let operand = self.read(literal, literal::time)?;
            return Ok(Check::Time { op, operand });
        }
        let equal = match op {
            Op::Equal => true,
            Op::NotEqual => false,
            _ => return Err(self.refuse(sign, "only numbers and times are less or greater")),
        };
        match self.kind {
            Kind::Bool => {
                self.read(literal, literal::truth).map(|truth| Check::Bool(truth == equal))
            }
            Kind::Bytes => {
                self.read(literal, literal::bytes).map(|operand| Check::Bytes { equal, operand })
            }
            Kind::Address => self
                .read(literal, literal::endpoint)
                .map(|operand| Check::Address { equal, operand }),
            Kind::Object => Err(self.refuse(sign, "only parts of it can be compared")),
            _ => self.text(literal).map(|operand| Check::Text { equal, operand }),
        }
    }

    /// `field in {literal, first..last}`.
    pub fn one_of(
        &self,
        mask: Option<u64>,
        word: Range<usize>,
        items: &[Item<'_>],
    ) -> Result<Check, Mistake> {
        let is_number = |literal: &Compared<'_>| Ok(self.number(mask, literal)?.is_some());
        let mut numbers = true;
        for (first, last) in items {
            numbers &= is_number(first)? && last.as_ref().map_or(Ok(true), is_number)?;
        }
        if numbers {
            let number =
                |literal: &Compared<'_>| Ok(self.number(mask, literal)?.unwrap_or_default());
            let ranges = items.iter().map(|item| range(item, number)).collect::<Result<_, _>>()?;
            return Ok(Check::NumberIn { mask: mask.unwrap_or(u64::MAX), ranges });
        }
        if self.kind == Kind::Time {
            let time = |literal: &Compared<'_>| self.read(literal, literal::time);
            return items
                .iter()
                .map(|item| range(item, time))
                .collect::<Result<_, _>>()
                .map(Check::TimeIn);
        }
        if let Some(last) = items.iter().find_map(|(_, last)| last.as_ref()) {
            return Err(self.refuse(last.span.clone(), "only numbers and times have ranges"));
        }
        let literals = items.iter().map(|(literal, _)| literal);
        match self.kind {
            Kind::Bytes => literals
                .map(|literal| self.read(literal, literal::bytes))
                .collect::<Result<_, _>>()
                .map(Check::BytesIn),
            Kind::Address => literals
                .map(|literal| self.read(literal, literal::endpoint))
                .collect::<Result<_, _>>()
                .map(Check::AddressIn),
            Kind::Bool | Kind::Object => Err(self.refuse(word, "'in' has nothing to choose from")),
            _ => literals
                .map(|literal| self.text(literal))
                .collect::<Result<_, _>>()
                .map(Check::TextIn),
        }
    }

    /// `field contains literal`.
    pub fn contains(&self, word: Range<usize>, literal: &Compared<'_>) -> Result<Check, Mistake> {
        match self.kind {
            // A part of a word need not be a word, and digits in text are wanted as text.
            Kind::Text | Kind::Word(_) | Kind::TextOrNumber => {
                Ok(Check::TextContains(literal.text.to_ascii_lowercase().into()))
            }
            Kind::Bytes => self.read(literal, literal::bytes).map(Check::BytesContain),
            _ => Err(self.refuse(word, "'contains' searches text and bytes")),
        }
    }

    /// The literal as a number, if it is to be compared as one.
    fn number(&self, mask: Option<u64>, literal: &Compared<'_>) -> Result<Option<u64>, Mistake> {
        match self.kind {
            Kind::Number => self.read(literal, literal::whole_number).map(Some),
            Kind::Microseconds => self.read(literal, literal::microseconds).map(Some),
            Kind::Size => self.read(literal, literal::size).map(Some),
            Kind::TextOrNumber if mask.is_some() => literal::whole_number(literal.text)
                .map(Some)
                .ok_or_else(|| self.not(literal, Kind::Number)),
            Kind::TextOrNumber if !literal.quoted => Ok(literal::whole_number(literal.text)),
            _ => Ok(None),
        }
    }

    fn text(&self, literal: &Compared<'_>) -> Result<Box<str>, Mistake> {
        let is_word = |words: &[&str]| words.contains(&literal.text);
        match self.kind {
            Kind::Word(words) if !is_word(words) => {
                let nearest = suggest::nearest(literal.text, words.iter().copied());
                let hint = nearest.map(|word| format!("did you mean '{word}'?"));
                Err(self.not(literal, self.kind).hint(hint))
            }
            Kind::Text if !literal.quoted && literal::whole_number(literal.text).is_some() => {
                let hint = format!("if the text is meant, write '{}' in quotes", literal.text);
                Err(self.not(literal, self.kind).hint(hint))
            }
            _ => Ok(literal.text.into()),
        }
    }

    fn read<T>(&self, literal: &Compared<'_>, reader: fn(&str) -> Option<T>) -> Result<T, Mistake> {
        reader(literal.text).ok_or_else(|| self.not(literal, self.kind))
    }

    /// The literal is not what the field is compared with.
    fn not(&self, literal: &Compared<'_>, kind: Kind) -> Mistake {
        let Self { name, .. } = self;
        let message = format!("'{name}' is compared with {kind}, not with '{}'", literal.text);
        Mistake::new(literal.span.clone(), message)
    }

    /// The operator does not apply to the field.
    fn refuse(&self, span: Range<usize>, why: &str) -> Mistake {
        let Self { name, kind } = self;
        let message = match kind {
            Kind::Object => format!("'{name}' is an object: it can be present or not, {why}"),
            kind => format!("{why}, but '{name}' is compared with {kind}"),
        };
        Mistake::new(span, message)
    }
}

/// Both ends of a set's item.
fn range<T: PartialOrd + Copy>(
    (first, last): &Item<'_>,
    read: impl Fn(&Compared<'_>) -> Result<T, Mistake>,
) -> Result<RangeInclusive<T>, Mistake> {
    let from = read(first)?;
    let Some(last) = last else { return Ok(from..=from) };
    let to = read(last)?;
    if from > to {
        let span = first.span.start..last.span.end;
        return Err(Mistake::new(span, "the range ends before it begins"));
    }
    Ok(from..=to)
}
