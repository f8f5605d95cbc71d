//! Columns on a terminal. Text is measured and cut by grapheme cluster; callers pass text that is already [`visible`].
//!
//! [`visible`]: super::visible

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

#[must_use]
pub fn width(text: &str) -> usize {
    text.width()
}

/// Cuts the end of `text` to at most `columns`, with `ellipsis`, one column wide, at the cut.
#[must_use]
pub fn fit<'a>(text: &'a str, columns: usize, ellipsis: &str) -> Cow<'a, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    if columns == 0 {
        return Cow::Borrowed("");
    }
    Cow::Owned(take(text.graphemes(true), columns - 1) + ellipsis)
}

/// Cuts the middle of `text` to at most `columns`: for names that differ at their ends.
#[must_use]
pub fn fit_middle<'a>(text: &'a str, columns: usize, ellipsis: &str) -> Cow<'a, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    if columns < 3 {
        return fit(text, columns, ellipsis);
    }
    let front = take(text.graphemes(true), (columns - 1).div_ceil(2));
    let mut back: Vec<&str> = Vec::new();
    let mut used = width(&front) + 1;
    for g in text.graphemes(true).rev() {
        if used + width(g) > columns {
            break;
        }
        used += width(g);
        back.push(g);
    }
    back.reverse();
    Cow::Owned(front + ellipsis + &back.concat())
}

/// Pads or cuts `text` to exactly `columns`.
#[must_use]
pub fn pad(text: &str, columns: usize, ellipsis: &str) -> String {
    let mut out = fit(text, columns, ellipsis).into_owned();
    out.extend(std::iter::repeat_n(' ', columns.saturating_sub(width(&out))));
    out
}

/// Breaks `text` into lines of at most `columns`, at spaces where possible. Never empty.
#[must_use]
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split(' ') {
        let space = usize::from(!line.is_empty());
        if used + space + width(word) <= columns {
            if space == 1 {
                line.push(' ');
            }
            line.push_str(word);
            used += space + width(word);
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        for g in word.graphemes(true) {
            if used + width(g) > columns && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push_str(g);
            used += width(g);
        }
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

fn take<'a>(graphemes: impl Iterator<Item = &'a str>, columns: usize) -> String {
    let mut out = String::new();
    let mut used = 0;
    for g in graphemes {
        if used + width(g) > columns {
            break;
        }
        used += width(g);
        out.push_str(g);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_at_the_end_and_in_the_middle() {
        assert_eq!(fit("cluster-snapshot", 8, "…"), "cluster…");
        assert_eq!(fit_middle("orders-2026-11-23", 9, "…"), "orde…1-23");
        assert_eq!(fit_middle("abc", 2, "…"), "a…");
        assert_eq!(fit("abc", 3, "…"), "abc");
    }

    #[test]
    fn wide_characters_are_never_split() {
        assert_eq!(fit("日本語", 4, "…"), "日…");
        assert_eq!(pad("日本語", 4, "…"), "日… ");
    }

    #[test]
    fn wraps_at_spaces_and_breaks_long_words() {
        assert_eq!(wrap("review the logs", 10), ["review the", "logs"]);
        assert_eq!(wrap("arn:aws:rds", 4), ["arn:", "aws:", "rds"]);
        assert_eq!(wrap("", 4), [""]);
    }

    proptest::proptest! {
        #[test]
        fn fitting_never_exceeds_the_columns(text in "\\PC{0,40}", columns in 0usize..30) {
            let text = crate::text::visible(&text).into_owned();
            proptest::prop_assert!(width(&fit(&text, columns, "…")) <= columns);
            proptest::prop_assert!(width(&fit_middle(&text, columns, "…")) <= columns);
            proptest::prop_assert_eq!(width(&pad(&text, columns, "…")), columns);
        }
    }
}
