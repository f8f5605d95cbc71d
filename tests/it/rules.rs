//! Rule files: the published page, Elastic's own TOML, and broken files with the message each must give.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use watchfloor::investigate;
use watchfloor::rule::{self, ChecklistStep, FileStatus, Rule, SectionKind, Severity};

#[allow(clippy::print_stdout, reason = "a skipped test says so")]
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(path);
    if !path.exists() {
        println!("skipped: {} is absent", path.display());
        return None;
    }
    Some(path)
}

fn only(path: &Path) -> std::sync::Arc<Rule> {
    let load = rule::load(path);
    assert_eq!(load.errors().map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new());
    assert_eq!(load.rules.len(), 1);
    load.rules[0].clone()
}

fn sections(rule: &Rule) -> Vec<(SectionKind, usize)> {
    rule.checklist.sections.iter().map(|s| (s.kind, s.steps.len())).collect()
}

#[test]
fn every_fact_of_the_published_page() {
    let Some(path) = shared("seed/aws-rds-snapshot-export.md") else { return };
    let rule = only(&path);
    assert_eq!(rule.name, "AWS RDS Snapshot Export");
    assert!(rule.description.starts_with("Identifies the export of") && rule.description.ends_with("snapshot."));
    assert_eq!((rule.kind, rule.language.as_str()), (rule::RuleType::Query, "kuery"));
    assert_eq!(rule.index, ["filebeat-*", "logs-aws.cloudtrail-*"]);
    assert_eq!((rule.severity, rule.risk_score), (Severity::Low, 21));
    assert_eq!((rule.interval.as_str(), rule.from.as_str(), rule.max_signals), ("10m", "now-60m", 100));
    assert_eq!(rule.interval(), chrono::Duration::minutes(10));
    assert_eq!(rule.look_back(), chrono::Duration::hours(1));
    assert_eq!(rule.references, ["https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_StartExportTask.html"]);
    assert_eq!(rule.tags.len(), 6);
    assert_eq!(
        (&rule.tags[0], &rule.tags[5]),
        (&"Domain: Cloud".to_owned(), &"Resources: Investigation Guide".to_owned())
    );
    assert_eq!(rule.version, Some(207));
    assert_eq!(rule.authors, ["Elastic", "Austin Songer"]);
    assert_eq!(rule.license.as_deref(), Some("Elastic License v2"));
    assert!(
        rule.setup.as_deref().is_some_and(|s| s.starts_with("The AWS Fleet integration") && s.ends_with("this rule."))
    );
    assert_eq!(
        rule.query,
        "event.dataset:aws.cloudtrail and event.provider:rds.amazonaws.com and event.action:StartExportTask and event.outcome:success"
    );
    assert_eq!(rule.threat.len(), 1);
    assert_eq!(rule.threat[0].framework, "MITRE ATT&CK");
    assert_eq!((rule.threat[0].tactic.id.as_str(), rule.threat[0].tactic.name.as_str()), ("TA0010", "Exfiltration"));
    assert_eq!(rule.threat[0].tactic.reference, "https://attack.mitre.org/tactics/TA0010/");
    assert!(rule.threat[0].techniques.is_empty());
    assert_eq!(rule.id, rule::derived_id("AWS RDS Snapshot Export"));
    assert!(!rule.note.as_deref().unwrap().contains("TBC"));
    let expected = [(SectionKind::Investigation, 6), (SectionKind::FalsePositives, 4), (SectionKind::Response, 7)];
    assert_eq!(sections(&rule), expected);
    assert!(rule.checklist.intro.starts_with("Amazon RDS Snapshot Export allows"));
    assert_eq!(rule.checklist.steps().last().unwrap().number, 17);
}

#[test]
fn the_upstream_toml_nests_its_steps() {
    let Some(path) = shared("conformance/rules/aws/exfiltration_rds_snapshot_export.toml") else { return };
    let rule = only(&path);
    assert_eq!(rule.id, "119c8877-8613-416d-a98a-96b6664ee73a");
    assert_eq!(
        (rule.severity, rule.risk_score, rule.from.as_str(), rule.interval.as_str()),
        (Severity::High, 73, "now-6m", "5m")
    );
    assert_eq!(rule.threat.len(), 2);
    assert_eq!(rule.threat[0].techniques[0].subtechniques[0].id, "T1567.002");
    assert_eq!(rule.investigation_fields.len(), 13);
    let expected = [
        (SectionKind::Investigation, 5),
        (SectionKind::FalsePositives, 3),
        (SectionKind::Response, 4),
        (SectionKind::Information, 3),
    ];
    assert_eq!(sections(&rule), expected);
    let second = &rule.checklist.sections[0].steps[1];
    assert_eq!(second.text, "Determine what was exported");
    assert_eq!(second.details.len(), 2);
    assert_eq!(second.details[0].details.len(), 3);
    assert_eq!(rule.checklist.len(), 12);
}

