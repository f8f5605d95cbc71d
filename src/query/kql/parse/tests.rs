mod written;

use proptest::prelude::*;

use super::literal::is_trimmed;
use super::*;
use crate::query::TermKind;

fn shape(query: &str) -> String {
    parse(query).unwrap().to_string()
}

fn message(query: &str) -> String {
    let error = parse(query).unwrap_err();
    let text = error.to_string();
    let (first, rest) = text.split_once('\n').unwrap();
    let (_, caret) = rest.rsplit_once('\n').unwrap();
    format!("{} @{}", first, caret.len() - 1)
}

fn value(query: &str) -> TermKind {
    parse_literal(query).unwrap().kind
}

fn text(text: &str, quoted: bool) -> TermKind {
    TermKind::Text { text: text.to_owned(), quoted }
}

fn wildcard(pieces: &[&str]) -> TermKind {
    TermKind::Wildcard(pieces.iter().map(|&p| p.to_owned()).collect())
}

#[test]
fn or_binds_looser_than_and_and_not_binds_tightest() {
    assert_eq!(shape("a or b and not c or d"), "a or b and not c or d");
    assert_eq!(shape("(a or b) AND c"), "(a or b) and c");
    assert_eq!(shape("a and (b and c) and d"), "a and (b and c) and d");
    assert_eq!(shape("not (a or b)"), "not (a or b)");
    assert_eq!(shape("not (not a:b)"), "not (not a:b)");
}

#[test]
fn value_lists_expand_per_field() {
    assert_eq!(shape("f:(a or b and not c)"), "f:a or f:b and not f:c");
    assert_eq!(shape("f : ( (a or b) and c )"), "(f:a or f:b) and f:c");
    assert_eq!(shape("f:(not (a or b))"), "not (f:a or f:b)");
}

#[test]
fn keywords_need_white_space_and_may_be_in_any_case() {
    for space in [" ", "\t", "\r\n", "\u{a0}", "  "] {
        assert_eq!(shape(&format!("a{space}Or{space}b")), "a or b", "{space:?}");
        assert_eq!(shape(&format!("NOT{space}a:b")), "not a:b", "{space:?}");
    }
    assert_eq!(parse_literal("nota").unwrap().kind, text("nota", false));
    assert_eq!(parse_literal("or b").unwrap().kind, text("or b", false));
    assert_eq!(parse_literal("a or").unwrap().kind, text("a or", false));
    assert_eq!(shape("a and or and not"), "a and or and \\u006eot");
}

#[test]
fn an_empty_query_matches_everything() {
    for query in ["", " ", "\n\t\u{a0}"] {
        assert_eq!(shape(query), "*:*");
    }
}

#[test]
fn unquoted_values_unescape_trim_and_type() {
    assert_eq!(value("foo bar"), text("foo bar", false));
    assert_eq!(value("foo bar \u{3000}"), text("foo bar", false));
    assert_eq!(value("true"), TermKind::Bool(true));
    assert_eq!(value("True"), text("True", false));
    assert_eq!(value("null"), TermKind::Null);
    assert_eq!(value("007"), text("007", false));
    assert_eq!(value("\\u0041\\u00e9"), text("Aé", false));
    assert_eq!(value("\\uD83D\\ude00!"), text("😀!", false));
    assert_eq!(value("\\ud83d!"), text("\u{fffd}!", false));
    assert_eq!(value("a \\Or b \\and c"), text("a Or b and c", false));
    assert_eq!(value("a\\tb\\:c"), text("a\tb:c", false));
    assert_eq!(value("\\t"), text("", false));
    // Kibana reads the escape of white space before that of a keyword.
    assert_eq!(value("a \\not"), text("a \not", false));
}

#[test]
fn wildcards_are_told_from_stars() {
    assert_eq!(value("*"), wildcard(&["", ""]));
    assert_eq!(value("a*b \\* c* "), wildcard(&["a", "b * c", ""]));
    assert_eq!(value(" * a"), wildcard(&["", " a"]));
    assert_eq!(value("\"a*\""), text("a*", true));
    assert_eq!(value("a\\*"), text("a*", false));
}

