//! The palette: every action by name, and `explore KQL`.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::Action;
use super::keys::{self, BINDINGS, Binding, Context};

/// The question in `explore …`; `None` for any other text.
pub(super) fn question_of(text: &str) -> Option<&str> {
    text.trim_start().strip_prefix("explore ").map(str::trim)
}

/// The actions whose name or description fits `text`, best first.
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
                | Context::Related
                | Context::Event
        ) || (exploring && b.context == Context::Explore);
        let moves = matches!(b.action, Action::Down | Action::Up | Action::Back | Action::Palette | Action::Open);
        (context && !moves) || matches!(b.action, Action::Redraw | Action::Suspend)
    };
    let mut matcher = Matcher::new(Config::DEFAULT);
    let pattern = Pattern::parse(text, CaseMatching::Ignore, Normalization::Smart);
    let mut buffer = Vec::new();
    let mut found: Vec<(u32, &Binding)> = BINDINGS
        .iter()
        .filter(listed)
        .filter_map(|b| {
            let words = format!("{} {} {}", b.name, b.about, keys::name(b.keys[0]));
            let score = pattern.score(Utf32Str::new(&words, &mut buffer), &mut matcher)?;
            Some((score, b))
        })
        .collect();
    found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    found.into_iter().map(|(_, b)| b).collect()
}
