//! Questions made of what is under the cursor: of values, of a rule's query, of the searches that a guide offers.

use super::super::dialog::{Choice, Menu, Overlay};
use super::super::page::Item;
use super::super::{App, Cmd, Pane, Tab};
use super::ask::window;
use super::{Clause, FIELDS, Side};
use crate::investigate::{self, NoSearch};
use crate::query::Json;
use crate::rule::Pivot;
use crate::text::visible;

/// Windows that one key offers.
const WINDOWS: [(&str, &str); 7] = [
    ("all of the log", ""),
    ("the last 15 minutes", "since 15m"),
    ("the last hour", "since 1h"),
    ("the last 24 hours", "since 24h"),
    ("the last 7 days", "since 7d"),
    ("the last 30 days", "since 30d"),
    ("the last 90 days", "since 90d"),
];

/// What becomes of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// A question of its own.
    Alone,
    /// The question narrows to it.
    And,
    /// The question leaves it out.
    AndNot,
    /// The values of its field are counted.
    Count,
}

impl App {
    /// Makes a question of the value under the cursor; asks which where there are several.
    pub(in super::super) fn use_value(&mut self, how: Use, cmds: &mut Vec<Cmd>) {
        if self.exploring().is_none() {
            if let Some(Item::Search { .. }) = self.item_under_cursor() {
                return self.open_search_of_guide(cmds);
            }
            if let Some(Item::Query(query)) = self.item_under_cursor() {
                let query = query.clone();
                return self.ask_log(&query, cmds);
            }
        }
        let clauses = self.clauses();
        match clauses.as_slice() {
            [] if self.tree().is_some() => self.say("no ECS field holds this value, so it cannot be searched for"),
            [] => self.say("there is no value here to search for"),
            [clause] => self.use_clause(how, clause, cmds),
            _ => {
                let title = match how {
                    Use::Alone => "Explore",
                    Use::And => "Narrow to",
                    Use::AndNot => "Leave out",
                    Use::Count => "Count the values of",
                };
                let choices = clauses.into_iter().map(|clause| {
                    let shown = if how == Use::Count { clause.field.clone() } else { clause.shown() };
                    (visible(&shown).into_owned(), Choice::Explore(how, clause))
                });
                let choices = choices.collect();
                self.open(Overlay::Menu(Menu { title: title.to_owned(), hint: None, choices, cursor: 0 }));
            }
        }
    }

    pub(in super::super) fn use_clause(&mut self, how: Use, clause: &Clause, cmds: &mut Vec<Cmd>) {
        let ask = &self.explore.ask;
        let text = match how {
            // From outside nothing of the question before is meant.
            Use::Alone if !self.explore.open => clause.node().to_string(),
            Use::Alone => ask.within(&clause.node().to_string()),
            Use::And => ask.and(&clause.node()),
            Use::AndNot => ask.and(&clause.negated()),
            Use::Count => return self.count_field(&clause.field, cmds),
        };
        self.ask_log(&text, cmds);
    }

    /// Shows the values of `field`; one that has not been counted has to be searched for.
    pub(in super::super) fn count_field(&mut self, field: &str, cmds: &mut Vec<Cmd>) {
        let explore = &mut self.explore;
        explore.record = None;
        explore.side = Side::Values;
        explore.values = Default::default();
        let known = FIELDS.iter().position(|known| *known == field);
        if known.is_none() && explore.other.as_deref() != Some(field) {
            explore.other = Some(field.to_owned());
        }
        explore.field = known.unwrap_or(FIELDS.len());
        self.changed();
        if self.explore.asked && self.explore.counted().is_none() {
            self.search(cmds);
        }
    }

    pub(in super::super) fn open_field_menu(&mut self, cmds: &mut Vec<Cmd>) {
        if self.explore.record.is_some() {
            return self.use_value(Use::Count, cmds);
        }
        let explore = &self.explore;
        let fields = explore.fields();
        let cursor = fields.iter().position(|field| field == explore.field()).unwrap_or(0);
        let mut choices: Vec<_> =
            fields.into_iter().map(|field| (visible(&field).into_owned(), Choice::CountField(field))).collect();
        choices.push(("another field: type its name".to_owned(), Choice::AnotherField));
        self.open(Overlay::Menu(Menu { title: "Count the values of".to_owned(), hint: None, choices, cursor }));
    }

    pub(in super::super) fn open_window_menu(&mut self) {
        let now = self.explore.ask.window().to_owned();
        let choices = WINDOWS.map(|(name, window)| (name.to_owned(), Choice::Window(window.to_owned())));
        let cursor = WINDOWS.iter().position(|(_, window)| *window == now).unwrap_or(0);
        let hint = Some("or type it behind the query: since 2026-11-23 until 12h".to_owned());
        self.open(Overlay::Menu(Menu { title: "Events of".to_owned(), hint, choices: choices.to_vec(), cursor }));
    }

    pub(in super::super) fn choose_window(&mut self, window: &str, cmds: &mut Vec<Cmd>) {
        let text = self.explore.ask.in_window(window);
        self.ask_log(&text, cmds);
    }

    pub(in super::super) fn item_under_cursor(&self) -> Option<&Item> {
        let page = self.pane == Pane::Detail && self.tab != Tab::Event;
        self.page.items.get(self.reading().cursor).filter(|_| page)
    }

    /// Opens the search that the guide offers at the cursor.
    pub(in super::super) fn open_search_of_guide(&mut self, cmds: &mut Vec<Cmd>) {
        match self.search_under_cursor() {
            Some(Ok(text)) => self.ask_log(&text, cmds),
            Some(Err(why)) => self.say(format!("this search cannot be made: {why}")),
            None => self.say("the record is still being read"),
        }
    }

    /// The search under the cursor as a question, or why it cannot be asked; `None` where there is none, or nothing is
    /// known of the event yet.
    pub(in super::super) fn search_under_cursor(&self) -> Option<Result<String, NoSearch>> {
        let Some(Item::Search { step, index }) = self.item_under_cursor() else { return None };
        let pivot = self.selected_rule()?.checklist.any_step(step)?.searches().into_iter().nth(*index)?;
        self.question_of(pivot)
    }

    /// A search of the guide as a question about the selected alert; `None` until its event is here.
    pub(in super::super) fn question_of(&self, pivot: &Pivot) -> Option<Result<String, NoSearch>> {
        let (entry, detail) = (self.selected()?, self.detail()?);
        let search = investigate::search(pivot, &Json(&detail.ecs), entry.row.time);
        Some(search.map(|search| format!("{} {}", search.query, window(search.since, search.until)).trim().to_owned()))
    }
}
