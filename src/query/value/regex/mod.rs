//! Lucene's regular expressions, with all of its optional operators, as Elasticsearch runs them. They speak of the whole
//! value; `^` and `$` are characters like others.
//!
//! The text is [parsed](syntax) as Lucene parses it and written again for the `regex` crate, which takes time in
//! proportion to the value. `a&b` (both) and `~a` (not) are no regular expressions there: with one of them the whole
//! becomes a [table of states](automaton).

mod automaton;
mod interval;
mod node;
mod syntax;

use std::fmt::Write as _;

use regex::{Regex, RegexBuilder};

use self::automaton::Automaton;
use self::node::Node;

/// The most memory that a prepared expression takes.
const MOST: usize = 1 << 20;

/// A prepared expression.
#[derive(Debug, Clone)]
pub(in crate::query) struct Lucene {
    rule: Rule,
    longest: Option<(Box<str>, bool)>,
}

#[derive(Debug, Clone)]
enum Rule {
    Text(Regex),
    Table(Automaton),
}

impl Lucene {
    /// Prepares `text`. In any case, a letter stands for both of its cases, whichever script it is of; a range such as
    /// `[a-z]` stays as it is. Both as Elasticsearch 9.2 answers.
    ///
    /// # Errors
    /// Says what of it is no such expression, or is not supported.
    pub(in crate::query) fn new(text: &str, any_case: bool) -> Result<Self, String> {
        let node = syntax::parse(text)?;
        let longest = if any_case { None } else { longest(&node) };
        let rule = if node.is_logical() {
            Rule::Table(Automaton::new(&node, any_case, MOST)?)
        } else {
            rule(&node, any_case)?
        };
        Ok(Self { rule, longest })
    }

    /// Whether the whole of `text` matches.
    pub(in crate::query) fn matches(&self, text: &str) -> bool {
        match &self.rule {
            Rule::Text(regex) => regex.is_match(text),
            Rule::Table(automaton) => automaton.matches(text),
        }
    }

    /// A text that everything that matches holds, and whether it begins with it.
    pub(super) fn longest(&self) -> Option<(&str, bool)> {
        self.longest.as_ref().map(|(text, begins)| (&**text, *begins))
    }
}

fn rule(node: &Node, any_case: bool) -> Result<Rule, String> {
    let mut text = String::from("^(?s:");
    write(node, any_case, &mut text);
    text.push_str(")$");
    let built = RegexBuilder::new(&text).size_limit(MOST).dfa_size_limit(MOST).build();
    built.map(Rule::Text).map_err(|_| "the expression is too large".to_owned())
}

fn write(node: &Node, any_case: bool, text: &mut String) {
    match node {
        Node::Union(nodes) => between(nodes, "|", any_case, text),
        Node::Row(nodes) => between(nodes, "", any_case, text),
        Node::Repeat(node, least, most) => {
            between(std::slice::from_ref(node), "", any_case, text);
            let most = most.map_or(String::new(), |most| most.to_string());
            // Writing to a string cannot fail.
            let _ = write!(text, "{{{least},{most}}}");
        }
        Node::Class(..) | Node::Char(_) => class(node, any_case, text),
        Node::AnyChar => text.push('.'),
        Node::AnyText => text.push_str(".*"),
        // What is no character at all. Those with operators of logic are not written.
        Node::Nothing | Node::Both(_) | Node::Not(_) => text.push_str("[^\\x{0}-\\x{10FFFF}]"),
    }
}

fn between(nodes: &[Node], with: &str, any_case: bool, text: &mut String) {
    text.push_str("(?:");
    for (i, node) in nodes.iter().enumerate() {
        if i > 0 {
            text.push_str(with);
        }
        write(node, any_case, text);
    }
    text.push(')');
}

fn class(node: &Node, any_case: bool, text: &mut String) {
    let (ranges, negated) = node.ranges(any_case);
    text.push_str(if negated { "[^" } else { "[" });
    for (from, to) in ranges {
        let _ = write!(text, "\\x{{{:x}}}-\\x{{{:x}}}", u32::from(from), u32::from(to));
    }
    text.push(']');
}

/// The longest run of characters that stands in every text that matches, and whether it begins there.
fn longest(node: &Node) -> Option<(Box<str>, bool)> {
    let nodes = match node {
        Node::Row(nodes) => nodes.as_slice(),
        Node::Char(_) => std::slice::from_ref(node),
        _ => return None,
    };
    let mut runs = vec![(String::new(), true)];
    for node in nodes {
        match (node, runs.last_mut()) {
            (Node::Char(c), Some((run, _))) => run.push(*c),
            _ => runs.push((String::new(), false)),
        }
    }
    let longest = runs.into_iter().max_by_key(|(run, begins)| (run.len(), *begins));
    longest.map(|(run, begins)| (run.into(), begins)).filter(|(run, _): &(Box<str>, bool)| !run.is_empty())
}

#[cfg(test)]
mod tests;
