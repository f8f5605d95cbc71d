//! Values one of which a document must have to match: many queries are indexed by them.

use std::collections::BTreeSet;

use super::Query;
use super::clause::Clause;

impl Query {
    /// Values of `field` of which a document must have at least one to satisfy the query; `None` where no such list
    /// can be told. Sound, and not complete: a document that has one may still not satisfy it.
    #[must_use]
    pub fn required(&self, field: &str) -> Option<BTreeSet<&str>> {
        required(&self.clause, field)
    }
}

fn required<'q>(clause: &'q Clause, field: &str) -> Option<BTreeSet<&'q str>> {
    match clause {
        Clause::Nothing => Some(BTreeSet::new()),
        Clause::Field { name, test } if **name == *field => test.exact().map(BTreeSet::from_iter),
        Clause::And(parts) => parts.iter().filter_map(|part| required(part, field)).min_by_key(BTreeSet::len),
        Clause::Or(parts) => parts.iter().map(|part| required(part, field)).collect::<Option<Vec<_>>>().map(union),
        Clause::Everything
        | Clause::Not(_)
        | Clause::Field { .. }
        | Clause::Tree { .. }
        | Clause::Fields(_)
        | Clause::Nested { .. }
        | Clause::Script(_) => None,
    }
}

fn union(sets: Vec<BTreeSet<&str>>) -> BTreeSet<&str> {
    sets.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use crate::query::kql;
    use std::collections::BTreeSet;

    use crate::query::tests::Keywords;

    fn required(query: &str) -> Option<Vec<String>> {
        let query = kql::compile(query, &Keywords).unwrap();
        query.required("a").map(|set| BTreeSet::iter(&set).map(|v| (*v).to_owned()).collect())
    }

    #[test]
    fn the_values_that_one_of_must_be_there() {
        let list = |values: &[&str]| Some(values.iter().map(|v| (*v).to_owned()).collect::<Vec<_>>());
        assert_eq!(required("a: x"), list(&["x"]));
        assert_eq!(required("a: (x or y) and b: z"), list(&["x", "y"]));
        assert_eq!(required("a: (x or y) and a: y"), list(&["y"]));
        assert_eq!(required("(a: x and b: 1) or (a: y and not b: 1)"), list(&["x", "y"]));
        for none in ["", "b: x", "not a: x", "a: x*", "a: *", "a: (x or y*)", "a: x or b: y", "x", "a > x", "*: x"] {
            assert_eq!(required(none), None, "{none}");
        }
    }
}
