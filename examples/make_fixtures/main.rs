//! Makes `fixtures/` and `assets/demo.ndjson.gz`: the same bytes on every run.
//!
//! ```sh
//! cargo run --example make_fixtures            # into this project
//! cargo run --example make_fixtures -- FOLDER  # somewhere else
//! ```
//!
//! The story (`story`, `attack`) is told; the day around it (`noise`, `people`) is rolled with a seeded generator.
//! Accounts, addresses, keys and domains are those reserved for documentation. A test makes the files again and
//! compares.

mod attack;
mod delivery;
mod ecs;
mod envelopes;
mod expected;
mod exports;
mod geoip;
mod mmdb;
mod noise;
mod oddities;
mod people;
mod rng;
mod shapes;
mod story;
mod who;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;

/// Files by their path from the project's root.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// Makes every file.
pub(crate) fn make() -> anyhow::Result<Files> {
    let mut log = shapes::Log::new("demo");
    story::tell(&mut log);
    noise::tell(&mut log);
    people::tell(&mut log);
    let mut files = Files::new();
    let mut expected = expected::Expected::default();
    delivery::deliver(&log, &mut files, &mut expected)?;
    oddities::make(&mut files, &mut expected)?;
    envelopes::make(&mut files, &mut expected)?;
    geoip::make(&mut files, &mut expected)?;
    expected.write(&mut files)?;
    Ok(files)
}

fn main() -> anyhow::Result<()> {
    let root = std::env::args_os().nth(1).map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    let old = root.join("fixtures");
    if old.exists() {
        fs::remove_dir_all(&old).with_context(|| format!("cannot clear {}", old.display()))?;
    }
    for (path, bytes) in make()? {
        let path = root.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}
