//! Cursor and scroll of a page.

use super::super::Action;
use super::Page;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PageScroll {
    /// Index of the item under the cursor.
    pub cursor: usize,
    /// Index of the first line shown.
    pub top: usize,
}

impl PageScroll {
    /// Moves as a key says.
    pub(in crate::app) fn go(&mut self, action: Action, page: &Page, height: usize) {
        let screen = height.max(2).cast_signed() - 1;
        match action {
            Action::Down => self.down(page, height),
            Action::Up => self.up(page, height),
            Action::PageDown => self.scroll(page, height, screen),
            Action::PageUp => self.scroll(page, height, -screen),
            Action::First => self.home(),
            _ => self.end(page, height),
        }
    }

    /// Down one item, or down the one under the cursor while it goes on below the screen.
    pub fn down(&mut self, page: &Page, height: usize) {
        let lines = page.lines_of(self.cursor);
        if lines.end > self.top + height {
            self.top += 1;
        } else if self.cursor + 1 < page.items.len() {
            self.cursor += 1;
            self.reveal(page, height);
        } else {
            self.top += 1;
        }
        self.settle(page, height);
    }

    /// Up one item, or up the one under the cursor while it begins above the screen.
    pub fn up(&mut self, page: &Page, height: usize) {
        let lines = page.lines_of(self.cursor);
        if lines.start < self.top {
            self.top -= 1;
        } else if self.cursor > 0 {
            self.cursor -= 1;
            self.reveal_up(page, height);
        } else {
            self.top = self.top.saturating_sub(1);
        }
        self.settle(page, height);
    }

    /// By `lines` lines, taking the cursor along.
    pub fn scroll(&mut self, page: &Page, height: usize, lines: isize) {
        self.top = self.top.saturating_add_signed(lines);
        self.settle(page, height);
        let shown = self.top..self.top + height;
        let at = |item: usize| page.lines_of(item).start;
        if shown.contains(&at(self.cursor)) {
            return;
        }
        let mut inside = page.lines.iter().take(shown.end).skip(shown.start).filter(|l| l.first).filter_map(|l| l.item);
        let next = if lines > 0 { inside.next() } else { inside.next_back() };
        self.cursor = next.unwrap_or(self.cursor);
        if lines > 0 && self.top + height >= page.lines.len() {
            self.cursor = page.items.len().saturating_sub(1);
        }
        if lines < 0 && self.top == 0 {
            self.cursor = 0;
        }
    }

    /// To the first item.
    pub fn home(&mut self) {
        *self = Self::default();
    }

    /// To the last item.
    pub fn end(&mut self, page: &Page, height: usize) {
        self.cursor = page.items.len().saturating_sub(1);
        self.top = page.lines.len();
        self.settle(page, height);
    }

    /// Puts the cursor on `item` and shows it.
    pub fn reveal_item(&mut self, page: &Page, height: usize, item: usize) {
        self.cursor = item;
        if page.lines_of(item).start < self.top {
            self.reveal_up(page, height)
        } else {
            self.reveal(page, height)
        }
        self.settle(page, height);
    }

    /// Keeps cursor and top inside a page that has changed.
    pub fn settle(&mut self, page: &Page, height: usize) {
        self.cursor = self.cursor.min(page.items.len().saturating_sub(1));
        self.top = self.top.min(page.lines.len().saturating_sub(height));
    }

    fn reveal(&mut self, page: &Page, height: usize) {
        let lines = page.lines_of(self.cursor);
        if lines.end > self.top + height {
            self.top = (lines.end.saturating_sub(height)).min(lines.start);
        }
    }

    // Headings right above an item belong in sight with it.
    fn reveal_up(&mut self, page: &Page, height: usize) {
        let lines = page.lines_of(self.cursor);
        let mut start = lines.start;
        while start > 0 && page.lines[start - 1].item.is_none() && lines.end - (start - 1) <= height {
            start -= 1;
        }
        self.top = self.top.min(start);
        self.reveal(page, height);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Item, Role, part};
    use super::*;

    fn page(items: usize, lines_each: usize) -> Page {
        let mut page = Page::new(20);
        page.line(vec![part(Role::Strong, "heading")]);
        for _ in 0..items {
            page.begin(Item::Passage);
            for _ in 0..lines_each {
                page.line(vec![part(Role::Text, "line")]);
            }
            page.end();
        }
        page
    }

    #[test]
    fn going_down_and_up_again_shows_every_line_and_ends_where_it_began() {
        let page = page(5, 7);
        let (mut scroll, height) = (PageScroll::default(), 4);
        let mut seen = vec![false; page.lines.len()];
        for _ in 0..100 {
            seen[scroll.top..(scroll.top + height).min(page.lines.len())].fill(true);
            scroll.down(&page, height);
        }
        assert!(seen.iter().all(|&s| s));
        assert_eq!(scroll.cursor, 4);
        assert_eq!(scroll.top, page.lines.len() - height);
        for _ in 0..100 {
            scroll.up(&page, height);
        }
        assert_eq!(scroll, PageScroll::default());
    }

    #[test]
    fn scrolling_by_pages_takes_the_cursor_along() {
        let page = page(30, 1);
        let mut scroll = PageScroll::default();
        scroll.scroll(&page, 10, 10);
        assert!((9..=10).contains(&scroll.cursor), "{scroll:?}");
        scroll.scroll(&page, 10, 100);
        assert_eq!(scroll.cursor, 29);
        scroll.scroll(&page, 10, -100);
        assert_eq!(scroll, PageScroll::default());
    }
}
