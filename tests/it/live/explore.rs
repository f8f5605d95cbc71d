//! Questions to the log of a running engine.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use watchfloor::query::{Language, kql};

use chrono::{DateTime, Utc};
use watchfloor::engine::{self, Explored, LISTED, Phase, Playback, Question, RecordRef, Request, Update, Window};
use watchfloor::event::{self, GeoIp};
use watchfloor::trail::Origin;
use watchfloor::triage::Store;

use super::{Place, Running, delivery, fixtures, gzip, record, time, watch};

fn question(ticket: u64, query: &str) -> Question {
    Question {
        ticket,
        language: Language::Kql,
        query: query.to_owned(),
        since: None,
        until: None,
        now: Utc::now(),
        fields: vec!["event.action".to_owned(), "aws.cloudtrail.error_code".to_owned()],
    }
}

fn ask(running: &Running, question: Question) -> Explored {
    let ticket = question.ticket;
    running.engine.ask(Request::Explore(question));
    whole(running, ticket)
}

fn whole(running: &Running, ticket: u64) -> Explored {
    running.wait("an answer", |told| {
        told.iter().find_map(|u| match u {
            Update::Explored(answer) if answer.ticket == ticket && answer.done => Some((**answer).clone()),
            _ => None,
        })
    })
}

fn demo() -> Running {
    let running = Running::start(|outlet| {
        watch(&fixtures().join("demo"), Window::default(), 2, Store::in_memory().unwrap(), outlet)
    });
    running.settled();
    running
}

/// The events of the demo that match, by id: when, and what was called.
fn matching(query: &str) -> BTreeMap<String, (DateTime<Utc>, String)> {
    let query = kql::compile(query, event::schema()).unwrap();
    let input = engine::Input::find(&[fixtures().join("demo")], &Window::default());
    let mut found = BTreeMap::new();
    engine::read_all::<Vec<(String, (DateTime<Utc>, String))>>(
        &input,
        1,
        &GeoIp::default(),
        engine::Selection::default(),
        |made, _, event, _| {
            if query.matches(event) {
                let what = event.get("event.action").unwrap_or_default();
                made.push((event.id().to_owned(), (event.time().unwrap(), what)));
            }
        },
        |file| {
            found.extend(file.made);
            ControlFlow::Continue(())
        },
    );
    found
}

#[test]
fn the_answer_is_that_of_the_same_query_over_the_files() {
    let running = demo();
    for (ticket, query) in
        ["", "event.provider: rds.amazonaws.com", "event.outcome: failure and not user.name: root", "no.such: *"]
            .into_iter()
            .enumerate()
    {
        let answer = ask(&running, question(ticket as u64, query));
        let wanted = matching(query);
        assert_eq!(answer.matched, wanted.len() as u64, "{query}");
        assert_eq!(answer.events.len(), wanted.len().min(LISTED), "{query}");
        let listed: BTreeSet<&String> = answer.events.iter().map(|event| &event.at.event_id).collect();
        assert_eq!(listed.len(), answer.events.len(), "each event once");
        assert!(listed.iter().all(|id| wanted.contains_key(*id)), "{query}");
        assert!(answer.events.is_sorted_by(|a, b| (a.time, &a.at.event_id) > (b.time, &b.at.event_id)), "{query}");
        // What is not listed is older than all that is.
        if let Some(oldest) = answer.events.last() {
            let older = wanted.iter().filter(|(id, _)| !listed.contains(id));
            assert!(older.into_iter().all(|(_, (time, _))| *time <= oldest.time), "{query}");
        }
        let bars = answer.counts.bars(80);
        assert_eq!(bars.map_or(0, |bars| bars.counts.iter().sum::<u64>()), wanted.len() as u64, "{query}");
        let mut actions: BTreeMap<&str, u64> = BTreeMap::new();
        wanted.values().for_each(|(_, action)| *actions.entry(action).or_default() += 1);
        let [action, error] = &answer.values[..] else { panic!("{:?}", answer.values) };
        let counted: BTreeMap<&str, u64> = action.most.iter().map(|(value, n)| (value.as_str(), *n)).collect();
        assert_eq!((counted, action.off_by), (actions, 0), "{query}");
        assert_eq!(error.missing + error.most.iter().map(|(_, n)| n).sum::<u64>(), wanted.len() as u64, "{query}");
        assert_eq!((answer.read, answer.gaps), (answer.of, None), "{query}");
    }
}

#[test]
fn a_window_opens_only_the_files_that_can_matter() {
    let running = demo();
    let all = ask(&running, question(1, ""));
    let (newest, oldest) = (all.events[0].time, all.events[200].time);
    let within = ask(&running, Question { since: Some(oldest), until: Some(newest), ..question(2, "") });
    assert!(within.of.files < all.of.files, "{:?} of {:?}", within.of, all.of);
    let wanted = matching("").into_values().filter(|(time, _)| *time >= oldest && *time < newest).count();
    assert_eq!(within.matched, wanted as u64);
    let nothing = ask(&running, Question { since: Some(newest + chrono::Duration::days(1)), ..question(3, "") });
    assert_eq!((nothing.matched, nothing.of.files), (0, 0));
}

