//! A data view: the fields of some indices, as Kibana lists them.

use serde::Deserialize;

/// One field of a data view.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Field {
    pub name: String,
    /// Kibana's type: `string`, `date`, `number` …, and `conflict` where indices disagree.
    #[serde(rename = "type", default)]
    pub kind: String,
    /// The types that the indices give it.
    #[serde(default)]
    pub es_types: Vec<String>,
    #[serde(default)]
    sub_type: SubType,
    /// Whether a script makes its values: such a field cannot be asked for here.
    #[serde(default)]
    pub scripted: bool,
}

/// What it is besides; also says of which field it is a second form, which does not matter here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct SubType {
    nested: Option<Nested>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Nested {
    path: String,
}

impl Field {
    /// Whether every index that has it makes keywords of it.
    pub(super) fn is_keyword(&self) -> bool {
        matches!(self.es_types.as_slice(), [one] if one == "keyword")
    }

    /// The path of the nested objects that hold it.
    pub(super) fn nested(&self) -> Option<&str> {
        self.sub_type.nested.as_ref().map(|nested| &*nested.path)
    }
}
