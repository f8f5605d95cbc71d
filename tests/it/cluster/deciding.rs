//! Decisions shared on real servers: by the protocol alone, and by consoles that know nothing of each other.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use watchfloor::cluster::{Client, Profile};
use watchfloor::triage::shared::{Answer, Sharing, restore};
use watchfloor::triage::{Action, Batch, Case, Decided, Entry, NewAlert, Proposal, Reason, Status, Store};

use super::desk::{Desk, quit};
use super::killed::holder;
use super::node::{Node, Own, PATIENCE, Vendor, turn, until};
use super::on_both;
use crate::state_kill::found;

type Console = Sharing<Client, Store>;

fn client(urls: &[String], prefix: &str) -> Client {
    let (url, decisions) = (urls.to_vec(), Some(prefix.to_owned()));
    Client::new("c", Profile { url, decisions, ..Profile::default() }).unwrap()
}

/// A console with a state of its own that knows this many alerts.
fn console(node: &Node, prefix: &str, name: &str, alerts: i64) -> Console {
    console_on(std::slice::from_ref(&node.url), prefix, name, alerts)
}

/// The same on one of several nodes.
fn console_on(urls: &[String], prefix: &str, name: &str, alerts: i64) -> Console {
    let mut store = Store::in_memory().unwrap();
    let alerts: Vec<NewAlert> = (0..alerts).map(found).collect();
    store.record(Batch { alerts: &alerts, ..Batch::default() }).unwrap();
    Sharing::new(client(urls, prefix), store, "c", prefix, name.to_owned())
}

fn proposal(console: &mut Console, alert: i64, analyst: &str, n: i64, action: Action) -> Proposal {
    let alert = found(alert).alert.id;
    let decided = console.copy().decisions_of(&alert).unwrap();
    let seen = decided.last().map_or(0, |decision| decision.seq);
    let at = found(n).alert.time;
    Proposal { alert, at, analyst: analyst.to_owned(), action, seen }
}

fn status(status: Status) -> Action {
    Action::SetStatus { status }
}

#[track_caller]
fn store(console: &mut Console, alert: i64, n: i64, action: Action) {
    let proposal = proposal(console, alert, "mk", n, action);
    let answer = console.decide(&[proposal]).remove(0);
    assert!(matches!(answer, Answer::Decided(Decided::Stored(_))), "{answer:?}");
}

fn entries(console: &mut Console) -> Vec<Entry> {
    console.copy().verify(None).unwrap();
    console.copy().log_entries(1, 100_000).unwrap()
}

/// Names for the indices of one test, deleted with it.
struct Team {
    node: Node,
    prefix: String,
}

impl Team {
    fn on(node: &Node) -> Self {
        Self { node: node.clone(), prefix: node.name("team").name.clone() }
    }

    fn index(&self, name: &str) -> Value {
        let name = format!("{}-{name}", self.prefix);
        self.node.ok("GET", &name, &Value::Null)[&name].clone()
    }

    fn exists(&self, name: &str) -> bool {
        self.node.ask("GET", &format!("{}-{name}", self.prefix), &Value::Null).0 == 200
    }

    fn delete(&self, name: &str) {
        self.node.ask("DELETE", &format!("{}-{name}", self.prefix), &Value::Null);
    }

    fn count(&self, name: &str) -> u64 {
        self.node.ok("POST", &format!("{}-{name}/_refresh", self.prefix), &Value::Null);
        let counted = self.node.ok("GET", &format!("{}-{name}/_count", self.prefix), &Value::Null);
        counted["count"].as_u64().unwrap()
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        self.delete("audit");
        self.delete("cases");
    }
}

on_both!(
    what_one_decides_the_others_see,
    a_deleted_log_is_made_by_no_write_and_restored_when_asked,
    two_consoles_on_folders_share_what_is_decided,
);

fn what_one_decides_the_others_see(node: &Node) {
    let team = Team::on(node);
    let [mut one, mut other] = ["one", "other"].map(|name| console(node, &team.prefix, name, 3));
    one.look().unwrap();
    assert!(!team.exists("audit"), "looking makes nothing");
    store(&mut one, 1, 1, status(Status::Acknowledged));
    let theirs = proposal(&mut other, 1, "rk", 2, status(Status::Closed(Reason::Other)));
    let answer = other.decide(&[theirs]).remove(0);
    assert!(matches!(answer, Answer::Decided(Decided::Conflict(_))), "{answer:?}");
    let long = Action::Note { text: "x".repeat(60_000), step: None };
    store(&mut other, 1, 3, long);
    store(&mut other, 1, 4, status(Status::Closed(Reason::Other)));
    for console in [&mut one, &mut other] {
        console.look().unwrap();
        assert_eq!(console.take_said(), Vec::<String>::new());
    }
    assert_eq!(entries(&mut one), entries(&mut other));
    assert_eq!((team.count("audit"), team.count("cases")), (3, 1));
    assert_eq!(team.index("audit")["mappings"]["dynamic"], "strict");
    let case = node.ok("GET", &format!("{}-cases/_doc/{}", team.prefix, found(1).alert.id.0), &Value::Null);
    assert_eq!((&case["_source"]["status"], &case["_source"]["revision"]), (&"closed".into(), &3.into()));
    // A state that begins now gets all of it.
    let mut afresh = console(node, &team.prefix, "afresh", 3);
    afresh.look().unwrap();
    assert_eq!(entries(&mut afresh), entries(&mut one));
}

