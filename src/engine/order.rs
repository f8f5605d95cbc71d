//! Where an event stands among others: by its time, then a tiebreaker where one is named, then what tells it from others:
//! its distinct id, or, of what has no id, its place. So neither threads nor the order of files change it.

use crate::event::Event;
use crate::query::{Document as _, Scalar};
use crate::trail::Origin;

use super::SortKey;

/// Fields that say in which order events are.
#[derive(Debug, Clone, Copy)]
pub struct OrderBy<'f> {
    pub time: &'f str,
    pub tiebreaker: Option<&'f str>,
}

impl OrderBy<'_> {
    /// The key by which an event is sorted. Events without a time are first.
    #[must_use]
    pub fn key(&self, event: &Event<'_>, origin: &Origin) -> SortKey {
        let time = event.instant(self.time).map_or(i64::MIN, |time| time.timestamp_micros());
        let mut rest = String::new();
        if let Some(field) = self.tiebreaker {
            // What has none is last.
            let mut least = "~".to_owned();
            event.any(field, &mut |value| {
                least = std::mem::take(&mut least).min(tiebreaker(value));
                false
            });
            rest.push_str(&least);
            rest.push('\0');
        }
        if event.id().starts_with("sha256:") {
            let (path, offset, _) = origin.columns();
            rest.push_str(&format!("p{}\0{offset:016x}", path.to_string_lossy()));
        } else {
            rest.push('i');
            rest.push_str(&event.distinct_id());
        }
        (time, rest)
    }
}

/// Text that sorts as the values do: numbers, then texts.
fn tiebreaker(value: Scalar<'_>) -> String {
    const SIGN: u64 = 1 << 63;
    #[expect(clippy::cast_precision_loss, reason = "what a float cannot tell apart, the whole number behind it does")]
    let (number, whole) = match value {
        Scalar::Int(whole) => (whole as f64, whole),
        Scalar::Float(number) => (number, 0),
        Scalar::Bool(truth) => (f64::from(u8::from(truth)), 0),
        Scalar::Str(text) => return format!("t{text}"),
    };
    let bits = number.to_bits();
    let ordered = if bits & SIGN == 0 { bits | SIGN } else { !bits };
    format!("n{ordered:016x}{:016x}", whole.cast_unsigned() ^ SIGN)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::event::GeoIp;

    fn order(events: &[(&str, u64, &str)], tiebreaker: Option<&str>) -> Vec<usize> {
        let geoip = GeoIp::default();
        let key = |(path, offset, text): &(&str, u64, &str)| {
            let event = Event::parse_any(text.as_bytes(), &geoip).unwrap();
            let origin = Origin::from_columns(Path::new(path), *offset, None);
            OrderBy { time: "@timestamp", tiebreaker }.key(&event, &origin)
        };
        let keys: Vec<SortKey> = events.iter().map(key).collect();
        let mut order: Vec<usize> = (0..events.len()).collect();
        order.sort_by(|a, b| keys[*a].cmp(&keys[*b]));
        order
    }

    #[test]
    fn time_then_tiebreaker_then_id_or_place() {
        let events = [
            ("b", 0, r#"{"@timestamp":2,"n":1}"#),
            ("a", 17, r#"{"@timestamp":2,"n":3}"#),
            ("a", 2, r#"{"@timestamp":2,"n":10}"#),
            ("z", 0, r#"{"@timestamp":2,"event.id":"x"}"#),
            ("a", 0, r#"{"@timestamp":1}"#),
            ("a", 1, r#"{"n":1}"#),
        ];
        assert_eq!(order(&events, None), [5, 4, 3, 2, 1, 0]);
        assert_eq!(order(&events, Some("n")), [5, 4, 0, 1, 2, 3]);
    }

    #[test]
    fn tiebreakers_sort_as_their_values_do() {
        let values = [
            Scalar::Float(-1e300),
            Scalar::Int(-2),
            Scalar::Int(-1),
            Scalar::Int(0),
            Scalar::Float(0.5),
            Scalar::Int(9),
            Scalar::Int(10),
            Scalar::Int(i64::MAX - 1),
            Scalar::Int(i64::MAX),
            Scalar::Str("10"),
            Scalar::Str("9"),
        ];
        assert!(values.map(tiebreaker).is_sorted());
        assert!(tiebreaker(Scalar::Str("é")).as_str() < "~");
    }
}
