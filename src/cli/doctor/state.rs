//! The state: whether it can be opened and written, who has it open, who else may read it, and the disk below it.
//! Nothing is made and nothing is changed.

use std::fs::{File, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

#[cfg(target_os = "linux")]
use rustix::fs::statfs;
use rustix::fs::{Access as May, access, statvfs};
use rustix::process::{Flock, FlockType, fcntl_getlk};

use super::super::output;
use super::check::Check;
use crate::app::format::bytes;
use crate::trail::bucket::shell;
use crate::triage::{Access, OpenOptions, Store, StoreError};

/// Less room than this is soon full, or full.
const SCARCE: u64 = 256 << 20;
const FULL: u64 = 8 << 20;

/// Bytes of the file beside the state on which SQLite locks: one by whoever writes, one by everybody who has it open.
const WRITES: u64 = 120;
const HAS_OPEN: u64 = 128;

/// How often a lock is looked at, and how long between: a console writes for moments.
const LOOKS: (u32, Duration) = (20, Duration::from_millis(50));

#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    pub path: PathBuf,
    /// Whether the file is there.
    pub exists: bool,
    /// The folder, or the nearest one around it that is there.
    pub folder: PathBuf,
    pub writable: bool,
    /// Mode bits of the folder, where it exists, and of the file.
    pub modes: (Option<u32>, Option<u32>),
    /// What is wrong when it is opened for reading, and whether only a migration is due.
    pub error: Option<String>,
    pub older: bool,
    /// Whoever holds it, for longer than a console writes.
    pub writer: Option<String>,
    /// Somebody who has it open.
    pub open_by: Option<String>,
    pub free: Option<u64>,
    /// The number that stands for the kind of file system.
    pub file_system: Option<u32>,
}

impl Facts {
    pub(super) fn gather(path: &Path) -> Self {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = parent.ancestors().find(|folder| folder.is_dir()).unwrap_or(Path::new("."));
        let folder_exists = folder == parent;
        let mode = |path: &Path| path.symlink_metadata().ok().as_ref().map(Metadata::mode).map(|mode| mode & 0o7777);
        let modes = (mode(folder).filter(|_| folder_exists), mode(path));
        let exists = modes.1.is_some();
        // Closing this file would drop the locks of a store of this process: before there is one.
        let (writer, open_by) = holders(path);
        let opened = exists.then(|| {
            let shared = is_shared(modes.0);
            let patience = Duration::from_millis(500);
            Store::open_with(path, &OpenOptions { access: Access::ReadOnly, shared, patience }).map(drop)
        });
        let opened = opened.and_then(Result::err);
        let may = |path: &Path, what| access(path, what).is_ok();
        Self {
            path: path.to_owned(),
            exists,
            writable: may(folder, May::WRITE_OK | May::EXEC_OK) && (!exists || may(path, May::WRITE_OK)),
            folder: folder.to_owned(),
            modes,
            older: matches!(opened, Some(StoreError::Older { .. })),
            error: opened.map(|error| error.to_string()),
            writer,
            open_by,
            free: statvfs(folder).ok().map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize)),
            #[cfg(target_os = "linux")]
            file_system: statfs(folder).ok().map(|disk| disk.f_type as u32),
            #[cfg(not(target_os = "linux"))]
            file_system: None,
        }
    }
}

/// Whether a group shares the folder.
fn is_shared(folder: Option<u32>) -> bool {
    folder.is_some_and(|mode| mode & 0o2020 == 0o2020)
}

/// Who writes to the state and does not stop, and who has it open.
fn holders(state: &Path) -> (Option<String>, Option<String>) {
    let mut index = state.as_os_str().to_owned();
    index.push("-shm");
    let Ok(index) = File::open(index) else { return (None, None) };
    let holder = |byte: u64| {
        let mut asked = Flock::from(FlockType::WriteLock);
        (asked.start, asked.length) = (byte, 1);
        fcntl_getlk(&index, &asked).ok().flatten().map(|lock| process(lock.pid.map(|pid| pid.as_raw_nonzero().get())))
    };
    let mut writer = holder(WRITES);
    for _ in 0..LOOKS.0 {
        if writer.is_none() {
            break;
        }
        std::thread::sleep(LOOKS.1);
        writer = holder(WRITES);
    }
    (writer, holder(HAS_OPEN))
}

/// `watchfloor (process 4711)`.
fn process(id: Option<i32>) -> String {
    let Some(id) = id.filter(|id| *id > 0) else { return "a process that cannot be seen from here".to_owned() };
    let name = std::fs::read_to_string(format!("/proc/{id}/comm")).unwrap_or_default();
    let name = if name.trim().is_empty() { "somebody" } else { name.trim() };
    format!("{name} (process {id})")
}

