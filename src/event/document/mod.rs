//! A CloudTrail record as a complete ECS document: the steps of Elastic's ingest pipeline, in its order, because later
//! steps give way to earlier ones.
//!
//! Added to what the pipeline itself writes: the constants its data stream sets (`event.dataset`,
//! `data_stream.dataset`, `event.module`). Left out: `event.original`, and the fields by which the pipeline says that a step
//! failed (`error.message`, and `event.kind` then being `pipeline_error`), since what a step cannot read is simply
//! missing here.

mod identity;
mod reverse;

use std::borrow::Cow;
use std::net::IpAddr;

use memchr::memmem;

pub use reverse::fields_of;
pub(super) use reverse::near_path;

use super::fields_table::{DIGEST_MOVES, DIGEST_TIMES, MOVES, PARAMETERS, TLS_MOVES};
use super::json::{Json, Object};
use super::record::{Raw, Record};
use super::tree::{get, set, set_new, take};
use super::{DATASET, GeoIp, MODULE, PROVIDER, category, java_tostring, prune, time, user_agent};

/// The version of ECS that the pipeline declares.
const ECS_VERSION: &str = "8.11.0";

/// The longest string, in UTF-16 units, whose object is kept in `aws.cloudtrail.flattened` too: Lucene's limit of a
/// term.
const FLATTENED_LIMIT: usize = 32_766;

/// The record's list of resources.
const RESOURCES: (&str, &str) = ("resources", "aws.cloudtrail.resources");

/// The ECS document of the record in `text`, which must have been checked, on top of `doc`: the fields the record came
/// wrapped in, or none. `geoip` says where addresses lie.
pub(super) fn build<'a>(text: &'a str, doc: Object<'a>, geoip: Option<&GeoIp>) -> Json<'a> {
    build_with(text, doc, geoip, &mut |_| {})
}

/// [`build`]; shows the record to `look`, without what is empty, before it is taken apart.
pub(super) fn build_with<'a>(
    text: &'a str,
    doc: Object<'a>,
    geoip: Option<&GeoIp>,
    look: &mut dyn FnMut(&Json<'a>),
) -> Json<'a> {
    let json = Json::read(text).into_object();
    let mut mapping = Mapping { json, doc, related: Vec::new(), geoip };
    mapping.run(look);
    let mut ecs = Json::Object(mapping.doc);
    drop_hollow(&mut ecs);
    ecs
}

/// The part of the document that is made of one member of the record alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Of `requestParameters`.
    Request,
    /// Of `responseElements`.
    Response,
    /// Of `resources`.
    Resources,
}

impl Part {
    /// The part that holds `field`, if one does.
    pub(super) fn of(field: &str) -> Option<Self> {
        if !field.starts_with("aws.cloudtrail.") {
            return None;
        }
        let is = |own| field.strip_prefix(own).is_some_and(|rest: &str| rest.is_empty() || rest.starts_with('.'));
        let [(_, request, flat_request), (_, response, flat_response), ..] = PARAMETERS;
        if is(request) || is(flat_request) {
            Some(Self::Request)
        } else if is(response) || is(flat_response) {
            Some(Self::Response)
        } else {
            is(RESOURCES.1).then_some(Self::Resources)
        }
    }

    /// Whether `field` can come of `text`, the member of the record. Names below `flattened` are the record's own: one that
    /// does not stand there, as it is or with an escape, is not there.
    pub(super) fn may_hold(self, text: &str, field: &str) -> bool {
        match field.strip_prefix("aws.cloudtrail.flattened.").and_then(|field| field.rsplit_once('.')) {
            Some((_, name)) => memmem::find(text.as_bytes(), name.as_bytes()).is_some() || text.contains('\\'),
            None => true,
        }
    }

