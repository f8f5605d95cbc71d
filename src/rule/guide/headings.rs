//! Recognises sections by the words that guides use in their headings.

use crate::rule::SectionKind;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heading {
    Section(SectionKind),
    /// The guide itself, or its introduction.
    Opening,
    Unknown,
}

/// The heading without its final colon.
pub(super) fn title(text: &str) -> &str {
    text.trim_end_matches([':', ' '])
}

/// The words in lower case, without punctuation.
fn words(text: &str) -> String {
    let text = text.to_lowercase().replace(['-', '_', '–'], " ").replace('&', "and");
    let trimmed = text.split_whitespace().map(|w| w.trim_matches(|c: char| !c.is_alphanumeric()));
    trimmed.filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ")
}

pub(super) fn classify(text: &str) -> Heading {
    let words = words(text);
    let any = |parts: &[&str]| parts.iter().any(|p| words.contains(p));
    // The name of the rule follows, and may hold any word.
    if words.starts_with("investigating ")
        || matches!(
            words.as_str(),
            "triage and analysis" | "triage" | "investigation guide" | "overview" | "analysis" | "introduction"
        )
    {
        Heading::Opening
    } else if any(&["false positive"]) {
        Heading::Section(SectionKind::FalsePositives)
    } else if any(&["remediation", "response", "containment", "mitigation", "recovery", "eradication"]) {
        Heading::Section(SectionKind::Response)
    } else if any(&["additional information", "related rule", "reference", "setup", "resources"]) {
        Heading::Section(SectionKind::Information)
    } else if words.starts_with("investigation")
        || (any(&["step"]) && any(&["investigat", "triage", "analysis"]))
        || matches!(words.as_str(), "investigate" | "possible investigations" | "how to investigate")
    {
        Heading::Section(SectionKind::Investigation)
    } else {
        Heading::Unknown
    }
}

/// Bold lines are also used for sub-headings, so only the usual names of sections count.
pub(super) fn classify_bold(text: &str) -> Heading {
    match words(text).as_str() {
        "possible investigation steps" | "possible investigation step" | "investigation steps" => {
            Heading::Section(SectionKind::Investigation)
        }
        "false positive analysis" | "false positives analysis" | "false positives" | "false positive" => {
            Heading::Section(SectionKind::FalsePositives)
        }
        "response and remediation" | "response and remediations" | "remediation and response" => {
            Heading::Section(SectionKind::Response)
        }
        "additional information" | "related rules" | "related rule" | "references" | "additional resources" => {
            Heading::Section(SectionKind::Information)
        }
        "triage and analysis" => Heading::Opening,
        words if words.starts_with("investigating ") => Heading::Opening,
        _ => Heading::Unknown,
    }
}

/// `Note: …` and the like are to read, not to do.
pub(super) fn is_remark(text: &str) -> bool {
    let words = words(text);
    ["note", "important", "warning", "caution", "tip", "disclaimer"]
        .iter()
        .any(|w| words.strip_prefix(w).is_some_and(|rest| rest.is_empty() || rest.starts_with(' ')))
}
