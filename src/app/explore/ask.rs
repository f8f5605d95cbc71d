//! A question to the log as an analyst types it: KQL or EQL, and behind it from when to when.

use std::borrow::Cow;

use chrono::{DateTime, SecondsFormat, Utc};

use super::super::clause::Clause;
use super::super::filter::QueryProblem;
use crate::engine::TimeArg;
use crate::event;
use crate::query::eql::{self, Expr, ExprKind, Literal, Search, StatementKind};
use crate::query::kql::{self, Node, NodeKind};
use crate::query::{Language, Query};

/// Finds every event.
const EVERYTHING: &str = "any where true";

/// A question as it was typed, and what it means.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ask {
    language: Language,
    text: String,
    /// End of the query in `text`; the window follows.
    end: usize,
    /// At or after this.
    pub since: Option<TimeArg>,
    /// Before this.
    pub until: Option<TimeArg>,
    problem: Option<QueryProblem>,
    doubt: Option<QueryProblem>,
    warning: Option<String>,
}

impl Ask {
    /// Reads a question: a query, then perhaps `since 7d` and `until 2026-11-23T10:00:00Z`, in any order, with or without
    /// dashes before.
    #[must_use]
    pub fn read(language: Language, text: &str, now: DateTime<Utc>) -> Self {
        let mut ask = Self { language, text: one_line(language, text.trim()).into_owned(), ..Self::default() };
        ask.end = ask.text.len();
        while ask.take_limit() {}
        if ask.problem.is_some() {
            return ask;
        }
        match language {
            Language::Kql => ask.read_kql(now),
            Language::Eql => ask.read_eql(now),
        }
        if let (Some(since), Some(until), None) = (ask.since, ask.until, &ask.problem)
            && since.resolve(now) >= until.resolve(now)
        {
            let message = "the window ends before it begins, so no event can be in it".to_owned();
            ask.problem = Some(QueryProblem { column: crate::text::width(ask.query()) + 1, message });
        }
        ask
    }

    fn read_kql(&mut self, now: DateTime<Utc>) {
        match kql::parse(self.query()) {
            Ok(node) => {
                let query = kql::prepare(self.query(), &node, event::schema(), now);
                self.warning = first_warning([&query]);
                let unknown = event::unknown_fields(&node);
                self.doubt = unknown.first().map(|field| QueryProblem::unknown(self.query(), field));
            }
            Err(error) => self.problem = Some(QueryProblem::of(self.query(), &error)),
        }
    }

    fn read_eql(&mut self, now: DateTime<Utc>) {
        let prepared = eql::parse(self.asked()).and_then(|statement| {
            let prepared = eql::prepare_at(self.asked(), &statement, event::schema(), eql::CATEGORY, now)?;
            Ok((statement, prepared))
        });
        match prepared {
            Ok((statement, prepared)) => {
                self.warning = match &prepared.search {
                    Search::Event(query) => first_warning([query]),
                    Search::Sequence(search) => {
                        first_warning(search.items.iter().chain(&search.until).map(|item| &item.query))
                    }
                    Search::Sample(search) => first_warning(search.items.iter().map(|item| &item.query)),
                };
                // One that is optional may be missing everywhere.
                let fields = statement.fields().into_iter().filter(|field| !field.optional);
                let unknown = fields.filter_map(|field| event::unknown_field(&field.name, field.span)).next();
                self.doubt = unknown.map(|field| QueryProblem::unknown(self.query(), &field));
            }
            Err(error) => self.problem = Some(QueryProblem::of_eql(self.query(), &error)),
        }
    }

    /// Takes one limit off the end of the query. Returns whether there was one.
    fn take_limit(&mut self) -> bool {
        let rest = self.text[..self.end].trim_end();
        let word = |text: &str| {
            let space = text.char_indices().rev().find(|(_, c)| c.is_whitespace());
            space.map_or(0, |(at, c)| at + c.len_utf8())
        };
        let value_at = word(rest);
        let (before, value) = (rest[..value_at].trim_end(), &rest[value_at..]);
        let name_at = word(before);
        let name = &before[name_at..];
        let limit = match name.trim_start_matches("--") {
            "since" => &mut self.since,
            "until" => &mut self.until,
            _ => return false,
        };
        match value.parse() {
            Ok(_) if limit.is_some() => return false,
            Ok(moment) => *limit = Some(moment),
            // `since` may be a word that is searched for; with dashes it is not.
            Err(message) if name.starts_with("--") => {
                self.problem = Some(QueryProblem { column: crate::text::width(&rest[..value_at]), message });
                return false;
            }
            Err(_) => return false,
        }
        self.end = rest[..name_at].trim_end().len();
        true
    }

    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    #[must_use]
    pub fn query(&self) -> &str {
        &self.text[..self.end]
    }

