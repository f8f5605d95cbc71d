//! Where the state lies, and whether others could tamper with it. The checks come before SQLite sees the path; the
//! files SQLite adds beside the state (`-wal`, `-shm`) take its mode, whatever the umask.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, Metadata, Permissions};
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::{Access, OpenOptions, StoreError};

/// Checks the state file at `path` and its folder, and creates what is missing and may be created. Returns the path
/// without symbolic links above the folder.
pub(super) fn prepare(path: &Path, options: &OpenOptions) -> Result<PathBuf, StoreError> {
    let Some(name) = path.file_name() else {
        return Err(refuse(path, "it names no file", "name a file with --state".into()));
    };
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let io = |source| StoreError::Io { path: path.to_owned(), source };

    match fs::symlink_metadata(folder) {
        Ok(found) => check_folder(folder, &found, options)?,
        Err(e) if e.kind() == ErrorKind::NotFound && options.access == Access::ReadOnly => {
            return Err(StoreError::Missing { path: path.to_owned() });
        }
        Err(e) if e.kind() == ErrorKind::NotFound => create_folder(folder, options).map_err(io)?,
        Err(e) => return Err(io(e)),
    }
    let real = fs::canonicalize(folder).map_err(io)?.join(name);

    match fs::symlink_metadata(&real) {
        Ok(found) => check_file(path, &real, &found, options)?,
        Err(e) if e.kind() == ErrorKind::NotFound && options.access == Access::ReadOnly => {
            return Err(StoreError::Missing { path: path.to_owned() });
        }
        Err(e) if e.kind() == ErrorKind::NotFound => create_file(&real, options).map_err(io)?,
        Err(e) => return Err(io(e)),
    }
    if options.access == Access::ReadWrite && is_read_only(&real) {
        return Err(StoreError::ReadOnly { path: path.to_owned() });
    }
    Ok(real)
}

fn create_folder(folder: &Path, options: &OpenOptions) -> std::io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    // The umask may have taken bits away; set-group-ID hands the folder's group on to the files in it.
    fs::set_permissions(folder, Permissions::from_mode(if options.shared { 0o2770 } else { 0o700 }))
}

fn create_file(file: &Path, options: &OpenOptions) -> std::io::Result<()> {
    let mode = if options.shared { 0o660 } else { 0o600 };
    match File::options().write(true).create_new(true).mode(mode).open(file) {
        Ok(created) => created.set_permissions(Permissions::from_mode(mode)),
        // Another process was faster; it sets the mode.
        Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(e) => Err(e),
    }
}

fn check_folder(folder: &Path, found: &Metadata, options: &OpenOptions) -> Result<(), StoreError> {
    if found.is_symlink() {
        let target = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        let fix = format!("name the folder it points to, {}", target.display());
        return Err(refuse(folder, "the state's folder is a symbolic link", fix));
    }
    if !found.is_dir() {
        return Err(refuse(folder, "it is not a folder", "name a file inside a folder with --state".into()));
    }
    let mode = found.mode() & 0o7777;
    let writable_by = if options.shared { 0o002 } else { 0o022 };
    if mode & writable_by != 0 {
        let (who, keep) = if options.shared { ("everybody", "o-w") } else { ("others", "go-w") };
        let why = format!("the state's folder can be written by {who} (mode {mode:04o})");
        let fix = format!(
            "give the state a folder of its own (mkdir -m 700) or take the right away: chmod {keep} {}",
            folder.display()
        );
        return Err(refuse(folder, &why, fix));
    }
    check_owner(folder, "the state's folder", found, options)
}

fn check_file(path: &Path, real: &Path, found: &Metadata, options: &OpenOptions) -> Result<(), StoreError> {
    if found.is_symlink() {
        return Err(refuse(path, "the state is a symbolic link", "name the file it points to".into()));
    }
    if !found.is_file() {
        return Err(refuse(path, "it is not a regular file", "name another file with --state".into()));
    }
    check_owner(path, "the state", found, options)?;
    let mode = found.mode() & 0o7777;
    let writable_by = if options.shared { 0o002 } else { 0o022 };
    if mode & writable_by != 0 {
        let why = format!("the state can be written by others (mode {mode:04o})");
        let fix = format!("check that nobody has, then: chmod {} {}", file_mode(options), path.display());
        return Err(refuse(path, &why, fix));
    }
    // Copied or restored under an ordinary umask: take away what others could read.
    if !options.shared && mode & 0o077 != 0 && options.access == Access::ReadWrite {
        fs::set_permissions(real, Permissions::from_mode(mode & 0o700))
            .map_err(|source| StoreError::Io { path: path.to_owned(), source })?;
    }
    Ok(())
}

fn check_owner(path: &Path, what: &str, found: &Metadata, options: &OpenOptions) -> Result<(), StoreError> {
    let me = rustix::process::geteuid().as_raw();
    if options.shared || found.uid() == me {
        return Ok(());
    }
    let why = format!("{what} belongs to another user (id {}, you are {me})", found.uid());
    Err(refuse(path, &why, "use your own with --state, or open it as shared if the team shares it".into()))
}

fn file_mode(options: &OpenOptions) -> &'static str {
    if options.shared { "660" } else { "600" }
}

fn refuse(path: &Path, why: &str, fix: String) -> StoreError {
    StoreError::Permission { path: path.to_owned(), why: why.into(), fix }
}

/// Whether nobody is writing to the state: there is no write-ahead log with anything in it.
pub(super) fn at_rest(file: &Path) -> bool {
    let mut log = OsString::from(file);
    log.push("-wal");
    fs::metadata(log).map_or(true, |m| m.len() == 0)
}

/// Whether the file is there and may not be written to: by its mode, or as its disk takes no writes.
pub(super) fn is_read_only(file: &Path) -> bool {
    use rustix::fs::{Access, access};
    use rustix::io::Errno;
    matches!(access(file, Access::WRITE_OK), Err(Errno::ACCESS | Errno::ROFS | Errno::PERM))
}

/// Whether nobody has the state open: nothing lies beside it that was not left behind empty.
pub(super) fn is_left_alone(file: &Path) -> bool {
    at_rest(file) && !super::anchor::beside(file, "-shm").exists()
}

/// `file` as a URI that makes SQLite read it without the files it shares with writers.
pub(super) fn immutable_uri(file: &Path) -> String {
    use std::fmt::Write as _;
    let mut uri = String::from("file://");
    for &byte in file.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            uri.push(byte.into());
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri + "?immutable=1"
}
