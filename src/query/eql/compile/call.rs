//! Calls of functions: what each takes, and what it gives.

use super::Compiler;
use super::kind::Kind;
use super::operand::Fields;
use crate::query::eql::error::SyntaxError;
use crate::query::eql::{Arithmetic, Call, Expr, Function};
use crate::query::script::{self, Function as Run, Value};

/// What an argument must be.
type Wanted = (fn(Kind) -> bool, &'static str);

const TEXT: Wanted = (|kind| kind == Kind::Text, "a text");
const WHOLE: Wanted = (|kind| kind == Kind::Whole, "a whole number");
const TRUTH: Wanted = (|kind| kind == Kind::Bool, "true or false");
const ANY: Wanted = (|_| true, "a value");
const ADDRESS: Wanted = (|kind| kind == Kind::Address, "an address");

impl Compiler<'_> {
    pub(super) fn lower_call(
        &mut self,
        expr: &Expr,
        call: &Call,
        fields: &mut Fields,
    ) -> Result<(script::Expr, Kind), SyntaxError> {
        let any_case = call.insensitive;
        let (function, wanted, kind): (Run, &[Wanted], Kind) = match call.function {
            Function::Add => return self.operator(expr, call, Arithmetic::Add, fields),
            Function::Subtract => return self.operator(expr, call, Arithmetic::Subtract, fields),
            Function::Multiply => return self.operator(expr, call, Arithmetic::Multiply, fields),
            Function::Divide => return self.operator(expr, call, Arithmetic::Divide, fields),
            Function::Modulo => return self.operator(expr, call, Arithmetic::Modulo, fields),
            Function::CidrMatch => return self.cidr_match(expr, call, fields),
            Function::Between => (Run::Between(any_case), &[TEXT, TEXT, TEXT, TRUTH], Kind::Text),
            Function::Concat => (Run::Concat, &[], Kind::Text),
            Function::EndsWith => (Run::EndsWith(any_case), &[TEXT, TEXT], Kind::Bool),
            Function::IndexOf => (Run::IndexOf(any_case), &[TEXT, TEXT, WHOLE], Kind::Whole),
            Function::Length => (Run::Length, &[TEXT], Kind::Whole),
            Function::Number => (Run::Number, &[TEXT, WHOLE], Kind::Fraction),
            Function::StartsWith => (Run::StartsWith(any_case), &[TEXT, TEXT], Kind::Bool),
            Function::String => (Run::String, &[ANY], Kind::Text),
            Function::StringContains => (Run::StringContains(any_case), &[TEXT, TEXT], Kind::Bool),
            Function::Substring => (Run::Substring, &[TEXT, WHOLE, WHOLE], Kind::Text),
        };
        let mut arguments = Vec::new();
        for (place, argument) in call.arguments.iter().enumerate() {
            let (lowered, kind) = self.lower(argument, fields)?;
            let (is, what) = wanted.get(place).copied().unwrap_or(ANY);
            self.wants(argument, kind, is, what)?;
            arguments.push(lowered);
        }
        Ok((script::Expr::Call(function, arguments.into()), kind))
    }

    /// `add(a, b)` is `a + b`.
    fn operator(
        &mut self,
        expr: &Expr,
        call: &Call,
        op: Arithmetic,
        fields: &mut Fields,
    ) -> Result<(script::Expr, Kind), SyntaxError> {
        let [left, right] = call.arguments.as_slice() else { return Err(self.arity(expr)) };
        self.arithmetic(op, left, right, fields)
    }

    fn cidr_match(
        &mut self,
        expr: &Expr,
        call: &Call,
        fields: &mut Fields,
    ) -> Result<(script::Expr, Kind), SyntaxError> {
        let [address, blocks @ ..] = call.arguments.as_slice() else { return Err(self.arity(expr)) };
        let (lowered, kind) = self.lower(address, fields)?;
        self.wants(address, kind, ADDRESS.0, ADDRESS.1)?;
        Ok(match self.blocks(blocks)? {
            Some(blocks) => (script::Expr::Within(Box::new(lowered), blocks.into()), Kind::Bool),
            None => (script::Expr::Constant(Value::Null), Kind::Null),
        })
    }

    /// The parser counts arguments; a tree that it did not make may have others.
    fn arity(&self, expr: &Expr) -> SyntaxError {
        self.at.refuse(expr.span, "the function takes another number of arguments", "see what it takes")
    }
}
