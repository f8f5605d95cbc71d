//! What the screens look like, kept as snapshots.

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier};
use watchfloor::app::{App, Mode, Msg, Setup};
use watchfloor::engine::{Health, Phase, Playback, Update};
use watchfloor::rule::{RuleFormat, load_str};
use watchfloor::ui::{Glyphs, Palette, Theme};

use super::explore::with_searches;
use crate::desk::{Desk, text};
use crate::found::so_far;
use crate::rulebook;
use crate::sample::{health, listed, loaded, rule, setup, today};

/// Each screen's name, and the keys that lead to it.
const SCREENS: [(&str, &str); 26] = [
    ("table", ""),
    ("overview", "1"),
    ("checklist", "2 space J - J n \"asked\" Enter"),
    ("commands", "2 G"),
    ("story", "3 k k"),
    ("story_run", "3 w > g j Enter"),
    ("event", "4 / \"mfa\" Enter"),
    ("rule", "5"),
    ("history", "a n \"owner says no\" Enter u 6"),
    ("close", "2 space c"),
    ("note", "n \"the owner of orders says\" Alt+Enter \"that nobody asked\""),
    ("filter", "/ \"status:open and actor:jsmith\""),
    ("filter_error", "/ \"status:open j:\""),
    ("filter_kept", "/ \"status:open\" Enter"),
    ("groups", "b 2 j space"),
    ("exception", "x j space"),
    ("exception_name", "x Enter"),
    ("explore", "E \"event.action:* since 7d\" Enter j j"),
    ("explore_values", "E \"event.action:* since 7d\" Enter Tab j"),
    ("explore_typing", "E \"user.na\""),
    ("explore_error", "E \"event.action: (a\" Enter"),
    ("explore_record", "E \"event.action:*\" Enter j Enter j"),
    ("explore_narrow", "E \"event.action:*\" Enter +"),
    ("palette", ": \"ack\""),
    ("health", "!"),
    ("help", "?"),
];

/// Screens of the Rules view, and the keys that lead to each.
const RULES: [(&str, &str); 10] = [
    ("rules", "R"),
    ("rules_unsupported", "R G k"),
    ("rules_broken", "R j"),
    ("rules_off", "R j j"),
    ("rules_page", "R j j j Enter j j"),
    ("rules_remembering", "R j j j j Enter"),
    ("rules_found", "R / \"exfil high\" Enter"),
    ("rules_finding", "R / \"zzz\""),
    ("rules_sorted", "R s 5"),
    ("rules_switched", "R j j j e"),
];

/// A console with rules of every kind, and far more than a screen holds.
fn with_rules(columns: u16, rows: u16, keys: &str) -> Desk {
    let mut desk = Desk::new(columns, rows);
    desk.tell_rules(rulebook::of_every_kind().into_iter().chain(rulebook::many(187)).collect());
    desk.tell(Update::Costs(rulebook::costs()));
    desk.keys(keys);
    desk
}

#[test]
fn the_rules_view() {
    for (name, keys) in RULES {
        insta::assert_snapshot!(format!("{name}_80x24"), with_rules(80, 24, keys).screen());
        insta::assert_snapshot!(format!("{name}_160x45"), with_rules(160, 45, keys).screen());
    }
    let ascii = with_rules(80, 24, "R j").screen_as(look(Palette::Colour, Glyphs::Ascii));
    assert!(ascii.is_ascii());
    insta::assert_snapshot!("rules_ascii", ascii);
    insta::assert_snapshot!("rules_smallest", with_rules(40, 10, "R j").screen());
}

#[test]
fn the_rules_view_without_colour_says_as_much() {
    for (_, keys) in RULES {
        let desk = with_rules(80, 24, keys);
        let buffer = desk.buffer(look(Palette::NoColour, Glyphs::Unicode));
        assert!(buffer.content().iter().all(|cell| (cell.fg, cell.bg) == (Color::Reset, Color::Reset)));
        assert_eq!(text(&buffer), desk.screen());
    }
}

fn look(theme: Palette, glyphs: Glyphs) -> Theme {
    Theme { theme, glyphs }
}

#[test]
fn every_screen_at_80_by_24() {
    for (name, keys) in SCREENS {
        let mut desk = Desk::new(80, 24);
        desk.keys(keys);
        insta::assert_snapshot!(format!("{name}_80x24"), desk.screen());
    }
}

