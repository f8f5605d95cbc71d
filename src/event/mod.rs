//! A record seen as an ECS event. Fields resolve on demand: the ones rules ask for most come straight from the record,
//! and the complete ECS document is built only when something needs it. Knows nothing of files or rules.
//!
//! The mapping follows Elastic's AWS integration; documents that are already ECS pass through.
//!
//! From the bytes up:
//!
//! - `scan` checks the whole record in one pass and hands out the members of its outer object as slices; `record` keeps
//!   those that matter. Nothing is built, so an event that no rule wants costs little more than that pass.
//! - `fields_table` says where each field comes from, once for all of these; its `resolve` answers the fields that decide
//!   about most events from those slices, with the help of `fast_fields`.
//! - `document` builds the rest as Elastic's ingest pipeline does, once per event, when a field asked for is not a fast one
//!   or somebody wants to see the document. `java_tostring` writes objects as the pipeline's host language prints them,
//!   `category` is its table of actions, and `json` the values that documents are made of.
//! - `entity` makes the ids of actors and targets that some of Elastic's rules ask for, only when one of them is.
//! - `envelope` reads documents that come from a shipper.
//! - `geoip` adds places and networks of addresses, where databases are handed in.
//! - `any` makes an event of any other JSON object, for queries that are told where its time stands.
//! - `user_agent` takes user agents apart.
//! - `unknown` finds names that no schema has, and suggests others.
//! - `absent` knows which fields of a schema nobody fills here.
//! - `distinct` tells events with the same id apart.
//! - [`schema`] gives fields their types, [`Identity`] says who acted, in words.
//!
//! Fast fields and the document must give the same answers; the tests compare them on every record there is, and on
//! records made up to be odd.

mod absent;
mod any;
mod category;
mod distinct;
mod document;
mod entity;
mod envelope;
mod error;
mod fast_fields;
mod fields;
mod fields_table;
mod geoip;
mod identity;
mod java_tostring;
mod json;
mod prune;
mod record;
mod scan;
mod schema;
mod time;
mod tree;
mod unknown;
mod user_agent;

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::OnceLock;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

pub use absent::{Lack, lack};
pub use distinct::{distinct_of, id_of, mark_of};
pub use document::fields_of;
pub use error::BadEvent;
pub use fields::EcsDocument;
pub use fields_table::literal;
pub use geoip::{BadGeoIp, GeoIp, GeoIpKind, needed as needs_geoip, needed_for as needs_geoip_for};
pub use identity::{Identity, IdentityKind, actor, actor_field, identity};
pub use schema::{named_fields, schema};
pub use unknown::{TOLD as UNKNOWN_TOLD, UnknownField, unknown_field, unknown_fields};

use crate::query::{Document, Scalar};
use crate::text::visible;
use document::Part;
use fast_fields::Hot;
use fields::Fields;
use geoip::Answer;
use json::Json;
use record::{Record, Shape};

/// The data set that rules name.
const DATASET: &str = "aws.cloudtrail";
/// The module of that data set.
const MODULE: &str = "aws";
const PROVIDER: &str = "aws";

/// One event: a CloudTrail record, or a document that a shipper made of one. Borrows the record's bytes.
#[derive(Debug)]
pub struct Event<'a> {
    form: Form<'a>,
    /// The document, of a record with its entities: filled at once for documents, on first need for records.
    ecs: OnceLock<Json<'a>>,
    /// The whole of a document to which entities were added.
    whole: OnceLock<Json<'a>>,
    /// Parts of it that are asked for alone.
    request: OnceLock<Json<'a>>,
    response: OnceLock<Json<'a>>,
    resources: OnceLock<Json<'a>>,
    /// Whom and what it is about; filled on first need, and empty for documents that others mapped.
    entities: OnceLock<Json<'static>>,
    id: OnceLock<Cow<'a, str>>,
    geoip: Option<&'a GeoIp>,
}

#[derive(Debug)]
enum Form<'a> {
    /// A CloudTrail record: its text, and the members of its outer object.
    Record(&'a str, Box<Record<'a>>),
    /// A document: its text, and the record it was made of where it still holds that.
    Document(&'a str, Option<String>),
}

