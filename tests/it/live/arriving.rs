//! Files that arrive, grow, are damaged and mended.

use std::fs::OpenOptions;
use std::io::Write as _;

use watchfloor::engine::{Health, Phase, Trouble, Update, Window};

use super::{Place, alerts, delivery, export, gzip, ids, record, time};

const T: &str = "2026-11-23T10:41:52Z";

#[test]
fn a_delivery_renamed_into_an_empty_folder_is_one_alert() {
    let place = Place::new();
    let running = place.watch();
    assert_eq!(running.settled().files, 0);
    place.fixture("shapes/two-members.json.gz");
    let listed = running.alerts(1);
    assert_eq!(listed[0].event_id, "ff9eeaed-212f-45ac-bc5f-75b89dbd1669");
    assert!(!listed[0].held);
    let health = running.figures("one file", |h| h.files == 1 && h.pending == 0);
    assert_eq!((health.events, health.failed, health.skipped, health.bad_records), (3, 0, 0, 0));
    assert!(health.lag.is_some() && health.newest_event.is_some());
    drop(running);
    assert_eq!(ids(&place.stored()), ids(&listed));
}

#[test]
fn every_shape_is_one_alert_and_every_file_is_counted() {
    let place = Place::new();
    let expected: serde_json::Value =
        serde_json::from_slice(&std::fs::read(super::fixtures().join("expected.json")).unwrap()).unwrap();
    let folders = ["shapes", "broken", "envelopes", "beside"];
    let chosen = |name: &str| folders.contains(&name.split('/').next().unwrap());
    let files = expected.as_object().unwrap().iter().filter(|(name, _)| chosen(name));
    let files: Vec<&serde_json::Value> =
        files.inspect(|(name, _)| drop(place.fixture(name))).map(|(_, file)| file).collect();
    let count =
        |outcomes: &[&str]| files.iter().filter(|f| outcomes.contains(&f["outcome"].as_str().unwrap())).count() as u64;
    let wanted: Vec<&str> =
        files.iter().flat_map(|f| f["alerts"].as_array().unwrap()).map(|id| id.as_str().unwrap()).collect();

    let running = place.watch();
    let mut events: Vec<String> = running.alerts(wanted.len()).into_iter().map(|l| l.event_id).collect();
    let all = files.len() as u64;
    let health = running.figures("every file", |h| h.files + h.failed + h.skipped == all && h.pending == 0);
    events.sort();
    let mut wanted: Vec<String> = wanted.into_iter().map(str::to_owned).collect();
    wanted.sort();
    assert_eq!(events, wanted);
    assert_eq!(health.phase, Phase::Live);
    assert_eq!(health.skipped, count(&["skipped", "set_aside", "no_log"]), "{:#?}", health.problems);
    assert_eq!(health.others.values().sum::<u64>(), count(&["set_aside"]), "{:?}", health.others);
    assert!(health.opened.len() > 8 && health.opened.values().all(|records| *records >= 3), "{:?}", health.opened);
    for problem in &health.problems {
        assert!(!problem.reason.is_empty());
    }
    let left_out = health.problems.iter().filter(|p| p.trouble == Trouble::LeftOut).count() as u64;
    assert_eq!(left_out, count(&["no_log"]), "{:#?}", health.problems);
    // Which of the damaged files counts as failed and which as read in part is the reader's word; none is silent.
    let named = health.problems.iter().filter(|p| p.trouble != Trouble::LeftOut).count() as u64;
    assert_eq!(named, count(&["partly", "failed"]), "{:#?}", health.problems);

    drop(running);
    let again = place.watch();
    let health_again = again.settled();
    assert_eq!(ids(&again.alerts(events.len())), ids(&place.stored()));
    let figures = |h: &Health| (h.events, h.files, h.failed, h.skipped, h.bad_records, h.others.clone());
    assert_eq!(figures(&health_again), figures(&health));
}

#[test]
fn the_newest_of_what_is_there_is_read_first() {
    let place = Place::new();
    for hour in ["0900", "1100", "1000"] {
        let name = format!("111122223333_CloudTrail_us-east-1_20261123T{hour}Z_aaaaaaaaaaaaaaaa.json.gz");
        place.deliver(&name, &gzip(&delivery(&[export(hour, T)])));
    }
    let running = place.watch_in(Window::default(), 1);
    let order: Vec<String> = running.alerts(3).into_iter().map(|l| l.event_id).collect();
    assert_eq!(order, ["1100", "1000", "0900"]);
    let health = running.settled();
    assert_eq!((health.events, health.files, health.failed, health.skipped), (3, 3, 0, 0));
    let told = running.told.0.lock().unwrap();
    let phases: Vec<Phase> =
        told.iter().filter_map(|u| if let Update::Health(h) = u { Some(h.phase) } else { None }).collect();
    let live = phases.iter().position(|p| *p == Phase::Live).unwrap();
    assert!(phases[live..].iter().all(|p| *p == Phase::Live), "{phases:?}");
}

