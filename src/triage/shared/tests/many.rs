//! Any number of consoles, whatever goes wrong: nothing acknowledged is lost, nothing is overwritten unseen, and in the end
//! all hold the same.

use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;

use super::*;
use crate::triage::samples::alert;

#[derive(Debug, Clone)]
enum Step {
    Look(usize),
    /// A console decides about some alerts at once.
    Decide(usize, Vec<(i64, u8)>),
    /// It tries again what was not saved.
    Retry(usize),
    Restart(usize),
    Fault(Fault),
    Kill,
}

fn step() -> impl Strategy<Value = Step> {
    let fault = prop_oneof![
        Just(Fault::None),
        Just(Fault::Hangs),
        Just(Fault::AnswerLost),
        Just(Fault::OnNoDisk),
        Just(Fault::Refused(503, "unavailable_shards_exception")),
        Just(Fault::Refused(429, "es_rejected_execution_exception")),
    ];
    let what = prop::collection::vec((1..=4_i64, 0..4_u8), 1..4);
    prop_oneof![
        3 => (0..3_usize).prop_map(Step::Look),
        6 => (0..3_usize, what).prop_map(|(who, what)| Step::Decide(who, what)),
        3 => (0..3_usize).prop_map(Step::Retry),
        1 => (0..3_usize).prop_map(Step::Restart),
        5 => fault.prop_map(Step::Fault),
        1 => Just(Step::Kill),
    ]
}

struct Desk {
    sharing: Option<Sharing<Fake, Store>>,
    unsaved: Vec<Proposal>,
}

impl Desk {
    fn sharing(&mut self) -> &mut Sharing<Fake, Store> {
        self.sharing.as_mut().unwrap()
    }

    fn take(&mut self, proposals: Vec<Proposal>, acknowledged: &mut Vec<Proposal>) {
        let answers = self.sharing().decide(&proposals);
        for (proposal, answer) in proposals.into_iter().zip(answers) {
            match answer {
                Answer::Decided(Decided::Stored(_)) => acknowledged.push(proposal),
                Answer::Decided(Decided::Conflict(_) | Decided::Refused(_)) => {}
                Answer::Decided(Decided::Unknown) => panic!("the alert is there"),
                Answer::Failed(_) => self.unsaved.push(proposal),
            }
        }
    }
}

proptest! {
    #[test]
    fn no_acknowledged_decision_is_lost_and_none_overwritten_unseen(steps in prop::collection::vec(step(), 1..60)) {
        let server = Fake::default();
        let mut desks: Vec<Desk> = (0..3)
            .map(|n| Desk { sharing: Some(console(&server, &format!("c{n}"))), unsaved: Vec::new() })
            .collect();
        let (mut clock, mut acknowledged) = (0, Vec::new());
        // What was standing when each status was decided: the time of the decision before.
        let mut standing: HashMap<i64, Option<i64>> = HashMap::new();
        for (turn, step) in steps.into_iter().enumerate() {
            match step {
                Step::Look(who) => drop(desks[who].sharing().look()),
                Step::Decide(who, what) => {
                    let mut proposals = Vec::new();
                    for (n, kind) in what {
                        clock += 1;
                        let action = match kind {
                            0 => status(Status::Acknowledged),
                            1 => status(Status::Closed(Reason::Other)),
                            2 => note("n"),
                            _ => {
                                let decided = desks[who].sharing().copy().decisions_of(&alert(n).id).unwrap();
                                match decided.iter().rev().find(|d| matches!(d.action, Action::Note { .. })) {
                                    Some(noted) => Action::Undo { seq: noted.seq },
                                    None => note("m"),
                                }
                            }
                        };
                        let proposal = Proposal {
                            analyst: format!("a{who}"),
                            ..seen(desks[who].sharing(), n, clock, action)
                        };
                        let decided = desks[who].sharing().copy().decisions_of(&alert(n).id).unwrap();
                        let last = decided.iter().rev().find(|d| matches!(d.action, Action::SetStatus { .. }));
                        standing.insert(proposal.at.timestamp_micros(), last.map(|d| d.at.timestamp_micros()));
                        proposals.push(proposal);
                    }
                    desks[who].take(proposals, &mut acknowledged);
                }
                Step::Retry(who) => {
                    let unsaved = std::mem::take(&mut desks[who].unsaved);
                    desks[who].take(unsaved, &mut acknowledged);
                }
                Step::Restart(who) => {
                    let copy = desks[who].sharing.take().unwrap().into_copy();
                    desks[who].sharing = Some(on(&server, copy, &format!("c{who}-{turn}")));
                }
                Step::Fault(fault) => server.0.borrow_mut().faults.push_back(fault),
                Step::Kill => server.0.borrow_mut().kill(),
            }
        }
        server.0.borrow_mut().faults.clear();
        server.0.borrow_mut().settle();
        for desk in &mut desks {
            let unsaved = std::mem::take(&mut desk.unsaved);
            desk.take(unsaved, &mut acknowledged);
            prop_assert!(desk.unsaved.is_empty());
        }
        for desk in &mut desks {
            desk.sharing().look().unwrap();
            desk.sharing().copy().verify(None).unwrap();
        }
        let entries = desks[0].sharing().copy().log_entries(1, 10_000).unwrap();
        for desk in &mut desks[1..] {
            prop_assert_eq!(&desk.sharing().copy().log_entries(1, 10_000).unwrap(), &entries);
        }
        prop_assert_eq!(documents(&server, "watchfloor-audit"), entries.len());
        let mut times: BTreeMap<i64, usize> = BTreeMap::new();
        entries.iter().for_each(|entry| *times.entry(entry.at).or_default() += 1);
        prop_assert!(times.values().all(|count| *count == 1), "one decision twice");
        for proposal in &acknowledged {
            prop_assert!(times.contains_key(&proposal.at.timestamp_micros()), "lost: {:?}", proposal);
        }
        let mut last: HashMap<_, (String, i64)> = HashMap::new();
        for entry in entries.iter().filter(|entry| entry.action.contains("set_status")) {
            if let Some((analyst, at)) = last.get(&entry.alert)
                && *analyst != entry.analyst
            {
                prop_assert_eq!(standing[&entry.at], Some(*at), "overwritten unseen by {:?}", entry);
            }
            last.insert(entry.alert.clone(), (entry.analyst.clone(), entry.at));
        }
        for n in 1..=4 {
            let all: Vec<Status> = desks.iter_mut().map(|desk| status_of(desk.sharing(), n)).collect();
            prop_assert!(all.iter().all(|status| *status == all[0]), "{:?}", all);
        }
    }
}