impl<'a> Event<'a> {
    /// Reads one JSON object, from `{` to its matching `}`. All of it is checked: what is read here can be mapped and
    /// shown later without failing. Where a key is repeated the last one counts.
    ///
    /// # Errors
    /// Says what is wrong and at which byte, or that the object is neither a CloudTrail record nor an ECS document.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, BadEvent> {
        Self::read(bytes, None)
    }

    /// [`Self::parse`], with where addresses lie and whose they are from these databases.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_with(bytes: &'a [u8], geoip: &'a GeoIp) -> Result<Self, BadEvent> {
        Self::read(bytes, Some(geoip))
    }

    fn read(bytes: &'a [u8], geoip: Option<&'a GeoIp>) -> Result<Self, BadEvent> {
        let text = std::str::from_utf8(bytes).map_err(|error| BadEvent::Utf8 { offset: error.valid_up_to() })?;
        let record = Record::read(text)?;
        Ok(match record.shape() {
            Shape::CloudTrail => Self::new(Form::Record(text, Box::new(record)), geoip),
            Shape::Other => return Err(BadEvent::NotAnEvent),
            Shape::Ecs => {
                let wrapped = envelope::read(text, geoip)?;
                let mut event = Self::new(Form::Document(text, wrapped.record), geoip);
                event.ecs = OnceLock::from(wrapped.ecs);
                if wrapped.mapped {
                    event.entities = OnceLock::from(Json::Null);
                }
                event
            }
        })
    }

    fn new(form: Form<'a>, geoip: Option<&'a GeoIp>) -> Self {
        Self {
            form,
            ecs: OnceLock::new(),
            whole: OnceLock::new(),
            request: OnceLock::new(),
            response: OnceLock::new(),
            resources: OnceLock::new(),
            entities: OnceLock::new(),
            id: OnceLock::new(),
            geoip,
        }
    }

    /// The event's id: `event.id`, or, where the log gives none, `sha256:` and the hash of [`Self::raw`].
    pub fn id(&self) -> &str {
        self.id.get_or_init(|| {
            let id = match &self.form {
                Form::Record(_, record) => match fields_table::resolve(record, "event.id") {
                    Hot::Is(id) => return id,
                    Hot::Missing => None,
                    Hot::Each(_) | Hot::Cold => self.get("event.id"),
                },
                Form::Document(..) => self.get("event.id"),
            };
            Cow::Owned(id.filter(|id| !id.is_empty()).unwrap_or_else(|| content_id(self.raw())))
        })
    }

    /// The event's own time, `@timestamp`; `None` where the log gives none that can be read.
    #[must_use]
    pub fn time(&self) -> Option<DateTime<Utc>> {
        match &self.form {
            Form::Record(_, record) => fast_fields::instant(record),
            Form::Document(..) => time::parse_event(&self.get("@timestamp")?),
        }
    }

    /// Checks that it is an event: that it says when it happened and what was called, or, for a document, at least
    /// which data set it is of. Without these no rule that asks for a call could match it, and nobody would know.
    ///
    /// # Errors
    /// [`BadEvent::NoTime`], [`BadEvent::NoCall`], [`BadEvent::NotAnEvent`].
    pub fn check(&self) -> Result<DateTime<Utc>, BadEvent> {
        let Some(time) = self.time() else { return Err(self.without_time()) };
        match &self.form {
            Form::Record(_, record) => {
                let calls = [("eventName", record.event_name), ("eventSource", record.event_source)];
                let missing = calls.into_iter().find(|(_, raw)| matches!(raw, None | Some("null" | r#""""#)));
                missing.map_or(Ok(time), |(missing, _)| Err(BadEvent::NoCall { missing }))
            }
            Form::Document(..) => {
                const TELLING: [&str; 7] = [
                    "event.action",
                    "event.provider",
                    "event.dataset",
                    "data_stream.dataset",
                    "event.module",
                    "event.category",
                    "event.kind",
                ];
                let tells = TELLING.iter().any(|field| self.any(field, &mut |_| true));
                if tells { Ok(time) } else { Err(BadEvent::NotAnEvent) }
            }
        }
    }

    fn without_time(&self) -> BadEvent {
        let (field, found) = match &self.form {
            Form::Record(_, record) => ("eventTime", record.event_time.map(str::to_owned)),
            Form::Document(..) => ("@timestamp", self.get("@timestamp")),
        };
        let shown = |found: String| visible(&found.chars().take(40).collect::<String>()).into_owned();
        BadEvent::NoTime { field, found: found.map_or_else(|| "missing".to_owned(), shown) }
    }

    /// The CloudTrail record as the log holds it; the whole document where that no longer holds one.
    #[must_use]
    pub fn raw(&self) -> &str {
        match &self.form {
            Form::Document(_, Some(record)) => record,
            Form::Record(text, _) | Form::Document(text, None) => text,
        }
    }

    /// [`Self::raw`] as a JSON value.
    #[must_use]
    pub fn record(&self) -> Value {
        // The text was checked when the event was read.
        serde_json::from_str(self.raw()).unwrap_or_default()
    }

    /// The call's parameters, `requestParameters`, as the record has them: of a document without its record, the flattened
    /// field made of them. Null where there is no such object.
    #[must_use]
    pub fn request(&self) -> Value {
        self.object(Part::Request)
    }

    /// The call's answer, `responseElements`, in the same way.
    #[must_use]
    pub fn response(&self) -> Value {
        self.object(Part::Response)
    }

    /// What a type takes of the call's answer, [`Self::response`]: the rest is passed over.
    #[must_use]
    pub fn response_as<T: DeserializeOwned>(&self) -> Option<T> {
        match &self.form {
            Form::Record(_, record) => serde_json::from_str(Part::Response.member(record)?).ok(),
            Form::Document(..) => serde_json::from_value(self.response()).ok(),
        }
    }

    /// The accounts that the resources in the record belong to.
    #[must_use]
    pub fn resource_accounts(&self) -> Vec<String> {
        #[derive(Deserialize)]
        struct Resource {
            #[serde(rename = "accountId")]
            account: Option<String>,
        }
        let mut accounts = Vec::new();
        match &self.form {
            Form::Record(_, record) => {
                let resources: Option<Vec<Resource>> =
                    Part::Resources.member(record).and_then(|raw| serde_json::from_str(raw).ok());
                accounts.extend(resources.into_iter().flatten().filter_map(|resource| resource.account));
            }
            Form::Document(..) => {
                self.any("aws.cloudtrail.resources.account_id", &mut |account| {
                    accounts.push(account.to_string());
                    false
                });
            }
        }
        accounts
    }

    /// The complete ECS document, nested, without `event.original`. Built on first need; each call makes a copy.
    pub fn ecs(&self) -> Value {
        self.whole().clone().into()
    }

    /// [`Self::ecs`] as JSON, on one line.
    pub fn ecs_json(&self) -> String {
        // Writing it to memory does not fail: its keys are strings, its numbers finite.
        let mut json = serde_json::to_string(self.whole()).unwrap_or_default();
        // Alerts keep it, and there may be many.
        json.shrink_to_fit();
        json
    }

    fn document(&self) -> &Json<'a> {
        self.ecs.get_or_init(|| match &self.form {
            Form::Record(text, _) => {
                let mut entities = Json::Null;
                let look = &mut |record: &Json<'a>| entities = entity::build(record);
                let mut doc = document::build_with(text, json::Object::new(), self.geoip, look).into_object();
                if let Json::Object(entities) = &entities {
                    doc.add(entities);
                }
                Json::Object(doc)
            }
            // It was read with the event.
            Form::Document(..) => Json::Null,
        })
    }

    /// The document with its entities: all that can be asked for.
    fn whole(&self) -> &Json<'a> {
        if let Form::Record(..) = self.form {
            return self.document();
        }
        match self.entities() {
            Json::Object(entities) => self.whole.get_or_init(|| {
                let mut doc = self.document().clone().into_object();
                doc.add(entities);
                Json::Object(doc)
            }),
            _ => self.document(),
        }
    }

    fn entities(&self) -> &Json<'static> {
        self.entities.get_or_init(|| entity::read(self.raw()))
    }

    /// The first value of a field, as text.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<String> {
        let mut first = None;
        self.any(field, &mut |value| {
            first = Some(value.to_string());
            true
        });
        first
    }
}

