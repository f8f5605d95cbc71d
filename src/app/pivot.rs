//! From any view into Explore: questions made of what is under the cursor.

use super::clause::Use;
use super::overlay::{Choice, Menu, Overlay};
use super::page::Item;
use super::{App, View};
use crate::engine::RecordRef;
use crate::query::Language;
use crate::text::visible;

impl App {
    /// Opens Explore as it was left.
    pub(super) fn open_explore(&mut self) {
        self.hide_rules();
        self.view = View::Explore;
        if std::mem::take(&mut self.explore.alone) {
            self.explore.close_record(&mut self.shared);
        }
        self.explore.enter(&mut self.shared);
    }

    /// Opens one record over the alerts; Esc comes back to where the cursor is.
    pub(super) fn open_record(&mut self, at: RecordRef) {
        self.view = View::Explore;
        self.explore.open_alone(at, &mut self.shared);
    }

    pub(super) fn leave_explore(&mut self) {
        self.view = View::Alerts;
        self.explore.leave(&mut self.shared);
    }

    /// Asks the log, and shows the answer.
    pub(super) fn ask_log(&mut self, language: Language, text: &str) {
        self.hide_rules();
        self.view = View::Explore;
        self.explore.ask_log(language, text, &mut self.shared);
    }

    /// Has a question typed in this language.
    pub(super) fn ask_in(&mut self, language: Language) {
        self.hide_rules();
        self.view = View::Explore;
        self.explore.ask_in(language, &mut self.shared);
    }

    /// Has the question typed in the other language.
    pub(super) fn switch_language(&mut self) {
        match &self.shared.overlay {
            Some(Overlay::Question { editor, language, .. }) => {
                let (text, language) = (editor.text().to_owned(), language.other());
                self.explore.open_question(language, &text, &mut self.shared);
            }
            _ => self.ask_in(self.explore.ask.language().other()),
        }
    }

    /// Makes a question of the value under the cursor; asks which where there are several.
    pub(super) fn use_value(&mut self, how: Use) {
        if self.view != View::Explore {
            match self.alerts.item_under_cursor() {
                Some(Item::Search { .. }) => return self.open_search_of_guide(),
                Some(Item::Query(language, query)) => {
                    let (language, query) = (*language, query.clone());
                    return self.ask_log(language, &query);
                }
                _ => {}
            }
        }
        let clauses = match self.view {
            View::Explore => self.explore.clauses(&self.shared),
            View::Alerts | View::Rules => self.alerts.clauses(&self.shared),
        };
        match clauses.as_slice() {
            [] if self.tree().is_some() => {
                self.shared.say("no ECS field holds this value, so it cannot be searched for");
            }
            [] => self.shared.say("there is no value here to search for"),
            [clause] => self.use_clause(how, clause),
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
                self.shared.open(Overlay::Menu(Menu::new(title, choices)));
            }
        }
    }

    pub(super) fn use_clause(&mut self, how: Use, clause: &super::Clause) {
        let open = self.view == View::Explore;
        if how != Use::Count {
            self.hide_rules();
            self.view = View::Explore;
        }
        self.explore.use_clause(how, clause, open, &mut self.shared);
    }

    /// Opens the search that the guide offers at the cursor.
    pub(super) fn open_search_of_guide(&mut self) {
        match self.alerts.search_under_cursor(&self.shared) {
            Some(Ok(text)) => self.ask_log(Language::Kql, &text),
            Some(Err(why)) => self.shared.say(format!("this search cannot be made: {why}")),
            None => self.shared.say("the record is still being read"),
        }
    }
}
