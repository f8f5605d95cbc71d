//! Looks after the rule files: reads again what has changed, and tells what rules cost.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::Utc;
use crossbeam_channel::{Receiver, RecvTimeoutError};

use super::super::rulebook::in_words;
use super::super::{Outlet, RuleBook, Update};

/// A look that takes long is followed by a rest this many times longer: looking must cost next to nothing.
const SHARE: u32 = 100;
/// The longest rest, whatever a look took: one that had to read many files is no measure of the next.
const LONGEST: Duration = Duration::from_secs(10);

/// Starts to look, with `least` between two looks. It ends when `stopped` does.
///
/// # Errors
/// When the system gives no thread.
pub(super) fn start(
    book: Arc<RuleBook>,
    least: Duration,
    outlet: Outlet,
    stopped: Receiver<()>,
) -> std::io::Result<()> {
    let thread =
        std::thread::Builder::new().name("rules".into()).spawn(move || run(&book, least, &outlet, &stopped))?;
    drop(thread);
    Ok(())
}

fn run(book: &RuleBook, least: Duration, outlet: &Outlet, stopped: &Receiver<()>) {
    let (mut rest, mut told) = (least, Vec::new());
    while stopped.recv_timeout(rest) == Err(RecvTimeoutError::Timeout) {
        let begun = Instant::now();
        if let Some(changes) = book.refresh(Utc::now()) {
            book.tell(outlet);
            for news in in_words(&changes) {
                outlet(Update::Notice(news));
            }
        }
        rest = (begun.elapsed() * SHARE).clamp(least, LONGEST.max(least));
        let costs = book.costs();
        if costs != told {
            outlet(Update::Costs(costs.clone()));
            told = costs;
        }
    }
}
