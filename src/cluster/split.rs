//! Takes JSON apart where it stands, without building values or checking what is inside: a document that no parser takes
//! (half a surrogate, `1e400`, a thousand levels) costs itself, never the answer around it.

use memchr::memchr2;

/// Hands the members of an object to `each`, their keys as written. `None` when it is no object, or broken.
pub(super) fn members<'a>(object: &'a [u8], mut each: impl FnMut(&'a [u8], &'a [u8])) -> Option<()> {
    items(object, b'{', b'}', |rest| {
        let key = &rest[..string(rest)?];
        let value = rest[key.len()..].trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
        let value = &value[..value_end(value)?];
        each(&key[1..key.len() - 1], value);
        rest.get(value.as_ptr_range().end as usize - rest.as_ptr() as usize..)
    })
}

/// Hands the elements of an array to `each`. `None` when it is no array, or broken.
pub(super) fn elements<'a>(array: &'a [u8], mut each: impl FnMut(&'a [u8])) -> Option<()> {
    items(array, b'[', b']', |rest| {
        let (value, rest) = rest.split_at(value_end(rest)?);
        each(value);
        Some(rest)
    })
}

fn items<'a>(all: &'a [u8], open: u8, close: u8, mut take: impl FnMut(&'a [u8]) -> Option<&'a [u8]>) -> Option<()> {
    let mut rest = all.trim_ascii_start().strip_prefix(&[open])?.trim_ascii_start();
    if rest.first() == Some(&close) {
        return Some(());
    }
    loop {
        rest = take(rest)?.trim_ascii_start();
        match rest.split_first()? {
            (b',', after) => rest = after.trim_ascii_start(),
            (found, _) => return (*found == close).then_some(()),
        }
    }
}

/// Where the value at the beginning ends. `None` when it does not.
fn value_end(value: &[u8]) -> Option<usize> {
    match value.first()? {
        b'"' => string(value),
        b'{' | b'[' => {
            let (mut at, mut depth) = (0, 0_usize);
            loop {
                match value.get(at)? {
                    b'"' => {
                        at += string(&value[at..])?;
                        continue;
                    }
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' if depth == 1 => return Some(at + 1),
                    b'}' | b']' => depth -= 1,
                    _ => {}
                }
                at += 1;
            }
        }
        b',' | b'}' | b']' => None,
        _ => value.iter().position(|byte| matches!(byte, b',' | b'}' | b']') || byte.is_ascii_whitespace()),
    }
}

/// Where the string at the beginning ends.
fn string(text: &[u8]) -> Option<usize> {
    let mut at = text.starts_with(b"\"").then_some(1)?;
    loop {
        at += memchr2(b'"', b'\\', text.get(at..)?)?;
        if text[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(array: &str) -> Option<Vec<&str>> {
        let mut found = Vec::new();
        elements(array.as_bytes(), |value| found.push(std::str::from_utf8(value).unwrap()))?;
        Some(found)
    }

    #[test]
    fn what_no_parser_takes_is_one_value() {
        let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
        let array = format!(r#"[ {{"a":"\ud800"}} ,1e400,{deep}, "}}\"]" ,null]"#);
        let expected = [r#"{"a":"\ud800"}"#, "1e400", deep.as_str(), r#""}\"]""#, "null"];
        assert_eq!(all(&array).unwrap(), expected);
        assert_eq!(all("[]").unwrap(), Vec::<&str>::new());
        assert_eq!(elements(b"[\"\xff\"]", |value| assert_eq!(value, b"\"\xff\"")), Some(()));
    }

    #[test]
    fn what_is_cut_is_broken() {
        let whole = r#"{"a":[1,{"b":"\""}],"c":null}"#;
        for cut in 0..whole.len() {
            assert_eq!(members(&whole.as_bytes()[..cut], |_, _| ()), None, "{}", &whole[..cut]);
        }
        let mut keys = Vec::new();
        members(whole.as_bytes(), |key, _| keys.push(key)).unwrap();
        assert_eq!(keys, [b"a", b"c"]);
    }

    proptest! {
        #[test]
        fn nothing_panics(bytes in prop::collection::vec(prop::sample::select(b"{}[],:\"\\a 1\n".to_vec()), 0..60)) {
            let (mut object, mut array) = (vec![b'{'], vec![b'[']);
            object.extend(&bytes);
            array.extend(&bytes);
            let _ = (members(&object, |_, _| ()), elements(&array, |_| ()));
        }
    }
}
