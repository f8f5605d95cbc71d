//! Any JSON object as an event: what other programs log, asked in the same language. Its fields are what it says; those
//! that the schema does not name have the type of their JSON value. Detection never sees one.

use std::sync::OnceLock;

use chrono::{DateTime, TimeDelta, Utc};

use super::json::Json;
use super::record::{Record, Shape};
use super::{BadEvent, Event, Form, GeoIp, envelope, time};
use crate::query::Document as _;

/// Below this, a number of milliseconds since 1970: no event of our time has so few seconds.
const MILLISECONDS: f64 = 1e8;

/// 100 nanoseconds since 1601, as Windows counts them, from 1970 to 2108: no event is from 1973 or 1974, the years that
/// these would be as nanoseconds since 1970.
const FILETIME: std::ops::Range<i64> = 116_444_736_000_000_000..160_000_000_000_000_000;

impl<'a> Event<'a> {
    /// [`Self::parse_with`], where a JSON object that is neither a record nor an ECS document is a document all the same.
    ///
    /// # Errors
    /// When it is no JSON object.
    pub fn parse_any(bytes: &'a [u8], geoip: &'a GeoIp) -> Result<Self, BadEvent> {
        let text = std::str::from_utf8(bytes).map_err(|error| BadEvent::Utf8 { offset: error.valid_up_to() })?;
        let record = Record::read(text)?;
        let read = match record.shape() {
            Shape::CloudTrail => Some(Self::new(Form::Record(text, Box::new(record)), Some(geoip))),
            Shape::Ecs => Self::parse_with(bytes, geoip).ok(),
            Shape::Other => None,
        };
        // Some names of members are common: a record says when it happened and what was called.
        let is_sound = |event: &Self| matches!(event.form, Form::Document(..)) || event.check().is_ok();
        if let Some(event) = read.filter(is_sound) {
            return Ok(event);
        }
        let mut event = Self::new(Form::Document(text, None), None);
        event.ecs = OnceLock::from(Json::Object(envelope::plain(text)));
        event.entities = OnceLock::from(Json::Null);
        Ok(event)
    }

    /// The instant in a field: as [`Self::time`] reads it, or a small number of milliseconds since 1970, or a large one of
    /// Windows.
    #[must_use]
    pub fn instant(&self, field: &str) -> Option<DateTime<Utc>> {
        if field == "@timestamp" && matches!(self.form, Form::Record(..)) {
            return self.time();
        }
        let mut first = None;
        self.any(field, &mut |value| {
            first = instant(&value.to_string());
            first.is_some()
        });
        first
    }
}

fn instant(text: &str) -> Option<DateTime<Utc>> {
    match (text.parse::<i64>(), text.parse::<f64>()) {
        (Ok(ticks), _) if FILETIME.contains(&ticks) => {
            DateTime::UNIX_EPOCH.checked_add_signed(TimeDelta::microseconds((ticks - FILETIME.start) / 10))
        }
        (_, Ok(number)) if number.abs() < MILLISECONDS => {
            #[expect(clippy::cast_possible_truncation, reason = "it is below 1e11 in microseconds")]
            let micros = (number * 1_000.0).round() as i64;
            DateTime::from_timestamp_micros(micros)
        }
        _ => time::parse_event(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(text: &str) -> Event<'_> {
        static NONE: std::sync::LazyLock<GeoIp> = std::sync::LazyLock::new(GeoIp::default);
        Event::parse_any(text.as_bytes(), &NONE).unwrap()
    }

    #[test]
    fn any_object_has_the_fields_that_it_says() {
        let plain = event(r#"{"event_type":"process","process":{"pid":[4,5]},"user.name":"alice","x":{"y":null}}"#);
        let get = |field| plain.get(field);
        assert_eq!(get("event_type").as_deref(), Some("process"));
        assert_eq!((get("process.pid").as_deref(), get("user.name").as_deref()), (Some("4"), Some("alice")));
        assert_eq!((get("x.y"), get("event.dataset"), plain.instant("@timestamp")), (None, None, None));
        assert!(plain.id().starts_with("sha256:"));
        // Neither what a text holds nor a call that is none decides.
        assert_eq!(event(r#"{"message":"{broken","n":1}"#).get("n").as_deref(), Some("1"));
        assert_eq!(event(r#"{"eventName":"x","n":1}"#).get("eventName").as_deref(), Some("x"));
    }

    #[test]
    fn a_record_and_a_document_are_what_they_always_are() {
        let record = r#"{"eventVersion":"1.11","eventTime":"2026-11-23T10:00:00Z","eventName":"A","eventSource":"s"}"#;
        let of_record = event(record);
        assert_eq!(of_record.get("event.action").as_deref(), Some("A"));
        assert_eq!(of_record.instant("@timestamp"), of_record.time());
        let document = r#"{"@timestamp":1000,"event.category":"a"}"#;
        assert_eq!(event(document).get("event.category").as_deref(), Some("a"));
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for text in ["[]", "{", "{\"a\":}", "x"] {
            assert!(Event::parse_any(text.as_bytes(), &GeoIp::default()).is_err(), "{text}");
        }
    }

    #[test]
    fn instants_are_read_in_every_form() {
        let at = |text: &str| instant(text).map(|at| at.timestamp_micros());
        assert_eq!(at("1"), Some(1_000));
        assert_eq!(at("-2"), Some(-2_000));
        assert_eq!(at("1.5"), Some(1_500));
        assert_eq!(at("70001"), Some(70_001_000));
        assert_eq!(at("2022-05-04T12:00:00.001Z"), Some(1_651_665_600_001_000));
        assert_eq!(at("1651665600001"), Some(1_651_665_600_001_000));
        assert_eq!(at("1651665600"), Some(1_651_665_600_000_000));
        assert_eq!(at("116444736000000000"), Some(0));
        assert_eq!(at("131485996510000010"), Some(1_504_126_051_000_001));
        assert_eq!(at("yesterday"), None);
    }
}
