//! A recording as asciinema plays it (asciicast v2): what changed on the screen, at times of our own. Not the bytes of
//! the run: how many frames a console draws on its way depends on the machine.

use serde_json::{Value, json};
use vt100::{Cell, Color, Parser, Screen};

/// A screen, and the second at which it comes.
pub(super) struct Frame {
    pub(super) at: f64,
    pub(super) screen: Screen,
}

/// How `cell` is to be written, whatever was before: terminals disagree about what is left of bold once text is dim.
fn look(cell: &Cell) -> String {
    let mut codes = "\x1b[0".to_owned();
    let modes = [(1, cell.bold()), (2, cell.dim()), (3, cell.italic()), (4, cell.underline()), (7, cell.inverse())];
    for (code, _) in modes.iter().filter(|(_, is_so)| *is_so) {
        codes.push_str(&format!(";{code}"));
    }
    for (code, color) in [(38, cell.fgcolor()), (48, cell.bgcolor())] {
        match color {
            Color::Default => {}
            Color::Idx(n) => codes.push_str(&format!(";{code};5;{n}")),
            Color::Rgb(..) => panic!("the console's colours are those of the terminal's palette"),
        }
    }
    codes + "m"
}

/// All that can be seen of a blank.
fn ground(cell: &Cell) -> (bool, Color, bool) {
    (cell.inverse(), if cell.inverse() { cell.fgcolor() } else { cell.bgcolor() }, cell.underline())
}

/// What draws row `row`. A blank takes on the look of what stands before it, where that cannot be seen: which one it has
/// in the terminal depends on what was drawn there before.
fn line(screen: &Screen, row: u16) -> String {
    const PLAIN: &str = "\x1b[0m";
    const NO_GROUND: (bool, Color, bool) = (false, Color::Default, false);
    let (mut out, mut blanks) = (format!("\x1b[{};1H{PLAIN}\x1b[2K", row + 1), 0);
    let mut before = (PLAIN.to_owned(), NO_GROUND);
    let cells = (0..screen.size().1.get()).map(|column| screen.cell(row, column).unwrap());
    for cell in cells.filter(|cell| !cell.is_wide_continuation()) {
        let text = if cell.has_contents() { cell.contents() } else { " " };
        if text == " " && ground(cell) == NO_GROUND {
            blanks += 1;
            continue;
        }
        if blanks > 0 && before.1 != NO_GROUND {
            out.push_str(PLAIN);
            before = (PLAIN.to_owned(), NO_GROUND);
        }
        out.push_str(&" ".repeat(std::mem::take(&mut blanks)));
        let look = (look(cell), ground(cell));
        if look.0 != before.0 && !(text == " " && look.1 == before.1) {
            out.push_str(&look.0);
            before = look;
        }
        out.push_str(text);
    }
    out
}

fn cursor(screen: &Screen) -> String {
    let (row, column) = screen.cursor_position();
    if screen.hide_cursor() { "\x1b[?25l".to_owned() } else { format!("\x1b[{};{}H\x1b[?25h", row + 1, column + 1) }
}

/// What draws `screen` on an empty terminal, with every blank between words as a blank.
pub(super) fn whole(screen: &Screen) -> String {
    (0..screen.size().0.get()).map(|row| line(screen, row)).collect::<String>() + &cursor(screen)
}

/// The recording of `frames`, which ends at second `end`.
pub(super) fn write(title: &str, frames: &[Frame], end: f64) -> String {
    let (rows, columns) = frames[0].screen.size();
    let header = json!({
        "version": 2, "width": columns, "height": rows, "title": title, "env": {"TERM": "xterm-256color"},
    });
    let mut out = format!("{header}\n");
    let mut before: Vec<String> = Vec::new();
    for Frame { at, screen } in frames {
        let lines: Vec<String> = (0..rows.get()).map(|row| line(screen, row)).collect();
        let is_new = |(row, line): &(usize, &String)| before.get(*row) != Some(line);
        let changed: String = lines.iter().enumerate().filter(is_new).map(|(_, line)| line.as_str()).collect();
        out.push_str(&format!("{}\n", json!([at, "o", changed + &cursor(screen)])));
        before = lines;
    }
    // Whoever played it in a shell types on below.
    let end = json!([end, "o", format!("\x1b[0m\x1b[{rows};{columns}H\x1b[?25h")]);
    out + &format!("{end}\n")
}

/// The frames of a recording, and where it ends.
pub(super) fn read(text: &str) -> (Vec<Frame>, f64) {
    let mut lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let header = lines.next().unwrap();
    let size = |side: &str| u16::try_from(header[side].as_u64().unwrap()).unwrap().try_into().unwrap();
    let mut terminal = Parser::new(size("height"), size("width"), 0);
    let mut frames = Vec::new();
    for event in lines {
        terminal.process(event[2].as_str().unwrap().as_bytes());
        frames.push(Frame { at: event[0].as_f64().unwrap(), screen: terminal.screen().clone() });
    }
    let end = frames.pop().unwrap();
    (frames, end.at)
}
