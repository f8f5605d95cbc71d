//! The copy of what a team has decided: the entries of its log as they are, and for each alert that is here the decisions
//! that they stand for.
//!
//! The log has the last word; the copy is what the console reads, and what is left should the log be lost. An entry
//! becomes a decision of this state, at the end of its chain, when its alert is known here: at once, or when the alert is
//! recorded. The numbers of the log and those of this state are two orders. They agree for each alert, as its entries are
//! attached in the order of the log; an undo is translated from one to the other.

mod attach;

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension as _, Row, TransactionBehavior, params};

use super::decide::{append, history, judge, written};
use super::row::{self, DECISION};
use super::{Decided, Store, StoreError};
use crate::detect::AlertId;
use crate::triage::alert_row::to_micros;
use crate::triage::audit::{self, Hash};
use crate::triage::{Case, Decision, Entry, Proposal};

pub(super) use attach::attach_waiting;
use attach::{attach, entry};

const ENTRY: &str = "number, alert, at, analyst, action, writer, hash";

/// Which log this state holds a copy of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedWith {
    /// The cluster's name in the configuration.
    pub cluster: String,
    /// Begins the names of its indices.
    pub prefix: String,
    /// The name that this log alone has.
    pub log: String,
}

/// What a proposal comes to, as far as the copy knows.
#[derive(Debug, Clone, PartialEq)]
pub enum Draft {
    /// It needs no entry, or may not have one.
    Decided(Decided),
    /// The entry that it is, where nobody is faster.
    Entry(Entry),
}

/// A decision that was made in this state alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    pub decision: Decision,
    /// The entry that it is; or why it stays what it is.
    pub entry: Result<Entry, String>,
}

/// What became of entries of the log.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Taken {
    /// The decision that each stands for; nothing where its alert is not here.
    pub decisions: Vec<Option<Decision>>,
    /// Those that were not here before.
    pub new: Vec<Decision>,
    /// The first entry that does not follow what is here. Those before it are taken.
    pub broken: Option<i64>,
}

/// Where one alert stands by what the team has decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedCase {
    /// The id by which the team knows the alert.
    pub alert: AlertId,
    pub case: Case,
    /// The newest entry about it.
    pub last: Entry,
}

impl Store {
    /// Which log this state holds a copy of, if it does.
    ///
    /// # Errors
    /// [`StoreError`] when the state cannot be read or written; so for every method here.
    pub fn shared_with(&self) -> Result<Option<SharedWith>, StoreError> {
        let sql = "SELECT cluster, prefix, log FROM shared";
        let read = |row: &Row<'_>| Ok(SharedWith { cluster: row.get(0)?, prefix: row.get(1)?, log: row.get(2)? });
        self.check(self.conn.prepare_cached(sql).and_then(|mut s| s.query_row([], read).optional()))
    }

    /// Says which log it will be. One that it is already stays.
    ///
    /// # Errors
    /// See [`Store::shared_with`].
    pub fn share_with(&mut self, with: &SharedWith) -> Result<(), StoreError> {
        let sql = "INSERT INTO shared (only, cluster, prefix, log, offered) VALUES (1, ?1, ?2, ?3, 0) \
                   ON CONFLICT DO NOTHING";
        let SharedWith { cluster, prefix, log } = with;
        self.check(self.conn.execute(sql, params![cluster, prefix, log]).map(drop))
    }

    /// The number and the hash of the last entry; zeros where there is none.
    ///
    /// # Errors
    /// See [`Store::shared_with`].
    pub fn log_end(&self) -> Result<(i64, Hash), StoreError> {
        self.check(log_end(&self.conn))
    }

    /// At most `most` entries from this number on.
    ///
    /// # Errors
    /// See [`Store::shared_with`].
    pub fn log_entries(&self, from: i64, most: usize) -> Result<Vec<Entry>, StoreError> {
        let sql = format!("SELECT {ENTRY} FROM shared_log WHERE number >= ?1 ORDER BY number LIMIT ?2");
        self.all(&sql, params![from, i64::try_from(most).unwrap_or(i64::MAX)], read_entry)
    }

    /// What each of these comes to, judged as [`Store::decide_once`] does, each after those before it. Nothing is written.
    ///
    /// # Errors
    /// See [`Store::shared_with`].
    pub fn draft(&mut self, proposals: &[Proposal], writer: &str) -> Result<Vec<Draft>, StoreError> {
        let drafted = self.draft_all(proposals, writer);
        self.check(drafted)
    }

