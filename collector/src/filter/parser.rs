use std::ops::Range;

use super::comparison::{Compared, Field};
use super::error::Mistake;
use super::lexer::{Lexer, Token};
use super::{Check, Node, Schema};
use crate::filter::check::Op;
use crate::suggest;

/// How deep parentheses may be nested; people do not come near, and parsing, asking and dropping recurse.
const DEEPEST: usize = 64;

/// Parses a whole expression.
pub(super) fn parse(expression: &str, schema: &dyn Schema) -> Result<Node, Mistake> {
    let mut lexer = Lexer::new(expression);
    let (token, span) = lexer.next()?;
    let mut parser = Parser { lexer, token, span, depth: 0, schema };
    let root = parser.or()?;
    match parser.token {
        Token::End => Ok(root),
        Token::Sign(")") => Err(parser.mistake("this ')' closes nothing")),
        _ => Err(parser.expected("'&&', '||' or the end")),
    }
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    /// The token to look at next, and where it is.
    token: Token<'a>,
    span: Range<usize>,
    depth: usize,
    schema: &'a dyn Schema,
}

impl<'a> Parser<'a> {
    fn or(&mut self) -> Result<Node, Mistake> {
        let first = self.and()?;
        let mut nodes = vec![first];
        while self.take("||", "or")? {
            nodes.push(self.and()?);
        }
        Ok(one_or(nodes, Node::Any))
    }

    fn and(&mut self) -> Result<Node, Mistake> {
        let first = self.not()?;
        let mut nodes = vec![first];
        while self.take("&&", "and")? {
            nodes.push(self.not()?);
        }
        Ok(one_or(nodes, Node::All))
    }

    fn not(&mut self) -> Result<Node, Mistake> {
        let mut negated = false;
        while self.take("!", "not")? {
            negated = !negated;
        }
        let node = if self.token == Token::Sign("(") { self.group()? } else { self.test()? };
        Ok(if negated { Node::Not(Box::new(node)) } else { node })
    }

    fn group(&mut self) -> Result<Node, Mistake> {
        let opening = self.advance()?;
        self.depth += 1;
        if self.depth > DEEPEST {
            let message = format!("parentheses nested deeper than {DEEPEST}");
            return Err(Mistake::new(opening, message));
        }
        let node = self.or()?;
        self.depth -= 1;
        match self.token {
            Token::Sign(")") => self.advance()?,
            Token::End => return Err(Mistake::new(opening, "this '(' is never closed")),
            _ => return Err(self.expected("'&&', '||' or ')'")),
        };
        Ok(node)
    }

    fn test(&mut self) -> Result<Node, Mistake> {
        let (id, field) = self.field()?;
        let mask = if self.token == Token::Sign("&") {
            let sign = self.advance()?;
            let literal = self.literal()?;
            Some(field.mask(sign, &literal)?)
        } else {
            None
        };
        let check = if let Some(op) = self.op() {
            let sign = self.advance()?;
            let literal = self.literal()?;
            field.compare(mask, op, sign, &literal)?
        } else if self.is("in") {
            let word = self.advance()?;
            let items = self.set()?;
            field.one_of(mask, word, &items)?
        } else if self.is("contains") && mask.is_none() {
            let word = self.advance()?;
            let literal = self.literal()?;
            field.contains(word, &literal)?
        } else {
            match mask {
                Some(mask) => Check::Number { mask, op: Op::NotEqual, operand: 0 },
                None => Check::Present,
            }
        };
        Ok(Node::Test(id, check))
    }

    fn field(&mut self) -> Result<(super::FieldId, Field<'a>), Mistake> {
        let Token::Word(name) = self.token else { return Err(self.expected("a field name")) };
        let span = self.span.clone();
        let Some((id, kind)) = self.schema.field(name) else {
            let hint = suggest::nearest(name, self.schema.names())
                .map(|known| format!("did you mean '{known}'?"))
                .or_else(|| {
                    name.starts_with(|c: char| c.is_ascii_digit())
                        .then(|| "the field stands on the left, the value on the right".to_owned())
                });
            return Err(Mistake::new(span, format!("no field is called '{name}'")).hint(hint));
        };
        self.advance()?;
        Ok((id, Field { name, kind }))
    }

    /// `{1, 2..5, 9}`, as pairs of first and last.
    fn set(&mut self) -> Result<Vec<(Compared<'a>, Option<Compared<'a>>)>, Mistake> {
        if self.token != Token::Sign("{") {
            return Err(self.expected("'{'"));
        }
        self.advance()?;
        let mut items = Vec::new();
        loop {
            let first = self.literal()?;
            let last = if self.token == Token::Sign("..") {
                self.advance()?;
                Some(self.literal()?)
            } else {
                None
            };
            items.push((first, last));
            match self.token {
                Token::Sign(",") => self.advance()?,
                Token::Sign("}") => break,
                _ => return Err(self.expected("',' or '}'")),
            };
        }
        self.advance()?;
        Ok(items)
    }

    fn literal(&mut self) -> Result<Compared<'a>, Mistake> {
        let (text, quoted) = match self.token {
            Token::Word(text) => (text, false),
            Token::Quoted(text) => (text, true),
            _ => return Err(self.expected("a value")),
        };
        let span = self.advance()?;
        Ok(Compared { text, quoted, span })
    }

    fn op(&self) -> Option<Op> {
        let Token::Sign(sign) = self.token else { return None };
        Some(match sign {
            "==" => Op::Equal,
            "!=" => Op::NotEqual,
            "<" => Op::Less,
            "<=" => Op::LessOrEqual,
            ">" => Op::Greater,
            ">=" => Op::GreaterOrEqual,
            _ => return None,
        })
    }

    fn is(&self, keyword: &str) -> bool {
        matches!(self.token, Token::Word(word) if word.eq_ignore_ascii_case(keyword))
    }

    /// Steps over the current token if it is this operator, in either spelling.
    fn take(&mut self, sign: &str, keyword: &str) -> Result<bool, Mistake> {
        let found = self.is(keyword) || matches!(self.token, Token::Sign(found) if found == sign);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    /// Steps to the next token; returns where the one stepped over was.
    fn advance(&mut self) -> Result<Range<usize>, Mistake> {
        let (token, span) = self.lexer.next()?;
        self.token = token;
        Ok(std::mem::replace(&mut self.span, span))
    }

    fn mistake(&self, message: impl Into<String>) -> Mistake {
        Mistake::new(self.span.clone(), message)
    }

    fn expected(&self, what: &str) -> Mistake {
        match self.token {
            Token::Word(found) => self.mistake(format!("expected {what}, found '{found}'")),
            Token::Quoted(found) => {
                self.mistake(format!("expected {what}, found the text '{found}'"))
            }
            Token::Sign(found) => self.mistake(format!("expected {what}, found '{found}'")),
            Token::End => self.mistake(format!("expected {what}, but the expression ends")),
        }
    }
}

/// A list of one needs no list around it.
fn one_or(mut nodes: Vec<Node>, list: fn(Vec<Node>) -> Node) -> Node {
    match nodes.pop() {
        Some(only) if nodes.is_empty() => only,
        Some(last) => {
            nodes.push(last);
            list(nodes)
        }
        None => list(nodes),
    }
}
