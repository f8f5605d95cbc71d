//! What stands on one side of a comparison, or within a call: an expression, with the fields that it names.

use super::Compiler;
use super::kind::Kind;
use crate::diag::Span;
use crate::query::FieldType;
use crate::query::eql::error::SyntaxError;
use crate::query::eql::parse::keyword_in_capitals;
use crate::query::eql::{Arithmetic, Comparison, Expr, ExprKind, Literal};
use crate::query::script::{self, Order, Value};
use crate::query::value::{Block, Keyword, Number};

/// The fields of an expression, each once, by which its script knows them.
pub(super) type Fields = Vec<(Box<str>, FieldType)>;

#[derive(Debug, Clone)]
pub(super) struct Operand {
    pub(super) expr: script::Expr,
    pub(super) kind: Kind,
    pub(super) fields: Fields,
    /// The field, where it is nothing but one.
    pub(super) direct: Option<String>,
}

impl Operand {
    pub(super) fn constant(&self) -> Option<&Value<'static>> {
        self.expr.known()
    }
}

/// A constant as the text that a field is asked for.
pub(in crate::query::eql) fn text_of(value: &Value<'_>) -> Option<String> {
    match value {
        // As a document writes it.
        Value::Number(Number::Float(number)) => Some(number.to_string()),
        other => other.clone().written().map(|text| text.into_owned()),
    }
}