    /// The record's member, unread.
    pub(super) fn member<'a>(self, record: &Record<'a>) -> Raw<'a> {
        match self {
            Self::Request => record.request_parameters,
            Self::Response => record.response_elements,
            Self::Resources => record.resources,
        }
    }

    /// The field that holds the member as it is.
    pub(super) fn flattened(self) -> Option<&'static str> {
        match self {
            Self::Request => Some(PARAMETERS[0].2),
            Self::Response => Some(PARAMETERS[1].2),
            Self::Resources => None,
        }
    }

    /// The key of the record's member.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Request => PARAMETERS[0].0,
            Self::Response => PARAMETERS[1].0,
            Self::Resources => RESOURCES.0,
        }
    }
}

/// One part of the document, made of `text`, the member of the record.
pub(super) fn build_part(part: Part, text: &str) -> Json<'_> {
    let mut json = Object::new();
    json.insert(part.key(), Json::read(text));
    let mut mapping = Mapping { json, doc: Object::new(), related: Vec::new(), geoip: None };
    let strings = mapping.prune();
    mapping.resources();
    mapping.parameters(strings);
    let mut ecs = Json::Object(mapping.doc);
    drop_hollow(&mut ecs);
    ecs
}

struct Mapping<'a, 'g> {
    /// What is left of the record.
    json: Object<'a>,
    /// The document so far.
    doc: Object<'a>,
    /// `related.user`.
    related: Vec<Cow<'a, str>>,
    geoip: Option<&'g GeoIp>,
}

