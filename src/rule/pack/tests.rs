use std::fs;

use tempfile::TempDir;

use super::*;

/// A folder of rules. Time goes on by an hour a step, so that no file counts as young.
struct Folder {
    root: TempDir,
    hours: i64,
}

impl Folder {
    fn new() -> Self {
        Self { root: TempDir::new().unwrap(), hours: 1 }
    }

    fn path(&self) -> PathBuf {
        self.root.path().join("rules")
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    fn now(&mut self) -> DateTime<Utc> {
        self.hours += 1;
        DateTime::UNIX_EPOCH + chrono::Duration::hours(self.hours)
    }

    fn load(&mut self) -> Pack {
        let now = self.now();
        Pack::load(&[self.path()], now)
    }

    fn refresh(&mut self, pack: &mut Pack) -> Changes {
        let now = self.now();
        pack.refresh(now).expect("a change")
    }
}

fn toml(id: &str, query: &str) -> String {
    format!(
        "[rule]\nname = 'Rule {id}'\nrule_id = '{id}'\ntype = 'query'\nquery = '''{query}'''\nseverity = 'low'\nrisk_score = 1\n"
    )
}

fn json(id: &str, query: &str) -> String {
    format!(
        "{{\"rule_id\":\"{id}\",\"name\":\"Rule {id}\",\"type\":\"query\",\"query\":\"{query}\",\"severity\":\"low\",\"risk_score\":1}}"
    )
}

fn ids(rules: &[Arc<Rule>]) -> Vec<&str> {
    rules.iter().map(|rule| rule.id.as_str()).collect()
}

/// What runs: each rule's id and query.
fn running(pack: &Pack) -> Vec<(String, String)> {
    pack.rules().iter().map(|rule| (rule.id.clone(), rule.query.clone())).collect()
}

fn pair(id: &str, query: &str) -> (String, String) {
    (id.to_owned(), query.to_owned())
}

#[test]
fn without_a_path_it_is_the_bundled_rules_and_they_never_change() {
    let mut pack = Pack::load(&[], DateTime::UNIX_EPOCH);
    assert_eq!(pack.rules(), bundled());
    assert_eq!(pack.entries()[0].path, None);
    assert_eq!(pack.refresh(DateTime::UNIX_EPOCH), None);
}

#[test]
fn all_that_is_there_is_listed_and_what_is_left_out_is_named() {
    let mut folder = Folder::new();
    folder.write("a.toml", &toml("a", "x: 1"));
    folder.write("b.toml", &toml("b", "x: 1").replace("'query'", "'esql'").replace("x: 1", "from x"));
    folder.write("c.toml", &toml("c", "x: ("));
    folder.write("README.md", "# Rules");
    folder.write("e.ndjson", &format!("{}\n{{\"exported_count\":1}}\n", json("e", "x: 1")));
    folder.write("_deprecated/old.toml", &toml("old", "x: 1"));
    folder.write(".git/config.toml", "x");
    let pack = folder.load();
    assert_eq!(ids(&pack.rules()), ["a", "e"]);
    let standings: Vec<_> = pack.entries().iter().map(|e| (e.name.as_deref(), &e.standing)).collect();
    assert!(matches!(
        standings[..],
        [
            (None, Standing::NoRule(_)),
            (Some("Rule a"), Standing::Loaded),
            (Some("Rule b"), Standing::Unsupported(_)),
            (Some("Rule c"), Standing::Error { kept: None, .. }),
            (Some("Rule e"), Standing::Loaded),
        ]
    ));
    // What does not run can still be shown.
    let esql = pack.entries()[2].rule.as_ref().unwrap();
    assert_eq!((esql.kind.as_str(), esql.query.as_str()), ("esql", "from x"));
    assert_eq!(pack.deprecated(), [folder.path().join("_deprecated")]);
    assert_eq!(ids(&Pack::load(&[folder.path().join("_deprecated")], DateTime::UNIX_EPOCH).rules()), ["old"]);
}

#[test]
fn a_refresh_tells_what_is_new_changed_and_gone() {
    let mut folder = Folder::new();
    let a = folder.write("a.toml", &toml("a", "x: 1"));
    folder.write("b.toml", &toml("b", "x: 1"));
    let mut pack = folder.load();
    let now = folder.now();
    assert_eq!(pack.refresh(now), None);
    let before = Arc::clone(&pack.rules()[0]);

    folder.write("b.toml", &toml("b", "x: 22"));
    folder.write("sub/c.toml", &toml("c", "x: 1"));
    let changes = folder.refresh(&mut pack);
    assert_eq!((ids(&changes.new), ids(&changes.changed), ids(&changes.gone)), (vec!["c"], vec!["b"], vec![]));
    assert_eq!(changes.changed[0].query, "x: 22");
    assert!(Arc::ptr_eq(&before, &pack.rules()[0]), "a file that has not changed is not read again");

    fs::remove_file(&a).unwrap();
    let changes = folder.refresh(&mut pack);
    assert_eq!((ids(&changes.new), ids(&changes.changed), ids(&changes.gone)), (vec![], vec![], vec!["a"]));
    assert_eq!(ids(&pack.rules()), ["b", "c"]);

    // Another name for the same rule is no change of it.
    fs::rename(folder.path().join("b.toml"), folder.path().join("z.toml")).unwrap();
    let changes = folder.refresh(&mut pack);
    assert_eq!(changes, Changes::default());
    assert_eq!(ids(&pack.rules()), ["c", "b"]);
}

#[test]
fn a_broken_file_goes_on_with_what_it_had_until_it_is_whole() {
    let mut folder = Folder::new();
    folder.write("a.toml", &toml("a", "x: 1"));
    let mut pack = folder.load();
    let read = pack.sources[0].read;

    for broken in ["x = ", "", &toml("a", "x: (1"), &toml("a", "x: 1").replace("low", "urgent")] {
        folder.write("a.toml", broken);
        let changes = folder.refresh(&mut pack);
        assert_eq!((changes.errors.len(), changes.gone.len(), changes.changed.len()), (1, 0, 0), "{broken}");
        let [entry] = pack.entries() else { panic!("{:?}", pack.entries()) };
        assert!(matches!(&entry.standing, Standing::Error { kept: Some(since), .. } if *since == read));
        assert_eq!(entry.name.as_deref(), Some("Rule a"));
        assert_eq!(running(&pack), [pair("a", "x: 1")]);
    }
    folder.write("a.toml", &toml("a", "x: 3"));
    let changes = folder.refresh(&mut pack);
    assert_eq!((ids(&changes.changed), changes.mended, changes.errors.len()), (vec!["a"], 1, 0));
    assert_eq!(running(&pack), [pair("a", "x: 3")]);

    folder.write("a.toml", "x = ");
    folder.refresh(&mut pack);
    fs::remove_file(folder.path().join("a.toml")).unwrap();
    assert_eq!(ids(&folder.refresh(&mut pack).gone), ["a"]);
    assert_eq!(pack.entries(), []);
}

#[test]
fn a_page_that_is_no_rule_any_more_counts_as_broken() {
    let mut folder = Folder::new();
    let page = "# R\n\nIt finds.\n\n**Rule type**: query\n\n**Severity**: low\n\n**Risk score**: 1\n\n## Rule query\n\n```js\nx: 1\n```\n";
    folder.write("r.md", page);
    let mut pack = folder.load();
    assert_eq!(pack.rules().len(), 1, "{:?}", pack.entries());
    folder.write("r.md", "");
    let changes = folder.refresh(&mut pack);
    assert!(changes.errors[0].message.ends_with("it held a rule before"), "{changes:?}");
    assert_eq!(pack.rules().len(), 1);
}

#[test]
fn a_bad_line_of_an_export_keeps_the_rule_that_was_there_and_the_others_go_on() {
    let mut folder = Folder::new();
    let lines = |all: &[String]| all.join("\n");
    folder.write("e.ndjson", &lines(&[json("a", "x: 1"), json("b", "x: 1"), json("c", "x: 1")]));
    let mut pack = folder.load();
    folder.write("e.ndjson", &lines(&[json("n", "x: 1"), json("a", "x: 2"), json("b", "x: ("), "{".to_owned()]));
    let changes = folder.refresh(&mut pack);
    assert_eq!((ids(&changes.new), ids(&changes.changed), changes.gone.len()), (vec!["n"], vec!["a"], 0));
    let mut now = running(&pack);
    now.sort();
    assert_eq!(now, [pair("a", "x: 2"), pair("b", "x: 1"), pair("c", "x: 1"), pair("n", "x: 1")]);
    let broken: Vec<_> = pack.entries().iter().filter(|e| e.error().is_some()).collect();
    assert_eq!(broken.iter().map(|e| (e.line, e.name.as_deref())).collect::<Vec<_>>()[0], (Some(3), Some("Rule b")));
    // Whole again, and without c.
    folder.write("e.ndjson", &lines(&[json("a", "x: 2"), json("b", "x: 3")]));
    let changes = folder.refresh(&mut pack);
    assert_eq!((ids(&changes.gone), ids(&changes.changed), changes.mended), (vec!["n", "c"], vec!["b"], 1));
}

#[test]
fn two_rules_of_one_id_are_an_error_that_names_both_places() {
    let mut folder = Folder::new();
    let a = folder.write("a.toml", &toml("a", "x: 1"));
    folder.write("b.toml", &toml("b", "x: 1"));
    let mut pack = folder.load();
    // An id is given away: whoever had it keeps it, and the other goes on as it was.
    let b = folder.write("b.toml", &toml("a", "x: 2"));
    let changes = folder.refresh(&mut pack);
    let told = changes.errors[0].to_string();
    assert!(told.contains(a.to_str().unwrap()) && told.contains(b.to_str().unwrap()), "{told}");
    assert_eq!(running(&pack), [pair("a", "x: 1"), pair("b", "x: 1")]);
    // The rule has moved to another file while its own is broken: the good one runs.
    folder.write("a.toml", "x = ");
    folder.refresh(&mut pack);
    assert_eq!(running(&pack), [pair("a", "x: 2")]);
}

#[test]
fn what_can_no_longer_be_reached_goes_on() {
    let mut folder = Folder::new();
    folder.write("a.toml", &toml("a", "x: 1"));
    folder.write("sub/e.ndjson", &format!("{}\n{}", json("b", "x: 1"), json("c", "x: 1")));
    let mut pack = folder.load();
    let away = folder.root.path().join("away");
    fs::rename(folder.path(), &away).unwrap();
    let changes = folder.refresh(&mut pack);
    assert_eq!((changes.gone.len(), changes.errors.len()), (0, 1), "{changes:?}");
    let mut now = running(&pack);
    now.sort();
    assert_eq!(now, [pair("a", "x: 1"), pair("b", "x: 1"), pair("c", "x: 1")]);
    assert_eq!(pack.entries().iter().filter(|e| e.error().is_some()).count(), 4, "the folder, and each rule");
    let again = folder.now();
    assert_eq!(pack.refresh(again), None);
    fs::rename(&away, folder.path()).unwrap();
    let changes = folder.refresh(&mut pack);
    assert_eq!((changes.new.len(), changes.changed.len(), changes.gone.len(), changes.mended), (0, 0, 0, 2));
    assert!(pack.entries().iter().all(|e| e.standing == Standing::Loaded));
    // A file inside a folder that is there is gone when it is gone.
    fs::remove_dir_all(folder.path().join("sub")).unwrap();
    assert_eq!(ids(&folder.refresh(&mut pack).gone), ["b", "c"]);
}

#[test]
fn a_change_that_leaves_size_and_time_as_they_were_is_seen() {
    let mut folder = Folder::new();
    let path = folder.write("a.toml", &toml("a", "x: 1"));
    let times = fs::metadata(&path).unwrap().modified().unwrap();
    let mut pack = folder.load();
    folder.write("a.toml", &toml("a", "x: 2"));
    fs::File::options().write(true).open(&path).unwrap().set_modified(times).unwrap();
    assert_eq!(ids(&folder.refresh(&mut pack).changed), ["a"]);
}

#[test]
fn a_file_read_right_after_a_change_is_read_once_more() {
    let folder = Folder::new();
    let changed = folder.write("a.toml", &toml("a", "x: 1")).metadata().unwrap().modified().unwrap().into();
    let mut pack = Pack::load(&[folder.path()], changed);
    assert!(pack.sources[0].young);
    let later = changed + chrono::Duration::hours(1);
    assert_eq!(pack.refresh(later), None);
    assert!(!pack.sources[0].young);
}
