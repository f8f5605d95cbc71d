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

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SectionKind {
    Investigation,
    FalsePositives,
    Response,
    /// Anything else: shown, and not ticked.
    Information,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Checklist {
    /// Text before the first section.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub intro: String,
    pub sections: Vec<Section>,
    /// True for a rule without a guide: three plain steps that fit any alert.
    #[serde(default)]
    pub plain: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    pub kind: SectionKind,
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

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChecklistStep {
    pub id: StepId,
    /// Number within the checklist, from 1; 0 for the bullets of [`SectionKind::Information`], which are not ticked.
    pub number: usize,
    /// The sub-heading it stands under, where its section has some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Text between the step or sub-heading before and this step.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub intro: String,
    /// Plain text: emphasis and code marks removed, a link kept as `text (URL)`.
    pub text: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<StepDetail>,
}

impl ChecklistStep {
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
    /// Plain text; of a pivot, its label.
    pub text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pivot: Option<Pivot>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<Self>,
}

/// A search that a guide offers (`!{investigate{…}}`): events that match any group of conditions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pivot {
    pub label: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// All conditions of a group must hold; any group suffices.
    #[serde(default)]
    pub providers: Vec<Vec<Provider>>,
    /// Start of its window, e.g. `now-48h/h`.
    #[serde(default, rename = "relativeFrom", skip_serializing_if = "Option::is_none")]
    pub relative_from: Option<String>,
    /// End of its window, e.g. `now`.
    #[serde(default, rename = "relativeTo", skip_serializing_if = "Option::is_none")]
    pub relative_to: Option<String>,
}

/// One condition of a [`Pivot`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provider {
    pub field: String,
    /// The condition must not hold.
    #[serde(default)]
    pub excluded: bool,
    /// `phrase`, `exists`, `range` …
    #[serde(default, rename = "queryType")]
    pub query_type: String,
    /// `{{field}}` stands for the alert's own value of that field. A value that is not text in the guide is kept as
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
    /// The steps to tick, in order: those of every section but [`SectionKind::Information`].
    pub fn steps(&self) -> impl Iterator<Item = &ChecklistStep> {
        self.sections.iter().filter(|s| s.kind != SectionKind::Information).flat_map(|s| &s.steps)
    }

    /// How many steps to tick.
    #[must_use]
    pub fn len(&self) -> usize {
        self.steps().count()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps().next().is_none()
    }

    /// The step or bullet with this id.
    #[must_use]
    pub fn any_step(&self, id: &StepId) -> Option<&ChecklistStep> {
        self.sections.iter().flat_map(|section| &section.steps).find(|step| &step.id == id)
    }

    /// The step to tick with this id.
    #[must_use]
    pub fn step(&self, id: &StepId) -> Option<&ChecklistStep> {
        self.steps().find(|s| &s.id == id)
    }
}
