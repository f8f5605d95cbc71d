//! Elasticsearch's grammar of EQL (`EqlBase.g4`), by one token of foresight, or two for `not in`: a query is read from
//! left to right and never twice. What its builder of plans refuses for want of sense (a sequence of one event, an
//! argument too many) is refused here, too; what needs the types of fields is not.

mod condition;
mod left_over;
mod lex;
mod operand;
mod sequence;
#[cfg(test)]
mod tests;
mod text;

use self::lex::{Kind, Token, tokens};
pub(super) use self::lex::{is_keyword, is_name};
use super::ast::{EventQuery, Pipe, Statement, StatementKind};
use super::error::{MAX_DEPTH, SyntaxError};
use crate::diag::{Span, nearest};

/// Parses a query.
///
/// # Errors
/// The query is not EQL, or nests too deep to be taken seriously.
pub fn parse(text: &str) -> Result<Statement, SyntaxError> {
    let mut parser = Parser { text, tokens: tokens(text), at: 0, depth: 0 };
    parser.statement()
}

type Parsed<T> = Result<T, SyntaxError>;

struct Parser<'a> {
    text: &'a str,
    /// The last is the end, or what is no token.
    tokens: Vec<Token<'a>>,
    at: usize,
    /// Expressions inside one another.
    depth: usize,
}

impl<'a> Parser<'a> {
    fn statement(&mut self) -> Parsed<Statement> {
        let kind = match self.peek() {
            Kind::Word("sequence") => StatementKind::Sequence(self.sequence()?),
            Kind::Word("sample") => StatementKind::Sample(self.sample()?),
            Kind::Word("join") => {
                return self.wrong("joins are not supported", "write `sequence`, or `sample` where the order is free");
            }
            _ => StatementKind::Event(self.event()?),
        };
        let mut pipes = Vec::new();
        while self.eat("|") {
            pipes.push(self.pipe()?);
        }
        if *self.peek() == Kind::End {
            Ok(Statement { kind, pipes })
        } else {
            Err(self.not_the_end(&kind, !pipes.is_empty()))
        }
    }

    /// `category where condition`.
    fn event(&mut self) -> Parsed<EventQuery> {
        let start = self.span().start;
        let category = self.category()?;
        if !self.eat_word("where") {
            return Err(self.no_where());
        }
        if matches!(self.peek(), Kind::End | Kind::Symbol("]" | "|")) {
            return self.wrong("there is no condition after `where`", "say what must hold, or `true` for every event");
        }
        let condition = self.condition()?;
        Ok(EventQuery { category, condition, span: Span::new(start, self.end()) })
    }

    fn category(&mut self) -> Parsed<Option<String>> {
        const HELP: &str = "a query starts with a category of events and `where`: `process where …`, `any where …`";
        let category = match self.peek().clone() {
            Kind::Word("any") => None,
            Kind::Word(word) if !is_keyword(word) => Some(word.to_owned()),
            Kind::Text(text) => Some(text),
            Kind::Word(word) => {
                return self.expected("a category", format!("{HELP}; one that is called `{word}` stands in quotes"));
            }
            Kind::Symbol("?") => return self.wrong("a category cannot be optional", HELP),
            Kind::Name(name) => {
                return self
                    .wrong("a category does not stand in backticks", format!("write it in quotes: `\"{name}\"`"));
            }
            Kind::Integer(_) | Kind::Decimal(_) => {
                return self
                    .expected("a category", "one that starts with a digit stands in quotes: `\"4625\" where …`");
            }
            _ => return self.expected("a category", HELP),
        };
        self.at += 1;
        Ok(category)
    }

    /// A category, and then anything but `where`.
    fn no_where(&self) -> SyntaxError {
        let help = match self.peek() {
            Kind::Symbol("-") => "a category with such a character stands in quotes: `\"my-category\" where …`",
            Kind::Symbol(",") | Kind::Word("and" | "or") => {
                "a query has one category, or `any`: `any where event.category in (\"…\", \"…\")`"
            }
            Kind::Symbol(_) | Kind::Word("in" | "like" | "regex" | "not") | Kind::Tilde(_) => {
                "put a category and `where` before the condition: `any where …`"
            }
            _ => "put `where` and a condition behind the category; `where true` finds all its events",
        };
        self.unexpected("`where`", help)
    }

    fn pipe(&mut self) -> Parsed<Pipe> {
        const HELP: &str = "there are `| head 10`, the first ten, and `| tail 10`, the last ten";
        let (span, name) = match self.peek() {
            Kind::Word(word) => (self.span(), *word),
            _ => return self.expected("the name of a pipe", HELP),
        };
        let pipe = match name {
            "head" => Pipe::Head,
            "tail" => Pipe::Tail,
            "count" | "filter" | "sort" | "unique" | "unique_count" => {
                return Err(self.error(span, format!("the pipe `{name}` is not supported"), HELP));
            }
            _ => {
                let help = match nearest(name, ["head", "tail"], 1).as_slice() {
                    [near, ..] => format!("did you mean `{near}`?"),
                    [] => HELP.to_owned(),
                };
                return Err(self.error(span, format!("there is no pipe `{name}`"), help));
            }
        };
        self.at += 1;
        let Kind::Integer(digits) = *self.peek() else {
            return self.expected(&format!("a number after `{name}`"), format!("write `| {name} 10`"));
        };
        let most = self.number(digits, u64::MAX)?;
        Ok(pipe(most))
    }

