//! The functions that can be called, and what became of those that can no longer.

use super::ast::Function;
use crate::diag::nearest;

/// A function's name, how many arguments it takes, and whether it has a `~` form.
struct Signature {
    function: Function,
    name: &'static str,
    fewest: usize,
    most: usize,
    tilde: bool,
}

const fn takes(function: Function, name: &'static str, fewest: usize, most: usize) -> Signature {
    Signature { function, name, fewest, most, tilde: false }
}

const fn folds(function: Function, name: &'static str, fewest: usize, most: usize) -> Signature {
    Signature { function, name, fewest, most, tilde: true }
}

/// Sorted by name.
const SIGNATURES: [Signature; 16] = [
    takes(Function::Add, "add", 2, 2),
    folds(Function::Between, "between", 3, 4),
    takes(Function::CidrMatch, "cidrMatch", 2, usize::MAX),
    takes(Function::Concat, "concat", 1, usize::MAX),
    takes(Function::Divide, "divide", 2, 2),
    folds(Function::EndsWith, "endsWith", 2, 2),
    folds(Function::IndexOf, "indexOf", 2, 3),
    takes(Function::Length, "length", 1, 1),
    takes(Function::Modulo, "modulo", 2, 2),
    takes(Function::Multiply, "multiply", 2, 2),
    takes(Function::Number, "number", 1, 2),
    folds(Function::StartsWith, "startsWith", 2, 2),
    takes(Function::String, "string", 1, 1),
    folds(Function::StringContains, "stringContains", 2, 2),
    takes(Function::Substring, "substring", 2, 3),
    takes(Function::Subtract, "subtract", 2, 2),
];

/// Functions of older versions and of other engines, and what to write instead.
const GONE: &[(&str, &str)] = &[
    ("arrayContains", "compare the field itself: any of its values will do"),
    ("arrayCount", "EQL here has no functions on arrays"),
    ("arraySearch", "compare the field itself: any of its values will do"),
    ("match", "write `field regex \"…\"`, or `regex~` to ignore case"),
    ("matchLite", "write `field regex \"…\"`, or `regex~` to ignore case"),
    ("safe", "write what stands in its parentheses: a field that is absent is no error"),
    ("wildcard", "write `field like~ (\"…\", \"…\")`, or `:` for the same"),
];

impl Function {
    /// The function of this name, whatever its case.
    pub(super) fn named(name: &str) -> Option<Self> {
        SIGNATURES.iter().find(|known| known.name.eq_ignore_ascii_case(name)).map(|known| known.function)
    }

    #[must_use]
    pub fn name(self) -> &'static str {
        self.signature().map_or("", |known| known.name)
    }

    /// Whether `name~(…)` exists, which ignores case.
    pub(super) fn has_tilde(self) -> bool {
        self.signature().is_some_and(|known| known.tilde)
    }

    pub(super) fn takes(self, arguments: usize) -> bool {
        self.signature().is_none_or(|known| (known.fewest..=known.most).contains(&arguments))
    }

    /// `two arguments`.
    pub(super) fn arity(self) -> String {
        let Some(Signature { fewest, most, .. }) = self.signature() else { return String::new() };
        match (*fewest, *most) {
            (fewest, usize::MAX) => format!("{} or more", counted(fewest)),
            (fewest, most) if fewest == most => counted(fewest),
            (fewest, most) => format!("{} or {}", word(fewest), counted(most)),
        }
    }

    fn signature(self) -> Option<&'static Signature> {
        SIGNATURES.iter().find(|known| known.function == self)
    }
}

fn word(number: usize) -> String {
    ["no", "one", "two", "three", "four"].get(number).map_or_else(|| number.to_string(), |word| (*word).to_owned())
}

fn counted(arguments: usize) -> String {
    format!("{} argument{}", word(arguments), if arguments == 1 { "" } else { "s" })
}

/// What to write in place of a function that is none.
pub(super) fn instead_of(name: &str) -> String {
    // Elastic's endpoint has functions of its own, which begin so.
    let name = name.trim_start_matches('_');
    if let Some((_, instead)) = GONE.iter().find(|(gone, _)| gone.eq_ignore_ascii_case(name)) {
        return (*instead).to_owned();
    }
    let names = SIGNATURES.map(|known| known.name);
    let mut near = nearest(name, names, (name.chars().count() / 3).min(2));
    if near.is_empty() && name.len() > 2 {
        let part = name.to_ascii_lowercase();
        near = names.into_iter().filter(|known| known.to_ascii_lowercase().contains(&part)).collect();
    }
    match near.as_slice() {
        [] => format!("there are {}", names.join(", ")),
        near => format!("did you mean `{}`?", near.join("` or `")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_has_a_signature() {
        for known in SIGNATURES {
            assert_eq!(Function::named(&known.name.to_uppercase()), Some(known.function));
            assert_eq!(known.function.name(), known.name);
        }
        assert!(SIGNATURES.iter().map(|known| known.name).is_sorted());
        assert_eq!(Function::named("wildcard"), None);
    }

    #[test]
    fn arguments_are_counted_in_words() {
        assert_eq!(Function::Length.arity(), "one argument");
        assert_eq!(Function::Between.arity(), "three or four arguments");
        assert_eq!(Function::CidrMatch.arity(), "two arguments or more");
        assert!(Function::Concat.takes(1) && Function::Concat.takes(50) && !Function::Concat.takes(0));
        assert!(Function::Number.takes(2) && !Function::Number.takes(3));
    }

    #[test]
    fn what_is_no_function_names_what_is() {
        assert_eq!(instead_of("startWith"), "did you mean `startsWith`?");
        assert_eq!(instead_of("len"), "did you mean `length`?");
        assert_eq!(instead_of("contains"), "did you mean `stringContains`?");
        assert!(instead_of("WILDCARD").contains("like~") && instead_of("_arraysearch").contains("any of its values"));
        assert!(instead_of("x").starts_with("there are add, between, "));
    }
}
