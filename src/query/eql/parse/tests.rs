mod printed;
mod refused;

use super::*;
use crate::query::eql::{Expr, ExprKind, Literal, Sequence};

/// `query`, printed again.
fn shape(query: &str) -> String {
    parse(query).unwrap_or_else(|e| panic!("{query}\n{}", e.to_diagnostic())).to_string()
}

/// The condition of `any where …`.
fn condition(text: &str) -> Expr {
    match parse(&format!("any where {text}")).unwrap().kind {
        StatementKind::Event(query) => query.condition,
        other => panic!("{other:?}"),
    }
}

fn printed(text: &str) -> String {
    condition(text).to_string()
}

fn sequence(text: &str) -> Sequence {
    match parse(text).unwrap().kind {
        StatementKind::Sequence(sequence) => sequence,
        other => panic!("{other:?}"),
    }
}

/// The value of a literal.
fn literal(text: &str) -> Literal {
    match condition(text).kind {
        ExprKind::Literal(literal) => literal,
        other => panic!("{text}: {other:?}"),
    }
}

fn text(value: &str) -> Literal {
    Literal::Text(value.to_owned())
}

#[test]
fn a_category_is_a_word_or_a_text() {
    for (query, category) in [
        ("process where true", Some("process")),
        ("_a1 where true", Some("_a1")),
        ("any where true", None),
        ("\"any\" where true", Some("any")),
        ("\"my-category\" where true", Some("my-category")),
        ("\"\"\"C:\\x\"\"\" where true", Some("C:\\x")),
        ("head where true", Some("head")),
        ("runs where true", Some("runs")),
    ] {
        let StatementKind::Event(event) = parse(query).unwrap().kind else { panic!("{query}") };
        assert_eq!(event.category.as_deref(), category, "{query}");
    }
}

#[test]
fn operators_bind_as_in_the_grammar() {
    for (text, tree) in [
        ("a == 1 or b == 2 and c == 3", "a == 1 or (b == 2 and c == 3)"),
        ("not a == 1 and b", "(not (a == 1)) and b"),
        ("not a or b", "(not a) or b"),
        ("not not a", "not (not a)"),
        ("1 + 2 * 3 == 7", "(1 + (2 * 3)) == 7"),
        ("1 - 2 - 3 == x", "((1 - 2) - 3) == x"),
        ("a / b % c * d == 1", "(((a / b) % c) * d) == 1"),
        ("-a * b == 1", "((-a) * b) == 1"),
        ("- - a == +b", "(-(-a)) == b"),
        ("a in (1, 2) == true", "(a in (1, 2)) == true"),
        ("1 + a in (2)", "1 + (a in (2))"),
        ("a not in (1)", "not (a in (1))"),
        ("not a not in (1)", "not (not (a in (1)))"),
        ("a like~ \"x\"", "a : \"x\""),
        ("(a)", "a"),
    ] {
        assert_eq!(printed(text), printed(tree), "{text}");
    }
    assert_eq!(printed("a == 1 and (b or c)"), "a == 1 and (b or c)");
    assert_eq!(printed("(1 - (2 - 3)) == x"), "1 - (2 - 3) == x");
    assert_eq!(printed("a not in (1)"), "a not in (1)");
    assert_eq!(printed("not (a in (1)) and not b : \"x\""), "a not in (1) and not b : \"x\"");
    // One level for each `and`, not one for each part.
    let ExprKind::And(parts) = condition("a and b and (c and d)").kind else { panic!() };
    assert_eq!(parts.len(), 3);
}

