//! Values written as Java's `toString` writes them.
//!
//! Elastic's pipeline stores request parameters and the like as `HashMap.toString()`, and rules match wildcards on that
//! string, so the order of its keys matters: it is the order of Java's hash table, in which a key's place depends on
//! its hash, on the size the table has grown to, and, inside one bucket, on the order of insertion.
//!
//! Not reproduced: a bucket with nine or more keys in a table of 64 or more becomes a tree, whose order differs. It
//! takes keys chosen to collide.

use std::fmt::Write as _;

use serde_json::Number;

use super::json::Json;
use super::prune;

/// Java's default table size, which a map filled key by key starts from.
const INITIAL_TABLE: usize = 16;
/// A bucket that grows past this doubles the table…
const FULL_BUCKET: usize = 8;
/// …while the table is smaller than this.
const TREE_TABLE: usize = 64;

/// `value` as Java would print it after the pipeline dropped what is empty; `None` where nothing is left. Takes the
/// value as it was before that, because dropped keys still made the table grow.
pub(super) fn to_string(value: &Json<'_>) -> Option<String> {
    let mut out = String::new();
    write_kept(value, &mut out).then_some(out)
}

/// Appends `value` without its empty parts. Returns whether anything is left, having appended nothing if not.
fn write_kept(value: &Json<'_>, out: &mut String) -> bool {
    let start = out.len();
    let mut kept = false;
    match value {
        Json::Object(object) => {
            out.push('{');
            let members = object.members();
            for (key, value) in hash_order(members, |(key, _)| key) {
                let before = out.len();
                out.push_str(if kept { ", " } else { "" });
                out.push_str(key);
                out.push('=');
                if write_kept(value, out) {
                    kept = true;
                } else {
                    out.truncate(before);
                }
            }
            out.push('}');
        }
        Json::List(items) => {
            out.push('[');
            for item in items {
                let before = out.len();
                out.push_str(if kept { ", " } else { "" });
                if write_kept(item, out) {
                    kept = true;
                } else {
                    out.truncate(before);
                }
            }
            out.push(']');
        }
        scalar => {
            kept = !prune::is_empty(scalar);
            write_scalar(scalar, out);
        }
    }
    if !kept {
        out.truncate(start);
    }
    kept
}

fn write_scalar(value: &Json<'_>, out: &mut String) {
    match value {
        Json::Text(text) => out.push_str(text),
        Json::Number(number) => write_number(number, out),
        Json::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Json::Null | Json::List(_) | Json::Object(_) => {}
    }
}

/// Whole numbers as they are, others as `Double.toString`: at least one digit behind the point, an exponent outside
/// 10⁻³ to 10⁷.
fn write_number(number: &Number, out: &mut String) {
    let _ = match number.as_f64() {
        Some(double) if number.is_f64() => {
            if double == 0.0 || (1e-3..1e7).contains(&double.abs()) {
                write!(out, "{double:?}")
            } else {
                let scientific = format!("{double:E}");
                match scientific.split_once('E') {
                    Some((digits, exponent)) if !digits.contains('.') => write!(out, "{digits}.0E{exponent}"),
                    _ => write!(out, "{scientific}"),
                }
            }
        }
        _ => write!(out, "{number}"),
    };
}

/// `members`, of which each has a key of its own, in the order in which a Java `HashMap`, filled in their order, iterates.
pub(super) fn hash_order<M>(members: impl IntoIterator<Item = M>, key: impl Fn(&M) -> &str) -> impl Iterator<Item = M> {
    let mut placed: Vec<(u32, M)> = Vec::new();
    let mut table = INITIAL_TABLE;
    for member in members {
        let hash = spread_hash(key(&member));
        let bucket = |hash: u32| hash as usize & (table - 1);
        if table < TREE_TABLE
            && placed.iter().filter(|(other, _)| bucket(*other) == bucket(hash)).count() >= FULL_BUCKET
        {
            table *= 2;
        }
        placed.push((hash, member));
        if placed.len() > table / 4 * 3 {
            table *= 2;
        }
    }
    // Resizing keeps the order inside buckets, and so does a stable sort.
    placed.sort_by_key(|(hash, _)| *hash as usize & (table - 1));
    placed.into_iter().map(|(_, member)| member)
}

