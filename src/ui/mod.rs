//! Draws the console's state onto a frame. It only chooses how things look: [`crate::app`] has made text safe, broken
//! lines and divided the screen.

mod detail;
mod dialog;
mod except;
mod explore;
mod footer;
mod header;
mod input;
mod line;
mod pane;
mod rules;
mod table;
mod theme;
pub mod tree;

use ratatui::Frame;
use ratatui::style::Style;

pub use theme::{Glyphs, Palette, Theme};

use crate::app::layout::MINIMUM;
use crate::app::page::{Role, part};
use crate::app::{App, View};

/// Draws `app` onto the whole of `frame`.
pub fn draw(app: &App, frame: &mut Frame<'_>, look: Theme) {
    let area = frame.area();
    match &app.shared().layout {
        // The terminal may have shrunk since the last message.
        Some(layout) if layout.screen.width <= area.width && layout.screen.height <= area.height => {
            header::draw(app, layout, look.glyphs, frame.buffer_mut());
            match app.view() {
                View::Rules => rules::draw(app, layout, frame),
                View::Explore => explore::draw(app, layout, frame),
                View::Alerts => {
                    table::draw(app, layout, frame.buffer_mut());
                    detail::draw(app, layout, frame);
                }
            }
            footer::draw(app, layout, frame.buffer_mut());
            dialog::draw(app, layout, frame);
        }
        _ => {
            let lines = [
                "watchfloor".to_owned(),
                format!("needs {}×{}", MINIMUM.0, MINIMUM.1),
                format!("has {}×{}", area.width, area.height),
            ];
            for (text, y) in lines.into_iter().zip(area.y..area.bottom()) {
                line::put(frame.buffer_mut(), area.x, y, area.width, &[part(Role::Text, text)], Style::new());
            }
        }
    }
    look.finish(frame.buffer_mut());
}
