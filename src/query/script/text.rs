//! What is done with texts. Places and lengths are in UTF-16 units; "any case" is that of all letters, by their lower
//! case.

use std::borrow::Cow;

use super::utf16::{byte, length};
use crate::query::value::Number;

fn folded(text: &str, any_case: bool) -> Cow<'_, str> {
    if any_case { text.to_lowercase().into() } else { text.into() }
}

fn given(side: Option<&str>, any_case: bool) -> Option<Cow<'_, str>> {
    side.filter(|side| !side.is_empty()).map(|side| folded(side, any_case))
}

/// The part of `text` from the first `left` to the next `right`, or to the last one if `greedy`; empty where one of them is
/// not there. Without a left or a right there is nothing between.
pub(super) fn between<'t>(
    text: &'t str,
    left: Option<&str>,
    right: Option<&str>,
    greedy: bool,
    any_case: bool,
) -> &'t str {
    let (Some(left), Some(right)) = (given(left, any_case), given(right, any_case)) else { return text };
    let searched = folded(text, any_case);
    let Some(start) = searched.find(&*left).map(|at| at + left.len()) else { return "" };
    let rest = &searched[start..];
    let Some(end) = (if greedy { rest.rfind(&*right) } else { rest.find(&*right) }) else { return "" };
    if !any_case {
        return &text[start..start + end];
    }
    // Lower case may be shorter or longer: Java takes the places over all the same.
    let start = length(&searched[..start]);
    let end = start + length(&rest[..end]);
    &text[byte(text, start)..byte(text, end)]
}

pub(super) fn starts_with(text: &str, start: &str, any_case: bool) -> bool {
    folded(text, any_case).starts_with(&*folded(start, any_case))
}

pub(super) fn ends_with(text: &str, end: &str, any_case: bool) -> bool {
    folded(text, any_case).ends_with(&*folded(end, any_case))
}

/// An empty part is in nothing.
pub(super) fn contains(text: &str, part: &str, any_case: bool) -> bool {
    !part.is_empty() && folded(text, any_case).contains(&*folded(part, any_case))
}

/// Where `part` begins first, from `start` on.
pub(super) fn index_of(text: &str, part: &str, start: i64, any_case: bool) -> Option<usize> {
    let (text, part) = (folded(text, any_case), folded(part, any_case));
    let from = byte(&text, usize::try_from(start.max(0)).unwrap_or(usize::MAX));
    let at = text[from..].find(&*part)?;
    Some(length(&text[..from + at]))
}

/// From `start` to before `end`; negative ones count from the end.
pub(super) fn substring(text: &str, start: i64, end: Option<i64>) -> &str {
    let units = i64::try_from(length(text)).unwrap_or(i64::MAX);
    let place = |at: i64| {
        let at = if at < 0 { at.saturating_add(units) } else { at };
        byte(text, usize::try_from(at.clamp(0, units)).unwrap_or_default())
    };
    text.get(place(start)..place(end.unwrap_or(units))).unwrap_or_default()
}

/// The number that `text` writes: decimal, or in `base`; `0x` before it means base 16.
pub(super) fn number(text: &str, base: Option<i64>) -> Option<Number> {
    let hex = text.strip_prefix("0x");
    let radix = match base {
        None if hex.is_some() => 16,
        None | Some(10) => return decimal(text),
        Some(base) => u32::try_from(base).ok().filter(|base| (2..=36).contains(base))?,
    };
    let digits = hex.filter(|_| radix == 16).unwrap_or(text);
    i64::from_str_radix(digits, radix).ok().map(Number::Int)
}

