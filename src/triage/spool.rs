//! Decisions that could not be saved when a console had to end: a file beside the state, which the next start takes up.
//!
//! A spool is written once, whole, and never changed; each console writes its own. Who takes it up saves its decisions
//! with [`Store::decide_once`](super::Store::decide_once) and removes it when nothing of it is left to save, so that two consoles that start at once,
//! or one that is killed in between, save nothing twice.
//!
//! Where the folder of the state takes no file (the disk is full), the spool goes to `$XDG_RUNTIME_DIR/watchfloor`, or
//! else to `watchfloor-UID` in the folder for temporary files: neither survives a restart of the machine.
//!
//! The format, frozen by a test: JSON, one value a line. First what the spool belongs to, then the proposals in their
//! order, then how many they are with the SHA-256 of all lines before: a spool that was cut short or edited is named, and
//! left where it is. One that belongs to somebody else, or that others can write to, is not read: it could put words into
//! an analyst's mouth.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use rustix::fs::OFlags;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Action, Proposal};
use crate::detect::AlertId;
use crate::text::visible;

/// More than any console leaves unsaved.
const MOST: u64 = 256 << 20;

/// Decisions on their way to a state.
#[derive(Debug, Clone, PartialEq)]
pub struct Spool {
    pub path: PathBuf,
    /// What the chain of the state ended with when the console ended: number and hash.
    pub head: (i64, String),
    /// The decisions, oldest first.
    pub proposals: Vec<Proposal>,
}

