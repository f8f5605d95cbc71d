//! Kibana's grammar, in its own order. Kibana's parser backtracks and memoises; this one looks ahead instead, because
//! once a `(`, `{`, operator or keyword has matched no other reading of the query can succeed. What Kibana's parser
//! remembers on its way still shows in its error messages, so [`Reach`] keeps just that.

mod literal;
mod reach;
#[cfg(test)]
mod tests;

pub(super) use self::literal::is_special;
use self::reach::{Reach, space_len};
use super::ast::{Node, NodeKind};
use super::error::{MAX_DEPTH, SyntaxError};
use crate::diag::Span;
use crate::query::{RangeOp, Term};

/// Parses a query. An empty one matches everything.
///
/// # Errors
/// The query is not KQL, or nests too deep to be taken seriously.
pub fn parse(query: &str) -> Result<Node, SyntaxError> {
    let mut parser = Parser::new(query);
    parser.query().map_err(|failed| parser.error(failed))
}

/// Parses a text that is a single value, such as one a user typed for a field.
///
/// # Errors
/// The text is not one quoted or unquoted KQL value.
pub fn parse_literal(text: &str) -> Result<Term, SyntaxError> {
    let mut parser = Parser::new(text);
    let parsed = parser.literal(&["literal"]).and_then(|term| parser.end().map(|()| term));
    parsed.map_err(|failed| parser.error(failed))
}

/// Why no reading of the query can succeed.
enum Failed {
    /// [`Reach`] knows what was expected, and where.
    Syntax,
    /// The bracket before this offset is one too deep.
    TooDeep(usize),
}

type Parsed<T> = Result<T, Failed>;

#[derive(Clone, Copy)]
enum Word {
    And,
    Or,
    Not,
}

impl Word {
    fn text(self) -> &'static str {
        match self {
            Self::And => "and",
            Self::Or => "or",
            Self::Not => "not",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::And => "AND",
            Self::Or => "OR",
            Self::Not => "NOT",
        }
    }
}

struct Parser<'a> {
    source: &'a str,
    pos: usize,
    depth: usize,
    reach: Reach,
}

impl<'a> Parser<'a> {
    fn new(source: &'a str) -> Self {
        Self { source, pos: 0, depth: 0, reach: Reach::new(source.len()) }
    }

    fn error(self, failed: Failed) -> SyntaxError {
        match failed {
            Failed::Syntax => {
                let (offset, expected) = self.reach.into_furthest();
                SyntaxError::new(self.source, offset, expected)
            }
            Failed::TooDeep(offset) => SyntaxError::too_deep(self.source, offset),
        }
    }

    fn query(&mut self) -> Parsed<Node> {
        self.spaces();
        let start = self.pos;
        if start == self.source.len() {
            let span = Span::new(0, start);
            return Ok(Node { kind: NodeKind::Is { field: Term::star(span), value: Term::star(span) }, span });
        }
        match self.or_query() {
            Ok(node) => {
                self.spaces();
                self.end().map(|()| node)
            }
            Err(failed) => {
                self.reach.expected(start, "end of input");
                Err(failed)
            }
        }
    }

    fn or_query(&mut self) -> Parsed<Node> {
        self.joined(Word::Or, NodeKind::Or, |p| p.joined(Word::And, NodeKind::And, Self::not_query))
    }

    fn not_query(&mut self) -> Parsed<Node> {
        self.negated(Self::sub_query)
    }

    fn sub_query(&mut self) -> Parsed<Node> {
        if self.eat("(", "\"(\"") {
            return self.bracketed(")", "\")\"", Self::or_query);
        }
        let field = self.literal(&["field name", "value"])?;
        let after_field = self.pos;
        self.spaces();
        if self.eat(":", "\":\"") {
            self.spaces();
            if self.eat("{", "\"{\"") {
                let query = self.bracketed("}", "\"}\"", Self::or_query)?;
                let span = Span::new(field.span.start, self.pos);
                return Ok(Node { kind: NodeKind::Nested { path: field, query: Box::new(query) }, span });
            }
            return self.field_values(&field);
        }
        if let Some(op) = self.range_operator() {
            self.spaces();
            let value = self.literal(&["literal"])?;
            let span = Span::new(field.span.start, value.span.end);
            return Ok(Node { kind: NodeKind::Range { field, op, value }, span });
        }
        self.pos = after_field;
        let (value, span) = (field.clone(), field.span);
        Ok(Node { kind: NodeKind::Is { field: Term::no_field(span.start), value }, span })
    }