#[test]
fn the_newest_question_is_answered_and_a_record_is_read_meanwhile() {
    let running = demo();
    let first = ask(&running, question(1, "event.action: StartExportTask"));
    for ticket in 2..40 {
        running.engine.ask(Request::Explore(question(ticket, "related.user: *")));
        running.engine.ask(Request::StopExploring);
    }
    running.engine.ask(Request::Explore(question(40, "event.action: StartExportTask")));
    let at = first.events[0].at.clone();
    running.engine.ask(Request::Record(at.clone()));
    assert_eq!(whole(&running, 40).events, first.events);
    let read = |wanted: &RecordRef| {
        running.wait("a record", |told| {
            told.iter().find_map(|u| match u {
                Update::Record(read) if read.at == *wanted => Some(read.found.clone()),
                _ => None,
            })
        })
    };
    let (record, ecs) = read(&at).expect("the record");
    assert_eq!(record["eventID"], at.event_id.as_str());
    assert_eq!(ecs["event"]["action"], "StartExportTask");
    // Something else stands at another place.
    let (path, offset, _) = at.origin.columns();
    let wrong = RecordRef { origin: Origin::from_columns(path, offset + 1, None), ..at.clone() };
    running.engine.ask(Request::Record(wrong.clone()));
    assert_eq!(read(&wrong), None);
}

#[test]
fn an_event_delivered_twice_counts_once_and_files_that_are_gone_are_said() {
    let place = Place::new();
    let twice = delivery(&[record("e-1", "2026-11-23T10:00:00Z", "A"), record("e-2", "2026-11-23T10:00:01Z", "B")]);
    place.deliver("one.json.gz", &gzip(&twice));
    place.deliver("two.json", twice.as_bytes());
    let gone = place.deliver("three.json", delivery(&[record("e-3", "2026-11-23T11:00:00Z", "C")]).as_bytes());
    let running = place.watch();
    running.figures("three files", |h| h.phase == Phase::Live && h.files == 3);
    let answer = ask(&running, question(1, "user.name: bob"));
    assert_eq!((answer.matched, answer.of.files), (3, 3));
    let event = &answer.events[0];
    assert_eq!((event.action.as_str(), event.actor.as_str(), event.source.as_str()), ("C", "bob", "192.0.2.44"));
    let arn = "arn:aws:iam::111122223333:user/bob".to_owned();
    assert_eq!(event.actor_field, Some(("aws.cloudtrail.user_identity.arn", arn)));
    std::fs::remove_file(&gone).unwrap();
    let answer = ask(&running, question(2, ""));
    assert_eq!(answer.matched, 2);
    assert_eq!(answer.gaps.as_deref(), Some("1 file is no longer readable, or not to their end"));
}

#[test]
fn what_the_run_leaves_out_is_said() {
    let since = time("2026-11-23T11:00:00Z");
    let running = Running::start(|outlet| {
        let window = Window { since: Some(since), until: None };
        watch(&fixtures().join("demo"), window, 2, Store::in_memory().unwrap(), outlet)
    });
    let input = engine::Input::find(&[fixtures().join("demo")], &Window { since: Some(since), until: None });
    let (unopened, opened) = (input.unopened.total(), input.files.len() as u64);
    let health = running.settled();
    assert_eq!((health.unopened, health.files + health.skipped), (unopened, opened));
    assert!(unopened > 50 && opened > 50, "{unopened} of {opened}");
    let answer = ask(&running, question(1, ""));
    assert_eq!(answer.matched, matching("").into_values().filter(|(time, _)| *time >= since).count() as u64);
    assert_eq!(answer.gaps.as_deref(), Some("only events since 2026-11-23 11:00:00Z are looked at in this run"));
    let narrower = Question { since: Some(since + chrono::Duration::hours(1)), ..question(2, "") };
    assert_eq!(ask(&running, narrower).gaps, None);
}

#[test]
fn on_a_replay_the_future_has_not_happened() {
    let running = Running::replay(60.0, true);
    running.figures("the start", |h| h.phase == Phase::Replay);
    running.engine.ask(Request::Playback(engine::PlaybackRequest::NextAlert));
    let listed = running.alerts(1);
    let now = listed[0].time;
    running.until("the clock at the alert", |told| {
        told.iter().any(|u| matches!(u, Update::Playback(Playback { now: at, .. }) if *at == now))
    });
    let answer = ask(&running, question(1, ""));
    assert_eq!(answer.matched, matching("").into_values().filter(|(time, _)| *time <= now).count() as u64);
    assert!(answer.events.iter().all(|event| event.time <= now));
    assert!(answer.matched > 0 && answer.matched < matching("").len() as u64);
}
