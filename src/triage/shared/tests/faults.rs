//! What goes wrong, and what must happen: the scenarios of decisions in a cluster.

use super::*;
use crate::triage::shared::{Trouble, restore};

fn ack(console: &mut Sharing<Fake, Store>, alert: i64, second: i64) -> Proposal {
    seen(console, alert, second, status(Status::Acknowledged))
}

/// A console that has decided once, on alert 4.
fn begun(server: &Fake, name: &str) -> Sharing<Fake, Store> {
    let mut console = console(server, name);
    let first = ack(&mut console, 4, 0);
    assert!(stored(&decide(&mut console, &first)));
    console.look().unwrap();
    server.0.borrow_mut().requests.clear();
    console
}

fn faults(server: &Fake, faults: &[Fault]) {
    server.0.borrow_mut().faults = faults.iter().copied().collect();
}

#[test]
fn a_decision_whose_answer_was_lost_is_saved_once() {
    for fault in [Fault::AnswerLost, Fault::OnNoDisk] {
        let server = Fake::default();
        let mut one = begun(&server, "one");
        let mine = ack(&mut one, 1, 1);
        faults(&server, &[fault]);
        failed(&decide(&mut one, &mine));
        assert!(stored(&decide(&mut one, &mine)), "{fault:?}");
        assert_eq!(documents(&server, "watchfloor-audit"), 2);
        one.copy().verify(None).unwrap();
        // The client itself may have sent it twice.
        let next = ack(&mut one, 2, 2);
        faults(&server, &[Fault::Refused(409, "version_conflict_engine_exception")]);
        failed(&decide(&mut one, &next));
        assert!(stored(&decide(&mut one, &next)));
        assert_eq!(documents(&server, "watchfloor-audit"), 3);
    }
}

#[test]
fn a_full_disk_is_named_and_the_decision_is_saved_once_there_is_room() {
    let server = Fake::default();
    let mut one = begun(&server, "one");
    let mine = ack(&mut one, 1, 1);
    for refusal in [(429, "cluster_block_exception"), (403, "cluster_block_exception")] {
        server.0.borrow_mut().refuses_writes = Some(refusal);
        assert!(failed(&decide(&mut one, &mine)).contains("the cluster's disk is full"));
    }
    assert_eq!(one.forbidden(), None);
    server.0.borrow_mut().refuses_writes = None;
    assert!(stored(&decide(&mut one, &mine)));
}

#[test]
fn of_several_decisions_those_before_the_failure_are_saved() {
    let server = Fake::default();
    let mut one = begun(&server, "one");
    let all: Vec<Proposal> = (1..=3).map(|n| ack(&mut one, n, n)).collect();
    faults(&server, &[Fault::None, Fault::Refused(503, "unavailable_shards_exception")]);
    let answers = one.decide(&all);
    assert!(stored(&answers[0]));
    assert!(failed(&answers[1]).contains("cluster prod") && failed(&answers[2]).contains("cluster prod"));
    assert_eq!(documents(&server, "watchfloor-audit"), 2);
    assert!(one.decide(&all).iter().all(stored));
    assert_eq!(documents(&server, "watchfloor-audit"), 4);
}

#[test]
fn what_others_wrote_is_taken_up_once_it_is_on_the_disk() {
    let server = Fake::default();
    let (mut one, mut other) = (begun(&server, "one"), console(&server, "other"));
    other.look().unwrap();
    let mine = ack(&mut one, 1, 1);
    faults(&server, &[Fault::OnNoDisk]);
    failed(&decide(&mut one, &mine));
    other.look().unwrap();
    assert_eq!(other.copy().log_end().unwrap().0, 1);
    // Its node is killed: what was on no disk never was.
    server.0.borrow_mut().kill();
    let theirs = ack(&mut other, 1, 2);
    assert!(stored(&decide(&mut other, &theirs)));
    assert!(matches!(decide(&mut one, &mine), Answer::Decided(Decided::Conflict(_))));
    for console in [&mut one, &mut other] {
        console.look().unwrap();
        console.copy().verify(None).unwrap();
        assert_eq!(console.copy().log_end().unwrap().0, 2);
    }
}