    /// The question; an empty prompt asks for every event.
    #[must_use]
    pub fn asked(&self) -> &str {
        match (self.query(), self.language) {
            ("", Language::Eql) => EVERYTHING,
            (query, _) => query,
        }
    }

    /// The window, as it was typed.
    #[must_use]
    pub fn window(&self) -> &str {
        self.text[self.end..].trim_start()
    }

    #[must_use]
    pub fn problem(&self) -> Option<&QueryProblem> {
        self.problem.as_ref()
    }

    /// A field that it asks for and neither ECS nor the integration has.
    #[must_use]
    pub fn doubt(&self) -> Option<&QueryProblem> {
        self.doubt.as_ref()
    }

    /// A part of it that can never match, as a sentence.
    #[must_use]
    pub fn warning(&self) -> Option<&str> {
        self.warning.as_deref()
    }

    /// The same question with a clause holding too, or not holding.
    ///
    /// # Errors
    /// Why it cannot be narrowed so.
    pub fn and(&self, clause: &Clause, holds: bool) -> Result<String, &'static str> {
        let asked = match self.language {
            Language::Kql => self.and_node(&if holds { clause.node() } else { clause.negated() }),
            Language::Eql => self.and_expression(&clause.expression(holds))?,
        };
        Ok(self.within(&asked))
    }

    fn and_node(&self, node: &Node) -> String {
        match kql::parse(self.query()) {
            _ if self.query().is_empty() => node.to_string(),
            Ok(Node { kind: NodeKind::Or(_), .. }) => format!("({}) and {node}", self.query()),
            _ => format!("{} and {node}", self.query()),
        }
    }

    fn and_expression(&self, expression: &Expr) -> Result<String, &'static str> {
        let text = self.asked();
        let Ok(StatementKind::Event(query)) = eql::parse(text).map(|statement| statement.kind) else {
            return Err("only a question for single events can be narrowed: / changes the sequence itself");
        };
        let span = query.condition.span;
        let (before, condition, after) = (&text[..span.start], &text[span.start..span.end], &text[span.end..]);
        Ok(match query.condition.kind {
            ExprKind::Literal(Literal::Bool(true)) => format!("{before}{expression}{after}"),
            ExprKind::Or(_) => format!("{before}({condition}) and {expression}{after}"),
            _ => format!("{before}{condition} and {expression}{after}"),
        })
    }

    /// A question of its own, in the same window and language.
    #[must_use]
    pub fn alone(&self, clause: &Clause) -> String {
        self.within(&match self.language {
            Language::Kql => clause.node().to_string(),
            Language::Eql => format!("any where {}", clause.expression(true)),
        })
    }

    /// Another question in the same window.
    #[must_use]
    pub fn within(&self, query: &str) -> String {
        format!("{query} {}", self.window()).trim().to_owned()
    }

    /// The same question in another window, such as `since 7d`.
    #[must_use]
    pub fn in_window(&self, window: &str) -> String {
        format!("{} {window}", self.query()).trim().to_owned()
    }
}

/// A query of several lines in one, as it is typed: a comment that ends with its line must not take in the next.
pub(in crate::app) fn one_line(language: Language, text: &str) -> Cow<'_, str> {
    if language == Language::Eql
        && text.contains('\n')
        && let Ok(statement) = eql::parse(text)
    {
        return statement.to_string().into();
    }
    text.into()
}

fn first_warning<'q>(queries: impl IntoIterator<Item = &'q Query>) -> Option<String> {
    queries.into_iter().find_map(|query| Some(query.warnings().first()?.message.clone()))
}

