use std::os::unix::fs::PermissionsExt as _;

use super::*;
use crate::triage::samples::{at, propose, tick};
use crate::triage::{Reason, Status};

fn state() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state/state.db");
    (folder, path)
}

fn decisions() -> Vec<Proposal> {
    let all = [
        ("4b1d", tick(1, "mk", "0123456789ab", 4)),
        ("a0f7", propose(2, "mk", Action::Note { text: "zwei\nZeilen".into(), step: None }, 0)),
        ("a0f7", propose(2, "mk", Action::SetStatus { status: Status::Closed(Reason::Duplicate) }, 0)),
    ];
    all.map(|(id, proposal)| Proposal { alert: AlertId(id.into()), ..proposal }).into()
}

#[test]
fn the_format_is_frozen() {
    let head = (7, "ab".repeat(32));
    let expected = include_str!("frozen.spool");
    assert_eq!(text(Path::new("/var/lib/watchfloor/state.db"), head.clone(), &decisions()).unwrap(), expected);
    let spool = parse(Path::new("x"), expected).unwrap();
    assert_eq!(spool, Spool { path: "x".into(), head, proposals: decisions() });
}

#[test]
fn what_was_written_is_found_in_order_and_once() {
    let (_folder, path) = state();
    fs::create_dir(path.parent().unwrap()).unwrap();
    let all = decisions();
    let second = write(&path, (0, String::new()), &all[1..], at(2)).unwrap();
    let first = write(&path, (0, String::new()), &all[..1], at(1)).unwrap();
    assert_eq!(fs::metadata(&first).unwrap().permissions().mode() & 0o7777, 0o600);
    let (spools, errors) = waiting(&path);
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(spools.iter().map(|s| &s.path).collect::<Vec<_>>(), [&first, &second]);
    assert_eq!(spools.into_iter().flat_map(|s| s.proposals).collect::<Vec<_>>(), all);
    let (spools, _) = waiting(&path);
    for spool in spools {
        spool.remove().unwrap();
        spool.remove().unwrap();
    }
    assert_eq!(waiting(&path).0, []);
}

#[test]
fn a_spool_that_is_damaged_in_any_byte_is_named_and_kept() {
    let (_folder, path) = state();
    fs::create_dir(path.parent().unwrap()).unwrap();
    let spool = write(&path, (0, String::new()), &decisions(), at(1)).unwrap();
    let whole = fs::read(&spool).unwrap();
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 7);
        assert!(std::str::from_utf8(&bytes).ok().and_then(|text| parse(&spool, text)).is_none(), "byte {at}");
        assert!(std::str::from_utf8(&whole[..at]).ok().and_then(|text| parse(&spool, text)).is_none(), "cut at {at}");
    }
    fs::write(&spool, &whole[..whole.len() - 1]).unwrap();
    let (spools, errors) = waiting(&path);
    assert!(spools.is_empty());
    assert!(errors[0].to_string().contains("it is damaged"), "{}", errors[0]);
    assert!(spool.exists());
}

#[test]
fn a_spool_that_others_can_write_or_that_is_a_link_is_not_believed() {
    let (folder, path) = state();
    fs::create_dir(path.parent().unwrap()).unwrap();
    let spool = write(&path, (0, String::new()), &decisions(), at(1)).unwrap();
    fs::set_permissions(&spool, fs::Permissions::from_mode(0o620)).unwrap();
    assert!(waiting(&path).1[0].to_string().contains("not yours alone"));
    let elsewhere = folder.path().join("elsewhere");
    fs::rename(&spool, &elsewhere).unwrap();
    fs::set_permissions(&elsewhere, fs::Permissions::from_mode(0o600)).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &spool).unwrap();
    let (spools, errors) = waiting(&path);
    assert!(spools.is_empty() && errors.len() == 1, "{spools:?}");
}

#[test]
fn where_the_folder_takes_no_file_another_does_and_it_is_found_there() {
    let (folder, path) = state();
    fs::write(folder.path().join("state"), "not a folder").unwrap();
    let places = Place::all(&path);
    assert!(places[0].put("1-1", b"x").is_err());
    let last = places.last().unwrap();
    let put = last.put("1-1", b"x").unwrap();
    assert!(last.files().contains(&put));
    fs::remove_file(put).unwrap();
}
