//! Turns the investigation guide into a checklist.
//!
//! Guides are Markdown by many authors. All have sections with well-known headings (possible investigation steps, false
//! positive analysis, response and remediation) and bullets below them. They differ in heading levels, letter case and
//! punctuation (the published page uses bold lines), in how far bullets are indented, in sub-headings written as bold
//! lines, and in prose between bullets. [`prepare`] evens the text out line by line, [`blocks`] parses it as Markdown,
//! [`sections`] decides what is a step:
//!
//! - a top-level bullet of a section is a step, and everything nested below it its details;
//! - a paragraph that opens with a bold lead (`**Check the key**: …`) is a step;
//! - a bold line or a deeper heading is a sub-heading ([`ChecklistStep::group`]); without bullets it is itself a step,
//!   with its prose as details;
//! - a section without bullets gives a step for each paragraph or table row;
//! - other prose stays where it was: [`Section::intro`], [`ChecklistStep::intro`], [`Section::outro`].
//!
//! [`Section::intro`]: super::Section::intro
//! [`Section::outro`]: super::Section::outro

mod blocks;
mod headings;
mod prepare;
mod rows;
mod sections;

use std::collections::HashMap;
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::{Checklist, ChecklistStep, Section, SectionKind, StepId};

/// The checklist of a rule's guide. A guide without steps, or none at all, gives three plain steps
/// ([`Checklist::plain`]).
#[must_use]
pub fn checklist(note: Option<&str>) -> Checklist {
    let mut list = note.map(|note| sections::collect(&blocks::read(&prepare::prepare(note)))).unwrap_or_default();
    if list.is_empty() {
        list.sections.splice(0..0, plain());
        list.plain = true;
    }
    number(&mut list);
    list
}

fn plain() -> [Section; 3] {
    let section = |kind, title: &str, text: &str| Section {
        kind,
        title: title.to_owned(),
        intro: String::new(),
        steps: vec![step(None, text)],
        outro: String::new(),
    };
    [
        section(
            SectionKind::Investigation,
            "Investigation",
            "Find out who made the call, from where, and what else they did in the hour around it.",
        ),
        section(
            SectionKind::FalsePositives,
            "False positives",
            "Ask the owner of the identity or of the resource whether this was planned.",
        ),
        section(
            SectionKind::Response,
            "Response",
            "If nobody vouches for it, cut off the credentials, keep the evidence, and escalate.",
        ),
    ]
}

fn step(group: Option<String>, text: &str) -> ChecklistStep {
    ChecklistStep {
        id: StepId(String::new()),
        number: 0,
        group,
        intro: String::new(),
        text: text.to_owned(),
        details: Vec::new(),
    }
}

/// Sets every step's id, and the number of each step to tick.
fn number(list: &mut Checklist) {
    let mut next = 1;
    let mut seen: HashMap<String, usize> = HashMap::new();
    for section in &mut list.sections {
        for step in &mut section.steps {
            if section.kind != SectionKind::Information {
                step.number = next;
                next += 1;
            }
            let key = format!("{}\n{}", kind_key(section.kind), normalised(&step.text));
            let times = seen.entry(key.clone()).or_insert(0);
            *times += 1;
            step.id = id(&if *times > 1 { format!("{key}\n{times}") } else { key });
        }
    }
}

// Part of every stored step id: never reword.
fn kind_key(kind: SectionKind) -> &'static str {
    match kind {
        SectionKind::Investigation => "investigation",
        SectionKind::FalsePositives => "false_positives",
        SectionKind::Response => "response",
        SectionKind::Information => "information",
    }
}

fn normalised(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

fn id(key: &str) -> StepId {
    let mut hex = String::with_capacity(12);
    for byte in &Sha256::digest(key)[..6] {
        let _ = write!(hex, "{byte:02x}");
    }
    StepId(hex)
}

#[cfg(test)]
mod tests;
