//! The bindings themselves.

use super::{Action, App, Binding, Context, KeyCode, KeyPress, Tab, View};
use crate::engine::Phase;

const fn bare(code: KeyCode) -> KeyPress {
    KeyPress { code, ctrl: false, alt: false }
}

const fn ch(c: char) -> KeyPress {
    bare(KeyCode::Char(c))
}

const fn ctrl(c: char) -> KeyPress {
    KeyPress { code: KeyCode::Char(c), ctrl: true, alt: false }
}

const ENTER: KeyPress = bare(KeyCode::Enter);
const ESC: KeyPress = bare(KeyCode::Esc);
const TAB: KeyPress = bare(KeyCode::Tab);
const BACK_TAB: KeyPress = bare(KeyCode::BackTab);
const UP: KeyPress = bare(KeyCode::Up);
const DOWN: KeyPress = bare(KeyCode::Down);
const LEFT: KeyPress = bare(KeyCode::Left);
const RIGHT: KeyPress = bare(KeyCode::Right);
const SPACE: KeyPress = ch(' ');
const CANCEL: &[KeyPress] = &[ESC, ctrl('c')];

const fn on(
    context: Context,
    keys: &'static [KeyPress],
    action: Action,
    name: &'static str,
    about: &'static str,
    footer: u8,
) -> Binding {
    Binding { context, keys, action, name, about, footer, disabled: always }
}

const fn when(
    disabled: fn(&App) -> Option<&'static str>,
    context: Context,
    keys: &'static [KeyPress],
    action: Action,
    name: &'static str,
    about: &'static str,
    footer: u8,
) -> Binding {
    Binding { context, keys, action, name, about, footer, disabled }
}

fn always(_: &App) -> Option<&'static str> {
    None
}

fn alert(app: &App) -> Option<&'static str> {
    app.alerts.list.selected().is_none().then_some("there is no alert yet")
}

fn unexplored(app: &App) -> Option<&'static str> {
    (app.view == View::Explore).then_some("this is Explore: / asks")
}

fn explore(app: &App) -> Option<&'static str> {
    (app.view != View::Explore).then_some("this is for Explore: E opens it")
}

fn asked(app: &App) -> Option<&'static str> {
    explore(app).or_else(|| (!app.explore.asked).then_some("nothing has been asked yet: / asks"))
}

fn earlier(app: &App) -> Option<&'static str> {
    explore(app).or_else(|| app.explore.earlier.is_empty().then_some("there was no question before"))
}

fn decide(app: &App) -> Option<&'static str> {
    if app.shared.read_only() { Some("this console is read-only") } else { alert(app) }
}

fn step(app: &App) -> Option<&'static str> {
    decide(app).or_else(|| app.alerts.step_under_cursor().is_none().then_some("the cursor is not on a step"))
}

fn except(app: &App) -> Option<&'static str> {
    decide(app).or_else(|| app.alerts.detail().is_none().then_some("the record is still being read"))
}

fn undo(app: &App) -> Option<&'static str> {
    if app.shared.read_only() {
        return Some("this console is read-only");
    }
    (!app.can_undo()).then_some("you have decided nothing that could be taken back")
}

fn retry(app: &App) -> Option<&'static str> {
    (app.shared.pending.failed() == 0).then_some("everything is saved or being saved")
}

fn held(app: &App) -> Option<&'static str> {
    (app.alerts.list.held() == 0).then_some("no alert is held back")
}

fn replay(app: &App) -> Option<&'static str> {
    match app.shared.playback {
        None => Some("this is no replay"),
        Some(_) if app.shared.health.phase == Phase::Ended => Some("the replay has ended"),
        Some(_) => None,
    }
}

fn switch(app: &App) -> Option<&'static str> {
    app.rules.cannot_switch(&app.shared)
}

fn its_alerts(app: &App) -> Option<&'static str> {
    app.rules.selected().is_none_or(|line| line.hits.all == 0).then_some("it has raised none")
}

fn searching(app: &App) -> Option<&'static str> {
    app.tree().is_none_or(|t| t.needle().is_empty()).then_some("nothing is searched for: press /")
}

