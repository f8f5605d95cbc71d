//! The feed of changes on real servers: every document once, whatever its shard, its index and its time.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use watchfloor::cluster::{Client, Cursor, Feed, Narrowing, Page, Profile};

use super::node::{Index, Node};
use super::on_both;
use super::proxy::{Fault, Proxy, When};

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
    reader.read();
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

on_both!(
    a_poll_with_nothing_new_is_one_small_request,
    many_new_documents_are_narrowed_and_none_is_lost,
    what_is_not_there_or_closed_is_said_and_read_as_soon_as_it_is,
    an_index_that_does_not_answer_holds_up_no_other,
    pages_are_as_small_as_an_index_wants,
    names_too_long_for_one_address_are_read,
    a_document_that_no_parser_takes_costs_itself,
    an_index_without_source_is_said,
    since_keeps_what_has_no_time_or_another_type,
    what_was_read_before_a_failure_is_not_lost,
    a_cluster_that_was_replaced_is_read_and_said,
);

pub(super) fn query(text: &str) -> Narrowing {
    let node = watchfloor::query::kql::parse(text).unwrap();
    Narrowing::to(vec![("rule".to_owned(), node)]).typed(watchfloor::event::schema())
}

/// Of one action in so many, in documents that came mapped.
fn one_in(numbers: std::ops::Range<usize>, rare: usize) -> String {
    let action = |n: usize| if n.is_multiple_of(rare) { "DeleteTrail" } else { "GetObject" };
    numbers.map(|n| json!({"event": {"action": action(n), "id": format!("e{n}")}, "n": n}).to_string() + "\n").collect()
}

fn a_poll_with_nothing_new_is_one_small_request(node: &Node) {
    let index = node.index("feed-idle");
    index.load(&one_in(0..500, 100));
    let client = client(node, &[&index.name]);
    let mut reader = Reader { feed: Feed::new(client.clone(), Vec::new()), ..Reader::new(node, &[]) };
    reader.narrowing = query("event.action: DeleteTrail");
    reader.read();
    let before = client.traffic();
    assert_eq!(reader.read(), 0);
    let after = client.traffic();
    assert_eq!(after.requests - before.requests, 1);
    // Beside it the line and the headers, of some 300 bytes.
    assert!(after.sent - before.sent < 400, "{}", after.sent - before.sent);
}

fn many_new_documents_are_narrowed_and_none_is_lost(node: &Node) {
    let index = node.index("feed-many");
    index.load(&one_in(0..6000, 100));
    let mut reader = Reader::new(node, &[&index.name]);
    reader.narrowing = query("event.action: DeleteTrail");
    assert_eq!(reader.read(), 60);
    assert!(reader.last.progress.narrowed);
    assert_eq!(reader.cursors.values().map(|cursor| (cursor.number, cursor.overlap.len())).next(), Some((5999, 0)));
    // A gap that is none: documents deleted and written anew.
    node.ok("DELETE", &format!("{}/_doc/e17", index.name), &Value::Null);
    index.load(&one_in(6000..12_500, 100));
    // What lies around the gap is taken whole.
    assert!((65..100).contains(&reader.read()));
    assert_eq!(reader.read(), 0);
    // Few are taken whole.
    index.load(&one_in(20_001..20_040, 100));
    assert_eq!(reader.read(), 39);
    assert!(!reader.last.progress.narrowed);
    let mut once = Reader { feed: Feed::once(client(node, &[&index.name])), ..Reader::new(node, &[]) };
    once.narrowing = query("event.action: DeleteTrail");
    assert_eq!(once.read(), 125);
}