#[test]
fn quoted_values_keep_what_is_no_escape() {
    assert_eq!(value(r#""a\"b\\c\td\u0041""#), text("a\"b\\c\tdA", true));
    assert_eq!(value(r#""C:\qux\u00""#), text("C:\\qux\\u00", true));
    assert_eq!(value("\"\""), text("", true));
    assert_eq!(value("\"a\nb or c\""), text("a\nb or c", true));
    assert_eq!(value("\"true\""), text("true", true));
}

#[test]
fn fields_may_be_quoted_typed_or_wildcards() {
    assert_eq!(shape("\"a b\" : c"), "\"a b\":c");
    assert_eq!(shape("a*.b:c"), "a*.b:c");
    assert_eq!(shape("a b >= 1"), "a b >= 1");
    assert_eq!(shape("a:{ b:{c:d} and e<3 }"), "a:{ b:{ c:d } and e < 3 }");
    assert_eq!(shape("null:a"), "a");
}

#[test]
fn spans_point_at_their_text() {
    let query = " user.name : ( ann or  bob ) and not é:x* ";
    let node = parse(query).unwrap();
    let NodeKind::And(parts) = &node.kind else { panic!("{node:?}") };
    let NodeKind::Or(values) = &parts[0].kind else { panic!("{node:?}") };
    let at = |span: Span| &query[span.start..span.end];
    assert_eq!(at(values[1].span), "bob");
    assert_eq!(at(parts[1].span), "not é:x*");
    let NodeKind::Is { field, value } = &values[0].kind else { panic!("{node:?}") };
    assert_eq!((at(field.span), at(value.span)), ("user.name", "ann"));
}

#[test]
fn errors_name_what_could_have_stood_at_the_furthest_place() {
    for (query, expected) in [
        ("not not a:b", "Expected \"(\", field name, value but \"n\" found. @4"),
        ("f: not v", "Expected \"(\", \"{\", value, whitespace but \"n\" found. @3"),
        ("f:(not not v)", "Expected \"(\", value but \"n\" found. @7"),
        ("a:b c:d", "Expected AND, OR, end of input but \":\" found. @5"),
        ("a:b\\qc", "Expected AND, OR, end of input but \"\\\" found. @3"),
        ("(a:b", "Expected \")\", AND, OR but end of input found. @4"),
        ("(a", "Expected \")\", \":\", \"<\", \"<=\", \">\", \">=\", AND, OR but end of input found. @2"),
        ("a:{ b:c", "Expected \"}\", AND, OR but end of input found. @7"),
        ("()", "Expected \"(\", NOT, field name, value, whitespace but \")\" found. @1"),
        ("a:()", "Expected \"(\", NOT, value, whitespace but \")\" found. @3"),
        ("a)", "Expected \":\", \"<\", \"<=\", \">\", \">=\", AND, OR, end of input, whitespace but \")\" found. @1"),
        ("\"a\" b", "Expected \":\", \"<\", \"<=\", \">\", \">=\", end of input, whitespace but \"b\" found. @4"),
        ("a and ", "Expected \"(\", NOT, field name, value but end of input found. @6"),
        ("a not b", "Expected \":\", \"<\", \"<=\", \">\", \">=\", AND, OR, end of input but \"n\" found. @2"),
        ("f:cannot do", "Expected AND, OR, end of input but \"n\" found. @5"),
        ("a:{b:c or }", "Expected \"(\", NOT, field name, value but \"}\" found. @10"),
        ("a >", "Expected literal, whitespace but end of input found. @3"),
        ("é😀:\"x\" \"", "Expected end of input but \"\"\" found. @8"),
    ] {
        assert_eq!(message(query), expected, "{query}");
    }
}

#[test]
fn depth_is_bounded_without_running_out_of_stack() {
    for (start, open) in [("", "("), ("", "a:{"), ("", "not ("), ("", "a:{("), ("a:", "("), ("a:", "(not (")] {
        let error = parse(&format!("{start}{}", open.repeat(100_000))).unwrap_err();
        assert!(error.too_deep, "{start}{open}");
        assert!(error.to_string().starts_with("Expected at most 100 levels of nesting.\n"), "{start}{open}");
    }
    let deep = format!("{}a{}", "(".repeat(MAX_DEPTH), ")".repeat(MAX_DEPTH));
    assert_eq!(shape(&deep), "a");
}

#[test]
fn diagnostics_say_what_to_do() {
    let shown = parse("event.action:(a or b").unwrap_err().to_diagnostic().to_string();
    assert_eq!(
        shown,
        "1:21: expected `)`, `and` or `or`, but the query ends here\n  | event.action:(a or b\n  |                     ^\n  help: close the parenthesis with a `)`"
    );
    let help = |query: &str| parse(query).unwrap_err().to_diagnostic().help.unwrap();
    assert!(help("a: \"b").contains("after the value"));
    assert!(help("a: not b").contains("before the field"));
    assert!(help("not not b").contains("not (not"));
    assert!(help("a:b:c").contains("in quotes"));
    assert!(help("a:b \"c\"").contains("join the two parts"));
    let said = |query: &str| parse(query).unwrap_err().to_diagnostic().message;
    assert_eq!(said("a: \"b"), "expected a `\"` that closes this one, but there is none");
    assert_eq!(said("a >"), "expected a value, but the query ends here");
    assert_eq!(said("a:b c:d"), "expected `and`, `or` or the end of the query, but found `:`");
    assert_eq!(said("()"), "expected `(`, `not`, a field or a value, but found `)`");
}

/// Snippets that together reach every rule of the grammar.
fn scraps() -> impl Strategy<Value = String> {
    let scrap = prop::sample::select(vec![
        "a", "b.c", ":", "(", ")", "{", "}", " ", "\u{a0}", "and", " or ", "not ", "\"", "\\", "\\\"", "*", "<", ">=",
        "\\u00e", "\\u00e9", "\\uD800", "true", "null", "é", "😀", "\t", "\\n", "\u{feff}", "1.5",
    ]);
    prop::collection::vec(scrap, 0..24).prop_map(|scraps| scraps.concat())
}

fn term() -> impl Strategy<Value = TermKind> {
    let word = "[a-cN ]{0,3}( or | AND |not |[\\\\():<>\"*{}]|\\PC|[\\t\\n\\r\u{a0}])?[ordant ]{0,6}";
    let unquoted = word.prop_map(|w| w.trim_matches(is_trimmed).to_owned());
    prop_oneof![
        Just(TermKind::Null),
        Just(TermKind::Bool(true)),
        unquoted
            .prop_filter("typed", |t| !["true", "false", "null"].contains(&t.as_str()))
            .prop_map(|text| TermKind::Text { text, quoted: false }),
        ".{0,8}|[\\\\\"tnru0-9]{0,8}".prop_map(|text| TermKind::Text { text, quoted: true }),
        prop::collection::vec(word, 2..4).prop_map(|mut pieces| {
            let last = pieces.len() - 1;
            pieces[0] = pieces[0].trim_start_matches(is_trimmed).to_owned();
            pieces[last] = pieces[last].trim_end_matches(is_trimmed).to_owned();
            TermKind::Wildcard(pieces)
        }),
    ]
}

fn node() -> impl Strategy<Value = Node> {
    let at = |kind| Term { kind, span: Span::default() };
    let node = |kind| Node { kind, span: Span::default() };
    let ops = prop::sample::select(vec![RangeOp::Gt, RangeOp::Gte, RangeOp::Lt, RangeOp::Lte]);
    let leaf = prop_oneof![
        (term(), term()).prop_map(move |(f, v)| node(NodeKind::Is { field: at(f), value: at(v) })),
        term().prop_map(move |v| node(NodeKind::Is { field: at(TermKind::Null), value: at(v) })),
        (term(), ops, term()).prop_map(move |(f, op, v)| node(NodeKind::Range { field: at(f), op, value: at(v) })),
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(move |parts| node(NodeKind::And(parts))),
            prop::collection::vec(inner.clone(), 2..4).prop_map(move |parts| node(NodeKind::Or(parts))),
            inner.clone().prop_map(move |part| node(NodeKind::Not(Box::new(part)))),
            (term(), inner)
                .prop_map(move |(path, query)| node(NodeKind::Nested { path: at(path), query: Box::new(query) })),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn arbitrary_text_parses_or_fails_at_a_character(query in prop_oneof![".*", scraps()]) {
        match parse(&query) {
            Ok(node) => prop_assert_eq!(parse(&node.to_string()).map(|n| n.to_json()), Ok(node.to_json())),
            Err(error) => {
                prop_assert!(query.is_char_boundary(error.offset));
                prop_assert!(!error.expected.is_empty());
                prop_assert!(error.expected.is_sorted());
                prop_assert!(error.to_string().contains(&query));
                prop_assert_eq!(error.to_diagnostic().place.map(|p| p.line), Some(query[..error.offset].matches('\n').count() + 1));
            }
        }
    }

    #[test]
    fn printing_and_parsing_is_the_same_tree(node in node()) {
        let printed = node.to_string();
        prop_assert_eq!(parse(&printed).map(|n| n.to_json()), Ok(node.to_json()), "{}", printed);
    }
}
