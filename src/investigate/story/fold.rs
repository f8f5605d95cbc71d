//! Runs of like calls in one line: a look around says what was looked at and how often, not each call.

use std::collections::BTreeSet;
use std::ops::Range;

use super::{Deed, Scene};

/// So many calls in a row are told in one line.
const RUN: usize = 3;
/// Services named of a run.
const SERVICES: usize = 3;

/// A line of a story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Passage {
    /// One call, by its place.
    Call(usize),
    /// Like calls, by their places.
    Run(Range<usize>),
}

/// Folds runs of like calls. Those `apart` stand for themselves, and end a run.
pub fn fold(scenes: &[&Scene], apart: impl Fn(&Scene) -> bool) -> Vec<Passage> {
    let mut passages = Vec::new();
    let mut at = 0;
    while at < scenes.len() {
        let first = scenes[at];
        let run = scenes[at..].iter().take_while(|next| is_like(first, next) && !apart(next)).count();
        if run >= RUN {
            passages.push(Passage::Run(at..at + run));
            at += run;
        } else {
            passages.push(Passage::Call(at));
            at += 1;
        }
    }
    passages
}

/// Whether two calls may be told as one: looks of any kind, or data taken in the same way; by one actor, from one place,
/// with one outcome.
fn is_like(one: &Scene, other: &Scene) -> bool {
    let deed = match one.deed {
        Deed::Change => false,
        Deed::Taking => one.action == other.action,
        Deed::Read => other.deed == Deed::Read,
    };
    deed && one.actor == other.actor && one.source == other.source && one.error == other.error
}

/// `14 Describe* calls, rds`: what a run comes to.
#[must_use]
pub fn run_words(run: &[&Scene]) -> String {
    let actions: BTreeSet<&str> = run.iter().map(|scene| scene.action.as_str()).collect();
    let verbs: BTreeSet<&str> = actions.iter().map(|action| verb(action)).collect();
    let what = match (actions.first(), verbs.first()) {
        (Some(action), _) if actions.len() == 1 => format!("{action} calls"),
        (_, Some(verb)) if verbs.len() == 1 => format!("{verb}* calls"),
        _ => "reads".to_owned(),
    };
    let services: BTreeSet<&str> = run.iter().map(|scene| scene.service.as_str()).collect();
    let named: Vec<&str> = services.iter().copied().take(SERVICES).collect();
    let more = match services.len().saturating_sub(SERVICES) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{} {what}, {}{more}", run.len(), named.join(", "))
}

/// The first word of an action: `Describe` of `DescribeDBSnapshots`.
fn verb(action: &str) -> &str {
    let end = action.char_indices().skip(1).find(|(_, c)| c.is_uppercase()).map_or(action.len(), |(at, _)| at);
    &action[..end]
}