#[test]
fn every_screen_at_160_by_45() {
    for (name, keys) in SCREENS {
        let mut desk = Desk::new(160, 45);
        desk.keys(keys);
        insta::assert_snapshot!(format!("{name}_160x45"), desk.screen());
    }
}

#[test]
fn a_search_that_is_under_way_and_searches_of_the_guide() {
    for (columns, rows) in [(80, 24), (160, 45)] {
        let mut desk = Desk::new(columns, rows);
        desk.tell(Update::Rules(vec![loaded(with_searches())]));
        desk.keys("2 j");
        insta::assert_snapshot!(format!("searches_{columns}x{rows}"), desk.screen());
        desk.answers = false;
        desk.keys("Enter");
        let answer = so_far(desk.questions.last().expect("a question"));
        desk.tell(Update::Explored(Box::new(answer)));
        insta::assert_snapshot!(format!("explore_under_way_{columns}x{rows}"), desk.screen());
    }
}

#[test]
fn of_several_rules_the_table_names_the_rule_and_what_each_alert_is_about() {
    let toml = "[rule]\nrule_id = \"assume-role\"\nname = \"AWS STS Role Assumption by a User\"\ntype = \"query\"\n\
                query = \"event.action:AssumeRole\"\nseverity = \"medium\"\nrisk_score = 47\n";
    let other = load_str(toml, RuleFormat::Toml, "assume.toml").rules.remove(0);
    let mut alert = listed(9, today("10:42:00"), "alice", "203.0.113.9", "role/team/deploy-production");
    (alert.rule_id, alert.rule_name) = (other.id.clone(), other.name.clone());
    (alert.severity, alert.summary.destination) = (other.severity, None);
    for (columns, rows) in [(80, 24), (160, 45)] {
        let mut desk = Desk::new(columns, rows);
        desk.tell(Update::Rules(vec![loaded(rule()), loaded((*other).clone())]));
        desk.tell(Update::Alerts(vec![alert.clone()]));
        desk.keys("g");
        insta::assert_snapshot!(format!("several_rules_{columns}x{rows}"), desk.screen());
        desk.keys("2");
        assert!(desk.screen().contains("This rule has no guide"), "{}", desk.screen());
    }
}

/// A guide with everything that a guide may hold.
const GUIDE: &str = r###"
[rule]
rule_id = "guide"
name = "AWS Guide"
type = "query"
query = "event.action:StartExportTask"
severity = "low"
risk_score = 21
note = """
## Triage and analysis

The rule looks at one call and says nothing about the ones around it.

### Possible investigation steps

Begin with what is known for sure. An identity is more than a name: it has a session, a source, a tool and a history, and any of
them may be the one that does not fit. Write down what you have ruled out, since the next shift will begin from your notes and
not from your memory; and do not wait for an answer of the owner before the key is disabled, if the key is what has leaked.

**Who did it**

- **Identity**: Check the [trust policy](https://example.com/trust) of the role.
  - Who may assume it?
    - From which accounts?
  - !{investigate{"label":"All calls of the session","providers":[[{"field":"user.name","queryType":"phrase","value":"{{user.name}}"}]]}}
- Look at the key.

**What was taken**

Only then look at the data.

- Find out how sensitive it is.

### False positive analysis

- A planned export.

Ask before you close.

### Additional information

- See the [runbook](https://example.com/runbook).
"""
"###;

#[test]
fn everything_that_a_guide_holds_is_in_the_checklist() {
    let mut guide = load_str(GUIDE, RuleFormat::Toml, "guide.toml").rules.remove(0);
    let rule = std::sync::Arc::make_mut(&mut guide);
    rule.id = "rds-snapshot-export".to_owned();
    for (columns, rows) in [(80, 60), (160, 45)] {
        let mut desk = Desk::new(columns, rows);
        desk.tell(Update::Rules(vec![loaded((*guide).clone())]));
        desk.keys("2 f");
        insta::assert_snapshot!(format!("guide_{columns}x{rows}"), desk.screen());
    }
    // On a small screen, too, every line comes into sight.
    let mut desk = Desk::new(80, 18);
    desk.tell(Update::Rules(vec![loaded((*guide).clone())]));
    desk.keys("2 g");
    let mut seen = desk.screen();
    for _ in 0..40 {
        seen.push_str(&desk.keys("j").screen());
    }
    for word in ["Begin with", "ruled out", "has leaked", "From which accounts", "Only then", "Ask before", "runbook"] {
        assert!(seen.contains(word), "{word}");
    }
}

