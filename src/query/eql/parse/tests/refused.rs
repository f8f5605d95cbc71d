//! What is refused, where, and what its author is told.

use super::super::parse;
use crate::query::eql::SyntaxError;
use crate::query::eql::error::MAX_DEPTH;

fn refused(query: &str) -> SyntaxError {
    match parse(query) {
        Err(error) => error,
        Ok(statement) => panic!("{query}: parsed as {statement}"),
    }
}

/// Checks the place, the start of the message and a part of the advice of each query's error.
fn check(cases: &[(&str, &str, &str, &str)]) {
    for (query, at, message, help) in cases {
        let error = refused(query);
        assert_eq!(&query[error.span.start..error.span.end], *at, "{query}\n{}", error.to_diagnostic());
        assert!(error.message.starts_with(message), "{query}\n{}", error.to_diagnostic());
        assert!(error.help.contains(help), "{query}\n{}", error.to_diagnostic());
        assert!(!error.message.ends_with('.') && !error.help.ends_with('.'), "{query}\n{}", error.to_diagnostic());
    }
}

#[test]
fn a_diagnostic_has_a_place_and_advice() {
    assert_eq!(
        refused("process where\n  name = \"a\"").to_diagnostic().to_string(),
        "2:8: expected `and`, `or` or the end of the query, but found `=`\n  |   name = \"a\"\n  |        ^\n  \
         help: write `==`, or `:` to ignore case"
    );
}

#[test]
fn events_need_a_category_where_and_a_condition() {
    check(&[
        ("", "", "expected a category, but the query ends here", "any where"),
        ("// nothing", "", "expected a category", "any where"),
        ("process", "", "expected `where`", "`where true` finds all"),
        ("process where", "", "there is no condition", "`true` for every event"),
        ("process where | head 1", "|", "there is no condition", "`true`"),
        ("my-category where true", "-", "expected `where`", "\"my-category\" where"),
        ("event.action == \"a\"", ".", "expected `where`", "any where …"),
        ("action : \"a\"", ":", "expected `where`", "any where …"),
        ("process or file where true", "or", "expected `where`", "one category"),
        ("process, file where true", ",", "expected `where`", "event.category in"),
        ("process WHERE true", "WHERE", "expected `where`", "lower case: `where`"),
        ("4625 where true", "4625", "expected a category", "\"4625\" where"),
        ("?x where true", "?", "a category cannot be optional", "any where"),
        ("`x` where true", "`x`", "a category does not stand in backticks", "`\"x\"`"),
        ("with where true", "with", "expected a category", "called `with` stands in quotes"),
        ("join by a [b where true] [c where true]", "join", "joins are not supported", "sequence"),
    ]);
}

#[test]
fn operators_of_other_languages_name_their_own() {
    check(&[
        ("any where a = 1", "=", "expected `and`", "`==`"),
        ("any where (a = 1)", "=", "expected `)`", "`==`"),
        ("any where a && b", "&&", "`&&` is no operator", "`and`"),
        ("any where a || b", "||", "`||` is no operator", "`or`"),
        ("any where a !=~ \"b\"", "!=~", "`!=~` is no operator", "`not field : \"…\"`"),
        ("any where a !: \"b\"", "!:", "`!:` is no operator", "`not field : \"…\"`"),
        ("any where a <> 1", "<>", "`<>` is no operator", "`!=`"),
        ("any where a =~ \"b\"", "=~", "`=~` is no operator", ":"),
        ("any where !a", "!", "`!` means nothing here", "`not`"),
        ("any where a AND b", "AND", "expected `and`", "lower case: `and`"),
        ("any where NOT a == 1", "a", "expected `and`", "lower case: `not`"),
        ("any where a IN (1)", "IN", "expected `and`", "lower case: `in`"),
        ("any where a LIKE~ \"b\"", "LIKE~", "expected `and`", "lower case: `like`"),
        ("any where a == 'b'", "'", "text does not stand in single quotes", "double quotes"),
        ("any where a == “b”", "“", "`“` means nothing here", "plain double quotes"),
        ("any where a == ?\"b\"", "\"b\"", "`?\"…\"` is no text", "\"\"\""),
        ("any where a – 1 == 2", "–", "`–` means nothing here", "plain `-`"),
        ("any where a ==\u{a0}1", "\u{a0}", "U+00A0 is no space", "plain space"),
        ("\u{feff}any where a", "\u{feff}", "U+FEFF means nothing here", "leave it out"),
        ("any where a; b", ";", "`;` means nothing here", "leave"),
        ("any where a == C:x", "x", "expected a text after `:`", "in quotes"),
        ("any where ä == 1", "ä", "`ä` means nothing here", "backticks"),
    ]);
}