impl Document for Event<'_> {
    fn any(&self, field: &str, test: &mut dyn FnMut(Scalar<'_>) -> bool) -> bool {
        if let Form::Record(_, record) = &self.form {
            match fields_table::resolve(record, field) {
                Hot::Is(text) => return test(Scalar::Str(&text)),
                Hot::Each(texts) => return texts.iter().any(|text| test(Scalar::Str(text))),
                Hot::Missing => return false,
                Hot::Cold => {}
            }
            if let Some(of_source) = geoip::Field::of(schema::text_twin(field).unwrap_or(field)) {
                return match self.of_source(record, of_source) {
                    Some(Answer::Text(text)) => test(Scalar::Str(&text)),
                    Some(Answer::Number(number)) => test(Scalar::Int(number.into())),
                    // A point is an object, which has no value of its own.
                    Some(Answer::Point(..)) | None => false,
                };
            }
            if self.ecs.get().is_none()
                && let Some(part) = Part::of(field)
            {
                return self.part(record, part, field).is_some_and(|doc| Fields(doc).any(field, test));
            }
        }
        if !entity::is_field(field) {
            return Fields(self.document()).any(field, test);
        }
        // A document may come with some of its own, to which those of its record are added.
        let whole = matches!(self.form, Form::Document(..)) || self.ecs.get().is_some();
        let fields = if whole { self.whole() } else { self.entities() };
        Fields(fields).any(field, test)
    }

    fn any_field(&self, test: &mut dyn FnMut(&str) -> bool) -> bool {
        Fields(self.whole()).any_field(test)
    }

    fn any_object(&self, path: &str, test: &mut dyn FnMut(&dyn Document) -> bool) -> bool {
        Fields(self.whole()).any_object(path, test)
    }
}

