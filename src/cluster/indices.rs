//! What stands behind the names and patterns of a profile: the indices, each once and by its uuid, whether they are open,
//! keep what was sent to them, and are seen whole or through an alias that narrows.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::ask::{Asker, concerns_names};
use super::{Failure, FailureKind};

/// Longest list of names in one address, in bytes: servers take 4,096 for the whole line, and a byte may become three.
pub(super) const NAMES: usize = 1200;

/// An index with events.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Index {
    pub(super) name: Arc<str>,
    /// Of its numbers: another one when it was restored from a snapshot.
    pub(super) uuid: Arc<str>,
    pub(super) shards: u32,
    pub(super) open: bool,
    pub(super) keeps: Keeps,
    /// The filter of the aliases by which alone it is named.
    pub(super) filter: Option<Value>,
    /// How often what was indexed becomes visible; `None` where that is the server's affair.
    pub(super) refresh: Option<Duration>,
    /// The most hits of one answer.
    pub(super) most: usize,
}

impl Index {
    /// Whether documents can be had from it.
    pub(super) fn is_read(&self) -> bool {
        self.open && self.keeps != Keeps::Nothing
    }
}

/// What of a document an index gives back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keeps {
    All,
    /// Put together from its fields: arrays are sorted and flat, empty values gone.
    Fields,
    /// Without some fields.
    Some,
    Nothing,
}

#[derive(Debug, Default)]
pub(super) struct Listing {
    /// By name.
    pub(super) indices: Vec<Index>,
    /// Names and patterns with nothing behind them.
    pub(super) unmatched: Vec<String>,
    /// Names and patterns that the cluster does not answer for, and why.
    pub(super) refused: Vec<(String, Failure)>,
    /// Indices of which it does not say what it takes to read them.
    pub(super) unknown: Vec<String>,
}

/// Looks what is there. One request for each [`NAMES`] bytes of patterns.
pub(super) fn list(asker: &Asker<'_>, patterns: &[String]) -> Result<Listing, Failure> {
    let (mut found, mut refused) = (Map::new(), Vec::new());
    for names in addresses(patterns) {
        match ask(asker, &names) {
            Ok(indices) => found.extend(indices),
            Err(failure) if concerns_names(&failure) => refused.push(failure),
            Err(failure) => return Err(failure),
        }
    }
    let named = || patterns.iter().filter(|pattern| !pattern.starts_with('-'));
    let mut listing = Listing::default();
    if let Some(failure) = refused.pop() {
        if named().count() == 1 {
            return Err(failure);
        }
        // One of them is kept from this key, or from everybody: each by itself.
        for pattern in named() {
            match ask(asker, &alone(pattern, patterns)) {
                Ok(indices) => found.extend(indices),
                Err(failure) if concerns_names(&failure) => listing.refused.push((pattern.clone(), failure)),
                Err(failure) => return Err(failure),
            }
        }
        if found.is_empty() && listing.refused.len() == named().count() {
            return Err(failure);
        }
    }
    // OpenSearch: it may leave out hits, or change what is asked.
    if found.values().any(|about| about.pointer("/settings/index/search/default_pipeline").is_some()) {
        asker.client.pass_pipelines();
    }
    for (name, about) in &found {
        match index(name, about, patterns) {
            Some(index) => listing.indices.push(index),
            None => listing.unknown.push(name.clone()),
        }
    }
    listing.indices.sort_by(|a, b| a.name.cmp(&b.name));
    let called: Vec<&str> = found.iter().flat_map(|(name, about)| names(name, about).map(|(name, _)| name)).collect();
    // Aliases of data streams are not told with their indices.
    let unnamed = |(name, about): (&String, &Value)| !names(name, about).any(|(name, _)| covers(patterns, name));
    let by_alias = found.iter().any(unnamed);
    for pattern in named().filter(|pattern| !called.iter().any(|name| matches(pattern, name))) {
        let known = listing.refused.iter().any(|(refused, _)| refused == pattern);
        if !known && (!by_alias || ask(asker, &alone(pattern, patterns))?.is_empty()) {
            listing.unmatched.push(pattern.clone());
        }
    }
    Ok(listing)
}

fn ask(asker: &Asker<'_>, names: &str) -> Result<Map<String, Value>, Failure> {
    match asker.get(names, &QUERY)? {
        Value::Object(indices) => Ok(indices),
        _ => Err(asker.failure(FailureKind::Garbage, "the answer is no list of indices".to_owned())),
    }
}

/// The address of one of the patterns, with all that is taken away.
fn alone(pattern: &str, patterns: &[String]) -> String {
    let without = patterns.iter().map(String::as_str).filter(|pattern| pattern.starts_with('-'));
    encoded(&[pattern].into_iter().chain(without).collect::<Vec<_>>().join(","))
}

