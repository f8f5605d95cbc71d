//! How the state is: whether it can be written, and what is wrong with it.

use super::App;
use crate::engine::StateNews;
use crate::text::visible;

impl App {
    /// Whether decisions are refused.
    #[must_use]
    pub fn read_only(&self) -> bool {
        self.setup.read_only || self.setup.unwritable.is_some()
    }

    /// How the state is.
    #[must_use]
    pub fn state(&self) -> &StateNews {
        &self.state
    }

    /// What is wrong with the state, for the health pane.
    pub fn state_warnings(&self) -> impl Iterator<Item = &str> {
        let all = self.setup.unwritable.iter().chain(&self.state.trouble).chain(&self.state.warnings);
        all.map(String::as_str)
    }

    pub(super) fn take_state(&mut self, news: StateNews) {
        let warnings = news.warnings.iter().map(|text| visible(text).into_owned()).collect();
        let new: Vec<String> = Vec::clone(&warnings).into_iter().filter(|w| !self.state.warnings.contains(w)).collect();
        self.state = StateNews { trouble: news.trouble.map(|text| visible(&text).into_owned()), warnings };
        match &new[..] {
            [] => {}
            [one] => self.warn(one),
            [first, rest @ ..] => self.warn(format!("{first} · {} more: ! lists them", rest.len())),
        }
        self.changed();
    }
}
