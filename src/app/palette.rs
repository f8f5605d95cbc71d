//! The palette: every action by name, and questions: `explore KQL`, `eql EQL`.

use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::Action;
use super::keys::{BINDINGS, Binding, Context};
use crate::query::Language;

/// The question in `explore …`, `kql …` or `eql …`, and its language; a language alone is a question that is still to be
/// typed. `None` for any other text.
pub(super) fn question_of(text: &str) -> Option<(Language, &str)> {
    let text = text.trim_start();
    let (word, question) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    match word {
        "explore" if text.len() > word.len() => Some((Language::Kql, question.trim())),
        "kql" => Some((Language::Kql, question.trim())),
        "eql" => Some((Language::Eql, question.trim())),
        _ => None,
    }
}

/// The actions whose name is or begins with `text`, then those whose name or description holds its words. Letters that
/// are only somewhere in a sentence find nothing: Enter does what stands first.
pub(super) fn find(text: &str, exploring: bool) -> Vec<&'static Binding> {
    if question_of(text).is_some() {
        return BINDINGS.iter().filter(|b| b.action == Action::Explore).collect();
    }
    let listed = |b: &&Binding| {
        let context = matches!(
            b.context,
            Context::Overview
                | Context::Anywhere
                | Context::Alerts
                | Context::Rules
                | Context::Table
                | Context::Detail
                | Context::Checklist
                | Context::Story
                | Context::Event
        ) || (exploring && b.context == Context::Explore);
        let moves = matches!(b.action, Action::Down | Action::Up | Action::Back | Action::Palette | Action::Open);
        (context && !moves) || matches!(b.action, Action::Redraw | Action::Suspend)
    };
    let text = text.trim();
    let mut matcher = Matcher::new(Config::DEFAULT);
    let words = Pattern::new(text, CaseMatching::Ignore, Normalization::Smart, AtomKind::Substring);
    let mut buffer = Vec::new();
    let mut holds = |said: &str| words.score(Utf32Str::new(said, &mut buffer), &mut matcher).is_some();
    let mut found: Vec<(u8, &Binding)> = BINDINGS
        .iter()
        .filter(listed)
        .filter_map(|b| {
            let rank = match b.name {
                _ if text.is_empty() => u8::from(b.action == Action::Quit),
                name if name.eq_ignore_ascii_case(text) => 0,
                name if name.get(..text.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(text)) => 1,
                name if holds(name) => 2,
                // To leave is what its own name asks for, and nothing else.
                _ if b.action == Action::Quit => return None,
                _ if holds(b.about) => 3,
                _ => return None,
            };
            Some((rank, b))
        })
        .collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, b)| b).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(text: &str) -> Option<Action> {
        find(text, false).first().map(|b| b.action)
    }

    #[test]
    fn names_come_before_descriptions() {
        assert_eq!(first("note"), Some(Action::Note));
        assert_eq!(first("ack"), Some(Action::Acknowledge));
        assert_eq!(first("acknowledge the"), Some(Action::Acknowledge));
        assert_eq!(first("local time"), Some(Action::Zone));
    }

    #[test]
    fn a_question_names_its_language() {
        assert_eq!(question_of("explore a: 1 since 7d"), Some((Language::Kql, "a: 1 since 7d")));
        assert_eq!(question_of(" eql  any where true "), Some((Language::Eql, "any where true")));
        assert_eq!((question_of("eql"), question_of("kql ")), (Some((Language::Eql, "")), Some((Language::Kql, ""))));
        assert_eq!((question_of("explore"), question_of("eq"), question_of("eql/kql")), (None, None, None));
    }

    #[test]
    fn only_its_own_name_leaves() {
        assert_eq!(first("quit"), Some(Action::Quit));
        for text in ["zzz", "leave", "something", "saved", "", "q!", "asks only"] {
            assert_ne!(first(text), Some(Action::Quit), "{text}");
        }
        for text in ["xyzzy", "q!", "frobnicate"] {
            assert_eq!(first(text), None, "{text}");
        }
    }
}