    /// What is left over after a whole query.
    fn not_the_end(&self, kind: &StatementKind, has_pipes: bool) -> SyntaxError {
        if has_pipes {
            return self.unexpected("`|` or the end of the query", "a pipe takes one number: `| head 10`");
        }
        match kind {
            StatementKind::Event(_) => self.unexpected("`and`, `or` or the end of the query", self.left_over()),
            _ => self.unexpected("`[`, `|` or the end of the query", self.no_item()),
        }
    }

    /// Reads `digits` as a number of at most `most`, and goes on behind it.
    fn number(&mut self, digits: &str, most: u64) -> Parsed<u64> {
        match digits.parse().ok().filter(|number| *number <= most) {
            Some(number) => {
                self.at += 1;
                Ok(number)
            }
            None => self.wrong(format!("this number is too large: {most} is the most"), "write a smaller one"),
        }
    }

    fn too_deep(&self, span: Span) -> SyntaxError {
        let message = format!("the query nests deeper than {MAX_DEPTH} levels");
        self.error(span, message, "split the query into several rules, or drop parentheses")
    }

    fn peek(&self) -> &Kind<'a> {
        self.ahead(0)
    }

    /// The token after `more` others. Beyond the last there is the last.
    fn ahead(&self, more: usize) -> &Kind<'a> {
        self.tokens.get(self.at + more).or(self.tokens.last()).map_or(&Kind::End, |token| &token.kind)
    }

    /// Where the next token stands.
    fn span(&self) -> Span {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(Span::default(), |token| token.span)
    }

    fn before(&self) -> Option<&Kind<'a>> {
        self.at.checked_sub(1).and_then(|before| self.tokens.get(before)).map(|token| &token.kind)
    }

    /// Where the token before ends.
    fn end(&self) -> usize {
        self.at.checked_sub(1).and_then(|before| self.tokens.get(before)).map_or(0, |token| token.span.end)
    }

    fn is(&self, symbol: &str) -> bool {
        matches!(self.peek(), Kind::Symbol(next) if *next == symbol)
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Kind::Word(next) if *next == word)
    }

    fn eat(&mut self, symbol: &str) -> bool {
        let is = self.is(symbol);
        self.at += usize::from(is);
        is
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let is = self.is_word(word);
        self.at += usize::from(is);
        is
    }

    fn error(&self, span: Span, message: impl Into<String>, help: impl Into<String>) -> SyntaxError {
        SyntaxError::new(self.text, span, message, help)
    }

    /// The next token is wrong, however well it is written.
    fn wrong<T>(&self, message: impl Into<String>, help: impl Into<String>) -> Parsed<T> {
        Err(self.lexical().unwrap_or_else(|| self.error(self.span(), message, help)))
    }

    /// The next token is not `what`.
    fn expected<T>(&self, what: &str, help: impl Into<String>) -> Parsed<T> {
        Err(self.unexpected(what, help))
    }

    fn unexpected(&self, what: &str, help: impl Into<String>) -> SyntaxError {
        self.lexical().unwrap_or_else(|| {
            let help = self.shouted().unwrap_or_else(|| help.into());
            let span = self.span();
            let found = &self.text[span.start..span.end];
            let message = match self.peek() {
                Kind::End => format!("expected {what}, but the query ends here"),
                Kind::Text(_) => format!("expected {what}, but found a text"),
                Kind::Name(_) => format!("expected {what}, but found a name"),
                _ if found.len() > 40 => format!("expected {what}, but found a long word"),
                _ => format!("expected {what}, but found `{found}`"),
            };
            self.error(span, message, help)
        })
    }

    /// What to do about a keyword in capitals, here or just before: a mere name, with which nothing fits.
    fn shouted(&self) -> Option<String> {
        [Some(self.peek()), self.before()].into_iter().flatten().find_map(|token| match token {
            Kind::Word(word) | Kind::Tilde(word) => keyword_in_capitals(word),
            _ => None,
        })
    }

    /// Why the next token is none.
    fn lexical(&self) -> Option<SyntaxError> {
        match self.peek() {
            Kind::Bad(bad) => Some(self.error(bad.span, bad.message.clone(), bad.help)),
            _ => None,
        }
    }
}

/// What to do about a name that would be a keyword in lower case.
pub(super) fn keyword_in_capitals(word: &str) -> Option<String> {
    let lower = word.to_ascii_lowercase();
    (!is_keyword(word) && is_keyword(&lower)).then(|| format!("keywords are in lower case: `{lower}`"))
}
