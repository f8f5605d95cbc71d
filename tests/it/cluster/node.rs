//! Real servers: Elasticsearch and OpenSearch nodes, as `tests/nodes/start` starts them.
//!
//! They run only where `WATCHFLOOR_NODES` asks for them: `WATCHFLOOR_NODES=elasticsearch,opensearch`, as `.ci/run` does.
//! One that runs already is named with its address, which saves its start: `opensearch=http://127.0.0.1:9200`.
//! A node is shared by all tests of the process, so each has indices of its own ([`Index`]); a test that kills
//! nodes or needs their settings starts some for itself ([`Own`]).

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, Once, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use watchfloor::event::named_fields;
use watchfloor::query::FieldType;

use super::http;

/// What asks for real servers.
const ASKED: &str = "WATCHFLOOR_NODES";

/// Longer than anything takes on a machine that is busy compiling.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Vendor {
    Elasticsearch,
    Opensearch,
}

impl Vendor {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Elasticsearch => "elasticsearch",
            Self::Opensearch => "opensearch",
        }
    }

    /// What `WATCHFLOOR_NODES` says of it: nothing, or perhaps its address. Says once that tests are skipped.
    fn asked(self) -> Option<Option<String>> {
        static SKIPPED: Once = Once::new();
        let asked = std::env::var(ASKED).unwrap_or_default();
        if asked.is_empty() {
            // Not by a macro: what a test prints by one is not seen when it passes.
            SKIPPED.call_once(|| {
                let _ = writeln!(
                    std::io::stderr(),
                    "skipped: tests with real search servers; {ASKED}=elasticsearch,opensearch runs them"
                );
            });
        }
        asked.split(',').find_map(|one| {
            let (name, address) = one.split_once('=').map_or((one, None), |(name, address)| (name, Some(address)));
            (name.trim() == self.name()).then(|| address.map(str::to_owned))
        })
    }
}

/// A node, and the process where it is ours.
type Started = (Node, Option<Mutex<Child>>);

/// A server to send requests to.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) vendor: Vendor,
    /// `http://127.0.0.1:PORT`.
    pub(crate) url: String,
}

impl Node {
    /// The one of this vendor that all tests of the process share; `None` where nobody asked for it.
    pub(crate) fn shared(vendor: Vendor) -> Option<&'static Self> {
        static NODES: [OnceLock<Option<Started>>; 2] = [OnceLock::new(), OnceLock::new()];
        let started = NODES[vendor as usize].get_or_init(|| match vendor.asked()? {
            Some(url) => Some((Self { vendor, url }, None)),
            // The end of this process is the end of its standard input, and so its own.
            None => {
                let (url, child) = start(vendor, "-".as_ref(), 0, &[]);
                Some((Self { vendor, url }, Some(Mutex::new(child))))
            }
        });
        started.as_ref().map(|(node, _)| node)
    }

    /// Sends a request: the status, and the body as JSON or as a string.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        self.ask_bytes(method, path, &body)
    }

    pub(crate) fn ask_bytes(&self, method: &str, path: &str, body: &[u8]) -> (u16, Value) {
        let answer = http::ask(&self.url, method, path, body).unwrap_or_else(|e| panic!("{method} {path}: {e}"));
        (answer.status(), http::json(&answer))
    }

    /// Sends a request that must succeed.
    #[track_caller]
    pub(crate) fn ok(&self, method: &str, path: &str, body: &Value) -> Value {
        let (status, answer) = self.ask(method, path, body);
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }

    /// An index of its own with the integration's types, empty, of one shard; `pattern` covers those of the same test.
    pub(crate) fn index(&self, name: &str) -> Index {
        self.index_with(name, json!({}), self.mapping())
    }

    /// An index of its own with these settings (below `index`) and mappings.
    pub(crate) fn index_with(&self, name: &str, settings: Value, mappings: Value) -> Index {
        let index = self.name(name);
        let body = json!({ "settings": with_defaults(settings), "mappings": mappings });
        self.ok("PUT", &index.name, &body);
        index
    }

    /// A name for an index that nobody else has, for whoever makes the index. It is deleted in the end.
    pub(crate) fn name(&self, name: &str) -> Index {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Index { node: self.clone(), name: format!("t{}-{number}-{name}", std::process::id()) }
    }

    /// The mapping of an index with ECS's types and the integration's, as Filebeat and Agent make it.
    pub(crate) fn mapping(&self) -> Value {
        let mut properties = json!({});
        let fields = named_fields();
        for (name, kind) in &fields {
            let root = name.split('.').next().unwrap();
            if ROOTS.contains(&root) && !matches!(kind, FieldType::Object | FieldType::Nested) {
                let parents = name.rsplit_once('.').map_or(String::new(), |(above, _)| {
                    above.split('.').fold(String::new(), |path, part| format!("{path}/{part}/properties"))
                });
                let leaf = name.rsplit('.').next().unwrap();
                *place(&mut properties, &format!("{parents}/{leaf}")) = self.field(name, *kind);
            }
        }
        json!({
            "properties": properties,
            "dynamic_templates": [
                { "strings": { "match_mapping_type": "string", "mapping": { "type": "keyword", "ignore_above": 1024 } } },
            ],
        })
    }

    fn field(&self, name: &str, kind: FieldType) -> Value {
        let plain = match kind {
            FieldType::Text => "text",
            FieldType::Ip => "ip",
            FieldType::Date => "date",
            FieldType::Long => "long",
            FieldType::Double => "double",
            FieldType::Boolean => "boolean",
            FieldType::GeoPoint => "geo_point",
            FieldType::Flattened if self.vendor == Vendor::Opensearch => "flat_object",
            FieldType::Flattened => "flattened",
            // A wildcard field needs a module that Maven Central lacks, and answers like a keyword.
            _ => "keyword",
        };
        let long = ["aws.cloudtrail.request_parameters", "aws.cloudtrail.response_elements"].contains(&name);
        let mut field = json!({ "type": plain });
        if plain == "keyword" {
            field["ignore_above"] = json!(if long { 8191 } else { 1024 });
        }
        if watchfloor::query::Schema::field_type(watchfloor::event::schema(), &format!("{name}.text"))
            == FieldType::Text
        {
            field["fields"] = json!({ "text": { "type": "text" } });
        }
        field
    }
}

