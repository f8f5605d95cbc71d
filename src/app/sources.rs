//! The figures of sources that are asked for their events, in words: for the header and the health pane.

use super::format::{Clock, bytes, count};
use super::page::{Page, Role, part};
use super::shared::Shared;
use crate::engine::SourceHealth;
use crate::text::{pad, visible};

/// In a word or two.
#[must_use]
pub fn standing(source: &SourceHealth, clock: &Clock) -> (Role, String) {
    match source.lag {
        _ if let Some(trouble) = source.held_up_by() => {
            (Role::Bad, format!("stuck since {}", clock.near(trouble.since)))
        }
        _ if source.ahead > 0 => (Role::Warn, format!("{} ahead", count(source.ahead))),
        _ if !source.caught_up => (Role::Warn, "reading".to_owned()),
        Some(lag) => (Role::Text, format!("{lag:.1}s")),
        None => (Role::Text, "up to date".to_owned()),
    }
}

/// Everything about each, for the health pane.
pub(super) fn page(page: &mut Page, shared: &Shared) {
    for source in &shared.health.sources {
        page.blank();
        page.heading(&visible(&source.name), "since the start of this run");
        for trouble in &source.troubles {
            let (role, word) = if trouble.holds_up { (Role::Bad, "stuck   ") } else { (Role::Warn, "note    ") };
            let what = if trouble.what.contains(&trouble.about) {
                trouble.what.clone()
            } else {
                format!("{}: {}", trouble.about, trouble.what)
            };
            let since = shared.clock.near(trouble.since);
            page.wrapped(vec![part(role, format!("  {word} "))], Role::Text, &format!("{what} · since {since}"));
        }
        let mut row = |label: &str, value: String| {
            page.wrapped(vec![part(Role::Quiet, format!("  {} ", pad(label, 17, "…")))], Role::Text, &value);
        };
        row("reading", reading(source));
        row("events", format!("{}, of all that the state remembers", count(source.events)));
        if let Some(lag) = source.lag {
            row("lag", format!("{lag:.1} s from the newest event's arrival there to its evaluation"));
        }
        let answered = source.answered.map_or_else(|| "not yet".to_owned(), |at| shared.clock.full(at));
        row("last whole answer", answered);
        row("requests", format!("{}, {} of them again", count(source.requests), count(source.retries)));
        row("bytes", format!("{} sent, {} received", bytes(source.sent), bytes(source.received)));
    }
}

fn reading(source: &SourceHealth) -> String {
    let how = match (source.ahead, source.caught_up) {
        (0, true) if source.held_up_by().is_some() => "up to date, but for what is stuck".to_owned(),
        (0, true) => "up to date".to_owned(),
        (0, false) => "what was there at the start".to_owned(),
        (ahead, _) => format!("{} documents ahead", count(ahead)),
    };
    let all = if source.narrowed { "what rules may match, as there is much" } else { "all that is new" };
    format!("{how}; asks for {all}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::SourceTrouble;

    #[test]
    fn what_is_stuck_is_not_called_up_to_date() {
        let mut source = SourceHealth { caught_up: true, ..SourceHealth::default() };
        assert!(reading(&source).starts_with("up to date; "));
        source.troubles.push(SourceTrouble {
            about: "prod".to_owned(),
            what: "nobody listens there".to_owned(),
            holds_up: true,
            since: chrono::DateTime::UNIX_EPOCH,
        });
        assert!(reading(&source).starts_with("up to date, but for what is stuck; "));
    }
}