#[test]
fn every_published_aws_rule_loads_or_says_why_not() {
    let Some(path) = shared("conformance/rules/aws") else { return };
    let load = rule::load(&path);
    let files = std::fs::read_dir(&path).unwrap().count();
    assert_eq!(load.outcomes.len(), files);
    let mut unsupported = 0;
    for outcome in &load.outcomes {
        match &outcome.status {
            FileStatus::Ok(_) => {}
            FileStatus::Unsupported(why) | FileStatus::NoRule(why) => {
                unsupported += 1;
                assert!(
                    ["esql", "machine_learning", "threat_match", "lucene"].iter().any(|w| why.starts_with(w)),
                    "{why}"
                );
            }
            FileStatus::Error(error) => panic!("{error}"),
        }
        assert_eq!(outcome.warnings, [], "{}", outcome.path.display());
    }
    assert_eq!(load.rules.len() + unsupported, files);
    assert!(load.rules.iter().all(|r| !r.checklist.plain), "each of these rules has a guide");
}

#[test]
fn the_bundled_rule_and_the_page_agree_on_every_fact() {
    let Some(path) = shared("seed/aws-rds-snapshot-export.md") else { return };
    let (page, bundled) = (only(&path), rule::bundled()[0].clone());
    assert_eq!(bundled.name, page.name);
    assert_eq!(bundled.query, page.query);
    assert_eq!((bundled.severity, bundled.risk_score, bundled.kind), (page.severity, page.risk_score, page.kind));
    assert_eq!((&bundled.interval, &bundled.from, bundled.max_signals), (&page.interval, &page.from, page.max_signals));
    assert_eq!((&bundled.index, &bundled.tags, &bundled.references), (&page.index, &page.tags, &page.references));
    assert_eq!((&bundled.threat, &bundled.authors, bundled.version), (&page.threat, &page.authors, page.version));
    assert_eq!(sections(&bundled), sections(&page));
    let own: Vec<&ChecklistStep> = bundled.checklist.steps().collect();
    assert!(
        page.checklist.steps().all(|s| own.iter().all(|o| o.text != s.text)),
        "the bundled guide is in our own words"
    );
}

/// A guide in anybody's hand: each investigation step of both published forms has something to show.
#[test]
fn the_steps_of_published_guides_find_their_evidence_and_commands() {
    let record = serde_json::json!({
        "eventSource": "rds.amazonaws.com", "eventName": "StartExportTask", "eventTime": "2026-11-24T10:41:52Z", "eventID": "e",
        "awsRegion": "us-east-1", "sourceIPAddress": "198.51.100.23", "recipientAccountId": "111122223333", "userAgent": "aws-cli/2.15.0",
        "userIdentity": {"type": "IAMUser", "userName": "alice", "accessKeyId": "AKIAIOSFODNN7EXAMPLE"},
        "requestParameters": {
            "exportTaskIdentifier": "orders-1", "sourceArn": "arn:aws:rds:us-east-1:111122223333:snapshot:orders",
            "s3BucketName": "exports", "iamRoleArn": "arn:aws:iam::111122223333:role/export", "kmsKeyId": "1234abcd-12ab",
        },
    })
    .to_string();
    let event = watchfloor::event::Event::parse(record.as_bytes()).unwrap();
    let facts = investigate::Facts::of(&event);
    let around = investigate::Surroundings {
        nearby: Some(investigate::Calls::default()),
        permission_changes: Some(investigate::Calls::default()),
        earlier_exports: Some(Vec::new()),
        ..investigate::Surroundings::default()
    };
    for (file, silent) in [
        ("seed/aws-rds-snapshot-export.md", &[15][..]),
        ("conformance/rules/aws/exfiltration_rds_snapshot_export.toml", &[12][..]),
    ] {
        let Some(path) = shared(file) else { continue };
        let rule = only(&path);
        let found = investigate::evidence(&rule, &facts, &around, "2026-11-24T11:00:00Z".parse().unwrap());
        let without: Vec<usize> =
            rule.checklist.steps().filter(|s| found.iter().all(|e| e.step != s.id)).map(|s| s.number).collect();
        assert_eq!(without, silent, "{file}");
        let commands: Vec<&str> = found.iter().flat_map(|e| &e.commands).map(|c| c.line.as_str()).collect();
        for command in [
            "aws rds describe-export-tasks",
            "aws rds cancel-export-task",
            "aws iam update-access-key",
            "aws iam delete-login-profile",
            "aws iam put-role-policy",
            "aws kms list-grants",
            "aws s3api head-bucket",
            "aws s3api get-bucket-policy",
            "aws s3api list-objects-v2",
            "aws rds list-tags-for-resource",
            "aws cloudtrail lookup-events",
        ] {
            assert!(commands.iter().any(|c| c.starts_with(command)), "{file}: {command}");
        }
    }
}

