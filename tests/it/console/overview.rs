//! The Overview tab.

use watchfloor::app::Tab;
use watchfloor::engine::Update;
use watchfloor::investigate::{Assessment, FindingId, Trace};
use watchfloor::triage::IncidentId;

use crate::desk::Desk;
use crate::sample::{listed, today};

/// The screen as one line, its words one blank apart.
fn said(desk: &Desk) -> String {
    let screen = desk.screen().replace(['│', '─'], " ");
    screen.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_headline_says_where_to_before_anything_is_cut() {
    let mut desk = Desk::new(80, 24);
    let mut alert = listed(9, today("10:50:00"), "support-readonly/jsmith", "198.51.100.23", "snapshot:orders");
    alert.reason =
        "support-readonly/jsmith called StartExportTask on snapshot:orders from 198.51.100.23 in us-east-1: \
                    low alert of AWS RDS Snapshot Export."
            .to_owned();
    alert.summary.destination = Some("s3://ledger-archive-444455556666/2026/11".to_owned());
    desk.tell(Update::Alerts(vec![alert]));
    desk.keys("g 1");
    let wanted = "support-readonly/jsmith called StartExportTask on snapshot:orders to \
                  s3://ledger-archive-444455556666/2026/11 from 198.51.100.23 in us-east-1 Priority";
    assert!(said(&desk).contains(wanted), "{}", desk.screen());
}

#[test]
fn a_priority_is_explained() {
    let mut desk = Desk::new(80, 24);
    let mut alert = listed(9, today("10:50:00"), "root", "198.51.100.23", "snapshot:orders");
    let key = FindingId::named("key_of_another_account").expect("a finding");
    alert.assessment = Assessment::default().with(key, 21);
    alert.assessment.refined = true;
    desk.tell(Update::Alerts(vec![alert.clone()]));
    desk.keys("g 1");
    assert!(said(&desk).contains("Priority 51 rule 21, key of another account +30 Next"), "{}", desk.screen());
    alert.assessment.refined = false;
    desk.tell(Update::Alerts(vec![alert]));
    assert!(said(&desk).contains("+30; the log around it is still to be searched"), "{}", desk.screen());
}

#[test]
fn the_incident_is_said_with_what_ties_it_together() {
    let mut desk = Desk::new(120, 35);
    let mut alerts: Vec<_> = ["10:41:52", "10:55:21", "11:20:40"]
        .into_iter()
        .zip(20..)
        .map(|(time, n)| listed(n, today(time), "support/jsmith", "198.51.100.23", "snapshot:orders"))
        .collect();
    let id = IncidentId("df87694f7e1abefa".to_owned());
    for alert in &mut alerts {
        alert.incident = Some(id.clone());
        alert.assessment.trace = Trace { keys: vec!["ASIA2GYOOJQUCEXAMPLE".to_owned()], ..Trace::default() };
    }
    alerts.push(listed(30, today("11:30:00"), "alone", "192.0.2.9", "snapshot:other"));
    alerts[3].incident = Some(IncidentId("0000000000000000".to_owned()));
    desk.tell(Update::Alerts(alerts));
    desk.keys("/ \"jsmith\" Enter g 1");
    let wanted = "Incident df87694f7e1abefa · 3 alerts · 10:41:52Z – 11:20:40Z · same access key ASIA2GYOOJQUCEXAMPLE";
    assert!(said(&desk).contains(wanted), "{}", desk.screen());
    desk.keys("Esc Esc / \"alone\" Enter g 1");
    assert!(!said(&desk).contains("Incident 0000"), "one alert is no more than itself\n{}", desk.screen());
}

#[test]
fn the_request_is_a_table_that_a_key_unfolds() {
    let mut desk = Desk::new(120, 45);
    desk.answers = false;
    let id = desk.selected().map(|entry| entry.row.id.clone()).expect("an alert");
    let mut detail = crate::sample::detail(&id);
    detail.overview.push(watchfloor::investigate::Row {
        label: "Request".to_owned(),
        value: "{sourceArn=…}".to_owned(),
        field: Some("aws.cloudtrail.request_parameters".to_owned()),
        copy: None,
    });
    detail.record["requestParameters"]["deeper"] = serde_json::json!({"one": 1, "many": [{"x": "a"}, {"x": "b"}]});
    desk.tell(Update::Detail(Box::new(detail)));
    desk.keys("1 Z");
    let folded = said(&desk);
    assert!(
        folded.contains("Request ▸ 7 values: exportTaskIdentifier, sourceArn, s3BucketName, exportOnly"),
        "{folded}"
    );
    assert!(!folded.contains("deeper.one 1"), "{folded}");
    desk.keys("f");
    let unfolded = said(&desk);
    for value in ["Request ▾", "s3BucketName finance-exports", "deeper.one 1", "deeper.many.x a deeper.many.x b"] {
        assert!(unfolded.contains(value), "{value} in {unfolded}");
    }
    // Enter does the same where the cursor is on it, and stays.
    desk.keys("f");
    let at = desk.app.alerts().page.items.iter().position(|i| format!("{i:?}").starts_with("Parameters")).expect("it");
    for _ in 0..at {
        desk.keys("j");
    }
    desk.keys("Enter");
    assert_eq!(desk.app.alerts().tab, Tab::Overview);
    assert!(said(&desk).contains("Request ▾"), "{}", desk.screen());
    // A value of it is searched for by its own field.
    desk.keys("j j j =");
    assert_eq!(
        desk.questions.last().map(|question| question.query.as_str()),
        Some(r#"aws.cloudtrail.flattened.request_parameters.s3BucketName:"finance-exports""#)
    );
}
