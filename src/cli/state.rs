//! Opens the state, and `watchfloor state`: backup, archive and check.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::bail;

use super::settings::Settings;
use super::{Exit, output};
use crate::engine::TimeArg;
use crate::triage::{Access, Archived, OpenOptions, Store, StoreError, check};

/// Opens a state for writing. A `--read-only` console does so too: its analyst decides nothing, but findings from the
/// logs are still stored.
pub(super) fn open(path: &Path, shared: bool) -> Result<Store, StoreError> {
    Store::open_with(path, &OpenOptions { access: Access::ReadWrite, shared, ..OpenOptions::default() })
}

/// Opens a state for a console. If it can be read but not written, the console gets a temporary copy, and the reason.
pub(super) fn for_console(path: &Path, shared: bool) -> Result<(Store, Option<String>), StoreError> {
    let opened = open(path, shared).and_then(|store| match store.try_to_write() {
        // Locked: somebody else is writing right now.
        Ok(()) | Err(StoreError::Locked { .. }) => Ok(store),
        Err(error) => Err(error),
    });
    let error = match opened {
        Ok(store) => return Ok((store, None)),
        Err(error) if error.leaves_it_readable() => error,
        Err(error) => return Err(error),
    };
    let options = OpenOptions { access: Access::ReadOnly, shared, ..OpenOptions::default() };
    let Ok(copy) = Store::open_with(path, &options).and_then(|store| store.passing_copy()) else { return Err(error) };
    let why =
        format!("{error}. The console is read-only: it shows what the state holds, and keeps nothing of what it finds");
    output::warning(&why);
    Ok((copy, Some(why)))
}

pub(super) fn read(path: &Path) -> Result<Store, StoreError> {
    Store::open(path, Access::ReadOnly)
}

pub(super) fn backup(settings: &Settings, file: &Path, force: bool) -> anyhow::Result<Exit> {
    let done = read(&settings.state()?)?.back_up(file, force)?;
    let mut out = output::stdout();
    let (alerts, decisions) = (output::count(done.alerts, "alert"), output::count(done.decisions, "decision"));
    writeln!(out, "{}: {alerts}, {decisions}, {}", output::path(file), output::count(done.bytes, "byte"))?;
    out.flush()?;
    Ok(Exit::Done)
}

/// Moves alerts closed before this to an archive.
pub(super) fn archive(settings: &Settings, before: TimeArg, to: Option<&Path>) -> anyhow::Result<Exit> {
    if settings.common.read_only {
        bail!("--read-only leaves the state as it is: nothing can be moved out of it");
    }
    let path = settings.state()?;
    let before = before.resolve(settings.now);
    let to = to.map_or_else(
        || {
            let mut name = path.as_os_str().to_owned();
            name.push(settings.now.format("-archive-%Y%m%dT%H%M%SZ").to_string());
            PathBuf::from(name)
        },
        Path::to_owned,
    );
    read(&path)?;
    let done = open(&path, false)?.archive(before, &to)?;
    let mut out = output::stdout();
    if done == Archived::default() {
        writeln!(out, "{}: no alert was closed before {}", output::path(&path), before.format("%Y-%m-%dT%H:%M:%SZ"))?;
    } else {
        let (alerts, decisions) = (output::count(done.alerts, "alert"), output::count(done.decisions, "decision"));
        writeln!(out, "{}: {alerts}, {decisions}", output::path(&to))?;
    }
    if done.stayed > 0 {
        let stayed = output::count(done.stayed, "alert");
        output::warning(&format!("{stayed} changed meanwhile: in the archive as before, and still in the state"));
    }
    out.flush()?;
    Ok(Exit::Done)
}

/// Prints each problem of the state on a line.
pub(super) fn check(settings: &Settings) -> anyhow::Result<Exit> {
    let path = settings.state()?;
    let (found, about) = match read(&path) {
        Ok(store) => {
            // A chain that cannot be read is among the problems.
            let head =
                store.chain_head().map_or_else(|_| "no chain head".to_owned(), |head| format!("chain head {head}"));
            (check::check(&store)?, head)
        }
        Err(missing @ StoreError::Missing { .. }) => return Err(missing.into()),
        Err(error) => (vec![error.to_string()], String::new()),
    };
    let mut out = output::stdout();
    if found.is_empty() {
        writeln!(out, "ok: {}: nothing is wrong with it, {about}", output::path(&path))?;
    }
    for text in &found {
        writeln!(out, "{}", crate::text::visible(text))?;
    }
    out.flush()?;
    Ok(if found.is_empty() { Exit::Done } else { Exit::Partly })
}
