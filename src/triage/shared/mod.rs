//! Decisions that a team shares in a search cluster.
//!
//! **The log is the truth.** The index `PREFIX-audit` holds one document a decision, its id the decision's number: 1, 2,
//! 3 … It is written with `_create` alone, so of two consoles only one can be next, and chained by hashes, so that
//! whoever holds it can tell whether it is whole. The state on this machine is a copy that the console reads. A decision
//! is saved when the cluster has acknowledged its document, and not before.
//!
//! Deciding: what a proposal comes to is judged by the copy; the entry that it would be is put under the next number.
//! Where that number is taken, the log is read on and the rest judged again, so a conflict is seen before anything is
//! overwritten. An answer that was lost shows itself in the same way: the entry under that number is the very one.
//!
//! - **One number at a time**, several decisions too. A `_bulk` of consecutive numbers would leave entries behind that
//!   follow nothing when two consoles write at once: the server refuses one line and takes the next.
//! - **Only this log.** The index is made with its mapping and with an alias of a random name, under which it is read and
//!   written with `require_alias`. When the index is deleted, or made anew, that name is gone: the server refuses the
//!   write, where it would otherwise make an index of its own, and no entry lands in a log that it does not belong to.
//! - **Only what stays.** A server shows a document before it is on its disk and on the copies of the shard; one that is
//!   killed at that moment takes back what others have read. What others wrote is taken up once the shard's global
//!   checkpoint, read before it, has passed it. What was acknowledged has been passed.
//! - **A view for others.** `PREFIX-cases` has a document an alert, for dashboards. It is written behind the log with the
//!   number of the entry as its version, so that an older one never replaces a newer one; where it fails it is tried
//!   again, and no decision depends on it.
//!
//! Nothing here waits for time or starts a thread: [`Sharing`] is told when to look and what to decide.

mod cases;
mod log;
mod restore;
mod sharing;

use std::fmt;
use std::time::Duration;

use super::store::{SharedQuery, StoreError};
use super::{Reply, Store};
use crate::cluster::{Client, Failure, FailureKind, Request};

pub use restore::{Restored, restore};
pub use sharing::{Answer, Sharing};

/// Sends requests to the cluster.
pub trait Wire {
    /// See [`Client::send`].
    ///
    /// # Errors
    /// See [`Client::send`].
    fn send(&self, request: &Request<'_>) -> Result<Vec<u8>, Failure>;

    /// Waits a moment for the server.
    fn pause(&self, moment: Duration);
}

impl Wire for Client {
    fn send(&self, request: &Request<'_>) -> Result<Vec<u8>, Failure> {
        Self::send(self, request)
    }

    fn pause(&self, moment: Duration) {
        std::thread::sleep(moment);
    }
}

/// The state with the copy, wherever it is.
pub trait Copy {
    /// The answer of the store.
    ///
    /// # Errors
    /// [`Trouble::Copy`] when the state cannot be read or written.
    fn ask<T>(&mut self, query: impl FnOnce(Reply<T>) -> SharedQuery) -> Result<T, Trouble>;
}

impl Copy for Store {
    fn ask<T>(&mut self, query: impl FnOnce(Reply<T>) -> SharedQuery) -> Result<T, Trouble> {
        let (reply, answer) = crossbeam_channel::bounded(1);
        self.answer_shared(query(reply));
        answer.recv().unwrap_or(Err(StoreError::Missing { path: self.path().to_owned() })).map_err(Trouble::of)
    }
}

/// Why decisions cannot be shared at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The cluster does not do what it should.
    Cluster(Failure),
    /// The log is not what it was, or not the one that this state has a copy of; as a sentence with what to do.
    Log(String),
    /// The state on this machine.
    Copy(String),
}

impl Trouble {
    pub fn of(error: impl fmt::Display) -> Self {
        Self::Copy(error.to_string())
    }

    /// Whether it is that nothing may be written.
    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        matches!(self, Self::Cluster(failure) if failure.kind == FailureKind::Forbidden)
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Cluster(failure)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cluster(failure) => failure.fmt(f),
            Self::Log(why) | Self::Copy(why) => f.write_str(why),
        }
    }
}

#[cfg(test)]
mod tests;
