//! Decides what is a section, a sub-heading, a step or prose.

use super::blocks::{Block, Bold, Prose};
use super::headings::{Heading, classify, classify_bold, is_remark, title};
use super::step;
use crate::rule::{Checklist, ChecklistStep, Pivot, Section, SectionKind, StepDetail};

pub(super) fn collect(blocks: &[Block]) -> Checklist {
    let mut guide = Guide {
        bold_sections: !blocks.iter().any(|b| {
            matches!(b, Block::Heading { text, .. }
            if matches!(classify(text), Heading::Section(kind) if kind != SectionKind::Information))
        }),
        ..Guide::default()
    };
    for (i, block) in blocks.iter().enumerate() {
        guide.block(block, blocks.get(i + 1));
    }
    guide.finish()
}

#[derive(Default)]
struct Guide {
    /// Bold lines open sections, as in the published page.
    bold_sections: bool,
    intro: Vec<String>,
    /// Lists before the first section: they become steps where no section has any.
    loose: Vec<ChecklistStep>,
    sections: Vec<Section>,
    current: Option<Open>,
}

struct Open {
    section: Section,
    /// Its heading's level; bold lines count as the deepest.
    level: usize,
    group: Option<Group>,
    /// Prose without a place yet.
    pending: Vec<String>,
    /// Pivots in prose before the first step.
    pivots: Vec<StepDetail>,
}

struct Group {
    title: String,
    /// A step stands under it.
    used: bool,
}

impl Guide {
    fn block(&mut self, block: &Block, next: Option<&Block>) {
        match block {
            Block::Heading { text, .. } if title(text).is_empty() => {}
            Block::Heading { level, text } => self.heading(*level, text),
            Block::Prose(prose) if prose.bold == Bold::Whole && title(&prose.text).is_empty() => {}
            Block::Prose(prose) if prose.bold == Bold::Whole => self.bold_line(prose),
            Block::Prose(prose) => self.prose(prose, matches!(next, Some(Block::List(_)))),
            Block::Code(text) => match &mut self.current {
                Some(open) => open.code(text),
                None => self.intro.push(text.clone()),
            },
            Block::Table(rows) => match &mut self.current {
                Some(open) => open.pending.extend(rows.iter().cloned()),
                None => self.intro.extend(rows.iter().cloned()),
            },
            Block::List(items) => {
                let steps = items.iter().filter_map(|item| step_of(item));
                match &mut self.current {
                    Some(open) => steps.for_each(|step| open.step(step)),
                    None => self.loose.extend(steps),
                }
            }
        }
    }

    fn heading(&mut self, level: usize, text: &str) {
        match (classify(text), &mut self.current) {
            // A part of a section often has a similar name: `Containment` below `Response and remediation`.
            (Heading::Section(kind), Some(open)) if kind == open.section.kind && level > open.level => open.group(text),
            (Heading::Section(kind), _) => self.open(kind, text, level),
            (Heading::Opening, _) => self.close(),
            (Heading::Unknown, Some(open)) if level > open.level => open.group(text),
            (Heading::Unknown, _) => self.open(SectionKind::Information, text, level),
        }
    }

    fn bold_line(&mut self, prose: &Prose) {
        let known = if self.bold_sections { classify_bold(&prose.text) } else { Heading::Unknown };
        match (known, &mut self.current) {
            (Heading::Section(kind), _) => self.open(kind, &prose.text, usize::MAX),
            (Heading::Opening, None) => {}
            (_, Some(open)) => open.group(&prose.text),
            (_, None) => self.intro.push(prose.text.clone()),
        }
    }

    fn prose(&mut self, prose: &Prose, list_follows: bool) {
        let Some(open) = &mut self.current else {
            let labels = prose.pivots.iter().map(|pivot| pivot.label.clone());
            if prose.text.is_empty() {
                self.intro.extend(labels)
            } else {
                self.intro.push(prose.text.clone())
            }
            return;
        };
        let leads =
            prose.bold == Bold::Lead && open.section.kind != SectionKind::Information && !is_remark(&prose.text);
        if leads && list_follows && prose.text.ends_with(':') {
            open.group(&prose.text);
        } else if leads {
            let mut step = step(None, &prose.text);
            step.details.extend(prose.pivots.iter().map(pivot_detail));
            open.step(step);
        } else {
            let mut pivots = prose.pivots.iter().map(pivot_detail).collect();
            if prose.text.is_empty() {
                open.step(ChecklistStep { details: pivots, ..step(None, "") });
                return;
            }
            match open.section.steps.last_mut() {
                Some(step) => step.details.append(&mut pivots),
                None => open.pivots.append(&mut pivots),
            }
            open.pending.push(prose.text.clone());
        }
    }

    fn open(&mut self, kind: SectionKind, title: &str, level: usize) {
        self.close();
        self.current = Some(Open::new(kind, title, level));
    }

    fn close(&mut self) {
        self.sections.extend(self.current.take().map(Open::finish));
    }

    fn finish(mut self) -> Checklist {
        self.close();
        let mut sections = self.sections;
        let any = sections.iter().any(|s| s.kind != SectionKind::Information && !s.steps.is_empty());
        if !any && !self.loose.is_empty() {
            let mut open = Open::new(SectionKind::Investigation, "Investigation", 0);
            self.loose.into_iter().for_each(|step| open.step(step));
            sections.insert(0, open.finish());
        } else {
            for step in self.loose {
                self.intro.extend(Some(format!("- {}", step.text)).filter(|_| !step.text.is_empty()));
                self.intro.extend(step.details.iter().flat_map(|d| outline(d, usize::from(!step.text.is_empty()))));
            }
        }
        Checklist { intro: self.intro.join("\n"), sections, plain: false }
    }
}