/// The values, whatever their case.
pub(super) fn any_case(values: &[(Value<'static>, Span)]) -> Keyword {
    let text = |value: &Value<'static>| value.clone().written().map(|text| text.as_ref().into());
    Keyword::any_case(values.iter().filter_map(|(value, _)| text(value)).collect())
}

/// `!=` is the opposite of equality.
pub(super) fn order(op: Comparison) -> Order {
    match op {
        Comparison::Equal | Comparison::NotEqual => Order::Equal,
        Comparison::Less => Order::Less,
        Comparison::LessOrEqual => Order::LessOrEqual,
        Comparison::Greater => Order::Greater,
        Comparison::GreaterOrEqual => Order::GreaterOrEqual,
    }
}

impl Compiler<'_> {
    /// Prepares an expression.
    pub(super) fn operand(&mut self, expr: &Expr) -> Result<Operand, SyntaxError> {
        let mut fields = Vec::new();
        let (lowered, kind) = self.lower(expr, &mut fields)?;
        let direct = match &expr.kind {
            ExprKind::Field(field) => Some(field.name.clone()),
            _ => None,
        };
        Ok(Operand { expr: lowered, kind, fields, direct: direct.filter(|_| kind != Kind::Null) })
    }

    /// What names no field is worked out.
    pub(super) fn lower(&mut self, expr: &Expr, fields: &mut Fields) -> Result<(script::Expr, Kind), SyntaxError> {
        let (lowered, kind) = self.lowered(expr, fields)?;
        let fails =
            lowered.may_fail() && lowered.parts().iter().all(|part| part.known().is_some_and(|it| !it.is_null()));
        let folded = lowered.folded();
        if fails && folded.known().is_some_and(Value::is_null) {
            let help =
                "a whole number is between -9223372036854775808 and 9223372036854775807, and nothing is divided by 0";
            return Err(self.at.refuse(expr.span, "this has no value", help));
        }
        let kind = folded.known().map_or(kind, Kind::of_value);
        Ok((folded, kind))
    }

    fn lowered(&mut self, expr: &Expr, fields: &mut Fields) -> Result<(script::Expr, Kind), SyntaxError> {
        Ok(match &expr.kind {
            ExprKind::Literal(literal) => {
                let value = match literal {
                    Literal::Null => Value::Null,
                    Literal::Bool(truth) => Value::Bool(*truth),
                    Literal::Int(number) => Value::Number(Number::Int(*number)),
                    Literal::Float(number) => Value::Number(Number::Float(*number)),
                    Literal::Text(text) => Value::Text(text.clone().into()),
                };
                let kind = Kind::of_value(&value);
                (script::Expr::Constant(value), kind)
            }
            ExprKind::Field(field) => {
                let Some(kind) = self.field(field)? else {
                    return Ok((script::Expr::Constant(Value::Null), Kind::Null));
                };
                let known = fields.iter().position(|(name, _)| **name == *field.name);
                let place = known.unwrap_or(fields.len());
                if known.is_none() {
                    fields.push((field.name.as_str().into(), kind));
                }
                (script::Expr::Field(place), Kind::of(kind))
            }
            ExprKind::And(parts) => (script::Expr::And(self.truths(parts, fields)?), Kind::Bool),
            ExprKind::Or(parts) => (script::Expr::Or(self.truths(parts, fields)?), Kind::Bool),
            ExprKind::Not(part) => (script::Expr::Not(Box::new(self.truth(part, fields)?)), Kind::Bool),
            ExprKind::Comparison { op, left, right } => (self.compared(*op, left, right, fields)?, Kind::Bool),
            ExprKind::In { value, list, insensitive } => {
                let (lowered, kind) = self.lower(value, fields)?;
                let values = self.values(value, kind, list, *insensitive)?;
                let lowered = Box::new(lowered);
                let within = if *insensitive {
                    script::Expr::Match(lowered, Box::new([any_case(&values)]))
                } else {
                    script::Expr::In(lowered, values.into_iter().map(|(value, _)| value).collect())
                };
                (within, Kind::Bool)
            }
            ExprKind::Match { value, pattern, patterns, insensitive } => {
                let (lowered, kind) = self.lower(value, fields)?;
                self.wants_text(value, kind)?;
                let tests = self.tests(*pattern, patterns, *insensitive)?;
                (script::Expr::Match(Box::new(lowered), tests.into()), Kind::Bool)
            }
            ExprKind::Negative(part) => {
                let (lowered, kind) = self.lower(part, fields)?;
                self.wants(part, kind, Kind::is_number, "a number")?;
                (script::Expr::Negative(Box::new(lowered)), kind)
            }
            ExprKind::Arithmetic { op, left, right } => self.arithmetic(*op, left, right, fields)?,
            ExprKind::Call(call) => self.lower_call(expr, call, fields)?,
        })
    }

    fn truths(&mut self, parts: &[Expr], fields: &mut Fields) -> Result<Box<[script::Expr]>, SyntaxError> {
        parts.iter().map(|part| self.truth(part, fields)).collect()
    }

    fn truth(&mut self, part: &Expr, fields: &mut Fields) -> Result<script::Expr, SyntaxError> {
        let (lowered, kind) = self.lower(part, fields)?;
        self.wants(part, kind, |kind| kind == Kind::Bool, "true or false")?;
        Ok(lowered)
    }

    fn compared(
        &mut self,
        op: Comparison,
        left: &Expr,
        right: &Expr,
        fields: &mut Fields,
    ) -> Result<script::Expr, SyntaxError> {
        let is_null = |side: &script::Expr| side.known().is_some_and(Value::is_null);
        let order = order(op);
        let expr = match (self.lower(left, fields)?.0, self.lower(right, fields)?.0) {
            (side, null) | (null, side) if order == Order::Equal && is_null(&null) => {
                script::Expr::IsNull(Box::new(side))
            }
            // What names no field is known.
            (first, second) if first.known().is_none() && second.known().is_none() => {
                return Err(self.compares_fields(right));
            }
            (first, second) => script::Expr::Compare(order, Box::new([first, second])),
        };
        Ok(if op == Comparison::NotEqual { script::Expr::Not(Box::new(expr)) } else { expr })
    }

    /// EQL compares no field with another; more often a text lacks its quotes.
    pub(super) fn compares_fields(&self, right: &Expr) -> SyntaxError {
        let shouted = match &right.kind {
            ExprKind::Field(field) => keyword_in_capitals(&field.name),
            _ => None,
        };
        let help = shouted.unwrap_or_else(|| "compare each with a value; a text stands in quotes".to_owned());
        self.at.refuse(right.span, "a field is compared with another here", help)
    }

    pub(super) fn arithmetic(
        &mut self,
        op: Arithmetic,
        left: &Expr,
        right: &Expr,
        fields: &mut Fields,
    ) -> Result<(script::Expr, Kind), SyntaxError> {
        let ((first, a), (second, b)) = (self.lower(left, fields)?, self.lower(right, fields)?);
        let wanted = self.wants(left, a, Kind::is_number, "a number");
        let wanted = wanted.and_then(|()| self.wants(right, b, Kind::is_number, "a number"));
        let help = match (op, &left.kind, &right.kind) {
            (_, _, ExprKind::In { .. } | ExprKind::Match { .. }) => "put what stands before `in` or `:` in parentheses",
            (Arithmetic::Subtract, ExprKind::Field(_), ExprKind::Field(_)) => {
                "a field whose name has a `-` stands in backticks"
            }
            _ => "",
        };
        wanted.map_err(|error| if help.is_empty() { error } else { SyntaxError { help: help.to_owned(), ..error } })?;
        let kind = match (a, b) {
            (Kind::Null, _) | (_, Kind::Null) => Kind::Null,
            (Kind::Whole, Kind::Whole) => Kind::Whole,
            _ => Kind::Fraction,
        };
        Ok((script::Expr::Arithmetic(op, Box::new([first, second])), kind))
    }

    /// The constants of a list, which may stand there for a value of type `kind`.
    pub(super) fn values(
        &mut self,
        value: &Expr,
        kind: Kind,
        list: &[Expr],
        insensitive: bool,
    ) -> Result<Vec<(Value<'static>, Span)>, SyntaxError> {
        if insensitive {
            self.wants_text(value, kind)?;
        }
        let mut values = Vec::new();
        for one in list {
            let Some(constant) = self.operand(one)?.constant().cloned() else {
                let help = "write values; EQL compares no field with another";
                return Err(self.at.refuse(one.span, "a field stands in a list here", help));
            };
            let found = Kind::of_value(&constant);
            let fits = if insensitive { found == Kind::Text || found == Kind::Null } else { kind.may_list(found) };
            if !fits {
                let message = format!("this is {}, and what is sought is {}", found.name(), kind.name());
                return Err(self.at.refuse(one.span, message, "list values of the type of the field"));
            }
            values.push((constant, one.span));
        }
        Ok(values)
    }

    pub(super) fn wants_text(&self, expr: &Expr, kind: Kind) -> Result<(), SyntaxError> {
        if kind == Kind::Text || kind.is_open() {
            return Ok(());
        }
        let message = format!("this is {}, and only texts can be matched", kind.name());
        Err(self.at.refuse(expr.span, message, "use `==` or `in`, or `string(…)` of it"))
    }

    pub(super) fn wants(&self, expr: &Expr, kind: Kind, is: fn(Kind) -> bool, what: &str) -> Result<(), SyntaxError> {
        if is(kind) || kind.is_open() {
            return Ok(());
        }
        let message = format!("this is {}, and {what} must stand here", kind.name());
        Err(self.at.refuse(expr.span, message, "check the argument, or the type of the field"))
    }

    /// The blocks of addresses that `cidrMatch` is given; `None` where one is null, and so is the answer.
    pub(super) fn blocks(&mut self, arguments: &[Expr]) -> Result<Option<Vec<Block>>, SyntaxError> {
        let help = "write a block such as \"10.0.0.0/8\"";
        let mut blocks = Vec::new();
        let mut null = false;
        for argument in arguments {
            match self.operand(argument)?.constant() {
                Some(Value::Null) => null = true,
                Some(Value::Text(text)) => match Block::named(text) {
                    Some(block) => blocks.push(block),
                    None => {
                        let message = format!("\"{text}\" is no block of addresses");
                        return Err(self.at.refuse(argument.span, message, help));
                    }
                },
                _ => {
                    let message = "a block of addresses is a text that stands in the query";
                    return Err(self.at.refuse(argument.span, message, help));
                }
            }
        }
        Ok((!null).then_some(blocks))
    }
}
