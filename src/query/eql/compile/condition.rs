//! Conditions.

use super::Compiler;
use super::kind::Kind;
use super::operand::{Operand, any_case, order};
use super::signs;
use super::truth::Truth;
use crate::diag::Span;
use crate::query::RangeOp;
use crate::query::clause::Clause;
use crate::query::eql::error::SyntaxError;
use crate::query::eql::{Call, Comparison, Expr, ExprKind, Function, Literal, Pattern};
use crate::query::script::{self, Order, Script, Value};
use crate::query::value::{Keyword, Lucene, Op, Sign};

impl Compiler<'_> {
    pub(super) fn condition(&mut self, expr: &Expr) -> Result<Truth, SyntaxError> {
        match &expr.kind {
            ExprKind::Literal(Literal::Null) => Ok(Truth::null()),
            ExprKind::Literal(Literal::Bool(truth)) => Ok(Truth::known(Some(*truth))),
            ExprKind::Field(field) => self.bare(field),
            ExprKind::And(parts) => Ok(Truth::all(self.conditions(parts)?)),
            ExprKind::Or(parts) => Ok(Truth::any(self.conditions(parts)?)),
            ExprKind::Not(part) => Ok(self.condition(part)?.negated()),
            ExprKind::Comparison { op, left, right } => self.comparison(*op, left, right),
            ExprKind::In { value, list, insensitive } => self.list(expr, value, list, *insensitive),
            ExprKind::Match { value, pattern, patterns, insensitive } => {
                self.pattern(expr, value, *pattern, patterns, *insensitive)
            }
            ExprKind::Call(call) => self.call(expr, call),
            ExprKind::Literal(_) | ExprKind::Negative(_) | ExprKind::Arithmetic { .. } => self.computed(expr),
        }
    }

    fn conditions(&mut self, parts: &[Expr]) -> Result<Vec<Truth>, SyntaxError> {
        parts.iter().map(|part| self.condition(part)).collect()
    }

    /// Whatever is run for each value.
    fn computed(&mut self, expr: &Expr) -> Result<Truth, SyntaxError> {
        let operand = self.operand(expr)?;
        match operand.kind {
            Kind::Bool | Kind::Null => Ok(operand.truth(|expr| expr)),
            kind => {
                let message = format!("a condition is true or false, and this is {}", kind.name());
                Err(self.at.refuse(expr.span, message, "compare it with a value"))
            }
        }
    }

    fn comparison(&mut self, op: Comparison, left: &Expr, right: &Expr) -> Result<Truth, SyntaxError> {
        let (first, second) = (self.operand(left)?, self.operand(right)?);
        let (side, expr, bound, at, op) = match (first.constant().cloned(), second.constant().cloned()) {
            (_, Some(bound)) => (first, left, bound, right.span, op),
            (Some(bound), None) => (second, right, bound, left.span, mirrored(op)),
            (None, None) => return Err(self.compares_fields(right)),
        };
        let negated = op == Comparison::NotEqual;
        let order = order(op);
        let truth = match (order, bound, side.direct.clone()) {
            (Order::Equal, Value::Null, Some(name)) => Truth::from(self.exists(&name)).negated(),
            (Order::Equal, Value::Null, None) => side.truth(|expr| script::Expr::IsNull(Box::new(expr))),
            (_, Value::Null, _) => Truth::null(),
            // `(a in ("x")) == true` is asked as `a in ("x")`.
            (Order::Equal, Value::Bool(truth), None) if side.kind == Kind::Bool => {
                self.condition(expr)?.negated_if(!truth)
            }
            (_, bound, Some(name)) => self.compare(&name, asked(order), &bound, at),
            (_, bound, None) => {
                let bound = script::Expr::Constant(bound);
                side.truth(|expr| script::Expr::Compare(order, Box::new([expr, bound])))
            }
        };
        Ok(truth.negated_if(negated))
    }

    fn list(&mut self, expr: &Expr, value: &Expr, list: &[Expr], insensitive: bool) -> Result<Truth, SyntaxError> {
        let side = self.operand(value)?;
        let values = self.values(value, side.kind, list, insensitive)?;
        match side.direct.as_deref() {
            Some(name) if insensitive => Ok(self.keywords(name, vec![any_case(&values)])),
            Some(name) => Ok(self.among(name, &values)),
            None => self.computed(expr),
        }
    }

    fn pattern(
        &mut self,
        expr: &Expr,
        value: &Expr,
        pattern: Pattern,
        patterns: &[(String, Span)],
        insensitive: bool,
    ) -> Result<Truth, SyntaxError> {
        let side = self.operand(value)?;
        let Some(name) = side.direct.as_deref() else { return self.computed(expr) };
        self.wants_text(value, side.kind)?;
        let anything = |(text, _): &(String, Span)| signs::is_anything(&signs::like(text));
        if pattern == Pattern::Wildcard && patterns.iter().any(anything) {
            return Ok(self.exists(name).into());
        }
        let tests = self.tests(pattern, patterns, insensitive)?;
        Ok(self.keywords(name, tests))
    }

    /// The tests of which a text must pass one.
    pub(super) fn tests(
        &self,
        pattern: Pattern,
        patterns: &[(String, Span)],
        insensitive: bool,
    ) -> Result<Vec<Keyword>, SyntaxError> {
        if pattern == Pattern::Wildcard {
            return Ok(signs::tests(patterns.iter().map(|(text, _)| signs::like(text)).collect(), insensitive));
        }
        let regex = |(text, span): &(String, Span)| {
            Lucene::new(text, insensitive)
                .map(Keyword::regex)
                .map_err(|why| self.at.refuse(*span, "this regular expression cannot be run", why))
        };
        patterns.iter().map(regex).collect()
    }

    /// Functions that an index can be asked; the others are run.
    fn call(&mut self, expr: &Expr, call: &Call) -> Result<Truth, SyntaxError> {
        let [value, others @ ..] = call.arguments.as_slice() else { return self.computed(expr) };
        let side = self.operand(value)?;
        let Some(name) = side.direct.clone() else { return self.computed(expr) };
        // Says what is wrong with the arguments.
        let script = self.computed(expr)?;
        if call.function == Function::CidrMatch {
            return Ok(self.blocks(others)?.map_or(Truth::null(), |blocks| self.within(&name, blocks)));
        }
        let Some(Value::Text(text)) = self.text_constant(others)? else { return Ok(script) };
        let signs = match call.function {
            Function::StartsWith => [signs::literal(&text), vec![Sign::Run]].concat(),
            Function::EndsWith => [vec![Sign::Run], signs::lucene(&text)].concat(),
            Function::StringContains if text.is_empty() => return Ok(Truth::known(Some(false))),
            Function::StringContains => [vec![Sign::Run], signs::lucene(&text), vec![Sign::Run]].concat(),
            _ => return Ok(script),
        };
        if signs::is_anything(&signs) {
            return Ok(self.exists(&name).into());
        }
        Ok(self.keywords(&name, signs::tests(vec![signs], call.insensitive)))
    }

    fn text_constant(&mut self, others: &[Expr]) -> Result<Option<Value<'static>>, SyntaxError> {
        let [other] = others else { return Ok(None) };
        Ok(self.operand(other)?.constant().cloned())
    }
}

impl Operand {
    /// What `around` makes of it, answered at once where it names no field.
    pub(super) fn truth(self, around: impl FnOnce(script::Expr) -> script::Expr) -> Truth {
        let Self { expr, fields, .. } = self;
        let condition = around(expr).folded();
        if let Some(value) = condition.known() {
            return Truth::known(value.as_bool());
        }
        Clause::Script(Box::new(Script { fields: fields.into(), condition })).into()
    }
}

/// The same, seen from the right.
fn mirrored(op: Comparison) -> Comparison {
    match op {
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        Comparison::Equal | Comparison::NotEqual => op,
    }
}

/// What a field is asked.
fn asked(order: Order) -> Op {
    match order {
        Order::Equal => Op::Is,
        Order::Less => Op::Range(RangeOp::Lt),
        Order::LessOrEqual => Op::Range(RangeOp::Lte),
        Order::Greater => Op::Range(RangeOp::Gt),
        Order::GreaterOrEqual => Op::Range(RangeOp::Gte),
    }
}