const QUERY: [(&str, &str); 3] = [
    ("expand_wildcards", "open,closed"),
    ("ignore_unavailable", "true"),
    (
        "filter_path",
        "*.settings.index.uuid,*.settings.index.history.uuid,*.settings.index.number_of_shards,*.settings.index.refresh_interval,\
         *.settings.index.verified_before_close,*.settings.index.max_result_window,*.settings.index.mode,\
         *.settings.index.search.default_pipeline,\
         *.settings.index.mapping.source.mode,*.mappings._source,*.aliases,*.data_stream",
    ),
];

/// The names by which an index may be asked for, each with the filter that it brings.
fn names<'a>(name: &'a str, about: &'a Value) -> impl Iterator<Item = (&'a str, Option<&'a Value>)> {
    let aliases = about["aliases"].as_object().into_iter().flatten();
    let aliases = aliases.map(|(alias, about)| (alias.as_str(), about.get("filter")));
    [Some(name), about["data_stream"].as_str()].into_iter().flatten().map(|name| (name, None)).chain(aliases)
}

pub(super) fn index(name: &str, about: &Value, patterns: &[String]) -> Option<Index> {
    let settings = &about["settings"]["index"];
    let number = |key: &str| settings[key].as_str().and_then(|text| text.parse::<u64>().ok());
    let mut filters = Vec::new();
    let mut whole = false;
    for (_, filter) in names(name, about).filter(|(called, _)| covers(patterns, called)) {
        match filter {
            Some(filter) => filters.push(filter),
            None => whole = true,
        }
    }
    let kept = &about["mappings"]["_source"];
    let has = |key: &str| kept[key].as_array().is_some_and(|fields| !fields.is_empty());
    let keeps = match (kept["enabled"].as_bool(), settings["mapping"]["source"]["mode"].as_str()) {
        (Some(false), _) | (_, Some("disabled")) => Keeps::Nothing,
        (_, Some("synthetic")) => Keeps::Fields,
        (_, None) if matches!(settings["mode"].as_str(), Some("logsdb" | "time_series")) => Keeps::Fields,
        _ if kept["mode"] == "synthetic" => Keeps::Fields,
        _ if has("excludes") || has("includes") => Keeps::Some,
        _ => Keeps::All,
    };
    Some(Index {
        name: name.into(),
        uuid: identity(settings)?,
        shards: number("number_of_shards").and_then(|number| number.try_into().ok())?,
        open: settings["verified_before_close"] != "true",
        keeps,
        filter: (!whole && !filters.is_empty())
            .then(|| json!({"bool": {"should": filters, "minimum_should_match": 1}})),
        refresh: settings["refresh_interval"].as_str().and_then(span),
        most: number("max_result_window").map_or(10_000, |most| usize::try_from(most).unwrap_or(10_000)).max(1),
    })
}

/// What no other index is called, nor this one after it was restored from a snapshot: its numbers are given anew then.
fn identity(settings: &Value) -> Option<Arc<str>> {
    let uuid = settings["uuid"].as_str()?;
    let history = settings["history"]["uuid"].as_str();
    Some(history.map_or_else(|| uuid.into(), |history| format!("{uuid} {history}").into()))
}

/// `30s`, `500ms`, `1m`; `-1`, never by itself, as an hour.
fn span(text: &str) -> Option<Duration> {
    if text == "-1" {
        return Some(Duration::from_secs(3600));
    }
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let millis: u64 = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    Some(Duration::from_millis(number.parse::<u64>().ok()?.checked_mul(millis)?))
}

/// Whether a list of names and patterns covers this name: `-` takes away from what stands before it.
fn covers(patterns: &[String], name: &str) -> bool {
    patterns.iter().fold(false, |covered, pattern| match pattern.strip_prefix('-') {
        Some(pattern) => covered && !matches(pattern, name),
        None => covered || matches(pattern, name),
    })
}