#[test]
fn the_same_event_in_another_file_is_the_same_alert() {
    let place = Place::new();
    let running = place.watch();
    place.deliver("a.json", delivery(&[export("one", T), export("one", T)]).as_bytes());
    let listed = running.alerts(1);
    place.deliver("b.json.gz", &gzip(&delivery(&[export("one", T)])));
    let health = running.figures("both files", |h| h.files == 2 && h.pending == 0);
    assert_eq!(health.events, 3);
    drop(running);

    let again = place.watch();
    place.deliver("c.ndjson", format!("{}\n", export("one", T)).as_bytes());
    again.figures("the third file", |h| h.files == 3 && h.pending == 0);
    assert_eq!(ids(&again.alerts(1)), ids(&listed));
    drop(again);
    assert_eq!(ids(&place.stored()), ids(&listed));
}

#[test]
fn half_a_gzip_is_waited_for_then_named_and_mended() {
    let place = Place::new();
    let records: Vec<String> = (0..400).map(|n| record(&format!("e{n}"), T, "DescribeDBSnapshots")).collect();
    let whole = gzip(&delivery(&[records, vec![export("last", T)]].concat()));
    let running = place.watch();
    running.settled();
    let path = place.deliver("half.json.gz", &whole[..whole.len() / 2]);
    let health = running.figures("a failed file", |h| h.failed == 1);
    assert_eq!((health.files, health.problems.len()), (0, 1));
    assert_eq!(health.problems[0].path, path);
    assert!(health.problems[0].reason.starts_with("cut short"), "{}", health.problems[0].reason);
    let part = health.events;
    assert!(part < 401);
    assert!(alerts(&running.told.0.lock().unwrap()).is_empty());

    place.deliver("half.json.gz", &whole);
    let listed = running.alerts(1);
    assert_eq!(listed[0].event_id, "last");
    let health = running.figures("the file mended", |h| h.failed == 0);
    assert_eq!((health.events, health.files, health.bad_records), (401, 1, 0));
    assert!(health.problems.is_empty());
}

#[test]
fn a_file_of_lines_that_grows_is_read_as_it_grows() {
    let place = Place::new();
    let running = place.watch();
    running.settled();
    let mut file = OpenOptions::new().create(true).append(true).open(place.logs.join("app.ndjson")).unwrap();
    for n in 0..5 {
        let line = export(&format!("grown {n}"), T);
        let (begin, end) = line.split_at(line.len() / 2);
        write!(file, "{begin}").unwrap();
        file.flush().unwrap();
        writeln!(file, "{end}").unwrap();
        assert_eq!(running.alerts(n + 1).len(), n + 1);
    }
    let health = running.figures("five events", |h| h.events == 5);
    assert_eq!((health.files, health.failed, health.bad_records), (1, 0, 0));
    drop(running);
    writeln!(file, "{}", export("while nobody watched", T)).unwrap();
    let again = place.watch();
    assert_eq!(again.alerts(6).len(), 6);
    assert_eq!(again.figures("six events", |h| h.events == 6).files, 1);
}

#[test]
fn a_bad_record_among_good_ones_is_counted_and_named() {
    let place = Place::new();
    let running = place.watch();
    let good = export("good", T);
    let bad = r#"{"eventVersion":"1.08","eventName":1e400x}"#;
    let path = place.deliver("mixed.ndjson", format!("{good}\n{bad}\n{}\n", export("behind", T)).as_bytes());
    assert_eq!(running.alerts(2).len(), 2);
    let health = running.figures("a bad record", |h| h.bad_records == 1);
    assert_eq!((health.files, health.failed, health.events), (1, 0, 2));
    let problem = &health.problems[0];
    assert_eq!((&problem.path, problem.trouble), (&path, Trouble::InPart));
    assert!(problem.reason.starts_with(&format!("a bad record at byte {}: ", good.len() + 1)), "{}", problem.reason);

    place.deliver("mixed.ndjson", format!("{}\n", export("mended", T)).as_bytes());
    running.alerts(3);
    let health = running.figures("a good file", |h| h.bad_records == 0);
    assert_eq!((health.events, health.files), (1, 1));
    assert!(health.problems.is_empty(), "{:?}", health.problems);
}

