//! The panes that are only read: the help and the health pane. They tell of everything, so they see all of [`App`].

mod health;
mod help;

use super::App;
use super::overlay::Overlay;

impl App {
    /// Makes the page of the pane that is open; the first time from its beginning.
    pub(super) fn settle_reader(&mut self) {
        let page = match &self.shared.overlay {
            Some(Overlay::Help(help)) => help::page(self, help.words.text()),
            Some(Overlay::Health) => health::page(self),
            _ => {
                self.reader = None;
                return;
            }
        };
        let mut scroll = self.reader.as_ref().map(|(_, scroll)| *scroll).unwrap_or_default();
        scroll.settle(&page, self.shared.reader_rows());
        self.reader = Some((page, scroll));
    }
}
