//! Names as they are read: an ARN or a path is broken behind `:` and `/`, what is alike steps back, and the part that
//! tells it from others stands out.

use unicode_segmentation::UnicodeSegmentation as _;

use super::{Page, Part, Role, part};
use crate::text::{visible, width};

/// Shorter words are not broken: they go to the next line.
const LONG: usize = 24;

impl Page {
    /// `value` wrapped behind `lead`, its names as they are read.
    pub(in crate::app) fn named(&mut self, lead: Vec<Part>, value: &str) -> &mut Self {
        let indent = super::columns(&lead).min(self.width / 2);
        let room = self.width.saturating_sub(indent).max(1);
        let shown = visible(value);
        let mut lines = Lines { lines: vec![lead], indent, room, used: 0 };
        for (i, word) in shown.split(' ').enumerate() {
            lines.word(&runs(word), i > 0);
        }
        for line in lines.lines {
            self.line(line);
        }
        self
    }
}

/// A word in its parts: of a name what is alike, and what is its own.
fn runs(word: &str) -> Vec<Part> {
    let own = match (word.strip_prefix("s3://"), word.starts_with("arn:")) {
        // Of a place in a bucket the bucket.
        (Some(rest), _) => {
            let start = word.len() - rest.len();
            start..start + rest.find('/').unwrap_or(rest.len())
        }
        (None, true) => word.rfind([':', '/']).map_or(0, |at| at + 1)..word.len(),
        (None, false) => return vec![part(Role::Text, word)],
    };
    let (before, name, after) = (&word[..own.start], &word[own.clone()], &word[own.end..]);
    let runs = [(Role::Quiet, before), (Role::Strong, name), (Role::Text, after)];
    runs.into_iter().filter(|(_, text)| !text.is_empty()).map(|(role, text)| part(role, text)).collect()
}

struct Lines {
    lines: Vec<Vec<Part>>,
    indent: usize,
    room: usize,
    used: usize,
}

impl Lines {
    fn word(&mut self, runs: &[Part], space: bool) {
        let wide = super::columns(runs);
        let space = usize::from(space && self.used > 0);
        let breaks = wide > LONG && self.used + LONG <= self.room;
        if self.used + space + wide > self.room && !breaks {
            self.next();
        }
        if self.used > 0 && space > 0 {
            self.push(Role::Text, " ");
        }
        for run in runs {
            for piece in run.text.split_inclusive([':', '/']) {
                self.piece(run.role, piece);
            }
        }
    }

    /// What is between two places where it may be broken; broken anywhere where a line is too short for it.
    fn piece(&mut self, role: Role, piece: &str) {
        if self.used > 0 && self.used + width(piece) > self.room {
            self.next();
        }
        for g in piece.graphemes(true) {
            if self.used > 0 && self.used + width(g) > self.room {
                self.next();
            }
            self.push(role, g);
        }
    }

    fn push(&mut self, role: Role, text: &str) {
        self.used += width(text);
        let Some(line) = self.lines.last_mut() else { return };
        match line.last_mut() {
            Some(last) if last.role == role => last.text.push_str(text),
            _ => line.push(part(role, text)),
        }
    }

    fn next(&mut self) {
        if self.used > 0 {
            self.lines.push(vec![part(Role::Text, " ".repeat(self.indent))]);
            self.used = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(columns: usize, value: &str) -> Vec<String> {
        let mut page = Page::new(columns);
        page.named(vec![part(Role::Quiet, "To ")], value);
        page.lines.iter().map(|l| l.parts.iter().map(|p| p.text.as_str()).collect()).collect()
    }

    #[test]
    fn a_name_breaks_where_its_parts_meet() {
        let arn = "arn:aws:rds:us-east-1:111122223333:snapshot:orders-masked-2026-w47 · instance snapshot";
        assert_eq!(
            lines(50, arn),
            ["To arn:aws:rds:us-east-1:111122223333:snapshot:", "   orders-masked-2026-w47 · instance snapshot",]
        );
        assert_eq!(lines(20, "abc short:words stay"), ["To abc short:words", "   stay"]);
        assert_eq!(lines(13, "x".repeat(24).as_str()), ["To xxxxxxxxxx", "   xxxxxxxxxx", "   xxxx"]);
    }

    #[test]
    fn what_tells_it_from_others_stands_out() {
        let strong = |value: &str| -> String {
            runs(value).into_iter().filter(|p| p.role == Role::Strong).map(|p| p.text).collect()
        };
        assert_eq!(strong("arn:aws:iam::111122223333:role/team/export"), "export");
        assert_eq!(strong("s3://ledger-archive/2026/11"), "ledger-archive");
        assert_eq!(strong("10:41:52"), "");
        assert_eq!(strong("arn:"), "");
    }

    proptest::proptest! {
        #[test]
        fn nothing_is_lost_and_every_line_fits(value in "[a-z:/ 日é-]{0,80}", columns in 12usize..60) {
            let lines = lines(columns, &value);
            proptest::prop_assert!(lines.iter().all(|line| width(line) <= columns), "{lines:?}");
            let shown: String = lines.iter().map(|line| line.get(3..).unwrap_or_default()).collect();
            let bare = |text: &str| text.replace(' ', "");
            proptest::prop_assert_eq!(bare(&shown), bare(&value));
        }
    }
}