fn matches(pattern: &str, name: &str) -> bool {
    if pattern == "_all" {
        return true;
    }
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// The patterns as lists for addresses, each with all that is taken away: a long list takes several requests.
pub(super) fn addresses(patterns: &[String]) -> Vec<String> {
    let (without, with): (Vec<&str>, Vec<&str>) =
        patterns.iter().map(String::as_str).partition(|pattern| pattern.starts_with('-'));
    let taken = without.iter().map(|pattern| pattern.len() + 1).sum();
    let lists = chunks(with.into_iter(), NAMES.saturating_sub(taken));
    lists.into_iter().map(|list| encoded(&[&list[..], &without[..]].concat().join(","))).collect()
}

/// Splits names into lists of at most `most` bytes, and at least one name.
pub(super) fn chunks<'a>(names: impl Iterator<Item = &'a str>, most: usize) -> Vec<Vec<&'a str>> {
    let mut chunks: Vec<Vec<&str>> = Vec::new();
    let mut length = 0;
    for name in names {
        match chunks.last_mut().filter(|_| length + name.len() < most) {
            Some(chunk) => chunk.push(name),
            None => {
                length = 0;
                chunks.push(vec![name]);
            }
        }
        length += name.len() + 1;
    }
    chunks
}

/// For a path: what is not sure to mean itself there is percent-encoded.
pub(super) fn encoded(names: &str) -> String {
    names.bytes().fold(String::new(), |mut path, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'*' | b',' => path.push(byte.into()),
            _ => {
                let _ = write!(path, "%{byte:02X}");
            }
        }
        path
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(list: &[&str]) -> Vec<String> {
        list.iter().map(|pattern| (*pattern).to_owned()).collect()
    }

    #[test]
    fn an_index_named_twice_is_seen_whole() {
        let about = json!({"aliases": {"team": {"filter": {"term": {"k": 3}}}, "all": {}}, "data_stream": "logs-x",
            "settings": {"index": {"uuid": "u", "number_of_shards": "3", "refresh_interval": "60s", "max_result_window": "20"}}});
        let filter = |list: &[&str]| index(".ds-logs-x-1", &about, &patterns(list)).unwrap().filter;
        assert_eq!(
            filter(&["team"]),
            Some(json!({"bool": {"should": [{"term": {"k": 3}}], "minimum_should_match": 1}}))
        );
        assert_eq!(filter(&["team", "al*"]), None);
        assert_eq!(filter(&["t*", "logs-*"]), None);
        let index = index(".ds-logs-x-1", &about, &patterns(&["logs-*"])).unwrap();
        assert_eq!((index.shards, index.open, index.keeps, index.most), (3, true, Keeps::All, 20));
        assert_eq!(index.refresh, Some(Duration::from_secs(60)));
    }

    #[test]
    fn what_an_index_keeps_is_told_by_its_settings() {
        let keeps = |settings: Value, source: Value| {
            let mut settings = settings;
            settings["uuid"] = "u".into();
            settings["number_of_shards"] = "1".into();
            let about = json!({"settings": {"index": settings}, "mappings": {"_source": source}});
            index("a", &about, &patterns(&["a"])).unwrap().keeps
        };
        assert_eq!(keeps(json!({}), json!({"enabled": false})), Keeps::Nothing);
        assert_eq!(keeps(json!({"mapping": {"source": {"mode": "synthetic"}}}), json!(null)), Keeps::Fields);
        assert_eq!(keeps(json!({"mode": "logsdb"}), json!(null)), Keeps::Fields);
        assert_eq!(
            keeps(json!({"mode": "logsdb", "mapping": {"source": {"mode": "stored"}}}), json!(null)),
            Keeps::All
        );
        assert_eq!(keeps(json!({}), json!({"excludes": ["a"]})), Keeps::Some);
        assert_eq!(keeps(json!({}), json!({"includes": []})), Keeps::All);
    }

    #[test]
    fn patterns_are_those_of_the_servers() {
        let list = patterns(&["logs-*", "-logs-test*", "logs-test-1"]);
        assert!(covers(&list, "logs-a") && covers(&list, "logs-test-1"));
        assert!(!covers(&list, "logs-test-2") && !covers(&list, "filebeat-1"));
        assert!(matches("*a*b", "xaxb") && !matches("a*a", "a") && matches("*", "") && matches("a", "a"));
        assert!(!matches("a", "ab"));
    }

    #[test]
    fn names_go_in_lists_of_so_many_bytes() {
        assert_eq!(chunks(["aaa", "bbb", "ccc"].into_iter(), 8), [vec!["aaa", "bbb"], vec!["ccc"]]);
        assert_eq!(chunks(["much too long"].into_iter(), 3), [vec!["much too long"]]);
        assert_eq!(encoded("é,a*"), "%C3%A9,a*");
        let long = |n: u8| char::from(n).to_string().repeat(NAMES - 4);
        assert_eq!(
            addresses(&patterns(&[&long(b'a'), "-a-x*", "b*", "c", "-"])),
            [format!("{},-a-x*,-", long(b'a')), "b*,c,-a-x*,-".to_owned()]
        );
        assert_eq!(addresses(&patterns(&["a", "-b"])), ["a,-b"]);
    }
}
