//! Questions to a shard as a server takes them, and what their counts say.

use serde_json::{Value, json};

use super::reach::Run;

/// One question to one shard.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Ask {
    /// For the newest number, and how many documents wait.
    Newest,
    /// For everything in these stretches.
    All(Vec<Run>),
    /// For what is asked for up to this number, where all is settled.
    Settled(i64),
    /// For what is asked for in these stretches, and which numbers were looked at, in buckets of so many.
    Counted { runs: Vec<Run>, width: i64 },
}

impl Ask {
    /// Whether the server may leave out what is not asked for.
    pub(super) fn leaves_out(&self) -> bool {
        matches!(self, Self::Settled(_) | Self::Counted { .. })
    }

    /// The body of the question. `unread` is what is not read yet, `filters` what the server is to leave the rest out by.
    pub(super) fn body(&self, unread: &[Run], filters: &[&Value], size: usize, count: bool) -> Value {
        let floor = unread.first().map_or(0, |run| run.0);
        let mut query = json!({
            "sort": by_number("asc"),
            "seq_no_primary_term": true,
            "track_total_hits": count,
            "size": size,
        });
        match self {
            Ask::Newest => {
                query["sort"] = by_number("desc");
                query["_source"] = false.into();
                query["track_total_hits"] = true.into();
                query["size"] = 1.into();
                query["query"] = within(unread);
            }
            Ask::All(runs) => {
                query["query"] = within(runs);
            }
            Ask::Settled(to) => {
                let stretch = within(&[(floor, *to)]);
                let filters: Vec<&Value> = [&stretch].into_iter().chain(filters.iter().copied()).collect();
                query["query"] = json!({"bool": {"filter": filters}});
            }
            Ask::Counted { runs, width } => {
                query["query"] = within(runs);
                query["post_filter"] = json!({"bool": {"filter": filters}});
                query["aggs"] = json!({
                    "numbers": {"histogram": {"field": "_seq_no", "interval": width, "offset": floor, "min_doc_count": 1}},
                    "newest": {"max": {"field": "_seq_no"}},
                });
            }
        }
        query
    }
}

/// A query for these stretches. Where nothing was read yet, for everything: documents without a number are seen then.
pub(super) fn within(runs: &[Run]) -> Value {
    let range = |&(from, to): &Run| match to {
        i64::MAX => json!({"range": {"_seq_no": {"gte": from}}}),
        to => json!({"range": {"_seq_no": {"gte": from, "lte": to}}}),
    };
    match runs {
        [(0, i64::MAX)] => json!({"match_all": {}}),
        [run] => range(run),
        runs => json!({"bool": {"should": runs.iter().map(range).collect::<Vec<_>>()}}),
    }
}

/// An index without documents has no mapping yet, which is a fault to a sort that does not say what then.
pub(super) fn by_number(order: &str) -> Value {
    json!([{"_seq_no": {"order": order, "unmapped_type": "long"}}])
}

/// What is in both lists.
pub(super) fn common(a: &[Run], b: &[Run]) -> Vec<Run> {
    let (mut both, mut i, mut j) = (Vec::new(), 0, 0);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        let run = (x.0.max(y.0), x.1.min(y.1));
        if run.0 <= run.1 {
            both.push(run);
        }
        if x.1 < y.1 { i += 1 } else { j += 1 }
    }
    both
}

/// The stretches of `asked` in which an answer's counts say that every number is a document.
pub(super) fn complete(counts: &Value, asked: &[Run], width: i64) -> Vec<Run> {
    let number = |value: &Value| value["value"].as_f64().or_else(|| value.as_f64()).map(|number| number as i64);
    let Some(newest) = number(&counts["newest"]) else { return Vec::new() };
    let mut runs = Vec::new();
    for bucket in counts["numbers"]["buckets"].as_array().into_iter().flatten() {
        let (Some(from), Some(documents)) = (number(&bucket["key"]), bucket["doc_count"].as_i64()) else { continue };
        let parts = common(asked, &[(from, newest.min(from.saturating_add(width - 1)))]);
        if parts.iter().map(|run| run.1 - run.0 + 1).sum::<i64>() == documents {
            runs.extend(parts);
        }
    }
    runs
}