/// `String.hashCode`, its upper half folded into the lower as `HashMap` does.
fn spread_hash(key: &str) -> u32 {
    let hash = key.encode_utf16().fold(0u32, |hash, unit| hash.wrapping_mul(31).wrapping_add(u32::from(unit)));
    hash ^ (hash >> 16)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn keys(names: &[&str]) -> Value {
        Value::Object(names.iter().map(|&name| (name.to_owned(), json!(1))).collect())
    }

    fn to_string(value: &Value) -> Option<String> {
        super::to_string(&value.clone().into())
    }

    // The expected strings of this module were printed by OpenJDK 17.

    #[test]
    fn keys_come_in_the_order_of_the_hash_table() {
        let names = [
            "é",
            "日本",
            "😀",
            "a",
            "Zz",
            "_",
            "exportTaskIdentifier",
            "sourceArn",
            "s3BucketName",
            "iamRoleArn",
            "kmsKeyId",
            "s3Prefix",
            "exportOnly",
        ];
        assert_eq!(
            to_string(&keys(&names)).unwrap(),
            "{Zz=1, a=1, sourceArn=1, iamRoleArn=1, é=1, 日本=1, s3Prefix=1, exportOnly=1, s3BucketName=1, 😀=1, \
             kmsKeyId=1, exportTaskIdentifier=1, _=1}"
        );
    }

    #[test]
    fn a_table_that_grew_twice() {
        let names: Vec<String> = (0..40).map(|i| format!("key{i}Name")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let order = [
            10, 23, 8, 36, 32, 31, 29, 2, 27, 4, 14, 9, 16, 20, 33, 37, 1, 19, 24, 5, 11, 15, 28, 34, 39, 21, 25, 6, 0,
            18, 38, 12, 22, 30, 35, 13, 7, 17, 26, 3,
        ];
        let expected: Vec<String> = order.iter().map(|i| format!("key{i}Name")).collect();
        assert!(hash_order(names, |name| name).eq(expected));
    }

    #[test]
    fn colliding_keys_keep_their_order_and_a_full_bucket_doubles_the_table() {
        let names = [
            "AaAaAaAa", "AaAaBBBB", "AaAaAaBB", "AaAaBBAa", "BBBBAaAa", "BBBBBBBB", "BBBBAaBB", "BBBBBBAa", "AaBBAaAa",
            "x", "yy", "z", "AaBBBBBB",
        ];
        assert_eq!(
            to_string(&keys(&names)).unwrap(),
            "{AaAaAaAa=1, AaAaBBBB=1, AaAaAaBB=1, AaAaBBAa=1, BBBBAaAa=1, BBBBBBBB=1, BBBBAaBB=1, BBBBBBAa=1, \
             AaBBAaAa=1, AaBBBBBB=1, yy=1, x=1, z=1}"
        );
    }

    #[test]
    fn what_is_empty_is_dropped_but_counted_in_the_size_of_the_table() {
        let value = json!({
            "field0": 0, "field1": 1, "field2": 2, "field3": 3, "field4": 4, "field5": 5, "field6": 6, "field7": 7,
            "field8": 8, "field9": 9, "field10": null, "field11": {"x": ["-", {"y": ""}]}, "field12": "none",
        });
        assert_eq!(
            to_string(&value).unwrap(),
            "{field1=1, field0=0, field7=7, field6=6, field9=9, field8=8, field3=3, field2=2, field5=5, field4=4}"
        );
        assert_eq!(to_string(&json!({"a": [null, {}]})), None);
    }

    #[test]
    fn nested_maps_lists_and_scalars() {
        let value = json!({"b": [1, {"c": true}, [], "x"], "a": {"n": -2, "m": null}, "d": "-"});
        assert_eq!(to_string(&value).unwrap(), "{a={n=-2}, b=[1, {c=true}, x]}");
        assert_eq!(to_string(&json!("text")).unwrap(), "text");
    }

    #[test]
    fn numbers_as_double_to_string_prints_them() {
        for (json, java) in [
            ("0.0", "0.0"),
            ("-0.0", "-0.0"),
            ("2.50", "2.5"),
            ("100.0", "100.0"),
            ("1e7", "1.0E7"),
            ("9999999.0", "9999999.0"),
            ("12345678.9", "1.23456789E7"),
            ("0.001", "0.001"),
            ("0.00099", "9.9E-4"),
            ("1.5e300", "1.5E300"),
            ("18446744073709551615", "18446744073709551615"),
            ("-7", "-7"),
        ] {
            assert_eq!(to_string(&serde_json::from_str(json).unwrap()).unwrap(), java);
        }
    }
}
