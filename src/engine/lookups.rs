//! The threads that look things up for the console, beside the one that feeds alerts.

use std::convert::Infallible;

use crossbeam_channel::Sender;

use super::Outlet;
use super::enrich::{self, EnrichRequest};
use super::explore::{self, ExploreRequest, Explorer};
use super::matcher::{self, MatchRequest};
use super::refine::{self, Heard};
use super::sources::Sources;
use super::storyteller::{self, StoryRequest};
use super::window::Window;

pub(super) struct Lookups {
    pub enrich: Sender<EnrichRequest>,
    pub matcher: Sender<MatchRequest>,
    pub explore: Sender<ExploreRequest>,
    pub story: Sender<StoryRequest>,
    /// Dropped to end the thread that looks around alerts by itself.
    refine: Option<Sender<Infallible>>,
}

impl Lookups {
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn start(sources: Sources, window: Window, outlet: &Outlet, heard: Heard) -> std::io::Result<Self> {
        let explorer = Explorer {
            archive: sources.archive.clone(),
            geoip: sources.geoip.clone(),
            window,
            threads: sources.threads,
            now: sources.now.clone(),
        };
        Ok(Self {
            explore: explore::start(explorer, outlet.clone())?,
            story: storyteller::start(sources.clone(), outlet.clone())?,
            matcher: matcher::start(sources.store.clone(), outlet.clone(), sources.clock)?,
            refine: Some(refine::start(sources.clone(), heard)?),
            enrich: enrich::start(sources, outlet.clone())?,
        })
    }

    /// Breaks off what is being looked for.
    pub(super) fn end(&mut self) {
        self.refine = None;
        let _ = self.enrich.send(EnrichRequest::End);
        let _ = self.matcher.send(MatchRequest::End);
        let _ = self.explore.send(ExploreRequest::End);
        let _ = self.story.send(StoryRequest::End);
    }
}
