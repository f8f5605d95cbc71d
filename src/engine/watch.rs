//! The live pipeline: sightings of files → jobs for the readers → alerts and checkpoints for the store thread.

mod dispatcher;
mod memory;
mod reader;
mod rule_watcher;
mod rules;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::bounded;

use self::dispatcher::Dispatcher;
use self::reader::Readers;
use super::archive::Archive;
use super::checkpoints::Checkpoints;
use super::closings::Closings;
use super::lookups::Lookups;
use super::sources::Sources;
use super::window::Window;
use super::{Clock, Engine, Outlet, RuleBook, Update, incidents, refine, rulebook, store_thread};
use crate::cluster::Client;
use crate::trail::watch::{self as sightings, Watch, WatchError};
use crate::triage::Store;

/// Sightings on their way. The others wait where only the last one of each file is kept.
const SIGHTINGS: usize = 1;

#[derive(Debug)]
pub struct WatchOptions {
    pub folders: Vec<PathBuf>,
    /// Least time between two sweeps.
    pub sweep: Duration,
    /// Least time between two looks at the rule files.
    pub look: Duration,
    pub window: Window,
    /// Files that are read at a time. One that has just arrived waits for none of the backlog, and is read beside these.
    pub threads: usize,
    /// Whom to ask about an account: account id → text.
    pub contacts: BTreeMap<String, String>,
    /// The cluster in which a team decides together; none: decisions stay in the state.
    pub decisions: Option<Client>,
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
    let clock = options.clock;
    let (sighted, sightings) = bounded(SIGHTINGS);
    let settings = sightings::Options { sweep: options.sweep, ..sightings::Options::new(clock) };
    let (knows, known) = bounded(1);
    let watch = Watch::start(&options.folders, settings, known, sighted)?;
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
    let (store, store_thread) = store_thread::start(store, Arc::clone(&book), checkpoints.clone(), told, clock)?;
    incidents::start(store.clone(), heard)?;
    let sources = Sources {
        archive: Archive::new(checkpoints.clone(), Vec::new()),
        geoip: book.geoip(),
        store: store.clone(),
        alerts: ear.queue(),
        rules: Arc::clone(&book),
        contacts: options.contacts,
        threads: options.threads,
        now: None,
        clock,
    };
    let lookups = Lookups::start(sources, options.window, &outlet, asked)?;
    let threads = options.threads.max(1);
    let (done, done_box) = bounded(threads * 2);
    let readers = Readers::start(options.window, threads, &done)?;
    drop(done);
    let (stop, stopped) = bounded(0);
    rules::start(Arc::clone(&book), options.look, clock, outlet.clone(), stopped.clone())?;
    let dispatcher = Dispatcher::new(
        (knows, watch),
        (options.window, clock),
        book,
        readers,
        store.clone(),
        checkpoints,
        ear.listen(outlet),
    );
    let dispatcher = dispatcher.heeding(closings);
    let dispatcher = std::thread::Builder::new()
        .name("dispatcher".into())
        .spawn(move || dispatcher.run(&sightings, &done_box, &stopped))?;
    Ok(Engine {
        clock,
        state,
        store,
        store_thread: Some(store_thread),
        lookups,
        playback: None,
        stop: Some(stop),
        feeder: Some(dispatcher),
    })
}
