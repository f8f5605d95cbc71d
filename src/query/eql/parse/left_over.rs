//! What to do about a token with which a query cannot go on.

use super::Parser;
use super::lex::Kind;
use crate::query::eql::ast::Function;

impl Parser<'_> {
    /// After a condition that is whole.
    pub(super) fn left_over(&self) -> String {
        if let Some(Kind::Integer(_) | Kind::Decimal(_)) = self.before()
            && matches!(self.peek(), Kind::Word(_))
            && self.end() == self.span().start
        {
            return "a number is decimal, and has no unit: `4096`, `0.5`, `1e6`".to_owned();
        }
        if let Some(Kind::Word(name)) = self.before()
            && let Some(function) = Function::named(name)
            && matches!(self.peek(), Kind::Word(_) | Kind::Name(_) | Kind::Text(_))
        {
            return format!("values of a function stand in parentheses: `{}(…)`", function.name());
        }
        match self.peek() {
            Kind::Symbol("=") => "write `==`, or `:` to ignore case",
            Kind::Symbol("==" | "!=" | "<" | "<=" | ">" | ">=") => {
                "comparisons do not chain: write `a == b and b == c`, or put one in parentheses"
            }
            Kind::Symbol(":") | Kind::Tilde(_) | Kind::Word("in" | "like" | "regex") => {
                "a field, a text or a call of a function stands before it: put anything else in parentheses"
            }
            Kind::Symbol("[") => {
                "values of an array have no numbers here: compare the field itself, any of its values will do"
            }
            Kind::Symbol(")") => "this parenthesis closes none: leave it out, or open it with a `(`",
            Kind::Symbol(",") => "a list of values stands in parentheses: `field in (\"a\", \"b\")`",
            Kind::Symbol("(") => "only the name of a function stands before a `(`",
            Kind::Word("not") => {
                "`not` stands before the field, but for `not in`: `not name : \"a*\"`; join two conditions with `and` or `or`"
            }
            Kind::Word("of") => "relations of processes (`child of`, `descendant of`, `event of`) are not supported",
            Kind::Word("is" | "exists") => {
                "write `field == null` where it is absent, and `field != null` where it has a value"
            }
            Kind::Word("between") => "write `field >= 1 and field <= 5`",
            Kind::Word("contains" | "matches") => "write `field : \"*a*\"`",
            Kind::Word("head" | "tail") => "a pipe begins with `|`: `| head 10`",
            Kind::Word(name) => match Function::named(name) {
                Some(function) => return format!("call the function: `{}(field, …)`", function.name()),
                None => "join two conditions with `and` or `or`",
            },
            _ => "join two conditions with `and` or `or`",
        }
        .to_owned()
    }

    /// In place of a value.
    pub(super) fn no_value(&self) -> String {
        match (self.before(), self.peek()) {
            (Some(Kind::Symbol(",")), Kind::Symbol(")")) => "leave out the comma before it".to_owned(),
            (_, Kind::Symbol(")")) => "a value or a condition is missing before it".to_owned(),
            (_, Kind::End) => "the query is cut short: finish it, or remove its last word".to_owned(),
            (_, Kind::Symbol("=" | "[")) => self.left_over(),
            (_, Kind::Tilde(name)) => {
                format!("`~` ignores case in a function: `{name}~(…)`; leave it out elsewhere")
            }
            _ => "a field, a number, a text in quotes, `true`, `false`, `null` or `(` stands here".to_owned(),
        }
    }

    /// After the keys or the items of a sequence or sample.
    pub(super) fn no_item(&self) -> String {
        match self.peek() {
            Kind::Word("maxspan") => "write `sequence with maxspan=5m`, before the first `[`",
            Kind::Word("runs") => "write `[…] with runs=3`",
            Kind::Symbol(",") | Kind::Word("and" | "or") => "events follow each other with nothing between: `[…] […]`",
            _ => "each event stands in brackets: `[process where …]`",
        }
        .to_owned()
    }
}
