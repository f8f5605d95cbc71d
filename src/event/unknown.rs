//! Fields that nobody has. A misspelt field matches nothing and says nothing, so whoever takes a field's name from a
//! person asks here first. A document may have fields of its own: whether one that was read does is for the caller to say.

use crate::diag::{self, Diagnostic, Span};
use crate::query::{FieldRef, kql::Node};

use super::document::near_path;
use super::schema;

/// The most names that are proposed in place of one.
const PROPOSED: usize = 3;

/// Unknown fields of one text that are told one by one, at most.
pub const TOLD: usize = 20;

/// A field, or a pattern of fields, that neither ECS nor Elastic's AWS integration has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownField {
    pub field: FieldRef,
    /// Where it is named.
    pub span: Span,
    /// Names that no event has and that are nearer than those that one has; see [`UnknownField::or_of`].
    nearer: Vec<String>,
}

/// The unknown fields that a query names, each once.
#[must_use]
pub fn unknown_fields(query: &Node) -> Vec<UnknownField> {
    let mut unknown: Vec<UnknownField> = Vec::new();
    for (field, span) in query.fields() {
        let below = |above: &UnknownField| match (&field, &above.field) {
            (FieldRef::Name(name) | FieldRef::Pattern(name), FieldRef::Name(above)) => {
                name.strip_prefix(above.as_str()).is_some_and(|rest| rest.starts_with('.'))
            }
            _ => false,
        };
        if !is_known(&field) && !unknown.iter().any(below) {
            unknown.push(UnknownField::new(field, span));
        }
    }
    unknown
}

/// What is to be said of a field that is named by itself, at `span`; `None` where it is known.
#[must_use]
pub fn unknown_field(name: &str, span: Span) -> Option<UnknownField> {
    let field = FieldRef::Name(name.to_owned());
    (!is_known(&field)).then(|| UnknownField::new(field, span))
}

fn is_known(field: &FieldRef) -> bool {
    match field {
        FieldRef::Name(name) => schema::is_named(name),
        FieldRef::Pattern(pattern) => {
            let certain = pattern.split('*').next().unwrap_or_default();
            schema::is_open(certain) || {
                let mut known = false;
                schema::each(&mut |name| known = known || field.covers(name));
                known
            }
        }
        FieldRef::Every => true,
    }
}

impl UnknownField {
    fn new(field: FieldRef, span: Span) -> Self {
        Self { field, span, nearer: Vec::new() }
    }

    /// The same where these names, of which some may be near, were as likely meant.
    #[must_use]
    pub fn or_of<'n>(self, names: impl IntoIterator<Item = &'n str>) -> Self {
        let near = diag::nearest(self.name(), names, (self.name().chars().count() / 4).clamp(1, 2));
        Self { nearer: near.into_iter().map(str::to_owned).collect(), ..self }
    }

    /// Fields that may have been meant. Compares the name with all there are: for the few that are told.
    #[must_use]
    pub fn near(&self) -> Vec<String> {
        match &self.field {
            _ if !self.nearer.is_empty() => self.nearer.clone(),
            FieldRef::Name(name) => near(name),
            FieldRef::Pattern(_) | FieldRef::Every => Vec::new(),
        }
    }

    /// The field, as it was named.
    #[must_use]
    pub fn name(&self) -> &str {
        match &self.field {
            FieldRef::Name(name) | FieldRef::Pattern(name) => name,
            FieldRef::Every => "*",
        }
    }

    /// What is wrong, as a sentence.
    #[must_use]
    pub fn message(&self) -> String {
        format!("`{}` is a field of neither ECS nor Elastic's AWS integration", self.name())
    }

    /// What to do about it.
    #[must_use]
    pub fn advice(&self) -> String {
        let near: Vec<String> = self.near().iter().map(|name| format!("`{name}`")).collect();
        match near.split_last() {
            None => {
                "check its spelling; what a request holds is below `aws.cloudtrail.flattened.request_parameters`".into()
            }
            Some((one, [])) => format!("did you mean {one}?"),
            Some((last, others)) => format!("did you mean {} or {last}?", others.join(", ")),
        }
    }

    /// Both on one line that is not cut before what was meant.
    #[must_use]
    pub fn brief(&self) -> String {
        format!("`{}` is no known field · {}", self.name(), self.advice())
    }

    /// Both, with the place in the text that names it.
    #[must_use]
    pub fn diagnostic(&self, text: &str) -> Diagnostic {
        Diagnostic::new(self.message()).at(text, self.span).help(self.advice())
    }
}

