//! Guesses what a misspelt word was meant to be.

/// The names nearest to `word`, sorted, all equally near and at most `most` letters off. An added, missing, replaced or
/// swapped letter counts one; case counts nothing.
pub fn nearest<'n>(word: &str, names: impl IntoIterator<Item = &'n str>, most: usize) -> Vec<&'n str> {
    let word = word.to_lowercase();
    let letters = word.chars().count();
    let mut best = most;
    let mut found = Vec::new();
    for name in names {
        if name.chars().count().abs_diff(letters) > best {
            continue;
        }
        let off = strsim::osa_distance(&word, &name.to_lowercase());
        if off < best {
            found.clear();
            best = off;
        }
        if off == best {
            found.push(name);
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_of_those_near_enough() {
        let names = ["event.action", "event.reason", "event.id", "user.name"];
        for (word, most, expected) in [
            ("evnt.action", 2, &["event.action"][..]),
            ("event.acton", 2, &["event.action"]),
            ("event.actoin", 1, &["event.action"]),
            ("Event.Action", 0, &["event.action"]),
            ("event.xx", 2, &["event.id"]),
            ("username", 1, &["user.name"]),
            ("something", 3, &[]),
            ("", 3, &[]),
        ] {
            assert_eq!(nearest(word, names, most), expected, "{word}");
        }
        assert_eq!(nearest("bat", ["cat", "hat", "bats"], 1), ["bats", "cat", "hat"]);
    }
}
