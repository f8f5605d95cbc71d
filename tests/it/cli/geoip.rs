//! Places and networks of source addresses, from the databases that the configuration names.

use serde_json::{Value, json};

use super::*;

/// A configuration with both made-up databases.
fn config(desk: &Desk) -> String {
    let (city, asn) = (fixture("geoip/city.mmdb"), fixture("geoip/asn.mmdb"));
    desk.file("c.toml", format!("[geoip]\ncity = '{city}'\nasn = '{asn}'\n"))
}

/// A rule of our own, with this query and what else its type needs.
fn rule(kind: &str, query: &str, more: &str) -> String {
    format!(
        "[rule]\nname = 'Own {kind}'\nrule_id = '{kind}'\ndescription = 'd'\ntype = '{kind}'\nlanguage = 'kuery'\n\
         severity = 'low'\nrisk_score = 21\nfrom = 'now-60m'\ninterval = '10m'\nquery = '{query}'\n{more}"
    )
}

/// The part of a rule that says which field must hold a new term.
fn terms(field: &str) -> String {
    format!(
        "[rule.new_terms]\nfield = 'new_terms_fields'\nvalue = ['{field}']\n\
         [[rule.new_terms.history_window_start]]\nfield = 'history_window_start'\nvalue = 'now-7d'\n"
    )
}

