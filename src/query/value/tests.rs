use proptest::prelude::*;

use super::*;
use crate::query::kql::parse_literal;

const KEYWORD: FieldType = FieldType::Keyword;
const GT: Op = Op::Range(RangeOp::Gt);
const GTE: Op = Op::Range(RangeOp::Gte);
const LT: Op = Op::Range(RangeOp::Lt);
const LTE: Op = Op::Range(RangeOp::Lte);

fn now() -> DateTime<Utc> {
    "2026-11-24T10:20:30.400Z".parse().unwrap()
}

fn prepare(field: FieldType, op: Op, term: &str) -> Result<Prepared, String> {
    Test::prepare(field, op, &parse_literal(term).unwrap(), now())
}

fn accepts(field: FieldType, op: Op, term: &str, value: Scalar<'_>) -> bool {
    prepare(field, op, term).unwrap_or_else(|e| panic!("{term}: {e}")).test.accepts(value)
}

fn is(field: FieldType, term: &str, value: &str) -> bool {
    accepts(field, Op::Is, term, Scalar::Str(value))
}

#[test]
fn keywords_are_exact_whether_quoted_or_not() {
    assert!(is(KEYWORD, "a b", "a b"));
    assert!(is(KEYWORD, "\"a b\"", "a b"));
    assert!(!is(KEYWORD, "a b", "A b"));
    assert!(!is(KEYWORD, "a", "a b"));
    assert!(is(FieldType::Wildcard, "*S3 Browser*", "x S3 Browser y"));
    assert!(!is(FieldType::Flattened, "*s3*", "S3"));
    assert!(is(KEYWORD, "true", "true"));
    assert!(accepts(KEYWORD, Op::Is, "true", Scalar::Bool(true)));
    assert!(accepts(KEYWORD, Op::Is, "-12", Scalar::Int(-12)));
    assert!(accepts(KEYWORD, Op::Is, "1.5", Scalar::Float(1.5)));
    assert!(accepts(KEYWORD, Op::Is, "9*", Scalar::Int(i64::MAX)));
}

#[test]
fn keywords_match_and_exist_at_any_length() {
    let long = format!("{}bucket", "x".repeat(9_000));
    assert!(is(KEYWORD, "*", &long) && is(KEYWORD, "*bucket", &long) && is(KEYWORD, &long, &long));
    assert!(accepts(KEYWORD, GTE, "x", Scalar::Str(&long)));
}

#[test]
fn many_keywords_are_one_lookup() {
    let one = |term| prepare(KEYWORD, Op::Is, term).unwrap().test;
    let test = Test::any_of(vec![one("c"), one("a*"), one("b"), one("c")]);
    let Test::AnyOf(tests) = &test else { panic!("{test:?}") };
    assert_eq!(tests.len(), 2);
    for (value, expected) in [("b", true), ("c", true), ("ax", true), ("d", false), ("", false)] {
        assert_eq!(test.accepts(Scalar::Str(value)), expected, "{value}");
    }
}

#[test]
fn text_matches_words_and_phrases_in_any_case() {
    let text = |term, value| is(FieldType::Text, term, value);
    assert!(text("STOPPED later", "The task has stopped."));
    assert!(text("\"Has STOPPED\"", "The task has stopped."));
    assert!(!text("\"stopped has\"", "The task has stopped."));
    assert!(!text("stop", "The task has stopped."));
    assert!(text("stop*", "The task has Stopped."));
    assert!(text("zz* task", "The Task"));
    assert!(!text("zz* yy*", "The Task"));
    assert!(text("*", "x"));
    assert!(!text("\"...\"", "a b"));
    assert!(text("\"a a b\"", "a a a b"));
    assert!(text("straße", "STRAßE"));
}

