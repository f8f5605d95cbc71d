//! Trees of every kind, printed and parsed again, and texts of no kind.

use proptest::prelude::*;

use super::super::parse;
use crate::diag::Span;
use crate::query::eql::*;

const AT: Span = Span { start: 0, end: 0 };

/// A tree without its places.
fn bare(statement: &Statement) -> String {
    let written = format!("{statement:?}");
    let mut parts = written.split("Span { start: ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |bare, part| bare + part.split_once('}').unwrap().1)
}

fn field() -> impl Strategy<Value = Field> {
    let name = prop_oneof![
        4 => "[a-c@_][a-z0-9_]{0,3}(\\.[A-Za-z_]{1,3}){0,2}",
        1 => prop::sample::select(vec!["where", "a.and.b", "my-field", "1a", "a b", "`", "a`b", "é", "a..b", "\n"])
            .prop_map(str::to_owned),
    ];
    (name, any::<bool>()).prop_map(|(name, optional)| Field { name, optional, span: AT })
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![".{0,8}", "[\\\\\"'u{}0-9a-f\n\r\t]{0,8}", "[a-c*?.]{0,4}"]
}

fn literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        Just(Literal::Null),
        any::<bool>().prop_map(Literal::Bool),
        any::<i64>().prop_map(Literal::Int),
        (-20_i64..20).prop_map(Literal::Int),
        any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(Literal::Float),
        text().prop_map(Literal::Text),
    ]
}

fn call() -> impl Strategy<Value = (Function, bool, usize)> {
    prop::sample::select(vec![
        (Function::Length, false, 1),
        (Function::Concat, false, 3),
        (Function::StartsWith, true, 2),
        (Function::IndexOf, false, 2),
        (Function::Subtract, false, 2),
    ])
}

fn expr() -> impl Strategy<Value = Expr> {
    let expr = |kind| Expr { kind, span: AT };
    let leaf = prop_oneof![
        literal().prop_map(move |literal| expr(ExprKind::Literal(literal))),
        field().prop_map(move |field| expr(ExprKind::Field(field))),
    ];
    leaf.prop_recursive(5, 32, 4, move |inner| {
        let several = prop::collection::vec(inner.clone(), 2..4);
        let two = (inner.clone().prop_map(Box::new), inner.clone().prop_map(Box::new));
        let one = inner.clone().prop_map(Box::new);
        let comparisons = prop::sample::select(vec![
            Comparison::Equal,
            Comparison::NotEqual,
            Comparison::Less,
            Comparison::LessOrEqual,
            Comparison::Greater,
            Comparison::GreaterOrEqual,
        ]);
        let operators = prop::sample::select(vec![
            Arithmetic::Add,
            Arithmetic::Subtract,
            Arithmetic::Multiply,
            Arithmetic::Divide,
            Arithmetic::Modulo,
        ]);
        let patterns = prop::collection::vec(text().prop_map(|text| (text, AT)), 1..3);
        prop_oneof![
            several.clone().prop_map(move |parts| expr(ExprKind::And(parts))),
            several.clone().prop_map(move |parts| expr(ExprKind::Or(parts))),
            one.clone().prop_map(move |inner| expr(ExprKind::Not(inner))),
            one.clone().prop_map(move |inner| expr(ExprKind::Negative(inner))),
            (comparisons, two.clone()).prop_map(move |(op, (left, right))| expr(ExprKind::Comparison {
                op,
                left,
                right
            })),
            (operators, two).prop_map(move |(op, (left, right))| expr(ExprKind::Arithmetic { op, left, right })),
            (one.clone(), several, any::<bool>()).prop_map(move |(value, list, insensitive)| expr(ExprKind::In {
                value,
                list,
                insensitive
            })),
            (one, patterns, any::<bool>(), prop::sample::select(vec![Pattern::Wildcard, Pattern::Regex])).prop_map(
                move |(value, patterns, insensitive, pattern)| {
                    expr(ExprKind::Match { value, pattern, patterns, insensitive })
                }
            ),
            (call(), prop::collection::vec(inner, 3)).prop_map(
                move |((function, insensitive, count), mut arguments)| {
                    arguments.truncate(count);
                    expr(ExprKind::Call(Call { function, insensitive, arguments }))
                }
            ),
        ]
    })
}

