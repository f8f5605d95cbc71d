//! The form of an exception.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::input::{chosen, typed, window};
use super::line::put;
use crate::app::layout::Layout;
use crate::app::page::{Part, Role, part};
use crate::app::{App, ExceptionForm};
use crate::text::{self, pad, visible};

/// Columns of an entry's name.
const LABELS: usize = 15;

/// A line of the form, and where the cursor is when it stands there.
enum Line {
    Said(Vec<Part>),
    Entry(usize),
    Name,
}

pub(super) fn draw(app: &App, form: &ExceptionForm, layout: &Layout, frame: &mut Frame<'_>) {
    let width = usize::from(layout.screen.width).saturating_sub(8).clamp(20, 100);
    let quiet = |text: String| Line::Said(vec![part(Role::Quiet, text)]);
    let hint = "Events for which all that is ticked holds raise no alert of this rule from the next start on.";
    let mut lines: Vec<Line> = text::wrap(hint, width).into_iter().map(quiet).collect();
    lines.push(quiet(String::new()));
    lines.extend((0..form.entries.len()).map(Line::Entry));
    lines.push(quiet(String::new()));
    lines.push(Line::Name);
    lines.push(quiet(String::new()));
    let below = match (form.entries.get(form.cursor), &app.shared().setup.exceptions) {
        (Some((candidate, _)), _) => candidate.field.to_owned(),
        (None, Some(file)) => format!("Enter writes it to {}", visible(file)),
        (None, None) => "Enter copies it: there is no --exceptions FILE to write to".to_owned(),
    };
    lines.push(quiet(text::fit_middle(&below, width, "…").into_owned()));

    let at_cursor = |line: &Line| match line {
        Line::Entry(i) => *i == form.cursor,
        Line::Name => form.on_name(),
        Line::Said(_) => false,
    };
    let area = window(&format!("Exception to {}", form.rule), width, lines.len(), layout, frame.buffer_mut());
    let cursor = lines.iter().position(at_cursor).unwrap_or(0);
    let top = (cursor + 1).saturating_sub(usize::from(area.height));
    for (line, y) in lines.into_iter().skip(top).zip(area.y..area.bottom()) {
        let row = Rect { y, height: 1, ..area };
        match line {
            Line::Said(parts) => {
                put(frame.buffer_mut(), row.x, y, row.width, &parts, Style::new());
            }
            Line::Entry(i) => {
                let Some((candidate, ticked)) = form.entries.get(i) else { continue };
                let base = chosen(i == form.cursor);
                frame.buffer_mut().set_style(row, base);
                let parts = [
                    part(Role::Strong, if *ticked { "[✓] " } else { "[ ] " }),
                    part(Role::Quiet, pad(candidate.label, LABELS, "…")),
                    part(Role::Text, visible(&candidate.value)),
                ];
                put(frame.buffer_mut(), row.x, y, row.width, &parts, base);
            }
            Line::Name if form.on_name() => {
                typed(part(Role::Strong, "name "), &form.name, row, frame);
            }
            Line::Name => {
                let parts = [part(Role::Quiet, "name "), part(Role::Text, form.name.text())];
                put(frame.buffer_mut(), row.x, y, row.width, &parts, Style::new());
            }
        }
    }
}
