//! The backend that ratatui draws on. A frame reaches the terminal as one write inside a synchronized update, so that it
//! never shows half drawn.

use std::io;

use crossterm::queue;
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

use super::diff_writer::DiffWriter;
use super::{raw_mode, tty};

/// The terminal that a [`Session`](super::Session) holds; once it is given back, drawing does nothing.
#[derive(Debug, Default)]
pub struct TerminalBackend {
    frame: Vec<u8>,
    writer: DiffWriter,
    cursor_shown: bool,
}

impl TerminalBackend {
    fn crossterm(&mut self) -> CrosstermBackend<&mut Vec<u8>> {
        CrosstermBackend::new(&mut self.frame)
    }
}

impl Backend for TerminalBackend {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut content = content.peekable();
        if content.peek().is_none() {
            return Ok(());
        }
        // A terminal that is gone says so when it is written to.
        let size = tty::size().unwrap_or((80, 24));
        self.writer.draw(content, size, &mut self.frame);
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.cursor_shown) { self.crossterm().hide_cursor() } else { Ok(()) }
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.cursor_shown = true;
        self.crossterm().show_cursor()
    }

    /// Always the corner: nothing depends on the position, and asking the terminal would race with the thread that reads
    /// its keys.
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(Position::ORIGIN)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.crossterm().set_cursor_position(position)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.writer.cleared();
        self.crossterm().clear_region(clear_type)
    }

    fn size(&self) -> io::Result<Size> {
        let (columns, rows) = tty::size()?;
        Ok(Size::new(columns, rows))
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.size()?, pixels: Size::ZERO })
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.frame.is_empty() {
            return Ok(());
        }
        let mut bytes = Vec::with_capacity(self.frame.len() + 16);
        queue!(bytes, BeginSynchronizedUpdate)?;
        bytes.append(&mut self.frame);
        queue!(bytes, EndSynchronizedUpdate)?;
        raw_mode::write(&bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_gathered_and_an_unchanged_one_is_empty() {
        let mut backend = TerminalBackend::default();
        backend.draw(std::iter::empty()).unwrap();
        backend.hide_cursor().unwrap();
        assert!(backend.frame.is_empty(), "nothing changed, nothing is written");

        let cell = Cell::new("x");
        backend.draw([(3, 1, &cell)].into_iter()).unwrap();
        backend.show_cursor().unwrap();
        backend.hide_cursor().unwrap();
        backend.hide_cursor().unwrap();
        let frame = String::from_utf8(std::mem::take(&mut backend.frame)).unwrap();
        assert!(frame.starts_with("\u{1b}[2;4H"), "{frame:?}");
        assert_eq!(frame.matches("\u{1b}[?25l").count(), 1);
    }
}
