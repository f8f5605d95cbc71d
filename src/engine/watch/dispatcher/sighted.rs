//! What the watch has seen of the folders: which files are to be read, and before which others.

use std::path::Path;

use super::super::super::Watching;
use super::super::super::window::Outside;
use super::{Dispatcher, QUEUE};
use crate::trail::watch::{SeenFile, Sighting};

impl Dispatcher {
    /// Whether there is room for another sighting.
    pub(in super::super) fn takes_more(&self) -> bool {
        self.fresh.len() < QUEUE
    }

    pub(in super::super) fn sighted(&mut self, sighting: Sighting) {
        match sighting {
            Sighting::Listed(files) => {
                self.listed = true;
                files.into_iter().for_each(|file| self.seen(file));
            }
            Sighting::Notifying => self.tally.watching(Watching::Notify),
            Sighting::Degraded(why) => self.tally.watching(Watching::SweepOnly(why)),
            Sighting::Gone(paths) => paths.iter().for_each(|path| self.look_for(path)),
            Sighting::Swept(sweep) => {
                if sweep.some_gone || !std::mem::replace(&mut self.swept, true) {
                    self.look_for(Path::new("/"));
                }
                let closed: Vec<_> = sweep.problems.into_iter().map(|p| (p.path, p.reason)).collect();
                self.tally.swept(&closed, sweep.at);
            }
            Sighting::File(file) => self.seen(file),
        }
    }

    pub(super) fn seen(&mut self, file: SeenFile) {
        if self.checkpoints.is_read(&file.path, file.stamp) {
            self.tally.readable(&file.path);
        } else if let Some(why) = self.window.reaching(self.back).leaves_out(&file.path) {
            if !file.first && !self.passed_by.insert(file.path.clone()) {
                return;
            }
            self.tally.set(|h| h.unopened += 1);
            if why == Outside::Before && self.memory.rules().remembers() {
                self.left_out.push(file);
            }
        } else if let Some(under_way) = self.under_way.get_mut(&file.path) {
            under_way.then(file);
        } else {
            self.queue(file.first).push_back(file);
        }
    }
}
