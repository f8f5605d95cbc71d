//! Checking the chain: first the links themselves, then what they are about. The first row that is not as it was written
//! is named.

use std::collections::{BTreeMap, HashMap};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension as _, Result, Row};

use super::links::{self, ALERT, Kind, Link, SWITCH};
use super::{Broken, Hash, Head, Verified, broken, check_row, end, hex};

/// The last word of the chain on something.
#[derive(Debug, Clone, Copy)]
struct Last {
    content: Hash,
    archived: bool,
}

/// What the links say, each about what it is about.
#[derive(Debug, Default)]
struct Said {
    end: i64,
    hash: Hash,
    alerts: BTreeMap<i64, Last>,
    decisions: BTreeMap<i64, Last>,
    switches: HashMap<Vec<u8>, Hash>,
    begin: Option<(i64, Hash)>,
    contains: bool,
}

type Checked<T> = Result<std::result::Result<T, Broken>>;

/// Goes on with what came out, unless that is a break.
macro_rules! whole {
    ($checked:expr) => {
        match $checked? {
            Ok(value) => value,
            Err(broken) => return Ok(Err(broken)),
        }
    };
}

pub(in crate::triage) fn check(conn: &Connection, noted: Option<&Head>) -> Checked<Verified> {
    let said = whole!(links_said(conn, noted));
    if let Some(Head { seq, hash }) = noted.filter(|_| !said.contains) {
        // Up to schema 2 it was the chain of decisions whose head was noted.
        let known = "SELECT 1 FROM decisions WHERE seq = ?1 AND hash = ?2";
        if !conn.prepare(known)?.exists(rusqlite::params![seq, hash])? {
            let why = format!("it is not the one that was noted, {}", hex(hash));
            return Ok(Err(broken(format!("link {seq} of the chain"), why)));
        }
    }
    let decisions = whole!(decisions(conn, &said));
    let alerts = whole!(alerts(conn, &said));
    let switches = whole!(switches(conn, &said));
    let head = Head { seq: said.end, hash: said.hash };
    Ok(Ok(Verified { rows: decisions, alerts, switches, head }))
}

fn links_said(conn: &Connection, noted: Option<&Head>) -> Checked<Said> {
    let recorded = links::end(conn).optional()?;
    let mut statement =
        conn.prepare("SELECT seq, kind, subject, content, analyst, uid, hash FROM links ORDER BY seq")?;
    let mut rows = statement.query([])?;
    let mut said = Said::default();
    let name = |seq: i64| format!("link {seq} of the chain");
    while let Some(row) = rows.next()? {
        let expected = said.end + 1;
        let why = match link(row, expected, &said.hash)? {
            Ok((hash, kind)) => {
                said.contains |= noted.is_some_and(|noted| noted.seq == expected && noted.hash == hash);
                (said.end, said.hash) = (expected, hash);
                take(row, kind, &mut said)?
            }
            Err(why) => Some(why),
        };
        if let Some(why) = why {
            return Ok(Err(broken(name(expected), why)));
        }
    }
    let (end, hash) = (said.end, said.hash);
    Ok(match recorded {
        None => Err(broken(name(end), "it is the last there is, but where the chain ends is no longer recorded")),
        Some((recorded, _)) if recorded > end => {
            Err(broken(name(end + 1), format!("it is missing, and all up to {recorded}")))
        }
        Some((recorded, _)) if recorded < end => {
            Err(broken(name(recorded + 1), format!("the chain ends at {recorded}: watchfloor did not write this row")))
        }
        Some((_, recorded)) if recorded != hash => {
            Err(broken(name(end), "it is not the row that the chain was recorded to end with"))
        }
        Some(_) => Ok(said),
    })
}