fn event() -> impl Strategy<Value = EventQuery> {
    let category = prop_oneof![
        Just(None),
        "[a-z]{1,4}".prop_map(Some),
        text().prop_map(Some),
        prop::sample::select(vec!["any", "where", "sequence"]).prop_map(|word| Some(word.to_owned()))
    ];
    (category, expr()).prop_map(|(category, condition)| EventQuery { category, condition, span: AT })
}

/// Items with as many keys each.
fn items(number: usize) -> impl Strategy<Value = Vec<Item>> {
    (0_usize..3).prop_flat_map(move |keys| {
        let item = (event(), prop::collection::vec(field(), keys)).prop_map(|(query, keys)| Item {
            query,
            keys,
            runs: 1,
            missing: false,
            span: AT,
        });
        prop::collection::vec(item, number)
    })
}

fn statement() -> impl Strategy<Value = Statement> {
    let keys = |least| prop::collection::vec(field(), least..3_usize);
    let sequence = (keys(0), prop::option::of(1..9_000_000_u64), items(4), any::<(bool, bool)>(), 1..=100_u32)
        .prop_map(|(keys, maxspan, mut items, (missing, until), runs)| {
            let until = items.pop().filter(|_| until);
            items[1].missing = missing && maxspan.is_some();
            items[2].runs = runs;
            StatementKind::Sequence(Sequence { keys, maxspan, items, until })
        });
    let kind = prop_oneof![
        3 => event().prop_map(StatementKind::Event),
        1 => sequence,
        1 => (keys(1), items(2)).prop_map(|(keys, items)| StatementKind::Sample(Sample { keys, items })),
    ];
    let pipe = (any::<bool>(), any::<u64>()).prop_map(|(head, n)| if head { Pipe::Head(n) } else { Pipe::Tail(n) });
    (kind, prop::collection::vec(pipe, 0..3)).prop_map(|(kind, pipes)| Statement { kind, pipes })
}

/// Pieces that together reach every rule of the grammar.
fn scraps() -> impl Strategy<Value = String> {
    let scrap = prop::sample::select(vec![
        "any where ",
        "process where ",
        "a",
        "?b.c",
        "==",
        " != ",
        "=",
        ":",
        "(",
        ")",
        "[",
        "![",
        "]",
        " ",
        " and ",
        " or ",
        "not ",
        " in ",
        " in~ (",
        " like ",
        "regex~",
        "\"",
        "\"\"\"",
        "\\",
        "\"x\"",
        "\\u{41}",
        "`",
        "``",
        "-",
        "+",
        "*",
        "/",
        "//",
        "/*",
        "*/",
        "%",
        ".",
        ",",
        "|",
        " head 5",
        "1",
        "2.5",
        "1e",
        "e5",
        "length(",
        "wildcard(",
        "sequence by ",
        "sample by ",
        " with maxspan=1m ",
        " with runs=2",
        " until ",
        "true",
        "null",
        "é",
        "😀",
        "\n",
        "\r",
        "\t",
        "\u{a0}",
        "'",
        "&&",
        "~",
        "!",
        "maxspan",
        "99999999999999999999",
    ]);
    prop::collection::vec(scrap, 0..24).prop_map(|scraps| scraps.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn printing_and_parsing_is_the_same_tree(statement in statement()) {
        let printed = statement.to_string();
        let parsed = parse(&printed).map_err(|e| TestCaseError::fail(format!("{printed}\n{}", e.to_diagnostic())))?;
        prop_assert_eq!(bare(&parsed), bare(&statement), "{}", printed);
    }

    #[test]
    fn any_text_parses_or_is_wrong_at_a_place(
        query in prop_oneof![".*", scraps(), scraps().prop_map(|s| format!("any where {s}"))]
    ) {
        match parse(&query) {
            Ok(statement) => {
                let again = parse(&statement.to_string()).map(|again| bare(&again));
                prop_assert_eq!(again, Ok(bare(&statement)));
            }
            Err(error) => {
                prop_assert!(error.span.start <= error.span.end);
                prop_assert!(query.get(error.span.start..error.span.end).is_some());
                prop_assert!(!error.message.is_empty() && !error.help.is_empty());
            }
        }
    }
}
