//! Looks after the rule files: reads again what has changed, and tells what rules cost.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, select};

use super::super::rulebook::in_words;
use super::super::{Clock, Outlet, RuleBook, Update};
use super::rule_watcher::RuleWatcher;

/// A look that takes long is followed by a rest this many times longer: looking must cost next to nothing.
const SHARE: u32 = 100;
/// The longest rest, whatever a look took.
const LONGEST: Duration = Duration::from_secs(10);
/// The longest time after a look in which nudges wait.
const QUIET: Duration = Duration::from_secs(1);
/// Time from a nudge to the look: saving a file takes an editor several steps.
const GATHER: Duration = Duration::from_millis(200);

/// Starts to look, with `least` between two looks. It ends when `stopped` does.
///
/// # Errors
/// When the system gives no thread.
pub(super) fn start(
    book: Arc<RuleBook>,
    least: Duration,
    clock: Clock,
    outlet: Outlet,
    stopped: Receiver<()>,
) -> std::io::Result<()> {
    let thread =
        std::thread::Builder::new().name("rules".into()).spawn(move || run(&book, least, clock, &outlet, &stopped))?;
    drop(thread);
    Ok(())
}

fn run(book: &RuleBook, least: Duration, clock: Clock, outlet: &Outlet, stopped: &Receiver<()>) {
    let (mut rest, mut told) = (Duration::ZERO, Vec::new());
    let mut nudges = RuleWatcher::new();
    nudges.watch(book.folders());
    while wait(rest, least, &nudges, stopped) {
        let begun = Instant::now();
        if let Some(changes) = book.refresh(clock()) {
            book.tell(outlet);
            for news in in_words(&changes) {
                outlet(Update::Notice(news));
            }
            nudges.watch(book.folders());
        } else {
            // One that had to read files is no measure of the next.
            rest = (begun.elapsed() * SHARE).min(LONGEST);
        }
        let costs = book.costs();
        if costs != told {
            outlet(Update::Costs(costs.clone()));
            told = costs;
        }
    }
}

/// Waits for the next look: for `rest` or `least`, whichever is longer, but not with a nudge. False when there is to be
/// none.
fn wait(rest: Duration, least: Duration, nudges: &RuleWatcher, stopped: &Receiver<()>) -> bool {
    let goes_on = |time| stopped.recv_timeout(time) == Err(RecvTimeoutError::Timeout);
    let quiet = rest.min(QUIET);
    if !goes_on(quiet) {
        return false;
    }
    let nudged = select! {
        recv(stopped) -> _ => return false,
        recv(nudges.rx) -> _ => true,
        default(rest.max(least).saturating_sub(quiet)) => false,
    };
    if nudged && !goes_on(GATHER) {
        return false;
    }
    // Whatever has happened by now is about to be looked at.
    let _ = nudges.rx.try_recv();
    true
}