#[test]
fn files_give_the_same_alerts_in_any_order() {
    let names = ["shapes/delivery.json", "shapes/lines.ndjson", "broken/truncated.json", "shapes/ecs-nested.ndjson"];
    let mut orders = vec![vec![]];
    for name in names {
        let longer = |order: Vec<&'static str>| {
            (0..=order.len()).map(move |at| [&order[..at], &[name], &order[at..]].concat()).collect::<Vec<_>>()
        };
        orders = orders.into_iter().flat_map(longer).collect();
    }
    assert_eq!(orders.len(), 24);
    let run = |order: &[&str]| {
        let place = Place::new();
        let running = place.watch();
        for name in order {
            place.fixture(name);
        }
        let listed = running.alerts(names.len());
        assert!(listed.iter().all(|l| !l.held));
        ids(&listed)
    };
    // The cut file settles after ten seconds: all orders wait for that at once.
    let results: Vec<_> = std::thread::scope(|scope| {
        let runs: Vec<_> = orders.iter().map(|order| scope.spawn(|| run(order))).collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    assert!(results.iter().all(|ids| *ids == results[0]));
}

#[test]
fn an_event_that_comes_late_has_its_badge_and_one_of_the_backlog_has_none() {
    let place = Place::new();
    place.deliver("old.json", export("backlog", T).as_bytes());
    let running = place.watch();
    running.settled();
    let now = chrono::Utc::now();
    let fresh = now.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    place.deliver("late.json", export("late", "2020-01-01T00:00:00Z").as_bytes());
    place.deliver("fresh.json", export("fresh", &fresh).as_bytes());
    place.deliver("future.json", export("future", "2124-01-01T00:00:00Z").as_bytes());
    let mut late: Vec<(String, bool)> = running.alerts(4).into_iter().map(|l| (l.event_id, l.late)).collect();
    late.sort();
    let expected = [("backlog", false), ("fresh", false), ("future", false), ("late", true)];
    assert_eq!(late, expected.map(|(id, late)| (id.to_owned(), late)));
}

#[test]
fn a_window_leaves_out_what_lies_outside_and_the_next_run_reads_it() {
    let place = Place::new();
    let times = ["2026-11-23T10:00:00Z", "2026-11-23T11:00:00Z", "2026-11-23T12:00:00Z"];
    let lines: Vec<String> = times.iter().map(|t| export(t, t)).collect();
    place.deliver("a.ndjson", (lines.join("\n") + "\n").as_bytes());
    place.deliver("b.json", export("inside", times[1]).as_bytes());
    let window = Window { since: Some(time(times[1])), until: Some(time(times[2])) };
    let running = place.watch_in(window, 2);
    assert_eq!(running.alerts(2).iter().filter(|l| l.time == time(times[1])).count(), 2);
    assert_eq!(running.settled().events, 2);
    drop(running);

    let again = place.watch_in(window, 2);
    assert_eq!(again.settled().events, 2);
    drop(again);

    let wide = place.watch();
    assert_eq!(wide.alerts(4).len(), 4);
    assert_eq!(wide.settled().events, 4);
}

#[test]
fn an_engine_that_is_dropped_in_the_middle_goes_on_where_it_was() {
    let place = Place::new();
    let count = 300;
    for n in 0..count {
        place.deliver(
            &format!("{n}.json"),
            export(&format!("e{n}"), &format!("2026-11-23T{:02}:00:00Z", n % 24)).as_bytes(),
        );
    }
    let running = place.watch();
    running.alerts(1);
    drop(running);
    let again = place.watch();
    assert_eq!(again.alerts(count).len(), count);
    let health = again.settled();
    assert_eq!((health.events, health.files), (count as u64, count as u64));
}

#[test]
fn a_file_that_cannot_be_opened_is_named_until_it_can() {
    let place = Place::new();
    let running = place.watch();
    running.settled();
    let link = place.logs.join("link.json");
    std::os::unix::fs::symlink(place.logs.join("nowhere.json"), &link).unwrap();
    let health = running.figures("a problem", |h| h.failed == 1);
    assert_eq!(health.problems[0].trouble, Trouble::Failed);
    place.deliver("nowhere.json", export("there now", T).as_bytes());
    assert_eq!(running.alerts(1).len(), 1);
    running.figures("no problem", |h| h.failed == 0 && h.problems.is_empty());
}
