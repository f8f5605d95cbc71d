//! What a server is asked for finds every document that our own evaluation matches: on real nodes, over documents as they
//! should be and as they should not, in indices that make all sorts of things of their fields.

#![expect(clippy::print_stdout, reason = "says how much wider the questions are than the answers")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use watchfloor::cluster::dsl::{Caps, candidates};
use watchfloor::event::{Event, schema};
use watchfloor::query::kql::{self, Node};
use watchfloor::query::{FieldType, RangeOp, Schema as _};

use super::node::{Index, Node as Server, Vendor};
use super::on_both;

on_both!(nothing_that_matches_is_left_out, more_clauses_than_a_server_takes_are_several_requests);

/// A generator that is the same everywhere.
struct Draw(u64);

impl Draw {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n
    }

    fn of<'v, T>(&mut self, values: &'v [T]) -> &'v T {
        &values[self.below(values.len())]
    }
}

fn demo() -> Vec<Value> {
    let mut program = Command::new(env!("CARGO_BIN_EXE_watchfloor"));
    let output = program.args(["ecs", "fixtures/demo"]).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A record that nobody has mapped.
fn record(n: usize) -> Value {
    json!({
        "eventVersion": "1.11", "eventID": format!("raw-{n}"), "eventTime": "2026-11-23T10:00:00Z",
        "eventName": "StartExportTask", "eventSource": "rds.amazonaws.com", "sourceIPAddress": "192.0.2.9",
        "userAgent": "[S3 Browser/11]", "requestParameters": {"bucketName": "loot"},
        "userIdentity": {"type": "IAMUser", "userName": "alice", "arn": "arn:aws:iam::111122223333:user/alice"},
    })
}

/// The same documents, of which every other one is made odd.
fn documents() -> Vec<Value> {
    let mut draw = Draw(7);
    let mut documents: Vec<Value> = demo().into_iter().step_by(3).collect();
    let long = |n| "x".repeat(n);
    for (n, document) in documents.iter_mut().enumerate() {
        let text =
            |at: &str, document: &Value| document.pointer(at).and_then(Value::as_str).unwrap_or("none").to_owned();
        match draw.below(28) {
            0 => {
                document["user_agent"]["original"] =
                    format!("{}{}", long(1_100), text("/user_agent/original", document)).into()
            }
            1 => {
                let request = text("/aws/cloudtrail/request_parameters", document);
                document["aws"]["cloudtrail"]["request_parameters"] = format!("{request}{}", long(9_000)).into();
            }
            2 => document["related"]["user"] = json!([text("/user/name", document), format!("root{}", long(2_000))]),
            3 => {
                document["aws"]["cloudtrail"]["resources"] =
                    json!([{"arn": "arn:short"}, {"arn": format!("arn:{}loot", long(1_500))}])
            }
            4 => document["event"].as_object_mut().unwrap().remove("action").map_or((), drop),
            5 => document["user"]["id"] = json!(12_345 + n),
            6 => document["labels"] = json!({"team": "blue", "n": [1, 2.5, true]}),
            7 => {
                let action = document["event"].as_object_mut().unwrap().remove("action");
                document["event.action"] = action.into();
            }
            8 => {
                *document = json!({"@timestamp": "2026-11-23T10:00:01Z", "message": record(n).to_string(), "tags": ["forwarded"]})
            }
            9 => *document = record(n),
            10 => document["event"]["action"] = format!("Put{}", long(3_000)).into(),
            11 => {
                document["aws"]["cloudtrail"]["flattened"]["request_parameters"] = json!({"a.b": "dotted", "a": {"c": [1.0, "two"]}, "deep": {"er": {"still": format!("{}end", long(300))}}});
            }
            12 => document["source"]["port"] = json!(400 + n % 50),
            13 => document["custom"] = json!({"word": "Blue Sky", "size": n, "flag": true, "net": "10.1.2.3"}),
            14 => document["related"]["ip"] = json!(["2001:db8::1", "192.0.2.200"]),
            15 => document["event"]["provider"] = json!("IAM.amazonaws.com"),
            16 => {
                document["aws"]["cloudtrail"]["flattened"]["response_elements"] =
                    json!({"arr": [["x"], null, ["y", ["z"]]]})
            }
            _ => {}
        }
    }
    documents
}

/// Indices, from what Elastic makes of the documents to what should not be.
fn indices(node: &Server) -> Vec<(Index, BTreeMap<String, Value>)> {
    let documents = documents();
    let plain = json!({"mapping": {"total_fields": {"limit": 20_000}}});
    let folded = json!({"analysis": {"normalizer": {"low": {"type": "custom", "filter": ["lowercase"]}}}});
    let keyword = |limit: u32| json!({"type": "keyword", "ignore_above": limit});
    let odd = json!({
        "dynamic_templates": [{"strings": {"match_mapping_type": "string", "mapping": keyword(256)}}],
        "properties": {
            "@timestamp": {"type": "date_nanos"},
            "source": {"properties": {
                "address": {"type": "ip", "ignore_malformed": true}, "ip": {"type": "keyword"},
            }},
            "event": {"properties": {
                "provider": {"type": "keyword", "normalizer": "low"}, "action": keyword(10),
                "outcome": {"type": "keyword", "index": false, "doc_values": false},
            }},
            "user": {"properties": {"name": {"type": "text"}, "id": keyword(5)}},
            "user_agent": {"properties": {"original": keyword(30)}},
            "aws": {"properties": {"cloudtrail": {"properties": {
                "recipient_account_id": {"type": "long"}, "flattened": {"type": "object", "enabled": false},
                "user_identity": {"properties": {"type": {"type": "long", "ignore_malformed": true}}},
            }}}},
        },
    });
    let hidden = json!({"dynamic": false, "properties": {"event": {"properties": {"action": {"type": "keyword"}}}}});
    let blind = json!({"properties": {"event": {"properties": {
        "action": {"type": "keyword", "index": false, "doc_values": false},
    }}}});
    let made = [
        node.index("typed"),
        node.index_with("guessed", plain.clone(), json!({})),
        node.index_with("odd", folded, odd),
        node.index_with("hidden", plain.clone(), hidden),
        node.index_with("blind", plain, blind),
    ];
    made.into_iter().map(|index| load(index, &documents)).collect()
}

/// The documents that the index takes.
fn load(index: Index, documents: &[Value]) -> (Index, BTreeMap<String, Value>) {
    let mut taken = BTreeMap::new();
    for (chunk, documents) in documents.chunks(500).enumerate() {
        let mut body = String::new();
        for (n, document) in documents.iter().enumerate() {
            body += &format!("{}\n{document}\n", json!({"create": {"_id": (chunk * 500 + n).to_string()}}));
        }
        let (_, answer) = index.node.ask_bytes("POST", &format!("{}/_bulk", index.name), body.as_bytes());
        for (item, document) in answer["items"].as_array().unwrap().iter().zip(documents) {
            if item["create"]["error"].is_null() {
                taken.insert(item["create"]["_id"].as_str().unwrap().to_owned(), document.clone());
            }
        }
    }
    index.refresh();
    assert!(taken.len() > documents.len() / 2, "{}: {} of {}", index.name, taken.len(), documents.len());
    (index, taken)
}

/// Queries made of the documents' own fields and values.
struct Questions {
    draw: Draw,
    values: Vec<(String, Vec<String>)>,
}

impl Questions {
    fn new(documents: &[Value]) -> Self {
        let mut values: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for document in documents {
            let event = document.to_string();
            let Ok(event) = Event::parse(event.as_bytes()) else { continue };
            collect("", &event.ecs(), &mut values);
        }
        let values = values.into_iter().map(|(field, values)| (field, values.into_iter().collect())).collect();
        Self { draw: Draw(1), values }
    }

    fn atom(&mut self) -> Node {
        let (field, values) = self.draw.of(&self.values);
        let text = self.draw.of(values).clone();
        let at = |place: usize| text.char_indices().map(|(at, _)| at).nth(place).unwrap_or(text.len());
        let length = text.chars().count().min(40);
        let (i, j) = (self.draw.below(length + 1), self.draw.below(length + 1));
        let (from, to) = (at(i.min(j)), at(i.max(j)));
        let cut = |from: usize, to: usize| text[from..to].to_owned();
        let sides = [RangeOp::Gt, RangeOp::Gte, RangeOp::Lt, RangeOp::Lte];
        let wild = |pieces: &[String]| Node::wildcard(field, pieces.to_vec());
        let kind = schema().field_type(field);
        match (self.draw.below(20), kind) {
            (0, FieldType::Date) => Node::is(field, &cut(0, text.len().min(10))),
            (0, _) => Node::exists(field),
            (1..=4, FieldType::Date | FieldType::Long | FieldType::Double) => {
                Node::range(field, *self.draw.of(&sides), &text)
            }
            (1 | 2, FieldType::Ip) => Node::is(field, &format!("{text}/{}", self.draw.of(&[8, 16, 24, 31, 32]))),
            (1, _) => Node::range(field, *self.draw.of(&sides), &text),
            (2, _) => Node::is(field, &text.to_uppercase()),
            (3..=5, _) => wild(&[cut(0, to), String::new()]),
            (6..=7, _) => wild(&[String::new(), cut(from, to), String::new()]),
            (8, _) => wild(&[String::new(), cut(from, text.len())]),
            (9, _) => wild(&[cut(0, from), cut(to, text.len())]),
            (10, _) => {
                kql::parse(&format!("{}.*: *", field.rsplit_once('.').map_or("event", |(above, _)| above))).unwrap()
            }
            (11, _) => {
                let other = self.draw.of(&self.values);
                Node::is(&other.0, &text)
            }
            _ => Node::is(field, &text),
        }
    }

    fn next(&mut self, depth: usize) -> Node {
        match self.draw.below(10) {
            _ if depth > 3 => self.atom(),
            0..=3 => self.atom(),
            4 | 5 => self.next(depth + 1).negated(),
            6 | 7 => Node::any(vec![self.next(depth + 1), self.next(depth + 1)]).unwrap(),
            _ => Node::all(vec![self.next(depth + 1), self.next(depth + 1)]).unwrap(),
        }
    }
}

fn collect(path: &str, value: &Value, values: &mut BTreeMap<String, BTreeSet<String>>) {
    match value {
        Value::Object(object) => object.iter().for_each(|(key, value)| {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            collect(&path, value, values);
        }),
        Value::Array(items) => items.iter().for_each(|item| collect(path, item, values)),
        Value::Null => {}
        Value::String(text) => _ = values.entry(path.to_owned()).or_default().insert(text.clone()),
        other => _ = values.entry(path.to_owned()).or_default().insert(other.to_string()),
    }
}

/// The queries of Elastic's rules, where they are at hand.
fn rules() -> Vec<(String, Node)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance/rules/aws");
    let Ok(files) = std::fs::read_dir(&folder) else {
        println!("skipped: {} is not here", folder.display());
        return Vec::new();
    };
    let mut rules = Vec::new();
    for file in files {
        let path = file.unwrap().path();
        let file: toml::Table = std::fs::read_to_string(&path).unwrap().parse().unwrap();
        let is_kql = file["rule"].get("language").is_some_and(|language| language.as_str() == Some("kuery"));
        if let Some(query) = file["rule"].get("query").filter(|_| is_kql) {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            rules.push((name, kql::parse(query.as_str().unwrap()).unwrap()));
        }
    }
    rules.sort_by(|(a, _), (b, _)| a.cmp(b));
    rules
}

