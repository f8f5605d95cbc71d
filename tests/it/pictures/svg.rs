//! A terminal's screen as an SVG picture that looks right whatever fonts there are: every run of text is held to its
//! columns, frames and bars are shapes. One file has both palettes, and the reader's `prefers-color-scheme` chooses.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use vt100::{Cell, Color, Screen};

/// A cell, in the picture's units. Text of [`STYLE`]'s size is as wide in most monospaced fonts.
const WIDTH: u16 = 10;
const HEIGHT: u16 = 20;
/// From the top of a cell to the line that letters stand on.
const BASELINE: u16 = 15;
/// Around the screen.
const MARGIN: u16 = 16;

/// `n` and `d` are text and quiet text, `b` and `e` the same on a ground of `n`; `c` colours text, `g` fills.
const STYLE: &str = "\
text{font:16.6px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace}
.o{font-weight:700}.u{text-decoration:underline}.i{font-style:italic}.h{opacity:.85}
.n{fill:#1f2328}.d{fill:#59636e}.b{fill:#fff}.e{fill:#c8d1da}.w{stroke:#d1d9e0}
.c0{fill:#1f2328}.c1{fill:#c5202c}.c2{fill:#116329}.c3{fill:#7d4e00}.c4{fill:#0550ae}.c5{fill:#6f3cc7}.c6{fill:#0b6477}.c7{fill:#fff}
.g0{fill:#1f2328}.g1{fill:#c5202c}.g2{fill:#7ee08a}.g3{fill:#f2cc60}.g4{fill:#54aeff}.g5{fill:#7a45d1}.g6{fill:#76e3ea}.g7{fill:#d1d9e0}
@media(prefers-color-scheme:dark){
.n{fill:#e6edf3}.d{fill:#919aa4}.b{fill:#0d1117}.e{fill:#4a525b}.w{stroke:#3d444d}
.c0{fill:#0d1117}.c1{fill:#ff7b72}.c2{fill:#56d364}.c3{fill:#e3b341}.c4{fill:#79c0ff}.c5{fill:#d2a8ff}.c6{fill:#56d4dd}
.g0{fill:#30363d}.g1{fill:#b62324}.g2{fill:#3fb950}.g3{fill:#e3b341}.g4{fill:#58a6ff}.g5{fill:#7a45d1}.g6{fill:#39c5cf}.g7{fill:#b1bac4}
}";

/// What the fill and the look of a cell are called in [`STYLE`].
#[derive(Clone, PartialEq, Eq)]
struct Look {
    ink: String,
    ground: Option<String>,
    font: String,
}

impl Look {
    fn of(cell: &Cell, under_cursor: bool) -> Self {
        let mut font = String::new();
        for (class, is_so) in [(" o", cell.bold()), (" u", cell.underline()), (" i", cell.italic())] {
            font.push_str(if is_so { class } else { "" });
        }
        let quiet = |loud: &str, quiet: &str| if cell.dim() { quiet.to_owned() } else { loud.to_owned() };
        let coloured = |n| format!("c{n}{}", if cell.dim() { " h" } else { "" });
        let (text, ground) = (sixteen(cell.fgcolor()), sixteen(cell.bgcolor()));
        if cell.inverse() == under_cursor {
            let ink = text.map_or_else(|| quiet("n", "d"), coloured);
            return Self { ink, ground: ground.map(|n| format!("g{n}")), font };
        }
        let ink = ground.map_or_else(|| quiet("b", "e"), coloured);
        Self { ink, ground: Some(text.map_or_else(|| "n".to_owned(), |n| format!("c{n}"))), font }
    }

    fn class(&self) -> String {
        format!("{}{}", self.ink, self.font)
    }
}

/// The number of a colour among the first eight, which the bright ones share; nothing for the terminal's own.
fn sixteen(color: Color) -> Option<u8> {
    match color {
        Color::Default => None,
        Color::Idx(n @ 0..16) => Some(n % 8),
        other => panic!("{other:?} is none of the sixteen colours"),
    }
}

/// Text in one look, with no more than one blank between words: more would be taken for one.
struct Run {
    column: u16,
    row: u16,
    columns: u16,
    text: String,
    look: Look,
}

impl Run {
    fn goes_on(&self, row: u16, column: u16, symbol: &str, look: &Look) -> bool {
        let is_next = (self.row, self.column + self.columns) == (row, column) && self.look == *look;
        let is_gap = symbol == " " && self.text.ends_with(' ');
        is_next && !is_gap && symbol.is_ascii() && self.text.is_ascii()
    }

    /// A sign may come from a font of another width: it is squeezed. Letters are only moved.
    fn write(&self, out: &mut String) {
        let (x, y) = (MARGIN + self.column * WIDTH, MARGIN + self.row * HEIGHT + BASELINE);
        let text = self.text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let adjust = if self.text.is_ascii() { "" } else { " lengthAdjust=\"spacingAndGlyphs\"" };
        let (length, class) = (self.columns * WIDTH, self.look.class());
        let _ =
            writeln!(out, "<text x=\"{x}\" y=\"{y}\" textLength=\"{length}\"{adjust} class=\"{class}\">{text}</text>");
    }
}

/// Rectangles by the class that fills them, each row's side by side as one.
#[derive(Default)]
struct Shapes(BTreeMap<String, Vec<[u16; 4]>>);

impl Shapes {
    fn add(&mut self, class: &str, [x, y, width, height]: [u16; 4]) {
        let same = self.0.entry(class.to_owned()).or_default();
        match same.iter_mut().rev().find(|[_, top, _, h]| (*top, *h) == (y, height)) {
            Some([left, _, w, _]) if *left + *w == x => *w += width,
            _ => same.push([x, y, width, height]),
        }
    }

    fn write(&self, out: &mut String) {
        for (class, all) in &self.0 {
            let _ = write!(out, "<path class=\"{class}\" d=\"");
            for [x, y, width, height] in all {
                let _ = write!(out, "M{x} {y}h{width}v{height}h-{width}z");
            }
            out.push_str("\"/>\n");
        }
    }
}

/// The parts of a frame or a bar, in a cell at `x`, `y`; nothing for what is text.
fn shape(symbol: &str, x: u16, y: u16, is_bold: bool) -> Option<Vec<[u16; 4]>> {
    let thick = if is_bold { 2 } else { 1 };
    let (left, right) = ([x, y + 10, 5 + thick, thick], [x + 5, y + 10, 5, thick]);
    let (up, down) = ([x + 5, y, thick, 10 + thick], [x + 5, y + 10, thick, 10]);
    let arms = match symbol {
        "─" => vec![[x, y + 10, WIDTH, thick]],
        "│" => vec![[x + 5, y, thick, HEIGHT]],
        "┌" => vec![right, down],
        "┐" => vec![left, down],
        "└" => vec![right, up],
        "┘" => vec![left, up],
        "├" => vec![right, up, down],
        "┤" => vec![left, up, down],
        "┬" => vec![left, right, down],
        "┴" => vec![left, right, up],
        "┼" => vec![left, right, up, down],
        _ => {
            let mut chars = symbol.chars();
            let (Some(bar @ '▁'..='█'), None) = (chars.next(), chars.next()) else { return None };
            let height = u16::try_from((u32::from(bar) - u32::from('▁') + 1) * u32::from(HEIGHT) / 8).unwrap();
            vec![[x, y + HEIGHT - height, WIDTH, height]]
        }
    };
    Some(arms)
}

/// The picture of `screen`; `title` says to those who cannot see it what is there.
pub(super) fn draw(screen: &Screen, title: &str) -> String {
    let (rows, columns) = screen.size();
    let (mut grounds, mut shapes, mut runs) = (Shapes::default(), Shapes::default(), Vec::<Run>::new());
    let cursor = (!screen.hide_cursor()).then(|| screen.cursor_position());
    for (row, column) in (0..rows.get()).flat_map(|row| (0..columns.get()).map(move |column| (row, column))) {
        let cell = screen.cell(row, column).unwrap();
        if cell.is_wide_continuation() {
            continue;
        }
        let look = Look::of(cell, cursor == Some((row, column)));
        let wide = if cell.is_wide() { 2 } else { 1 };
        let (x, y) = (MARGIN + column * WIDTH, MARGIN + row * HEIGHT);
        if let Some(ground) = &look.ground {
            grounds.add(ground, [x, y, wide * WIDTH, HEIGHT]);
        }
        if let Some(parts) = shape(cell.contents(), x, y, cell.bold()) {
            parts.into_iter().for_each(|part| shapes.add(&look.ink, part));
            continue;
        }
        let symbol = if cell.has_contents() { cell.contents() } else { " " };
        if let Some(run) = runs.last_mut()
            && run.goes_on(row, column, symbol, &look)
        {
            run.text.push_str(symbol);
            run.columns += 1;
            continue;
        }
        if symbol != " " {
            runs.push(Run { column, row, columns: wide, text: symbol.to_owned(), look });
        }
    }
    let (width, height) = (columns.get() * WIDTH + 2 * MARGIN, rows.get() * HEIGHT + 2 * MARGIN);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         role=\"img\">\n<title>{title}</title>\n<style>\n{STYLE}\n</style>\n\
         <rect class=\"b w\" x=\".5\" y=\".5\" width=\"{}\" height=\"{}\" rx=\"8\"/>\n",
        width - 1,
        height - 1
    );
    grounds.write(&mut out);
    shapes.write(&mut out);
    for run in &mut runs {
        if run.text.ends_with(' ') {
            run.text.pop();
            run.columns -= 1;
        }
        run.write(&mut out);
    }
    out.push_str("</svg>\n");
    out
}

#[test]
fn text_keeps_its_columns_and_its_look() {
    let mut terminal = vt100::Parser::new(2.try_into().unwrap(), 20.try_into().unwrap(), 0);
    terminal.process(
        "\x1b[?25la  <b c>\x1b[1;31m ‼\x1b[0;7mrow \x1b[0m\r\n\x1b[36m┌──\x1b[2;39m▄▄ q\x1b[0;30;43m56".as_bytes(),
    );
    let picture = draw(terminal.screen(), "a test");
    let body: Vec<&str> = picture.lines().skip_while(|line| *line != "</style>").skip(2).collect();
    assert_eq!(
        body,
        [
            "<path class=\"g3\" d=\"M86 36h20v20h-20z\"/>",
            "<path class=\"n\" d=\"M116 16h40v20h-40z\"/>",
            "<path class=\"c6\" d=\"M21 46h25v1h-25zM21 46h1v10h-1z\"/>",
            "<path class=\"d\" d=\"M46 46h20v10h-20z\"/>",
            "<text x=\"16\" y=\"31\" textLength=\"10\" class=\"n\">a</text>",
            "<text x=\"46\" y=\"31\" textLength=\"50\" class=\"n\">&lt;b c&gt;</text>",
            "<text x=\"106\" y=\"31\" textLength=\"10\" lengthAdjust=\"spacingAndGlyphs\" class=\"c1 o\">‼</text>",
            "<text x=\"116\" y=\"31\" textLength=\"30\" class=\"b\">row</text>",
            "<text x=\"76\" y=\"51\" textLength=\"10\" class=\"d\">q</text>",
            "<text x=\"86\" y=\"51\" textLength=\"20\" class=\"c0\">56</text>",
            "</svg>",
        ]
    );
    terminal.process(b"\x1b[?25h\x1b[1;1H");
    let picture = draw(terminal.screen(), "a test");
    assert!(picture.contains("M16 16h10v20h-10z") && picture.contains("class=\"b\">a<"), "the cursor: {picture}");
}
