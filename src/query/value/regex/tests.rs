use super::Lucene;

fn matches(pattern: &str, text: &str) -> bool {
    Lucene::new(pattern, false).unwrap().matches(text)
}

#[test]
fn speaks_of_the_whole_value() {
    for (pattern, text, expected) in [
        ("net.[a-z]+", "net.exe", true),
        ("net.[a-z]+", "xnet.exe", false),
        ("net.[a-z]+", "net.exe1", false),
        (".*?net1.*?", "a net1 b", true),
        (".*", "a\nb", true),
        ("^a$", "a", false),
        ("^a$", "^a$", true),
        ("", "", true),
        ("", "a", false),
        ("a|bc", "bc", true),
        ("a|bc", "abc", false),
        ("(ab){2,3}c?", "abab", true),
        ("a{2}", "aaa", false),
        ("[^/]+/x", "a日/x", true),
        ("[^/]+/x", "a/b/x", false),
        ("[\\]a\\-]+", "a-]", true),
        ("[-a]+[+-]]", "a-]", true),
        ("[a-z0-9_\\.-]+", "a_.-9", true),
        ("[\\.-9]", "5", false),
        ("[\\.-9]", "-", true),
        ("[a-\\d]", "c", true),
        ("[a-\\d]", "1", false),
        ("a||b", "|b", true),
        ("&a|)b", "&a", true),
        ("&a|)b", ")b", true),
        ("a\\.b", "axb", false),
        ("\\d+\\s[\\w-]+", "12 a_b-c", true),
        ("[\\D]+", "a1", false),
        ("()a", "a", true),
    ] {
        assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
    }
}

#[test]
fn optional_operators_are_on() {
    for (pattern, text, expected) in [
        ("a@", "abc", true),
        ("#", "", false),
        ("#|a", "a", true),
        ("\"a.b\"c", "a.bc", true),
        ("\"a.b\"c", "axbc", false),
        (".*a.*&.*b.*", "xbxa", true),
        (".*a.*&.*b.*", "xa", false),
        ("~(a.*)", "ba", true),
        ("~(a.*)", "ab", false),
        ("~~a", "a", true),
        (".*x&~(.*a.*)|abc", "abx", false),
        (".*x&~(.*a.*)|abc", "bx", true),
        (".*x&~(.*a.*)|abc", "abc", true),
    ] {
        assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
    }
}

#[test]
fn both_and_not_stand_anywhere() {
    for (pattern, yes, no) in [
        ("a~b", &["a", "aa", "abb", "axb"][..], &["ab", "", "b"][..]),
        ("a(~b)c", &["ac", "axxc", "abbc"], &["abc", "a"]),
        ("a~(.*b.*)c", &["ac", "axxc"], &["abc", "axbyc"]),
        ("(a&.)*b", &["b", "aab"], &["cb", "aa"]),
        ("(~a){2}", &["", "bc", "aa", "ab"], &[]),
        ("x(.*a.*&.*b.*)?y", &["xy", "xaby", "xb-ay"], &["xay", "xby"]),
        ("(.*a.*&.*b.*|c)+", &["ab", "cc", "cba"], &["a", ""]),
        ("[^a]~([0-9]+)z?", &["bz", "b", "日", "b1x"], &["", "a"]),
        ("~#", &["", "a"], &[]),
        ("@&a.", &["ab"], &["a", "abc"]),
    ] {
        yes.iter().for_each(|text| assert!(matches(pattern, text), "{pattern} {text}"));
        no.iter().for_each(|text| assert!(!matches(pattern, text), "{pattern} {text}"));
    }
    assert!(Lucene::new("x~(ab)", true).unwrap().matches("XA"));
    assert!(!Lucene::new("x~(ab)", true).unwrap().matches("XaB"));
}

#[test]
fn intervals_of_numbers() {
    for (pattern, yes, no) in [
        ("<1-10>", &["1", "9", "10", "010", "0001"][..], &["0", "11", "", "1a"][..]),
        ("<01-10>", &["01", "10"], &["1", "001", "11", "00"]),
        ("<10-1>", &["5"], &["0", "11"]),
        ("<7-7>", &["7"], &["07", "8"]),
        (
            "<95-1203>",
            &["95", "99", "100", "999", "1000", "1199", "1203", "0095"],
            &["94", "1204", "1300", "9", "2000"],
        ),
        ("<0-255>\\.x", &["0.x", "000.x", "255.x", "199.x"], &["256.x", ".x", "300.x"]),
        ("<2-9>{2}", &["29", "99"], &["2", "19"]),
    ] {
        yes.iter().for_each(|text| assert!(matches(pattern, text), "{pattern} {text}"));
        no.iter().for_each(|text| assert!(!matches(pattern, text), "{pattern} {text}"));
    }
    for (least, most) in [(0, 0), (3, 17), (17, 99), (8, 1_234), (100, 2_000)] {
        let regex = Lucene::new(&format!("<0{least}-{most}>"), false).unwrap();
        let padded = Lucene::new(&format!("<{least:04}-{most:04}>"), false).unwrap();
        for number in 0..2_500 {
            assert_eq!(
                padded.matches(&format!("{number:04}")),
                (least..=most).contains(&number),
                "{least} {most} {number}"
            );
            if format!("0{least}").len() != most.to_string().len() {
                assert_eq!(
                    regex.matches(&number.to_string()),
                    (least..=most).contains(&number),
                    "{least} {most} {number}"
                );
            }
        }
    }
}