/// As Java's `Long.valueOf`, then `Double.valueOf`, which trims and allows a letter for the type.
fn decimal(text: &str) -> Option<Number> {
    if let Ok(number) = text.parse() {
        return Some(Number::Int(number));
    }
    let text = text.trim_matches(|c: char| c <= ' ');
    let digits = text.strip_suffix(['d', 'D', 'f', 'F']).unwrap_or(text);
    let is_plain = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E');
    let number: f64 = digits.chars().all(is_plain).then(|| digits.parse().ok()).flatten()?;
    Some(Number::Float(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_two_texts() {
        let plain = |text, left, right, greedy| between(text, Some(left), Some(right), greedy, false);
        assert_eq!(plain("System Idle Process", "s", "e", false), "t");
        assert_eq!(plain("System Idle Process", "S", "e", true), "ystem Idle Proc");
        assert_eq!(between("System Idle", Some("S"), Some("E"), false, true), "yst");
        assert_eq!(plain("abc", "x", "c", false), "");
        assert_eq!(plain("abc", "a", "x", false), "");
        assert_eq!(plain("<<", "<", "<", true), "");
        assert_eq!(plain("ba", "a", "b", true), "", "the last right stands before the left");
        assert_eq!(plain("abc", "", "c", false), "abc");
        assert_eq!(between("abc", None, Some("c"), false, false), "abc");
        assert_eq!(between("😀XaYb", Some("x"), Some("y"), false, true), "a");
        // In lower case the first letter is two.
        assert_eq!(between("İxaby", Some("X"), Some("Y"), false, true), "by");
    }

    #[test]
    fn parts_and_their_places() {
        assert!(starts_with("abc", "ab", false) && !starts_with("abc", "AB", false) && starts_with("äb", "Ä", true));
        assert!(ends_with("abc", "bc", false) && !ends_with("abc", "C", false) && ends_with("abc", "C", true));
        assert!(contains("abc", "b", false) && !contains("abc", "", false) && contains("aBc", "b", true));
        assert_eq!(index_of("explorer", "plore", 0, false), Some(2));
        assert_eq!(index_of("explorer", "plore", 2, false), Some(2));
        assert_eq!(index_of("explorer", "plore", 3, false), None);
        assert_eq!(index_of("explorer", "PLORE", -5, true), Some(2));
        assert_eq!(index_of("😀ab", "b", 0, false), Some(3));
        assert_eq!(index_of("ab", "", 9, false), Some(2));
    }

    #[test]
    fn substrings_are_slices() {
        for (start, end, expected) in [
            (0, Some(4), "expl"),
            (1, Some(3), "xp"),
            (-4, Some(-1), ".ex"),
            (-4, None, ".exe"),
            (-99, Some(2), "ex"),
            (5, Some(2), ""),
            (99, None, ""),
            (0, Some(-99), ""),
            (i64::MIN, Some(i64::MAX), "explorer.exe"),
        ] {
            assert_eq!(substring("explorer.exe", start, end), expected, "{start} {end:?}");
        }
        assert_eq!(substring("a😀b", 3, None), "b");
        assert_eq!(substring("", 0, Some(1)), "");
    }

    #[test]
    fn numbers_in_any_base() {
        let of = |text, base| number(text, base).map(|number| format!("{number:?}"));
        let int = |n: i64| Some(format!("Int({n})"));
        assert_eq!(of("5", None), int(5));
        assert_eq!(of("-32.5", None), Some("Float(-32.5)".to_owned()));
        assert_eq!(of(" 5 ", None), Some("Float(5.0)".to_owned()));
        assert_eq!(of("5e2", None), Some("Float(500.0)".to_owned()));
        assert_eq!(of(" 5 ", Some(10)), of(" 5 ", None));
        assert_eq!(of("32.5", Some(10)), Some("Float(32.5)".to_owned()));
        assert_eq!(of("0x32", None), int(50));
        assert_eq!(of("0x32", Some(16)), int(50));
        assert_eq!(of("+ff", Some(16)), int(255));
        assert_eq!(of("31", Some(13)), int(40));
        for (text, base) in [
            ("x", None),
            ("", None),
            ("inf", None),
            ("NaN", None),
            ("0x32", Some(10)),
            ("5", Some(1)),
            ("9", Some(8)),
            (" f", Some(16)),
        ] {
            assert_eq!(of(text, base), None, "{text} {base:?}");
        }
    }
}