/// Why a spool is not taken up. It is left where it is.
#[derive(Debug, thiserror::Error)]
#[error("{}: decisions that an earlier console could not save are not taken up: {why}", visible(&.path.to_string_lossy()))]
pub struct SpoolError {
    pub path: PathBuf,
    pub why: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct First {
    watchfloor: String,
    version: u32,
    /// The state, as bytes where its path is no text.
    state: String,
    seq: i64,
    hash: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    alert: String,
    /// Microseconds since the Unix epoch.
    at: i64,
    analyst: String,
    seen: i64,
    action: Action,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Last {
    decisions: usize,
    sha256: String,
}

/// Writes `proposals` to a spool of `state`, the chain of which ends at `head`. Returns the spool's path.
///
/// # Errors
/// What the last of the places said, when none takes the file.
pub fn write(state: &Path, head: (i64, String), proposals: &[Proposal], now: DateTime<Utc>) -> io::Result<PathBuf> {
    let state = absolute(state);
    let text = text(&state, head, proposals)?;
    let unique = format!("{}-{}", now.timestamp_micros(), rustix::process::getpid().as_raw_nonzero());
    let mut said = io::Error::from(io::ErrorKind::NotFound);
    for place in Place::all(&state) {
        match place.put(&unique, text.as_bytes()) {
            Ok(path) => return Ok(path),
            Err(error) => said = error,
        }
    }
    Err(said)
}

/// The spools of the state at `path`, oldest first, and those that cannot be taken up.
#[must_use]
pub fn waiting(path: &Path) -> (Vec<Spool>, Vec<SpoolError>) {
    let state = absolute(path);
    let mut found: Vec<PathBuf> = Place::all(&state).iter().flat_map(Place::files).collect();
    found.sort_by(|a, b| a.file_name().cmp(&b.file_name()));
    let (mut spools, mut errors) = (Vec::new(), Vec::new());
    for path in found {
        match read(&path) {
            Ok(spool) => spools.push(spool),
            // Another console has just taken it up.
            Err(Unread::Gone) => {}
            Err(Unread::Bad(why)) => errors.push(SpoolError { path, why }),
        }
    }
    (spools, errors)
}

impl Spool {
    /// Removes the file: all of it is saved, or never will be.
    ///
    /// # Errors
    /// What the system says, unless another console was faster.
    pub fn remove(&self) -> io::Result<()> {
        match fs::remove_file(&self.path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
            _ => Ok(()),
        }
    }
}

/// A folder that may hold spools, and how their names begin there.
struct Place {
    folder: PathBuf,
    begins: String,
}

impl Place {
    fn all(state: &Path) -> Vec<Self> {
        let folder = state.parent().unwrap_or(Path::new("/")).to_owned();
        let name = state.file_name().unwrap_or_default().to_string_lossy();
        let mut all = vec![Self { folder, begins: format!("{name}-spool-") }];
        // Elsewhere spools of several states may lie side by side.
        let digest = super::audit::hex(&Sha256::digest(state.as_os_str().as_bytes()).into());
        let begins = format!("spool-{}-", digest.get(..16).unwrap_or_default());
        let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|path| path.is_absolute());
        all.extend(runtime.map(|folder| Self { folder: folder.join("watchfloor"), begins: begins.clone() }));
        let uid = rustix::process::geteuid().as_raw();
        all.push(Self { folder: std::env::temp_dir().join(format!("watchfloor-{uid}")), begins });
        all
    }

    fn put(&self, unique: &str, content: &[u8]) -> io::Result<PathBuf> {
        if !self.folder.exists() {
            DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        }
        let found = fs::symlink_metadata(&self.folder)?;
        if !found.is_dir() || found.mode() & 0o002 != 0 {
            return Err(io::Error::other("others can write to its folder"));
        }
        let path = self.folder.join(format!("{}{unique}", self.begins));
        let part = self.folder.join(format!(".{}{unique}.part", self.begins));
        let written = (|| {
            let mut file = File::options().write(true).create_new(true).mode(0o600).open(&part)?;
            file.write_all(content)?;
            file.sync_all()?;
            fs::rename(&part, &path)?;
            File::open(&self.folder)?.sync_all()
        })();
        match written {
            Ok(()) => Ok(path),
            Err(error) => {
                let _ = fs::remove_file(&part);
                Err(error)
            }
        }
    }

    fn files(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(&self.folder) else { return Vec::new() };
        let ours = |path: &PathBuf| path.file_name().is_some_and(|n| n.to_string_lossy().starts_with(&self.begins));
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(ours).collect()
    }
}

/// The path of a state by which its spools are found, from whatever folder it is named.
fn absolute(state: &Path) -> PathBuf {
    let folder = match state.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let folder =
        fs::canonicalize(folder).or_else(|_| std::path::absolute(folder)).unwrap_or_else(|_| folder.to_owned());
    folder.join(state.file_name().unwrap_or_default())
}

fn text(state: &Path, head: (i64, String), proposals: &[Proposal]) -> io::Result<String> {
    let (seq, hash) = head;
    let state = state.to_string_lossy().into_owned();
    let mut text = line(&First { watchfloor: "spool".into(), version: 1, state, seq, hash })?;
    for Proposal { alert, at, analyst, action, seen } in proposals {
        text += &line(&Line {
            alert: alert.0.clone(),
            at: at.timestamp_micros(),
            analyst: analyst.clone(),
            seen: *seen,
            action: action.clone(),
        })?;
    }
    let sha256 = super::audit::hex(&Sha256::digest(text.as_bytes()).into());
    text += &line(&Last { decisions: proposals.len(), sha256 })?;
    Ok(text)
}

fn line(value: &impl Serialize) -> io::Result<String> {
    Ok(serde_json::to_string(value)? + "\n")
}

enum Unread {
    Gone,
    Bad(String),
}

fn read(path: &Path) -> Result<Spool, Unread> {
    let bad = |why: &str| Unread::Bad(why.to_owned());
    let io = |e: io::Error| if e.kind() == io::ErrorKind::NotFound { Unread::Gone } else { Unread::Bad(e.to_string()) };
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits();
    let file =
        File::options().read(true).custom_flags(i32::try_from(flags).unwrap_or_default()).open(path).map_err(io)?;
    let found = file.metadata().map_err(io)?;
    if !found.is_file() || found.uid() != rustix::process::geteuid().as_raw() || found.mode() & 0o022 != 0 {
        return Err(bad("it is not yours alone; whoever it belongs to takes it up"));
    }
    let mut content = String::new();
    file.take(MOST).read_to_string(&mut content).map_err(io)?;
    parse(path, &content).ok_or_else(|| bad("it is damaged: what it holds can still be read as text"))
}

fn parse(path: &Path, content: &str) -> Option<Spool> {
    let end = content.strip_suffix('\n')?.rfind('\n')? + 1;
    let (body, last) = content.split_at(end);
    let Last { decisions, sha256 } = serde_json::from_str(last).ok()?;
    if sha256 != super::audit::hex(&Sha256::digest(body.as_bytes()).into()) {
        return None;
    }
    let mut lines = body.lines();
    let First { watchfloor, version, seq, hash, .. } = serde_json::from_str(lines.next()?).ok()?;
    let proposal = |text: &str| {
        let Line { alert, at, analyst, seen, action } = serde_json::from_str(text).ok()?;
        Some(Proposal { alert: AlertId(alert), at: DateTime::from_timestamp_micros(at)?, analyst, action, seen })
    };
    let proposals: Vec<Proposal> = lines.map(proposal).collect::<Option<_>>()?;
    let whole = watchfloor == "spool" && version == 1 && proposals.len() == decisions;
    whole.then(|| Spool { path: path.to_owned(), head: (seq, hash), proposals })
}

#[cfg(test)]
mod tests;
