//! Investigation guides as checklists: layouts of our own, and every guide that Elastic publishes.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;

use watchfloor::rule::{Checklist, SectionKind, StepDetail, guide};

use crate::rules::shared;

/// Each file in `tests/guides` is a guide in one hand; the snapshot is the checklist it must give.
#[test]
fn every_layout_gives_its_checklist() {
    for entry in std::fs::read_dir("tests/guides").unwrap() {
        let path = entry.unwrap().path();
        let note = std::fs::read_to_string(&path).unwrap();
        let list = guide::checklist(Some(&note));
        nothing_is_lost(&note, &list, &path);
        let shown = shape(&list);
        insta::with_settings!({ prepend_module_to_snapshot => false, snapshot_path => "snapshots/guides" }, {
            insta::assert_snapshot!(path.file_name().unwrap().to_str().unwrap(), shown);
        });
    }
}

#[allow(clippy::print_stdout, reason = "the counts are worth reading")]
#[test]
fn no_word_of_a_published_guide_is_lost_on_the_way_to_the_checklist() {
    let Some(folder) = shared("conformance/rules/aws") else { return };
    let (mut guides, mut sections, mut steps, mut details, mut pivots) = (0, 0, 0, 0, 0);
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file: toml::Table = std::fs::read_to_string(&path).unwrap().parse().unwrap();
        let note = file["rule"]["note"].as_str().unwrap();
        let list = guide::checklist(Some(note));
        nothing_is_lost(note, &list, &path);
        assert!(!list.plain, "{}", path.display());
        let of = |kind| list.sections.iter().filter(|s| s.kind == kind && !s.steps.is_empty()).count();
        assert_eq!(of(SectionKind::Investigation), 1, "{}", path.display());
        assert_eq!(of(SectionKind::FalsePositives), usize::from(note.contains("# False ")), "{}", path.display());
        assert_eq!(of(SectionKind::Response), 1, "{}", path.display());
        guides += 1;
        sections += list.sections.len();
        steps += list.len();
        for step in list.sections.iter().flat_map(|s| &s.steps) {
            let (mut below, mut offered) = (0, 0);
            count_details(&step.details, &mut below, &mut offered);
            details += below;
            pivots += offered;
        }
    }
    println!("{guides} guides: {sections} sections, {steps} steps to tick, {details} details, {pivots} pivots");
}

/// Every word of the guide outside of searches, comments and fences is in the checklist as often, but for the headings
/// that open a guide and repeat the rule's name; every search that can be read is a pivot.
fn nothing_is_lost(note: &str, list: &Checklist, path: &Path) {
    let mut found = words(&everything(list));
    let left_out = |line: &&str| {
        let words = line.trim_start_matches(['#', '*', ' ']).to_lowercase();
        let opens = (line.starts_with('#') || line.starts_with("**"))
            && ["triage", "investigating", "investigation guide"].iter().any(|w| words.starts_with(w));
        opens || line.contains("!{") || line.contains("<!--") || line.contains("[TBC") || line.trim().starts_with("```")
    };
    let source = note.lines().filter(|line| !left_out(line)).collect::<Vec<_>>().join("\n");
    for (word, times) in words(&source) {
        let kept = found.remove(&word).unwrap_or(0);
        // The number of a list's item is the step's own.
        assert!(kept >= times || word.len() < 2, "{}: `{word}` {times} times, kept {kept}", path.display());
    }
    let (mut all, mut pivots) = (0, 0);
    for step in list.sections.iter().flat_map(|s| &s.steps) {
        count_details(&step.details, &mut all, &mut pivots);
    }
    assert_eq!(
        pivots,
        note.matches("{\"label\"").count() + note.matches("{\"description\"").count(),
        "{}",
        path.display()
    );
}

fn everything(list: &Checklist) -> String {
    let mut text = list.intro.clone();
    for section in &list.sections {
        let _ = write!(text, "\n{}\n{}\n{}", section.title, section.intro, section.outro);
        let mut group = None;
        for step in &section.steps {
            if step.group != group {
                let _ = write!(text, "\n{}", step.group.as_deref().unwrap_or_default());
                group.clone_from(&step.group);
            }
            let _ = write!(text, "\n{}\n{}", step.intro, step.text);
            write_details(&step.details, 0, &mut text);
        }
    }
    text
}

fn shape(list: &Checklist) -> String {
    let mut out = format!("plain: {}\nintro: {}\n", list.plain, list.intro);
    for section in &list.sections {
        let _ = writeln!(out, "\n{:?}: {}", section.kind, section.title);
        let mut named = |name: &str, text: &str, indent: usize| {
            if !text.is_empty() {
                let _ = writeln!(out, "{:indent$}{name}: {text}", "");
            }
        };
        named("intro", &section.intro, 2);
        for step in &section.steps {
            named("intro", &step.intro, 6);
            let mut details = String::new();
            write_details(&step.details, 6, &mut details);
            let group = step.group.as_ref().map(|group| format!("[{group}] ")).unwrap_or_default();
            named(&step.number.to_string(), &format!("{group}{}{details}", step.text), 4);
        }
        named("outro", &section.outro, 2);
    }
    out
}

fn write_details(details: &[StepDetail], indent: usize, text: &mut String) {
    for detail in details {
        let mark = if detail.pivot.is_some() { "? " } else { "- " };
        let _ = write!(text, "\n{:indent$}{mark}{}", "", detail.text);
        write_details(&detail.details, indent + 2, text);
    }
}

fn count_details(details: &[StepDetail], all: &mut usize, pivots: &mut usize) {
    for detail in details {
        *all += 1;
        *pivots += usize::from(detail.pivot.is_some());
        count_details(&detail.details, all, pivots);
    }
}

fn words(text: &str) -> HashMap<String, usize> {
    let mut words = HashMap::new();
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()) {
        *words.entry(word.to_owned()).or_insert(0) += 1;
    }
    words
}
