use proptest::prelude::*;

use super::*;
use crate::trail::MAX_DEPTH;

const A: &str = r#"{"eventVersion":"1.08","eventID":"a","note":"brackets ]}{[ and \" quotes\\"}"#;
const B: &str = r#"{"eventVersion":"1.08","eventID":"b","resources":[{"ARN":"x"},{"ARN":"y"}],"n":[1,[2,{}]]}"#;
const ECS: &str = r#"{"@timestamp":"2026-01-01T00:00:00Z","event.action":"StartExportTask"}"#;
const DIGEST: &str = r#"{"awsAccountId":"111122223333","digestStartTime":"2026-01-01T00:00:00Z","logFiles":[]}"#;
const INSIGHT: &str = r#"{"eventVersion":"1.07","eventCategory":"Insight","insightDetails":{"state":"Start"}}"#;

type Given = Vec<(u64, String)>;

fn split_in(content: &[u8], sizes: &[usize], last: bool) -> (Given, Split) {
    let (mut given, mut opened) = (Vec::new(), Vec::new());
    let mut sink = |record: ContentRecord<'_>| {
        given.push((record.offset, String::from_utf8_lossy(record.bytes).into_owned()));
        opened.push(record.envelope.is_some());
    };
    let mut splitter = Splitter::new(0, Vec::new());
    let mut rest = content;
    let mut sizes = sizes.iter().copied().cycle();
    while !rest.is_empty() {
        let size = sizes.next().unwrap_or(rest.len()).clamp(1, rest.len());
        splitter.feed(&rest[..size], &mut sink);
        rest = &rest[size..];
    }
    let (split, _) = splitter.finish(last, &mut sink);
    let offsets: std::collections::BTreeSet<u64> = given.iter().map(|(offset, _)| *offset).collect();
    assert_eq!(offsets.len(), given.len(), "no two records have the same offset");
    for ((offset, record), opened) in given.iter().zip(opened) {
        if opened {
            continue;
        }
        let at = usize::try_from(*offset).unwrap();
        assert_eq!(&content[at..at + record.len()], record.as_bytes(), "bytes are where the offset says");
    }
    (given, split)
}

/// Splits in one piece and byte by byte, which must agree.
fn split(content: &str) -> (Vec<String>, Split) {
    let whole = split_in(content.as_bytes(), &[], true);
    let bytewise = split_in(content.as_bytes(), &[1], true);
    assert_eq!(whole, bytewise, "{content}");
    (whole.0.into_iter().map(|(_, record)| record).collect(), whole.1)
}

fn reasons(split: &Split) -> Vec<(u64, &str)> {
    split.bad.iter().map(|bad| (bad.offset, bad.reason.as_str())).collect()
}