/// Every key of the console.
pub const BINDINGS: &[Binding] = {
    use Action as A;
    use Context as C;
    &[
        on(C::Anywhere, &[ch('j'), DOWN], A::Down, "down", "One row or item down", 0),
        on(C::Anywhere, &[ch('k'), UP], A::Up, "up", "One row or item up", 0),
        on(
            C::Anywhere,
            &[bare(KeyCode::PageDown), ctrl('f'), ctrl('d')],
            A::PageDown,
            "page down",
            "A screenful down",
            0,
        ),
        on(C::Anywhere, &[bare(KeyCode::PageUp), ctrl('b')], A::PageUp, "page up", "A screenful up", 0),
        on(C::Anywhere, &[ch('g'), bare(KeyCode::Home)], A::First, "first", "To the first row or item", 0),
        on(C::Anywhere, &[ch('G'), bare(KeyCode::End)], A::Last, "last", "To the last row or item", 0),
        on(C::Anywhere, &[TAB], A::SwitchPane, "other pane", "To the other pane: table or detail", 0),
        when(undo, C::Anywhere, &[ch('u')], A::Undo, "undo", "Take back your last decision", 21),
        when(retry, C::Anywhere, &[ch('r')], A::Retry, "save again", "Save again what could not be saved", 0),
        when(
            unexplored,
            C::Anywhere,
            &[ch('E')],
            A::Explore,
            "explore",
            "Explore: search all events, not only alerts; also :explore KQL since 7d",
            22,
        ),
        on(
            C::Anywhere,
            &[ch('R')],
            A::Rules,
            "rules",
            "Rules: how each stands, what it has raised and what it costs; again leaves",
            0,
        ),
        on(C::Anywhere, &[ch('!')], A::Health, "health", "Files that failed, warnings, messages, and every figure", 0),
        on(C::Anywhere, &[ch('t')], A::Zone, "UTC/local", "Switch between UTC and local time", 0),
        when(replay, C::Anywhere, &[ch('p')], A::Pause, "pause", "Replay: pause or go on", 17),
        when(replay, C::Anywhere, &[ch('>')], A::Faster, "faster", "Replay: twice as fast", 0),
        when(replay, C::Anywhere, &[ch('<')], A::Slower, "slower", "Replay: half as fast", 0),
        when(replay, C::Anywhere, &[ch('.')], A::Step, "step", "Replay: one event further, while paused", 0),
        when(replay, C::Anywhere, &[ch('N')], A::JumpToAlert, "jump to alert", "Replay: straight to the next alert", 0),
        on(C::Anywhere, &[ch('?')], A::Help, "help", "All keys, and why some do nothing now", 30),
        on(C::Anywhere, &[ch(':')], A::Palette, "palette", "Find an action by its name", 0),
        on(C::Anywhere, &[ch('q'), ctrl('c')], A::Quit, "quit", "Leave; asks only when something is not saved", 31),
        when(
            alert,
            C::Alerts,
            &[ch('1')],
            A::Show(Tab::Overview),
            "overview",
            "Overview: who did what, what stands out, what to do next",
            0,
        ),
        when(
            alert,
            C::Alerts,
            &[ch('2')],
            A::Show(Tab::Checklist),
            "checklist",
            "Checklist: the investigation guide, to be ticked off",
            0,
        ),
        when(
            alert,
            C::Alerts,
            &[ch('3')],
            A::Show(Tab::Related),
            "related",
            "Related: events around it by the same actor, address or target",
            0,
        ),
        when(alert, C::Alerts, &[ch('4')], A::Show(Tab::Event), "event", "Event: the record itself", 0),
        when(alert, C::Alerts, &[ch('5')], A::Show(Tab::Rule), "rule", "Rule: everything the rule says", 0),
        when(alert, C::Alerts, &[ch('6')], A::Show(Tab::History), "history", "History: who decided what, and when", 0),
        when(alert, C::Alerts, &[ch(']')], A::NextAlert, "next alert", "To the next alert, staying in the tab", 0),
        when(
            alert,
            C::Alerts,
            &[ch('[')],
            A::PreviousAlert,
            "previous alert",
            "To the previous alert, staying in the tab",
            0,
        ),
        when(
            decide,
            C::Alerts,
            &[ch('n')],
            A::Note,
            "note",
            "Write a note on the alert, or on the step under the cursor",
            12,
        ),
        when(decide, C::Alerts, &[ch('a')], A::Acknowledge, "ack", "Acknowledge the alert, or all that are marked", 13),
        when(
            decide,
            C::Alerts,
            &[ch('c')],
            A::Close,
            "close",
            "Close the alert, or all that are marked; asks for the reason",
            14,
        ),
        when(
            except,
            C::Alerts,
            &[ch('x')],
            A::Except,
            "exception",
            "Write an exception from the alert: what is to raise none any more",
            15,
        ),
        when(
            decide,
            C::Alerts,
            &[ch('o')],
            A::Reopen,
            "reopen",
            "Reopen the alert, or all that are marked; ticks and notes stay",
            0,
        ),
        when(
            alert,
            C::Alerts,
            &[ch('=')],
            A::ExploreValue,
            "explore value",
            "Explore the value under the cursor; asks which where there are several",
            0,
        ),
        when(
            alert,
            C::Alerts,
            &[ch('y')],
            A::Copy,
            "copy",
            "Copy what is under the cursor; asks which where there are several",
            20,
        ),
        when(
            alert,
            C::Alerts,
            &[ch('Y')],
            A::CopySummary,
            "copy summary",
            "Copy a summary of the alert as Markdown",
            0,
        ),
        on(C::Alerts, &[ch('/')], A::Filter, "filter", "Filter the alerts: plain words, or KQL", 16),
        on(C::Alerts, &[ch('s')], A::Sort, "sort", "Sort by a column; the same again reverses", 0),
        on(C::Alerts, &[ch('b')], A::Group, "group by", "Group by actor, source, target or rule", 0),
        when(
            held,
            C::Alerts,
            &[ch('H')],
            A::Held,
            "held",
            "Show or hide the alerts held back by a cap or as building blocks",
            0,
        ),
        when(
            alert,
            C::Table,
            &[ENTER, RIGHT, ch('l')],
            A::Open,
            "open",
            "Open the alert: the keys go to its detail",
            1,
        ),
        when(alert, C::Table, &[SPACE, ch('v')], A::Mark, "mark", "Mark the alert, to act on several at once", 18),
        when(
            alert,
            C::Table,
            &[ch('V')],
            A::MarkAll,
            "mark all",
            "Mark the whole group, or all that are shown; again takes the marks away",
            0,
        ),
        on(C::Table, &[ESC], A::Back, "back", "Take away, in turn: the message, the marks, the filter", 0),
        on(C::Detail, &[ESC, ch('h')], A::Back, "back", "Back to the table; nothing is lost", 9),
        on(C::Detail, &[RIGHT], A::NextTab, "next tab", "To the next tab", 0),
        on(C::Detail, &[LEFT], A::PreviousTab, "previous tab", "To the previous tab", 0),
        when(alert, C::Overview, &[ENTER], A::GoOn, "go on", "To the next step of the checklist", 1),
        when(step, C::Checklist, &[SPACE], A::Tick, "tick", "Tick the step, or untick it", 1),
        when(
            step,
            C::Checklist,
            &[ch('x')],
            A::NotApplicable,
            "n/a",
            "Set the step aside as not applicable, or back",
            2,
        ),
        on(C::Checklist, &[ENTER, ch('f')], A::Fold, "fold", "Fold or unfold the details of the steps", 3),
        on(
            C::Related,
            &[ch('w')],
            A::CycleRelated,
            "why",
            "Only the same actor, the same address, the same target, or all",
            1,
        ),
        on(C::Event, &[ENTER, SPACE], A::Fold, "fold", "Fold or unfold the value", 1),
        on(C::Event, &[RIGHT, ch('l')], A::Unfold, "unfold", "Open the value, or go into it", 0),
        on(C::Event, &[LEFT, ch('h')], A::FoldUp, "fold up", "Close the value, or go out of it", 0),
        on(C::Event, &[ch('e')], A::ToggleEcs, "record/ECS", "The raw record, or the ECS document made from it", 2),
        on(C::Event, &[ch('/')], A::Search, "search", "Search names and values", 3),
        when(searching, C::Event, &[ch('m')], A::NextMatch, "next match", "To the next match of the search", 4),
        when(
            explore,
            C::Explore,
            &[ENTER],
            A::Open,
            "open",
            "Open the event: its record; on a value: narrow the question to it",
            1,
        ),
        when(
            explore,
            C::Explore,
            &[ch('/')],
            A::Ask,
            "ask",
            "Type a question: KQL, and since 7d, until 1h behind it",
            2,
        ),
        when(
            asked,
            C::Explore,
            &[ch('+')],
            A::Narrow,
            "narrow",
            "Narrow the question to the value under the cursor",
            3,
        ),
        when(asked, C::Explore, &[ch('-')], A::LeaveOut, "leave out", "Leave the value under the cursor out", 4),
        when(
            asked,
            C::Explore,
            &[ch('=')],
            A::ExploreValue,
            "this value",
            "A new question: the value under the cursor alone",
            0,
        ),
        when(asked, C::Explore, &[ch('y')], A::Copy, "copy", "Copy what is under the cursor", 20),
        when(
            explore,
            C::Explore,
            &[ch('f')],
            A::CountField,
            "field",
            "Count the values of another field; in a record: of the one under the cursor",
            5,
        ),
        when(asked, C::Explore, &[ch('w')], A::TimeWindow, "window", "Choose from when on events are searched", 8),
        when(
            earlier,
            C::Explore,
            &[bare(KeyCode::Backspace)],
            A::EarlierQuestion,
            "last question",
            "Back to the question before",
            9,
        ),
        when(asked, C::Explore, &[ctrl('r')], A::SearchAgain, "again", "Search again: the log has gone on", 0),
        when(explore, C::Explore, &[TAB], A::SwitchPane, "other list", "To the other list: events or values", 7),
        when(asked, C::Explore, &[ch(']')], A::NextEvent, "next event", "To the next event, staying in the record", 0),
        when(
            asked,
            C::Explore,
            &[ch('[')],
            A::PreviousEvent,
            "previous event",
            "To the previous event, staying in the record",
            0,
        ),
        on(C::Explore, &[ESC], A::Back, "back", "Back to where you were; the answer is kept", 6),
        on(C::Question, &[ENTER], A::Accept, "ask", "Ask", 1),
        on(C::Question, &[TAB], A::Complete, "complete", "Complete the field's name", 2),
        on(C::Question, CANCEL, A::Back, "back", "Back, asking nothing", 3),
        on(C::Field, &[ENTER], A::Accept, "count", "Count the values of the field", 1),
        on(C::Field, &[TAB], A::Complete, "complete", "Complete the field's name", 2),
        on(C::Field, CANCEL, A::Back, "back", "Back, choosing nothing", 3),
        on(C::Rules, &[ENTER, RIGHT, ch('l')], A::Open, "read", "Read the rule: the keys go to its page", 1),
        when(switch, C::Rules, &[ch('e')], A::SwitchRule, "on/off", "Switch the rule off, or on again", 2),
        when(its_alerts, C::Rules, &[ch('a')], A::ItsAlerts, "its alerts", "The alerts of the rule, in the table", 3),
        on(C::Rules, &[ch('/')], A::Filter, "find", "Find rules by plain words: names, states, types, tags, files", 4),
        on(C::Rules, &[ch('s')], A::Sort, "sort", "Sort the rules by a column; the same again reverses", 5),
        on(C::Rules, &[ch('y')], A::Copy, "copy", "Copy what is under the cursor; of a line its id, query, file", 6),
        on(
            C::Rules,
            &[ESC, LEFT, ch('h')],
            A::Back,
            "back",
            "Back, in turn: to the list, to all rules, to the alerts",
            9,
        ),
        on(C::Menu, &[ch('j'), DOWN], A::Down, "down", "Down", 0),
        on(C::Menu, &[ch('k'), UP], A::Up, "up", "Up", 0),
        on(C::Menu, &[ENTER], A::Accept, "choose", "Take the choice", 1),
        on(C::Menu, &[ch('1')], A::Choose(1), "1–9 choose", "Take the first choice", 2),
        on(C::Menu, &[ch('2')], A::Choose(2), "choose", "Take the second choice", 0),
        on(C::Menu, &[ch('3')], A::Choose(3), "choose", "Take the third choice", 0),
        on(C::Menu, &[ch('4')], A::Choose(4), "choose", "Take the fourth choice", 0),
        on(C::Menu, &[ch('5')], A::Choose(5), "choose", "Take the fifth choice", 0),
        on(C::Menu, &[ch('6')], A::Choose(6), "choose", "Take the sixth choice", 0),
        on(C::Menu, &[ch('7')], A::Choose(7), "choose", "Take the seventh choice", 0),
        on(C::Menu, &[ch('8')], A::Choose(8), "choose", "Take the eighth choice", 0),
        on(C::Menu, &[ch('9')], A::Choose(9), "choose", "Take the ninth choice", 0),
        on(C::Menu, &[ESC, ctrl('c'), ch('q')], A::Back, "back", "Back, choosing nothing", 3),
        on(C::Note, &[ENTER, ctrl('s')], A::Accept, "save", "Save the note", 1),
        on(
            C::Note,
            &[KeyPress { code: KeyCode::Enter, ctrl: false, alt: true }, ctrl('j')],
            A::NewLine,
            "new line",
            "A line break",
            2,
        ),
        on(C::Note, CANCEL, A::Back, "back, keep draft", "Back; what is written is kept as a draft", 3),
        on(C::Filter, &[ENTER], A::Accept, "keep", "Keep the filter and go to the table", 1),
        on(C::Filter, &[TAB], A::Complete, "complete", "Complete the field's name", 2),
        on(C::Filter, CANCEL, A::Back, "back", "Back to the filter as it was", 3),
        on(C::FindRules, &[ENTER], A::Accept, "keep", "Keep the words and go to the list", 1),
        on(C::FindRules, CANCEL, A::Back, "back", "Back to the words before", 2),
        on(C::Search, &[ENTER], A::Accept, "keep", "Keep the search; m goes to the next match", 1),
        on(C::Search, CANCEL, A::Back, "back", "End the search", 2),
        on(C::Except, &[ch('j'), DOWN, TAB], A::Down, "down", "Down", 0),
        on(C::Except, &[ch('k'), UP, BACK_TAB], A::Up, "up", "Up", 0),
        on(C::Except, &[SPACE], A::TickEntry, "tick", "Ask for it, or not", 1),
        on(C::Except, &[ENTER], A::Accept, "name it", "Go on to the name", 2),
        on(C::Except, &[ESC, ctrl('c'), ch('q')], A::Back, "back", "Back, writing nothing; what was ticked is kept", 3),
        on(C::ExceptName, &[DOWN, TAB], A::Down, "down", "To the first entry", 0),
        on(C::ExceptName, &[UP, BACK_TAB], A::Up, "entries", "Up to the entries", 2),
        on(C::ExceptName, &[ENTER], A::Accept, "write", "Write the exception, or copy it where there is no file", 1),
        on(C::ExceptName, CANCEL, A::Back, "back", "Back, writing nothing; what was typed is kept", 3),
        on(C::Palette, &[DOWN, ctrl('n')], A::Down, "down", "Down", 0),
        on(C::Palette, &[UP, ctrl('p')], A::Up, "up", "Up", 0),
        on(C::Palette, &[ENTER], A::Accept, "do it", "Do it", 1),
        on(C::Palette, CANCEL, A::Back, "back", "Back, doing nothing", 2),
        on(C::Reader, &[ch('j'), DOWN], A::Down, "down", "Down", 1),
        on(C::Reader, &[ch('k'), UP], A::Up, "up", "Up", 2),
        on(
            C::Reader,
            &[bare(KeyCode::PageDown), SPACE, ctrl('f'), ctrl('d')],
            A::PageDown,
            "page down",
            "A screenful down",
            0,
        ),
        on(C::Reader, &[bare(KeyCode::PageUp), ctrl('b')], A::PageUp, "page up", "A screenful up", 0),
        on(C::Reader, &[ch('g'), bare(KeyCode::Home)], A::First, "first", "To the beginning", 0),
        on(C::Reader, &[ch('G'), bare(KeyCode::End)], A::Last, "last", "To the end", 0),
        on(C::Reader, &[ESC, ch('q'), ch('?'), ch('!'), ctrl('c')], A::Back, "back", "Back", 3),
        on(C::Leave, &[ch('y')], A::QuitAnyway, "leave", "Leave; decisions are kept, half-written notes are lost", 1),
        on(C::Leave, &[ESC, ch('n'), ctrl('c')], A::Back, "stay", "Stay", 2),
        on(C::Always, &[ctrl('l')], A::Redraw, "redraw", "Draw the screen anew", 0),
        on(C::Always, &[ctrl('z')], A::Suspend, "suspend", "Suspend, as job control does", 0),
    ]
};
