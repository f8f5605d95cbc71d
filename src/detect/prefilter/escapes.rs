//! Escapes of JSON that may spell a part of a string that is searched for: ASCII letters, digits, `.`, `_`, `-` and the
//! quote (a record may itself stand in a string), or half of a surrogate pair, which only the parser can judge. The
//! escapes that are common in real logs (`\u003d`, `\u0026`) spell nothing of that.

/// How such escapes begin. Others begin so too: [`may_spell`] tells them apart.
pub(super) const ESCAPES: [&str; 3] = [r"\u00", r"\ud", r"\uD"];

/// Whether the escape that begins at `at` may spell a part of a string. Behind another backslash it is text, which may
/// be unescaped once more.
pub(super) fn may_spell(bytes: &[u8], at: usize) -> bool {
    let Some(&[_, _, a, b, c, d]) = bytes[at..].first_chunk::<6>() else { return true };
    bytes[..at].ends_with(br"\")
        || match [a, b, c, d] {
            [b'0', b'0', b'2', digit] => matches!(digit, b'2' | b'd' | b'D' | b'e' | b'E'),
            [b'0', b'0', b'3', digit] => digit.is_ascii_digit(),
            [b'0', b'0', row, _] => matches!(row, b'4'..=b'7'),
            [b'd' | b'D', half, ..] => matches!(half, b'8' | b'9' | b'a'..=b'f' | b'A'..=b'F'),
            _ => false,
        }
}
