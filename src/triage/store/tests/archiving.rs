//! Alerts that were closed long ago leave the state.

use super::*;

/// How many alerts are archived; a million with this variable.
const ALERTS: &str = "WATCHFLOOR_TEST_ARCHIVE";

fn close(n: i64) -> Proposal {
    propose(n, "mk", Action::SetStatus { status: Status::Closed(Reason::FalsePositive) }, i64::MAX)
}

#[test]
fn very_many_are_archived_a_few_at_a_time_and_both_chains_stay_whole() {
    let (folder, path) = place();
    let count: i64 = std::env::var(ALERTS).map_or(1_234, |n| n.parse().unwrap());
    let mut store = Store::open(&path, Access::ReadWrite).unwrap();
    for from in (0..count).step_by(1_000) {
        let part: Vec<i64> = (from..count.min(from + 1_000)).collect();
        let alerts: Vec<NewAlert> = part.iter().map(|n| found(*n)).collect();
        store.record(Batch { alerts: &alerts, ..Batch::default() }).unwrap();
        // Every tenth stays open.
        let closed: Vec<Proposal> =
            part.iter().filter(|n| **n % 10 > 0).flat_map(|n| [tick(*n, "mk", "a", i64::MAX), close(*n)]).collect();
        stored(&store.decide(&closed).unwrap());
    }
    let to = folder.path().join("state/archive.db");
    let left = count.unsigned_abs().div_ceil(10);
    let alerts = count.unsigned_abs() - left;
    assert_eq!(store.archive(at(100), &to).unwrap(), Archived::default(), "closed at that moment, not before");
    assert_eq!(store.archive(at(101), &to).unwrap(), Archived { alerts, decisions: 2 * alerts, stayed: 0 });
    let archive = Store::open(&to, Access::ReadWrite).unwrap();
    for (store, alerts, decisions) in [(&store, left, 0), (&archive, alerts, 2 * alerts)] {
        let counted = |sql: &str| store.conn.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap().unsigned_abs();
        assert_eq!(counted("SELECT count(*) FROM alerts"), alerts);
        assert_eq!(counted("SELECT count(*) FROM bodies"), alerts);
        assert_eq!(counted("SELECT count(*) FROM decisions"), decisions);
        store.verify(None).unwrap();
    }
    assert_eq!(archive.alert(&alert(1).id).unwrap(), Some(alert(1)));
    // What was archived is neither found again nor decided on, and what comes next goes on in the chain.
    assert_eq!(store.record(Batch { alerts: &[found(1)], ..Batch::default() }).unwrap().new, []);
    assert!(matches!(&store.decide(&[close(1)]).unwrap()[..], [Decided::Refused(_)]));
    stored(&store.decide(&[close(0)]).unwrap());
    drop(store);
    let again = Store::open(&path, Access::ReadWrite).unwrap();
    again.verify(None).unwrap();
    assert_eq!(again.losses(), []);
}

#[test]
fn what_was_archived_last_is_not_missed_at_the_next_start() {
    let (folder, path) = place();
    let mut store = with_alerts(&path, 2);
    stored(&store.decide(&[close(1)]).unwrap());
    store.archive(at(101), &folder.path().join("state/archive.db")).unwrap();
    drop(store);
    assert_eq!(Store::open(&path, Access::ReadWrite).unwrap().losses(), []);
}

#[test]
fn an_alert_that_somebody_works_on_meanwhile_stays() {
    let (folder, path) = place();
    let mut store = with_alerts(&path, 3);
    stored(&store.decide(&[close(1), close(2)]).unwrap());
    let mut other = Store::open(&path, Access::ReadWrite).unwrap();
    assert_eq!(archive::choose(&store.conn, at(101)).unwrap(), 2);
    stored(&other.decide(&[tick(2, "jo", "b", 9)]).unwrap());
    let archived = store.remove_chosen().unwrap();
    assert_eq!(archived, Archived { alerts: 1, decisions: 1, stayed: 1 });
    assert_eq!(store.decisions_of(&alert(2).id).unwrap().len(), 2);
    store.verify(None).unwrap();
    assert!(store.archive(at(101), &path).unwrap_err().to_string().contains("is there already"));
    drop(folder);
}