fn vendor(node: &Server) -> watchfloor::cluster::Vendor {
    match node.vendor {
        Vendor::Elasticsearch => watchfloor::cluster::Vendor::Elasticsearch,
        Vendor::Opensearch => watchfloor::cluster::Vendor::OpenSearch,
    }
}

fn caps(node: &Server, indices: &str, queries: &[(String, Node)]) -> Caps {
    let mut caps = Caps::default();
    let names = Vec::from_iter(Caps::names(queries, schema()));
    // A server takes 4,096 bytes, whatever a field is called.
    for names in names.chunks(20) {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".,_".contains(&byte);
        let written = |byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02x}") };
        let names: String = names.join(",").bytes().map(written).collect();
        let path = format!("{indices}/_field_caps?fields={names}&include_unmapped=true&ignore_unavailable=true");
        caps.add(&node.ok("GET", &path, &Value::Null));
    }
    caps
}

/// The index and the id of all that the server finds.
fn found(node: &Server, indices: &str, query: &Value) -> BTreeSet<(String, String)> {
    let path = format!("{indices}/_search?allow_partial_search_results=false");
    let answer = node.ok("POST", &path, &json!({"query": query, "size": 10_000, "_source": false}));
    assert_eq!(answer["_shards"]["failed"], 0, "{answer}");
    let hits = answer["hits"]["hits"].as_array().unwrap();
    assert!(hits.len() < 10_000);
    let text = |hit: &Value, key: &str| hit[key].as_str().unwrap().to_owned();
    hits.iter().map(|hit| (text(hit, "_index"), text(hit, "_id"))).collect()
}