#[test]
fn conditions_that_do_not_fit_together() {
    check(&[
        ("any where a == b == c", "==", "expected `and`", "do not chain"),
        ("any where a < b < c and d", "<", "expected `and`", "do not chain"),
        ("any where a == 1 b == 2", "b", "expected `and`, `or` or the end of the query", "join two conditions"),
        ("any where a and", "", "expected a value, but the query ends here", "cut short"),
        ("any where (a", "", "expected `)`", "close the parenthesis"),
        ("any where a)", ")", "expected `and`", "closes none"),
        ("any where ()", ")", "expected a value", "missing before it"),
        ("any where a and (not)", ")", "expected a value", "missing before it"),
        ("any where and a", "and", "expected a field or a value", "missing before it"),
        ("any where a is null", "is", "expected `and`", "== null"),
        ("any where a between 1 and 5", "between", "expected `and`", ">= 1"),
        ("any where a contains \"b\"", "contains", "expected `and`", "\"*a*\""),
        ("any where a startswith \"b\"", "startswith", "expected `and`", "`startsWith(field, …)`"),
        ("any where length a > 5", "a", "expected `and`", "`length(…)`"),
        ("any where a == 0x10", "x10", "expected `and`", "decimal"),
        ("any where a == 5m", "m", "expected `and`", "no unit"),
        ("any where a head 5", "head", "expected `and`", "`| head 10`"),
        ("any where a == not b", "not", "expected a value", "(not …)"),
        ("any where a not : \"b\"", "not", "expected `and`", "`not` stands before the field"),
        ("any where a like b", "b", "expected a text after `like`", "no fields"),
        ("any where a : 5", "5", "expected a text after `:`", "`==`"),
        ("any where a like~ (\"b\", null)", "null", "expected a text after `like~`", "== null"),
        ("any where a : (\"b\" \"c\")", "\"c\"", "expected `,` or `)`, but found a text", "commas"),
        ("any where a : ()", ")", "expected a text after `:`", "several"),
        ("any where a in \"b\"", "\"b\"", "expected a `(` after `in`", "in (\"a\", \"b\")"),
        ("any where a in ()", ")", "expected a value", "missing before it"),
        ("any where a in (1, )", ")", "expected a value", "the comma"),
        ("any where a in (1 2)", "2", "expected `,` or `)`", "commas"),
        ("any where a == 1 == 2", "==", "expected `and`", "do not chain"),
        ("any where a[0].b == 1", "[", "expected an operator", "any of its values"),
        ("any where child of [process where true]", "of", "expected `and`", "not supported"),
        ("any where a.1b == 1", ".1", "expected `and`", ""),
        ("any where a.where == 1", "where", "expected a field", "backticks"),
        ("any where ? == 1", "==", "expected a field", ""),
        ("any where a~ == 1", "a~", "expected a value", "leave it out"),
        ("any where a == 99999999999999999999", "99999999999999999999", "this number is too large", "smaller"),
        ("any where a == 1e999", "1e999", "this number is too large", "smaller"),
    ]);
}