#[test]
fn in_ascii() {
    for (name, keys) in
        SCREENS.into_iter().filter(|(name, _)| ["table", "checklist", "close", "explore"].contains(name))
    {
        let mut desk = Desk::new(80, 24);
        desk.keys(keys);
        let screen = desk.screen_as(look(Palette::Colour, Glyphs::Ascii));
        assert!(screen.is_ascii());
        insta::assert_snapshot!(format!("{name}_ascii"), screen);
    }
}

#[test]
fn in_ascii_every_word_is_true() {
    let ascii = |desk: &Desk| desk.screen_as(look(Palette::Colour, Glyphs::Ascii));
    let mut desk = Desk::new(80, 24);
    assert!(ascii(&desk).contains("saved ok"), "{}", ascii(&desk));
    // The stand-ins of arrows are keys of their own: keys are named in words.
    desk.keys("? / \"one row\"");
    let help = ascii(&desk);
    for key in ["j Down", "k Up"] {
        assert!(help.contains(key), "{key} in\n{help}");
    }
    desk.keys("Esc Esc 3");
    assert!(ascii(&desk).contains("2026-11-24 - within 30 min"), "{}", ascii(&desk));
    desk.broken = Some("no space left on the device".to_owned());
    desk.keys("a Esc");
    let unsaved = ascii(&desk);
    assert!(unsaved.contains("1 NOT SAVED r saves"), "{unsaved}");
}

#[test]
fn without_colour_there_is_none_and_every_word_is_still_there() {
    for (_, keys) in SCREENS {
        let mut desk = Desk::new(80, 24);
        desk.keys(keys);
        let buffer = desk.buffer(look(Palette::NoColour, Glyphs::Unicode));
        let allowed = Modifier::BOLD | Modifier::UNDERLINED | Modifier::REVERSED;
        for cell in buffer.content() {
            assert_eq!((cell.fg, cell.bg), (Color::Reset, Color::Reset));
            assert!((cell.modifier - allowed).is_empty());
        }
        assert_eq!(text(&buffer), desk.screen());
    }
}

#[test]
fn colour_means_severity_state_or_focus_and_comes_from_the_sixteen() {
    let mut desk = Desk::new(160, 45);
    desk.keys("j");
    let buffer = desk.buffer(Theme::default());
    let fixed = |c: Color| matches!(c, Color::Rgb(..) | Color::Indexed(_));
    let own = |c: Color| matches!(c, Color::White | Color::Black);
    // Where the ground is the terminal's own, so is white and black.
    assert!(buffer.content().iter().all(|c| !fixed(c.fg) && !fixed(c.bg) && (own(c.fg) == (c.bg != Color::Reset))));
    let style_of = |word: &str| {
        let screen = desk.screen();
        let (y, line) = screen.lines().enumerate().find(|(_, l)| l.contains(word)).unwrap();
        let x = line[..line.find(word).unwrap()].chars().count();
        let cell = &buffer[(u16::try_from(x).unwrap(), u16::try_from(y).unwrap())];
        (cell.fg, cell.bg)
    };
    assert_eq!(style_of("● live"), (Color::Green, Color::Reset));
    assert_eq!(style_of("saved ✓"), (Color::Green, Color::Reset));
    assert_eq!(style_of("‼ key and role"), (Color::Red, Color::Reset));
    assert_eq!(style_of("low 21"), (Color::Reset, Color::Reset));
    assert_eq!(style_of("SNAPSHOT"), (Color::Reset, Color::Reset));
    assert_eq!(style_of("etl-role/jsmith"), (Color::Reset, Color::Reset));
}

#[test]
fn before_there_is_an_alert_the_screen_says_what_is_going_on() {
    let mut desk = Desk::bare(80, 24);
    insta::assert_snapshot!("empty_loading", desk.screen());
    desk.tell(Update::Loaded);
    let reading = Health { phase: Phase::Backlog, files: 1_204, pending: 1_106, failed: 0, ..health() };
    desk.tell(Update::Health(Box::new(reading)));
    insta::assert_snapshot!("empty_backlog", desk.screen());
    desk.tell(Update::Health(Box::new(Health { files: 10, events: 1_204, ..health() })));
    insta::assert_snapshot!("empty_live", desk.screen());
}