    fn draft_all(&mut self, proposals: &[Proposal], writer: &str) -> rusqlite::Result<Vec<Draft>> {
        // Never committed: those that come later are judged by what those before them would be.
        let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (mut seq, mut chain) = audit::end(&tx)?;
        let before = seq;
        let (mut number, mut hash) = log_end(&tx)?;
        let mut drafts = Vec::with_capacity(proposals.len());
        for proposal in proposals {
            let own = |seq| seq > before || self.own.contains(&seq);
            let known = written(&tx, proposal, before)?;
            if let Some(known) = &known
                && number_of(&tx, known.seq)?.is_some()
            {
                drafts.push(Draft::Decided(Decided::Stored(known.clone())));
                continue;
            }
            if known.is_none()
                && let Some(answer) = judge(&tx, proposal, own)?
            {
                drafts.push(Draft::Decided(answer));
                continue;
            }
            let decision = Decision {
                seq: seq + 1,
                alert: proposal.alert.clone(),
                at: to_micros(proposal.at),
                analyst: proposal.analyst.clone(),
                action: proposal.action.clone(),
            };
            match entry(&tx, &decision, number + 1, writer)? {
                Ok(entry) => {
                    let entry = entry.behind(&hash);
                    (number, hash) = (entry.number, entry.hash);
                    if known.is_none() {
                        seq += 1;
                        chain = append(&tx, &decision, &chain)?;
                    }
                    drafts.push(Draft::Entry(entry));
                }
                Err(why) => drafts.push(Draft::Decided(Decided::Refused(why))),
            }
        }
        Ok(drafts)
    }

    /// Takes up entries that the log holds, those of `writer` as decisions of this handle. Entries that are here are left
    /// alone.
    ///
    /// # Errors
    /// See [`Store::shared_with`].
    pub fn take_entries(&mut self, entries: &[Entry], writer: &str) -> Result<Taken, StoreError> {
        let taken = self.take_all(entries);
        let taken = self.check(taken)?;
        self.acknowledge()?;
        let own = entries.iter().zip(&taken.decisions).filter(|(entry, _)| entry.writer == writer);
        self.own.extend(own.filter_map(|(_, decision)| Some(decision.as_ref()?.seq)));
        Ok(taken)
    }

    fn take_all(&mut self, entries: &[Entry]) -> rusqlite::Result<Taken> {
        let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (mut number, mut hash) = log_end(&tx)?;
        let mut taken = Taken::default();
        for entry in entries {
            let whole = if entry.number <= number {
                tx.prepare_cached("SELECT 1 FROM shared_log WHERE number = ?1 AND hash = ?2")?
                    .exists(params![entry.number, entry.hash])?
            } else {
                entry.number == number + 1 && entry.follows(&hash)
            };
            if !whole {
                taken.broken = Some(entry.number);
                break;
            }
            if entry.number > number {
                (number, hash) = (entry.number, entry.hash);
                put(&tx, entry)?;
                taken.new.extend(attach(&tx, entry)?);
            }
            taken.decisions.push(decision_of(&tx, entry.number)?);
        }
        tx.commit()?;
        Ok(taken)
    }

    /// The next decision that was made here alone and was not offered to the team yet.
    ///
    /// # Errors
    /// See [`Store::shared_with`].
    pub fn next_offer(&self, writer: &str) -> Result<Option<Offer>, StoreError> {
        self.check(next_offer(&self.conn, writer))
    }

    /// Writes down that decisions up to this one were offered.
    ///
    /// # Errors
    /// See [`Store::shared_with`].
    pub fn offered(&mut self, seq: i64) -> Result<(), StoreError> {
        self.check(self.conn.execute("UPDATE shared SET offered = max(offered, ?1)", [seq]).map(drop))
    }

    /// Where an alert stands by what the team has decided, if it has.
    ///
    /// # Errors
    /// See [`Store::shared_with`].
    pub fn shared_case(&self, alert: &AlertId) -> Result<Option<SharedCase>, StoreError> {
        self.check(shared_case(&self.conn, alert))
    }
}