#[test]
fn functions_are_known_and_take_so_many_arguments() {
    check(&[
        (
            "any where startWith(a, \"b\")",
            "startWith",
            "there is no function `startWith`",
            "did you mean `startsWith`?",
        ),
        ("any where wildcard(a, \"b*\")", "wildcard", "there is no function `wildcard`", "like~"),
        ("any where matchLite(a, \"b\")", "matchLite", "there is no function", "regex"),
        ("any where arrayContains(a, \"b\")", "arrayContains", "there is no function", "any of its values"),
        ("any where frobnicate(a)", "frobnicate", "there is no function", "there are add"),
        ("any where length~(a) == 1", "length~", "`length` has no `~` form", "`length(…)`"),
        ("any where length(a, b) == 1", "length(a, b)", "`length` takes one argument, not 2", "one argument"),
        ("any where stringContains()", "stringContains()", "`stringContains` takes two arguments, not 0", ""),
        ("any where indexOf(a, b, 1, 2) == 1", "indexOf(a, b, 1, 2)", "`indexOf` takes two or three", ""),
        ("any where length(a == 1", "", "expected `,` or `)`", "behind the last"),
        ("any where a.length(b) == 1", "(", "expected `and`", "only the name of a function"),
    ]);
}

#[test]
fn texts_names_and_comments_are_closed() {
    check(&[
        ("any where a == \"b", "\"", "this `\"` is not closed", "\\n"),
        ("any where a == \"b\nc\"", "\"", "this `\"` is not closed", "\\n"),
        ("any where a == \"b\\", "\\", "the query ends", "close"),
        ("any where a == \"b\\\nc\"", "\\", "a text does not go on", "\\n"),
        ("any where a == \"\"\"b\nc\"\"\"", "\"\"\"", "this `\"\"\"` is not closed", "same line"),
        ("any where a == \"\\q\"", "\\q", "`\\q` is no escape", "`\\\\` for a backslash"),
        ("any where a == \"C:\\Windows\"", "\\W", "`\\W` is no escape", "\"\"\"…\"\"\""),
        ("any where a == \"\\u{1}\"", "\\u", "this `\\u` is no character", "two to eight"),
        ("any where a == \"\\u{000000041}\"", "\\u", "this `\\u` is no character", "two to eight"),
        ("any where a == \"\\u{d800}\"", "\\u{d800}", "there is no character `\\u{d800}`", ""),
        ("any where a == \"\\u0041\"", "\\u", "this `\\u` is no character", "\\u{2013}"),
        ("any where `a == 1", "`", "this backtick is never closed", "behind the name"),
        ("any where `` == 1", "``", "the name between these backticks is empty", "field"),
        ("any where a /* b", "/*", "this comment is never closed", "*/"),
    ]);
}

