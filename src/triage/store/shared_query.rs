//! What the thread that shares decisions asks the store.

use super::query::Reply;
use super::{Draft, Offer, SharedCase, SharedWith, Store, Taken};
use crate::detect::AlertId;
use crate::triage::audit::Hash;
use crate::triage::{Entry, Proposal};

/// A question, and where its answer goes.
#[derive(Debug)]
pub enum SharedQuery {
    /// See [`Store::shared_with`].
    With(Reply<Option<SharedWith>>),
    /// See [`Store::share_with`].
    Share(SharedWith, Reply<()>),
    /// See [`Store::log_end`].
    End(Reply<(i64, Hash)>),
    /// See [`Store::log_entries`].
    Entries { from: i64, most: usize, reply: Reply<Vec<Entry>> },
    /// See [`Store::draft`].
    Draft { proposals: Vec<Proposal>, writer: String, reply: Reply<Vec<Draft>> },
    /// See [`Store::take_entries`]. `told`: whoever asks tells of them.
    Take { entries: Vec<Entry>, writer: String, told: bool, reply: Reply<Taken> },
    /// See [`Store::next_offer`].
    NextOffer { writer: String, reply: Reply<Option<Offer>> },
    /// See [`Store::offered`].
    Offered(i64, Reply<()>),
    /// See [`Store::shared_case`].
    Case(AlertId, Reply<Option<SharedCase>>),
}

impl Store {
    pub fn answer_shared(&mut self, query: SharedQuery) {
        // Whoever asked may be gone by now.
        let _ = match query {
            SharedQuery::With(reply) => reply.send(self.shared_with()).is_ok(),
            SharedQuery::Share(with, reply) => reply.send(self.share_with(&with)).is_ok(),
            SharedQuery::End(reply) => reply.send(self.log_end()).is_ok(),
            SharedQuery::Entries { from, most, reply } => reply.send(self.log_entries(from, most)).is_ok(),
            SharedQuery::Draft { proposals, writer, reply } => reply.send(self.draft(&proposals, &writer)).is_ok(),
            SharedQuery::Take { entries, writer, told: _, reply } => {
                reply.send(self.take_entries(&entries, &writer)).is_ok()
            }
            SharedQuery::NextOffer { writer, reply } => reply.send(self.next_offer(&writer)).is_ok(),
            SharedQuery::Offered(seq, reply) => reply.send(self.offered(seq)).is_ok(),
            SharedQuery::Case(alert, reply) => reply.send(self.shared_case(&alert)).is_ok(),
        };
    }
}