/// The hash of a link and what it is about, or why it is not the one number `expected` that follows `before`.
fn link(row: &Row<'_>, expected: i64, before: &Hash) -> Result<std::result::Result<(Hash, Kind), String>> {
    let seq: i64 = row.get(0)?;
    if seq != expected {
        return Ok(Err(format!("it is missing, the next one there is {seq}")));
    }
    let uid = match row.get_ref(5)? {
        ValueRef::Integer(uid) => Some(uid),
        _ => None,
    };
    let (ValueRef::Text(kind), ValueRef::Text(subject), ValueRef::Blob(content), found) =
        (row.get_ref(1)?, row.get_ref(2)?, row.get_ref(3)?, row.get_ref(6)?)
    else {
        return Ok(Err("a field has another type than was written".into()));
    };
    let analyst = match row.get_ref(4)? {
        ValueRef::Text(analyst) => Some(analyst),
        _ => None,
    };
    let hash = Link { seq, kind, subject, content, analyst, uid }.hash(before);
    if found != ValueRef::Blob(&hash) {
        return Ok(Err("it is not as it was written".into()));
    }
    let kind = Kind::ALL.into_iter().find(|known| known.as_str().as_bytes() == kind);
    Ok(kind.map(|kind| (hash, kind)).ok_or_else(|| "what it is about is not known to this version".into()))
}

/// Takes in what a link says. Why it cannot be so, if it cannot.
fn take(row: &Row<'_>, kind: Kind, said: &mut Said) -> Result<Option<String>> {
    let subject = row.get_ref(2)?.as_bytes()?;
    let Ok(content) = Hash::try_from(row.get_ref(3)?.as_bytes()?) else {
        return Ok(Some("what it holds is no hash".into()));
    };
    let number = || std::str::from_utf8(subject).ok().and_then(|text| text.parse::<i64>().ok());
    let last = |archived| Last { content, archived };
    if kind == Kind::Switch {
        said.switches.insert(subject.to_vec(), content);
        return Ok(None);
    }
    let Some(number) = number() else { return Ok(Some("what it is about has no number".into())) };
    match kind {
        Kind::Begin => said.begin = Some((number, content)),
        Kind::Alert => drop(said.alerts.insert(number, last(false))),
        Kind::ArchivedAlert => drop(said.alerts.insert(number, last(true))),
        Kind::Decision => drop(said.decisions.insert(number, last(false))),
        Kind::ArchivedDecision => drop(said.decisions.insert(number, last(true))),
        Kind::Switch => {}
    }
    Ok(None)
}

/// Checks the decisions, which are a chain of their own too. Answers how many there are.
fn decisions(conn: &Connection, said: &Said) -> Checked<i64> {
    let end = end(conn).optional()?;
    let mut statement =
        conn.prepare("SELECT seq, alert, at, analyst, action, hash FROM decisions WHERE seq > 0 ORDER BY seq")?;
    let mut rows = statement.query([])?;
    let (mut last, mut hash, mut there) = (0, Hash::default(), 0);
    let name = |seq: i64| format!("decision {seq}");
    let mut next = rows.next()?;
    loop {
        let known = said.decisions.get(&(last + 1));
        match (next, known) {
            // Those that were archived are no longer here, but what followed them still tells that they were.
            (row, Some(Last { content, archived: true }))
                if row.map(|row| row.get::<_, i64>(0)).transpose()? != Some(last + 1) =>
            {
                (last, hash) = (last + 1, *content);
                continue;
            }
            (None, _) => break,
            (Some(row), known) => {
                if let Some((end, _)) = end.filter(|(end, _)| *end == last) {
                    let why = format!("the chain ends at {end}: this row was not written by watchfloor");
                    return Ok(Err(broken(name(last + 1), why)));
                }
                hash = match check_row(row, last + 1, &hash)? {
                    Ok(hash) => hash,
                    Err(why) => return Ok(Err(broken(name(last + 1), why))),
                };
                if known.is_none_or(|known| known.content != hash) {
                    return Ok(Err(broken(name(last + 1), "it is not the one that the chain has a link for")));
                }
                (last, there) = (last + 1, there + 1);
            }
        }
        next = rows.next()?;
    }
    let stray: Option<i64> = conn.query_row("SELECT min(seq) FROM decisions WHERE seq < 1", [], |row| row.get(0))?;
    let begun = said.begin.filter(|(seq, _)| *seq > last);
    let linked = said.decisions.keys().next_back().copied().or(begun.map(|(seq, _)| seq)).filter(|seq| *seq > last);
    Ok(match (end, stray) {
        (None, _) => Err(broken(name(last), "it is the last there is, but where the chain ends is no longer recorded")),
        (Some((end, _)), _) if end > last => Err(broken(name(last + 1), format!("it is missing, and all up to {end}"))),
        (Some((end, _)), _) if end < last => {
            Err(broken(name(last), format!("the chain ends at {end}: this row was not written by watchfloor")))
        }
        (_, Some(seq)) => {
            Err(broken(name(seq), "no decision has such a number: this row was not written by watchfloor"))
        }
        (Some((_, end_hash)), _) if end_hash != hash => {
            Err(broken(name(last), "it is not the row that the chain was recorded to end with"))
        }
        _ => match linked {
            Some(seq) => Err(broken(name(last + 1), format!("it is missing, and all up to {seq}"))),
            None => Ok(there),
        },
    })
}

