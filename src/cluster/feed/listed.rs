//! What stands behind the patterns, looked at now and then: indices come, close and go, each with its shards.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Feed, KNOWN_FOR, leaves_out, opening};
use crate::cluster::ask::Asker;
use crate::cluster::asked::Asked;
use crate::cluster::indices::{self, Index};
use crate::cluster::shard::{Shard, State};
use crate::cluster::{Failure, Narrowing, trouble};

impl Feed {
    /// Looks what stands behind the patterns, when that is due.
    pub(super) fn look(&mut self, asker: Asker<'_>, narrowing: &Narrowing, now: Duration) -> Result<(), Failure> {
        // What is not there yet, or closed, may be there at any time.
        let waits = !self.standing.is_empty() && !self.shards.iter().any(|shard| shard.is_behind(now));
        if self.listed.is_some_and(|listed| self.once || !waits && now < listed + KNOWN_FOR) {
            return Ok(());
        }
        let (listing, types) = if self.listed.is_some() {
            (indices::list(&asker, &self.client.profile().index)?, None)
        } else {
            opening::ask(asker, narrowing, self.once && leaves_out(narrowing))?
        };
        if let Some(types) = types
            && listing.indices.iter().any(Index::is_read)
        {
            self.asked = Some(Asked::by(&asker, narrowing, types?)?);
        }
        self.listed = Some(now);
        self.standing = trouble::standing(&listing, narrowing, &self.standing);
        self.by_pattern = listing.refused.is_empty();
        let there: HashSet<Arc<str>> = listing.indices.iter().map(|index| index.uuid.clone()).collect();
        let mut known = self
            .shards
            .iter()
            .map(|shard| &*shard.index.uuid)
            .chain(self.cursors.keys().map(|(uuid, _)| &**uuid))
            .peekable();
        if !there.is_empty() && known.peek().is_some() && !known.any(|uuid| there.contains(uuid)) {
            self.others = Some(Instant::now());
        }
        let mut before: HashMap<(Arc<str>, u32), Shard> =
            self.shards.drain(..).map(|shard| ((shard.index.uuid.clone(), shard.number), shard)).collect();
        for index in listing.indices.into_iter().filter(Index::is_read) {
            let index = Arc::new(index);
            for number in 0..index.shards {
                let shard = before.remove(&(index.uuid.clone(), number)).map(|mut shard| {
                    shard.index = index.clone();
                    shard
                });
                self.shards.push(shard.unwrap_or_else(|| {
                    let cursor = self.cursors.remove(&(index.uuid.to_string(), number));
                    Shard::new(index.clone(), number, cursor.as_ref())
                }));
            }
        }
        // An index that is closed for a while goes on where it was.
        for ((uuid, number), shard) in before {
            if !there.contains(&uuid) && self.by_pattern && shard.state != State::Quiet {
                self.gone.entry(shard.index.name.clone()).or_insert_with(Instant::now);
            }
            self.cursors.insert((uuid.to_string(), number), shard.cursor(self.client.name()));
        }
        Ok(())
    }
}