/// What is wrong with the copy: the first entry that does not follow the one before, or is not the decision that it
/// stands for here.
pub(super) fn verify(conn: &Connection) -> rusqlite::Result<Option<(i64, String)>> {
    let sql = format!("SELECT {ENTRY}, seq FROM shared_log ORDER BY number");
    let mut statement = conn.prepare(&sql)?;
    let mut rows = statement.query([])?;
    let (mut number, mut hash) = (0, Hash::default());
    while let Some(row) = rows.next()? {
        let (entry, seq) = (read_entry(row)?, row.get::<_, Option<i64>>(7)?);
        number += 1;
        if entry.number != number {
            return Ok(Some((number, format!("it is missing, the next one there is {}", entry.number))));
        }
        if !entry.follows(&hash) {
            return Ok(Some((number, "it is not as it was written".to_owned())));
        }
        hash = entry.hash;
        let known = "SELECT at, analyst FROM decisions WHERE seq = ?1";
        let read = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?));
        let decision = conn.prepare_cached(known)?.query_row([seq], read).optional()?;
        if decision.is_some_and(|(at, analyst)| at != entry.at || analyst != entry.analyst) {
            return Ok(Some((number, format!("decision {} is another one", seq.unwrap_or_default()))));
        }
    }
    Ok(None)
}

fn log_end(conn: &Connection) -> rusqlite::Result<(i64, Hash)> {
    let sql = "SELECT number, hash FROM shared_log ORDER BY number DESC LIMIT 1";
    let end = conn.prepare_cached(sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    Ok(end.unwrap_or_default())
}

fn read_entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        number: row.get(0)?,
        alert: AlertId(row.get(1)?),
        at: row.get(2)?,
        analyst: row.get(3)?,
        action: row.get(4)?,
        writer: row.get(5)?,
        hash: row.get(6)?,
    })
}

fn put(conn: &Connection, entry: &Entry) -> rusqlite::Result<()> {
    let Entry { number, alert, at, analyst, action, writer, hash } = entry;
    let sql = format!("INSERT INTO shared_log ({ENTRY}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    conn.prepare_cached(&sql)?.execute(params![number, alert.0, at, analyst, action, writer, hash]).map(drop)
}

/// The number in the log of a decision of this state.
fn number_of(conn: &Connection, seq: i64) -> rusqlite::Result<Option<i64>> {
    conn.prepare_cached("SELECT number FROM shared_log WHERE seq = ?1")?.query_row([seq], |row| row.get(0)).optional()
}

fn decision_of(conn: &Connection, number: i64) -> rusqlite::Result<Option<Decision>> {
    let sql = format!("SELECT {DECISION} FROM decisions WHERE seq = (SELECT seq FROM shared_log WHERE number = ?1)");
    conn.prepare_cached(&sql)?.query_row([number], row::decision).optional()
}

fn next_offer(conn: &Connection, writer: &str) -> rusqlite::Result<Option<Offer>> {
    let sql = format!(
        "SELECT {DECISION} FROM decisions WHERE seq > (SELECT offered FROM shared) AND NOT EXISTS \
         (SELECT 1 FROM shared_log WHERE shared_log.seq = decisions.seq) ORDER BY seq LIMIT 1"
    );
    let Some(decision) = conn.prepare_cached(&sql)?.query_row([], row::decision).optional()? else { return Ok(None) };
    let (number, hash) = log_end(conn)?;
    let history = history(conn, &decision.alert)?;
    let case = Case::fold(&history);
    // What the team decided was attached behind it, and is what counts.
    let mut shared = HashSet::new();
    for other in history.iter().filter(|other| other.seq > decision.seq) {
        if number_of(conn, other.seq)?.is_some() {
            shared.insert(other.seq);
        }
    }
    let subject = case.touches(&decision.action);
    let other = history.iter().find(|o| shared.contains(&o.seq) && case.touches(&o.action) == subject);
    let entry = match other.filter(|_| subject.is_some()) {
        Some(other) => Err(format!("the team follows {}", other.analyst)),
        None => entry(conn, &decision, number + 1, writer)?.map(|entry| entry.behind(&hash)),
    };
    Ok(Some(Offer { decision, entry }))
}

fn shared_case(conn: &Connection, alert: &AlertId) -> rusqlite::Result<Option<SharedCase>> {
    let decisions: Vec<Decision> = conn
        .prepare_cached(&format!(
            "SELECT {DECISION} FROM decisions WHERE alert = ?1 AND seq IN (SELECT seq FROM shared_log) ORDER BY seq"
        ))?
        .query_map([&alert.0], row::decision)?
        .collect::<rusqlite::Result<_>>()?;
    let newest = format!(
        "SELECT {ENTRY} FROM shared_log WHERE seq IN (SELECT seq FROM decisions WHERE alert = ?1) \
         ORDER BY number DESC LIMIT 1"
    );
    let last = conn.prepare_cached(&newest)?.query_row([&alert.0], read_entry).optional()?;
    let case = Case::fold(&decisions);
    Ok(last.map(|last| SharedCase { alert: last.alert.clone(), case, last }))
}

#[cfg(test)]
mod tests;
