//! One line of the Rules view, and the columns that lines are sorted by.

use std::borrow::Cow;
use std::cmp::Ordering;

use chrono::{DateTime, Utc};

use crate::detect::Cost;
use crate::engine::{RuleEntry, RuleState};
use crate::rule::{Rule, Severity, Standing};
use crate::text::visible;

/// The alerts of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Hits {
    /// Alerts in the state, those that are held back too.
    pub all: usize,
    /// Those of them that are open.
    pub open: usize,
    /// Time of the newest one's event.
    pub last: Option<DateTime<Utc>>,
}

/// A rule, or a file in which there is none. Its texts are safe to draw.
#[derive(Debug)]
pub struct RuleLine {
    /// Its file and line, so that the cursor stays on it when files change.
    pub key: String,
    /// The rule's name, or the file's.
    pub name: String,
    pub state: RuleState,
    /// All that is known of it.
    pub entry: RuleEntry,
    pub hits: Hits,
    pub cost: Cost,
    words: Box<str>,
}

impl RuleLine {
    pub(super) fn new(entry: RuleEntry) -> Self {
        let pack = &entry.entry;
        let place = pack.path.as_ref().map(|path| visible(&path.to_string_lossy()).into_owned());
        let key = match (&place, pack.line) {
            (Some(place), Some(line)) => format!("{place}:{line}"),
            (Some(place), None) => place.clone(),
            (None, _) => pack.rule.as_ref().map_or_else(String::new, |rule| visible(&rule.id).into_owned()),
        };
        let file = || key.rsplit('/').next().unwrap_or(&key).to_owned();
        let name = pack.name.as_ref().map_or_else(file, |name| visible(name).into_owned());
        let state = entry.state();
        let words = words(&entry, &name, &key, state);
        Self { key, name, state, entry, hits: Hits::default(), cost: Cost::default(), words }
    }

    /// The rule, as far as it could be read.
    #[must_use]
    pub fn rule(&self) -> Option<&Rule> {
        self.entry.entry.rule.as_deref()
    }

    #[must_use]
    pub fn severity(&self) -> Option<Severity> {
        self.rule().map(|rule| rule.severity)
    }

    /// Its type, as Elastic names it; empty where there is none.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.rule().map_or("", |rule| rule.kind.as_str())
    }

    /// Microseconds spent on it for each event that it was put to, once it was put to any.
    #[must_use]
    pub fn per_event(&self) -> Option<f64> {
        let events = self.cost.evaluated;
        (events > 0).then(|| self.cost.spent.as_secs_f64() * 1e6 / events as f64)
    }

    /// Finds each of `words`, which are in lower case, in any of its texts, in any letter case.
    pub(super) fn has(&self, words: &[String]) -> bool {
        words.iter().all(|word| self.words.contains(word.as_str()))
    }
}

/// The word for a state.
#[must_use]
pub fn in_a_word(state: RuleState) -> &'static str {
    match state {
        RuleState::Error => "error",
        RuleState::Off => "off",
        RuleState::Runs => "runs",
        RuleState::Unsupported => "unsupported",
        RuleState::NoRule => "no rule",
    }
}

/// All that a plain word is looked for in.
fn words(entry: &RuleEntry, name: &str, key: &str, state: RuleState) -> Box<str> {
    let mut words: Vec<Cow<'_, str>> = vec![name.into(), key.into(), in_a_word(state).into()];
    match &entry.entry.standing {
        Standing::Unsupported(why) | Standing::NoRule(why) => words.push(visible(why)),
        Standing::Error { error, .. } => words.push(visible(&error.message)),
        Standing::Loaded => {}
    }
    words.extend(entry.lacking.iter().map(|lacking| Cow::Owned(visible(&lacking.message()).into_owned())));
    if let Some(switch) = &entry.switch {
        words.push(visible(&switch.analyst));
    }
    if let Some(rule) = &entry.entry.rule {
        words.extend([visible(&rule.id), rule.severity.as_str().into(), rule.kind.as_str().into()]);
        words.extend(rule.tags.iter().map(|tag| visible(tag)));
        for threat in &rule.threat {
            words.extend([visible(&threat.tactic.id), visible(&threat.tactic.name)]);
            for technique in &threat.techniques {
                words.extend([visible(&technique.id), visible(&technique.name)]);
            }
        }
    }
    words.join("\n").to_lowercase().into()
}

/// A column to sort by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RuleColumn {
    /// Errors first, then rules that are off.
    #[default]
    State,
    Name,
    /// Severity, then risk score.
    Severity,
    Type,
    Hits,
    /// Time of the newest alert's event.
    LastHit,
    /// Share of the time spent on rules.
    Cost,
    /// Time for each event that it was put to.
    PerEvent,
}

impl RuleColumn {
    /// All columns, in the order the menu offers them.
    pub const ALL: [Self; 8] =
        [Self::State, Self::Name, Self::Severity, Self::Type, Self::Hits, Self::LastHit, Self::Cost, Self::PerEvent];

    /// Its name, in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Name => "name",
            Self::Severity => "severity",
            Self::Type => "type",
            Self::Hits => "hits",
            Self::LastHit => "last hit",
            Self::Cost => "cost, all in all",
            Self::PerEvent => "cost of an event",
        }
    }

    /// The column is sorted with the largest first unless turned round.
    #[must_use]
    pub fn largest_first(self) -> bool {
        matches!(self, Self::Severity | Self::Hits | Self::LastHit | Self::Cost | Self::PerEvent)
    }

    pub(super) fn compare(self, a: &RuleLine, b: &RuleLine) -> Ordering {
        let risk = |line: &RuleLine| line.rule().map(|rule| (rule.severity, rule.risk_score));
        match self {
            Self::State => a.state.cmp(&b.state),
            Self::Name => Ordering::Equal,
            Self::Severity => risk(a).cmp(&risk(b)),
            Self::Type => a.kind().cmp(b.kind()),
            Self::Hits => a.hits.all.cmp(&b.hits.all),
            Self::LastHit => a.hits.last.cmp(&b.hits.last),
            Self::Cost => a.cost.spent.cmp(&b.cost.spent),
            Self::PerEvent => a.per_event().unwrap_or(0.0).total_cmp(&b.per_event().unwrap_or(0.0)),
        }
    }
}
