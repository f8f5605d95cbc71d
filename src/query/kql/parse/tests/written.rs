//! Queries as people write them: value lists, spacing, keywords in any case, brackets that change nothing. Each is made
//! together with the tree that it must parse to.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::query::kql::parse;

/// A piece of a query: how it is written, and Kibana's JSON of it.
type Written = (String, Value);

fn literal(value: impl Into<Value>, quoted: bool) -> Value {
    json!({ "type": "literal", "value": value.into(), "isQuoted": quoted })
}

fn function(name: &str, arguments: Vec<Value>) -> Value {
    json!({ "type": "function", "function": name, "arguments": arguments })
}

fn term() -> impl Strategy<Value = Written> {
    let unquoted = |(text, value): (&str, &str)| (text.to_owned(), literal(value, false));
    let quoted = |(text, value): (&str, &str)| (text.to_owned(), literal(value, true));
    let pattern = |(text, value): (&str, &str)| (text.to_owned(), json!({ "type": "wildcard", "value": value }));
    prop_oneof![
        "[a-z]{1,3}(\\.[a-z]{1,3}){0,2}".prop_filter("a keyword", |word| !is_or_ends_in_a_keyword(word)).prop_map(
            |word| {
                let value = literal(word.as_str(), false);
                (word, value)
            }
        ),
        prop::sample::select(vec![
            ("42", "42"),
            ("-1.5e3", "-1.5e3"),
            ("two words", "two words"),
            ("android orbit", "android orbit"),
            ("or", "or"),
            ("AND", "AND"),
            ("nothing", "nothing"),
            ("a\\not", "a\not"),
            ("a\\:b\\(c\\)", "a:b(c)"),
            ("C\\:\\\\x", "C:\\x"),
            ("\\*", "*"),
            ("\\u00e9\\uD83D\\ude00", "é😀"),
            ("a\\tb", "a\tb"),
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("now-1d/d", "now-1d/d"),
            ("日本", "日本"),
            ("True", "True"),
        ])
        .prop_map(unquoted),
        prop::sample::select(vec![
            ("\"\"", ""),
            ("\"a or b\"", "a or b"),
            ("\"not\"", "not"),
            ("\"true\"", "true"),
            ("\"*\"", "*"),
            ("\" (x) {y} \"", " (x) {y} "),
            ("\"say \\\"hi\\\"\"", "say \"hi\""),
            ("\"C:\\\\x\"", "C:\\x"),
            ("\"C:\\windows\"", "C:\\windows"),
            ("\"\\u0041\\n\"", "A\n"),
        ])
        .prop_map(quoted),
        prop::sample::select(vec![
            ("*", "@kuery-wildcard@"),
            ("a*", "a@kuery-wildcard@"),
            ("*S3 Browser*", "@kuery-wildcard@S3 Browser@kuery-wildcard@"),
            ("a*\\*b", "a@kuery-wildcard@*b"),
            ("**", "@kuery-wildcard@@kuery-wildcard@"),
        ])
        .prop_map(pattern),
        prop::sample::select(vec![("true", json!(true)), ("false", json!(false)), ("null", Value::Null)])
            .prop_map(|(text, value)| (text.to_owned(), literal(value, false))),
    ]
}

/// `or` and `and` are keywords between spaces only, `not` wherever a space follows it, even inside a word.
fn is_or_ends_in_a_keyword(word: &str) -> bool {
    ["or", "and", "true", "false", "null"].contains(&word) || word.ends_with("not")
}

fn space(least: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(vec![' ', '\t', '\n', '\r', '\u{a0}']), least..3)
        .prop_map(|spaces| spaces.into_iter().collect())
}

fn word(lower: &'static str) -> impl Strategy<Value = String> {
    prop_oneof![
        Just(lower.to_owned()),
        Just(lower.to_uppercase()),
        Just(format!("{}{}", &lower[..1].to_uppercase(), &lower[1..]))
    ]
}

