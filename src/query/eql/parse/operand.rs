//! Operands: literals, fields, calls, parentheses, and the predicates that stand on one (`in`, `:`, `like`, `regex`).

use super::condition::Tall;
use super::lex::{Kind, is_keyword};
use super::{Parsed, Parser};
use crate::diag::Span;
use crate::query::eql::ast::{Binds, Call, Expr, ExprKind, Field, Function, Literal, Pattern};
use crate::query::eql::function::instead_of;

/// A predicate and how it is written.
#[derive(Clone, Copy)]
enum Predicate {
    In { insensitive: bool },
    Match { pattern: Pattern, insensitive: bool },
}

impl Predicate {
    fn of(token: &Kind<'_>) -> Option<(&'static str, Self)> {
        let wild = |insensitive| Self::Match { pattern: Pattern::Wildcard, insensitive };
        let regex = |insensitive| Self::Match { pattern: Pattern::Regex, insensitive };
        Some(match token {
            Kind::Word("in") => ("in", Self::In { insensitive: false }),
            Kind::Tilde("in") => ("in~", Self::In { insensitive: true }),
            Kind::Symbol(":") => (":", wild(true)),
            Kind::Word("like") => ("like", wild(false)),
            Kind::Tilde("like") => ("like~", wild(true)),
            Kind::Word("regex") => ("regex", regex(false)),
            Kind::Tilde("regex") => ("regex~", regex(true)),
            _ => return None,
        })
    }
}

