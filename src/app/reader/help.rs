//! The help: every key, from the one table, and why some do nothing now.

use super::super::App;
use super::super::keys::{BINDINGS, Context};
use super::super::page::{Page, Role, part};
use crate::text::pad;

const KEYS: usize = 17;

pub(super) fn page(app: &App) -> Page {
    let mut page = Page::new(usize::from(app.shared.size.0).saturating_sub(6).min(100));
    for (i, context) in Context::ALL.into_iter().enumerate() {
        if i > 0 {
            page.blank();
        }
        page.heading(context.title(), "");
        for binding in BINDINGS.iter().filter(|b| b.context == context) {
            let lead = vec![part(Role::Strong, format!("  {} ", pad(&binding.keys_shown(), KEYS, "…")))];
            page.wrapped(lead, Role::Text, binding.about);
            if let Some(why) = (binding.disabled)(app) {
                page.wrapped(vec![part(Role::Text, " ".repeat(KEYS + 3))], Role::Quiet, &format!("not now: {why}"));
            }
        }
    }
    page
}
