//! `--since` and `--until`: which files are opened for them.

use super::*;

/// Minutes of July 2026 as a time.
fn minute(n: i64) -> chrono::DateTime<chrono::Utc> {
    let first: chrono::DateTime<chrono::Utc> = "2026-07-01T00:00:00Z".parse().unwrap();
    first + chrono::Duration::minutes(n)
}

/// The name of a file delivered then.
fn delivery(n: usize, at: chrono::DateTime<chrono::Utc>) -> String {
    format!("111122223333_CloudTrail_us-east-1_{}_{n:016}.json", at.format("%Y%m%dT%H%MZ"))
}

/// Two trees of the same events: in one, files are named as CloudTrail names them, in the other each has lost its name.
/// A file every eight hours of three months; its events are from seconds to a month older than it, one is a little newer.
fn trees(desk: &Desk) -> [String; 2] {
    for n in 0..3 * 92usize {
        let delivered = minute(8 * 60 * n as i64);
        let lags = [90, 4 * 60, 15 * 60, -100, [3, 26, 24 * 8, 24 * 30][n % 4] * 3600];
        let records: Vec<String> = lags
            .iter()
            .enumerate()
            .map(|(at, lag)| {
                let time = delivered - chrono::Duration::seconds(*lag);
                export(&format!("{n:05}-{at}"), 0)
                    .replace("2026-11-23T12:00:00Z", &time.format("%Y-%m-%dT%H:%M:%SZ").to_string())
            })
            .collect();
        let content = format!("{{\"Records\":[{}]}}", records.join(","));
        desk.file(&format!("named/{}", delivery(n, delivered)), &content);
        desk.file(&format!("unnamed/{n}.json"), &content);
    }
    ["named", "unnamed"].map(|tree| desk.path(tree).to_str().unwrap().to_owned())
}

#[test]
fn files_that_are_not_opened_held_nothing_of_the_window() {
    let desk = Desk::new();
    let [named, unnamed] = trees(&desk);
    let days = |n: i64| minute(n * 24 * 60).to_rfc3339();
    let windows = [
        (Some(0), Some(3)),
        (Some(40), Some(41)),
        (Some(91), None),
        (None, Some(5)),
        (Some(-9), Some(-7)),
        (Some(99), None),
    ];
    for (since, until) in windows {
        let mut window = Vec::new();
        for (option, day) in [("--since", since), ("--until", until)] {
            window.extend(day.into_iter().flat_map(|day| [option.to_owned(), days(day)]));
        }
        let run = |tree: &str, command: &[&str]| {
            let mut args = command.to_vec();
            args.push(tree);
            args.extend(window.iter().map(String::as_str));
            let ran = desk.run(&args);
            assert_eq!(ran.code, 0, "{}", ran.err);
            ran
        };
        for command in [&["query", "", "--format", "raw"][..], &["ecs"], &["scan", "--format", "csv"]] {
            let (pruned, all) = (run(&named, command), run(&unnamed, command));
            assert!(pruned.out == all.out, "{command:?} in {window:?}");
            assert_eq!(all.out.lines().count() > 1, since != Some(99), "{command:?} in {window:?}: {}", all.out);
        }
        let told = |tree: &str| run(tree, &["query", "", "--format", "count", "--stats"]).err;
        assert!(told(&named).contains("not opened"), "{}", told(&named));
        assert!(!told(&unnamed).contains("not opened"), "{}", told(&unnamed));
    }
}

#[test]
fn stats_say_how_many_files_were_not_opened_and_why() {
    let desk = Desk::new();
    let content = format!("{{\"Records\":[{}]}}", export("a", 0));
    let times = ["11:40", "11:50", "12:05", "12:10"];
    for (n, time) in times.iter().enumerate() {
        desk.file(&format!("logs/{}", delivery(n, format!("2026-11-23T{time}:00Z").parse().unwrap())), &content);
    }
    desk.file(&format!("logs/{}", delivery(9, "2026-12-31T00:00:00Z".parse().unwrap())), "not opened, as it is");
    let logs = desk.path("logs");
    let stats = |window: &[&str]| {
        let mut args = vec!["query", "", logs.to_str().unwrap(), "--format", "count", "--stats"];
        args.extend(window);
        let ran = desk.run(&args);
        assert_eq!(ran.code, 0, "{}", ran.err);
        ran.err.lines().skip(1).map(str::to_owned).collect::<Vec<_>>()
    };
    let until = "2026-11-23T13:00:00Z";
    assert_eq!(
        stats(&["--since", "2026-11-23T12:00:00Z", "--until", until]),
        ["2 of 5 files not opened: 1 delivered before --since, 1 delivered more than 31 days after --until"]
    );
    assert_eq!(stats(&["--until", until]), ["1 of 5 files not opened: 1 delivered more than 31 days after --until"]);
    let late = ["--since", "2027-01-01T00:00:00Z"];
    assert_eq!(stats(&late), ["5 of 5 files not opened: 5 delivered before --since"]);
    let ran = desk.run(&["scan", logs.to_str().unwrap(), late[0], late[1]]);
    assert_eq!((ran.code, ran.err.as_str()), (0, "0 alerts in 0 events of 0 files, rules: 1\n"));
}
