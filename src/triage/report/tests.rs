use super::*;
use crate::investigate::Weight;
use crate::rule::{ChecklistStep, Section};
use crate::triage::samples::{alert, at, found};
use crate::triage::{Action, Decision};

const HOSTILE: &str = "=cmd|' /C calc'!A0\u{1b}]52;c;eA==\u{7}<script>alert(1)</script>|a|\u{202e}gpj.exe\n# head `code` https://evil.example";

fn step(number: usize, id: &str, text: &str) -> ChecklistStep {
    ChecklistStep {
        id: StepId(id.into()),
        number,
        group: None,
        intro: String::new(),
        text: text.into(),
        details: vec![],
    }
}

fn checklist() -> Arc<Checklist> {
    let section = |kind, title: &str, steps| Section {
        kind,
        title: title.into(),
        intro: String::new(),
        steps,
        outro: String::new(),
    };
    Arc::new(Checklist {
        intro: String::new(),
        sections: vec![
            section(
                SectionKind::Investigation,
                "Investigation",
                vec![step(1, "aaaaaaaaaaaa", "Find out who acted"), step(2, "bbbbbbbbbbbb", HOSTILE)],
            ),
            section(SectionKind::Information, "More", vec![step(0, "iiiiiiiiiiii", "Not a step")]),
            section(SectionKind::Response, "Response", vec![step(3, "cccccccccccc", "Revoke the session")]),
        ],
        plain: false,
    })
}

fn decisions(n: i64, actions: Vec<(&str, Action)>) -> Case {
    let history: Vec<Decision> = (1..)
        .zip(actions)
        .map(|(seq, (analyst, action))| Decision {
            seq,
            alert: alert(n).id,
            at: at(1_000 + seq),
            analyst: analyst.into(),
            action,
        })
        .collect();
    Case::fold(&history)
}

fn ticked(id: &str, state: StepState) -> Action {
    Action::Step { step: StepId(id.into()), state }
}

fn note(text: &str, step: Option<&str>) -> Action {
    Action::Note { text: text.into(), step: step.map(|id| StepId(id.into())) }
}

fn entry(n: i64, case: Case) -> ReportEntry {
    ReportEntry {
        alert: found(n).listed(),
        case,
        checklist: checklist(),
        overview: vec![],
        findings: vec![],
        location: format!("/logs/a.json.gz at {n}"),
        sequence: vec![],
    }
}

fn report() -> Report {
    let mut hostile = entry(
        2,
        decisions(
            2,
            vec![
                ("mk", ticked("aaaaaaaaaaaa", StepState::Done)),
                (HOSTILE, ticked("bbbbbbbbbbbb", StepState::NotApplicable)),
                ("jo", note(HOSTILE, None)),
                ("jo", note("on the step", Some("bbbbbbbbbbbb"))),
                ("mk", ticked("0ddba11c0ffe", StepState::Done)),
                ("mk", Action::Copied { what: HOSTILE.into() }),
                ("mk", ticked("cccccccccccc", StepState::Done)),
                ("mk", Action::Undo { seq: 7 }),
                ("jo", Action::SetStatus { status: Status::Closed(Reason::FalsePositive) }),
            ],
        ),
    );
    for text in
        [&mut hostile.alert.rule_name, &mut hostile.alert.reason, &mut hostile.location, &mut hostile.alert.event_id]
    {
        *text = HOSTILE.into();
    }
    hostile.alert.summary.actor = Some(HOSTILE.into());
    hostile.alert.summary.target = None;
    hostile.alert.summary.suspicious = true;
    hostile.alert.late = true;
    hostile.overview = vec![Row { label: HOSTILE.into(), value: HOSTILE.into(), field: None, copy: None }];
    hostile.findings = vec![Finding::aside("alert", Weight::Alarming, HOSTILE, vec!["user.name".into()])];
    let event = |id: &str, second, what: &str| SequenceLine {
        event_id: id.into(),
        time: at(second),
        what: what.into(),
        record: format!("/logs/{id}.json.gz at 7"),
    };
    hostile.sequence = vec![event("event-0", 1, "bob CreateAccessKey on user/alice"), event(HOSTILE, 90, HOSTILE)];
    let taken = decisions(3, vec![("mk", Action::SetStatus { status: Status::Acknowledged })]);
    Report::new(
        at(5_000),
        HOSTILE,
        HOSTILE,
        vec![hostile, entry(3, taken), entry(1, Case::default()), entry(4, Case::default())],
    )
}

