//! The investigation guide: whatever the Markdown, the checklist has unique step ids and consecutive numbers, and no
//! letter of the guide is lost, as far as that can be said without reading Markdown a second time.

#![no_main]

use std::collections::HashSet;
use std::fmt::Write as _;

use libfuzzer_sys::fuzz_target;
use watchfloor::rule::{Checklist, StepDetail, SectionKind, guide};

fuzz_target!(|note: &str| {
    let list = guide::checklist(Some(note));
    assert_eq!(list, guide::checklist(Some(note)));
    assert!(!list.is_empty());
    let ids: HashSet<_> = list.sections.iter().flat_map(|s| &s.steps).map(|s| &s.id).collect();
    assert_eq!(ids.len(), list.sections.iter().map(|s| s.steps.len()).sum::<usize>());
    assert!(list.steps().map(|s| s.number).eq(1..=list.len()));
    for section in &list.sections {
        for step in &section.steps {
            assert_eq!(step.number == 0, section.kind == SectionKind::Information);
            assert!(!step.text.is_empty());
        }
    }
    if is_plain(note) {
        let (kept, said) = (letters(&everything(&list)), letters(note));
        for (letter, (kept, said)) in (b'A'..).zip(kept.into_iter().zip(said)) {
            assert!(kept >= said, "{:?}: {said} in the guide, {kept} in the checklist", char::from(letter));
        }
    }
});

/// Whether each letter of the guide should be in the checklist: no links, marks of code, entities or tags, and no
/// heading that merely opens the guide.
fn is_plain(note: &str) -> bool {
    let lower = note.to_lowercase();
    let opens = ["triag", "investigati", "overview", "analysis", "introduction", "tbc"];
    !note.contains(['[', '<', '&', '`', '~', '\\', '!', '\0']) && !opens.iter().any(|word| lower.contains(word))
}

fn letters(text: &str) -> [usize; 58] {
    let mut counts = [0; 58];
    for letter in text.bytes().filter(u8::is_ascii_alphabetic) {
        counts[usize::from(letter - b'A')] += 1;
    }
    counts
}

fn everything(list: &Checklist) -> String {
    let mut text = list.intro.clone();
    for section in &list.sections {
        let _ = write!(text, "\n{}\n{}\n{}", section.title, section.intro, section.outro);
        for step in &section.steps {
            let _ = write!(text, "\n{}\n{}\n{}", step.group.as_deref().unwrap_or_default(), step.intro, step.text);
            step.details.iter().for_each(|detail| details(detail, &mut text));
        }
    }
    text
}

fn details(detail: &StepDetail, text: &mut String) {
    let _ = write!(text, "\n{}", detail.text);
    detail.details.iter().for_each(|detail| details(detail, text));
}