impl<'a> Mapping<'a, '_> {
    fn run(&mut self, look: &mut dyn FnMut(&Json<'a>)) {
        let strings = self.prune();
        let record = Json::Object(std::mem::take(&mut self.json));
        look(&record);
        self.json = record.into_object();
        self.constants();
        self.times();
        self.actor();
        self.moves();
        self.resources();
        self.relate(&["requestParameters.userName", "requestParameters.newUserName", "responseElements.user.userId"]);
        self.console_login();
        self.categorise();
        self.digest();
        self.targets();
        self.tls();
        self.related();
        self.parameters(strings);
    }

    /// Drops what is empty. Answers the strings of the objects that are kept as such: they are made before.
    fn prune(&mut self) -> [Option<String>; 4] {
        let strings = PARAMETERS.map(|(key, ..)| self.json.get(key).and_then(java_tostring::to_string));
        self.json.retain(|value| {
            prune::prune(value);
            !prune::is_empty(value)
        });
        strings
    }

    /// The text at a path of the record.
    fn text(&self, path: &str) -> Option<&str> {
        get(&self.json, path)?.as_str()
    }

    /// The same, to put somewhere.
    fn shared(&self, path: &str) -> Option<Cow<'a, str>> {
        text_of(get(&self.json, path)?)
    }

    /// The instant at a path of the record, as the document writes it.
    fn instant(&self, path: &str) -> Option<String> {
        let at = match get(&self.json, path)? {
            Json::Number(number) => time::parse_event(&number.to_string()),
            text => time::parse_event(text.as_str()?),
        };
        at.map(time::format)
    }

    /// Moves a value out of the record; a field that the document has already stays as it is.
    fn rename(&mut self, from: &str, to: &'a str) {
        let value = take(&mut self.json, from);
        set_new(&mut self.doc, to, value);
    }

    fn copy(&mut self, from: &str, to: &'a str) {
        if let Some(value) = get(&self.json, from).cloned() {
            set(&mut self.doc, to, value);
        }
    }

    fn constants(&mut self) {
        for (field, value) in [
            ("event.dataset", DATASET),
            ("data_stream.dataset", DATASET),
            ("event.module", MODULE),
            ("cloud.provider", PROVIDER),
        ] {
            set_new(&mut self.doc, field, Some(value));
        }
        set(&mut self.doc, "ecs.version", ECS_VERSION);
    }

    fn times(&mut self) {
        for from in ["eventTime", "digestEndTime"] {
            if let Some(at) = self.instant(from) {
                set(&mut self.doc, "@timestamp", at);
            }
        }
        let created = self.text("userIdentity.sessionContext.attributes.creationDate").and_then(time::parse_any);
        let field = "aws.cloudtrail.user_identity.session_context.creation_date";
        set_new(&mut self.doc, field, created.map(time::format));
    }

    fn moves(&mut self) {
        if let Some(action) = self.json.get("eventName").and_then(plain_text) {
            set(&mut self.doc, "event.action", action);
        }
        self.copy("awsRegion", "cloud.region");
        let service = self.shared("eventSource").and_then(|source| without_end(source, ".amazonaws.com"));
        if let Some(managed) = self.json.get("managementEvent").and_then(java_tostring::to_string) {
            set_new(&mut self.doc, "aws.cloudtrail.management_event", Some(managed));
        }
        for (from, to) in MOVES {
            self.rename(from, to);
        }
        self.copy_in_doc("aws.cloudtrail.recipient_account_id", "cloud.account.id");
        self.rename("awsAccountId", "cloud.account.id");
        set_new(&mut self.doc, "cloud.service.name", service);
        if let Some(original) = get(&self.doc, "user_agent.original").and_then(text_of) {
            user_agent::fill(&mut self.doc, &original);
        }
        if let Some(text) = get(&self.doc, "source.address").and_then(text_of)
            && let Ok(address) = text.parse::<IpAddr>()
        {
            set(&mut self.doc, "source.ip", text);
            if let Some(geoip) = self.geoip {
                geoip.fill(&mut self.doc, address);
            }
        }
    }

    fn copy_in_doc(&mut self, from: &str, to: &'a str) {
        let value = get(&self.doc, from).cloned();
        set_new(&mut self.doc, to, value);
    }

    fn parameters(&mut self, strings: [Option<String>; 4]) {
        for ((key, field, flattened), string) in PARAMETERS.into_iter().zip(strings) {
            let Some(object) = take(&mut self.json, key) else { continue };
            // Where a name was moved out of it, the string is made of what is left.
            let moved = key == "additionalEventData" && self.text("eventName") == Some("UserAuthentication");
            let Some(string) = (if moved { java_tostring::to_string(&object) } else { string }) else { continue };
            if string.len() < FLATTENED_LIMIT || string.encode_utf16().count() < FLATTENED_LIMIT {
                set(&mut self.doc, flattened, object);
            }
            set(&mut self.doc, field, string);
        }
    }

    /// Resources without repetitions, in the order of the hash table that Elastic collects them in.
    fn resources(&mut self) {
        let (from, to) = RESOURCES;
        let Some(Json::List(resources)) = self.json.get(from) else {
            return self.rename(from, to);
        };
        let mut keyed = Vec::with_capacity(resources.len());
        for mut resource in resources.iter().filter_map(Json::as_object).cloned() {
            for (from, to) in [("ARN", "arn"), ("accountId", "account_id")] {
                if let Some(value) = take(&mut resource, from) {
                    set(&mut resource, to, value);
                }
            }
            let part = |name: &str| resource.get(name).and_then(java_tostring::to_string).unwrap_or_default();
            let key = format!("{}_{}_{}", part("arn"), part("account_id"), part("type"));
            keyed.push((Cow::Owned(key), Json::Object(resource)));
        }
        let unique = Object::of(keyed).into_members();
        let list: Vec<Json> = java_tostring::hash_order(unique, |(key, _)| key).map(|(_, resource)| resource).collect();
        set_new(&mut self.doc, to, Some(list));
    }

    fn console_login(&mut self) {
        if self.text("eventName") != Some("ConsoleLogin") {
            return;
        }
        for (from, to) in [
            ("additionalEventData.MobileVersion", "aws.cloudtrail.console_login.additional_eventdata.mobile_version"),
            ("additionalEventData.MFAUsed", "aws.cloudtrail.console_login.additional_eventdata.mfa_used"),
        ] {
            let answer = get(&self.json, from).map(|value| value.as_str() != Some("No"));
            set_new(&mut self.doc, to, answer);
        }
        self.copy("additionalEventData.LoginTo", "aws.cloudtrail.console_login.additional_eventdata.login_to");
    }

    fn categorise(&mut self) {
        let failed = ["aws.cloudtrail.error_code", "aws.cloudtrail.error_message"];
        let failed = failed.iter().any(|field| get(&self.doc, field).is_some());
        let mut outcome = Cow::Borrowed(if failed { "failure" } else { "success" });
        let action = get(&self.doc, "event.action").and_then(Json::as_str);
        if action == Some("ConsoleLogin")
            && let Some(login) = self.text("responseElements.ConsoleLogin")
        {
            outcome = login.to_lowercase().into();
        }
        let category = action.and_then(category::of);
        set(&mut self.doc, "event.kind", "event");
        set(&mut self.doc, "event.type", category.map_or(category::UNLISTED, |(_, types)| types).to_vec());
        set(&mut self.doc, "event.outcome", outcome);
        if let Some((categories, _)) = category {
            set(&mut self.doc, "event.category", categories.to_vec());
        }
    }

    fn digest(&mut self) {
        self.rename("digestS3Object", "file.path");
        for (from, to) in DIGEST_TIMES {
            let at = self.instant(from);
            set_new(&mut self.doc, to, at);
        }
        if let Some(hash) = self.shared("previousDigestHashValue") {
            set(&mut self.doc, "related.hash", vec![hash]);
        }
        for (from, to) in DIGEST_MOVES {
            self.rename(from, to);
        }
        self.rename("insightDetails", "aws.cloudtrail.flattened.insight_details");
    }

    fn tls(&mut self) {
        if let Some(version) = self.shared("tlsDetails.tlsVersion") {
            if version == "tlsVersion" {
                return;
            }
            if let Some((protocol, number)) = version.split_once('v') {
                set(&mut self.doc, "tls.version_protocol", protocol.to_lowercase());
                set(&mut self.doc, "tls.version", number.to_owned());
            } else {
                set(&mut self.doc, "tls.version", version);
            }
        }
        for (from, to) in TLS_MOVES {
            self.rename(from, to);
        }
        self.rename("tlsDetails.keyExchange", "aws.cloudtrail.tls_details.key_exchange");
    }
}

