//! Fields that nobody fills: ECS or the integration has them, and no CloudTrail record holds what they are made of. A rule
//! that asks for one gets no answer, and looks as well as any other; so whoever takes a query from a person asks here too.
//! [`super::UnknownField`] is for fields that nobody has.
//!
//! A document that others mapped may have any field: what is said here is said of records.

use super::fields_table::{DIGEST_MOVES, DIGEST_TIMES, MOVES, OTHERS, PARAMETERS, TLS_MOVES};
use super::{GeoIp, GeoIpKind};
use super::{entity, geoip, schema, user_agent};
use crate::query::FieldRef;

/// What a field lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lack {
    /// A database, which the configuration may name.
    Database(GeoIpKind),
    /// Anything that it could be made of.
    Record,
}

/// Fields that are made by the steps of `document`, beside those of `fields_table`.
const MADE: [&str; 32] = [
    "aws.cloudtrail.console_login.additional_eventdata.login_to",
    "aws.cloudtrail.console_login.additional_eventdata.mfa_used",
    "aws.cloudtrail.console_login.additional_eventdata.mobile_version",
    "aws.cloudtrail.flattened.insight_details",
    "aws.cloudtrail.resources.type",
    "aws.cloudtrail.tls_details.key_exchange",
    "aws.cloudtrail.user_identity.on_behalf_of.user_id",
    "cloud.provider",
    "cloud.service.name",
    "data_stream.dataset",
    "ecs.version",
    "event.category",
    "event.dataset",
    "event.kind",
    "event.module",
    "event.outcome",
    "event.type",
    "file.path",
    "group.id",
    "group.name",
    "related.hash",
    "related.hosts",
    "related.ip",
    "related.user",
    "service.name",
    "source.ip",
    "tls.version",
    "tls.version_protocol",
    "user.changes.name",
    "user.email",
    "user.target.id",
    "user.target.name",
];

/// What `field` lacks; `None` for one that a record can fill, and for one that is unknown altogether.
#[must_use]
pub fn lack(field: &FieldRef, databases: &GeoIp) -> Option<Lack> {
    if let Some(kind) = geoip::needed(field)
        && !databases.has(kind)
    {
        return Some(Lack::Database(kind));
    }
    let known = match field {
        FieldRef::Name(name) => schema::is_named(name),
        FieldRef::Pattern(_) => true,
        FieldRef::Every => false,
    };
    let filled = || {
        let mut filled = false;
        each(&mut |made| filled = filled || is_filled_by(field, made));
        filled
    };
    (known && !filled()).then_some(Lack::Record)
}