#[test]
fn where_there_is_no_log_the_screen_says_how_to_fetch_one() {
    let none = Health { files: 0, failed: 0, skipped: 0, events: 0, problems: Vec::new(), ..health() };
    let others = BTreeMap::from([("GuardDuty".to_owned(), 2), ("VPC flow".to_owned(), 31)]);
    let others = Health { skipped: 40, others, ..none.clone() };
    for (columns, rows) in [(80, 24), (160, 45)] {
        let mut desk = Desk::bare(columns, rows);
        desk.tell(Update::Loaded);
        desk.tell_rules(vec![loaded(rule())]);
        for (name, health) in [("none", &none), ("others", &others)] {
            desk.tell(Update::Health(Box::new(health.clone())));
            insta::assert_snapshot!(format!("empty_{name}_{columns}"), desk.screen());
        }
        desk.tell(Update::Health(Box::new(Health { files: 10, events: 1_204, ..none.clone() })));
        assert!(desk.screen().contains("Looked with 1 rule: R lists them, E searches"), "{}", desk.screen());
    }
}

#[test]
fn a_replay_says_that_it_is_one() {
    let mut desk = Desk::new(100, 24);
    desk.app = App::new(Setup { mode: Mode::Replay, state: "in memory".to_owned(), ..setup() });
    desk.send(Msg::Resize { columns: 100, rows: 24 });
    desk.tell(Update::Loaded);
    desk.tell(Update::Health(Box::new(Health { phase: Phase::Replay, failed: 0, ..health() })));
    desk.tell(Update::Playback(Playback {
        now: today("09:00:00"),
        start: today("00:00:00"),
        end: today("12:00:00"),
        speed: 60.0,
        paused: false,
    }));
    insta::assert_snapshot!("replay", desk.screen());
}

#[test]
fn what_is_not_saved_is_on_the_first_screen() {
    let mut desk = Desk::new(80, 24);
    desk.broken = Some("no space left on the device".to_owned());
    desk.keys("a");
    insta::assert_snapshot!("not_saved", desk.screen());
    desk.keys("q");
    insta::assert_snapshot!("leave", desk.screen());
}

#[test]
fn below_the_minimum_it_says_so() {
    let desk = Desk::new(30, 8);
    assert_eq!(desk.screen(), "watchfloor\nneeds 40×10\nhas 30×8\n\n\n\n\n\n");
    insta::assert_snapshot!("smallest", Desk::new(40, 10).screen());
}

#[test]
fn the_first_screen_says_who_from_where_what_and_to_where() {
    let mut desk = Desk::new(80, 24);
    // More alerts than lines, something said below them, and an alert that somebody has taken.
    let many = |n| listed(n, today("09:00:00"), "bob", "192.0.2.1", "snapshot:x");
    desk.tell(Update::Alerts((10..60).map(many).collect()));
    desk.keys("a");
    let screen = desk.screen();
    let said = screen.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    let who = "etl-role/jsmith called StartExportTask on cluster-snapshot:orders-2026-11-23 to \
               s3://finance-exports/2026/ from 198.51.100.23 in us-east-1";
    for word in [who, "Priority   21  rule 21", "‼ key and role belong to account", "! snapshot copied 40 min before"]
    {
        assert!(said.contains(word), "{word} in\n{screen}");
    }
    assert_eq!(screen.lines().filter(|l| l.contains("Next      step 1")).count(), 1, "{screen}");
}

#[test]
fn the_tabs_keep_their_words_from_80_columns_on() {
    for columns in [80, 100, 119, 120, 149, 150, 160, 200] {
        let mut desk = Desk::new(columns, 45);
        desk.keys("1");
        for word in ["[2]Checklist", "[3]Story", "[4]Event", "[5]Rule", "[6]History"] {
            assert!(desk.screen().contains(word), "{columns}: {}", desk.screen());
        }
    }
}

#[test]
fn room_goes_to_what_would_be_cut() {
    let long = "cluster-snapshot:orders-production-nightly-2026-11-23";
    let screen = |columns| {
        let mut desk = Desk::new(columns, 24);
        desk.tell(Update::Alerts(vec![listed(9, today("10:50:00"), "etl-nightly/airflow-export", "192.0.2.1", long)]));
        desk.screen()
    };
    // The session and both ends of the name, where not all fits; all of it, and where to, where it does.
    assert!(screen(80).lines().any(|l| l.contains("airflow-export ") && l.contains("order…11-23")), "{}", screen(80));
    let wide = screen(140);
    assert!(
        wide.contains("etl-nightly/airflow-export") && wide.contains("orders-production-nightly-2026-11-23"),
        "{wide}"
    );
    assert!(wide.lines().any(|l| l.contains("TO ")), "{wide}");
}