impl Parser<'_> {
    /// An operand and the predicate on it. `sign` is where the `-` before a number stands.
    pub(super) fn operand(&mut self, sign: Option<usize>) -> Parsed<Tall> {
        let value = self.primary(sign)?;
        let denied = self.is_word("not") && matches!(Predicate::of(self.ahead(1)), Some((_, Predicate::In { .. })));
        self.at += usize::from(denied);
        match Predicate::of(self.peek()) {
            Some((name, predicate)) => self.predicate(value, denied, name, predicate),
            None => Ok(value),
        }
    }

    fn predicate(&mut self, value: Tall, denied: bool, name: &str, predicate: Predicate) -> Parsed<Tall> {
        self.at += 1;
        let start = value.expr.span.start;
        let mut height = value.height;
        let value = Box::new(value.expr);
        let kind = match predicate {
            Predicate::In { insensitive } => {
                let (list, tallest) = self.values(name)?;
                height = height.max(tallest);
                ExprKind::In { value, list, insensitive }
            }
            Predicate::Match { pattern, insensitive } => {
                ExprKind::Match { value, pattern, patterns: self.patterns(name)?, insensitive }
            }
        };
        let span = Span::new(start, self.end());
        let found = Tall::above(kind, span, height);
        Ok(if denied { Tall::above(ExprKind::Not(Box::new(found.expr)), span, found.height) } else { found })
    }

    /// The list of `in`.
    fn values(&mut self, name: &str) -> Parsed<(Vec<Expr>, usize)> {
        if !self.is("(") {
            return self.expected(&format!("a `(` after `{name}`"), format!("write `{name} (\"a\", \"b\")`"));
        }
        self.at += 1;
        self.arguments(true)
    }

    /// Expressions with commas between them, and the `)` after them.
    fn arguments(&mut self, some: bool) -> Parsed<(Vec<Expr>, usize)> {
        let mut list = Vec::new();
        let mut tallest = 0;
        if !some && self.eat(")") {
            return Ok((list, tallest));
        }
        loop {
            let next = self.expression(Binds::Nothing)?;
            tallest = tallest.max(next.height);
            list.push(next.expr);
            if self.eat(")") {
                return Ok((list, tallest));
            }
            if !self.eat(",") {
                return self.expected("`,` or `)`", "values have commas between them, and a `)` behind the last");
            }
        }
    }

    /// One text, or several in parentheses.
    fn patterns(&mut self, name: &str) -> Parsed<Vec<(String, Span)>> {
        if !self.eat("(") {
            return Ok(vec![self.pattern(name)?]);
        }
        let mut patterns = Vec::new();
        loop {
            patterns.push(self.pattern(name)?);
            if self.eat(")") {
                return Ok(patterns);
            }
            if !self.eat(",") {
                return self.expected("`,` or `)`", "texts have commas between them, and a `)` behind the last");
            }
        }
    }

    fn pattern(&mut self, name: &str) -> Parsed<(String, Span)> {
        let help = match self.peek() {
            Kind::Text(text) => {
                let found = (text.clone(), self.span());
                self.at += 1;
                return Ok(found);
            }
            Kind::Integer(_) | Kind::Decimal(_) | Kind::Symbol("-" | "+") => {
                format!("`{name}` compares texts: write `==` or `in` for numbers")
            }
            Kind::Word("true" | "false") => format!("`{name}` compares texts: write `== true` or `== false`"),
            Kind::Word("null") => format!("`{name}` compares texts: write `== null` for a field that is absent"),
            Kind::Word(word) if !is_keyword(word) => {
                format!("`{name}` takes constant texts, no fields: put a text in quotes")
            }
            _ => format!("write `{name} \"a*\"`, or several: `{name} (\"a*\", \"b\")`"),
        };
        self.expected(&format!("a text after `{name}`"), help)
    }

    fn primary(&mut self, sign: Option<usize>) -> Parsed<Tall> {
        match self.peek() {
            Kind::Symbol("(") => self.parenthesised(),
            Kind::Word(name) | Kind::Tilde(name) if *self.ahead(1) == Kind::Symbol("(") && !is_keyword(name) => {
                self.call(name)
            }
            _ => self.leaf(sign),
        }
    }

    /// A literal or a field.
    fn leaf(&mut self, sign: Option<usize>) -> Parsed<Tall> {
        let literal = match self.peek() {
            Kind::Integer(digits) => integer(digits, sign.is_some()),
            Kind::Decimal(digits) => decimal(digits, sign.is_some()),
            Kind::Text(text) => Some(Literal::Text(text.clone())),
            Kind::Word("null") => Some(Literal::Null),
            Kind::Word("true") => Some(Literal::Bool(true)),
            Kind::Word("false") => Some(Literal::Bool(false)),
            Kind::Word(_) | Kind::Name(_) | Kind::Symbol("?") => {
                let field = self.field()?;
                let span = field.span;
                return Ok(Tall::flat(ExprKind::Field(field), span));
            }
            _ => return self.expected("a value", self.no_value()),
        };
        let span = self.span();
        let Some(literal) = literal else {
            return self.wrong("this number is too large", "write a smaller one, or put it in quotes to compare text");
        };
        self.at += 1;
        Ok(Tall::flat(ExprKind::Literal(literal), Span::new(sign.unwrap_or(span.start), span.end)))
    }

    fn parenthesised(&mut self) -> Parsed<Tall> {
        let open = self.span();
        self.at += 1;
        let mut inner = self.expression(Binds::Nothing)?;
        if !self.eat(")") {
            let help = match self.peek() {
                Kind::End => "close the parenthesis with a `)`".to_owned(),
                _ => self.left_over(),
            };
            return self.expected("`)`, `and` or `or`", help);
        }
        inner.expr.span = Span::new(open.start, self.end());
        Ok(inner)
    }

    fn call(&mut self, name: &str) -> Parsed<Tall> {
        let named = self.span();
        let (function, insensitive) = self.function(name)?;
        self.at += 2;
        let (arguments, height) = self.arguments(false)?;
        let span = Span::new(named.start, self.end());
        if !function.takes(arguments.len()) {
            let (name, arity) = (function.name(), function.arity());
            let message = format!("`{name}` takes {arity}, not {}", arguments.len());
            return Err(self.error(span, message, format!("give it {arity}")));
        }
        Ok(Tall::above(ExprKind::Call(Call { function, insensitive, arguments }), span, height))
    }

    /// The function that is called here, and whether it shall ignore case.
    fn function(&self, name: &str) -> Parsed<(Function, bool)> {
        let insensitive = matches!(self.peek(), Kind::Tilde(_));
        let Some(function) = Function::named(name) else {
            return self.wrong(format!("there is no function `{}`", short(name)), instead_of(name));
        };
        if insensitive && !function.has_tilde() {
            let name = function.name();
            return self.wrong(format!("`{name}` has no `~` form"), format!("write `{name}(…)`"));
        }
        Ok((function, insensitive))
    }

    /// A dotted name, with a `?` where it may be missing.
    pub(super) fn field(&mut self) -> Parsed<Field> {
        let start = self.span().start;
        let optional = self.eat("?");
        if optional && matches!(self.peek(), Kind::Text(_)) {
            return self.wrong("`?\"…\"` is no text", "put a text with backslashes in `\"\"\"…\"\"\"`");
        }
        let mut name = String::new();
        loop {
            match self.peek() {
                Kind::Word("and" | "or") if name.is_empty() => {
                    return self.expected("a field or a value", "a condition is missing before it");
                }
                Kind::Word(word) if is_keyword(word) => {
                    let help = format!("`{word}` is a keyword: put it in backticks where it is a name of a field");
                    return self.expected("a field or a value", help);
                }
                Kind::Word(word) => name.push_str(word),
                Kind::Name(quoted) => name.push_str(quoted),
                Kind::Decimal(_) | Kind::Integer(_) => {
                    return self.expected("a field", "a name that starts with a digit stands in backticks");
                }
                _ => return self.expected("a field", "a name with other characters stands in backticks"),
            }
            self.at += 1;
            if !self.eat(".") {
                break;
            }
            name.push('.');
        }
        match self.peek() {
            Kind::Symbol("[") if matches!(self.ahead(1), Kind::Integer(_)) => {
                self.expected("an operator", self.left_over())
            }
            _ => Ok(Field { name, optional, span: Span::new(start, self.end()) }),
        }
    }
}

/// A number beyond what Elasticsearch calls a long, but not beyond its unsigned one, is near enough as a float: no value
/// of a field is just as large.
fn integer(digits: &str, negative: bool) -> Option<Literal> {
    let signed: i128 = digits.parse::<u64>().ok()?.into();
    let signed = if negative { -signed } else { signed };
    match i64::try_from(signed) {
        Ok(number) => Some(Literal::Int(number)),
        Err(_) => decimal(digits, negative),
    }
}

fn decimal(digits: &str, negative: bool) -> Option<Literal> {
    let number: f64 = digits.parse().ok()?;
    number.is_finite().then_some(Literal::Float(if negative { -number } else { number }))
}

/// A word for a message.
fn short(word: &str) -> &str {
    if word.len() > 40 { "…" } else { word }
}