pub(super) fn checks(facts: &Facts) -> Vec<Check> {
    let mut checks = vec![opens(facts)];
    checks.extend(rights(facts));
    checks.extend(lock(facts));
    checks.extend(room(facts));
    checks.extend(file_system(facts));
    checks
}

fn opens(facts: &Facts) -> Check {
    const NAME: &str = "state";
    let path = output::path(&facts.path);
    let other = "name another file with --state, or as state in the configuration";
    if facts.older {
        return Check::ok(NAME, format!("{path}, of an older watchfloor: the next console brings it up to date"));
    }
    if let Some(error) = &facts.error {
        let (says, todo) = apart(error, &[&path, &output::path(&facts.folder)]);
        return Check::fail(NAME, format!("{path}: {says}"), todo.unwrap_or(other));
    }
    let folder = output::path(&facts.folder);
    match (facts.exists, facts.writable) {
        (true, true) => Check::ok(NAME, path),
        (true, false) => Check::fail(
            NAME,
            format!("{path} cannot be written: a console on it is read-only"),
            format!("make it and its folder writable for you, or {other}"),
        ),
        (false, true) => Check::ok(NAME, format!("{path}: none yet, watch makes it")),
        (false, false) => {
            let todo = format!("make {folder} writable for you, or {other}");
            Check::fail(NAME, format!("{path} cannot be made: {folder} is not writable"), todo)
        }
    }
}

/// What an error of the store says, and what to do: `PATH: what (why): what to do`.
fn apart<'e>(error: &'e str, paths: &[&str]) -> (&'e str, Option<&'e str>) {
    let inner = paths.iter().find_map(|path| error.strip_prefix(path)?.strip_prefix(": ")).unwrap_or(error);
    // What the system or SQLite says has colons of its own.
    if inner.starts_with("cannot use the state") {
        return (inner, None);
    }
    let behind = inner.find("): ").map(|at| at + 1).or_else(|| inner.find(": "));
    behind.map_or((inner, None), |at| (&inner[..at], Some(&inner[at + 2..])))
}

/// Modes that SQLite's owner may live with, and that let others read what analysts wrote.
fn rights(facts: &Facts) -> Option<Check> {
    let (folder, file) = facts.modes;
    let allowed = if is_shared(folder) { 0o007 } else { 0o077 };
    let wide = |mode: Option<u32>| mode.filter(|mode| mode & allowed != 0);
    let parent = facts.path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let take = |mode: &str, path: &Path| format!("chmod {mode} {}", shell(&path.to_string_lossy()));
    const NAME: &str = "state rights";
    // What others may write is an error of opening.
    match (wide(file), wide(folder)) {
        (Some(mode), _) => {
            let mode = format!("others can read it (mode {mode:04o})");
            Some(Check::warn(NAME, mode, take(if is_shared(folder) { "660" } else { "600" }, &facts.path)))
        }
        (None, Some(mode)) => {
            let mode = format!("others can look into its folder (mode {mode:04o})");
            Some(Check::warn(NAME, mode, take(if is_shared(folder) { "2770" } else { "700" }, parent)))
        }
        (None, None) if facts.exists => {
            let who = if is_shared(folder) { "yours and the group's" } else { "yours alone" };
            Some(Check::ok(NAME, who))
        }
        (None, None) => None,
    }
}

fn lock(facts: &Facts) -> Option<Check> {
    const NAME: &str = "state lock";
    match (&facts.writer, &facts.open_by) {
        (Some(who), _) => {
            let says = format!("{who} holds it: nothing can be saved meanwhile");
            Some(Check::fail(NAME, says, "let it finish, or end it"))
        }
        (None, Some(who)) => Some(Check::ok(NAME, format!("free; {who} has it open"))),
        (None, None) if facts.exists => Some(Check::ok(NAME, "free; nobody has it open")),
        (None, None) => None,
    }
}

fn room(facts: &Facts) -> Option<Check> {
    const NAME: &str = "state disk";
    let free = facts.free?;
    let (says, folder) = (format!("{} free", bytes(free)), output::path(&facts.folder));
    Some(match free {
        ..FULL => {
            Check::fail(NAME, format!("{says}: decisions cannot be saved"), format!("free some space at {folder}"))
        }
        FULL..SCARCE => Check::warn(NAME, says, format!("free some space at {folder}")),
        _ => Check::ok(NAME, says),
    })
}

/// Kinds of file systems on which locks and shared memory of SQLite are not to be relied on, or that forget.
const UNSAFE: [(u32, &str); 11] = [
    (0x6969, "NFS"),
    (0xFF53_4D42, "CIFS"),
    (0xFE53_4D42, "SMB"),
    (0x517B, "SMB"),
    (0x6573_5546, "FUSE"),
    (0x0102_1997, "9P"),
    (0x5346_414F, "AFS"),
    (0x00C3_6400, "Ceph"),
    (0x0BD0_0BD0, "Lustre"),
    (0x4750_4653, "GPFS"),
    (TMPFS, "tmpfs"),
];
const TMPFS: u32 = 0x0102_1994;