/// Checks the alerts and their evidence. Answers how many there are.
fn alerts(conn: &Connection, said: &Said) -> Checked<i64> {
    let (columns, count) = ALERT;
    let sql = format!("SELECT {columns} FROM alerts LEFT JOIN bodies ON alert = number ORDER BY number");
    let mut statement = conn.prepare(&sql)?;
    let mut rows = statement.query([])?;
    let mut linked = said.alerts.iter().filter(|(_, last)| !last.archived).peekable();
    let name = |number: i64| format!("alert {number}");
    let mut there = 0;
    while let Some(row) = rows.next()? {
        let number: i64 = row.get(0)?;
        let expected = linked.next().map(|(number, last)| (*number, last.content));
        let why = match expected {
            Some((expected, _)) if expected < number => {
                return Ok(Err(broken(name(expected), "it is missing: the chain has a link for it")));
            }
            Some((expected, hash)) if expected == number => {
                (links::content(row, count)? != hash).then_some("it or its evidence is not as it was written")
            }
            _ => Some("the chain has no link for it: this row was not written by watchfloor"),
        };
        if let Some(why) = why {
            let id = row.get_ref(1)?.as_str_or_null().ok().flatten().unwrap_or("?");
            return Ok(Err(broken(format!("{} ({})", name(number), id), why)));
        }
        there += 1;
    }
    if let Some((number, _)) = linked.next() {
        return Ok(Err(broken(name(*number), "it is missing: the chain has a link for it")));
    }
    let stray = "SELECT alert FROM bodies WHERE alert NOT IN (SELECT number FROM alerts) LIMIT 1";
    let stray: Option<i64> = conn.query_row(stray, [], |row| row.get(0)).optional()?;
    Ok(match stray {
        Some(number) => Err(broken(format!("evidence of alert {number}"), "there is no such alert")),
        None => Ok(there),
    })
}

/// Checks which rules are switched off. Answers how many were ever switched.
fn switches(conn: &Connection, said: &Said) -> Checked<i64> {
    let (columns, count) = SWITCH;
    let mut statement = conn.prepare(&format!("SELECT {columns} FROM switches ORDER BY rule"))?;
    let mut rows = statement.query([])?;
    let name = |rule: &[u8]| format!("the switch of rule {}", String::from_utf8_lossy(rule));
    let mut left: BTreeMap<&[u8], &Hash> = said.switches.iter().map(|(rule, hash)| (rule.as_slice(), hash)).collect();
    let mut there = 0;
    while let Some(row) = rows.next()? {
        let rule = row.get_ref(0)?.as_bytes()?;
        let why = match left.remove(rule) {
            None => "the chain has no link for it: this row was not written by watchfloor",
            Some(hash) if *hash != links::content(row, count)? => "it is not as it was written",
            Some(_) => {
                there += 1;
                continue;
            }
        };
        return Ok(Err(broken(name(rule), why)));
    }
    Ok(match left.keys().next() {
        Some(rule) => Err(broken(name(rule), "it is missing: the chain has a link for it")),
        None => Ok(there),
    })
}