/// What stands in brackets, with white space inside them.
fn bracketed(inner: impl Strategy<Value = Written>) -> impl Strategy<Value = Written> {
    (space(0), inner, space(0)).prop_map(|(before, (text, tree), after)| (format!("({before}{text}{after})"), tree))
}

/// `part`s that may be joined, negated and bracketed to any depth. The trees of value lists are made for their field
/// later, so a tree is what `part` gives it to be.
fn joined(part: impl Strategy<Value = Written> + 'static) -> impl Strategy<Value = Written> {
    part.prop_recursive(3, 12, 3, |inner| {
        // A part of a join, and what a `not` stands before, is bracketed unless it is a single part.
        let whole = inner.clone().prop_map(|(text, tree)| match tree["function"].as_str() {
            Some("is" | "range" | "nested") | None => (text, tree),
            Some(_) => (format!("({text})"), tree),
        });
        let join = |name: &'static str| {
            let more = prop::collection::vec((space(1), word(name), space(1), whole.clone()), 1..3);
            (whole.clone(), more).prop_map(move |((mut text, first), more)| {
                let mut trees = vec![first];
                for (before, word, after, (next, tree)) in more {
                    text += &format!("{before}{word}{after}{next}");
                    trees.push(tree);
                }
                (text, function(name, trees))
            })
        };
        let not = (word("not"), space(1), whole.clone())
            .prop_map(|(not, space, (text, tree))| (format!("{not}{space}{text}"), function("not", vec![tree])));
        prop_oneof![join("or"), join("and"), not, bracketed(inner)]
    })
}

/// Gives a value list's leaves their field.
fn for_field(field: &Value, list: Value) -> Value {
    match list["function"].as_str().map(str::to_owned) {
        None => function("is", vec![field.clone(), list]),
        Some(name) => {
            let Value::Array(parts) = &list["arguments"] else { return list };
            function(&name, parts.iter().map(|part| for_field(field, part.clone())).collect())
        }
    }
}

fn clause() -> impl Strategy<Value = Written> {
    let colon = || (space(0), space(0)).prop_map(|(before, after)| format!("{before}:{after}"));
    let op = (space(0), prop::sample::select(vec![(">", "gt"), (">=", "gte"), ("<", "lt"), ("<=", "lte")]), space(0));
    prop_oneof![
        term().prop_map(|(text, value)| (text, function("is", vec![literal(Value::Null, false), value]))),
        (term(), colon(), term())
            .prop_map(|((f, field), colon, (v, value))| (f + &colon + &v, function("is", vec![field, value]))),
        (term(), colon(), bracketed(joined(term())))
            .prop_map(|((f, field), colon, (list, tree))| (f + &colon + &list, for_field(&field, tree))),
        (term(), op, term()).prop_map(|((f, field), (before, (op, name), after), (v, value))| {
            (format!("{f}{before}{op}{after}{v}"), function("range", vec![field, json!(name), value]))
        }),
    ]
}

fn query() -> impl Strategy<Value = Written> {
    let nested =
        (term(), space(0), joined(clause()), space(0)).prop_map(|((path, field), before, (text, tree), after)| {
            (format!("{path}:{{{before}{text}{after}}}"), function("nested", vec![field, tree]))
        });
    (space(0), joined(prop_oneof![3 => clause(), 1 => nested]), space(0))
        .prop_map(|(before, (text, tree), after)| (format!("{before}{text}{after}"), tree))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn what_is_written_is_what_is_meant_and_printed_and_read_again((text, tree) in query()) {
        let node = parse(&text).map_err(|e| TestCaseError::fail(format!("{text}\n{e}")))?;
        prop_assert_eq!(&node.to_json(), &tree, "{}", text);
        let printed = node.to_string();
        prop_assert_eq!(parse(&printed).map(|n| n.to_json()), Ok(tree), "{} printed as {}", text, printed);
    }
}