#[test]
fn addresses_compare_by_value_and_block() {
    let ip = |term, value| is(FieldType::Ip, term, value);
    assert!(ip("10.0.0.1", "10.0.0.1"));
    assert!(ip("10.0.0.0/8", "10.255.0.1"));
    assert!(ip("\"10.1.2.3/8\"", "10.255.0.1"));
    assert!(!ip("10.0.0.0/8", "11.0.0.1"));
    assert!(ip("\"2001:DB8::1\"", "2001:db8:0:0:0:0:0:1"));
    assert!(ip("2001\\:db8\\:\\:/32", "2001:db8:ffff::"));
    assert!(!ip("2001\\:db8\\:\\:/32", "2001:db9::"));
    assert!(ip("\"::ffff:10.0.0.1\"", "10.0.0.1"));
    assert!(ip("0.0.0.0/0", "1.2.3.4"));
    assert!(!ip("0.0.0.0/0", "::1"));
    assert!(ip("\"::/0\"", "1.2.3.4"));
    assert!(ip("*", "1.2.3.4"));
    assert!(!ip("10.0.0.0/8", "ec2.amazonaws.com"));
    let ranged = |op, term, value| accepts(FieldType::Ip, op, term, Scalar::Str(value));
    assert!(ranged(GT, "9.9.9.9", "10.0.0.0"));
    assert!(!ranged(GT, "10.0.0.0", "10.0.0.0"));
    assert!(ranged(LTE, "10.0.0.0", "10.0.0.0"));
    assert!(!ranged(LT, "10.0.0.0", "10.0.0.0"));
}

#[test]
fn numbers_compare_by_value() {
    let long = |op, term, value| accepts(FieldType::Long, op, term, value);
    let double = |op, term, value| accepts(FieldType::Double, op, term, value);
    assert!(long(Op::Is, "200", Scalar::Int(200)));
    assert!(long(Op::Is, "\"0200\"", Scalar::Str("200")));
    assert!(long(Op::Is, "2.0", Scalar::Int(2)));
    assert!(!long(Op::Is, "2.5", Scalar::Int(2)));
    assert!(long(Op::Is, "2", Scalar::Float(2.9)));
    assert!(long(GT, "2.5", Scalar::Int(3)));
    assert!(!long(GT, "2.5", Scalar::Int(2)));
    assert!(long(LT, "1e3", Scalar::Int(999)));
    assert!(long(Op::Is, "9223372036854775807", Scalar::Int(i64::MAX)));
    assert!(!long(Op::Is, "9223372036854775807", Scalar::Int(i64::MAX - 1)));
    assert!(long(LT, "9223372036854775808", Scalar::Int(i64::MAX)));
    assert!(double(Op::Is, "1.50", Scalar::Float(1.5)));
    assert!(double(LTE, "-.5", Scalar::Int(-1)));
    assert!(!double(GT, "1", Scalar::Float(f64::NAN)));
    assert!(!long(Op::Is, "1", Scalar::Bool(true)));
}

#[test]
fn booleans_are_booleans() {
    assert!(accepts(FieldType::Boolean, Op::Is, "true", Scalar::Bool(true)));
    assert!(accepts(FieldType::Boolean, Op::Is, "\"false\"", Scalar::Str("false")));
    assert!(!accepts(FieldType::Boolean, Op::Is, "false", Scalar::Bool(true)));
    assert!(accepts(FieldType::Boolean, GT, "false", Scalar::Bool(true)));
}

fn date(op: Op, term: &str, value: &str) -> bool {
    accepts(FieldType::Date, op, &format!("\"{term}\""), Scalar::Str(value))
}

#[test]
fn dates_are_instants() {
    assert!(date(Op::Is, "2026-11-23T10:00:00Z", "2026-11-23T11:00:00.000+01:00"));
    assert!(date(Op::Is, "2026-11-23T10:00:00Z", "2026-11-23T10:00:00.999Z"));
    assert!(!date(Op::Is, "2026-11-23T10:00:00.000Z", "2026-11-23T10:00:00.999Z"));
    assert!(date(Op::Is, "1700000000000", "2023-11-14T22:13:20Z"));
    assert!(accepts(FieldType::Date, Op::Is, "\"2023-11-14T22:13:20Z\"", Scalar::Int(1_700_000_000_000)));
    assert!(date(Op::Is, "2026-11-23T10:00:00.1234567Z", "2026-11-23T10:00:00.123Z"));
    assert!(date(GT, "2026-11-23T10:00:00-0530", "2026-11-23T15:30:01Z"));
    assert!(!date(GT, "2026-11-23T10:00:00-05:30", "2026-11-23T15:30:00Z"));
    assert!(!date(Op::Is, "2026-11-23", "yesterday"));
}

#[test]
fn dates_cut_short_stand_for_their_span() {
    for (value, expected) in [("2026-11-22T23:59:59Z", false), ("2026-11-23T00:00:00Z", true)] {
        assert_eq!(date(Op::Is, "2026-11-23", value), expected, "{value}");
        assert_eq!(date(GTE, "2026-11-23", value), expected, "{value}");
        assert_eq!(date(LT, "2026-11-23", value), !expected, "{value}");
    }
    for (value, expected) in [("2026-11-23T23:59:59.999Z", false), ("2026-11-24T00:00:00Z", true)] {
        assert_eq!(date(Op::Is, "2026-11-23", value), !expected, "{value}");
        assert_eq!(date(GT, "2026-11-23", value), expected, "{value}");
        assert_eq!(date(LTE, "2026-11-23", value), !expected, "{value}");
    }
    assert!(date(Op::Is, "2026-11-23T10", "2026-11-23T10:59:59.5Z"));
    assert!(date(Op::Is, "2026-11-23T10:30Z", "2026-11-23T10:30:59Z"));
}