#[test]
fn predicates_take_one_value_or_a_list() {
    for (text, shape) in [
        ("f : \"a*\"", "f : \"a*\""),
        ("f : (\"a*\")", "f : \"a*\""),
        ("f:(\"a\",\"b\")", "f : (\"a\", \"b\")"),
        ("f like (\"a\", \"b\")", "f like (\"a\", \"b\")"),
        ("f like~ \"a\"", "f : \"a\""),
        ("f regex \"\"\"a\\d\"\"\"", "f regex \"a\\\\d\""),
        ("f regex~ (\"a\", \"b\")", "f regex~ (\"a\", \"b\")"),
        ("f in~ (\"a\", g, 1 + 2, null)", "f in~ (\"a\", g, 1 + 2, null)"),
        ("f not in~ (\"a\")", "f not in~ (\"a\")"),
        ("length(f) in (1, 2)", "length(f) in (1, 2)"),
        ("(f == 1) in (true)", "(f == 1) in (true)"),
    ] {
        assert_eq!(printed(text), shape, "{text}");
    }
}

#[test]
fn texts_are_unescaped() {
    for (written, value) in [
        (r#""""#, ""),
        (r#""a\n\r\t\b\f\\\"\'z""#, "a\n\r\t\u{8}\u{c}\\\"'z"),
        (r#""\u{41}\u{00e9}\u{1F600}\u{0000002d}""#, "Aé😀-"),
        (r#""'it' // is /* no comment""#, "'it' // is /* no comment"),
        (r#""–é😀""#, "–é😀"),
        ("\"\"\"\"\"\"", ""),
        (r#""""C:\n\x "quoted" \u{1}""""#, r#"C:\n\x "quoted" \u{1}"#),
        (r#""""a"""""#, "a\""),
        (r#""""a""""""#, "a\"\""),
        ("\"a\tb\"", "a\tb"),
    ] {
        assert_eq!(literal(written), text(value), "{written}");
    }
}

#[test]
fn numbers_have_a_sign_a_point_and_an_exponent() {
    for (written, value) in [
        ("5", Literal::Int(5)),
        ("-5", Literal::Int(-5)),
        ("- 5", Literal::Int(-5)),
        ("+5", Literal::Int(5)),
        ("007", Literal::Int(7)),
        ("5.2", Literal::Float(5.2)),
        ("5.", Literal::Float(5.0)),
        (".5", Literal::Float(0.5)),
        ("-.5", Literal::Float(-0.5)),
        ("5e14", Literal::Float(5e14)),
        ("5.5E-3", Literal::Float(5.5e-3)),
        (".5e+1", Literal::Float(5.0)),
        ("9223372036854775807", Literal::Int(i64::MAX)),
        ("-9223372036854775808", Literal::Int(i64::MIN)),
        ("18446744073709551615", Literal::Float(18_446_744_073_709_551_615.0)),
    ] {
        assert_eq!(literal(written), value, "{written}");
    }
    assert_eq!(printed("-(5) == 1"), "-(5) == 1");
    assert_eq!(printed("a -1 == 2"), "a - 1 == 2");
    assert_eq!(printed("a - -1 == 2"), "a - -1 == 2");
}

#[test]
fn fields_are_dotted_names() {
    for (written, name, optional) in [
        ("a", "a", false),
        ("@timestamp", "@timestamp", false),
        ("process.Ext.token_1._x", "process.Ext.token_1._x", false),
        ("?process.parent.name", "process.parent.name", true),
        ("`my-field`", "my-field", false),
        ("`a``b`.c", "a`b.c", false),
        ("?a.`where`", "a.where", true),
        ("`sequence`", "sequence", false),
        ("a . b", "a.b", false),
        ("runs", "runs", false),
    ] {
        let ExprKind::Field(field) = condition(written).kind else { panic!("{written}") };
        assert_eq!((field.name.as_str(), field.optional), (name, optional), "{written}");
        assert_eq!(field.span, Span::new(10, 10 + written.len()));
    }
}

#[test]
fn functions_are_called_in_any_case() {
    for (text, shape) in [
        ("STARTSWITH~(a, \"b\")", "startsWith~(a, \"b\")"),
        ("stringContains (a, \"b\")", "stringContains(a, \"b\")"),
        ("cidrMatch(a, \"10.0.0.0/8\", \"192.0.2.0/24\")", "cidrMatch(a, \"10.0.0.0/8\", \"192.0.2.0/24\")"),
        ("length(between~(a, \"x\", \"y\", true)) > -1", "length(between~(a, \"x\", \"y\", true)) > -1"),
        ("string(a == 1 or b) : \"true\"", "string(a == 1 or b) : \"true\""),
    ] {
        assert_eq!(printed(text), shape, "{text}");
    }
    // Only a `(` makes a name a function.
    assert_eq!(printed("length == 1"), "length == 1");
}

#[test]
fn blanks_and_comments_stand_anywhere() {
    let plain = shape("sequence by a [b where c == 1] [d where e : (\"f\", \"g\")] | head 2");
    for written in [
        "sequence\r\n\tby a\r\n\t[ b where\r\n c==1 ]\r\n\t[d where e:(\"f\",\"g\")]\r\n| head 2\r\n",
        "// first\nsequence by a // keys\n[b where c == 1] /* one */ [d where /* a /* b */ c */ e : (\"f\" /**/, \"g\")]|head 2//",
        "/* a /* unbalanced */sequence by a[b where c == 1][d where e : (\"f\", \"g\")] |head 2",
        "/*/ **/ sequence by a[b where c/**/==/***/1][d where e : (\"f\", \"g\") // /*\n] | head 2",
    ] {
        assert_eq!(shape(written), plain, "{written}");
    }
}

#[test]
fn a_sequence_has_keys_a_span_items_and_an_end() {
    let found = sequence(
        "sequence by host.id, ?user.id with maxspan=90s [process where a == 1] by `p-id` with runs=3 \
         ![\"b-c\" where true] by q until [any where stop] by r | head 5 | tail 1",
    );
    assert_eq!(
        found.keys.iter().map(|key| (key.name.as_str(), key.optional)).collect::<Vec<_>>(),
        [("host.id", false), ("user.id", true)]
    );
    assert_eq!(found.maxspan, Some(90_000));
    assert_eq!(
        found.items.iter().map(|item| (item.runs, item.missing, item.keys.len())).collect::<Vec<_>>(),
        [(3, false, 1), (1, true, 1)]
    );
    assert_eq!(found.until.map(|until| until.keys[0].name.clone()), Some("r".to_owned()));
    for (written, milliseconds) in
        [("500ms", 500), ("30s", 30_000), ("5 m", 300_000), ("2h", 7_200_000), ("1d", 86_400_000)]
    {
        let found = sequence(&format!("sequence with maxspan={written} [a where true] [b where true]"));
        assert_eq!(found.maxspan, Some(milliseconds), "{written}");
    }
    // Runs are events, too.
    assert_eq!(sequence("sequence [a where true] with runs=2").items.len(), 1);
    let sample = shape("sample by host.id [a where true] by x [b where true] by y");
    assert_eq!(sample, "sample by host.id [a where true] by x [b where true] by y");
    let sample = "sample [a where true] by x, ?y [b where true] by z, w";
    assert_eq!(shape(sample), sample);
}

#[test]
fn pipes_are_kept_in_order() {
    let pipes = parse("any where true | tail 3 | head 0 | head 12").unwrap().pipes;
    assert_eq!(pipes, [Pipe::Tail(3), Pipe::Head(0), Pipe::Head(12)]);
}

#[test]
fn spans_cover_what_was_written() {
    let query = "any where (a == 1 or b) and not c in (1, 2) and -d < 5";
    let StatementKind::Event(event) = parse(query).unwrap().kind else { panic!() };
    assert_eq!(event.span, Span::new(0, query.len()));
    let ExprKind::And(parts) = event.condition.kind else { panic!() };
    let written: Vec<_> = parts.iter().map(|part| &query[part.span.start..part.span.end]).collect();
    assert_eq!(written, ["(a == 1 or b)", "not c in (1, 2)", "-d < 5"]);
    let query = "sequence by a [b where c] by d with runs=2 ![e where f] by g".replace("by a", "by a with maxspan=1m");
    let written: Vec<_> =
        sequence(&query).items.iter().map(|item| query[item.span.start..item.span.end].to_owned()).collect();
    assert_eq!(written, ["[b where c] by d with runs=2", "![e where f] by g"]);
}
