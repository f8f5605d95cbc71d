//! What a pass is to read.

use std::path::PathBuf;

use chrono::{DateTime, Duration, Utc};

use super::super::Collector;
use super::super::window::{Outside, Unopened, Window};
use crate::cluster::Client;
use crate::detect::RuleSet;
use crate::trail;

#[derive(Debug)]
pub struct Input {
    /// Files to open, in order; `-` is standard input.
    pub files: Vec<PathBuf>,
    /// Files that need not be opened.
    pub unopened: Unopened,
    /// Clusters to read the window of, once the files are read.
    pub clusters: Vec<Client>,
    /// What could not be looked into.
    pub problems: Vec<(PathBuf, String)>,
    /// Those of the unopened that were delivered before.
    earlier: Vec<PathBuf>,
    pub(super) window: Window,
    /// How far back from the window files are opened.
    back: Duration,
    /// Clusters were read from this on.
    read_from: Option<DateTime<Utc>>,
}

impl Input {
    /// Finds the files at and under `paths` that can matter to `window`.
    #[must_use]
    pub fn find(paths: &[PathBuf], window: &Window) -> Self {
        Self::reaching(paths, window, Duration::zero())
    }

    /// Finds the files at and under `paths` that can matter to what these rules make of `window`: those too of the time
    /// before that they look back to.
    #[must_use]
    pub fn find_for(paths: &[PathBuf], window: &Window, rules: &RuleSet) -> Self {
        Self::reaching(paths, window, rules.look_back())
    }

    fn reaching(paths: &[PathBuf], window: &Window, back: Duration) -> Self {
        let listing = trail::find(paths);
        let problems = listing.problems.into_iter().map(|p| (p.path, p.reason)).collect();
        let (unopened, earlier) = (Unopened::default(), Vec::new());
        let (files, clusters) = (Vec::new(), Vec::new());
        let mut input = Self { files, unopened, clusters, problems, earlier, window: *window, back, read_from: None };
        input.choose(listing.files);
        input
    }

    /// The same, and these clusters.
    #[must_use]
    pub fn with(self, clusters: Vec<Client>) -> Self {
        Self { clusters, ..self }
    }

    /// The stretch of time of which clusters are to be read.
    pub(super) fn span(&self) -> Window {
        let Window { since, until } = self.window.reaching(self.back);
        Window { since, until: self.read_from.or(until) }
    }

    fn choose(&mut self, files: Vec<PathBuf>) {
        let window = self.window.reaching(self.back);
        for path in files {
            let Some(why) = window.leaves_out(&path) else {
                self.files.push(path);
                continue;
            };
            self.unopened.count(why);
            if why == Outside::Before && self.back > Duration::zero() {
                self.earlier.push(path);
            }
        }
    }

    /// Turns, when all has been read, to what is older and what was collected hangs on. False when there is nothing.
    pub fn reach_back(&mut self, collected: &mut Collector<'_>) -> bool {
        self.files.clear();
        while let Some(from) = self.window.reaching(self.back).since
            && (!self.earlier.is_empty() || self.goes_further_back(from))
            && !collected.is_sure(from)
        {
            self.back = self.back.checked_mul(2).unwrap_or(Duration::MAX);
            let earlier = std::mem::take(&mut self.earlier);
            self.unopened.before -= earlier.len() as u64;
            self.choose(earlier);
            self.read_from = Some(from);
            if !self.files.is_empty() || !self.clusters.is_empty() {
                return true;
            }
        }
        false
    }

    /// Whether clusters may have something from before `from`. What a cluster has is asked of it, not told by names.
    fn goes_further_back(&self, from: DateTime<Utc>) -> bool {
        !self.clusters.is_empty() && self.back > Duration::zero() && from > DateTime::UNIX_EPOCH
    }
}