#[test]
fn a_year_and_a_month_are_the_whole_of_it() {
    for (term, first, last, before, after) in [
        (
            "2026",
            "2026-01-01T00:00:00Z",
            "2026-12-31T23:59:59.999Z",
            "2025-12-31T23:59:59.999Z",
            "2027-01-01T00:00:00Z",
        ),
        (
            "2026-11",
            "2026-11-01T00:00:00Z",
            "2026-11-30T23:59:59.999Z",
            "2026-10-31T23:59:59.999Z",
            "2026-12-01T00:00:00Z",
        ),
        (
            "2024-02",
            "2024-02-01T00:00:00Z",
            "2024-02-29T23:59:59.999Z",
            "2024-01-31T23:59:59.999Z",
            "2024-03-01T00:00:00Z",
        ),
        (
            "2026-12||",
            "2026-12-01T00:00:00Z",
            "2026-12-31T23:59:59.999Z",
            "2026-11-30T23:59:59.999Z",
            "2027-01-01T00:00:00Z",
        ),
    ] {
        for (op, expected) in [
            (Op::Is, [false, true, true, false]),
            (GTE, [false, true, true, true]),
            (GT, [false, false, false, true]),
            (LT, [true, false, false, false]),
            (LTE, [true, true, true, false]),
        ] {
            let found = [before, first, last, after].map(|value| date(op, term, value));
            assert_eq!(found, expected, "{op:?} {term}");
        }
    }
    assert!(is(FieldType::Date, "2026", "2026-11-23T10:00:00Z"), "without quotes too");
    assert!(!date(Op::Is, "2026-11||+1d", "2026-11-03T00:00:00Z"), "what steps follow is its start");
}

#[test]
fn date_math_steps_and_rounds() {
    let span = |term: &str| {
        let prepared = prepare(FieldType::Date, Op::Is, &format!("\"{term}\"")).unwrap();
        assert_eq!(prepared.uses_now, term.starts_with("now"), "{term}");
        let Test::Date(instants) = prepared.test else { panic!("{term}") };
        instants
    };
    let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap().timestamp_millis();
    let between = |first: &str, last: &str| Instants::new(at(first), at(last));
    let exactly = |text: &str| between(text, text);
    assert_eq!(span("now"), exactly("2026-11-24T10:20:30.400Z"));
    assert_eq!(span("now-1h"), exactly("2026-11-24T09:20:30.400Z"));
    assert_eq!(span("now-d+2m"), exactly("2026-11-23T10:22:30.400Z"));
    assert_eq!(span("now/d"), between("2026-11-24T00:00:00Z", "2026-11-24T23:59:59.999Z"));
    assert_eq!(span("now/w"), between("2026-11-23T00:00:00Z", "2026-11-29T23:59:59.999Z"));
    assert_eq!(span("now/M"), between("2026-11-01T00:00:00Z", "2026-11-30T23:59:59.999Z"));
    assert_eq!(span("now-1y/y"), between("2025-01-01T00:00:00Z", "2025-12-31T23:59:59.999Z"));
    assert_eq!(span("now/h"), between("2026-11-24T10:00:00Z", "2026-11-24T10:59:59.999Z"));
    assert_eq!(span("2026-01-31||+1M"), exactly("2026-02-28T00:00:00Z"));
    assert_eq!(span("2026-11-23||/s"), between("2026-11-23T00:00:00Z", "2026-11-23T00:00:00.999Z"));
    assert_eq!(span("2026-11-23||"), between("2026-11-23T00:00:00Z", "2026-11-23T23:59:59.999Z"));
}

