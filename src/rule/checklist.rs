//! The checklist that a rule's investigation guide becomes, see [`super::guide`].

use std::fmt;

use serde::{Deserialize, Serialize};

/// A step's id: stable as long as the step's own text and section kind stay, wherever it moves and whatever changes
/// around it. 12 lower-case hex digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StepId(pub String);

impl fmt::Display for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What a section of a guide is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SectionKind {
    /// Possible investigation steps.
    Investigation,
    /// False positive analysis.
    FalsePositives,
    /// Response and remediation.
    Response,
    /// Anything else: shown, without boxes to tick.
    Information,
}

/// The guide as a checklist.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Checklist {
    /// Text before the first section.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub intro: String,
    /// Its sections, in the guide's order.
    pub sections: Vec<Section>,
    /// Whether the rule has no guide, and these are three plain steps that fit any alert.
    #[serde(default)]
    pub plain: bool,
}

/// One section of the checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// What it is for.
    pub kind: SectionKind,
    /// Its heading.
    pub title: String,
    /// Text between the heading and the first step.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub intro: String,
    /// Its steps; for [`SectionKind::Information`] its bullets, not ticked.
    pub steps: Vec<ChecklistStep>,
    /// Text after the last step.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub outro: String,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChecklistStep {
    /// Its id.
    pub id: StepId,
    /// Number within the checklist, from 1; 0 for the bullets of [`SectionKind::Information`], which are not ticked.
    pub number: usize,
    /// The sub-heading it stands under, where its section has some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Text that stands right above it: between the step or sub-heading before, and this step.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub intro: String,
    /// What to do, as plain text: emphasis and code marks removed, a link kept as `text (URL)`.
    pub text: String,
    /// Nested bullets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<StepDetail>,
}

impl ChecklistStep {
    /// The searches that it offers, in the guide's order.
    #[must_use]
    pub fn searches(&self) -> Vec<&Pivot> {
        fn gather<'a>(details: &'a [StepDetail], found: &mut Vec<&'a Pivot>) {
            for detail in details {
                found.extend(&detail.pivot);
                gather(&detail.details, found);
            }
        }
        let mut found = Vec::new();
        gather(&self.details, &mut found);
        found
    }
}

/// A nested bullet of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepDetail {
    /// Its text, plain; of a pivot, its label.
    pub text: String,
    /// The search it offers, where it is a pivot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pivot: Option<Pivot>,
    /// Bullets nested further.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<Self>,
}

/// A search that a guide offers (`!{investigate{…}}`): events that match any group of conditions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pivot {
    /// What it looks for.
    pub label: String,
    /// More about it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Groups of conditions: all of a group must hold, any group suffices.
    #[serde(default)]
    pub providers: Vec<Vec<Provider>>,
    /// Where its window begins, e.g. `now-48h/h`.
    #[serde(default, rename = "relativeFrom", skip_serializing_if = "Option::is_none")]
    pub relative_from: Option<String>,
    /// Where its window ends, e.g. `now`.
    #[serde(default, rename = "relativeTo", skip_serializing_if = "Option::is_none")]
    pub relative_to: Option<String>,
}

/// One condition of a [`Pivot`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provider {
    /// The field.
    pub field: String,
    /// Whether the condition must not hold.
    #[serde(default)]
    pub excluded: bool,
    /// `phrase`, `exists`, `range` …
    #[serde(default, rename = "queryType")]
    pub query_type: String,
    /// The value; `{{field}}` stands for the alert's own value of that field. What is no text in the guide is here as
    /// JSON.
    #[serde(default, deserialize_with = "text_or_json")]
    pub value: String,
    /// `string`, `number` …
    #[serde(default, rename = "valueType")]
    pub value_type: String,
}

fn text_or_json<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::Null => String::new(),
        serde_json::Value::String(text) => text,
        value => value.to_string(),
    })
}

impl Checklist {
    /// The steps that are ticked, in order: those of every section but [`SectionKind::Information`].
    pub fn steps(&self) -> impl Iterator<Item = &ChecklistStep> {
        self.sections.iter().filter(|s| s.kind != SectionKind::Information).flat_map(|s| &s.steps)
    }

    /// How many steps there are to tick.
    #[must_use]
    pub fn len(&self) -> usize {
        self.steps().count()
    }

    /// Whether there is nothing to tick.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps().next().is_none()
    }

    /// The step with this id, ticked or not.
    #[must_use]
    pub fn any_step(&self, id: &StepId) -> Option<&ChecklistStep> {
        self.sections.iter().flat_map(|section| &section.steps).find(|step| &step.id == id)
    }

    /// The step with this id.
    #[must_use]
    pub fn step(&self, id: &StepId) -> Option<&ChecklistStep> {
        self.steps().find(|s| &s.id == id)
    }
}