/// Calls `visit` with each field that can be made of a record.
fn each(visit: &mut dyn FnMut(&'static str)) {
    [MOVES, OTHERS, TLS_MOVES, DIGEST_MOVES, DIGEST_TIMES]
        .iter()
        .flat_map(|rows| rows.iter())
        .for_each(|(_, to)| visit(to));
    PARAMETERS.iter().flat_map(|(_, text, flattened)| [*text, *flattened]).for_each(&mut *visit);
    geoip::Field::ALL.iter().for_each(|(_, name)| visit(name));
    user_agent::Field::ALL.iter().for_each(|(_, name)| visit(name));
    entity::FIELDS.into_iter().for_each(&mut *visit);
    MADE.into_iter().for_each(visit);
}

/// Whether a record that has `made` answers for `field`.
fn is_filled_by(field: &FieldRef, made: &str) -> bool {
    let below = |name: &str, above: &str| name.strip_prefix(above).is_some_and(|rest| rest.starts_with('.'));
    match field {
        FieldRef::Name(name) => {
            let name = schema::text_twin(name).unwrap_or(name);
            // An object is there with its fields; below one of any shape there may be anything.
            name == made || below(made, name) || (below(name, made) && (schema::is_open(made) || is_point(made)))
        }
        FieldRef::Pattern(pattern) => {
            let certain = pattern.split('*').next().unwrap_or_default();
            field.covers(made) || (below(certain, made) && schema::is_open(made))
        }
        FieldRef::Every => true,
    }
}

/// A point has `lat` and `lon` below it.
fn is_point(made: &str) -> bool {
    made.ends_with(".location")
}

impl Lack {
    /// Why there is no answer: goes on behind the fields' names.
    #[must_use]
    pub fn why(self) -> &'static str {
        "which no CloudTrail record holds"
    }

    /// All fields that lack it, where they can be told in a word.
    #[must_use]
    pub fn fields(self) -> Option<&'static str> {
        match self {
            Self::Database(GeoIpKind::City) => Some("source.geo.*"),
            Self::Database(GeoIpKind::Asn) => Some("source.as.*"),
            Self::Record => None,
        }
    }

    /// What helps, where something does.
    #[must_use]
    pub fn advice(self) -> Option<&'static str> {
        match self {
            Self::Database(GeoIpKind::City) => {
                Some("name a MaxMind database as city under [geoip] in the configuration")
            }
            Self::Database(GeoIpKind::Asn) => Some("name a MaxMind database as asn under [geoip] in the configuration"),
            Self::Record => None,
        }
    }

    /// Both on one line.
    #[must_use]
    pub fn in_words(self) -> String {
        self.advice().map_or_else(|| self.why().to_owned(), |advice| format!("{}: {advice}", self.why()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::geoip::tests::databases;

    fn name(field: &str) -> FieldRef {
        FieldRef::Name(field.to_owned())
    }

    fn pattern(field: &str) -> FieldRef {
        FieldRef::Pattern(field.to_owned())
    }

    #[test]
    fn what_a_record_can_have_lacks_nothing() {
        let none = GeoIp::default();
        for field in [
            "event.action",
            "event",
            "@timestamp",
            "user.name",
            "user.name.text",
            "user_agent.name",
            "user_agent.os.full.text",
            "user_agent.device",
            "user.target.entity.id",
            "entity.id",
            "related.entity",
            "source.address",
            "source",
            "tls.client.server_name",
            "aws.cloudtrail.request_parameters",
            "aws.cloudtrail.request_parameters.text",
            "aws.cloudtrail.flattened.request_parameters.x.y",
            "aws.cloudtrail.flattened.digest.s3_bucket",
            "aws.cloudtrail.resources.arn",
            "aws.cloudtrail.user_identity.session_context.web_id_federation_data.attributes.aud",
            // Nobody has these, which is said elsewhere.
            "event.acton",
            "eventName",
        ] {
            assert_eq!(lack(&name(field), &none), None, "{field}");
        }
        for field in ["event.*", "*.name", "aws.cloudtrail.flattened.request_parameters.x*", "user.name*"] {
            assert_eq!(lack(&pattern(field), &none), None, "{field}");
        }
        assert_eq!(lack(&FieldRef::Every, &none), None);
    }

    #[test]
    fn what_none_can_have_is_said_and_what_a_database_would_tell() {
        let none = GeoIp::default();
        for field in [
            "process.name",
            "host.name",
            "host.os.type",
            "destination.ip",
            "event.original",
            "event.code",
            "user.domain",
            "user.entity.name",
            "entity.target.name",
            "labels.team",
            "message",
            "source.port",
            "user_agent.os.type",
            "dns.question.name",
        ] {
            assert_eq!(lack(&name(field), &none), Some(Lack::Record), "{field}");
        }
        assert_eq!(lack(&pattern("process.*"), &none), Some(Lack::Record));
        let asn = Some(Lack::Database(GeoIpKind::Asn));
        assert_eq!(lack(&name("source.as.organization.name.text"), &none), asn);
        assert_eq!(lack(&pattern("source.as.*"), &none), asn);
        assert_eq!(lack(&name("source.geo.location.lat"), &none), Some(Lack::Database(GeoIpKind::City)));
        let both = databases("city");
        assert_eq!(lack(&name("source.as.organization.name.text"), &both), None);
        assert_eq!(lack(&name("source.geo.location.lat"), &both), None);
        assert_eq!(lack(&name("source.geo"), &both), None);
        assert_eq!(lack(&name("source.geo.timezone"), &both), Some(Lack::Record), "no database fills it");
    }

    #[test]
    fn each_field_is_named_once_and_by_the_schema() {
        let mut all = Vec::new();
        each(&mut |field| all.push(field));
        let nobodys = all.iter().filter(|field| !schema::is_named(field)).collect::<Vec<_>>();
        assert!(nobodys.is_empty(), "{nobodys:?}");
        for field in MADE.into_iter().chain(entity::FIELDS) {
            assert_eq!(all.iter().filter(|other| **other == field).count(), 1, "{field}");
        }
    }
}
