//! Questions get the answers of a file from a cluster that has the same documents.

use std::path::PathBuf;

use chrono::{Duration, Utc};
use watchfloor::cluster::{Client, Profile};
use watchfloor::engine::{
    self, Explored, Extent, Phase, Question, ReadRecord, ReplayOf, Request, Story, StoryQuestion, Update,
};
use watchfloor::investigate::{Belongs, Cast};
use watchfloor::query::Language;
use watchfloor::trail::Origin;
use watchfloor::triage::{AlertRow, Store};

use super::{Running, playing, rules};
use crate::cluster::desk::Desk;
use crate::cluster::node::Node;
use crate::cluster::on_both;

on_both!(explore_story_and_records_are_the_same, a_cluster_that_does_not_answer_is_a_gap);

/// A replay that has come to its end.
fn replay(of: ReplayOf) -> Running {
    let running = Running::start(|outlet| {
        let options = playing(f64::INFINITY, false);
        engine::replay(of, rules(), options, Store::in_memory().unwrap(), outlet).unwrap()
    });
    running.figures("the end", |h| h.phase == Phase::Ended);
    running
}

fn client(url: &str, index: &str) -> Client {
    let profile = Profile { url: vec![url.to_owned()], index: vec![index.to_owned()], ..Profile::default() };
    Client::new("c", profile).unwrap()
}

fn nowhere() -> Origin {
    Origin::from_columns(std::path::Path::new(""), 0, None)
}

/// The answer without how much was read, and where.
fn explored(running: &Running, ticket: u64, (language, query): (Language, &str)) -> (Explored, Extent) {
    let since = ticket.is_multiple_of(2).then(|| "2026-11-23T10:00:00Z".parse().unwrap());
    let fields = ["event.action", "source.address"].map(str::to_owned).to_vec();
    let question = Question { ticket, language, query: query.to_owned(), since, until: None, now: Utc::now(), fields };
    running.engine.ask(Request::Explore(question));
    let mut answer = running.wait("an answer", |told| {
        told.iter().find_map(|update| match update {
            Update::Explored(answer) if answer.ticket == ticket && answer.done => Some((**answer).clone()),
            _ => None,
        })
    });
    answer.events.iter_mut().for_each(|event| event.at.origin = nowhere());
    let of = std::mem::take(&mut answer.of);
    assert_eq!(std::mem::take(&mut answer.read), of);
    (answer, of)
}

fn story(running: &Running, ticket: u64, attack: &AlertRow, belongs: Belongs) -> Story {
    let mut cast = Cast::default();
    cast.add(&attack.event_id, &attack.assessment.trace, attack.summary.target.as_deref());
    let reach = Duration::hours(2);
    running.engine.ask(Request::Story(StoryQuestion {
        ticket,
        cast: cast.that(belongs),
        from: Some(attack.time - reach),
        to: Some(attack.time + reach),
        near: attack.time,
    }));
    let mut story = running.wait("a story", |told| {
        told.iter().find_map(|update| match update {
            Update::Story(story) if story.ticket == ticket && story.done => Some((**story).clone()),
            _ => None,
        })
    });
    story.scenes.iter_mut().for_each(|scene| scene.origin = nowhere());
    Story { read: Extent::default(), of: Extent::default(), ..story }
}

fn attack(running: &Running) -> AlertRow {
    let found = |told: &[Update]| {
        super::alerts(told).into_iter().find(|row| row.event_id.starts_with("c3e4e9ed") && row.assessment.refined)
    };
    running.wait("the attack, looked around", found)
}

fn explore_story_and_records_are_the_same(node: &Node) {
    let index = node.index("asked");
    let desk = Desk::new(&node.url, &[&index.name]);
    let documents = desk.demo();
    index.load(&documents);
    let file = PathBuf::from(desk.file(&documents));
    let of_file = replay(ReplayOf::Log { paths: vec![file], clusters: Vec::new() });
    let clusters = vec![client(&node.url, &index.name)];
    let of_cluster = replay(ReplayOf::Log { paths: Vec::new(), clusters });
    let kql = ["", "event.action: StartExportTask", "user.name: j* or not event.outcome: success", "event.action: no"];
    let eql = [
        "any where event.action : \"start*\" and not user.name == null",
        "any where user.name : \"j*\" | tail 3",
        "sequence by user.name with maxspan=1h [any where event.action : \"Describe*\"] [any where event.outcome != \"x\"]",
    ];
    let of = |language| move |query| (language, query);
    let queries = kql.map(of(Language::Kql)).into_iter().chain(eql.map(of(Language::Eql)));
    for (ticket, query) in (1..).zip(queries.flat_map(|query| [query, query])) {
        let ((file, of_files), (cluster, of_documents)) =
            (explored(&of_file, ticket, query), explored(&of_cluster, ticket, query));
        assert_eq!(cluster, file, "{query:?}");
        assert_eq!((of_files.files, of_documents.files), (1, 0));
        assert!(of_documents.documents >= cluster.matched, "{query:?}");
        assert!(!query.1.starts_with("event.action") || of_documents.documents < 100, "narrowed: {query:?}");
    }
    let (in_file, in_cluster) = (attack(&of_file), attack(&of_cluster));
    assert_eq!(in_cluster.assessment, in_file.assessment);
    for (ticket, belongs) in (1..).zip([Belongs::Lineage, Belongs::Address, Belongs::Target]) {
        let (file, cluster) =
            (story(&of_file, ticket, &in_file, belongs), story(&of_cluster, ticket, &in_cluster, belongs));
        assert_eq!(cluster, file);
        assert!(cluster.total > 5, "{cluster:?}");
    }
    let record = |running: &Running, query: &str| -> ReadRecord {
        let (answer, ticket) = (explored(running, 99, (Language::Kql, query)).0, answer_at(running, 99));
        assert!(!answer.events.is_empty());
        running.engine.ask(Request::Record(ticket.clone()));
        running.wait("a record", |told| {
            told.iter().find_map(|update| match update {
                Update::Record(record) if record.at == ticket => Some((**record).clone()),
                _ => None,
            })
        })
    };
    let found = record(&of_cluster, "event.action: StartExportTask").found;
    assert!(found.is_some());
    assert_eq!(found, record(&of_file, "event.action: StartExportTask").found);
}

/// Where the newest event of an answer lies.
fn answer_at(running: &Running, ticket: u64) -> engine::RecordRef {
    running.wait("an answer", |told| {
        told.iter().find_map(|update| match update {
            Update::Explored(answer) if answer.ticket == ticket && answer.done => Some(answer.events[0].at.clone()),
            _ => None,
        })
    })
}

fn a_cluster_that_does_not_answer_is_a_gap(node: &Node) {
    let index = node.index("gap");
    index.load(&crate::cluster::desk::lines([crate::cluster::desk::document("one", 1)]));
    // Where nobody listens.
    let clusters = vec![client("http://127.0.0.1:1", "logs-*"), client(&node.url, &index.name)];
    let running = replay(ReplayOf::Log { paths: Vec::new(), clusters });
    let (answer, _) = explored(&running, 1, (Language::Kql, ""));
    assert_eq!(answer.matched, 1);
    assert!(answer.gaps.as_ref().is_some_and(|gaps| gaps.contains("127.0.0.1:1")), "{:?}", answer.gaps);
}
