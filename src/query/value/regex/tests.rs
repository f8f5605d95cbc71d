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
        ("[\\]a-]+", "a-]", true),
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
        ("a|", "an alternative is empty; write `()` for the empty text"),
        ("[a", "a `[` is not closed"),
        ("[]", "`[]` is empty; write `\\]` for the character"),
        ("[b-a]", "the range `b-a` runs backwards"),
        ("a{x}", "`{x}` does not say how often; write such as {2}, {2,} or {2,5}"),
        ("a{3,2}", "`{3,2}` does not say how often; write such as {2}, {2,} or {2,5}"),
        ("a{2", "a `{` is not closed"),
        ("\\b", "`\\b` stands for nothing; write `b`, or one of \\d \\D \\s \\S \\w \\W"),
        ("a\\", "nothing follows the last `\\`"),
        ("\"a", "a `\"` is not closed"),
        ("<1-5>", "`<…>` is not supported; write `\\<` for the character"),
        ("a~b", "`&` and `~` beside other text, or repeated, are not supported here"),
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
    #[test]
    fn no_pattern_panics(pattern in "[a-c()\\[\\]{}|&~@#\"<>.*+?^\\\\,0-9d-]{0,16}|\\PC{0,12}", text in "\\PC{0,8}") {
        for any_case in [false, true] {
            if let Ok(regex) = Lucene::new(&pattern, any_case) {
                regex.matches(&text);
            }
        }
    }
}
