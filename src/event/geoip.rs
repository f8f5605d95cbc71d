//! Place and network of an address (`source.geo.*`, `source.as.*`) from databases in MaxMind's format, with the default
//! properties of Elastic's `geoip` processor.
//!
//! Whoever parses an event hands the databases in ([`super::Event::parse_with`]). A rule set carries the ones it was
//! made with, as fingerprints of rules that ask for places depend on them. Without databases the fields are missing.
//!
//! Looking up a field decodes nothing else of its record.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use maxminddb::{MaxMindDbError, PathElement, Reader, path};
use serde::Deserialize;
use serde_json::json;

use super::json::{Json, Object};
use super::tree::set_new;
use crate::query::FieldRef;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GeoIpKind {
    /// Places: City, Country or Enterprise, of GeoLite2, GeoIP2 or alike.
    City,
    /// Networks: GeoLite2 ASN, GeoIP2 ISP or alike.
    Asn,
}

impl GeoIpKind {
    /// What the names of its database types contain.
    fn types(self) -> &'static [&'static str] {
        match self {
            Self::City => &["City", "Country", "Enterprise"],
            Self::Asn => &["ASN", "ISP"],
        }
    }
}

impl fmt::Display for GeoIpKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.types().join(" or "))
    }
}

#[derive(Debug, thiserror::Error)]
pub enum BadGeoIp {
    #[error("no MaxMind database, or a damaged one: {0}")]
    Damaged(#[from] MaxMindDbError),
    #[error("a database of the type {found}; needed is one of the type {wanted}")]
    Other {
        /// The database's own name for its type.
        found: String,
        wanted: GeoIpKind,
    },
}

/// The databases, either of which may be missing. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct GeoIp {
    city: Option<Arc<Reader<Vec<u8>>>>,
    asn: Option<Arc<Reader<Vec<u8>>>>,
}

/// The database that a field of a query needs, if any.
#[must_use]
pub fn needed(field: &FieldRef) -> Option<GeoIpKind> {
    let certain = match field {
        FieldRef::Name(name) => name,
        FieldRef::Pattern(pattern) => pattern.split('*').next()?.trim_end_matches('.'),
        FieldRef::Every => return None,
    };
    needed_for(certain)
}