/// What of ECS an index of CloudTrail has: all of it would make each a second slower.
const ROOTS: [&str; 33] = [
    "@timestamp",
    "actor",
    "agent",
    "aws",
    "client",
    "cloud",
    "data_stream",
    "destination",
    "ecs",
    "entity",
    "error",
    "event",
    "file",
    "group",
    "host",
    "http",
    "input",
    "labels",
    "log",
    "message",
    "network",
    "organization",
    "related",
    "resource",
    "server",
    "service",
    "source",
    "tags",
    "target",
    "tls",
    "url",
    "user",
    "user_agent",
];

/// The value at this path, made where there is none.
fn place<'v>(value: &'v mut Value, path: &str) -> &'v mut Value {
    path.split('/').filter(|part| !part.is_empty()).fold(value, |value, part| &mut value[part])
}

fn with_defaults(settings: Value) -> Value {
    let mut index = json!({ "number_of_replicas": 0, "mapping": { "total_fields": { "limit": 20_000 } } });
    for (name, value) in settings.as_object().unwrap() {
        index[name] = value.clone();
    }
    json!({ "index": index })
}

/// An index of one test; gone with it.
#[derive(Debug)]
pub(crate) struct Index {
    pub(crate) node: Node,
    pub(crate) name: String,
}

impl Index {
    /// A name that begins as this one's, for an index that one pattern covers with it.
    pub(crate) fn another(&self, name: &str) -> Self {
        Self { node: self.node.clone(), name: format!("{}-{name}", self.name) }
    }

    /// Indexes documents, one a line, each under its `event.id`, or one that the server makes up; then refreshes.
    #[track_caller]
    pub(crate) fn load(&self, documents: &str) {
        self.load_without_refresh(documents);
        self.refresh();
    }

    #[track_caller]
    pub(crate) fn load_without_refresh(&self, documents: &str) {
        let lines: Vec<&str> = documents.lines().collect();
        for lines in lines.chunks(2_000) {
            let mut body = String::new();
            for line in lines {
                let id =
                    serde_json::from_str::<Value>(line).ok().and_then(|d| Some(d["event"]["id"].as_str()?.to_owned()));
                let action = id.map_or(json!({ "create": {} }), |id| json!({ "create": { "_id": id } }));
                body += &format!("{action}\n{line}\n");
            }
            let (status, answer) = self.node.ask_bytes("POST", &format!("{}/_bulk", self.name), body.as_bytes());
            assert!(status == 200 && answer["errors"] == false, "{status} {}", first_error(&answer));
        }
    }

    /// Indexes one document under this id, as its bytes are.
    #[track_caller]
    pub(crate) fn put(&self, id: &str, document: &[u8]) {
        let (status, answer) = self.node.ask_bytes("PUT", &format!("{}/_doc/{id}?refresh=true", self.name), document);
        assert!((200..300).contains(&status), "{status} {answer}");
    }

    pub(crate) fn refresh(&self) {
        self.node.ok("POST", &format!("{}/_refresh", self.name), &Value::Null);
    }

    /// How many documents can be found.
    pub(crate) fn count(&self) -> u64 {
        self.node.ok("GET", &format!("{}/_count", self.name), &Value::Null)["count"].as_u64().unwrap()
    }
}

impl Drop for Index {
    fn drop(&mut self) {
        // The node may be gone with the test.
        let _ = http::ask(&self.node.url, "DELETE", &format!("{}?ignore_unavailable=true", self.name), b"");
    }
}

fn first_error(answer: &Value) -> Value {
    let mut items = answer["items"].as_array().into_iter().flatten();
    items.find(|item| !item["create"]["error"].is_null()).unwrap_or(answer).clone()
}

