use super::super::check::Standing;
use super::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn facts() -> Facts {
    Facts {
        paths: vec!["/logs".into()],
        now: at("2026-11-26T10:00:00Z"),
        files: 48,
        bytes: 1_234_567,
        delivered: Some((at("2026-11-20T00:05:00Z"), at("2026-11-26T09:55:00Z"))),
        newest_file: Some(("/logs/a.json.gz".into(), at("2026-11-26T09:56:00Z"))),
        looked_into: 48,
        logs: BTreeMap::from([("CloudTrail delivery", 40)]),
        others: BTreeMap::from([("VPC flow", 7), ("CloudTrail digest", 1)]),
        times: Times {
            oldest: Some(at("2026-11-20T00:00:00Z")),
            newest: Some(at("2026-11-26T09:50:00Z")),
            events: 1_204,
            ahead: 0,
        },
        ..Facts::default()
    }
}

fn lines(facts: &Facts) -> Vec<String> {
    checks(facts).iter().map(|check| check.line("->")).collect()
}

#[test]
fn logs_that_come_are_ok_and_described() {
    assert_eq!(
        lines(&facts()),
        [
            "ok    logs          48 files, 1.2 MB, would be read in /logs, delivered 2026-11-20T00:05Z to 2026-11-26T09:55Z",
            "ok    kinds         40 CloudTrail delivery; set aside: 7 VPC flow, 1 CloudTrail digest",
            "ok    events        1204 events, 2026-11-20T00:00:00Z to 2026-11-26T09:50:00Z",
            "ok    newest file   a.json.gz was written 4 minutes ago",
            "ok    clock         2026-11-26T10:00:00Z; the newest event was 10 minutes ago",
        ]
    );
}

#[test]
fn each_thing_that_is_wrong_is_named_with_what_to_do() {
    use Standing::{Fail, Warn};
    let future = Times { newest: Some(at("2026-11-26T13:30:00Z")), ahead: 3, ..facts().times };
    let none = Facts { files: 0, ..facts() };
    let problem = |path: &str, why: &str| Facts { problems: vec![(path.into(), why.into())], ..none.clone() };
    for (facts, standing, words) in [
        (none.clone(), Warn, "no file to read in /logs -> aws s3 sync s3://BUCKET/AWSLogs/ /logs"),
        (Facts { unopened: 3, ..none.clone() }, Warn, "/logs; 3 files lie outside of --since and --until ->"),
        (problem("/no", "does not exist"), Fail, "/no does not exist -> aws s3 sync s3://BUCKET/AWSLogs/ /no"),
        (
            problem("s3://acme", "does not exist"),
            Fail,
            "is a bucket -> aws s3 sync s3://acme/AWSLogs/ acme fetches it; then name acme",
        ),
        (problem("http://192.0.2.1:9200", "does not exist"), Fail, "is an address -> a search cluster is described as"),
        (problem("gs://acme", "does not exist"), Fail, "gs://acme is an address -> fetch what is there into a folder"),
        (
            Facts {
                logs: BTreeMap::new(),
                unknown: Some(("/logs/a.parquet".into(), "not supported: Parquet table; export the records".into())),
                ..facts()
            },
            Fail,
            "such as /logs/a.parquet: not supported: Parquet table -> export the records; those lie under",
        ),
        (problem("/x", "cannot be read: denied; setfacl"), Fail, "/x cannot be read: denied -> setfacl"),
        (
            Facts { logs: BTreeMap::new(), ..facts() },
            Fail,
            "none is a log of CloudTrail: 7 VPC flow, 1 CloudTrail digest ->",
        ),
        (
            Facts { times: future, ..facts() },
            Fail,
            "and 3 events in the future, the newest by 3 hours -> set this machine's",
        ),
        (
            Facts { bad: vec![("/logs/b".into(), "cut short".into())], ..facts() },
            Warn,
            "1 file cannot be read wholly, the first /logs/b: cut short ->",
        ),
        (
            Facts { now: at("2026-11-29T10:00:00Z"), ..facts() },
            Warn,
            "a.json.gz was written 3 days ago -> check whether",
        ),
        (
            Facts { now: at("2026-11-26T09:50:00Z"), ..facts() },
            Warn,
            "written 6 minutes from now -> set this machine's clock",
        ),
    ] {
        let checks = checks(&facts);
        let found = checks.iter().any(|check| check.standing == standing && check.line("->").contains(words));
        assert!(found, "{words}: {checks:#?}");
    }
}

#[test]
fn of_very_many_files_the_newest_and_some_of_each_age_are_looked_into() {
    let file =
        |n: i64, size| (DateTime::from_timestamp(1_000_000 - n, 0).unwrap(), size, PathBuf::from(format!("{n:06}")));
    let many: Vec<_> = (0..50_000).map(|n| file(n, 10)).collect();
    let some = chosen(&many);
    assert!((900..=LOOKED_INTO).contains(&some.len()), "{}", some.len());
    assert!(some.contains(&"000199".into()) && some.last().unwrap() > &PathBuf::from("049000"), "{some:?}");
    let large: Vec<_> = (0..9).map(|n| file(n, BYTES)).collect();
    assert_eq!(chosen(&large), [PathBuf::from("000000")], "one at least");
    assert_eq!(chosen(&many[..7]).len(), 7);
}