fn count(node: &Server, index: &str, query: &Value) -> u64 {
    let answer = node.ok("POST", &format!("{index}/_count"), &json!({"query": query}));
    assert_eq!(answer["_shards"]["failed"], 0, "{answer}");
    answer["count"].as_u64().unwrap()
}

fn nothing_that_matches_is_left_out(node: &Server) {
    let loaded = indices(node);
    let pattern = loaded.iter().map(|(index, _)| index.name.as_str()).collect::<Vec<_>>().join(",");
    let typed = &loaded[0].0.name;
    let now: DateTime<Utc> = "2026-11-26T12:00:00Z".parse().unwrap();
    let texts: Vec<((String, String), String)> = loaded
        .iter()
        .flat_map(|(index, documents)| {
            documents.iter().map(|(id, document)| ((index.name.clone(), id.clone()), document.to_string()))
        })
        .collect();
    let events: Vec<(&(String, String), Event<'_>)> =
        texts.iter().filter_map(|(place, text)| Some((place, Event::parse(text.as_bytes()).ok()?))).collect();
    let mut questions = Questions::new(&documents());
    let mut asked = rules();
    let of_rules = asked.len();
    asked.extend((0..300).map(|n| (format!("random {n}"), questions.next(0))));
    let caps = caps(node, &pattern, &asked);
    let (mut matches, mut wide, mut alone, mut alone_wide) = (0, 0, [0, 0], [0, 0]);
    for (n, query) in asked.iter().enumerate() {
        let text = query.1.to_string();
        let compiled = kql::prepare(&text, &query.1, schema(), now);
        let ours: BTreeSet<&(String, String)> =
            events.iter().filter(|(_, event)| compiled.matches(event)).map(|(place, _)| *place).collect();
        let one = std::slice::from_ref(query);
        let clauses = candidates(one, schema(), &caps, vendor(node));
        let theirs: BTreeSet<_> = clauses.iter().flat_map(|clause| found(node, &pattern, clause)).collect();
        let missed: Vec<_> = ours.iter().filter(|place| !theirs.contains(**place)).collect();
        assert!(
            missed.is_empty(),
            "{} misses {} of {}, such as {:?}\n{text}\n{}",
            query.0,
            missed.len(),
            ours.len(),
            missed[0],
            clauses[0]
        );
        matches += ours.len();
        wide += theirs.len();
        // One index by itself, as it should be.
        let clauses = candidates(one, schema(), &caps.only(typed), vendor(node));
        let theirs: u64 = clauses.iter().map(|clause| count(node, typed, clause)).sum();
        let ours = ours.iter().filter(|(index, _)| index == typed).count() as u64;
        let part = usize::from(n >= of_rules);
        alone[part] += ours;
        alone_wide[part] += theirs;
        assert!(theirs >= ours);
    }
    // All rules at once, whatever the index.
    for (index, _) in &loaded {
        for clause in candidates(&asked[..of_rules], schema(), &caps.only(&index.name), vendor(node)) {
            count(node, &index.name, &clause);
        }
    }
    let documents = loaded[0].1.len();
    println!(
        "{} queries over {} documents: {wide} candidates for {matches} matches; in the index with types, of {documents}: \
         {} for {} of rules, {} for {} at random",
        asked.len(),
        texts.len(),
        alone_wide[0],
        alone[0],
        alone_wide[1],
        alone[1],
    );
}

fn more_clauses_than_a_server_takes_are_several_requests(node: &Server) {
    let index = node.index("many");
    let document = |n: usize| json!({"event": {"id": n.to_string(), "action": "A"}, "user_agent": {"original": format!("agent {n} x")}});
    index.load(&[document(7), document(2_000), document(5)].map(|document| document.to_string()).join("\n"));
    let queries: Vec<(String, Node)> = (0..2_400)
        .map(|n| (n.to_string(), kql::parse(&format!("event.action: A and user_agent.original: *{n} x*")).unwrap()))
        .collect();
    let caps = caps(node, &index.name, &queries);
    let requests = candidates(&queries, schema(), &caps, vendor(node));
    assert!((5..=12).contains(&requests.len()), "{}", requests.len());
    let theirs: BTreeSet<String> =
        requests.iter().flat_map(|clause| found(node, &index.name, clause)).map(|(_, id)| id).collect();
    assert_eq!(Vec::from_iter(theirs), ["2000", "5", "7"]);
}