#[test]
fn any_case_is_that_of_letters_and_not_of_ranges() {
    let any = |pattern: &str, text: &str| Lucene::new(pattern, true).unwrap().matches(text);
    assert!(any("NET.exe", "net-EXE"));
    assert!(any("\"Net\"[ab]", "nETB"));
    assert!(!any("[a-z]+", "ABC"));
    // An index folds letters beyond ASCII in regular expressions, and in nothing else.
    assert!(any("ä", "Ä"));
    assert!(any("[Ä]x", "äX"));
    assert!(!any("ß", "SS"));
}

#[test]
fn says_what_it_does_not_understand() {
    for (pattern, why) in [
        ("a)", "`)` closes nothing; write `\\)` for the character"),
        ("(a", "a `(` is not closed"),
        ("a|", "the expression ends too early"),
        ("(a|)", "a `(` is not closed"),
        ("[a", "a `[` is not closed"),
        ("[]", "`[]` is empty; write `\\]` for the character"),
        ("[b-a]", "the range `b-a` runs backwards; write `\\-` for the character"),
        ("[a-]", "the range `a-]` runs backwards; write `\\-` for the character"),
        ("a{x}", "`{x}` does not say how often; write such as {2}, {2,} or {2,5}"),
        ("a{3,2}", "`{3,2}` does not say how often; write such as {2}, {2,} or {2,5}"),
        ("a{2", "a `{` is not closed"),
        ("\\b", "`\\b` stands for nothing; write `b`, or one of \\d \\D \\s \\S \\w \\W"),
        ("a\\", "nothing follows the last `\\`"),
        ("\"a", "a `\"` is not closed"),
        ("<1-5", "a `<` is not closed; write `\\<` for the character"),
        ("<a>", "`<a>` is no interval of numbers; write such as <1-99>, and `\\<` for the character"),
        ("<1-2-3>", "`<1-2-3>` is no interval of numbers; write such as <1-99>, and `\\<` for the character"),
        ("<-5>", "`<-5>` is no interval of numbers; write such as <1-99>, and `\\<` for the character"),
        (
            "<1-9999999999>",
            "`<1-9999999999>` is no interval of numbers; write such as <1-99>, and `\\<` for the character",
        ),
        ("~(((a{99}){99}){99})", "the expression is too large"),
        ("~(.*a.{20}b)&.*", "the expression is too large"),
        ("((a{1000}){1000}){1000}", "the expression is too large"),
    ] {
        assert_eq!(Lucene::new(pattern, false).unwrap_err(), why, "{pattern}");
    }
    assert!(Lucene::new(&"(".repeat(900), false).is_err());
    assert!(Lucene::new(&"a".repeat(1_001), false).is_err());
}

#[test]
fn the_text_that_must_be_there() {
    let longest = |pattern: &str| Lucene::new(pattern, false).unwrap().longest().map(|(t, b)| (t.to_owned(), b));
    assert_eq!(longest("arn:aws:.*abc"), Some(("arn:aws:".to_owned(), true)));
    assert_eq!(longest(".*abc\\.d?xy"), Some(("abc.".to_owned(), false)));
    assert_eq!(longest("a|b"), None);
    assert_eq!(longest("(abc)?"), None);
    assert_eq!(Lucene::new("abc", true).unwrap().longest(), None);
}

proptest::proptest! {
    /// What needs no table is asked of the `regex` crate, so both can be compared.
    #[test]
    fn a_table_of_states_finds_what_a_regular_expression_finds(
        pattern in "([ab.]|[a-c]|\\(a|\\)|[ab][*+?]|\\||\\{1,2\\}|\\[\\^a\\]|<1-12>){1,10}", text in "[abc12]{0,6}", any_case: bool
    ) {
        let (Ok(regex), Ok(table)) = (Lucene::new(&pattern, any_case), Lucene::new(&format!("~~({pattern})&@"), any_case)) else {
            return Ok(());
        };
        proptest::prop_assert_eq!(regex.matches(&text), table.matches(&text), "{}", pattern);
    }

    #[test]
    fn no_pattern_panics(pattern in "[a-c()\\[\\]{}|&~@#\"<>.*+?^\\\\,0-9d-]{0,16}|\\PC{0,12}", text in "\\PC{0,8}") {
        for any_case in [false, true] {
            if let Ok(regex) = Lucene::new(&pattern, any_case) {
                regex.matches(&text);
            }
        }
    }
}
