//! The README's table of keys is the console's own.

use std::fs;
use std::path::Path;

use watchfloor::app::keys;

const BEGIN: &str = "<!-- keys:begin -->\n";
const END: &str = "<!-- keys:end -->";

/// Writes the table instead of checking it.
const UPDATE: &str = "WATCHFLOOR_UPDATE_README";

#[test]
fn the_table_of_keys_is_the_consoles_own() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let start = readme.find(BEGIN).expect("README.md says where the keys begin") + BEGIN.len();
    let end = readme.find(END).expect("README.md says where the keys end");
    let table = keys::markdown();
    if std::env::var_os(UPDATE).is_some() {
        fs::write(&path, format!("{}{table}{}", &readme[..start], &readme[end..])).unwrap();
        return;
    }
    assert!(readme[start..end] == table, "the keys have changed: run `{UPDATE}=1 cargo test --test it readme` once");
}