fn what_is_not_there_or_closed_is_said_and_read_as_soon_as_it_is(node: &Node) {
    let (first, second) = (node.name("feed-later-1"), node.name("feed-later-2"));
    let pattern = format!("{}*", first.name);
    let mut reader = Reader::new(node, &[&pattern, &second.name]);
    assert_eq!(reader.read(), 0);
    assert!(reader.troubles()[0].contains("covers no index") && reader.troubles()[1].contains("there is no index"));
    node.ok("PUT", &first.name, &json!({}));
    first.load(&documents(0..10));
    assert_eq!(reader.read(), 10);
    node.ok("PUT", &second.name, &json!({}));
    assert_eq!(reader.read(), 0);
    assert_eq!(reader.troubles(), Vec::<String>::new());
    second.load(&documents(0..10));
    assert_eq!(reader.read(), 10);
    // One more behind the same pattern, as a rollover makes it.
    let rolled = Index { node: node.clone(), name: format!("{}-2", first.name) };
    rolled.load(&documents(0..5));
    assert_eq!(reader.read(), 5);
    node.ok("POST", &format!("{}/_close", second.name), &Value::Null);
    first.load(&documents(0..5));
    assert_eq!(reader.read(), 5);
    assert!(reader.last.troubles[0].what.contains("is closed") && reader.last.troubles[0].holds_up);
    node.ok("POST", &format!("{}/_open", second.name), &Value::Null);
    second.load(&documents(0..5));
    assert_eq!(reader.read(), 5);
    reader.assert_each_once(35);
    assert_eq!(reader.troubles(), Vec::<String>::new());
}

fn an_index_that_does_not_answer_holds_up_no_other(node: &Node) {
    let good = plain(node, "feed-green", json!({}));
    let red = node.name("feed-red");
    good.load(&documents(0..10));
    let nowhere = json!({"settings": {"number_of_replicas": 0, "index.routing.allocation.require.box": "none"}});
    node.ok("PUT", &format!("{}?wait_for_active_shards=0", red.name), &nowhere);
    let mut reader = Reader::new(node, &[&good.name, &red.name]);
    assert_eq!(reader.read(), 10);
    let trouble = reader.last.troubles[0].clone();
    assert_eq!((trouble.about.as_str(), trouble.holds_up), (red.name.as_str(), true));
    assert!(trouble.what.starts_with("1 of 1 shards"), "{}", trouble.what);
    good.load(&documents(0..10));
    assert_eq!(reader.read(), 10);
    assert_eq!(reader.last.troubles[0].since, trouble.since);
    node.ok("PUT", &format!("{}/_settings", red.name), &json!({"index.routing.allocation.require.box": null}));
    red.load(&documents(0..10));
    super::node::until("the red index is read", || {
        reader.read();
        reader.seen.len() == 30
    });
    reader.assert_each_once(30);
    assert_eq!(reader.troubles(), Vec::<String>::new());
}

fn pages_are_as_small_as_an_index_wants(node: &Node) {
    let small = plain(node, "feed-small", json!({"max_result_window": 20}));
    small.load(&documents(0..95));
    let mut reader = Reader::new(node, &[&small.name]);
    assert_eq!(reader.read(), 95);
    small.load(&documents(0..95));
    assert_eq!(reader.read(), 95);
    reader.assert_each_once(190);
}

fn names_too_long_for_one_address_are_read(node: &Node) {
    let indices: Vec<Index> =
        (0..30).map(|n| plain(node, &format!("feed-{}-{n}", "long".repeat(45)), json!({}))).collect();
    indices.iter().for_each(|index| index.load(&documents(0..2)));
    let names: Vec<&str> = indices.iter().map(|index| index.name.as_str()).collect();
    assert!(names.join(",").len() > 4096);
    let mut reader = Reader::new(node, &names);
    assert_eq!(reader.read(), 60);
    indices[29].load(&documents(0..2));
    assert_eq!(reader.read(), 2);
    reader.assert_each_once(62);
}

fn a_document_that_no_parser_takes_costs_itself(node: &Node) {
    let index = node.index_with("feed-odd", json!({"mapping.depth.limit": 300}), json!({"dynamic": false}));
    index.load(&documents(0..20));
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(200), "]".repeat(200));
    let odd = [r#"{"a":"\ud800"}"#, r#"{"\ud800":1}"#, r#"{"a":1e400}"#, deep.as_str()];
    odd.iter().enumerate().for_each(|(n, document)| index.put(&format!("odd-{n}"), document.as_bytes()));
    let page = Feed::new(client(node, &[&index.name]), Vec::new()).next(&Narrowing::default(), &|| false).unwrap();
    assert_eq!(page.hits.len(), 24);
    let kept: Vec<_> = page.hits.iter().filter(|hit| hit.id.starts_with("odd")).map(|hit| &*hit.source).collect();
    assert_eq!(kept, odd.map(str::as_bytes));
}

