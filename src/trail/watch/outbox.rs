//! What is still to be told, in the order in which it matters.

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;

use super::{SeenFile, Sighting, Sweep};

/// Files of the first listing that are sent at once: on a restart most are known, and waking somebody for each costs more
/// than looking it up. Few, as a new file waits until those before it are taken.
const AT_ONCE: usize = 16;

/// Sightings that wait for room in the channel: at most one of each file beside the first listing.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    listed: Option<u64>,
    /// Sent before everything but the count.
    news: VecDeque<Sighting>,
    order: VecDeque<PathBuf>,
    files: HashMap<PathBuf, SeenFile>,
    sweep: Option<Sweep>,
    /// The first listing, oldest first.
    backlog: Vec<SeenFile>,
}

impl Outbox {
    /// Takes the first listing, oldest first.
    pub(super) fn list(&mut self, files: Vec<SeenFile>) {
        self.listed = Some(files.len() as u64);
        self.backlog = files;
    }

    pub(super) fn file(&mut self, file: SeenFile) {
        if let Some(before) = self.files.get_mut(&file.path) {
            *before = file;
        } else {
            self.order.push_back(file.path.clone());
            self.files.insert(file.path.clone(), file);
        }
    }

    pub(super) fn swept(&mut self, sweep: Sweep) {
        self.sweep = Some(sweep);
    }

    /// Takes back what could not be sent.
    pub(super) fn first(&mut self, sighting: Sighting) {
        self.news.push_front(sighting);
    }

    /// Takes word of how changes are learned of.
    pub(super) fn news(&mut self, news: Sighting) {
        self.news.push_back(news);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.listed.is_none()
            && self.news.is_empty()
            && self.order.is_empty()
            && self.sweep.is_none()
            && self.backlog.is_empty()
    }

    /// The newest of the first listing.
    fn some_of_the_backlog(&mut self) -> Vec<SeenFile> {
        let rest = self.backlog.len().saturating_sub(AT_ONCE);
        self.backlog.drain(rest..).rev().collect()
    }

    pub(super) fn next(&mut self) -> Option<Sighting> {
        self.listed
            .take()
            .map(|files| Sighting::Listed { files })
            .or_else(|| self.news.pop_front())
            .or_else(|| self.order.pop_front().and_then(|path| self.files.remove(&path)).map(Sighting::File))
            .or_else(|| self.sweep.take().map(Sighting::Swept))
            .or_else(|| (!self.backlog.is_empty()).then(|| Sighting::Backlog(self.some_of_the_backlog())))
    }
}
