//! Copying what is under the cursor, in whichever view; a menu asks which where there are several.

use super::overlay::{Choice, Copied, Menu, Overlay};
use super::{App, View};
use crate::text::visible;

impl App {
    pub(super) fn copy_something(&mut self) {
        let mut copies = match self.view {
            View::Alerts => self.alerts.copies(&self.shared),
            View::Explore => self.explore.copies(),
            View::Rules => self.rules.copies(),
        };
        if copies.len() > 1 {
            let choices = copies.into_iter().map(|(name, copied)| {
                let one_line = !copied.text.contains('\n');
                let shown = if one_line { format!("{name}: {}", visible(&copied.text)) } else { name };
                (shown, Choice::Copy(copied))
            });
            return self.shared.open(Overlay::Menu(Menu::new("Copy", choices)));
        }
        match copies.pop() {
            None => self.shared.say("nothing to copy here"),
            Some((name, copied)) => self.alerts.copy(Copied { what: name, ..copied }, &mut self.shared),
        }
    }
}
