//! Writing decisions. Several analysts may decide at once: each proposal says which version of the case the analyst
//! saw, and one that would overwrite a change made behind their back is a conflict.

use rusqlite::{Connection, TransactionBehavior, params};

use super::archive;
use super::error::is_unreadable;
use super::row::{self, DECISION};
use super::{Store, StoreError};
use crate::detect::AlertId;
use crate::triage::alert_row::to_micros;
use crate::triage::audit::links::{self, Kind};
use crate::triage::audit::{self, Hash, Link};
use crate::triage::{Action, Case, Decision, Proposal};

/// The most bytes that a decision's action may take as JSON: decisions are all read at the start.
pub const MAX_TEXT: usize = 64 << 10;

/// What became of one proposal.
#[derive(Debug, Clone, PartialEq)]
pub enum Decided {
    Stored(Decision),
    /// Somebody changed the same thing first, with this decision, and nothing was written. That holds when both wanted
    /// the same, too: both should know. The decision may bear the analyst's own name, when it was made in another
    /// console.
    Conflict(Decision),
    /// The alert is not in the state.
    Unknown,
    /// It cannot be done, and why; trying again does not help.
    Refused(String),
}

impl Store {
    /// Writes these decisions in one transaction, in their order. What is stored is on disk when this returns.
    ///
    /// A proposal is a [`Decided::Conflict`] when, since [`Proposal::seen`], another handle's decision changed what it
    /// would change: the same step, or the status. Notes and copies never conflict. Taking back something that is taken
    /// back already is a conflict with the decision that did.
    ///
    /// # Errors
    /// [`StoreError`] when the state cannot be written; then none of them is stored.
    pub fn decide(&mut self, proposals: &[Proposal]) -> Result<Vec<Decided>, StoreError> {
        self.decide_and_say(proposals, false)
    }

    /// As [`Store::decide`], for proposals that may have been written before, when nobody lived to hear of it: what is
    /// there already is not written again. Two proposals are the same when alert, analyst, action and time are, so whoever
    /// makes them gives no two the same time.
    ///
    /// # Errors
    /// See [`Store::decide`].
    pub fn decide_once(&mut self, proposals: &[Proposal]) -> Result<Vec<Decided>, StoreError> {
        self.decide_and_say(proposals, true)
    }

    fn decide_and_say(&mut self, proposals: &[Proposal], once: bool) -> Result<Vec<Decided>, StoreError> {
        let decided = self.decide_all(proposals, once);
        let decided = self.check(decided)?;
        self.acknowledge()?;
        Ok(decided)
    }

    fn decide_all(&mut self, proposals: &[Proposal], once: bool) -> rusqlite::Result<Vec<Decided>> {
        let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (mut seq, mut hash) = audit::end(&tx)?;
        let before = seq;
        let mut decided = Vec::with_capacity(proposals.len());
        for proposal in proposals {
            let own = |seq| seq > before || self.own.contains(&seq);
            if once && let Some(known) = written(&tx, proposal, before)? {
                decided.push(Decided::Stored(known));
                continue;
            }
            decided.push(match judge(&tx, proposal, own)? {
                Some(answer) => answer,
                None => {
                    seq += 1;
                    let decision = Decision {
                        seq,
                        alert: proposal.alert.clone(),
                        at: to_micros(proposal.at),
                        analyst: proposal.analyst.clone(),
                        action: proposal.action.clone(),
                    };
                    hash = append(&tx, &decision, &hash)?;
                    Decided::Stored(decision)
                }
            });
        }
        if seq > before {
            tx.commit()?;
        }
        self.own.extend(decided.iter().filter_map(|d| match d {
            Decided::Stored(decision) => Some(decision.seq),
            _ => None,
        }));
        Ok(decided)
    }
}

