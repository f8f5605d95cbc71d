//! Shards that were read to their end, asked together.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Feed, KNOWN_FOR, Page};
use crate::cluster::ask::{self, Asker, Search};
use crate::cluster::question::{by_number, within};
use crate::cluster::shard::FEW;
use crate::cluster::{Failure, indices};

/// Indices in one question, at most.
const TOGETHER: usize = 100;
impl Feed {
    /// Asks all shards that were read to their end, together.
    pub(super) fn poll(&mut self, asker: Asker<'_>, now: Duration, page: &mut Page) -> Result<(), Failure> {
        self.polled = Some(now);
        let most = self.shards.iter().map(|shard| shard.number + 1).max().unwrap_or(0);
        for number in 0..most {
            let joined: Vec<usize> = (0..self.shards.len())
                .filter(|&at| self.shards[at].number == number && self.shards[at].joins())
                .collect();
            // By its patterns where all that they cover is asked: then an index more or less is noticed.
            let all = self.shards.iter().filter(|shard| shard.number == number).count();
            let patterns = self.client.profile().index.join(",");
            if self.by_pattern
                && joined.len() == all
                && all <= TOGETHER
                && patterns.len() < indices::NAMES
                && number == 0
            {
                self.ask_together(asker, &joined, &patterns, now, page)?;
                continue;
            }
            for group in joined.chunks(TOGETHER) {
                let names = group.iter().map(|&at| self.shards[at].index.name.clone()).collect::<Vec<_>>();
                let mut rest = group;
                for names in indices::chunks(names.iter().map(|name| &**name), indices::NAMES) {
                    let (these, others) = rest.split_at(names.len());
                    rest = others;
                    self.ask_together(asker, these, &names.join(","), now, page)?;
                }
            }
            if number == 0 {
                self.listed = None;
            }
        }
        Ok(())
    }

    fn ask_together(
        &mut self,
        asker: Asker<'_>,
        group: &[usize],
        names: &str,
        now: Duration,
        page: &mut Page,
    ) -> Result<(), Failure> {
        let check = self.checks(now) || group.iter().any(|&at| self.shards[at].doubts());
        let clauses: Vec<Value> = group
            .iter()
            .map(|&at| {
                let shard = &self.shards[at];
                let new = within(&shard.to_poll(check));
                match group {
                    [_] => new,
                    _ => json!({"bool": {"filter": [{"term": {"_index": *shard.index.name}}, new]}}),
                }
            })
            .collect();
        let query = match &*clauses {
            [] => return Ok(()),
            [one] => one.clone(),
            all => json!({"bool": {"should": all}}),
        };
        let size = group.iter().map(|&at| self.size(&self.shards[at])).min().unwrap_or(1).min(FEW as usize);
        let body = json!({"size": size, "query": query, "sort": by_number("asc"), "seq_no_primary_term": true});
        let number = self.shards[group[0]].number;
        let names = indices::encoded(names);
        let search = Search { names: &names, shard: Some(number), body: &body, any_size: size == 1 };
        let answer = match asker.search(&search) {
            Ok(answer) => answer,
            Err(failure) if ask::concerns_all(&failure) => return Err(failure),
            Err(failure) if group.len() == 1 => return self.failed(group[0], failure, size, now),
            Err(_) => {
                // One of them: each is asked by itself.
                group.iter().for_each(|&at| self.shards[at].begin());
                return Ok(());
            }
        };
        if answer.shards != group.len() as u64 {
            self.listed = None;
        }
        let more = answer.hits.len() >= size;
        let mut found: HashMap<Arc<str>, Vec<_>> = HashMap::new();
        for hit in answer.hits {
            found.entry(hit.hit.index.clone()).or_default().push(hit);
        }
        for &at in group {
            let found = found.remove(&self.shards[at].index.name);
            if let Err(failure) = asker.check(found.iter().flatten(), true) {
                self.failed(at, failure, size, now)?;
                continue;
            }
            let shard = &mut self.shards[at];
            if check && !more {
                shard.check(found.as_deref().unwrap_or_default());
            }
            match found {
                Some(found) => {
                    let hits = shard.take_polled(found, more);
                    page.cursors.push(shard.cursor(self.client.name()));
                    self.weigh(&hits);
                    page.hits.extend(hits);
                }
                None if more => shard.begin(),
                None => {}
            }
            if !more {
                self.shards[at].pass(now);
            }
        }
        Ok(())
    }

    /// Whether it is time to make sure that what was read last is still there: right after a look at the indices.
    fn checks(&self, now: Duration) -> bool {
        self.listed.is_some_and(|listed| listed == now && now > KNOWN_FOR)
    }
}
