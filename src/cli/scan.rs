//! `watchfloor scan PATH…`: evaluates everything once and prints every alert, by event time, then event id; with
//! `--incidents` every incident, the most important first.

mod incidents;
mod ledger;
mod lines;

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::bail;

use super::formats::ScanFormat;
use super::input::Named;
use super::progress::Progress;
use super::settings::Settings;
use super::{Exit, output, rule_set, state};
use crate::detect::{Alert, Closing, RuleSet};
use crate::engine::{Collector, Figures, Input, Selection, Window, read_all};
use crate::triage::{Batch, NewAlert, Store};

/// What the command line asks for.
pub(super) struct Ask {
    pub paths: Vec<PathBuf>,
    pub incidents: bool,
    pub format: ScanFormat,
    pub fail_on_alert: bool,
}

pub(super) fn run(settings: &Settings, ask: &Ask) -> anyhow::Result<Exit> {
    let sources = Named::of(&ask.paths, settings)?;
    let window = settings.window()?;
    let rules = rule_set::rules(settings)?;
    rules.warn();
    let input = sources.find_for(&window, &rules.set)?;
    let store = match &settings.common.state {
        Some(path) if !settings.common.read_only => Some(state::open(path, false)?),
        _ => None,
    };
    let closings = match (&store, &settings.common.state) {
        (Some(store), _) => store.closings()?,
        (None, Some(path)) if path.exists() => state::read(path)?.closings()?,
        (None, _) => Vec::new(),
    };
    let set = match &store {
        None if ask.incidents || ask.format != ScanFormat::Ndjson => Arc::new(rules.set.without_documents()),
        _ => Arc::clone(&rules.set),
    };
    let mut pass = Pass { settings, window, set, input, store, closings, figures: Figures::default() };
    let alerts = if ask.incidents {
        incidents::print(&mut pass, &sources, ask.format)?
    } else {
        lines::print(&mut pass, ask.format)?
    };
    if ask.format == ScanFormat::Table || settings.common.stats {
        output::note(&format!(
            "{} in {}, rules: {}",
            output::count(alerts, "alert"),
            covered(&pass.figures),
            pass.set.rules().len()
        ));
    }
    if ask.fail_on_alert && alerts > 0 {
        return Ok(Exit::Alerts);
    }
    Ok(rules.exit(sources.exit(&pass.input, &pass.figures)))
}

/// `3 files, 120 events of which could match`.
fn covered(figures: &Figures) -> String {
    let (events, mut files) = (output::count(figures.events, "event"), output::count(figures.files, "file"));
    if figures.documents > 0 {
        let documents = output::count(figures.documents, "document");
        files = if figures.files == 0 { documents } else { format!("{files} and {documents}") };
    }
    if figures.skipped() { format!("{files}, {events} of which could match") } else { format!("{events} of {files}") }
}

/// The log, read once for its alerts.
struct Pass<'s> {
    settings: &'s Settings,
    window: Window,
    set: Arc<RuleSet>,
    input: Input,
    /// Where alerts are recorded.
    store: Option<Store>,
    /// Which alerts stand closed.
    closings: Vec<Closing>,
    figures: Figures,
}

impl Pass<'_> {
    /// Has `make` make something of every alert, on many threads, and `take` take it, in no order. An event that was
    /// delivered twice raises its alert twice.
    fn alerts<T: Send>(
        &mut self,
        make: impl Fn(&Alert) -> anyhow::Result<T> + Sync,
        mut take: impl FnMut(T) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let Self { settings, window, set, input, store, closings, figures } = self;
        let mut collector = Collector::new(set).within(window).after(std::mem::take(closings));
        let mut failure = None;
        let mut progress = Progress::new(input, settings);
        let kept = store.is_some();
        loop {
            let pass = read_all::<Vec<anyhow::Result<T>>>(
                input,
                settings.threads(),
                set.geoip(),
                Selection::for_rules(set, settings.common.every_record),
                |made, reading, event, record| {
                    let alerts = reading.evaluation.alerts.len();
                    reading.detect(event, set, record);
                    made.extend(reading.evaluation.alerts[alerts..].iter().map(&make));
                    if !kept {
                        reading.evaluation.alerts.clear();
                    }
                },
                |portion| {
                    progress.portion(&portion);
                    let evaluation = portion.reading.evaluation;
                    let taken = portion
                        .made
                        .into_iter()
                        .try_for_each(|made| take(made?))
                        .and_then(|()| record(evaluation.alerts, store.as_mut(), settings))
                        .and_then(|()| Ok(collector.take(evaluation.hits)?));
                    match taken {
                        Ok(()) => ControlFlow::Continue(()),
                        Err(error) => {
                            failure = Some(error);
                            ControlFlow::Break(())
                        }
                    }
                },
            );
            *figures += pass;
            if failure.is_some() || !input.reach_back(&mut collector) {
                break;
            }
            progress.turn(input);
        }
        progress.finish(figures);
        if let Some(error) = failure {
            return Err(error);
        }
        if figures.is_failure() {
            bail!("nothing could be read");
        }
        let lost = collector.finish(
            settings.threads(),
            |alert, _| Ok((make(&alert)?, kept.then_some(alert))),
            |(made, alert)| {
                take(made)?;
                record(Vec::from_iter(alert), store.as_mut(), settings)
            },
        )?;
        lost.iter().for_each(|lost| output::warning(lost));
        Ok(())
    }
}

fn record(alerts: Vec<Alert>, store: Option<&mut Store>, settings: &Settings) -> anyhow::Result<()> {
    if let Some(store) = store.filter(|_| !alerts.is_empty()) {
        let found = |alert| NewAlert { alert, found: settings.now, late: false, held: false };
        let alerts: Vec<NewAlert> = alerts.into_iter().map(found).collect();
        store.record(Batch { alerts: &alerts, ..Batch::default() })?;
    }
    Ok(())
}