/// Fields that `name` may be meant for: by the name that CloudTrail's record has for it, by spelling, or by its end.
fn near(name: &str) -> Vec<String> {
    let of_record = near_path(name);
    if !of_record.is_empty() {
        return of_record.into_iter().take(PROPOSED).collect();
    }
    let mut names = Vec::new();
    schema::each(&mut |name| names.push(name.to_owned()));
    let most = (name.chars().count() / 4).clamp(1, 3);
    let mut near = diag::nearest(name, names.iter().map(String::as_str), most);
    if near.is_empty() && !name.is_empty() {
        let end = format!(".{}", name.to_lowercase());
        near = names.iter().map(String::as_str).filter(|name| name.ends_with(&end)).collect();
    }
    // Where several are as near, the shorter are the likelier.
    near.sort_by_key(|name| (name.len(), *name));
    near.dedup();
    near.into_iter().take(PROPOSED).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::kql::parse;

    #[test]
    fn fields_of_ecs_the_integration_and_open_objects_are_known() {
        for name in [
            "event.action",
            "event",
            "@timestamp",
            "user.name.text",
            "process.parent.pid",
            "aws.cloudtrail.flattened.request_parameters.bucketName",
            "aws.cloudtrail.flattened.newer.x",
            "labels.team",
            "source.geo.location.lat",
            "aws.cloudtrail.user_identity.session_context.web_id_federation_data.attributes.aud",
            "related.entity",
            "actor.entity.id",
            "tags",
        ] {
            assert_eq!(unknown_field(name, Span::default()), None, "{name}");
        }
    }

    #[test]
    fn what_was_meant_is_proposed() {
        for (name, expected) in [
            ("evnt.action", &["event.action"][..]),
            ("event.acton", &["event.action"]),
            ("Event.Action", &["event.action"]),
            ("source.adress", &["source.address"]),
            ("username", &["user.name"]),
            ("eventName", &["event.action"]),
            ("userIdentity.arn", &["aws.cloudtrail.user_identity.arn"]),
            ("sourceIPAddress", &["source.address"]),
            ("errorcode", &["aws.cloudtrail.error_code"]),
            ("requestParameters.bucketName", &["aws.cloudtrail.flattened.request_parameters.bucketName"]),
            ("action", &["event.action"]),
            ("user_identity.arn", &["aws.cloudtrail.user_identity.arn"]),
            ("something.else.entirely", &[]),
            ("", &[]),
        ] {
            let found = unknown_field(name, Span::default()).unwrap_or_else(|| panic!("{name} is known"));
            assert_eq!(found.near(), expected, "{name}");
        }
        let advice = |name: &str| unknown_field(name, Span::default()).unwrap().advice();
        assert_eq!(advice("evnt.action"), "did you mean `event.action`?");
        assert_eq!(advice("user.i"), "did you mean `user.id`?");
        assert!(advice("qwertyuiop").starts_with("check its spelling"));
    }

    #[test]
    fn names_that_no_event_has_may_have_been_meant_too() {
        let unknown = |name: &str| unknown_field(name, Span::default()).unwrap().or_of(["actor", "status"]);
        assert_eq!(
            (unknown("actr").near(), unknown("evnt.action").near()),
            (vec!["actor".to_owned()], vec!["event.action".to_owned()])
        );
    }

    #[test]
    fn each_unknown_field_of_a_query_is_named_at_its_place() {
        let found = |query: &str| -> Vec<String> {
            let place = |unknown: UnknownField| query[unknown.span.start..unknown.span.end].to_owned();
            unknown_fields(&parse(query).unwrap()).into_iter().map(place).collect()
        };
        assert_eq!(found("event.action: x and evnt.action: (y or z) and not evnt.action: *"), ["evnt.action"]);
        assert_eq!(found("custom:{ a: 1 and b*: 2 } or event.*: x or evnt*: y or x"), ["custom", "evnt*"]);
        assert_eq!(found("aws.cloudtrail.flattened.request_parameters.*: x or *: y or *.ip: z"), [""; 0]);
        let query = "evnt.action: x";
        assert_eq!(
            unknown_fields(&parse(query).unwrap())[0].diagnostic(query).to_string(),
            "1:1: `evnt.action` is a field of neither ECS nor Elastic's AWS integration\n  | evnt.action: x\n  | ^^^^^^^^^^^\n  help: did you mean `event.action`?"
        );
    }
}
