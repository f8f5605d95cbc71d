//! The live pipeline: sightings of files → jobs for the readers → alerts and checkpoints for the store thread.

mod dispatcher;
mod done;
mod feed;
mod feeds;
mod memory;
mod opening;
mod reader;
mod rule_watcher;
mod rules;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{bounded, never};

use self::dispatcher::{Dispatcher, Inbox};
use self::feeds::Feeds;
use self::opening::Opening;
use self::reader::Readers;
use super::archive::Archive;
use super::checkpoints::Checkpoints;
use super::closings::Closings;
use super::lookups::Lookups;
use super::sources::Sources;
use super::window::Window;
use super::{Clock, Deciding, Engine, Outlet, RuleBook, Update, incidents, refine, rulebook, shared, store_thread};
use crate::cluster::Client;
use crate::trail::watch::{self as sightings, Watch, WatchError};
use crate::triage::Store;

/// Sightings on their way. The others wait where only the last one of each file is kept.
const SIGHTINGS: usize = 1;

#[derive(Debug)]
pub struct WatchOptions {
    pub folders: Vec<PathBuf>,
    /// Clusters whose events are read beside them, or alone.
    pub clusters: Vec<Client>,
    /// Least time between two sweeps, and between two questions to a cluster.
    pub sweep: Duration,
    /// Least time between two looks at the rule files.
    pub look: Duration,
    pub window: Window,
    /// Files that are read at a time. One that has just arrived waits for none of the backlog, and is read beside these.
    pub threads: usize,
    /// Whom to ask about an account: account id → text.
    pub contacts: BTreeMap<String, String>,
    /// Where a team decides together; nothing: decisions stay in the state.
    pub decisions: Option<Deciding>,
    pub clock: Clock,
}

/// Why the live pipeline cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A folder cannot be watched.
    #[error(transparent)]
    Watch(#[from] WatchError),
    /// The system gives no thread.
    #[error("cannot start a thread: {0}")]
    Thread(#[from] std::io::Error),
}

/// Starts to watch, with what is found going into `store`. Rules whose files change are read again; those that an
/// analyst has switched off on this state do not run.
///
/// # Errors
/// When a folder is not there, or the system gives no thread.
pub fn watch(options: WatchOptions, rules: RuleBook, store: Store, outlet: Outlet) -> Result<Engine, StartError> {
    let opening = |client: &Client| {
        let client = client.clone();
        Opening {
            cluster: client.name().to_owned(),
            open: Box::new(|cursors| Box::new(feed::Cluster::new(client, cursors))),
        }
    };
    let sources = options.clusters.iter().map(opening).collect();
    start(options, sources, rules, store, outlet)
}

/// [`watch()`] with whatever answers for the clusters.
fn start(
    options: WatchOptions,
    sources: Vec<Opening>,
    rules: RuleBook,
    store: Store,
    outlet: Outlet,
) -> Result<Engine, StartError> {
    let clock = options.clock;
    let (watched, sightings) = if options.folders.is_empty() && !sources.is_empty() {
        (None, never())
    } else {
        let (sighted, sightings) = bounded(SIGHTINGS);
        let settings = sightings::Options { sweep: options.sweep, ..sightings::Options::new(clock) };
        let (knows, known) = bounded(1);
        (Some((knows, Watch::start(&options.folders, settings, known, sighted)?)), sightings)
    };
    let sources = opening::open(sources, options.window, &store, &outlet);
    // A folder holds all there is. Where there is none, what rules remember raises what happened since the clusters are
    // read.
    let window = match watched {
        Some(_) => options.window,
        None => Window { since: sources.iter().filter_map(|opened| opened.window.since).min(), ..options.window },
    };
    let checkpoints = Checkpoints::of(&store).unwrap_or_else(|error| {
        outlet(Update::Notice(format!("what was read before is not known, and is read again: {error}")));
        Checkpoints::default()
    });
    let book = rulebook::open(rules, &store, &outlet);
    let state = store.keeps().then(|| store.path().to_owned());
    let (closings, told) = Closings::listen(outlet.clone());
    let (heard, told) = incidents::listen(told);
    let (ear, asked) = refine::ear();
    let told = ear.listen(told);
    let (store, store_thread) = store_thread::start(
        store,
        Arc::clone(&book),
        checkpoints.clone(),
        (told.clone(), clock),
        options.decisions.is_some(),
    )?;
    let shared = options.decisions.map(|deciding| shared::start(deciding, store.clone(), told)).transpose()?;
    incidents::start(store.clone(), heard)?;
    let archive = Archive::new(checkpoints.clone(), options.clusters);
    let arrivals = archive.arrivals();
    let looked_up = Sources {
        archive,
        geoip: book.geoip(),
        store: store.clone(),
        alerts: ear.queue(),
        rules: Arc::clone(&book),
        contacts: options.contacts,
        threads: options.threads,
        now: None,
        clock,
    };
    let lookups = Lookups::start(looked_up, options.window, &outlet, asked)?;
    let threads = options.threads.max(1);
    let (done, done_box) = bounded(threads * 2);
    let readers = Readers::start(options.window, threads, &done)?;
    let feeds = Feeds::start(sources, options.sweep, arrivals, &done)?;
    drop(done);
    let (refresh, hurry) = bounded(1);
    let (stop, stopped) = bounded(0);
    rules::start(Arc::clone(&book), options.look, clock, outlet.clone(), stopped.clone())?;
    let dispatcher =
        Dispatcher::new(watched, (window, clock), book, readers, store.clone(), checkpoints, ear.listen(outlet));
    let dispatcher = dispatcher.heeding(closings).feeding(feeds);
    let inbox = Inbox { sightings, done: done_box, hurry, stopped };
    let dispatcher = std::thread::Builder::new().name("dispatcher".into()).spawn(move || dispatcher.run(&inbox))?;
    Ok(Engine {
        clock,
        state,
        store,
        store_thread: Some(store_thread),
        shared,
        lookups,
        playback: None,
        refresh: Some(refresh),
        stop: Some(stop),
        feeder: Some(dispatcher),
    })
}