#[test]
fn documents_and_alerts_say_where_and_whose_the_source_is() {
    let desk = Desk::new();
    let config = config(&desk);
    let single = fixture("shapes/single.json");
    let known = json!({
        "address": "192.0.2.40", "ip": "192.0.2.40",
        "geo": {
            "city_name": "Sampleton", "continent_name": "Europe", "country_iso_code": "XE", "country_name": "Examplia",
            "location": {"lat": 10.5, "lon": -20.25}, "region_iso_code": "XE-UE", "region_name": "Upper Example",
        },
        "as": {"number": 64496, "organization": {"name": "Example Corp"}},
    });
    for command in
        [&["ecs", &single][..], &["scan", &single, "--format", "ndjson"], &["query", "", &single, "--format", "ndjson"]]
    {
        let with = desk.run(&[command, &["--config", &config]].concat());
        assert_eq!(with.json()[0]["source"], known, "{command:?}");
        let without = desk.run(command);
        assert_eq!(without.json()[0]["source"], json!({"address": "192.0.2.40", "ip": "192.0.2.40"}), "{command:?}");
    }
    let fields = "source.as.number,source.geo.city_name";
    let shown =
        desk.run(&["query", "source.as.number >= 64496", &single, "--config", &config, "--fields", fields]).quiet();
    insta::assert_snapshot!(shown, @r"
    source.as.number  source.geo.city_name
    64496             Sampleton
    ");
}

#[test]
fn queries_ask_by_the_types_of_the_fields() {
    let desk = Desk::new();
    let config = config(&desk);
    let single = fixture("shapes/single.json");
    for (query, count) in [
        ("source.as.number: 64496", "1"),
        ("source.as.number > 64496", "0"),
        ("source.as.organization.name: Example*", "1"),
        ("source.as.organization.name: example*", "0"),
        ("source.as.organization.name.text: corp", "1"),
        ("source.geo.country_iso_code: (XE or XS) and source.geo.location: *", "1"),
        ("source.geo: * and source.as: *", "1"),
        ("not source.geo.city_name: *", "0"),
    ] {
        let ran = desk.run(&["query", query, &single, "--format", "count", "--config", &config]);
        assert_eq!(ran.quiet().trim(), count, "{query}");
    }
}

#[test]
fn a_database_that_cannot_serve_stops_whatever_reads_events() {
    let desk = Desk::new();
    let text = desk.file("text.mmdb", "no database");
    let cut = std::fs::read(fixture("geoip/city.mmdb")).unwrap();
    let cut = desk.file("cut.mmdb", &cut[..cut.len() / 2]);
    let folder = desk.path("").to_str().unwrap().to_owned();
    let (asn, city) = (fixture("geoip/asn.mmdb"), fixture("geoip/city.mmdb"));
    for (key, path, told) in [
        ("city", "/no/such.mmdb", "cannot be read: No such file or directory (os error 2)"),
        ("asn", &folder, "cannot be read: it is no regular file"),
        ("city", &text, "is no MaxMind database, or a damaged one: "),
        ("city", &cut, "is no MaxMind database, or a damaged one: "),
        (
            "city",
            &asn,
            "is a database of the type GeoLite2-ASN; needed is one of the type City or Country or Enterprise",
        ),
        ("asn", &city, "is a database of the type GeoLite2-City; needed is one of the type ASN or ISP"),
    ] {
        let told = format!("watchfloor: error: {path}, {key} under [geoip] in the configuration, {told}");
        let help = "help: name another file there, or leave the key out";
        let config = desk.file("c.toml", format!("[geoip]\n{key} = '{path}'\n"));
        for command in [
            &["scan", "fixtures/shapes"][..],
            &["ecs", "fixtures/shapes"],
            &["query", "", "fixtures/shapes"],
            &["watch", "fixtures"],
            &["replay"],
            &["report"],
        ] {
            let err = desk.run(&[command, &["--config", &config]].concat()).refused();
            assert!(err.starts_with(&told) && err.trim_end().ends_with(help), "{command:?}: {err}");
        }
        // What reads no events is not held up.
        assert!(!desk.run(&["audit", "verify", "--config", &config]).err.contains("geoip"));
    }
    let config = desk.file("c.toml", "[geoip]\nstreet = 'x'\n");
    let err = desk.run(&["scan", "fixtures/shapes", "--config", &config]).refused();
    assert!(err.contains("c.toml:2:1: unknown field `street`"), "{err}");
}

#[test]
fn rules_that_ask_without_a_database_are_named_once() {
    let desk = Desk::new();
    let config = config(&desk);
    let single = fixture("shapes/single.json");
    desk.file("rules/a.toml", rule("query", "event.action: * and not source.as.organization.name: Amazon*", ""));
    desk.file("rules/b.toml", rule("new_terms", "event.action: *", &terms("source.geo.country_iso_code")));
    let rules = desk.path("rules").to_str().unwrap().to_owned();
    let ran = desk.run(&["scan", &single, "--rules", &rules, "--format", "csv"]);
    insta::assert_snapshot!(ran.err, @r"
    watchfloor: warning: 1 rule never alerts on a record: it needs source.geo.*, which no CloudTrail record holds: name a MaxMind database as city under [geoip] in the configuration (Own new_terms)
    watchfloor: warning: 1 rule asks for source.as.*, which no CloudTrail record holds: name a MaxMind database as asn under [geoip] in the configuration (Own query)
    ");
    let ran = desk.run(&["scan", &single, "--rules", &rules, "--format", "csv", "--config", &config]);
    assert_eq!((ran.code, ran.err.as_str(), ran.out.lines().count()), (0, "", 3), "{}", ran.out);
    let ran = desk.run(&["query", "source.as.number: 1", &single, "--fields", "source.geo.city_name"]);
    insta::assert_snapshot!(ran.err, @r"
    watchfloor: warning: the query asks for source.geo.*, which no CloudTrail record holds: name a MaxMind database as city under [geoip] in the configuration
    watchfloor: warning: the query asks for source.as.*, which no CloudTrail record holds: name a MaxMind database as asn under [geoip] in the configuration
    ");
    // The bundled rule asks for nothing of the kind.
    assert_eq!(desk.run(&["scan", &single, "--format", "csv"]).err, "");
}

#[test]
fn a_network_not_seen_before_is_a_new_term() {
    let desk = Desk::new();
    let config = config(&desk);
    let rule = desk.file("r.toml", rule("new_terms", "event.action: StartExportTask", &terms("source.as.number")));
    let from = |id: &str, second, address: &str| export(id, second).replace("192.0.2.40", address);
    // Two addresses of one network, then another network, then the first again.
    let log = [
        from("a", 1, "192.0.2.40"),
        from("b", 2, "192.0.2.41"),
        from("c", 3, "198.51.100.200"),
        from("d", 4, "192.0.2.42"),
    ];
    let log = desk.file("log.ndjson", log.join("\n"));
    let args = ["scan", log.as_str(), "--rules", rule.as_str(), "--format", "ndjson"];
    let ran = desk.run(&[&args[..], &["--config", &config]].concat());
    let ids: Vec<Value> = ran.json().iter().map(|alert| alert["event"]["id"].clone()).collect();
    assert_eq!(ids, ["a", "c"], "{}", ran.err);
    assert_eq!(desk.run(&args).out, "", "without a database there is no term");
}
