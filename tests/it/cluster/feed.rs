//! The feed of changes on real servers: every document once, whatever its shard, its index and its time.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use watchfloor::cluster::{Client, Cursor, Feed, Narrowing, Page, Profile};

use super::node::{Index, Node};
use super::on_both;

pub(super) fn client(node: &Node, patterns: &[&str]) -> Client {
    let profile = Profile {
        url: vec![node.url.clone()],
        index: patterns.iter().map(ToString::to_string).collect(),
        ..Profile::default()
    };
    Client::new("prod", profile).unwrap()
}

/// A feed, and how often it handed out each document.
pub(super) struct Reader {
    pub(super) feed: Feed,
    pub(super) seen: BTreeMap<(String, String), u32>,
    pub(super) cursors: BTreeMap<(String, u32), Cursor>,
    pub(super) narrowing: Narrowing,
    pub(super) last: Page,
}

impl Reader {
    pub(super) fn new(node: &Node, patterns: &[&str]) -> Self {
        let feed = Feed::new(client(node, patterns), Vec::new());
        Self {
            feed,
            seen: BTreeMap::new(),
            cursors: BTreeMap::new(),
            narrowing: Narrowing::default(),
            last: Page::default(),
        }
    }

    /// Reads until nothing is new; answers how many documents came.
    pub(super) fn read(&mut self) -> usize {
        let mut count = 0;
        for _ in 0..1000 {
            self.last = self.feed.next(&self.narrowing, &|| false).unwrap();
            count += self.last.hits.len();
            for hit in &self.last.hits {
                *self.seen.entry((hit.index.to_string(), hit.id.to_string())).or_default() += 1;
            }
            for cursor in &self.last.cursors {
                self.cursors.insert((cursor.uuid.clone(), cursor.shard), cursor.clone());
            }
            if self.last.progress.caught_up {
                return count;
            }
        }
        panic!("never caught up: {:?}", self.last.progress);
    }

    /// Another feed goes on at the cursors.
    pub(super) fn restart(&mut self, node: &Node, patterns: &[&str]) {
        self.feed = Feed::new(client(node, patterns), self.cursors.values().cloned().collect());
    }

    #[track_caller]
    pub(super) fn assert_each_once(&self, count: usize) {
        let twice: Vec<_> = self.seen.iter().filter(|(_, times)| **times != 1).take(5).collect();
        assert!(twice.is_empty(), "{twice:?}");
        assert_eq!(self.seen.len(), count);
    }

    pub(super) fn troubles(&self) -> Vec<String> {
        self.last.troubles.iter().map(|trouble| trouble.what.clone()).collect()
    }
}

/// Documents with nothing but a number, and a time for two of three.
pub(super) fn documents(numbers: impl IntoIterator<Item = usize>) -> String {
    let document = |n: usize| match n % 3 {
        0 => json!({"event": {"action": "a"}, "n": n}),
        _ => json!({"event": {"action": "a"}, "n": n, "@timestamp": format!("2026-11-{:02}T10:00:00Z", n % 20 + 1)}),
    };
    numbers.into_iter().map(|n| document(n).to_string() + "\n").collect()
}

pub(super) fn plain(node: &Node, name: &str, settings: Value) -> Index {
    node.index_with(name, settings, json!({}))
}

on_both!(each_once_over_shards_and_restarts, an_index_that_is_named_twice_is_read_once);

fn each_once_over_shards_and_restarts(node: &Node) {
    let one = plain(node, "feed-one", json!({"number_of_shards": 1}));
    let three = plain(node, "feed-three", json!({"number_of_shards": 3}));
    let patterns = [one.name.as_str(), three.name.as_str()];
    one.load(&documents(0..1500));
    let mut reader = Reader::new(node, &patterns);
    assert_eq!(reader.read(), 1500);
    three.load(&documents(0..700));
    one.load(&documents(0..3));
    assert_eq!(reader.read(), 703);
    assert_eq!(reader.read(), 0);
    reader.restart(node, &patterns);
    assert_eq!(reader.read(), 0);
    one.load(&documents(0..2500));
    assert_eq!(reader.read(), 2500);
    reader.assert_each_once(4703);
    assert_eq!(reader.troubles(), Vec::<String>::new());
    let mut once = Reader { feed: Feed::once(client(node, &patterns)), ..Reader::new(node, &[]) };
    assert_eq!(once.read(), 4703);
}

fn an_index_that_is_named_twice_is_read_once(node: &Node) {
    let index = plain(node, "feed-alias", json!({}));
    let filtered = format!("{}-some", index.name);
    node.ok("PUT", &format!("{}/_alias/{filtered}", index.name), &json!({"filter": {"range": {"n": {"lt": 10}}}}));
    index.load(&documents(0..100));
    let mut both = Reader::new(node, &[&filtered, &index.name]);
    assert_eq!(both.read(), 100);
    let mut some = Reader::new(node, &[&filtered]);
    assert_eq!(some.read(), 10);
    index.load(&documents(5..15));
    assert_eq!(some.read(), 5);
    assert_eq!(some.read(), 0);
    some.assert_each_once(15);
}
