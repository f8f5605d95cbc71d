//! The tree: which files there are, what is in each, and writing them.

use std::fs;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context as _;
use chrono::{DateTime, TimeDelta, Utc};
use libdeflater::{CompressionLvl, Compressor};

use super::calls;
use super::cast::Cast;
use super::marked::{self, Kind};
use super::rng::Rng;
use super::shapes::{EAST, EUROPE, Event, Log, MAIN, WEST, at};

/// Accounts, and how many of 100 files are of each.
const ACCOUNTS: [(&str, u64); 6] = [
    (MAIN, 40),
    ("123456789012", 25),
    ("222222222222", 15),
    ("333333333333", 10),
    ("555555555555", 6),
    ("777788889999", 4),
];

/// Regions, and how many of 100 files are of each.
const REGIONS: [(&str, u64); 5] = [(EAST, 50), (EUROPE, 22), (WEST, 14), ("eu-central-1", 9), ("ap-southeast-2", 5)];

/// The stretch that the events are of: 30 days, in slots of 5 minutes.
const SLOTS: u64 = 30 * 24 * 12;
const SLOT: i64 = 300;

/// One file.
pub(crate) struct Planned {
    /// Its own stream of random numbers.
    name: String,
    account: &'static str,
    region: &'static str,
    /// When it is delivered.
    delivered: DateTime<Utc>,
    /// Its events, counted through all files.
    events: Range<u64>,
    /// Those that are marked.
    marked: Vec<(u64, Kind)>,
}

/// What was written.
#[derive(Default)]
pub(crate) struct Made {
    /// Bytes of JSON.
    pub(crate) raw: u64,
    /// Bytes in the files.
    pub(crate) stored: u64,
    /// Ids of the marked events.
    pub(crate) truth: Vec<(String, Kind)>,
}

/// One of `items`, as often as its weight of 100 says.
pub(crate) fn weighted<T: Copy>(rng: &mut Rng, items: &[(T, u64)]) -> Option<T> {
    let mut left = rng.below(items.iter().map(|(_, weight)| weight).sum());
    items.iter().find_map(|&(item, weight)| {
        let here = left < weight;
        left = left.wrapping_sub(weight);
        here.then_some(item)
    })
}

/// Files of `events` events in all.
pub(crate) fn plan(events: u64, seed: u64, small: bool) -> Vec<Planned> {
    let mut rng = Rng::named(&format!("{seed} plan"));
    let all = marked::choose(&mut rng, events);
    let mut files = Vec::new();
    let mut next = 0;
    while next < events {
        // Every power of two is as likely as the next: a few files hold most of the events.
        let least = if small { 1 << rng.below(4) } else { 50 << rng.below(5) };
        let end = events.min(next + least + rng.below(least));
        let slot = i64::try_from(rng.below(SLOTS)).unwrap_or_default();
        files.push(Planned {
            name: format!("{seed} file {}", files.len()),
            account: weighted(&mut rng, &ACCOUNTS).unwrap_or(MAIN),
            region: weighted(&mut rng, &REGIONS).unwrap_or(EAST),
            delivered: at(1, 0, 0, 0) + TimeDelta::seconds((slot + 2) * SLOT),
            events: next..end,
            marked: all.range(next..end).map(|(at, kind)| (*at, *kind)).collect(),
        });
        next = end;
    }
    files
}

/// Writes the files below `out` with `threads` threads.
pub(crate) fn write(out: &Path, plan: &[Planned], plain: bool, threads: usize) -> anyhow::Result<Made> {
    let cast = Cast::new();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut made = Made::default();
        let mut packer = Compressor::new(CompressionLvl::default());
        while let Some(file) = plan.get(next.fetch_add(1, Ordering::Relaxed)) {
            one(out, file, &cast, (!plain).then_some(&mut packer), &mut made)?;
        }
        Ok(made)
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.max(1)).map(|_| scope.spawn(work)).collect();
        let mut all = Made::default();
        for worker in workers {
            let made: anyhow::Result<Made> =
                worker.join().unwrap_or_else(|_| Err(anyhow::anyhow!("a thread has failed")));
            let made = made?;
            all.raw += made.raw;
            all.stored += made.stored;
            all.truth.extend(made.truth);
        }
        Ok(all)
    })
}

fn one(
    out: &Path,
    file: &Planned,
    cast: &Cast,
    packer: Option<&mut Compressor>,
    made: &mut Made,
) -> anyhow::Result<()> {
    let mut log = Log::new(&file.name);
    let content = content(&mut log, file, cast, made)?;
    let ending = if packer.is_some() { "json.gz" } else { "json" };
    let bytes = match packer {
        Some(packer) => {
            let mut packed = vec![0; packer.gzip_compress_bound(content.len())];
            let length = packer.gzip_compress(content.as_bytes(), &mut packed)?;
            packed.truncate(length);
            packed
        }
        None => content.into_bytes(),
    };
    made.stored += bytes.len() as u64;
    let (account, region, time) = (file.account, file.region, file.delivered);
    let folder = out.join(format!("AWSLogs/{account}/CloudTrail/{region}/{}", time.format("%Y/%m/%d")));
    let name = format!("{account}_CloudTrail_{region}_{}_{}", time.format("%Y%m%dT%H%MZ"), log.rng.alnum(16));
    let path = folder.join(format!("{name}.{ending}"));
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

/// What is in a file, as text.
fn content(log: &mut Log, file: &Planned, cast: &Cast, made: &mut Made) -> anyhow::Result<String> {
    for number in file.events.clone() {
        // Delivered about five minutes after it happened; some take longer.
        let late = if log.rng.chance(3) { 600 } else { 0 };
        let ago = 200 + late + log.rng.below(300);
        let time = file.delivered - TimeDelta::seconds(i64::try_from(ago).unwrap_or_default());
        let kind = file.marked.iter().find(|(at, _)| *at == number).map(|(_, kind)| *kind);
        match kind {
            Some(kind) => marked::tell(log, cast, kind, time, file.region),
            None => calls::tell(log, cast, time, file.region),
        }
        if let (Some(kind), Some(event)) = (kind, log.events.last()) {
            made.truth.push((event.id().to_owned(), kind));
        }
    }
    let mut events: Vec<&Event> = log.events.iter().collect();
    events.sort_by_key(|event| event.time);
    let mut text = String::from("{\"Records\":[");
    for (n, event) in events.iter().enumerate() {
        if n > 0 {
            text.push(',');
        }
        text.push_str(&serde_json::to_string(&event.record)?);
    }
    text.push_str("]}");
    // Another account's records are the same with its number; CloudTrail writes `&` as an escape.
    let text = text.replace(MAIN, file.account).replace('&', "\\u0026");
    made.raw += text.len() as u64;
    Ok(text)
}