fn text_of<'a>(value: &Json<'a>) -> Option<Cow<'a, str>> {
    match value {
        Json::Text(text) => Some(text.clone()),
        _ => None,
    }
}

/// A scalar as text; objects and arrays as Java prints them.
fn plain_text<'a>(value: &Json<'a>) -> Option<Cow<'a, str>> {
    match value {
        Json::Text(text) => (!prune::is_empty_text(text)).then(|| text.clone()),
        other => java_tostring::to_string(other).map(Cow::Owned),
    }
}

/// A text without its end, where it has that end.
fn without_end<'a>(text: Cow<'a, str>, end: &str) -> Option<Cow<'a, str>> {
    match text {
        Cow::Borrowed(text) => text.strip_suffix(end).map(Cow::Borrowed),
        Cow::Owned(text) => text.strip_suffix(end).map(|text| Cow::Owned(text.to_owned())),
    }
}

/// Drops nulls, empty strings, objects and arrays, as the pipeline does in the end. `-` and `none` stay here.
fn drop_hollow(value: &mut Json<'_>) {
    let hollow = |value: &Json<'_>| prune::is_empty(value) && !matches!(value.as_str(), Some("-" | "none"));
    match value {
        Json::List(items) => items.retain_mut(|item| {
            drop_hollow(item);
            !hollow(item)
        }),
        Json::Object(object) => object.retain(|item| {
            drop_hollow(item);
            !hollow(item)
        }),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
