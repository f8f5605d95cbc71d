//! Expressions. Of `and`, `or` and `not` within one, null is the third answer.

use std::borrow::Cow;

use super::arithmetic::{Arithmetic, negative};
use super::text;
use super::value::{Env, Order, Value};
use crate::query::value::{Block, Keyword};

#[derive(Debug, Clone)]
pub(in crate::query) enum Expr {
    Constant(Value<'static>),
    /// By its place among the script's fields.
    Field(usize),
    And(Box<[Expr]>),
    Or(Box<[Expr]>),
    Not(Box<Expr>),
    IsNull(Box<Expr>),
    Compare(Order, Box<[Expr; 2]>),
    /// Whether it equals one of them.
    In(Box<Expr>, Box<[Value<'static>]>),
    /// Whether any of these tests of a text holds.
    Match(Box<Expr>, Box<[Keyword]>),
    /// Whether an address lies in one of these.
    Within(Box<Expr>, Box<[Block]>),
    Arithmetic(Arithmetic, Box<[Expr; 2]>),
    Negative(Box<Expr>),
    Call(Function, Box<[Expr]>),
}

/// A function of texts, with whether case does not matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::query) enum Function {
    Between(bool),
    Concat,
    EndsWith(bool),
    IndexOf(bool),
    Length,
    Number,
    StartsWith(bool),
    String,
    StringContains(bool),
    Substring,
}

impl Expr {
    pub(super) fn holds(&self, env: Option<&Env<'_>>) -> bool {
        self.value(env).as_bool() == Some(true)
    }

    /// What it is, where that is known without an event.
    pub(in crate::query) fn known(&self) -> Option<&Value<'static>> {
        match self {
            Self::Constant(value) => Some(value),
            _ => None,
        }
    }

    /// Worked out, if all parts are known.
    pub(in crate::query) fn folded(self) -> Self {
        let parts = self.parts();
        let known = !parts.is_empty() && parts.iter().all(|part| part.known().is_some());
        if known { Self::Constant(self.value(None).owned()) } else { self }
    }

    /// Whether it may have no value although all of its parts have one, and ought to.
    pub(in crate::query) fn may_fail(&self) -> bool {
        matches!(self, Self::Arithmetic(..) | Self::Negative(_) | Self::Call(Function::Number, _))
    }

    pub(in crate::query) fn parts(&self) -> &[Self] {
        match self {
            Self::Constant(_) | Self::Field(_) => &[],
            Self::And(parts) | Self::Or(parts) | Self::Call(_, parts) => parts,
            Self::Compare(_, sides) | Self::Arithmetic(_, sides) => &**sides,
            Self::Not(part)
            | Self::IsNull(part)
            | Self::In(part, _)
            | Self::Match(part, _)
            | Self::Within(part, _)
            | Self::Negative(part) => std::slice::from_ref(part),
        }
    }

    fn value<'v>(&'v self, env: Option<&'v Env<'v>>) -> Value<'v> {
        let pair = |pair: &'v [Self; 2]| (pair[0].value(env), pair[1].value(env));
        match self {
            Self::Constant(value) => value.borrow(),
            Self::Field(place) => {
                let env = std::iter::successors(env, |env| env.outer).find(|env| env.place == *place);
                env.map_or(Value::Null, |env| env.value.borrow())
            }
            Self::And(parts) => Value::truth(decided(parts.iter().map(|part| part.value(env)), false)),
            Self::Or(parts) => Value::truth(decided(parts.iter().map(|part| part.value(env)), true)),
            Self::Not(part) => Value::truth(part.value(env).as_bool().map(|truth| !truth)),
            Self::IsNull(part) => Value::Bool(part.value(env).is_null()),
            Self::Compare(order, sides) => {
                let (left, right) = pair(sides);
                Value::truth(left.compare(*order, &right))
            }
            Self::In(value, list) => {
                let value = value.value(env);
                let equal = |one: &Value<'_>| value.compare(Order::Equal, one) == Some(true);
                Value::truth((!value.is_null()).then(|| list.iter().any(equal)))
            }
            Self::Match(value, tests) => {
                let value = value.value(env);
                Value::truth(value.as_text().map(|text| tests.iter().any(|test| test.holds(text))))
            }
            Self::Within(value, blocks) => {
                let value = value.value(env);
                Value::truth(value.as_text().map(|text| blocks.iter().any(|block| block.holds(text))))
            }
            Self::Arithmetic(op, sides) => {
                let (left, right) = pair(sides);
                let numbers = left.as_number().zip(right.as_number());
                numbers.and_then(|(left, right)| op.of(left, right)).map_or(Value::Null, Value::Number)
            }
            Self::Negative(part) => part.value(env).as_number().and_then(negative).map_or(Value::Null, Value::Number),
            Self::Call(function, arguments) => call(*function, arguments, env).unwrap_or(Value::Null),
        }
    }
}

/// Whether one of `parts` is `decisive`; if not, the opposite, or null where one is null.
fn decided<'v>(parts: impl Iterator<Item = Value<'v>>, decisive: bool) -> Option<bool> {
    let mut null = false;
    for part in parts {
        match part.as_bool() {
            Some(truth) if truth == decisive => return Some(decisive),
            Some(_) => {}
            None => null = true,
        }
    }
    (!null).then_some(!decisive)
}

/// `None` is null.
fn call<'v>(function: Function, arguments: &'v [Expr], env: Option<&'v Env<'v>>) -> Option<Value<'v>> {
    let value = |place: usize| arguments.get(place).map_or(Value::Null, |argument| argument.value(env));
    let test = |test: fn(&str, &str, bool) -> bool, any_case| {
        let (text, other) = (value(0), value(1));
        Some(Value::Bool(test(text.as_text()?, other.as_text()?, any_case)))
    };
    match function {
        Function::Concat => concat(arguments, env),
        Function::String => value(0).written().map(Value::Text),
        Function::Length => Some(Value::int(super::utf16::length(value(0).as_text()?))),
        Function::Number => text::number(value(0).as_text()?, value(1).as_int()).map(Value::Number),
        Function::StartsWith(any_case) => test(text::starts_with, any_case),
        Function::EndsWith(any_case) => test(text::ends_with, any_case),
        Function::StringContains(any_case) => test(text::contains, any_case),
        Function::IndexOf(any_case) => {
            let (text, part) = (value(0), value(1));
            let start = if arguments.len() > 2 { value(2).as_int()? } else { 0 };
            text::index_of(text.as_text()?, part.as_text()?, start, any_case).map(Value::int)
        }
        Function::Substring => {
            let (start, end) = (value(1).as_int()?, value(2).as_int());
            part(value(0), |text| text::substring(text, start, end))
        }
        Function::Between(any_case) => {
            let (left, right, greedy) = (value(1), value(2), value(3).as_bool() == Some(true));
            part(value(0), |text| text::between(text, left.as_text(), right.as_text(), greedy, any_case))
        }
    }
}

/// A part of a text, borrowed where the text is.
fn part<'v>(value: Value<'v>, cut: impl Fn(&str) -> &str) -> Option<Value<'v>> {
    let Value::Text(text) = value else { return None };
    Some(Value::Text(match text {
        Cow::Borrowed(text) => cut(text).into(),
        Cow::Owned(text) => cut(&text).to_owned().into(),
    }))
}

fn concat<'v>(arguments: &'v [Expr], env: Option<&'v Env<'v>>) -> Option<Value<'v>> {
    let mut all = String::new();
    for argument in arguments {
        all.push_str(&argument.value(env).written()?);
    }
    Some(Value::Text(all.into()))
}