#[test]
fn values_that_can_never_match_say_why() {
    for (field, op, term) in [
        (FieldType::Long, Op::Is, "http"),
        (FieldType::Double, Op::Is, "inf"),
        (FieldType::Long, Op::Is, "4*"),
        (FieldType::Ip, Op::Is, "10.*"),
        (FieldType::Ip, Op::Is, "10.0.0.0/33"),
        (FieldType::Ip, GT, "10.0.0.0/8"),
        (FieldType::Ip, LT, "\"::\""),
        (FieldType::Boolean, Op::Is, "yes"),
        (FieldType::Nested, Op::Is, "a"),
        (KEYWORD, Op::Is, "null"),
        (FieldType::Date, Op::Is, "yesterday"),
        (FieldType::Date, Op::Is, "2026-02-30"),
        (FieldType::Date, Op::Is, "2026-1-1"),
        (FieldType::Date, Op::Is, "\"2026-11-23T25:00\""),
        (FieldType::Date, Op::Is, "\"2026-11-23T10:00Zulu\""),
        (FieldType::Date, Op::Is, "now-1x"),
        (FieldType::Date, Op::Is, "now/2d"),
        (FieldType::Date, Op::Is, "nowhere"),
        (FieldType::Date, GT, "now+9999999999999y"),
        (FieldType::Date, Op::Is, "2026*"),
    ] {
        assert!(prepare(field, op, term).is_err(), "{field:?} {op:?} {term}");
    }
}

#[test]
fn unmapped_values_compare_by_their_own_type() {
    let own = |op, term, value| accepts(FieldType::Unmapped, op, term, value);
    assert!(own(Op::Is, "1", Scalar::Int(1)));
    assert!(own(Op::Is, "1.0", Scalar::Int(1)));
    assert!(own(Op::Is, "1", Scalar::Str("1")));
    assert!(!own(Op::Is, "1", Scalar::Str("01")));
    assert!(own(Op::Is, "true", Scalar::Bool(true)));
    assert!(!own(Op::Is, "1", Scalar::Bool(true)));
    assert!(own(Op::Is, "10.0.0.0/8", Scalar::Str("10.1.1.1")));
    assert!(own(Op::Is, "10.0.0.0/8", Scalar::Str("10.0.0.0/8")));
    assert!(!own(Op::Is, "a", Scalar::Str("A")));
    assert!(own(Op::Is, "h*o", Scalar::Str("hello")));
    assert!(!own(Op::Is, "1*", Scalar::Int(12)));
    assert!(own(Op::Is, "*", Scalar::Bool(false)));
    assert!(own(GT, "2", Scalar::Int(10)));
    assert!(!own(GT, "2", Scalar::Str("10")));
    assert!(own(LTE, "2026-11-23", Scalar::Str("2026-11-22T10:00:00Z")));
    assert!(!own(GTE, "true", Scalar::Bool(true)));
}

proptest! {
    #[test]
    fn any_term_meets_any_value_without_panic(term in "\\PC{1,12}|now[-+/0-9yMwdhms]{0,6}|[-0-9T:.Z+|/]{1,24}", value in "\\PC{0,12}|[-0-9T:.Z+|/]{0,24}", number: f64) {
        let term = Term { kind: TermKind::Text { text: term, quoted: true }, span: Default::default() };
        for field in [KEYWORD, FieldType::Text, FieldType::Ip, FieldType::Date, FieldType::Long, FieldType::Double,
            FieldType::Boolean, FieldType::Unmapped] {
            for op in [Op::Is, GT, GTE, LT, LTE] {
                if let Ok(prepared) = Test::prepare(field, op, &term, now()) {
                    prepared.test.accepts(Scalar::Str(&value));
                    prepared.test.accepts(Scalar::Float(number));
                }
            }
        }
    }

    #[test]
    fn dates_read_as_chrono_reads_them(seconds in -62_135_596_800i64..253_402_300_799, millis in 0u32..1000) {
        let at = DateTime::from_timestamp(seconds, millis * 1_000_000).unwrap();
        let text = at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
        prop_assert_eq!(instants::read(&text), Some(Instants::new(at.timestamp_millis(), at.timestamp_millis())));
    }

    #[test]
    fn numbers_order_as_real_numbers(a: i64, b in prop_oneof![any::<f64>(), (-100f64..100.0), any::<i64>().prop_map(|n| n as f64)]) {
        use number::Number;
        if let Some(order) = Number::Int(a).compare(Number::Float(b)) {
            // Exact: halves fit 128 bits, and larger magnitudes saturate the right way.
            let exact = (i128::from(a) * 2).cmp(&((b * 2.0).floor() as i128)).then(if (b * 2.0).fract() != 0.0 { Ordering::Less } else { Ordering::Equal });
            prop_assert_eq!(order, exact, "{} {}", a, b);
        } else {
            prop_assert!(b.is_nan());
        }
    }
}
