//! Whatever is pressed and whatever arrives, at whatever size.

use proptest::collection::vec;
use proptest::prelude::*;
use watchfloor::app::{KeyCode, KeyPress, Msg, View};
use watchfloor::engine::Update;
use watchfloor::ui::{Glyphs, Palette, Theme};

use crate::desk::Desk;
use crate::found::{explored, so_far};
use crate::rulebook::{costs, many, of_every_kind};
use crate::sample::{health, listed, loaded, rule, today};

fn any_key() -> impl Strategy<Value = KeyPress> {
    let code = prop_oneof![
        6 => proptest::char::range(' ', '~').prop_map(KeyCode::Char),
        1 => any::<char>().prop_map(KeyCode::Char),
        4 => proptest::sample::select(vec![
            KeyCode::Enter, KeyCode::Esc, KeyCode::Tab, KeyCode::BackTab, KeyCode::Backspace, KeyCode::Delete,
            KeyCode::Left, KeyCode::Right, KeyCode::Up, KeyCode::Down, KeyCode::Home, KeyCode::End, KeyCode::PageUp,
            KeyCode::PageDown,
        ]),
    ];
    (code, prop::bool::weighted(0.1), prop::bool::weighted(0.1)).prop_map(|(code, ctrl, alt)| KeyPress {
        code,
        ctrl,
        alt,
    })
}

#[derive(Debug, Clone)]
enum Event {
    Key(KeyPress),
    Paste(String),
    Size(u16, u16),
    Alerts(u8, String),
    Health(u16),
    Rules(u8),
    Break(bool),
    Found(u8),
}

fn any_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        30 => any_key().prop_map(Event::Key),
        1 => "\\PC{0,20}|.{0,20}".prop_map(Event::Paste),
        2 => (1u16..300, 1u16..100).prop_map(|(c, r)| Event::Size(c, r)),
        2 => (any::<u8>(), "\\PC{0,12}|[\u{1b}\u{202e}\u{200b}a-z\u{301}日]{0,12}").prop_map(|(n, t)| Event::Alerts(n, t)),
        1 => any::<u16>().prop_map(Event::Health),
        1 => any::<u8>().prop_map(Event::Rules),
        1 => any::<bool>().prop_map(Event::Break),
        2 => any::<u8>().prop_map(Event::Found),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn nothing_panics_nothing_is_lost_and_nothing_raw_is_drawn(events in vec(any_event(), 1..70), ascii: bool) {
        let mut desk = Desk::new(80, 24);
        let glyphs = if ascii { Glyphs::Ascii } else { Glyphs::Unicode };
        for event in events {
            let selected = desk.list().selected().cloned();
            let arrives = !matches!(event, Event::Key(_) | Event::Paste(_));
            match event {
                Event::Key(key) => desk.press(key),
                Event::Paste(text) => desk.send(Msg::Paste(text)),
                Event::Size(columns, rows) => desk.send(Msg::Resize { columns, rows }),
                Event::Alerts(n, text) => {
                    let alerts = (0..n % 4).map(|i| listed(usize::from(n) * 4 + usize::from(i), today("10:00:00"), &text, &text, &text));
                    desk.tell(Update::Alerts(alerts.collect()));
                }
                Event::Health(n) => {
                    let mut figures = health();
                    figures.events = u64::from(n);
                    desk.tell(Update::Health(Box::new(figures)));
                }
                Event::Found(n) => {
                    if let Some(question) = desk.questions.last() {
                        let mut answer = if n % 2 == 0 { explored(question) } else { so_far(question) };
                        answer.events.truncate(usize::from(n));
                        answer.values.truncate(usize::from(n));
                        desk.tell(Update::Explored(Box::new(answer)));
                    }
                }
                Event::Rules(n) => {
                    let n = usize::from(n);
                    let kinds = of_every_kind().into_iter().skip(n % 7);
                    desk.tell_rules(kinds.chain(many(n)).chain([loaded(rule())]).collect());
                    desk.tell(Update::Costs(costs()));
                }
                Event::Break(broken) => desk.broken = broken.then(|| "no\u{1b}[31m space".to_owned()),
            }
            // Where a filter hid everything, what arrives may be the first that it shows.
            if arrives && selected.is_some() {
                prop_assert_eq!(desk.list().selected(), selected.as_ref());
            }
            let shown = desk.list().shown > 0;
            prop_assert_eq!(desk.list().selected().is_some(), shown);
            let buffer = desk.buffer(Theme { theme: Palette::Colour, glyphs });
            for cell in buffer.content() {
                let hides = watchfloor::text::visible(cell.symbol()) != cell.symbol();
                prop_assert!(!hides, "{:?}", cell.symbol());
                prop_assert!(!ascii || cell.symbol().is_ascii());
            }
            if let Some(layout) = desk.app.shared().layout {
                let list = desk.list();
                let rules = desk.app.rules();
                let (top, position, shown) = match desk.app.view() {
                    View::Rules => (rules.top, rules.position, rules.shown().len() > 0),
                    View::Alerts | View::Explore => (list.top(), list.position(), shown),
                };
                // The detail may have all the room.
                let hidden = layout.table_rows() == 0;
                prop_assert!(!shown || hidden || (top..top + layout.table_rows()).contains(&position));
            }
        }
    }
}
