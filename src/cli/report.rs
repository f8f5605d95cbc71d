//! `watchfloor report`, `audit verify` and `audit head`: print what the state contains. `audit restore` writes it to the
//! cluster where it is gone from there.

use std::collections::HashMap;
use std::io::Write as _;
use std::ops::ControlFlow;
use std::sync::Arc;

use anyhow::{anyhow, bail};

use super::formats::ReportFormat;
use super::settings::Settings;
use super::{Exit, cluster, output, rule_set, state};
use crate::detect::SequenceRecord;
use crate::event::Event;
use crate::investigate::{self, Facts, Scene, Surroundings, Why};
use crate::triage::audit::{Head, Verified};
use crate::triage::report::{Format, Report, ReportEntry, SequenceLine};
use crate::triage::shared::{self, Restored};
use crate::triage::{AuditError, Case, Decision};

pub(super) fn report(settings: &Settings, format: ReportFormat) -> anyhow::Result<Exit> {
    let window = settings.window()?;
    let rules = rule_set::rules(settings)?;
    rules.warn();
    let path = settings.state()?;
    let store = state::read(&path)?;
    let mut entries = Vec::new();
    let mut decisions: HashMap<_, Vec<Decision>> = HashMap::new();
    for decision in store.decisions_since(0)? {
        decisions.entry(decision.alert.clone()).or_default().push(decision);
    }
    let mut listed: HashMap<_, _> = store.alerts()?.into_iter().map(|l| (l.id.clone(), l)).collect();
    store.each_alert(|alert| {
        let Some(listed) = listed.remove(&alert.id).filter(|l| window.holds(Some(l.time))) else {
            return ControlFlow::Continue(());
        };
        let rule = rules.set.rule(&alert.rule_id);
        let (mut overview, mut findings) = (Vec::new(), Vec::new());
        if let (Some(rule), Ok(event)) = (rule, Event::parse_with(alert.raw.as_bytes(), &settings.geoip)) {
            let (facts, around) = (Facts::of(&event), Surroundings::default());
            overview = investigate::overview(rule, &event, &facts, &around);
            findings = investigate::findings(&facts, &around);
        }
        let case = Case::fold(decisions.get(&alert.id).into_iter().flatten());
        let checklist = rule.map(|rule| Arc::clone(&rule.checklist)).unwrap_or_default();
        let location = alert.origin.without_envelope().to_string();
        let of_sequence = alert.aggregate.iter().flat_map(|aggregate| &aggregate.sequence);
        let sequence = of_sequence.map(|record| sequence_line(record, settings)).collect();
        entries.push(ReportEntry { alert: listed, case, checklist, overview, findings, location, sequence });
        ControlFlow::Continue(())
    })?;
    let damage = store.damage();
    let told = damage.iter().map(ToString::to_string).chain(store.losses().iter().map(ToString::to_string));
    told.for_each(|text| output::warning(&format!("{}: {text}", output::path(&path))));
    let format = match format {
        ReportFormat::Markdown => Format::Markdown,
        ReportFormat::Html => Format::Html,
        ReportFormat::Json => Format::Json,
        ReportFormat::Csv => Format::Csv,
    };
    let mut out = output::stdout();
    Report::new(settings.now, settings.analyst()?, path.display().to_string(), entries).write(format, &mut out)?;
    out.flush()?;
    Ok(rules.exit(if damage.is_empty() { Exit::Done } else { Exit::Partly }))
}

/// What happened in an event of a sequence.
fn sequence_line(record: &SequenceRecord, settings: &Settings) -> SequenceLine {
    let event = Event::parse_with(record.raw.as_bytes(), &settings.geoip).ok();
    let scene = event.and_then(|event| Scene::of(&event, &record.origin(), Why::default()));
    let what = scene.map_or_else(String::new, |scene| {
        let Scene { actor, action, object, source, error, .. } = scene;
        let object = object.map(|object| format!("on {object}"));
        let source = (!source.is_empty()).then(|| format!("from {source}"));
        let said = [Some(actor), Some(action), object, source, error.map(|error| format!("({error})"))];
        said.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    });
    let location = record.origin().without_envelope().to_string();
    SequenceLine { event_id: record.id.clone(), time: record.time, what, record: location }
}

pub(super) fn head(settings: &Settings) -> anyhow::Result<Exit> {
    let mut out = output::stdout();
    writeln!(out, "{}", state::read(&settings.state()?)?.chain_head()?)?;
    out.flush()?;
    Ok(Exit::Done)
}

/// Writes what is missing of the team's log from the copy in the state.
pub(super) fn restore(settings: &Settings) -> anyhow::Result<Exit> {
    if settings.common.read_only {
        bail!("--read-only writes nothing to the cluster");
    }
    let path = settings.state()?;
    let mut store = state::read(&path)?;
    let Some(with) = store.shared_with()? else {
        bail!("{} has no copy of a team's decisions: name another state with --state", output::path(&path));
    };
    let client = cluster::of_name(&with.cluster, settings)?;
    let Restored { written, all } = shared::restore(&client, &mut store).map_err(|trouble| anyhow!("{trouble}"))?;
    let mut out = output::stdout();
    let name = crate::text::visible(client.name());
    writeln!(out, "cluster {name}: {written} of {all} decisions were missing, and are written")?;
    out.flush()?;
    Ok(Exit::Done)
}

/// Checks the audit chain, and that it contains a head noted earlier.
pub(super) fn verify(settings: &Settings, noted: Option<&Head>) -> anyhow::Result<Exit> {
    let path = settings.state()?;
    match state::read(&path)?.verify(noted) {
        Ok(verified) => {
            let mut out = output::stdout();
            let Verified { rows, alerts, switches, head } = verified;
            writeln!(out, "ok: {rows} decisions, chain head {head}; {alerts} alerts, {switches} switches of rules")?;
            out.flush()?;
            Ok(Exit::Done)
        }
        Err(AuditError::Broken { what, why }) => {
            output::error(&format!("{}: the audit chain is broken at {what}: {why}", output::path(&path)));
            Ok(Exit::Partly)
        }
        Err(error) => Err(error.into()),
    }
}