impl Open {
    fn new(kind: SectionKind, heading: &str, level: usize) -> Self {
        let title = title(heading).to_owned();
        let section = Section { kind, title, intro: String::new(), steps: Vec::new(), outro: String::new() };
        Self { section, level, group: None, pending: Vec::new(), pivots: Vec::new() }
    }

    fn step(&mut self, mut step: ChecklistStep) {
        let pivot_alone = step.text.is_empty();
        if pivot_alone && let Some(last) = self.section.steps.last_mut() {
            last.details.append(&mut step.details);
            return;
        }
        if pivot_alone && let Some(first) = step.details.first() {
            step.text.clone_from(&first.text);
        }
        let above = self.take_pending();
        if self.section.steps.is_empty() && self.group.is_none() {
            self.section.intro = above;
        } else {
            step.intro = above;
        }
        step.details.append(&mut self.pivots);
        if let Some(group) = &mut self.group {
            group.used = true;
            step.group = Some(group.title.clone());
        }
        self.section.steps.push(step);
    }

    fn group(&mut self, heading: &str) {
        let title = title(heading);
        let empty = self.group.as_ref().is_some_and(|g| !g.used) && self.pending.is_empty();
        if let Some(group) = self.group.as_mut().filter(|_| empty) {
            group.title = format!("{} › {title}", group.title);
            return;
        }
        self.close_group();
        if self.section.steps.is_empty() {
            self.section.intro = self.take_pending();
        }
        self.group = Some(Group { title: title.to_owned(), used: false });
    }

    /// A sub-heading without bullets becomes a step.
    fn close_group(&mut self) {
        if let Some(group) = self.group.take_if(|group| !group.used) {
            let mut step = step(None, &group.title);
            step.details = self.pending.drain(..).map(detail).chain(self.pivots.drain(..)).collect();
            self.section.steps.push(step);
        }
    }

    fn code(&mut self, text: &str) {
        match self.section.steps.last_mut() {
            Some(step) if self.pending.is_empty() && self.group.as_ref().is_none_or(|g| g.used) => {
                step.details.push(detail(text.to_owned()));
            }
            _ => self.pending.push(text.to_owned()),
        }
    }

    fn take_pending(&mut self) -> String {
        std::mem::take(&mut self.pending).join("\n")
    }

    fn finish(mut self) -> Section {
        self.close_group();
        let ticked = self.section.kind != SectionKind::Information;
        if ticked && self.section.steps.is_empty() {
            self.section.steps = self.pending.drain(..).map(|text| step(None, &text)).collect();
        } else if self.section.steps.is_empty() {
            self.section.intro = self.take_pending();
        } else {
            self.section.outro = self.take_pending();
        }
        if !self.pivots.is_empty() {
            if self.section.steps.is_empty() {
                self.section.steps.push(step(None, &self.pivots[0].text));
            }
            self.section.steps.last_mut().into_iter().for_each(|step| step.details.append(&mut self.pivots));
        }
        self.section
    }
}

/// The step of one bullet; `None` for an empty one.
fn step_of(item: &[Block]) -> Option<ChecklistStep> {
    let mut blocks = item.iter();
    let mut step = step(None, "");
    if let Some(Block::Prose(first)) = item.first() {
        blocks.next();
        step.text.clone_from(&first.text);
        step.details.extend(first.pivots.iter().map(pivot_detail));
    }
    step.details.extend(blocks.flat_map(details_of));
    if step.text.is_empty() && step.details.iter().all(|d| d.pivot.is_none()) {
        // The bullet holds only bullets: its text is that of the first.
        let first = (!step.details.is_empty()).then(|| step.details.remove(0))?;
        step.text = first.text;
        step.details.splice(0..0, first.details);
    }
    Some(step)
}

fn details_of(block: &Block) -> Vec<StepDetail> {
    match block {
        Block::Heading { text, .. } | Block::Code(text) => vec![detail(text.clone())],
        Block::Prose(prose) => {
            let text = Some(prose.text.clone()).filter(|t| !t.is_empty()).map(detail);
            text.into_iter().chain(prose.pivots.iter().map(pivot_detail)).collect()
        }
        Block::Table(rows) => rows.iter().cloned().map(detail).collect(),
        Block::List(items) => items
            .iter()
            .filter_map(|item| {
                let mut all: Vec<StepDetail> = item.iter().flat_map(details_of).collect();
                let mut first = (!all.is_empty()).then(|| all.remove(0))?;
                first.details.append(&mut all);
                Some(first)
            })
            .collect(),
    }
}

fn detail(text: String) -> StepDetail {
    StepDetail { text, pivot: None, details: Vec::new() }
}

fn pivot_detail(pivot: &Pivot) -> StepDetail {
    StepDetail { text: pivot.label.clone(), pivot: Some(pivot.clone()), details: Vec::new() }
}

fn outline(detail: &StepDetail, depth: usize) -> Vec<String> {
    let mut lines = vec![format!("{}- {}", "  ".repeat(depth), detail.text)];
    lines.extend(detail.details.iter().flat_map(|d| outline(d, depth + 1)));
    lines
}
