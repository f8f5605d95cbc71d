//! The demo on the replay clock.

use std::collections::BTreeSet;

use watchfloor::engine::{Phase, Playback, PlaybackRequest, Request, Update};

use super::{Running, alerts, fixtures, health};

fn expected() -> BTreeSet<String> {
    let table = std::fs::read_to_string(fixtures().join("expected.tsv")).unwrap();
    let rows = table.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    rows.filter(|row| row[1] == "alert").map(|row| row[0].to_owned()).collect()
}

fn playback(told: &[Update]) -> Option<Playback> {
    told.iter().rev().find_map(|u| if let Update::Playback(p) = u { Some(p.clone()) } else { None })
}

fn events(told: &[Update]) -> u64 {
    health(told).map_or(0, |h| h.events)
}

#[test]
fn at_full_speed_all_alerts_come_and_it_ends() {
    let running = Running::replay(f64::INFINITY, false);
    let wanted = expected();
    let listed = running.alerts(wanted.len());
    assert_eq!(listed.iter().map(|l| l.event_id.clone()).collect::<BTreeSet<_>>(), wanted);
    assert!(listed.is_sorted_by_key(|l| l.time));
    assert!(listed.iter().all(|l| !l.held && !l.late));
    let health = running.figures("the end", |h| h.phase == Phase::Ended);
    assert!(health.events > 1000 && health.pending == 0);
    assert!(health.files > 100 && health.skipped > 0, "digest and insight files are left out: {health:?}");
    assert_eq!((health.failed, health.bad_records), (0, 0));
    let stands = running.wait("the clock at its end", |told| playback(told).filter(|p| p.now == p.end));
    assert!(stands.start < stands.end && stands.speed.is_infinite());
}

#[test]
fn paused_it_goes_event_by_event_and_alert_by_alert() {
    let running = Running::replay(60.0, true);
    let ask = |request| running.engine.ask(Request::Playback(request));
    running.figures("the start", |h| h.phase == Phase::Replay);
    ask(PlaybackRequest::Step);
    let one = running.wait("an event", |told| Some(events(told)).filter(|n| *n > 0));
    let first = running.wait("the clock", playback);
    assert!(first.paused && first.now < first.end);
    ask(PlaybackRequest::Step);
    running.until("another event", |told| events(told) > one);
    let second = running.wait("the clock", |told| playback(told).filter(|p| p.now > first.now));
    assert!(second.now > first.now, "one step is one later moment");

    assert!(alerts(&running.told.0.lock().unwrap()).is_empty());
    for count in 1..=3 {
        ask(PlaybackRequest::NextAlert);
        let listed = running.alerts(count);
        assert_eq!(listed.len(), count, "one alert at a time");
        let at = listed.last().unwrap().time;
        running.until("the clock at the alert", |told| playback(told).is_some_and(|p| p.now == at));
        assert_eq!(listed.last().unwrap().found, at, "found on the replay clock");
    }
    ask(PlaybackRequest::Faster);
    running.until("twice the speed", |told| playback(told).is_some_and(|p| p.speed == 120.0));
    ask(PlaybackRequest::Slower);
    running.until("the old speed", |told| playback(told).is_some_and(|p| p.speed == 60.0));
    let before = playback(&running.told.0.lock().unwrap()).unwrap();
    ask(PlaybackRequest::TogglePause);
    running.until("time to go on", |told| playback(told).is_some_and(|p| !p.paused && p.now > before.now));
    for _ in expected() {
        ask(PlaybackRequest::NextAlert);
    }
    assert_eq!(running.alerts(expected().len()).len(), expected().len());
}
