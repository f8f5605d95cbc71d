//! Places in a text in UTF-16 units, in which Java counts characters.

pub(super) fn length(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().map(char::len_utf16).sum() }
}

/// Where in `text` the unit `at` stands, in bytes; its end where it is shorter. Within a character, its start.
pub(super) fn byte(text: &str, at: usize) -> usize {
    if text.is_ascii() {
        return at.min(text.len());
    }
    let mut units = 0;
    for (byte, c) in text.char_indices() {
        units += c.len_utf16();
        if units > at {
            return byte;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_beyond_the_first_plane_is_two() {
        let text = "a😀üb";
        assert_eq!(length(text), 5);
        assert_eq!([0, 1, 2, 3, 4, 5, 9].map(|at| byte(text, at)), [0, 1, 1, 5, 7, 8, 8]);
        assert_eq!((length("abc"), byte("abc", 2), byte("abc", 7)), (3, 2, 3));
    }
}
