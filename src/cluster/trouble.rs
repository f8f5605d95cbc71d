//! What is wrong at this moment, in words: what is named and not there, closed or not kept, and what does not answer.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Instant;

use super::asked::Asked;
use super::indices::{Index, Keeps, Listing};
use super::shard::Shard;
use super::{LARGEST_ANSWER, Narrowing};
use crate::text::visible;

/// Rules that one sentence names.
const NAMED: usize = 5;

/// Something that the health pane names, until it is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The index, the pattern or the node it is about.
    pub about: String,
    /// What is wrong and what to do, as a sentence without a full stop.
    pub what: String,
    /// Whether it keeps something from being read.
    pub holds_up: bool,
    pub since: Instant,
}

impl Trouble {
    /// None of the indices that were read before is there any more, and others are.
    pub(super) fn others(since: Instant) -> Self {
        let what = "all indices are others than those read before, and read from their beginning; check whether url is still \
                    that of the same cluster";
        Self { about: "url".to_owned(), what: what.to_owned(), holds_up: false, since }
    }

    /// An index was deleted before it was read to its end.
    pub(super) fn gone(name: &str, since: Instant, holds_up: bool) -> Self {
        let what = format!(
            "{name} was deleted before it was read to its end; what it still held is read where it is restored"
        );
        Self { about: name.to_owned(), what, holds_up, since }
    }
}

/// Documents of one index that were passed over, as each has more bytes than is read at once.
#[derive(Debug)]
pub(super) struct Large {
    /// The id of the first.
    id: Box<str>,
    pub(super) count: u64,
    since: Instant,
}

impl Large {
    pub(super) fn first(id: &str) -> Self {
        Self { id: id.into(), count: 0, since: Instant::now() }
    }

    fn trouble(&self, index: &str) -> Trouble {
        let Self { id, count, since } = self;
        let (most, id) = (LARGEST_ANSWER >> 20, visible(id));
        let what = match count {
            1 => format!("document {id} of {index} has more than {most} MB and was passed over"),
            _ => {
                format!("document {id} of {index} and {} more have over {most} MB each and were passed over", count - 1)
            }
        };
        let what = format!("{what}; GET {index}/_doc/{id} shows it");
        Trouble { about: index.to_owned(), what, holds_up: false, since: *since }
    }
}

/// All of them: what does not answer beside what stands behind the patterns. What holds up comes first.
pub(super) fn all(
    standing: &[Trouble],
    large: &BTreeMap<Arc<str>, Large>,
    shards: &[Shard],
    asked: Option<&Asked>,
) -> Vec<Trouble> {
    let mut troubles = standing.to_vec();
    troubles.extend(large.iter().map(|(index, large)| large.trouble(index)));
    for (name, since) in asked.into_iter().flat_map(|asked| &asked.refused) {
        let what = format!("the server does not take the query of {name}: everything is read for it");
        troubles.push(Trouble { about: name.clone(), what, holds_up: false, since: *since });
    }
    let mut by_index: HashMap<&str, Vec<&Shard>> = HashMap::new();
    for shard in shards.iter().filter(|shard| shard.trouble.is_some()) {
        by_index.entry(&shard.index.name).or_default().push(shard);
    }
    for (name, shards) in by_index {
        let held = || shards.iter().filter_map(|shard| shard.trouble.as_ref());
        let Some(first) = held().min_by_key(|held| held.since) else { continue };
        let what =
            format!("{} of {} shards of {name} cannot be read: {}", shards.len(), shards[0].index.shards, first.what);
        troubles.push(Trouble { about: name.to_owned(), what, holds_up: true, since: first.since });
    }
    troubles.sort_by(|a, b| (!a.holds_up, &a.about).cmp(&(!b.holds_up, &b.about)));
    troubles
}

/// What is wrong with what stands behind the patterns, since when.
pub(super) fn standing(listing: &Listing, narrowing: &Narrowing, before: &[Trouble]) -> Vec<Trouble> {
    let mut troubles = Vec::new();
    let mut say = |about: &str, what: String, holds_up| {
        let since = before.iter().find(|trouble| trouble.about == about && trouble.what == what);
        let since = since.map_or_else(Instant::now, |trouble| trouble.since);
        troubles.push(Trouble { about: about.to_owned(), what, holds_up, since });
    };
    for pattern in &listing.unmatched {
        let what = if pattern.contains('*') {
            format!("`{pattern}` covers no index; the first one that it does is read")
        } else {
            format!("there is no index `{pattern}`; it is read as soon as there is")
        };
        say(pattern, what, false);
    }
    for (pattern, failure) in &listing.refused {
        let advice = failure.advice.as_ref().map(|advice| format!("; {advice}")).unwrap_or_default();
        say(pattern, format!("`{pattern}` cannot be read: {}{advice}", failure.what), true);
    }
    for name in &listing.unknown {
        let what = "the cluster says neither its uuid nor how many shards it has; check what stands in between";
        say(name, format!("{name} cannot be read: {what}"), true);
    }
    for Index { name, open, keeps, .. } in &listing.indices {
        match keeps {
            _ if !open => say(name, format!("{name} is closed; open it, or take it out of the configuration"), true),
            Keeps::Nothing => say(name, format!("{name} keeps no `_source`: its documents cannot be read"), true),
            Keeps::Fields => {
                if let Some(who) = apart(narrowing) {
                    say(name, format!("{name} puts `_source` together from its fields: {who}"), false);
                }
            }
            Keeps::Some => say(name, format!("{name} leaves fields out of `_source`: rules do not see them"), false),
            Keeps::All => {}
        }
    }
    troubles
}

/// Who may miss something where objects in an array are not kept together; nobody, where no query asks for such.
fn apart(narrowing: &Narrowing) -> Option<String> {
    let Some(queries) = narrowing.queries() else {
        return Some("what needs objects in an array kept together may miss there".to_owned());
    };
    let names = || queries.iter().filter(|(_, query)| query.has_nested()).map(|(name, _)| name.as_str());
    let listed = names().take(NAMED).collect::<Vec<_>>().join(", ");
    match names().count() {
        0 => None,
        1 => Some(format!("{listed} needs objects in an array kept together, and may miss there")),
        count if count > NAMED => Some(format!(
            "{listed} and {} more need objects in an array kept together, and may miss there",
            count - NAMED
        )),
        _ => Some(format!("{listed} need objects in an array kept together, and may miss there")),
    }
}