#[test]
fn sequences_and_samples_make_sense() {
    check(&[
        ("sequence", "sequence", "a sequence has at least two events", "another"),
        ("sequence [a where true]", "sequence", "a sequence has at least two events", "another"),
        ("sequence process where true", "process", "expected `[`", "in brackets"),
        ("sequence by a with maxspan=1m", "sequence", "a sequence has at least two events", ""),
        ("sequence by a + 1 [b where true] [c where true]", "+", "expected `,` or `[` after a key", "fields"),
        ("sequence by length(a) [b where true] [c where true]", "(", "expected `,` or `[`", "fields"),
        ("sequence by \"a\" [b where true] [c where true]", "\"a\"", "expected a field after `by`", "fields"),
        ("sequence with maxspan=1m by a [b where true] [c where true]", "by", "`by` stands before `with`", "by … with"),
        ("sequence with maxspan=30 [a where true] [b where true]", "[", "expected a unit of time", "`maxspan=30s`"),
        ("sequence with maxspan=1w [a where true] [b where true]", "w", "expected a unit of time", "ms, s, m, h and d"),
        ("sequence with maxspan=1.5h [a where true] [b where true]", "1.5", "a span is a whole number", "90m"),
        ("sequence with maxspan=0s [a where true] [b where true]", "0", "a span of nothing", "maxspan=5m"),
        ("sequence with maxspan=-1s [a where true] [b where true]", "-", "expected a number", ""),
        ("sequence with maxspan 1s [a where true] [b where true]", "1", "expected `=`", "maxspan=5m"),
        ("sequence with span=1s [a where true] [b where true]", "span", "expected `maxspan`", "maxspan=5m"),
        (
            "sequence with maxspan=9223372036854775807d [a where true] [b where true]",
            "9223372036854775807d",
            "this span is too long",
            "",
        ),
        ("sequence [a where true] [b where true", "", "expected `]`", "close the bracket"),
        ("sequence [a where true], [b where true]", ",", "expected `[`", "nothing between"),
        ("sequence [a where true] [b where true] and [c where true]", "and", "expected `[`, `|`", "nothing between"),
        ("sequence maxspan=5m [a where true] [b where true]", "maxspan", "expected `[`", "with maxspan=5m"),
        ("sequence [a where true] runs=3 [b where true]", "runs", "expected `[`", "with runs=3"),
        ("sequence [a where true] x [b where true]", "x", "expected `[`", "in brackets"),
        ("sequence [a where true] [b where true] x", "x", "expected `[`, `|` or the end", "in brackets"),
        ("sequence [a where true] [b where true] by x", "[b where true] by x", "each event needs as many keys", "by"),
        ("sequence [a where true] by x [b where true] by x until [c where true]", "[c where true]", "each event", "by"),
        ("sequence [a where true] with runs=0 [b where true]", "0", "an event runs from 1 to 100 times", ""),
        ("sequence [a where true] with runs=101 [b where true]", "101", "an event runs from 1 to 100 times", ""),
        ("sequence [a where true] with runs=1.5 [b where true]", "1.5", "expected a whole number", "runs=3"),
        ("sequence [a where true] with maxspan=1s [b where true]", "maxspan", "`maxspan` is for all", "at its start"),
        ("sequence [a where true] with times=2 [b where true]", "times", "expected `runs`", "runs=3"),
        ("sequence [a where true] with runs=2 by x [b where true]", "by", "`by` stands before `with`", ""),
        ("sequence [a where true] ![b where true]", "![b where true]", "an event can only be missing", "maxspan"),
        ("sequence with maxspan=1s ![a where true] ![b where true]", "sequence", "nothing but missing events", "add"),
        ("sequence [a where true] [b where true] until ![c where true]", "![", "what ends a sequence", "until ["),
        ("sequence [a where true] [b where true] until c", "c", "expected `[` after `until`", "until ["),
        (
            "sequence [a where true] [b where true] until [c where true] with runs=2",
            "[c where true] with runs=2",
            "what ends a sequence has no runs",
            "",
        ),
        ("sequence [a where true] fork [b where true]", "fork", "`fork` is not supported", "leave"),
        ("sequence [a where x [b where true]", "[", "expected `]`", "any of its values"),
        ("sample [a where true] [b where true]", "sample", "a sample needs a field", "by host.id"),
        ("sample [a where true] by x [b where true]", "[b where true]", "each event needs as many keys", "by"),
        ("sample by x [a where true]", "sample", "a sample has at least two events", ""),
        ("sample by x with maxspan=1s [a where true] [b where true]", "with", "a sample has no span", "sequence"),
        ("sample by x [a where true] ![b where true]", "![", "no event of a sample can be missing", ""),
        ("sample by x [a where true] [b where true] until [c where true]", "until", "a sample has no `until`", ""),
        (
            "sample by x [a where true] with runs=2 [b where true]",
            "[a where true] with runs=2",
            "an event of a sample has no runs",
            "",
        ),
        (
            "sample by x [a where 1] [a where 2] [a where 3] [a where 4] [a where 5] [a where 6]",
            "[a where 6]",
            "a sample has at most 5 events",
            "",
        ),
    ]);
}

