//! `<2-15>`: the whole numbers from 2 to 15.

use super::node::{Class, Node};

/// What stands between `<` and `>`. Numbers written with as many digits have just so many; others may begin with zeros.
pub(super) fn interval(inside: &str) -> Result<Node, String> {
    let bad = || format!("`<{inside}>` is no interval of numbers; write such as <1-99>, and `\\<` for the character");
    let (first, second) = inside.split_once('-').ok_or_else(bad)?;
    let number = |text: &str| match text.bytes().all(|b| b.is_ascii_digit()) {
        true => text.parse::<u32>().ok().filter(|number| i32::try_from(*number).is_ok()),
        false => None,
    };
    let (a, b) = (number(first).ok_or_else(bad)?, number(second).ok_or_else(bad)?);
    let (least, most) = (a.min(b), a.max(b));
    if first.len() == second.len() {
        let digits = first.len();
        return Ok(between(&format!("{least:0digits$}"), &format!("{most:0digits$}")));
    }
    let (shortest, longest) = (least.to_string().len(), most.to_string().len());
    let of_length = |digits: usize| {
        let from = if digits == shortest { least.to_string() } else { format!("1{}", "0".repeat(digits - 1)) };
        let to = if digits == longest { most.to_string() } else { "9".repeat(digits) };
        between(&from, &to)
    };
    let zeros = Node::Repeat(Box::new(Node::Char('0')), 0, None);
    Ok(Node::Row(vec![zeros, Node::Union((shortest..=longest).map(of_length).collect())]))
}

/// The numbers of as many digits between these, which are included.
fn between(least: &str, most: &str) -> Node {
    let (Some(low), Some(high)) = (least.chars().next(), most.chars().next()) else { return Node::Row(Vec::new()) };
    let (rest_of_least, rest_of_most) = (&least[1..], &most[1..]);
    let (zeros, nines) = ("0".repeat(rest_of_least.len()), "9".repeat(rest_of_least.len()));
    let all = |from: char, to: char| {
        let digit = Node::Class(vec![Class::Range('0', '9')], false);
        let rest = u32::try_from(rest_of_least.len()).unwrap_or_default();
        Node::Row(vec![
            Node::Class(vec![Class::Range(from, to)], false),
            Node::Repeat(Box::new(digit), rest, Some(rest)),
        ])
    };
    let with = |digit: char, least: &str, most: &str| Node::Row(vec![Node::Char(digit), between(least, most)]);
    if rest_of_least == zeros && rest_of_most == nines {
        return all(low, high);
    }
    if low == high {
        return with(low, rest_of_least, rest_of_most);
    }
    let mut ways = vec![with(low, rest_of_least, &nines), with(high, &zeros, rest_of_most)];
    let next = |digit: char, by: i8| char::from((digit as u8).wrapping_add_signed(by));
    if next(low, 1) <= next(high, -1) {
        ways.push(all(next(low, 1), next(high, -1)));
    }
    Node::Union(ways)
}
