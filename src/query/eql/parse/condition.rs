//! Conditions: operators by how tightly they bind.

use super::lex::Kind;
use super::{Parsed, Parser};
use crate::diag::Span;
use crate::query::eql::ast::{Arithmetic, Binds, Comparison, Expr, ExprKind};
use crate::query::eql::error::MAX_DEPTH;

/// An expression, and the longest way down its tree. Whoever walks it later does so on a stack.
pub(super) struct Tall {
    pub expr: Expr,
    pub height: usize,
}

impl Tall {
    pub(super) fn flat(kind: ExprKind, span: Span) -> Self {
        Self { expr: Expr { kind, span }, height: 0 }
    }

    pub(super) fn above(kind: ExprKind, span: Span, height: usize) -> Self {
        Self { expr: Expr { kind, span }, height: height + 1 }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Operator {
    Or,
    And,
    Comparison(Comparison),
    Arithmetic(Arithmetic),
}

impl Operator {
    fn of(token: &Kind<'_>) -> Option<Self> {
        Some(match token {
            Kind::Word("or") => Self::Or,
            Kind::Word("and") => Self::And,
            Kind::Symbol("==") => Self::Comparison(Comparison::Equal),
            Kind::Symbol("!=") => Self::Comparison(Comparison::NotEqual),
            Kind::Symbol("<") => Self::Comparison(Comparison::Less),
            Kind::Symbol("<=") => Self::Comparison(Comparison::LessOrEqual),
            Kind::Symbol(">") => Self::Comparison(Comparison::Greater),
            Kind::Symbol(">=") => Self::Comparison(Comparison::GreaterOrEqual),
            Kind::Symbol("+") => Self::Arithmetic(Arithmetic::Add),
            Kind::Symbol("-") => Self::Arithmetic(Arithmetic::Subtract),
            Kind::Symbol("*") => Self::Arithmetic(Arithmetic::Multiply),
            Kind::Symbol("/") => Self::Arithmetic(Arithmetic::Divide),
            Kind::Symbol("%") => Self::Arithmetic(Arithmetic::Modulo),
            _ => return None,
        })
    }

    fn binds(self) -> Binds {
        match self {
            Self::Or => Binds::Or,
            Self::And => Binds::And,
            Self::Comparison(_) => Binds::Comparison,
            Self::Arithmetic(op) => op.binds(),
        }
    }
}

impl Parser<'_> {
    pub(super) fn condition(&mut self) -> Parsed<Expr> {
        self.expression(Binds::Nothing).map(|tall| tall.expr)
    }

    /// An expression, up to an operator that binds no tighter than `than`. Whatever nests comes by here.
    pub(super) fn expression(&mut self, than: Binds) -> Parsed<Tall> {
        if self.depth == MAX_DEPTH {
            return Err(self.too_deep(self.span()));
        }
        self.depth += 1;
        let mut left = self.prefixed(than)?;
        while let Some(operator) = Operator::of(self.peek()).filter(|next| next.binds() > than) {
            // One `?` for all: each takes its share of the stack.
            let whole = match operator {
                Operator::Or | Operator::And => self.joined(left, operator),
                Operator::Comparison(op) => self.comparison(left, op),
                Operator::Arithmetic(op) => self.arithmetic(left, op, operator.binds()),
            };
            left = whole?;
        }
        self.depth -= 1;
        Ok(left)
    }

    fn joined(&mut self, first: Tall, operator: Operator) -> Parsed<Tall> {
        let mut span = first.expr.span;
        let mut height = first.height;
        let mut parts = vec![first.expr];
        while Operator::of(self.peek()) == Some(operator) {
            self.at += 1;
            let part = self.expression(operator.binds())?;
            span.end = part.expr.span.end;
            height = height.max(part.height);
            parts.push(part.expr);
        }
        let kind = if operator == Operator::Or { ExprKind::Or(parts) } else { ExprKind::And(parts) };
        Ok(Tall::above(kind, span, height))
    }

    fn comparison(&mut self, left: Tall, op: Comparison) -> Parsed<Tall> {
        self.at += 1;
        let right = self.expression(Binds::Comparison)?;
        if let Some(Operator::Comparison(_)) = Operator::of(self.peek()) {
            return self.expected("`and`, `or` or the end of the condition", self.left_over());
        }
        let (span, height) = around(&left, &right);
        let (left, right) = (Box::new(left.expr), Box::new(right.expr));
        Ok(Tall::above(ExprKind::Comparison { op, left, right }, span, height))
    }

    fn arithmetic(&mut self, left: Tall, op: Arithmetic, binds: Binds) -> Parsed<Tall> {
        let at = self.span();
        self.at += 1;
        let right = self.expression(binds)?;
        let (span, height) = around(&left, &right);
        if height >= MAX_DEPTH {
            return Err(self.too_deep(at));
        }
        let (left, right) = (Box::new(left.expr), Box::new(right.expr));
        Ok(Tall::above(ExprKind::Arithmetic { op, left, right }, span, height))
    }

    /// `not`, a sign, or an operand.
    fn prefixed(&mut self, than: Binds) -> Parsed<Tall> {
        match self.peek() {
            Kind::Word("not") if than <= Binds::Not => self.negated(),
            Kind::Word("not") => self.expected("a value", "put the negation in parentheses: `(not …)`"),
            Kind::Symbol("-") if matches!(self.ahead(1), Kind::Integer(_) | Kind::Decimal(_)) => {
                let start = self.span().start;
                self.at += 1;
                self.operand(Some(start))
            }
            Kind::Symbol("-" | "+") => self.signed(),
            _ => self.operand(None),
        }
    }

    fn negated(&mut self) -> Parsed<Tall> {
        let start = self.span().start;
        self.at += 1;
        let inner = self.expression(Binds::Not)?;
        let span = Span::new(start, inner.expr.span.end);
        Ok(Tall::above(ExprKind::Not(Box::new(inner.expr)), span, inner.height))
    }

    fn signed(&mut self) -> Parsed<Tall> {
        let start = self.span().start;
        let negative = self.is("-");
        self.at += 1;
        let mut inner = self.expression(Binds::Sign)?;
        let span = Span::new(start, inner.expr.span.end);
        if negative {
            return Ok(Tall::above(ExprKind::Negative(Box::new(inner.expr)), span, inner.height));
        }
        inner.expr.span = span;
        Ok(inner)
    }
}

/// The place and the height of what stands around an operator.
fn around(left: &Tall, right: &Tall) -> (Span, usize) {
    (Span::new(left.expr.span.start, right.expr.span.end), left.height.max(right.height))
}