fn a_deleted_log_is_made_by_no_write_and_restored_when_asked(node: &Node) {
    let team = Team::on(node);
    let mut one = console(node, &team.prefix, "one", 3);
    store(&mut one, 1, 1, status(Status::Acknowledged));
    store(&mut one, 2, 2, status(Status::Acknowledged));
    one.look().unwrap();
    team.delete("audit");
    team.delete("cases");
    for n in 3..5 {
        let proposal = proposal(&mut one, 0, "mk", n, status(Status::Acknowledged));
        let Answer::Failed(why) = one.decide(&[proposal]).remove(0) else { panic!("saved in no log") };
        assert!(why.contains("`watchfloor audit restore` writes them anew"), "{why}");
        assert!(one.look().is_err());
        assert!(!team.exists("audit") && !team.exists("cases"), "made by a write");
    }
    let restored = restore(&client(std::slice::from_ref(&node.url), &team.prefix), one.copy()).unwrap();
    assert_eq!((restored.written, restored.all), (2, 2));
    store(&mut one, 0, 5, status(Status::Acknowledged));
    one.look().unwrap();
    for index in ["audit", "cases"] {
        assert_eq!(team.index(index)["mappings"]["dynamic"], "strict");
    }
    assert_eq!(team.count("audit"), 3);
    // Documents of the view that are deleted come back when their alert is decided on.
    team.delete("cases");
    store(&mut one, 0, 6, status(Status::Closed(Reason::Other)));
    one.look().unwrap();
    let said = one.take_said().join("\n");
    assert!(said.contains("any more: written anew"), "{said}");
}

