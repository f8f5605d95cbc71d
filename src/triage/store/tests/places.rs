//! Who may hold a state, and where.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

use super::*;

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().mode() & 0o7777
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn shared() -> OpenOptions {
    OpenOptions { shared: true, ..OpenOptions::default() }
}

fn refusal(path: &Path, options: &OpenOptions) -> String {
    match Store::open_with(path, options) {
        Err(error @ StoreError::Permission { .. }) => error.to_string(),
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn what_is_created_belongs_to_its_user_alone_or_to_the_group_that_shares_it() {
    for (options, folder_mode, file_mode) in [(OpenOptions::default(), 0o700, 0o600), (shared(), 0o2770, 0o660)] {
        let (_folder, path) = place();
        let mut store = Store::open_with(&path, &options).unwrap();
        store.record(Batch { alerts: &[found(1)], ..Batch::default() }).unwrap();
        assert_eq!(mode(path.parent().unwrap()), folder_mode);
        for end in ["", "-wal", "-shm"] {
            assert_eq!(mode(&path.with_file_name(format!("state.db{end}"))), file_mode, "state.db{end}");
        }
    }
}

#[test]
fn a_folder_others_can_write_to_is_refused_with_what_to_do() {
    for folder_mode in 0..0o100 {
        let (_folder, path) = place();
        let folder = path.parent().unwrap();
        fs::create_dir(folder).unwrap();
        chmod(folder, folder_mode | 0o700);
        for (options, writable) in [(OpenOptions::default(), 0o022), (shared(), 0o002)] {
            if folder_mode & writable == 0 {
                drop(Store::open_with(&path, &options).unwrap());
                fs::remove_file(&path).unwrap();
            } else {
                let why = refusal(&path, &options);
                assert!(why.contains("can be written by") && why.contains("chmod"), "{why}");
                assert!(!path.exists());
            }
        }
    }
}

#[test]
fn a_file_others_can_write_to_is_refused_and_one_they_can_read_is_closed_to_them() {
    let (_folder, path) = place();
    drop(with_alerts(&path, 1));
    for file_mode in [0o620, 0o602, 0o666, 0o660] {
        chmod(&path, file_mode);
        assert!(refusal(&path, &OpenOptions::default()).contains("can be written by others"));
    }
    drop(Store::open_with(&path, &shared()).unwrap());
    chmod(&path, 0o644);
    let _reader = Store::open(&path, Access::ReadOnly).unwrap();
    assert_eq!(mode(&path), 0o644, "reading changes nothing");
    let _writer = Store::open(&path, Access::ReadWrite).unwrap();
    assert_eq!(mode(&path), 0o600);
}

#[test]
fn symbolic_links_and_what_is_no_file_are_refused() {
    let (folder, path) = place();
    drop(with_alerts(&path, 1));

    let link = folder.path().join("link");
    symlink(path.parent().unwrap(), &link).unwrap();
    let why = refusal(&link.join("state.db"), &OpenOptions::default());
    assert!(why.contains("is a symbolic link") && why.contains("name the folder it points to"), "{why}");

    let file_link = path.with_file_name("link.db");
    symlink(&path, &file_link).unwrap();
    assert!(refusal(&file_link, &OpenOptions::default()).contains("is a symbolic link"));
    assert!(refusal(path.parent().unwrap(), &OpenOptions::default()).contains("not a regular file"));
    assert!(refusal(&path.join("state.db"), &OpenOptions::default()).contains("not a folder"));
    assert!(refusal(Path::new("/"), &OpenOptions::default()).contains("names no file"));

    // A link further up is an ordinary thing (/home, /tmp on some systems).
    let above = folder.path().join("above");
    symlink(folder.path(), &above).unwrap();
    assert_eq!(Store::open(&above.join("state/state.db"), Access::ReadWrite).unwrap().alerts().unwrap().len(), 1);
}

#[test]
fn what_belongs_to_somebody_else_is_refused_unless_shared() {
    if !rustix::process::geteuid().is_root() {
        println!("skipped: only root can give files away");
        return;
    }
    let (_folder, path) = place();
    drop(with_alerts(&path, 1));
    for target in [path.as_path(), path.parent().unwrap()] {
        std::os::unix::fs::chown(target, Some(12_345), None).unwrap();
        let why = refusal(&path, &OpenOptions::default());
        assert!(why.contains("belongs to another user (id 12345, you are 0)"), "{why}");
        drop(Store::open_with(&path, &shared()).unwrap());
        std::os::unix::fs::chown(target, Some(0), None).unwrap();
    }
}

#[test]
fn reading_what_is_not_there_creates_nothing() {
    let (folder, path) = place();
    for path in [path, folder.path().join("state.db")] {
        let error = Store::open(&path, Access::ReadOnly).unwrap_err();
        assert!(matches!(error, StoreError::Missing { .. }), "{error:?}");
        assert!(!path.exists());
    }
    let empty = folder.path().join("empty.db");
    fs::write(&empty, "").unwrap();
    assert!(matches!(Store::open(&empty, Access::ReadOnly), Err(StoreError::Missing { .. })));
}

#[test]
fn a_state_at_rest_can_be_read_from_read_only_media_whatever_its_name() {
    let (_folder, path) = place();
    drop(with_alerts(&path, 3));
    let odd = path.with_file_name("50% of #1?.db");
    fs::rename(&path, &odd).unwrap();
    let conn = Connection::open_with_flags(
        place::immutable_uri(&odd),
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI,
    )
    .unwrap();
    assert_eq!(conn.query_row("SELECT count(*) FROM alerts", [], |r| r.get::<_, i64>(0)).unwrap(), 3);
    assert!(place::at_rest(&odd));
    let _writer = with_alerts(&odd, 4);
    assert!(!place::at_rest(&odd));
}