/// Each file or folder in `tests/rules` is broken in one way; the snapshot is the message it must give.
#[test]
fn broken_rules_say_what_is_wrong_where_and_what_to_do() {
    let mut names: Vec<_> = std::fs::read_dir("tests/rules").unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    assert!(names.len() >= 10, "the folder of broken rules is incomplete");
    for name in names {
        let name = name.to_str().unwrap();
        let mut said = String::new();
        for outcome in &rule::load(&Path::new("tests/rules").join(name)).outcomes {
            let line = outcome.line.map(|l| format!("line {l}: ")).unwrap_or_default();
            let _ = match &outcome.status {
                FileStatus::Ok(name) => writeln!(said, "{line}ok {name}"),
                FileStatus::Unsupported(why) | FileStatus::NoRule(why) => writeln!(said, "{line}unsupported: {why}"),
                FileStatus::Error(error) => {
                    assert!(error.file.is_some() && error.place.is_some() && error.help.is_some(), "{error}");
                    writeln!(said, "{line}{error}")
                }
            };
            for warning in &outcome.warnings {
                let _ = writeln!(said, "warning: {warning}");
            }
        }
        insta::with_settings!({ prepend_module_to_snapshot => false, snapshot_path => "snapshots/rules" }, {
            insta::assert_snapshot!(name, said);
        });
    }
}

#[test]
fn a_folder_is_read_with_everything_below_and_one_bad_file_stops_nothing() {
    let good = |name: &str, id: &str| {
        format!(
            "[rule]\nname = '{name}'\nrule_id = '{id}'\ntype = 'query'\nquery = 'a: b'\nseverity = 'low'\nrisk_score = 1\n"
        )
    };
    let dir = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &[u8]| {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("b.toml", good("B", "1").as_bytes());
    write("a/deep/a.toml", good("A", "2").as_bytes());
    write("c.toml", good("Again", "1").as_bytes());
    write("bad.toml", b"[rule]\nname = \n");
    write("latin1.toml", b"[rule]\nname = '\xe4'\n");
    write("_deprecated/old.toml", good("Old", "3").as_bytes());
    write(".git/x.toml", good("Hidden", "4").as_bytes());
    write("README.md", b"# Our rules\n");
    let load = rule::load_all(&[dir.path().to_owned(), dir.path().join("absent")]);
    assert_eq!(load.rules.iter().map(|r| r.name.as_str()).collect::<Vec<_>>(), ["A", "B"]);
    let said: Vec<String> = load
        .outcomes
        .iter()
        .map(|o| {
            let file = o.path.strip_prefix(dir.path()).unwrap().display();
            match &o.status {
                FileStatus::Ok(name) => format!("{file} ok {name}"),
                FileStatus::Unsupported(why) | FileStatus::NoRule(why) => format!("{file} unsupported {why}"),
                FileStatus::Error(error) => format!("{file} error {}", error.message),
            }
        })
        .collect();
    assert_eq!(said.len(), 7);
    assert_eq!(said[0], "README.md unsupported not a rule file: neither TOML, a published page, nor an export");
    assert_eq!(said[1], "a/deep/a.toml ok A");
    assert_eq!(said[2], "b.toml ok B");
    assert!(said[3].starts_with("bad.toml error this is not valid TOML"), "{}", said[3]);
    assert!(
        said[4].starts_with("c.toml error `rule_id` 1 is already used at ") && said[4].contains("b.toml:3:11;"),
        "{}",
        said[4]
    );
    assert_eq!(said[5], "latin1.toml error is not UTF-8 text");
    assert_eq!(said[6], "absent error no such file or folder");
}

#[cfg(unix)]
#[test]
fn a_fifo_among_the_rules_is_named_and_never_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let fifo = dir.path().join("rule.toml");
    rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, rustix::fs::Mode::RUSR).unwrap();
    let load = rule::load(&fifo);
    assert_eq!(load.outcomes[0].status, FileStatus::NoRule("not a regular file".to_owned()));
}