fn two_consoles_on_folders_share_what_is_decided(node: &Node) {
    let team = Team::on(node);
    let desk = Desk::new(&node.url, &[]);
    desk.configure(&format!("decisions = {:?}\n", team.prefix));
    let record = crate::cli::export("one", 1);
    desk.home.file("logs/one.json", format!(r#"{{"Records":[{record}]}}"#).as_bytes());
    let logs = desk.home.path("logs");
    let args = ["--since", "2020-01-01", logs.to_str().unwrap(), "cluster:c"];
    let states = ["one.db", "other.db"].map(|name| desk.home.path(name));
    let [mut one, mut other] = [0, 1].map(|n| desk.console_of(&states[n], ["mk", "rk"][n], &args));
    for console in [&one, &other] {
        console.wait_for("dana");
        console.wait_for("saved ✓");
    }
    one.type_keys("a");
    one.wait_for("acknowledged");
    one.wait_for("saved ✓");
    other.wait_for("acknowledged");
    assert_eq!(team.count("audit"), 1);
    quit(&mut one);
    quit(&mut other);
    for state in &states {
        let store = Store::open(state, watchfloor::triage::Access::ReadOnly).unwrap();
        store.verify(None).unwrap();
        assert_eq!(store.log_entries(1, 9).unwrap().len(), 1);
    }
}

#[test]
fn elasticsearch_is_killed_twice_while_four_decide() {
    let Some(own) = Own::start(Vendor::Elasticsearch, &[]) else { return };
    killed_twice(vec![own]);
}

#[test]
fn opensearch_is_killed_twice_while_four_decide() {
    let Some(own) = Own::start(Vendor::Opensearch, &[]) else { return };
    killed_twice(vec![own]);
}

#[test]
fn one_of_three_nodes_of_elasticsearch_is_killed_twice_while_four_decide() {
    let _turn = turn();
    let Some(nodes) = Own::cluster(Vendor::Elasticsearch, 3) else { return };
    killed_twice(nodes);
}

#[test]
fn one_of_three_nodes_of_opensearch_is_killed_twice_while_four_decide() {
    let _turn = turn();
    let Some(nodes) = Own::cluster(Vendor::Opensearch, 3) else { return };
    killed_twice(nodes);
}

/// Tells those who decide that it is over, also where whoever waits for them fails: else they would go on for ever.
struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Four consoles decide on 200 alerts while the node that holds the log is killed and started twice. No acknowledged decision
/// is lost, none doubled and none overwritten unseen.
fn killed_twice(mut nodes: Vec<Own>) {
    let urls: Vec<String> = nodes.iter().map(|own| own.node.url.clone()).collect();
    let over = AtomicBool::new(false);
    let acknowledged = Mutex::new(Vec::new());
    // The time of each proposal on a status, and that of the status that its analyst saw.
    let standing = Mutex::new(BTreeMap::new());
    let consoles: Vec<Console> = std::thread::scope(|scope| {
        let (urls, over, acknowledged, standing) = (&urls, &over, &acknowledged, &standing);
        let desks: Vec<_> = (0..4_i64)
            .map(|who| {
                scope.spawn(move || {
                    let mut console = console_on(urls, "watchfloor", &format!("console{who}"), 200);
                    console.wait_at_most(Duration::from_secs(5));
                    let analyst = format!("analyst{who}");
                    let (mut turn, mut unsaved, mut after) = (0, Vec::<Proposal>::new(), 0);
                    let (mut ended, mut why) = (None::<Instant>, String::new());
                    while after < 25 || !unsaved.is_empty() {
                        turn += 1;
                        if over.load(Ordering::Relaxed) {
                            after += 1;
                            let ago = ended.get_or_insert_with(Instant::now).elapsed();
                            assert!(ago < PATIENCE, "{analyst}: {} not saved after {ago:?}: {why}", unsaved.len());
                        }
                        let n = turn * 4 + who;
                        let alert = (turn * 7 + who * 3) % 200;
                        let action = match turn % 3 {
                            0 => Action::Note { text: format!("note {n}"), step: None },
                            1 => status(Status::Acknowledged),
                            _ => status(Status::Closed(Reason::Other)),
                        };
                        let proposal = proposal(&mut console, alert, &analyst, 1_000 + n, action);
                        let known = console.copy().decisions_of(&proposal.alert).unwrap();
                        let last = known.iter().rev().find(|d| matches!(d.action, Action::SetStatus { .. }));
                        let last = last.map(|d| d.at.timestamp_micros());
                        standing.lock().unwrap().insert(proposal.at.timestamp_micros(), last);
                        let mut all = std::mem::take(&mut unsaved);
                        all.push(proposal);
                        let answers = console.decide(&all);
                        for (proposal, answer) in all.into_iter().zip(answers) {
                            match answer {
                                Answer::Decided(Decided::Stored(_)) => acknowledged.lock().unwrap().push(proposal),
                                Answer::Decided(_) => {}
                                Answer::Failed(reason) => {
                                    why = reason;
                                    unsaved.push(proposal);
                                }
                            }
                        }
                        if !unsaved.is_empty() {
                            std::thread::sleep(Duration::from_millis(200));
                        }
                    }
                    console
                })
            })
            .collect();
        let ends = Ends(over);
        for round in 0..2 {
            let before = acknowledged.lock().unwrap().len();
            until("decisions", || acknowledged.lock().unwrap().len() > before + 40);
            if nodes.len() > 1 {
                // What is in one copy alone nobody can have while its node is gone.
                until("a second copy of the log", || {
                    let path = "_cluster/health/watchfloor-audit?wait_for_status=green&timeout=5s";
                    nodes[0].node.ask("GET", path, &Value::Null).1["timed_out"] == false
                });
            }
            let holder = holder(&nodes[0].node, "watchfloor-audit");
            let victim = nodes.iter().position(|own| own.name() == holder).unwrap_or(0);
            nodes[victim].kill();
            if nodes.len() > 1 {
                // By the copy that took over, while the node is gone.
                let before = acknowledged.lock().unwrap().len();
                until("decisions", || acknowledged.lock().unwrap().len() > before + 40);
            }
            nodes[victim].start_again();
            assert_eq!(nodes[victim].node.url, urls[victim], "round {round}");
        }
        drop(ends);
        desks.into_iter().map(|desk| desk.join().unwrap()).collect()
    });
    let mut consoles = consoles;
    consoles.iter_mut().for_each(|console| console.look().unwrap());
    let log = entries(&mut consoles[0]);
    for console in &mut consoles[1..] {
        assert_eq!(entries(console), log);
    }
    let team = Team { node: nodes[0].node.clone(), prefix: "watchfloor".to_owned() };
    assert_eq!(team.count("audit"), log.len() as u64);
    let times: BTreeSet<i64> = log.iter().map(|entry| entry.at).collect();
    assert_eq!(times.len(), log.len(), "one decision twice");
    let acknowledged = acknowledged.into_inner().unwrap();
    assert!(acknowledged.iter().all(|proposal| times.contains(&proposal.at.timestamp_micros())), "one is lost");
    let standing = standing.into_inner().unwrap();
    let mut last: BTreeMap<_, (&str, i64)> = BTreeMap::new();
    for entry in log.iter().filter(|entry| entry.action.contains("set_status")) {
        if let Some((analyst, at)) = last.get(&entry.alert)
            && *analyst != entry.analyst
        {
            assert_eq!(standing[&entry.at], Some(*at), "overwritten unseen: {entry:?}");
        }
        last.insert(entry.alert.clone(), (&entry.analyst, entry.at));
    }
    for alert in 0..200 {
        let id = found(alert).alert.id;
        let cases: BTreeSet<Status> =
            consoles.iter_mut().map(|console| Case::fold(&console.copy().decisions_of(&id).unwrap()).status).collect();
        assert_eq!(cases.len(), 1);
    }
    assert!(acknowledged.len() > 150, "{} acknowledged, {} in the log", acknowledged.len(), log.len());
}