fn an_index_without_source_is_said(node: &Node) {
    let index = node.index_with("feed-nothing", json!({}), json!({"_source": {"enabled": false}}));
    index.load(&documents(0..5));
    let mut reader = Reader::new(node, &[&index.name]);
    assert_eq!(reader.read(), 0);
    assert!(reader.troubles()[0].contains("keeps no `_source`"));
}

fn since_keeps_what_has_no_time_or_another_type(node: &Node) {
    let mapping = |kind| json!({"properties": {"@timestamp": kind, "event.action": {"type": "keyword"}}});
    let dates = node.index_with("feed-dates", json!({}), mapping(json!({"type": "date"})));
    let nanos = node.index_with("feed-nanos", json!({}), mapping(json!({"type": "date_nanos"})));
    dates.load(&documents(0..300));
    nanos.load(&documents(0..300));
    let since = Some("2026-11-11T00:00:00Z".parse().unwrap());
    let mut once = Reader { feed: Feed::once(client(node, &[&dates.name, &nanos.name])), ..Reader::new(node, &[]) };
    once.narrowing = Narrowing::default().between(since, None);
    // A third without a time, and half of the rest: from the 11th to the 20th.
    assert_eq!(once.read(), 2 * (100 + 100));
    // Where the time is no date, or cannot be searched, nothing is left out.
    let words = node.index_with("feed-words", json!({}), mapping(json!({"type": "keyword"})));
    words.load(&documents(0..300));
    let mut all = Reader { feed: Feed::once(client(node, &[&dates.name, &words.name])), ..Reader::new(node, &[]) };
    all.narrowing = Narrowing::default().between(since, None);
    assert_eq!(all.read(), 600);
}

/// A poll asks one question for each number that shards have: one of them may fail for all.
fn what_was_read_before_a_failure_is_not_lost(node: &Node) {
    let index = plain(node, "feed-between", json!({"number_of_shards": 3}));
    index.load(&documents(0..50));
    let proxy = Proxy::to(&node.url);
    let passes = Node { url: proxy.url.clone(), ..node.clone() };
    let mut reader = Reader::new(&passes, &[&index.name]);
    assert_eq!(reader.read(), 50);
    for shard in 0..3 {
        proxy.when(When::path(&format!("_shards%3A{shard}")).times(1), Fault::answer(302, ""));
        index.load(&documents(0..20));
        // Someone who goes on after a failure.
        let before = reader.seen.len();
        super::node::until("all of them", || {
            if let Ok(page) = reader.feed.next(&reader.narrowing, &|| false) {
                for hit in &page.hits {
                    *reader.seen.entry((hit.index.to_string(), hit.id.to_string())).or_default() += 1;
                }
            }
            reader.seen.len() == before + 20
        });
    }
    reader.assert_each_once(110);
}

/// By another cluster behind the same address, or by indices made anew: what is kept of the old ones says nothing of these.
fn a_cluster_that_was_replaced_is_read_and_said(node: &Node) {
    let index = plain(node, "feed-replaced", json!({}));
    index.load(&documents(0..10));
    let mut reader = Reader::new(node, &[&index.name]);
    assert_eq!(reader.read(), 10);
    assert_eq!(reader.troubles(), Vec::<String>::new());
    node.ok("DELETE", &index.name, &Value::Null);
    index.load(&documents(0..5));
    reader.restart(node, &[&index.name]);
    assert_eq!(reader.read(), 5);
    assert!(reader.troubles()[0].starts_with("all indices are others"), "{:?}", reader.troubles());
    // Those are known from then on.
    reader.restart(node, &[&index.name]);
    assert_eq!(reader.read(), 0);
    assert_eq!(reader.troubles(), Vec::<String>::new());
}