/// A node that one test has for itself: it can be killed and started again at the same place.
pub(crate) struct Own {
    pub(crate) node: Node,
    child: Option<Child>,
    data: TempDir,
    port: u16,
    settings: Vec<String>,
}

impl Own {
    /// A single node; `None` where nobody asked for servers of this vendor.
    pub(crate) fn start(vendor: Vendor, settings: &[&str]) -> Option<Self> {
        vendor.asked()?;
        let settings = settings.iter().map(ToString::to_string).collect();
        let mut own = Self {
            node: Node { vendor, url: String::new() },
            child: None,
            data: TempDir::new().unwrap(),
            port: free_port(),
            settings,
        };
        own.begin();
        own.wait();
        Some(own)
    }

    /// Several nodes that are one cluster.
    pub(crate) fn cluster(vendor: Vendor, count: usize) -> Option<Vec<Self>> {
        vendor.asked()?;
        let transports: Vec<u16> = (0..count).map(|_| free_port()).collect();
        let hosts: Vec<String> = transports.iter().map(|port| format!("127.0.0.1:{port}")).collect();
        let names: Vec<String> = (0..count).map(|n| format!("n{n}")).collect();
        let (discovery, first) = match vendor {
            Vendor::Elasticsearch => ("multi-node", "cluster.initial_master_nodes"),
            Vendor::Opensearch => ("zen", "cluster.initial_cluster_manager_nodes"),
        };
        let mut nodes: Vec<Self> = (0..count)
            .map(|n| Self {
                node: Node { vendor, url: String::new() },
                child: None,
                data: TempDir::new().unwrap(),
                port: free_port(),
                settings: vec![
                    format!("node.name={}", names[n]),
                    format!("transport.port={}", transports[n]),
                    format!("discovery.type={discovery}"),
                    format!("discovery.seed_hosts={}", hosts.join(",")),
                    format!("{first}={}", names.join(",")),
                ],
            })
            .collect();
        // Each waits for the others before it says that it is ready.
        nodes.iter_mut().for_each(Self::begin);
        nodes.iter_mut().for_each(Self::wait);
        let path = format!("_cluster/health?wait_for_nodes={count}&timeout=60s");
        assert_eq!(nodes[0].node.ok("GET", &path, &Value::Null)["timed_out"], false);
        Some(nodes)
    }

    /// Its name in its cluster.
    pub(crate) fn name(&self) -> &str {
        self.settings.iter().find_map(|setting| setting.strip_prefix("node.name=")).unwrap_or("node")
    }

    /// Ends it as nothing can prepare for.
    pub(crate) fn kill(&mut self) {
        let mut child = self.child.take().expect("a node that runs");
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Starts it again, with the data it had.
    pub(crate) fn start_again(&mut self) {
        self.begin();
        self.wait();
    }

    fn begin(&mut self) {
        assert!(self.child.is_none(), "it runs");
        let settings: Vec<&str> = self.settings.iter().map(String::as_str).collect();
        self.child = Some(spawn(self.node.vendor, self.data.path(), self.port, &settings));
    }

    fn wait(&mut self) {
        self.node.url = ready(self.child.as_mut().unwrap(), self.data.path());
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        if self.child.is_some() {
            self.kill();
        }
    }
}

/// Held by a test while it runs nodes of its own, so that not all of them do at once: each takes 600 MB.
pub(crate) fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A port that nobody listens on; below those that connections get, as a node that is started again wants the same.
fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        let next = (std::process::id() * 61 + NEXT.fetch_add(1, Ordering::Relaxed)) % 12_000;
        let port = 20_000 + u16::try_from(next).unwrap();
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

fn start(vendor: Vendor, data: &Path, port: u16, settings: &[&str]) -> (String, Child) {
    let mut child = spawn(vendor, data, port, settings);
    let url = ready(&mut child, data);
    (url, child)
}

fn spawn(vendor: Vendor, data: &Path, port: u16, settings: &[&str]) -> Child {
    let mut command = Command::new(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/nodes/start"));
    command.arg(vendor.name()).arg(data).arg(port.to_string()).args(settings);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("tests/nodes/start can be run")
}

/// The address of a node that says that it is ready.
fn ready(child: &mut Child, data: &Path) -> String {
    let (tell, told) = std::sync::mpsc::channel();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    std::thread::spawn(move || {
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        drop(tell.send(line));
    });
    let line = told.recv_timeout(PATIENCE).unwrap_or_else(|_| {
        child.kill().unwrap();
        format!("not ready after {PATIENCE:?}\n")
    });
    let Some(url) = line.trim().strip_prefix("ready ") else {
        let log = std::fs::read_to_string(data.join("node.log")).unwrap_or_default();
        panic!("tests/nodes/start ended with {:?}: {line}{log}", child.wait());
    };
    url.to_owned()
}

/// Waits until `yes`.
#[track_caller]
pub(crate) fn until(what: &str, mut yes: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !yes() {
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