fn file_system(facts: &Facts) -> Option<Check> {
    let kind = facts.file_system?;
    let (_, name) = UNSAFE.iter().find(|(known, _)| *known == kind)?;
    let says = match kind {
        TMPFS => format!("it lies in memory ({name}), and is gone when the machine starts again"),
        _ => format!("it lies on {name}, where locks between hosts are not to be relied on"),
    };
    Some(Check::warn(
        "state disk",
        says,
        "name a file on a local disk with --state; to decide together, use `decisions`",
    ))
}

#[cfg(test)]
mod tests {
    use super::super::check::Standing;
    use super::*;

    fn facts() -> Facts {
        Facts {
            path: "/srv/wf/state.db".into(),
            exists: true,
            folder: "/srv/wf".into(),
            writable: true,
            modes: (Some(0o700), Some(0o600)),
            free: Some(9_000_000_000),
            file_system: Some(0xEF53),
            ..Facts::default()
        }
    }

    #[track_caller]
    fn says(facts: &Facts, standing: Standing, words: &str) {
        let checks = checks(facts);
        let found = checks.iter().any(|check| check.standing == standing && check.line("->").contains(words));
        assert!(found, "{checks:#?}");
        let worst = checks.iter().map(|check| check.standing).max();
        assert_eq!(worst, Some(standing), "{checks:#?}");
    }

    #[test]
    fn an_error_of_the_store_is_taken_apart() {
        for (error, says, todo) in [
            ("/a: the disk is full: free some", "the disk is full", Some("free some")),
            (
                "/a/s: the state can be written by others (mode 0666): check, then: chmod 600 /a/s",
                "the state can be written by others (mode 0666)",
                Some("check, then: chmod 600 /a/s"),
            ),
            ("/a/s: cannot use the state: disk I/O error", "cannot use the state: disk I/O error", None),
            ("odd", "odd", None),
        ] {
            assert_eq!(apart(error, &["/a/s", "/a"]), (says, todo));
        }
    }

    #[test]
    fn a_state_of_ones_own_is_ok() {
        says(&facts(), Standing::Ok, "yours alone");
        says(&facts(), Standing::Ok, "9.0 GB free");
        says(
            &Facts { open_by: Some("watchfloor (process 7)".into()), ..facts() },
            Standing::Ok,
            "(process 7) has it open",
        );
        let shared = Facts { modes: (Some(0o2770), Some(0o660)), ..facts() };
        says(&shared, Standing::Ok, "yours and the group's");
        let none = Facts { exists: false, modes: (None, None), ..facts() };
        says(&none, Standing::Ok, "none yet, watch makes it");
        says(&Facts { older: true, error: Some("x".into()), ..facts() }, Standing::Ok, "older watchfloor");
    }

    #[test]
    fn each_thing_that_is_wrong_is_named_with_what_to_do() {
        use Standing::{Fail, Warn};
        let none = Facts { exists: false, modes: (None, None), writable: false, ..facts() };
        for (facts, standing, words) in [
            (none, Fail, "cannot be made: /srv/wf is not writable -> make /srv/wf writable"),
            (Facts { writable: false, ..facts() }, Fail, "a console on it is read-only -> make it"),
            (
                Facts { error: Some("/srv/wf/state.db: the state is damaged (x): move it aside".into()), ..facts() },
                Fail,
                "/srv/wf/state.db: the state is damaged (x) -> move it aside",
            ),
            (Facts { writer: Some("sqlite3 (process 7)".into()), ..facts() }, Fail, "sqlite3 (process 7) holds it"),
            (Facts { free: Some(0), ..facts() }, Fail, "0 B free: decisions cannot be saved -> free some space"),
            (Facts { free: Some(100 << 20), ..facts() }, Warn, "104.9 MB free -> free some space at /srv/wf"),
            (Facts { file_system: Some(0x6969), ..facts() }, Warn, "it lies on NFS"),
            (Facts { file_system: Some(0xFF53_4D42), ..facts() }, Warn, "it lies on CIFS"),
            (Facts { file_system: Some(0x6573_5546), ..facts() }, Warn, "it lies on FUSE"),
            (Facts { file_system: Some(TMPFS), ..facts() }, Warn, "in memory (tmpfs)"),
            (Facts { modes: (Some(0o755), Some(0o600)), ..facts() }, Warn, "(mode 0755) -> chmod 700 /srv/wf"),
            (Facts { modes: (Some(0o700), Some(0o640)), ..facts() }, Warn, "(mode 0640) -> chmod 600 /srv/wf/state.db"),
            (Facts { modes: (Some(0o2770), Some(0o664)), ..facts() }, Warn, "-> chmod 660 /srv/wf/state.db"),
        ] {
            says(&facts, standing, words);
        }
    }
}
