//! The story of the demo's attack, as the engine tells it.

use chrono::Duration;
use watchfloor::engine::{PlaybackRequest, RecordRef, Request, Story, StoryQuestion, Update, Window};
use watchfloor::investigate::{Belongs, Cast, Deed, Scene};
use watchfloor::triage::{AlertRow, Store};

use super::{Running, fixtures, watch};

fn demo() -> (Running, AlertRow) {
    let running = Running::start(|outlet| {
        watch(&fixtures().join("demo"), Window::default(), 2, Store::in_memory().unwrap(), outlet)
    });
    running.settled();
    let attack = running.alerts(10).into_iter().find(|row| row.event_id.starts_with("c3e4e9ed")).unwrap();
    (running, attack)
}

fn question(ticket: u64, attack: &AlertRow, belongs: Belongs, reach: Option<Duration>) -> StoryQuestion {
    let mut cast = Cast::default();
    cast.add(&attack.event_id, &attack.assessment.trace, attack.summary.target.as_deref());
    StoryQuestion {
        ticket,
        cast: cast.that(belongs),
        from: reach.map(|reach| attack.time - reach),
        to: reach.map(|reach| attack.time + reach),
        near: attack.time,
    }
}

fn told(running: &Running, question: StoryQuestion) -> Story {
    let ticket = question.ticket;
    running.engine.ask(Request::Story(question));
    running.wait("a story", |told| {
        told.iter().find_map(|update| match update {
            Update::Story(story) if story.ticket == ticket && story.done => Some((**story).clone()),
            _ => None,
        })
    })
}

#[test]
fn the_attack_in_order_with_what_each_call_was_about() {
    let (running, attack) = demo();
    let story = told(&running, question(1, &attack, Belongs::Address, Some(Duration::hours(2))));
    assert_eq!((story.gaps.as_deref(), story.total), (None, story.scenes.len()));
    assert!(story.scenes.is_sorted_by_key(|scene| scene.time));
    let place = |what: &str, is: &dyn Fn(&Scene) -> bool| {
        story.scenes.iter().position(is).unwrap_or_else(|| panic!("{what}: {:#?}", story.scenes))
    };
    let key = &attack.assessment.trace.keys[0];
    let assumed = place("who opened the session", &|scene| {
        scene.action == "AssumeRole"
            && scene.issued.as_ref() == Some(key)
            && scene.actor_field.as_ref().is_some_and(|(_, value)| value.contains("jsmith"))
    });
    let created = place("the role", &|scene| {
        scene.action == "CreateRole" && scene.object.as_deref() == Some("role/rds-s3-export-v2")
    });
    let failed = place("the failed export", &|scene| scene.action == "StartExportTask" && scene.error.is_some());
    let alert = place("the alert", &|scene| scene.event_id == attack.event_id);
    assert!(assumed < created && created < alert && failed < alert, "{assumed} {created} {failed} {alert}");
    assert!(story.scenes.iter().all(|scene| scene.why.actor || scene.why.address));
    assert!(story.scenes.iter().filter(|scene| scene.deed == Deed::Read).count() > 2);
    let mut ids: Vec<&String> = story.scenes.iter().map(|scene| &scene.distinct).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), story.scenes.len(), "each event once");
}

#[test]
fn less_and_more_belongs_as_is_asked() {
    let (running, attack) = demo();
    let hours = Some(Duration::hours(2));
    let lineage = told(&running, question(1, &attack, Belongs::Lineage, hours));
    let address = told(&running, question(2, &attack, Belongs::Address, hours));
    let target = told(&running, question(3, &attack, Belongs::Target, hours));
    assert!(lineage.scenes.iter().all(|scene| scene.why.actor));
    assert!(lineage.total <= address.total && address.total <= target.total);
    let all = told(&running, question(4, &attack, Belongs::Target, None));
    let near = told(&running, question(5, &attack, Belongs::Target, Some(Duration::minutes(1))));
    let (from, to) = (attack.time - Duration::minutes(1), attack.time + Duration::minutes(1));
    assert!(near.scenes.iter().all(|scene| scene.time >= from && scene.time <= to));
    assert!(all.total >= target.total && all.total > near.total, "{} {} {}", all.total, target.total, near.total);
}

#[test]
fn the_newest_question_is_answered_and_nothing_after_a_story_is_closed() {
    let (running, attack) = demo();
    for ticket in 1..20 {
        running.engine.ask(Request::Story(question(ticket, &attack, Belongs::Target, None)));
    }
    told(&running, question(20, &attack, Belongs::Address, None));
    running.engine.ask(Request::CloseStory);
    told(&running, question(21, &attack, Belongs::Address, None));
}

#[test]
fn a_record_of_the_story_is_where_it_says() {
    let (running, attack) = demo();
    let story = told(&running, question(1, &attack, Belongs::Address, Some(Duration::hours(2))));
    let scene = story.scenes.iter().find(|scene| scene.action == "CreateRole").unwrap();
    let at = RecordRef { origin: scene.origin.clone(), event_id: scene.event_id.clone() };
    running.engine.ask(Request::Record(at.clone()));
    let (record, _) = running.wait("the record", |told| {
        told.iter().find_map(|update| match update {
            Update::Record(read) if read.at == at => read.found.clone(),
            _ => None,
        })
    });
    assert_eq!(record["requestParameters"]["roleName"], "rds-s3-export-v2");
}

#[test]
fn a_replay_tells_nothing_from_the_future() {
    let running = Running::replay(60.0, true);
    running.engine.ask(Request::Playback(PlaybackRequest::NextAlert));
    let first = running.alerts(1).remove(0);
    let story = told(&running, question(1, &first, Belongs::Target, None));
    assert!(story.scenes.iter().any(|scene| scene.event_id == first.event_id));
    assert!(story.scenes.iter().all(|scene| scene.time <= first.time));
    let whole = demo().0;
    assert!(told(&whole, question(1, &first, Belongs::Target, None)).total > story.total);
}