/// A window between two instants, as one would type it.
#[must_use]
pub(in crate::app) fn window(since: Option<DateTime<Utc>>, until: Option<DateTime<Utc>>) -> String {
    let limit = |name: &str, at: Option<DateTime<Utc>>| {
        at.map(|at| format!("{name} {}", at.to_rfc3339_opts(SecondsFormat::AutoSi, true)))
    };
    [limit("since", since), limit("until", until)].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-11-24T12:00:00Z".parse().unwrap()
    }

    fn read(text: &str) -> Ask {
        Ask::read(Language::Kql, text, now())
    }

    #[test]
    fn a_window_may_stand_behind_the_query() {
        for text in ["event.action: x since 7d", "event.action: x   --since 7d", "event.action: x since 7d until 1h"] {
            let ask = read(text);
            assert_eq!((ask.query(), ask.problem()), ("event.action: x", None), "{text}");
            assert_eq!(ask.since.map(|m| m.resolve(now()).to_rfc3339()).unwrap(), "2026-11-17T12:00:00+00:00");
            assert_eq!(ask.until.is_some(), text.contains("until"));
        }
        let ask = read("until 2026-11-23T10:00:00Z since 2026-11-23");
        assert_eq!((ask.query(), ask.window()), ("", "until 2026-11-23T10:00:00Z since 2026-11-23"));
    }

    #[test]
    fn words_that_are_no_window_are_searched_for() {
        for text in
            ["message: since then", "since", "a: b since", "message: \"since 7d\"", "a: since 7d since 1h since 2h"]
        {
            let ask = read(text);
            assert_eq!(ask.problem(), None, "{text}");
            assert!(ask.query().contains("since"), "{text}");
        }
    }

    #[test]
    fn errors_point_at_their_place() {
        let problem = |text: &str| read(text).problem().cloned().unwrap();
        assert_eq!(problem("a: (b since 7d").column, 5);
        let odd = problem("a: b --since yesterday");
        assert_eq!(odd.column, 13);
        assert!(odd.message.starts_with("expected a time"), "{}", odd.message);
        let backwards = problem("a: b since 1h until 2h");
        assert_eq!(backwards.column, 5);
        assert!(backwards.message.contains("before it begins"));
    }

    #[test]
    fn a_field_that_nobody_has_is_named_at_its_place() {
        let ask = read("event.action: x and user.nme: y since 7d");
        assert_eq!(ask.problem(), None);
        let doubt = ask.doubt().unwrap();
        assert_eq!(doubt.column, "event.action: x and ".len());
        assert!(doubt.message.ends_with("did you mean `user.name`?"), "{}", doubt.message);
        assert_eq!(read("event.action: x or y").doubt(), None);
    }

    #[test]
    fn narrowing_keeps_the_meaning_and_the_window() {
        let clause = Clause { field: "b".to_owned(), value: Some("2".to_owned()) };
        let and = |text: &str, holds| read(text).and(&clause, holds).unwrap();
        assert_eq!(and("", true), r#"b:"2""#);
        assert_eq!(and("a: 1 since 7d", true), r#"a: 1 and b:"2" since 7d"#);
        assert_eq!(and("a: 1 or c: 3", false), r#"(a: 1 or c: 3) and not b:"2""#);
        assert_eq!(and("not a: 1", true), r#"not a: 1 and b:"2""#);
        assert_eq!(read("x since 7d").within("y"), "y since 7d");
        assert_eq!(read("x since 7d").in_window("since 1h"), "x since 1h");
        assert_eq!(read("since 7d").in_window(""), "");
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_typed_is_cut_between_characters(text in ".{0,20}|([a-z:\u{2000}\u{a0} ]{0,3}(since|until|--since| 7d| x)){0,5}") {
            let ask = read(&text);
            proptest::prop_assert!(ask.text().starts_with(ask.query()) && ask.text().ends_with(ask.window()));
            let again = read(&ask.in_window(ask.window()));
            proptest::prop_assert_eq!(again.query(), ask.query());
        }
    }

    #[test]
    fn a_window_is_written_as_it_is_read() {
        let (since, until) = ("2026-11-23T10:00:00Z".parse().ok(), "2026-11-23T11:00:00.001Z".parse().ok());
        let text = format!("a: b {}", window(since, until));
        let ask = read(&text);
        assert_eq!(ask.since.map(|m| m.resolve(now())), since);
        assert_eq!(ask.until.map(|m| m.resolve(now())), until);
        assert_eq!(window(None, None), "");
    }
}
