//! Replay: a log fed by its own time on a replay clock.
//!
//! Everything is read and evaluated first, in one pass, and only the time of each event and the alerts are kept; the
//! clock then hands out what has happened by now. So a replay shows what a live console would have shown, at any speed,
//! and needs eight bytes an event. Which alerts of the state stand closed is known from before the first event: what is
//! closed while it plays changes nothing of what was worked out.

mod player;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, RwLock};

use chrono::{DateTime, Utc};
use crossbeam_channel::{bounded, unbounded};

use self::player::Player;
use super::archive::Archive;
use super::checkpoints::Checkpoints;
use super::lookups::Lookups;
use super::sources::Sources;
use super::window::Window;
use super::{Clock, Engine, Outlet, RuleBook, incidents, refine, rulebook, store_thread};
use crate::cluster::Client;
use crate::triage::Store;

#[derive(Debug)]
pub enum ReplayOf {
    /// Files, and clusters.
    Log { paths: Vec<PathBuf>, clusters: Vec<Client> },
    /// A log held in memory, by name.
    Held(&'static str, &'static [u8]),
}

#[derive(Debug)]
pub struct ReplayOptions {
    /// Event seconds per real second; infinite is `max`.
    pub speed: f64,
    pub paused: bool,
    /// Where the clock starts, instead of at the first event; what lies before has happened.
    pub start_at: Option<DateTime<Utc>>,
    pub window: Window,
    /// Reader threads.
    pub threads: usize,
    /// Whom to ask about an account: account id → text.
    pub contacts: BTreeMap<String, String>,
    /// What time it is here.
    pub clock: Clock,
}

/// Starts a replay into `store`.
///
/// # Errors
/// When the system gives no thread.
pub fn replay(
    of: ReplayOf,
    rules: RuleBook,
    options: ReplayOptions,
    mut store: Store,
    outlet: Outlet,
) -> std::io::Result<Engine> {
    store.let_closed_grow();
    let book = rulebook::open(rules, &store, &outlet);
    let state = store.keeps().then(|| store.path().to_owned());
    let checkpoints = Checkpoints::default();
    let (heard, told) = incidents::listen(outlet.clone());
    let (ear, asked) = refine::ear();
    let told = ear.listen(told);
    let (store, store_thread) =
        store_thread::start(store, Arc::clone(&book), checkpoints.clone(), (told, options.clock), false)?;
    incidents::start(store.clone(), heard)?;
    let now = Arc::new(RwLock::new(DateTime::<Utc>::MIN_UTC));
    let sources = Sources {
        archive: match of {
            ReplayOf::Log { ref clusters, .. } => Archive::new(checkpoints.clone(), clusters.clone()),
            ReplayOf::Held(name, bytes) => Archive::held(name, bytes),
        },
        geoip: book.geoip(),
        store: store.clone(),
        alerts: ear.queue(),
        rules: Arc::clone(&book),
        contacts: options.contacts.clone(),
        threads: options.threads,
        now: Some(Arc::clone(&now)),
        clock: options.clock,
    };
    let lookups = Lookups::start(sources, options.window, &outlet, asked)?;
    let (stop, stopped) = bounded(0);
    let clock = options.clock;
    let (playback, requests) = unbounded();
    let mut player = Player::new(store.clone(), book, ear.listen(outlet), now, options.clock);
    std::thread::Builder::new().name("replay".into()).spawn(move || {
        if player.load(&of, &options, &checkpoints).is_some() {
            player.play(&options, &requests, &stopped);
        }
    })?;
    Ok(Engine {
        clock,
        state,
        store,
        store_thread: Some(store_thread),
        shared: None,
        lookups,
        playback: Some(playback),
        refresh: None,
        stop: Some(stop),
        // A replay leaves nothing behind that would have to be written.
        feeder: None,
    })
}