#[test]
fn every_shape_gives_its_records_and_its_name() {
    let pretty = B.replace(',', ",\n  ").replace('{', "{\n  ").replace('[', "[\n");
    for (content, records, kind) in [
        (format!(r#"{{"Records":[{A},{B}]}}"#), vec![A, B], Content::Delivery),
        (format!("{{ \"Records\" : [\r\n {A} ,\n\n{B} ] }}\n"), vec![A, B], Content::Delivery),
        (
            format!(r#"{{"version":{{"Records":[1]}},"x":["Records"],"Records":[{A}],"z":[{B}]}}"#),
            vec![A],
            Content::Delivery,
        ),
        (r#"{"Records":[]}"#.to_owned(), vec![], Content::Delivery),
        (format!(r#"{{"Records":[{A}]}}{{"Records":[{B}]}}"#), vec![A, B], Content::Delivery),
        (format!("[{A},\n{ECS}]"), vec![A, ECS], Content::Array),
        ("[ ]".to_owned(), vec![], Content::Array),
        (A.to_owned(), vec![A], Content::Single),
        (format!("{pretty}\n"), vec![&pretty], Content::Single),
        (format!("{pretty}{pretty}"), vec![&pretty, &pretty], Content::Lines),
        (format!("{A}\n"), vec![A], Content::Lines),
        (format!("\u{feff}{A}\r\n\r\n\n{ECS}\n{B}"), vec![A, ECS, B], Content::Lines),
        (DIGEST.to_owned(), vec![], Content::Digest),
        (format!(r#"{{"Records":[{INSIGHT},{INSIGHT}]}}"#), vec![], Content::Insight),
        (format!(r#"{{"Records":[{INSIGHT},{A}]}}"#), vec![A], Content::Delivery),
        (format!("{INSIGHT}\n"), vec![], Content::Insight),
        (" \n\t".to_owned(), vec![], Content::Empty),
        (String::new(), vec![], Content::Empty),
        ("\u{feff}".to_owned(), vec![], Content::Empty),
    ] {
        let (given, split) = split(&content);
        assert_eq!(given, records, "{content}");
        assert_eq!(split.content, Some(kind), "{content}");
        assert!(split.complete && split.problem.is_none() && split.bad_total == 0, "{content}: {split:?}");
    }
}

#[test]
fn what_is_no_log_says_why() {
    for (content, reason) in [
        ("<p>\n<body>\n", "begins with \"<p>\", not with a JSON object"),
        (
            "Events:\n",
            "begins with \"Events:\", not with a JSON object; this looks like YAML: ask for JSON (--output json)",
        ),
        (
            "\u{1b}]31m0123456789012345678901234567890",
            "begins with \"\\x1b]31m0123456789012345678…\", not with a JSON object",
        ),
        (
            r#"{"name":"x","dependencies":{}}"#,
            "a JSON object with the keys name, dependencies: neither a CloudTrail record nor an ECS document nor a known envelope of them",
        ),
        (r#"{"Records":{}}"#, "in a delivery file: an empty JSON object"),
        ("{}", "an empty JSON object"),
        ("{ margin: 0 }", "begins with \"{ margin: 0 }\", not with a JSON object"),
        ("[1,2]", "begins with \"[1,2]\", not with a JSON object"),
        (
            r#"[{"a":1}]"#,
            "a JSON object with the key a: neither a CloudTrail record nor an ECS document nor a known envelope of them",
        ),
        ("{ margin", "begins with \"{ margin\", not with a JSON object"),
    ] {
        let (given, split) = split(content);
        assert!(given.is_empty() && split.content.is_none(), "{content}: {split:?}");
        assert_eq!(split.problem, Some(Problem::NotALog(reason.to_owned())), "{content}");
    }
}

#[test]
fn a_bad_line_is_one_bad_record_and_the_rest_goes_on() {
    let content = format!("{A}\nnot json\n{B}\n{{\"a\":]}}\n{{\"x\":1}}\n{ECS}\n");
    let (given, split) = split(&content);
    assert_eq!(given, [A, B, ECS]);
    assert_eq!(split.content, Some(Content::Lines));
    let at = |what: &str| content.find(what).unwrap() as u64;
    assert_eq!(
        reasons(&split),
        [
            (at("not json"), "begins with \"not json\", not with a JSON object"),
            (at("{\"a\":]"), "brackets that do not match"),
            (
                at("{\"x\""),
                "a JSON object with the key x: neither a CloudTrail record nor an ECS document nor a known envelope of them"
            ),
        ]
    );
    assert_eq!((split.bad_total, split.complete, split.problem), (3, true, None));
}

#[test]
fn a_line_cut_anywhere_does_not_swallow_the_next() {
    for cut in 1..B.len() {
        let content = format!("{A}\n{}\n{A}\n{B}\n", &B[..cut]);
        let (given, split) = split(&content);
        assert_eq!(given, [A, A, B], "cut at {cut}: {}", &B[..cut]);
        assert_eq!(reasons(&split).iter().map(|(at, _)| *at).collect::<Vec<_>>(), [A.len() as u64 + 1], "cut at {cut}");
    }
}

#[test]
fn a_bad_element_does_not_swallow_the_next() {
    let balanced = |text: &str| text.matches('[').count() == text.matches(']').count();
    for cut in (1..B.len()).filter(|cut| balanced(&B[..*cut])) {
        let content = format!("{{\"Records\":[{A},{},{A},{B}]}}", &B[..cut]);
        let (given, split) = split(&content);
        let bad: Vec<u64> = reasons(&split).iter().map(|(at, _)| *at).collect();
        assert_eq!(given.first().map(String::as_str), Some(A), "cut at {cut}");
        assert_eq!(given.last().map(String::as_str), Some(B), "cut at {cut}: {split:?}");
        assert_eq!(bad, [12 + A.len() as u64 + 1], "cut at {cut}: {given:?}");
    }
    let (given, split) = split(&format!("[null,{A},\"x\",[{{}}],12,{B}]"));
    assert_eq!(given, [A, B]);
    assert_eq!(split.bad_total, 4, "{split:?}");
    assert!(split.complete);
}

#[test]
fn a_cut_tail_is_bad_and_what_came_before_is_good() {
    let whole = format!("{{\"Records\":[{A},{B}]}}");
    for cut in 1..whole.len() {
        let (given, split) = split(&whole[..cut]);
        assert!(!split.complete, "cut at {cut}");
        assert!(split.problem.is_some(), "cut at {cut}");
        assert_eq!(given.len(), usize::from(cut >= 12 + A.len()) + usize::from(cut >= 12 + A.len() + 1 + B.len()));
        assert_eq!(split.consumed, 0);
    }
    let (given, split) = split(&format!("{A}\n{}", &B[..40]));
    assert_eq!(given, [A]);
    assert_eq!(split.content, Some(Content::Lines));
    assert_eq!((split.bad_total, split.complete, split.consumed), (1, false, A.len() as u64));
    assert_eq!(
        split.problem.unwrap().to_string(),
        format!("cut short: the JSON that begins at offset {} does not end", A.len() + 1)
    );
}

#[test]
fn without_the_last_word_an_open_tail_is_left_for_later() {
    let content = format!("{A}\n{}", &B[..40]);
    let (given, split) = split_in(content.as_bytes(), &[7], false);
    assert_eq!(given.len(), 1);
    assert_eq!((split.bad_total, split.complete, split.consumed), (0, false, A.len() as u64));
    let content = format!("{A}\ngarb");
    let (_, split) = split_in(content.as_bytes(), &[7], false);
    assert_eq!((split.complete, split.consumed), (false, A.len() as u64));
}

#[test]
fn depth_is_limited_by_name() {
    let deep = |n: usize| format!("{{\"eventID\":{}1{}}}", "[".repeat(n), "]".repeat(n));
    let (given, split) = split(&format!("{}\n{A}\n{}\n{B}\n", deep(MAX_DEPTH - 1), deep(MAX_DEPTH)));
    assert_eq!(given, [deep(MAX_DEPTH - 1).as_str(), A, B]);
    assert!(reasons(&split)[0].1.contains("deeper than 512"), "{split:?}");
    let (given, split) = self::split(&format!("{{\"Records\":[{},{A}]}}", deep(5000)));
    assert_eq!(given, [A]);
    assert_eq!(split.bad_total, 1);
}

#[test]
fn length_is_limited_by_name() {
    let long = format!(r#"{{"eventVersion":"1","x":"{}"}}"#, "y".repeat(MAX_RECORD));
    for (content, complete) in
        [(format!("{A}\n{long}\n{B}\n"), true), (format!("{{\"Records\":[{A},{long},{B}]}}"), true)]
    {
        for size in [content.len(), 999_983] {
            let (given, split) = split_in(content.as_bytes(), &[size], true);
            assert_eq!(given.iter().map(|(_, r)| r.as_str()).collect::<Vec<_>>(), [A, B]);
            assert_eq!(split.complete, complete);
            assert!(reasons(&split)[0].1.starts_with("longer than 16 MiB"), "{split:?}");
        }
    }
}

/// Feeds pieces, and answers the most memory kept on the way.
fn feed_all<'p>(pieces: impl Iterator<Item = &'p [u8]>, sink: &mut RecordSink<'_>) -> (Split, usize) {
    let (mut splitter, mut most) = (Splitter::new(0, Vec::new()), 0);
    for piece in pieces {
        splitter.feed(piece, sink);
        most = most.max(splitter.kept.capacity());
    }
    (splitter.finish(true, sink).0, most)
}

#[test]
fn a_record_that_is_too_long_costs_only_itself_and_no_memory() {
    let long = vec![b'y'; 1 << 20];
    for (before, begin, end, after, good) in [
        (format!("{A}\n"), r#"{"eventVersion":"1","x":""#, "\"}\n", format!("{B}\n"), vec![A, B]),
        (String::new(), r#"{"eventVersion":"1","x":""#, "\"}\n", format!("{B}\n"), vec![B]),
        (String::new(), r#"{"requestParameters":{"x":""#, "\"}}\n", format!("{B}\n"), vec![B]),
        (format!("{A}\n"), "\"", "\"\n", format!("{B}\n"), vec![A, B]),
        // Its string does not end on its line.
        (format!("{A}\n"), r#"{"eventVersion":"1","x":""#, "\n", format!("{B}\n"), vec![A, B]),
        // Its brackets do not close before the next line.
        (format!("{A}\n"), r#"{"eventVersion":"1","x":""#, "\"\n", format!("{B}\n"), vec![A, B]),
        (format!("{{\"Records\":[{A},"), r#"{"eventVersion":"1","x":""#, "\"},", format!("{B}]}}"), vec![A, B]),
        (format!("{{\"Records\":[{A},"), "\"", "\",", format!("{B}]}}"), vec![A, B]),
        ("{\"Records\":[".to_owned(), "{\"x\":[\"", "\"]},", format!("{B}]}}"), vec![B]),
        // Before the records, and behind them.
        (String::new(), "{\"x\":\"", "\",\"Records\":[", format!("{B}]}}"), vec![B]),
        (format!("{{\"Records\":[{A}],"), "\"x\":\"", "\"}", B.to_owned(), vec![A, B]),
        (format!("[{A},"), r#"{"eventVersion":"1","x":""#, "\"},", format!("{B}]"), vec![A, B]),
    ] {
        let mut given = Vec::new();
        let pieces = [before.as_bytes(), begin.as_bytes()].into_iter().chain((0..40).map(|_| &long[..]));
        let pieces = pieces.chain([end.as_bytes(), after.as_bytes()]);
        let (split, most) =
            feed_all(pieces, &mut |record| given.push(String::from_utf8_lossy(record.bytes).into_owned()));
        assert_eq!(given, good, "{before}{begin}…{end}");
        assert!(split.complete && split.problem.is_none() && split.bad_total == 1, "{before}{begin}: {split:?}");
        let (bad, at) = (&split.bad[0], before.len() as u64);
        assert!(bad.offset == at || before.is_empty() || before.ends_with("],"), "{before}{begin}: {bad:?}");
        assert!(bad.reason.contains("longer than 16 MiB") || begin == "\"", "{before}{begin}: {bad:?}");
        assert!(most <= 3 * MAX_RECORD, "{most}");
    }
}

#[test]
fn a_long_record_that_does_not_end_is_cut_short_and_one_of_gigabytes_is_refused() {
    let long = vec![b'y'; 1 << 20];
    let lines = [A.as_bytes(), b"\n{\"eventVersion\":\""].into_iter().chain((0..20).map(|_| &long[..]));
    let (split, _) = feed_all(lines.clone(), &mut |_| {});
    assert_eq!((split.records, split.bad_total, split.complete), (1, 1, false));
    let said = split.problem.unwrap().to_string();
    assert!(said.ends_with("the JSON that begins at offset 77 does not end"), "{said}");
    // The rest of a gigabyte goes by in one step.
    let mut splitter = Splitter::new(0, Vec::new());
    lines.for_each(|piece| splitter.feed(piece, &mut |_| {}));
    splitter.here += MAX_STRETCH_IN_LOG - (21 << 20);
    splitter.feed(&long[1000..], &mut |_| {});
    assert!(!splitter.stopped());
    splitter.feed(&long, &mut |_| {});
    assert!(splitter.stopped() && splitter.kept.capacity() <= 3 * MAX_RECORD);
    let said = splitter.finish(true, &mut |_| {}).0.problem.unwrap().to_string();
    assert_eq!(said, "refused: no end of the record within 1024 MiB from offset 77");
}

#[test]
fn an_endless_line_ends_with_the_limit_named() {
    for (content, limit) in [
        (vec![0u8; 40 << 20], "no end of line within 32 MiB from offset 0"),
        (vec![b' '; 40 << 20], "nothing but blank space within 32 MiB from offset 0"),
        (
            [b"{\"Records\":[".as_slice(), &vec![b'x'; 40 << 20]].concat(),
            "no further record within 32 MiB from offset 12",
        ),
    ] {
        for size in [content.len(), 999_983] {
            let (given, split) = split_in(&content, &[size], true);
            assert!(given.is_empty());
            let said = split.problem.unwrap().to_string();
            assert!(said.starts_with(&format!("refused: {limit}")), "{said}");
        }
    }
}

#[test]
fn a_long_text_that_is_no_log_is_given_up_early() {
    let (_, split) = split(&"a line of text\n".repeat(5000));
    assert_eq!(
        split.problem,
        Some(Problem::NotALog("begins with \"a line of text\", not with a JSON object".to_owned()))
    );
    assert_eq!(split.bad_total, 0);
    let (given, split) = self::split(&format!("{A}\n{}", "a line of text\n".repeat(5000)));
    assert_eq!((given.len(), split.bad_total, split.bad.len()), (1, 5000, BAD_KEPT));
}

/// Pieces that files are made of, good and bad.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(vec![A, B, ECS, DIGEST, INSIGHT]).prop_map(str::to_owned),
        2 => (0..B.len()).prop_map(|cut| B[..cut].to_owned()),
        3 => prop::sample::select(vec!["\n", "\r\n", " ", ",", "[", "]", "{", "}", "{\"Records\":[", "]}", "\"", "\\", ":", "null", "\u{feff}"])
            .prop_map(str::to_owned),
        1 => "[ -~]{0,40}",
    ]
}

proptest! {
    #[test]
    fn how_content_is_cut_changes_nothing(
        pieces in prop::collection::vec(piece(), 0..14),
        sizes in prop::collection::vec(1usize..60, 1..8),
        last: bool,
    ) {
        let content = pieces.concat();
        let whole = split_in(content.as_bytes(), &[], last);
        prop_assert_eq!(&whole, &split_in(content.as_bytes(), &sizes, last));
        prop_assert_eq!(&whole, &split_in(content.as_bytes(), &[1], last));
    }

    #[test]
    fn arbitrary_bytes_do_no_harm(content in prop::collection::vec(any::<u8>(), 0..300), sizes in prop::collection::vec(1usize..40, 1..5)) {
        prop_assert_eq!(split_in(&content, &[], true), split_in(&content, &sizes, true));
    }

    #[test]
    fn layout_changes_no_record(values in prop::collection::vec(json(), 0..6), form in 0usize..5) {
        let records: Vec<serde_json::Value> =
            values.into_iter().map(|value| serde_json::json!({"eventVersion": "1.08", "v": value})).collect();
        let lines = |pretty: bool| records.iter().map(|r| if pretty { format!("{r:#}\n") } else { format!("{r}\n") }).collect::<String>();
        let array = serde_json::Value::from(records.clone());
        let content = match form {
            0 => lines(false),
            1 => lines(true),
            2 => array.to_string(),
            3 => format!("{array:#}"),
            _ => format!("{:#}", serde_json::json!({"a": {"Records": [1]}, "Records": array, "b": [[]]})),
        };
        let (given, split) = split_in(content.as_bytes(), &[13], true);
        let read: Vec<serde_json::Value> = given.iter().map(|(_, r)| serde_json::from_str(r).unwrap()).collect();
        prop_assert_eq!(read, records);
        prop_assert!(split.complete && split.bad_total == 0, "{:?}", split);
    }
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i32>().prop_map(Into::into),
        "\\PC{0,12}".prop_map(Into::into),
        prop::sample::select(vec!["\\", "\"", "{", "]", "\n", "Records"]).prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
            prop::collection::vec(("[a-z\"{]{1,6}|Records", inner), 0..4)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}