    fn field_values(&mut self, field: &Term) -> Parsed<Node> {
        let mut node = self.values(field)?;
        if matches!(node.kind, NodeKind::Is { .. }) {
            node.span.start = field.span.start;
        }
        Ok(node)
    }

    fn values(&mut self, field: &Term) -> Parsed<Node> {
        if self.eat("(", "\"(\"") {
            return self.bracketed(")", "\")\"", |p| p.or_values(field));
        }
        let value = self.literal(&["value"])?;
        let span = value.span;
        Ok(Node { kind: NodeKind::Is { field: field.clone(), value }, span })
    }

    fn or_values(&mut self, field: &Term) -> Parsed<Node> {
        self.joined(Word::Or, NodeKind::Or, |p| p.joined(Word::And, NodeKind::And, |p| p.negated(|p| p.values(field))))
    }

    fn joined(
        &mut self,
        word: Word,
        kind: fn(Vec<Node>) -> NodeKind,
        mut part: impl FnMut(&mut Self) -> Parsed<Node>,
    ) -> Parsed<Node> {
        let first = part(self)?;
        let mut span = first.span;
        let mut parts = Vec::new();
        while self.word(word) {
            let next = part(self)?;
            span.end = next.span.end;
            parts.push(next);
        }
        if parts.is_empty() {
            return Ok(first);
        }
        parts.insert(0, first);
        Ok(Node { kind: kind(parts), span })
    }

    fn negated(&mut self, part: impl FnOnce(&mut Self) -> Parsed<Node>) -> Parsed<Node> {
        let start = self.pos;
        if !self.word(Word::Not) {
            return part(self);
        }
        let inner = part(self)?;
        let span = Span::new(start, inner.span.end);
        Ok(Node { kind: NodeKind::Not(Box::new(inner)), span })
    }

    fn bracketed(
        &mut self,
        close: &str,
        close_name: &'static str,
        inner: impl FnOnce(&mut Self) -> Parsed<Node>,
    ) -> Parsed<Node> {
        if self.depth == MAX_DEPTH {
            return Err(Failed::TooDeep(self.pos - 1));
        }
        self.depth += 1;
        self.spaces();
        let node = inner(self)?;
        self.spaces();
        self.depth -= 1;
        if self.eat(close, close_name) { Ok(node) } else { Err(Failed::Syntax) }
    }

    fn range_operator(&mut self) -> Option<RangeOp> {
        const OPERATORS: [(RangeOp, &str); 4] =
            [(RangeOp::Lte, "\"<=\""), (RangeOp::Gte, "\">=\""), (RangeOp::Lt, "\"<\""), (RangeOp::Gt, "\">\"")];
        OPERATORS.into_iter().find(|(op, name)| self.eat(op.symbol(), name)).map(|(op, _)| op)
    }

    fn eat(&mut self, text: &str, name: &'static str) -> bool {
        if self.source[self.pos..].starts_with(text) {
            self.pos += text.len();
            return true;
        }
        self.reach.expected(self.pos, name);
        false
    }

    /// A keyword with the white space it needs: on both sides, or only after it for `not`.
    fn word(&mut self, word: Word) -> bool {
        let start = self.pos;
        let leading = matches!(word, Word::Not) || self.quiet_spaces();
        if leading && starts_with_word(&self.source[self.pos..], word.text()) {
            self.pos += word.text().len();
            if self.quiet_spaces() {
                return true;
            }
        }
        self.pos = start;
        self.reach.expected(start, word.name());
        false
    }

    /// White space inside a rule that has a name of its own: the error names that rule, not the space.
    fn quiet_spaces(&mut self) -> bool {
        let start = self.pos;
        self.skip_spaces();
        self.reach.space_tried_quietly(self.pos);
        self.pos > start
    }

    fn spaces(&mut self) {
        self.skip_spaces();
        self.reach.expected_space(self.pos);
    }

    fn skip_spaces(&mut self) {
        while let Some(len) = space_len(&self.source[self.pos..]) {
            self.pos += len;
        }
    }

    fn end(&mut self) -> Parsed<()> {
        if self.pos == self.source.len() {
            return Ok(());
        }
        self.reach.expected(self.pos, "end of input");
        Err(Failed::Syntax)
    }
}

fn starts_with_word(text: &str, word: &str) -> bool {
    text.as_bytes().get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()))
}
