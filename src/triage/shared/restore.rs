//! Writing the log anew from a copy.

use super::log::{self, Log, Place};
use super::sharing::{BLOCK, PATIENCE};
use super::{Copy, Trouble, Wire};
use crate::triage::{SharedQuery, SharedWith};

/// What it took to write the log anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restored {
    /// Entries that were missing.
    pub written: i64,
    /// Entries of the copy.
    pub all: i64,
}

/// Writes what is missing of the log from the copy, the whole log where it is gone.
///
/// A log that is gone gets its own name back when all of it is there: until then nobody can add to it.
///
/// # Errors
/// When there is no copy, something else is in the log's place, or the cluster does not take it.
pub fn restore(wire: &impl Wire, copy: &mut impl Copy) -> Result<Restored, Trouble> {
    let Some(SharedWith { prefix, log: name, .. }) = copy.ask(SharedQuery::With)? else {
        return Err(Trouble::Log("this state has no copy of a team's decisions".to_owned()));
    };
    let index = log::index(&prefix);
    let named = match log::find(wire, &prefix) {
        Ok(Some(found)) if found == name => true,
        Ok(Some(_)) => {
            return Err(Trouble::Log(format!(
                "{index} is another log by now: what is only in this state stays here, and they are not mixed"
            )));
        }
        Ok(None) => {
            log::make(wire, &index, None)?;
            false
        }
        // The index has no name yet: another console is writing it anew too, or was stopped while it did.
        Err(Trouble::Log(_)) => false,
        Err(trouble) => return Err(trouble),
    };
    let target = if named { name.clone() } else { index.clone() };
    let log = Log { index, name: target, patience: PATIENCE };
    let all = copy.ask(SharedQuery::End)?.0;
    let (mut from, mut written) = (1, 0);
    while from <= all {
        let most = usize::try_from(BLOCK).unwrap_or(1);
        let entries = copy.ask(|reply| SharedQuery::Entries { from, most, reply })?;
        let places = log.read(wire, from, i64::try_from(entries.len()).unwrap_or(BLOCK))?;
        for (entry, place) in entries.iter().zip(&places) {
            match place {
                Place::Entry { entry: there, .. } if there.hash == entry.hash => {}
                Place::Free => {
                    // Who was faster wrote the very same, or it is seen by whoever reads on.
                    log.put(wire, entry)?;
                    written += 1;
                }
                _ => return Err(log.not_as_here(entry.number)),
            }
        }
        from += i64::try_from(places.len().min(entries.len())).unwrap_or(BLOCK).max(1);
    }
    if !named {
        log.give_name(wire, &name)?;
    }
    Ok(Restored { written, all })
}
