//! Ids for rules whose file gives none.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// For a rule without an id, such as those of published pages: the first 16 bytes of the SHA-256 of `watchfloor rule`,
/// a line feed and the name, as a UUID of version 8. One name always gives the same id, so alerts and decisions survive
/// a new version of the page.
#[must_use]
pub fn derived_id(name: &str) -> String {
    let hash = Sha256::digest(format!("watchfloor rule\n{}", name.trim()));
    let mut bytes: Vec<u8> = hash[..16].to_vec();
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut id = String::with_capacity(36);
    for (i, byte) in bytes.iter().enumerate() {
        if matches!(i, 4 | 6 | 8 | 10) {
            id.push('-');
        }
        let _ = write!(id, "{byte:02x}");
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_look_like_uuids_and_never_change() {
        let id = derived_id("AWS RDS Snapshot Export");
        assert_eq!(id, derived_id(" AWS RDS Snapshot Export "));
        assert_ne!(id, derived_id("AWS RDS Snapshot Exports"));
        // Stored alerts and decisions name rules by these ids: they must never change.
        assert_eq!(id, "0b015d9c-9432-83d0-83af-b4d12f9c33ac");
    }
}
