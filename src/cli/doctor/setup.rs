//! What is configured: the file itself, rules, exceptions, databases of addresses.

use super::super::args::Common;
use super::super::settings::{CLOCK, Config, Settings};
use super::super::{geoip, output, rule_set};
use super::check::Check;
use crate::detect::Exceptions;
use crate::engine::{RuleBook, RuleState};
use crate::event::GeoIp;
use crate::rule::{Pack, Standing};

/// Errors of rules that are listed one by one.
const LISTED: usize = 5;

/// The settings, also where the file is broken: then those of the command line alone.
pub(super) fn settings(common: &Common) -> (Settings, Check) {
    const NAME: &str = "configuration";
    let file = Settings::config_file(common);
    let shown = file.as_deref().map_or_else(|| "none: there is no home folder".to_owned(), output::path);
    match Settings::new(common.clone()) {
        Ok(settings) => {
            let exists = file.is_some_and(|file| file.exists());
            (settings, Check::ok(NAME, if exists { shown } else { format!("none; it would be {shown}") }))
        }
        Err(error) => {
            let settings =
                Settings { common: common.clone(), config: Config::default(), geoip: GeoIp::default(), now: CLOCK() };
            (settings, Check::failed(NAME, &error, "make it readable, or name another with --config"))
        }
    }
}

pub(super) fn checks(settings: &mut Settings) -> Vec<Check> {
    let databases = databases(settings);
    let mut checks = rules(settings);
    checks.extend([exceptions(settings), databases]);
    checks
}

/// Opens the databases too.
fn databases(settings: &mut Settings) -> Check {
    const NAME: &str = "geoip";
    match geoip::open(&settings.config.geoip) {
        Err(error) => Check::failed(NAME, &error, "name another file under [geoip]"),
        Ok(databases) => {
            settings.geoip = databases;
            let files = &settings.config.geoip;
            let named = [("city", &files.city), ("asn", &files.asn)];
            let named = named.iter().filter_map(|(key, path)| Some(format!("{key} {}", output::path(path.as_ref()?))));
            let named: Vec<String> = named.collect();
            let none = "no database: source.geo.* and source.as.* stay empty";
            Check::ok(NAME, if named.is_empty() { none.to_owned() } else { named.join(", ") })
        }
    }
}

fn rules(settings: &Settings) -> Vec<Check> {
    const NAME: &str = "rules";
    let pack = Pack::load(settings.rules(), settings.now);
    let entries = RuleBook::with_geoip(pack, Exceptions::default(), settings.geoip.clone()).entries();
    let count = |state: RuleState| entries.iter().filter(|entry| entry.state() == state).count() as u64;
    let named = settings.rules();
    let from = if named.is_empty() { "bundled".to_owned() } else { rule_set::names(named) };
    let mut says = format!("{} of {} run ({from})", count(RuleState::Runs), entries.len());
    for (state, what) in [(RuleState::Unsupported, "of types that do not run here"), (RuleState::NoRule, "no rule")] {
        if count(state) > 0 {
            says.push_str(&format!(", {} {what}", count(state)));
        }
    }
    let look = "watchfloor rules check PATH says of each file what it holds";
    let mut checks = vec![match count(RuleState::Runs) {
        0 => Check::fail(NAME, format!("{says}: nothing would be found"), look),
        _ => Check::ok(NAME, says),
    }];
    let errors = entries.iter().filter_map(|entry| match &entry.entry.standing {
        Standing::Error { error, .. } => Some(error),
        _ => None,
    });
    let errors: Vec<_> = errors.collect();
    checks.extend(errors.iter().take(LISTED).map(|error| Check::failed(NAME, &(*error).clone().into(), look)));
    if errors.len() > LISTED {
        checks.push(Check::fail(NAME, format!("{} more rules have errors", errors.len() - LISTED), look));
    }
    checks
}

fn exceptions(settings: &Settings) -> Check {
    const NAME: &str = "exceptions";
    let Some(path) = settings.exceptions() else { return Check::ok(NAME, "none") };
    if !path.exists() {
        let says = format!("there is no file {}", output::path(path));
        return Check::warn(
            NAME,
            says,
            "the first exception written in a console makes it; scan refuses it until then",
        );
    }
    match rule_set::read_exceptions(path) {
        Ok(exceptions) => Check::ok(NAME, format!("{} in {}", exceptions.len(), output::path(path))),
        Err(error) => Check::failed(NAME, &error, "make the file readable for you"),
    }
}
