//! A tree written as EQL again, on one line, so that parsing it gives the same tree.

use std::fmt::{self, Display as _, Write as _};

use super::ast::{
    Arithmetic, Binds, Call, Comparison, EventQuery, Expr, ExprKind, Field, Item, Literal, Pattern, Pipe, Sample,
    Sequence, Statement, StatementKind,
};
use super::parse::is_name;
use crate::text::is_suspicious;

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            StatementKind::Event(query) => query.fmt(f)?,
            StatementKind::Sequence(sequence) => sequence.fmt(f)?,
            StatementKind::Sample(sample) => sample.fmt(f)?,
        }
        self.pipes.iter().try_for_each(|pipe| match pipe {
            Pipe::Head(most) => write!(f, " | head {most}"),
            Pipe::Tail(most) => write!(f, " | tail {most}"),
        })
    }
}

impl fmt::Display for EventQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.category {
            None => f.write_str("any")?,
            Some(category) if is_name(category) => f.write_str(category)?,
            Some(category) => quoted(f, category)?,
        }
        write!(f, " where {}", self.condition)
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sequence")?;
        keys(f, &self.keys)?;
        if let Some(span) = self.maxspan {
            write!(f, " with maxspan={}", Span(span))?;
        }
        self.items.iter().try_for_each(|item| write!(f, " {item}"))?;
        self.until.iter().try_for_each(|item| write!(f, " until {item}"))
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sample")?;
        keys(f, &self.keys)?;
        self.items.iter().try_for_each(|item| write!(f, " {item}"))
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}]", if self.missing { "!" } else { "" }, self.query)?;
        keys(f, &self.keys)?;
        if self.runs == 1 { Ok(()) } else { write!(f, " with runs={}", self.runs) }
    }
}

fn keys(f: &mut fmt::Formatter<'_>, keys: &[Field]) -> fmt::Result {
    keys.iter().enumerate().try_for_each(|(i, key)| write!(f, "{}{key}", if i == 0 { " by " } else { ", " }))
}

/// Milliseconds in the largest unit that divides them.
struct Span(u64);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(&str, u64); 4] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)];
        match UNITS.into_iter().find(|(_, unit)| self.0.is_multiple_of(*unit)) {
            Some((name, unit)) => write!(f, "{}{name}", self.0 / unit),
            None => write!(f, "{}ms", self.0),
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.optional { "?" } else { "" })?;
        if self.name.split('.').all(is_name) {
            return f.write_str(&self.name);
        }
        write!(f, "`{}`", self.name.replace('`', "``"))
    }
}

impl ExprKind {
    fn binds(&self) -> Binds {
        match self {
            Self::Or(_) => Binds::Or,
            Self::And(_) => Binds::And,
            Self::Not(_) => Binds::Not,
            // Predicates bind tighter, but who reads that?
            Self::Comparison { .. } | Self::In { .. } | Self::Match { .. } => Binds::Comparison,
            Self::Arithmetic { op, .. } => op.binds(),
            Self::Negative(_) => Binds::Sign,
            Self::Literal(Literal::Int(number)) if *number < 0 => Binds::Sign,
            Self::Literal(Literal::Float(number)) if number.is_sign_negative() => Binds::Sign,
            Self::Literal(_) | Self::Field(_) | Self::Call(_) => Binds::Primary,
        }
    }
}

impl Expr {
    /// Itself, in parentheses if it binds looser than `least`.
    fn print(&self, f: &mut fmt::Formatter<'_>, least: Binds) -> fmt::Result {
        if self.kind.binds() < least { write!(f, "({self})") } else { self.fmt(f) }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ExprKind::Literal(literal) => literal.fmt(f),
            ExprKind::Field(field) => field.fmt(f),
            ExprKind::Call(call) => call.fmt(f),
            ExprKind::Or(parts) => joined(f, parts, " or ", Binds::And),
            ExprKind::And(parts) => joined(f, parts, " and ", Binds::Not),
            ExprKind::Not(inner) => match &inner.kind {
                ExprKind::In { value, list, insensitive } => within(f, value, list, *insensitive, " not"),
                _ => {
                    f.write_str("not ")?;
                    inner.print(f, Binds::Not)
                }
            },
            ExprKind::Comparison { op, left, right } => operation(f, left, op.symbol(), right, [Binds::Sum; 2]),
            ExprKind::Arithmetic { op, left, right } => {
                let binds = self.kind.binds();
                let right_binds = if binds == Binds::Sum { Binds::Product } else { Binds::Sign };
                operation(f, left, op.symbol(), right, [binds, right_binds])
            }
            ExprKind::In { value, list, insensitive } => within(f, value, list, *insensitive, ""),
            ExprKind::Match { value, pattern, patterns, insensitive } => {
                value.print(f, Binds::Primary)?;
                f.write_str(match (pattern, insensitive) {
                    (Pattern::Wildcard, true) => " : ",
                    (Pattern::Wildcard, false) => " like ",
                    (Pattern::Regex, true) => " regex~ ",
                    (Pattern::Regex, false) => " regex ",
                })?;
                match patterns.as_slice() {
                    [(only, _)] => quoted(f, only),
                    several => {
                        several.iter().enumerate().try_for_each(|(i, (text, _))| {
                            f.write_str(if i == 0 { "(" } else { ", " })?;
                            quoted(f, text)
                        })?;
                        f.write_char(')')
                    }
                }
            }
            // A number right behind a sign is one literal.
            ExprKind::Negative(inner) if matches!(inner.kind, ExprKind::Literal(_)) => write!(f, "-({inner})"),
            ExprKind::Negative(inner) => {
                f.write_char('-')?;
                inner.print(f, Binds::Sign)
            }
        }
    }
}

fn joined(f: &mut fmt::Formatter<'_>, parts: &[Expr], with: &str, least: Binds) -> fmt::Result {
    parts.iter().enumerate().try_for_each(|(i, part)| {
        f.write_str(if i == 0 { "" } else { with })?;
        part.print(f, least)
    })
}

fn operation(
    f: &mut fmt::Formatter<'_>,
    left: &Expr,
    symbol: &str,
    right: &Expr,
    [left_least, right_least]: [Binds; 2],
) -> fmt::Result {
    left.print(f, left_least)?;
    write!(f, " {symbol} ")?;
    right.print(f, right_least)
}

fn within(f: &mut fmt::Formatter<'_>, value: &Expr, list: &[Expr], insensitive: bool, not: &str) -> fmt::Result {
    value.print(f, Binds::Primary)?;
    write!(f, "{not} in{} (", if insensitive { "~" } else { "" })?;
    joined(f, list, ", ", Binds::Or)?;
    f.write_char(')')
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}(", self.function.name(), if self.insensitive { "~" } else { "" })?;
        joined(f, &self.arguments, ", ", Binds::Or)?;
        f.write_char(')')
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(number) => write!(f, "{number}"),
            // With a point or an exponent, so that it stays a float.
            Self::Float(number) => write!(f, "{number:?}"),
            Self::Text(text) => quoted(f, text),
        }
    }
}

impl Comparison {
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

impl Arithmetic {
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Modulo => "%",
        }
    }
}

fn quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('"')?;
    for c in text.chars() {
        match c {
            '"' | '\\' => write!(f, "\\{c}")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            // What nobody can see, or type again, is written so that both can be done.
            _ if is_suspicious(c.encode_utf8(&mut [0; 4])) => write!(f, "\\u{{{:04x}}}", u32::from(c))?,
            _ => f.write_char(c)?,
        }
    }
    f.write_char('"')
}
