//! What is still to be told, in the order in which it matters.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::path::PathBuf;

use super::{SeenFile, Sighting, Sweep};

/// Sightings that wait for room in the channel: at most one of each file.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    /// Sent before everything else.
    news: VecDeque<Sighting>,
    order: VecDeque<PathBuf>,
    files: HashMap<PathBuf, SeenFile>,
    gone: BTreeSet<PathBuf>,
    sweep: Option<Sweep>,
}

impl Outbox {
    pub(super) fn file(&mut self, file: SeenFile) {
        if let Some(before) = self.files.get_mut(&file.path) {
            *before = file;
        } else {
            self.order.push_back(file.path.clone());
            self.files.insert(file.path.clone(), file);
        }
    }

    pub(super) fn gone(&mut self, path: PathBuf) {
        self.gone.insert(path);
    }

    pub(super) fn swept(&mut self, sweep: Sweep) {
        let lost = self.sweep.as_ref().is_some_and(|before| before.some_gone);
        self.sweep = Some(Sweep { some_gone: sweep.some_gone || lost, ..sweep });
    }

    /// Takes back what could not be sent.
    pub(super) fn first(&mut self, sighting: Sighting) {
        self.news.push_front(sighting);
    }

    /// Takes the first listing, or word of how changes are learned of.
    pub(super) fn news(&mut self, news: Sighting) {
        self.news.push_back(news);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.news.is_empty() && self.order.is_empty() && self.gone.is_empty() && self.sweep.is_none()
    }

    pub(super) fn next(&mut self) -> Option<Sighting> {
        self.news
            .pop_front()
            .or_else(|| self.order.pop_front().and_then(|path| self.files.remove(&path)).map(Sighting::File))
            .or_else(|| (!self.gone.is_empty()).then(|| Sighting::Gone(std::mem::take(&mut self.gone))))
            .or_else(|| self.sweep.take().map(Sighting::Swept))
    }
}