#[test]
fn a_deleted_log_is_said_made_by_no_write_and_written_anew_when_asked() {
    let server = Fake::default();
    let mut one = begun(&server, "one");
    let more: Vec<Proposal> = (1..=2).map(|n| ack(&mut one, n, n)).collect();
    assert!(one.decide(&more).iter().all(stored));
    server.0.borrow_mut().indices.remove("watchfloor-audit");
    let mine = ack(&mut one, 3, 9);
    for _ in 0..3 {
        let answer = decide(&mut one, &mine);
        assert!(failed(&answer).contains("`watchfloor audit restore` writes them anew"), "{answer:?}");
        assert!(matches!(one.look(), Err(Trouble::Log(_))));
    }
    assert!(!server.0.borrow().indices.contains_key("watchfloor-audit"));
    // Stopped half-way: nobody adds to it until it is whole.
    faults(&server, &[Fault::None, Fault::None, Fault::None, Fault::None, Fault::Hangs]);
    restore(&server.clone(), one.copy()).unwrap_err();
    assert_eq!(documents(&server, "watchfloor-audit"), 1);
    assert!(failed(&decide(&mut one, &mine)).contains("written anew"));
    let mut fresh = console(&server, "fresh");
    assert!(failed(&decide(&mut fresh, &mine)).contains("written anew"));
    let restored = restore(&server.clone(), one.copy()).unwrap();
    assert_eq!((restored.written, restored.all), (2, 3));
    assert!(server.0.borrow().indices["watchfloor-audit"].strict);
    assert!(stored(&decide(&mut one, &mine)));
    fresh.look().unwrap();
    assert_eq!(fresh.copy().log_end().unwrap(), one.copy().log_end().unwrap());
    assert_eq!(restore(&server.clone(), one.copy()).unwrap().written, 0);
}

#[test]
fn a_log_made_anew_under_the_same_name_is_another_log() {
    let server = Fake::default();
    let mut one = begun(&server, "one");
    server.0.borrow_mut().indices.remove("watchfloor-audit");
    let mut other = console(&server, "other");
    let theirs = ack(&mut other, 1, 1);
    assert!(stored(&decide(&mut other, &theirs)));
    let mine = ack(&mut one, 1, 2);
    let told = failed(&decide(&mut one, &mine)).to_owned();
    // The first says that its own is gone, the next what is there instead.
    assert!(told.contains("is another one now"), "{told}");
    assert!(failed(&decide(&mut one, &mine)).contains("another log than the one that this state has a copy of"));
    restore(&server.clone(), one.copy()).unwrap_err();
    assert_eq!(documents(&server, "watchfloor-audit"), 1);
}

#[test]
fn a_document_that_was_deleted_or_changed_under_us_is_said() {
    let server = Fake::default();
    let mut one = begun(&server, "one");
    let take = |id: &str| {
        let mut server = server.0.borrow_mut();
        server.indices.get_mut("watchfloor-audit").unwrap().documents.remove(id).unwrap()
    };
    let document = take("1");
    let mine = ack(&mut one, 1, 1);
    assert!(one.look().unwrap_err().to_string().contains("entry 1 is gone"));
    assert_eq!(restore(&server.clone(), one.copy()).unwrap().written, 1);
    assert!(stored(&decide(&mut one, &mine)));
    take("1");
    let mut changed = document.clone();
    changed.source["analyst"] = "somebody else".into();
    let put = |id: &str, document| {
        let mut server = server.0.borrow_mut();
        server.indices.get_mut("watchfloor-audit").unwrap().documents.insert(id.to_owned(), document);
    };
    put("1", changed);
    let mut fresh = console(&server, "fresh");
    assert!(fresh.look().unwrap_err().to_string().contains("entry 1 of watchfloor-audit is not the one"));
    put("1", document);
    fresh.look().unwrap();
    let foreign = fake::Document { source: serde_json::json!({"number": 3}), number: 0, version: 1 };
    put("3", foreign);
    assert!(fresh.look().unwrap_err().to_string().contains("entry 3 of watchfloor-audit is not the one"));
    let next = ack(&mut fresh, 2, 2);
    assert!(failed(&decide(&mut fresh, &next)).contains("entry 3 of watchfloor-audit is not the one"));
}