impl<'a> Event<'a> {
    /// The part of the document that one member of the record makes up; nothing where that cannot hold `field`.
    fn part(&self, record: &Record<'a>, part: Part, field: &str) -> Option<&Json<'a>> {
        let made = match part {
            Part::Request => &self.request,
            Part::Response => &self.response,
            Part::Resources => &self.resources,
        };
        part.member(record)
            .filter(|raw| part.may_hold(raw, field))
            .map(|raw| made.get_or_init(|| document::build_part(part, raw)))
    }

    /// A member of the record, or the flattened field made of it, where that is an object.
    fn object(&self, part: Part) -> Value {
        match &self.form {
            // The text was checked when the event was read.
            Form::Record(_, record) => {
                let own = part.member(record).and_then(|raw| serde_json::from_str(raw).ok());
                own.filter(Value::is_object).unwrap_or_default()
            }
            Form::Document(..) => {
                let own = Json::read(self.raw()).into_object().take(part.key());
                let flattened = || tree::get(self.document().as_object()?, part.flattened()?);
                let found = own.as_ref().filter(|own| own.as_object().is_some()).or_else(flattened);
                found.filter(|found| found.as_object().is_some()).cloned().map_or(Value::Null, Into::into)
            }
        }
    }

    /// What is known of the address that a record came from.
    fn of_source(&self, record: &Record<'_>, field: geoip::Field) -> Option<Answer<'_>> {
        let Hot::Is(address) = fields_table::resolve(record, "source.ip") else { return None };
        self.geoip?.answer(field, address.parse().ok()?)
    }
}

/// An id for an event that has none: the same record has the same id wherever it is found.
fn content_id(raw: &str) -> String {
    let mut id = String::from("sha256:");
    for byte in Sha256::digest(raw) {
        let _ = write!(id, "{byte:02x}");
    }
    id
}

#[cfg(test)]
mod tests;
