//! Databases of places and of networks (`geoip/`), in MaxMind's format, with made-up values for the documentation
//! addresses. The codes of countries are those that ISO leaves to users, the numbers of networks those for documentation.

use serde_json::{Value, json};

use super::Files;
use super::expected::{Expected, Outcome};
use super::mmdb::Database;

/// A place, as far as a database of countries knows it.
fn country(continent: &str, code: &str, name: &str) -> Value {
    json!({
        "continent": {"code": "XX", "names": {"en": continent}},
        "country": {"iso_code": code, "names": {"de": "nicht dieser", "en": name}},
        "registered_country": {"iso_code": "XZ", "names": {"en": "not this one"}},
    })
}

/// The same place with what a database of cities knows too.
fn city(country: &Value, more: &Value) -> Value {
    let mut record = country.clone();
    if let (Some(record), Some(more)) = (record.as_object_mut(), more.as_object()) {
        record.extend(more.clone());
    }
    record
}

fn network(number: u32, name: Option<&str>) -> Value {
    let mut record = json!({"autonomous_system_number": number});
    if let Some(name) = name {
        record["autonomous_system_organization"] = name.into();
    }
    record
}

/// Makes them all.
pub(crate) fn make(files: &mut Files, expected: &mut Expected) -> anyhow::Result<()> {
    let examplia = country("Europe", "XE", "Examplia");
    let specimen = country("Asia", "XS", "Specimen Islands");
    let office = json!({
        "city": {"names": {"en": "Sampleton"}},
        "subdivisions": [
            {"iso_code": "NO", "names": {"en": "North"}}, {"iso_code": "UE", "names": {"en": "Upper Example"}},
        ],
        "location": {"latitude": 10.5, "longitude": -20.25, "accuracy_radius": 10, "time_zone": "Etc/UTC"},
    });
    let harbour = json!({
        "city": {"names": {"en": "Port Proof"}}, "location": {"latitude": -3.125, "longitude": 151.0625},
        "subdivisions": [{"names": {"en": "Leeward"}}],
    });
    let places = [
        ("192.0.2.0", 24, &examplia, office),
        ("198.51.100.0", 25, &specimen, harbour),
        // Of some addresses only the country is known.
        ("198.51.100.128", 25, &specimen, json!({})),
        ("203.0.113.0", 24, &examplia, json!({"location": {"latitude": 11.5, "longitude": -21.75}})),
        ("2001:db8::", 32, &specimen, json!({"city": {"names": {"en": "Port Proof"}}})),
    ];
    let (mut cities, mut countries) = (Database::new("GeoLite2-City"), Database::new("GeoLite2-Country"));
    for (address, length, country, more) in places {
        cities.put(address.parse()?, length, &city(country, &more))?;
        countries.put(address.parse()?, length, country)?;
    }
    let mut networks = Database::new("GeoLite2-ASN");
    for (address, length, record) in [
        ("192.0.2.0", 24, network(64_496, Some("Example Corp"))),
        ("198.51.100.0", 24, network(64_500, Some("Specimen Hosting"))),
        ("203.0.113.0", 24, network(64_511, None)),
        ("2001:db8::", 32, network(65_551, Some("Specimen Hosting"))),
    ] {
        networks.put(address.parse()?, length, &record)?;
    }
    let mut add = |path: &str, database: Database, what| {
        let outcome =
            Outcome { content: "none", outcome: "no_log", records: Some(0), bad: 0, alerts: Vec::new(), what };
        expected.files.insert(path.to_owned(), outcome);
        files.insert(format!("fixtures/{path}"), database.finish()?);
        anyhow::Ok(())
    };
    add("geoip/city.mmdb", cities, "a database of places, made up")?;
    add("geoip/country.mmdb", countries, "the same places, by country alone")?;
    add("geoip/asn.mmdb", networks, "a database of networks, made up")
}