#[test]
fn pipes_are_head_and_tail() {
    check(&[
        ("any where true | count", "count", "the pipe `count` is not supported", "head 10"),
        ("any where true | unique a, b", "unique", "the pipe `unique` is not supported", "tail 10"),
        ("any where true | hed 5", "hed", "there is no pipe `hed`", "did you mean `head`?"),
        ("any where true | frob", "frob", "there is no pipe `frob`", "head 10"),
        ("any where true |", "", "expected the name of a pipe", "head 10"),
        ("any where true | head", "", "expected a number after `head`", "head 10"),
        ("any where true | head -1", "-", "expected a number after `head`", "head 10"),
        ("any where true | tail \"5\"", "\"5\"", "expected a number after `tail`, but found a text", "tail 10"),
        ("any where true | head 5, 6", ",", "expected `|` or the end", "one number"),
    ]);
}

/// On a stack half as large as a thread's.
fn on_a_small_stack(run: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(1 << 20).spawn(run).unwrap().join().unwrap();
}

#[test]
fn depth_is_bounded_without_running_out_of_stack() {
    on_a_small_stack(|| {
        for open in
            ["(", "not ", "-", "length(", "a in (", "a == (", "(a or ", "1 + ", "1 * 2 + ", "concat(a, (", "(not -"]
        {
            let error = refused(&format!("any where {}", open.repeat(64 * 1024 / open.len())));
            assert_eq!(error.message, "the query nests deeper than 200 levels", "{open}");
        }
        let sum = format!("any where a == 1{}", " + 1".repeat(16 * 1024));
        assert_eq!(refused(&sum).message, "the query nests deeper than 200 levels");
    });
}

#[test]
fn the_deepest_trees_are_walked_on_a_small_stack() {
    on_a_small_stack(|| {
        for (open, close, each) in [
            ("(", ")", 1),
            ("(b and a == ", " or c)", 3),
            ("length(", ") > 1", 1),
            ("a in (", ")", 1),
            ("(not -", ")", 3),
            ("not ", "", 1),
            ("1 + ", "", 1),
            ("(d or c and b == 1 + 2 * ", ")", 6),
        ] {
            // The operand inside is one more.
            let levels = (MAX_DEPTH - 1) / each;
            let query = format!("any where {}a{}", open.repeat(levels), close.repeat(levels));
            let statement = parse(&query).unwrap();
            assert_eq!(parse(&statement.to_string()).map(|again| again.to_string()), Ok(statement.to_string()));
            assert_eq!(statement.clone(), statement);
        }
    });
}

#[test]
fn long_queries_are_read_in_one_go() {
    let times = 64 * 1024;
    for (query, ok) in [
        (format!("any where a{}", " or a".repeat(times / 5)), true),
        (format!("any where a : ({}\"z\")", "\"b*\", ".repeat(times / 6)), true),
        (format!("any where a{}", "/*".repeat(times / 2)), false),
        (format!("any where a {}*/", "/*".repeat(times / 2)), true),
        (format!("any where a == \"{}\"", "\\\\".repeat(times / 2)), true),
        (format!("any where a == {}", "\"".repeat(times)), false),
        (format!("any where {}", "`".repeat(times + 1)), false),
        (format!("any where a{}", ".b".repeat(times / 2)), true),
        (format!("any where {}", "9".repeat(times)), false),
        (format!("any where a {}", "b".repeat(times)), false),
        (format!("sequence{}", " [a where b]".repeat(times / 12)), true),
        (format!("any where a{}", " | head 1".repeat(times / 9)), true),
        (format!("any where a{}", "\n".repeat(times)), true),
        (format!("any where a {}", "// b\n".repeat(times / 5)), true),
    ] {
        assert_eq!(parse(&query).is_ok(), ok, "{}", &query[..40]);
    }
}
