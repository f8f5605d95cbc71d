//! Which alerts are one attack, worked out on a thread of its own whenever alerts come or turn out otherwise. It hears of
//! them as the store thread tells of them, so it knows what the console knows: those of other consoles too.
//!
//! What ties alerts together may come between any two of them, so all are looked at each time: a rest in between keeps
//! that cheap while alerts stream in. Another console on the same state works out the same.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, unbounded};

use super::store_thread::{Order, StoreHandle};
use super::{Outlet, Update};
use crate::detect::{AlertId, Summary};
use crate::triage::AlertRow;
use crate::triage::incident::{Move, changes};

/// How long alerts are gathered before they are looked at.
const GATHER: Duration = Duration::from_millis(250);
/// A look that takes long is followed by a rest this many times longer.
const SHARE: u32 = 3;
/// Alerts moved in one transaction at most, so that decisions need not wait for it.
const CHUNK: usize = 500;
/// How long it rests where the state cannot be written.
const AGAIN: Duration = Duration::from_secs(2);

/// Alerts on their way to the thread. Unbounded: it keeps them all anyway, and whoever tells must not wait for it.
pub(super) struct Heard(Receiver<Vec<AlertRow>>);

/// Hears what the store thread tells through this outlet, on its way to the other.
pub(super) fn listen(outlet: Outlet) -> (Heard, Outlet) {
    let (tell, heard) = unbounded();
    let outlet = move |update: Update| {
        if let Update::Alerts(rows) = &update {
            // Fails only when the thread is gone, with the engine.
            let _ = tell.send(rows.iter().map(ties_of).collect());
        }
        outlet(update)
    };
    (Heard(heard), Arc::new(outlet))
}

/// The alert with nothing but what may tie it to others.
fn ties_of(row: &AlertRow) -> AlertRow {
    AlertRow {
        id: row.id.clone(),
        rule_id: String::new(),
        rule_name: String::new(),
        event_id: String::new(),
        reason: String::new(),
        summary: Summary::default(),
        assessment: row.assessment.clone(),
        incident: row.incident.clone(),
        ..*row
    }
}

/// Starts the thread. It ends when the store thread does.
///
/// # Errors
/// When the system gives no thread.
pub(super) fn start(store: StoreHandle, Heard(heard): Heard) -> std::io::Result<()> {
    let incidents = Incidents { orders: store.orders, rows: HashMap::new(), is_due: false };
    std::thread::Builder::new().name("incidents".into()).spawn(move || incidents.run(&heard)).map(drop)
}

struct Incidents {
    orders: Sender<Order>,
    rows: HashMap<AlertId, AlertRow>,
    /// Whether something has changed since all were looked at.
    is_due: bool,
}

impl Incidents {
    fn run(mut self, heard: &Receiver<Vec<AlertRow>>) {
        let mut rest = GATHER;
        while let Ok(rows) = heard.recv() {
            self.take(rows);
            while self.is_due {
                if !self.gather(heard, Instant::now() + rest) {
                    return;
                }
                let begun = Instant::now();
                let moves = self.look();
                rest = GATHER.max(begun.elapsed() * SHARE);
                match self.put(moves) {
                    Some(true) => {}
                    Some(false) => (self.is_due, rest) = (true, AGAIN),
                    None => return,
                }
            }
        }
    }

    /// Takes in what is heard until then. Whether there may be more.
    fn gather(&mut self, heard: &Receiver<Vec<AlertRow>>, until: Instant) -> bool {
        loop {
            match heard.recv_deadline(until) {
                Ok(rows) => self.take(rows),
                Err(RecvTimeoutError::Timeout) => return true,
                Err(RecvTimeoutError::Disconnected) => return false,
            }
        }
    }

    fn take(&mut self, rows: Vec<AlertRow>) {
        for row in rows {
            let same = |known: &AlertRow| {
                let ties = |row: &AlertRow| (row.time, row.withdrawn);
                ties(known) == ties(&row)
                    && known.incident == row.incident
                    && known.assessment.trace == row.assessment.trace
            };
            if !self.rows.get(&row.id).is_some_and(same) {
                self.is_due = true;
                self.rows.insert(row.id.clone(), row);
            }
        }
    }

    fn look(&mut self) -> Vec<Move> {
        self.is_due = false;
        changes(&self.rows.values().collect::<Vec<_>>())
    }

    /// Has the store put alerts where they belong, and tell of it. Whether it could; nothing when it is gone.
    fn put(&mut self, moves: Vec<Move>) -> Option<bool> {
        for part in moves.chunks(CHUNK) {
            let (done, is_done) = bounded(1);
            self.orders.send(Order::Place { moves: part.to_vec(), done }).ok()?;
            if !is_done.recv().ok()? {
                return Some(false);
            }
            for Move { alert, to, .. } in part {
                if let Some(row) = self.rows.get_mut(alert) {
                    row.incident = Some(to.clone());
                }
            }
        }
        Some(true)
    }
}