/// Why `proposal` may not be stored; `None` when it may.
pub(super) fn judge(
    conn: &Connection,
    proposal: &Proposal,
    own: impl Fn(i64) -> bool,
) -> rusqlite::Result<Option<Decided>> {
    let Proposal { alert, action, seen, .. } = proposal;
    if !exists(conn, alert)? {
        let archived = archive::holds(conn, &alert.0)?;
        let refused = || Decided::Refused("the alert was moved to an archive".into());
        return Ok(Some(if archived { refused() } else { Decided::Unknown }));
    }
    let length = action_text(action)?.len();
    if length > MAX_TEXT {
        return Ok(Some(Decided::Refused(format!("it takes {length} bytes, and {MAX_TEXT} are kept: shorten it"))));
    }
    let history = history(conn, alert)?;
    let now = Case::fold(&history);
    if let Action::Undo { seq } = action {
        match now.decision(*seq) {
            None => return Ok(Some(Decided::Refused("there is no such decision on this alert".into()))),
            Some(d) if !d.action.can_be_undone() => {
                return Ok(Some(Decided::Refused(
                    "an undo, or what has left the console, cannot be taken back".into(),
                )));
            }
            Some(_) => {}
        }
        if let Some(by) = now.undone.get(seq) {
            return Ok(now.decision(*by).cloned().map(Decided::Conflict));
        }
    }
    let Some(subject) = now.touches(action) else { return Ok(None) };
    let then = Case::fold(history.iter().take_while(|d| d.seq <= *seen));
    if then.standing(subject).map(|d| d.seq) == now.standing(subject).map(|d| d.seq) {
        return Ok(None);
    }
    let behind = history.iter().rev().take_while(|d| d.seq > *seen);
    let other = behind.filter(|d| !own(d.seq)).find(|d| now.touches(&d.action) == Some(subject));
    Ok(other.cloned().map(Decided::Conflict))
}

/// The decision that `proposal` has become already, not after number `last`.
pub(super) fn written(conn: &Connection, proposal: &Proposal, last: i64) -> rusqlite::Result<Option<Decision>> {
    let at = to_micros(proposal.at);
    let same = |d: &Decision| d.at == at && d.analyst == proposal.analyst && d.action == proposal.action;
    Ok(history(conn, &proposal.alert)?.into_iter().find(|d| d.seq <= last && same(d)))
}

pub(super) fn exists(conn: &Connection, alert: &AlertId) -> rusqlite::Result<bool> {
    conn.prepare_cached("SELECT 1 FROM alerts WHERE id = ?1")?.exists([&alert.0])
}

pub(super) fn history(conn: &Connection, alert: &AlertId) -> rusqlite::Result<Vec<Decision>> {
    conn.prepare_cached(&format!("SELECT {DECISION} FROM decisions WHERE alert = ?1 ORDER BY seq"))?
        .query_map([&alert.0], row::decision)?
        .filter(|read| !read.as_ref().is_err_and(is_unreadable))
        .collect()
}

/// Writes a decision's row and moves the end of the chain to it. Returns the row's hash.
pub(super) fn append(conn: &Connection, decision: &Decision, before: &Hash) -> rusqlite::Result<Hash> {
    let Decision { seq, alert, at, analyst, action } = decision;
    let (at, action) = (at.timestamp_micros(), action_text(action)?);
    let hash = audit::link(
        before,
        Link { seq: *seq, alert: alert.0.as_bytes(), at, analyst: analyst.as_bytes(), action: action.as_bytes() },
    );
    conn.prepare_cached(
        "INSERT INTO decisions (seq, alert, at, analyst, action, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![seq, alert.0, at, analyst, action, hash])?;
    conn.prepare_cached("UPDATE chain SET seq = ?1, hash = ?2")?.execute(params![seq, hash])?;
    links::append(conn, Kind::Decision, &seq.to_string(), &hash, Some(analyst))?;
    Ok(hash)
}

fn action_text(action: &Action) -> rusqlite::Result<String> {
    serde_json::to_string(action).map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()))
}
