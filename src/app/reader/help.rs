//! The help: every key, from the one table, and why some do nothing now. First those of where she is.

use super::super::App;
use super::super::keys::{BINDINGS, Binding, Context};
use super::super::page::{Page, Role, part};
use crate::text::pad;

const KEYS: usize = 17;

/// The keys that `words` are about; all of them where there is none.
pub(super) fn page(app: &App, words: &str) -> Page {
    let mut page = Page::new(usize::from(app.shared.size.0).saturating_sub(6).min(100));
    let here = app.view_contexts();
    let elsewhere = Context::ALL.into_iter().filter(|c| !here.contains(c));
    let words: Vec<String> = words.split_whitespace().map(str::to_lowercase).collect();
    for context in here.iter().copied().chain(elsewhere) {
        let bindings: Vec<&Binding> = BINDINGS.iter().filter(|b| b.context == context && fits(b, &words)).collect();
        if bindings.is_empty() {
            continue;
        }
        if !page.lines.is_empty() {
            page.blank();
        }
        page.heading(context.title(), if here.first() == Some(&context) { "where you are" } else { "" });
        for binding in bindings {
            let lead = vec![part(Role::Accent, format!("  {} ", pad(&binding.keys_shown(), KEYS, "…")))];
            page.wrapped(lead, Role::Text, binding.about);
            if let Some(why) = (binding.disabled)(app) {
                page.wrapped(vec![part(Role::Text, " ".repeat(KEYS + 3))], Role::Quiet, &format!("not now: {why}"));
            }
        }
    }
    if page.lines.is_empty() {
        page.line(vec![part(Role::Quiet, "no key is about that")]);
    }
    page
}

/// Every word is in what it does or in its context; or it is the key itself.
fn fits(binding: &Binding, words: &[String]) -> bool {
    let said = [binding.name, binding.about, binding.context.title()].join(" ").to_lowercase();
    let keys = binding.keys_shown().to_lowercase();
    words.iter().all(|word| said.contains(word.as_str()) || keys.split(' ').any(|key| key == word))
}