fn written(format: Format) -> String {
    let mut out = vec![];
    report().write(format, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn harmless(text: &str) {
    assert!(!crate::text::is_suspicious(text), "{text}");
    assert!(!text.contains(['\t', '\r']));
}

#[test]
fn markdown() {
    let text = written(Format::Markdown);
    harmless(&text);
    insta::assert_snapshot!("markdown", text);
}

#[test]
fn html() {
    let text = written(Format::Html);
    harmless(&text);
    assert!(!text.contains("<script"));
    insta::assert_snapshot!("html", text);
}

#[test]
fn json() {
    let text = written(Format::Json);
    harmless(&text);
    insta::assert_snapshot!("json", text);
}

#[test]
fn csv() {
    let text = written(Format::Csv);
    harmless(&text);
    insta::assert_snapshot!("csv", text);
}

#[test]
fn markdown_reads_back_as_text_alone() {
    use pulldown_cmark::{Event, Options, Parser, Tag};
    let text = written(Format::Markdown);
    let (mut rows, mut headings) = (0, 0);
    for event in Parser::new_ext(&text, Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS) {
        match event {
            Event::Html(html) => panic!("{html}"),
            Event::InlineHtml(html) => assert_eq!(html.as_ref(), "<br>"),
            Event::Code(code) => panic!("{code}"),
            Event::Start(Tag::Link { .. } | Tag::Image { .. } | Tag::CodeBlock(_)) => panic!("{event:?}"),
            Event::Start(Tag::Heading { .. }) => headings += 1,
            Event::Start(Tag::TableRow) => rows += 1,
            _ => {}
        }
    }
    assert_eq!(headings, 1 + 4 + 1 + 4 + 1 + 1 + 2, "title, alerts, sequence, checklists, findings, notes, histories");
    let expected: usize = report()
        .entries
        .iter()
        .map(|e| 1 + 6 + e.overview().len() + e.flags().len() + e.sequence.len() + e.case.history.len())
        .sum();
    assert_eq!(rows, expected, "one in the list, facts, events, history");
}

#[test]
fn json_holds_every_value_as_it_was() {
    let value: serde_json::Value = serde_json::from_str(&written(Format::Json)).unwrap();
    assert_eq!(value["counts"]["open"], 2);
    assert_eq!(value["counts"]["closed_as"]["false_positive"], 1);
    let last = &value["alerts"][3];
    assert_eq!(last["summary"]["actor"], HOSTILE);
    assert_eq!(last["notes"][0]["text"], HOSTILE);
    assert_eq!(last["checklist"][0]["steps"][1]["state"], "not_applicable");
    assert_eq!(last["checklist"][2]["steps"][0]["id"], "0ddba11c0ffe");
    assert_eq!(last["history"][6]["taken_back_by"], 8);
    assert_eq!(last["history"][0]["do"], serde_json::Value::Null, "actions keep their place under `action`");
    assert_eq!(last["history"][0]["action"]["do"], "step");
}

#[test]
fn csv_has_the_same_columns_in_every_row_and_no_cell_runs() {
    let text = written(Format::Csv);
    let mut reader = ::csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 4);
    assert!(rows.iter().all(|row| row.len() == 30));
    assert!(rows.iter().flatten().all(|cell| !cell.starts_with(['=', '+', '-', '@'])));
    assert_eq!(rows.iter().map(|r| r[7].to_owned()).collect::<Vec<_>>(), ["open", "open", "acknowledged", "closed"]);
}

#[test]
fn open_alerts_come_first_and_each_group_newest_first() {
    let order: Vec<_> = report().entries.iter().map(|e| (e.case.status.as_str(), e.alert.time)).collect();
    assert_eq!(order, [("open", at(4)), ("open", at(1)), ("acknowledged", at(3)), ("closed", at(2))]);
}

#[test]
fn a_report_on_nothing_says_so() {
    let empty = Report::new(at(0), "mk", "state.db", vec![]);
    let mut out = vec![];
    empty.write(Format::Markdown, &mut out).unwrap();
    assert!(String::from_utf8(out).unwrap().contains("**0 alerts:** 0 open, 0 acknowledged, 0 closed."));
    for format in [Format::Html, Format::Json, Format::Csv] {
        let mut out = vec![];
        empty.write(format, &mut out).unwrap();
        assert!(!out.is_empty());
    }
}

#[test]
fn a_closed_pipe_is_an_error_that_is_passed_on() {
    struct Closed;
    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    for format in [Format::Markdown, Format::Html, Format::Json, Format::Csv] {
        assert_eq!(report().write(format, &mut Closed).unwrap_err().kind(), io::ErrorKind::BrokenPipe, "{format:?}");
    }
}
