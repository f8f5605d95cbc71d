//! The first minute with one's own logs: whatever was typed, what is said next is one command to type.

use super::*;

const FETCH: &str = "aws s3 sync s3://BUCKET/AWSLogs/ ";

#[test]
fn a_bucket_is_fetched_first() {
    let desk = Desk::new();
    for (typed, command) in [
        ("s3://acme-trail", "aws s3 sync s3://acme-trail/AWSLogs/ acme-trail fetches it; then name acme-trail here"),
        ("s3://acme-trail/org/AWSLogs/", "aws s3 sync s3://acme-trail/org/AWSLogs/ acme-trail fetches it"),
        ("https://acme-trail.s3.amazonaws.com/AWSLogs/", "aws s3 sync s3://acme-trail/AWSLogs/ acme-trail fetches it"),
        ("arn:aws:s3:::acme-trail", "aws s3 sync s3://acme-trail/AWSLogs/ acme-trail fetches it"),
        (
            "s3://acme-trail/AWSLogs/a.json.gz",
            "aws s3 cp s3://acme-trail/AWSLogs/a.json.gz . fetches it; then name a.json",
        ),
    ] {
        for command_line in [&["watch"][..], &["scan"], &["query", ""], &["ecs"], &["replay"]] {
            let told = desk.run(&[command_line, &[typed]].concat()).refused();
            let said = format!("error: {typed} is a bucket, and files and folders are read\n  help: {command}");
            assert!(told.contains(&said), "{command_line:?}: {told}");
        }
    }
}

#[test]
fn an_address_of_something_else_is_no_path() {
    let desk = Desk::new();
    for (typed, todo) in [
        ("https://es.example:9200", "a search cluster is described as [cluster.NAME] with url and index"),
        ("gs://acme/AWSLogs", "fetch what is there into a folder, and name that"),
        ("file:///var/log", "name /var/log"),
    ] {
        for command_line in [&["watch"][..], &["scan"]] {
            let told = desk.run(&[command_line, &[typed]].concat()).refused();
            let said = format!("error: {typed} is an address, and files and folders are read\n  help: {todo}");
            assert!(told.contains(&said), "{command_line:?}: {told}");
        }
    }
    let link = desk.path("link");
    std::os::unix::fs::symlink("/no/such", &link).unwrap();
    let told = desk.run(&["scan", link.to_str().unwrap()]).refused();
    assert!(told.contains("is a link that leads nowhere") && !told.contains("aws s3"), "{told}");
}

#[test]
fn what_is_missing_or_empty_says_how_to_fill_it() {
    let desk = Desk::new();
    let empty = desk.path("empty");
    std::fs::create_dir(&empty).unwrap();
    for folder in [empty.to_str().unwrap(), "/no/such"] {
        let told = desk.run(&["scan", folder]).refused();
        assert!(told.contains(&format!("or fetch logs first: {FETCH}{folder}\n")), "{told}");
    }
    let told = desk.run(&["scan", "/dev/null"]).refused();
    assert!(told.contains("is a device, not a file") && told.ends_with("or cluster:NAME\n"), "{told}");
    let told = desk.run(&["scan", "cluster:prod"]).refused();
    assert!(told.contains(".config/watchfloor/config.toml; a file of this name is ./cluster:prod"), "{told}");
}

#[test]
fn other_logs_alone_are_told_from_no_alerts() {
    let desk = Desk::new();
    let beside = desk.path("beside");
    let (parent, record) = (desk.path(""), export("a", 1));
    assert!(Command::new("cp").args(["-r", "fixtures/beside"]).arg(parent).status().unwrap().success());
    let folder = beside.to_str().unwrap();
    for file in ["config.json", "guardduty.jsonl", "README.txt"] {
        assert!(beside.join(file).exists(), "{file}");
    }
    for command in [&["scan"][..], &["query", "a:b"]] {
        let ran = desk.run(&[command, &[folder]].concat());
        assert!(
            ran.err.contains("warning: none of it is a log of CloudTrail; those lie under AWSLogs/"),
            "{}",
            ran.err
        );
        assert!(ran.err.contains(&format!("bucket: {FETCH}{folder}\n")), "{}", ran.err);
    }
    // A folder is named as it was typed, one file's own is not: nobody fetches into that.
    let told = desk.run(&["scan", &desk.file("notes/syslog", "Nov 20 10:00:00 host sshd[1]: accepted\n")]);
    assert!(told.err.contains("not a log: ") && told.err.contains("none of it is a log of CloudTrail"), "{}", told.err);
    assert!(told.err.contains(&format!("{FETCH}.\n")), "{}", told.err);
    // One record is enough, although it is passed over as no rule looks for it.
    desk.file("beside/a.json", record.replace("StartExportTask", "ListBuckets"));
    for query in ["event.action: ListBuckets", "event.action: x"] {
        let ran = desk.run(&["query", query, folder]);
        assert!(!ran.err.contains("none of it"), "{}", ran.err);
    }
}