/// The same for a field name, or for all fields below it.
#[must_use]
pub fn needed_for(certain: &str) -> Option<GeoIpKind> {
    let below = |root: &str| certain.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    if below("source.geo") {
        Some(GeoIpKind::City)
    } else if below("source.as") {
        Some(GeoIpKind::Asn)
    } else {
        None
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    City,
    Continent,
    CountryCode,
    CountryName,
    Location,
    RegionCode,
    RegionName,
    Number,
    Organization,
}

impl Field {
    pub(super) const ALL: [(Self, &'static str); 9] = [
        (Self::City, "source.geo.city_name"),
        (Self::Continent, "source.geo.continent_name"),
        (Self::CountryCode, "source.geo.country_iso_code"),
        (Self::CountryName, "source.geo.country_name"),
        (Self::Location, "source.geo.location"),
        (Self::RegionCode, "source.geo.region_iso_code"),
        (Self::RegionName, "source.geo.region_name"),
        (Self::Number, "source.as.number"),
        (Self::Organization, "source.as.organization.name"),
    ];

    pub(super) fn of(name: &str) -> Option<Self> {
        let rest = name.strip_prefix("source.")?;
        // Most names end here.
        if !rest.starts_with("geo.") && !rest.starts_with("as.") {
            return None;
        }
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(field, _)| *field)
    }
}

#[derive(Debug, PartialEq)]
pub(super) enum Answer<'d> {
    Text(Cow<'d, str>),
    Number(u32),
    /// Latitude and longitude in degrees.
    Point(f64, f64),
}

impl From<Answer<'_>> for Json<'_> {
    fn from(answer: Answer<'_>) -> Self {
        match answer {
            Answer::Text(text) => text.into_owned().into(),
            Answer::Number(number) => Self::Number(number.into()),
            Answer::Point(lat, lon) => json!({"lat": lat, "lon": lon}).into(),
        }
    }
}

impl GeoIp {
    /// # Errors
    /// The bytes are no database, or one of another kind.
    pub fn add(&mut self, kind: GeoIpKind, bytes: Vec<u8>) -> Result<(), BadGeoIp> {
        let reader = Reader::from_source(bytes)?;
        let found = &reader.metadata().database_type;
        if !kind.types().iter().any(|part| found.contains(part)) {
            return Err(BadGeoIp::Other { found: found.clone(), wanted: kind });
        }
        *match kind {
            GeoIpKind::City => &mut self.city,
            GeoIpKind::Asn => &mut self.asn,
        } = Some(Arc::new(reader));
        Ok(())
    }

    fn reader(&self, kind: GeoIpKind) -> Option<&Reader<Vec<u8>>> {
        match kind {
            GeoIpKind::City => self.city.as_deref(),
            GeoIpKind::Asn => self.asn.as_deref(),
        }
    }

    #[must_use]
    pub fn has(&self, kind: GeoIpKind) -> bool {
        self.reader(kind).is_some()
    }

    pub(super) fn answer(&self, field: Field, address: IpAddr) -> Option<Answer<'_>> {
        let text = |path: &[PathElement<'_>]| self.read::<&str>(GeoIpKind::City, address, path).map(Cow::Borrowed);
        let text = match field {
            Field::City => text(&path!["city", "names", "en"])?,
            Field::Continent => text(&path!["continent", "names", "en"])?,
            Field::CountryCode => text(&path!["country", "iso_code"])?,
            Field::CountryName => text(&path!["country", "names", "en"])?,
            Field::RegionCode => {
                let (country, region) =
                    (text(&path!["country", "iso_code"])?, text(&path!["subdivisions", -1, "iso_code"])?);
                Cow::Owned(format!("{country}-{region}"))
            }
            Field::RegionName => text(&path!["subdivisions", -1, "names", "en"])?,
            Field::Organization => {
                Cow::Borrowed(self.read(GeoIpKind::Asn, address, &path!["autonomous_system_organization"])?)
            }
            Field::Number => {
                let number = self.read(GeoIpKind::Asn, address, &path!["autonomous_system_number"])?;
                return Some(Answer::Number(number));
            }
            Field::Location => {
                let degrees = |name| self.read::<f64>(GeoIpKind::City, address, &path!["location", name]);
                let (lat, lon) = (degrees("latitude")?, degrees("longitude")?);
                return (lat.is_finite() && lon.is_finite()).then_some(Answer::Point(lat, lon));
            }
        };
        (!text.is_empty()).then_some(Answer::Text(text))
    }

    /// The value at `path` of the record for `address`; `None` too where that cannot be decoded.
    fn read<'d, T: Deserialize<'d>>(&'d self, kind: GeoIpKind, address: IpAddr, path: &[PathElement<'_>]) -> Option<T> {
        self.reader(kind)?.lookup(address.to_canonical()).ok()?.decode_path(path).ok()?
    }

    /// Adds the fields for `address` to a document; those that it has already stay.
    pub(super) fn fill(&self, doc: &mut Object<'_>, address: IpAddr) {
        for (field, name) in Field::ALL {
            set_new(doc, name, self.answer(field, address));
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::Value;

    use super::*;

    /// A database of the fixtures.
    fn bytes(name: &str) -> Vec<u8> {
        std::fs::read(format!("{}/fixtures/geoip/{name}.mmdb", env!("CARGO_MANIFEST_DIR"))).unwrap()
    }

    pub(in crate::event) fn databases(city: &str) -> GeoIp {
        let mut databases = GeoIp::default();
        databases.add(GeoIpKind::City, bytes(city)).unwrap();
        databases.add(GeoIpKind::Asn, bytes("asn")).unwrap();
        databases
    }

    fn filled(databases: &GeoIp, address: &str) -> Value {
        let mut doc = Object::new();
        databases.fill(&mut doc, address.parse().unwrap());
        doc.remove("source").unwrap_or_default().into()
    }

    #[test]
    fn fills_in_what_elastics_processor_would() {
        let databases = databases("city");
        assert_eq!(
            filled(&databases, "192.0.2.40"),
            json!({
                "geo": {
                    "city_name": "Sampleton", "continent_name": "Europe", "country_iso_code": "XE",
                    "country_name": "Examplia", "location": {"lat": 10.5, "lon": -20.25},
                    "region_iso_code": "XE-UE", "region_name": "Upper Example",
                },
                "as": {"number": 64496, "organization": {"name": "Example Corp"}},
            })
        );
        // What a record lacks is missing, and nothing else with it.
        assert_eq!(
            filled(&databases, "198.51.100.23"),
            json!({
                "geo": {
                    "city_name": "Port Proof", "continent_name": "Asia", "country_iso_code": "XS",
                    "country_name": "Specimen Islands", "location": {"lat": -3.125, "lon": 151.0625},
                    "region_name": "Leeward",
                },
                "as": {"number": 64500, "organization": {"name": "Specimen Hosting"}},
            })
        );
        assert_eq!(filled(&databases, "203.0.113.7")["as"], json!({"number": 64511}));
        assert_eq!(filled(&databases, "2001:db8::1")["geo"]["city_name"], "Port Proof");
        assert_eq!(filled(&databases, "::ffff:192.0.2.40"), filled(&databases, "192.0.2.40"));
        for private in ["10.0.0.1", "192.168.1.1", "172.16.0.1", "127.0.0.1", "fd00::1", "::1"] {
            assert_eq!(filled(&databases, private), Value::Null, "{private}");
        }
    }

    #[test]
    fn a_database_of_countries_knows_no_more_than_countries() {
        assert_eq!(
            filled(&databases("country"), "192.0.2.40")["geo"],
            json!({"continent_name": "Europe", "country_iso_code": "XE", "country_name": "Examplia"})
        );
    }

    #[test]
    fn either_database_may_be_left_out() {
        let mut databases = GeoIp::default();
        assert_eq!(filled(&databases, "192.0.2.40"), Value::Null);
        databases.add(GeoIpKind::Asn, bytes("asn")).unwrap();
        assert_eq!(
            filled(&databases, "192.0.2.40"),
            json!({"as": {"number": 64496, "organization": {"name": "Example Corp"}}})
        );
    }

    #[test]
    fn what_is_no_such_database_is_refused() {
        let refused = |kind, bytes| GeoIp::default().add(kind, bytes).unwrap_err().to_string();
        assert_eq!(
            refused(GeoIpKind::City, bytes("asn")),
            "a database of the type GeoLite2-ASN; needed is one of the type City or Country or Enterprise"
        );
        assert_eq!(
            refused(GeoIpKind::Asn, bytes("city")),
            "a database of the type GeoLite2-City; needed is one of the type ASN or ISP"
        );
        let whole = bytes("city");
        for damaged in [Vec::new(), b"{}".to_vec(), whole[..whole.len() / 2].to_vec()] {
            assert!(refused(GeoIpKind::City, damaged).starts_with("no MaxMind database, or a damaged one: "));
        }
    }

    #[test]
    fn damage_among_the_records_is_no_panic() {
        let whole = bytes("city");
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 0xff;
            let mut databases = GeoIp::default();
            if databases.add(GeoIpKind::City, damaged).is_ok() {
                filled(&databases, "192.0.2.40");
                filled(&databases, "2001:db8::1");
            }
        }
    }

    #[test]
    fn fields_name_the_database_they_need() {
        for (field, kind) in [
            ("source.geo.city_name", Some(GeoIpKind::City)),
            ("source.geo", Some(GeoIpKind::City)),
            ("source.as.number", Some(GeoIpKind::Asn)),
            ("source.as.organization.name.text", Some(GeoIpKind::Asn)),
            ("source.asset", None),
            ("source.ip", None),
            ("destination.geo.city_name", None),
        ] {
            assert_eq!(needed(&FieldRef::Name(field.to_owned())), kind, "{field}");
        }
        let pattern = |text: &str| needed(&FieldRef::Pattern(text.to_owned()));
        assert_eq!(pattern("source.geo.*"), Some(GeoIpKind::City));
        assert_eq!(pattern("source.as.*name"), Some(GeoIpKind::Asn));
        assert_eq!(pattern("source.*"), None, "there are other fields");
        assert_eq!(needed(&FieldRef::Every), None);
        for (field, name) in Field::ALL {
            assert_eq!(Field::of(name), Some(field));
        }
        assert_eq!(Field::of("source.geo.timezone"), None);
    }
}