#[test]
fn a_document_of_the_view_that_was_deleted_is_written_anew_and_said() {
    let server = Fake::default();
    let mut one = begun(&server, "one");
    server.0.borrow_mut().indices.get_mut("watchfloor-cases").unwrap().documents.clear();
    let close = seen(&mut one, 4, 1, status(Status::Closed(Reason::Other)));
    assert!(stored(&decide(&mut one, &close)));
    one.look().unwrap();
    assert!(one.take_said().join("\n").contains("was not in watchfloor-cases any more: written anew"));
    assert_eq!(documents(&server, "watchfloor-cases"), 1);
    // Whatever becomes of the view, what is decided is saved.
    server.0.borrow_mut().indices.remove("watchfloor-cases");
    let noted = seen(&mut one, 4, 2, note("a"));
    assert!(stored(&decide(&mut one, &noted)));
    faults(&server, &[Fault::None, Fault::Refused(503, "unavailable_shards_exception")]);
    one.look().unwrap();
    assert!(one.take_said().join("\n").contains("dashboards are behind"));
    one.look().unwrap();
    assert!(server.0.borrow().indices["watchfloor-cases"].strict);
    assert_eq!(documents(&server, "watchfloor-cases"), 1);
}

#[test]
fn no_answer_is_not_saved_and_recognised_later() {
    let server = Fake::default();
    let mut one = begun(&server, "one");
    let mine = ack(&mut one, 1, 1);
    faults(&server, &[Fault::Hangs]);
    failed(&decide(&mut one, &mine));
    assert_eq!(documents(&server, "watchfloor-audit"), 1);
    // Written after all, and found by the next look, before it is tried again.
    faults(&server, &[Fault::AnswerLost]);
    failed(&decide(&mut one, &mine));
    one.look().unwrap();
    assert!(stored(&decide(&mut one, &mine)));
    assert_eq!(documents(&server, "watchfloor-audit"), 2);
}

#[test]
fn a_key_that_may_only_read_is_found_out_before_something_is_decided() {
    let server = Fake::default();
    let mut team = begun(&server, "team");
    server.0.borrow_mut().refuses_writes = Some((403, "security_exception"));
    let mut reader = console(&server, "reader");
    let error = reader.look().unwrap_err();
    assert!(error.is_forbidden() && error.to_string().contains("privilege create_doc on watchfloor-audit*"), "{error}");
    assert!(reader.forbidden().is_some());
    assert_eq!(status_of(&mut reader, 4), Status::Acknowledged, "it reads all the same");
    reader.look().unwrap();
    server.0.borrow_mut().refuses_writes = None;
    let more = ack(&mut team, 1, 1);
    assert!(stored(&decide(&mut team, &more)));
    for _ in 0..20 {
        reader.look().unwrap();
    }
    assert_eq!(status_of(&mut reader, 1), Status::Acknowledged);
    assert_eq!(reader.forbidden(), None);
}

#[test]
fn a_read_only_console_reads_and_writes_nothing() {
    let server = Fake::default();
    let mut reader = console(&server, "reader").reading_only();
    reader.copy().decide(&[propose(1, "mk", note("a"), 0)]).unwrap();
    reader.look().unwrap();
    assert!(server.0.borrow().indices.is_empty());
    begun(&server, "team");
    let before = documents(&server, "watchfloor-audit");
    reader.look().unwrap();
    assert_eq!(status_of(&mut reader, 4), Status::Acknowledged);
    assert_eq!(documents(&server, "watchfloor-audit"), before);
    assert!(server.0.borrow().requests.iter().all(|request| !request.starts_with("Put")));
}
