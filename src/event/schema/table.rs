//! Tables of fields as texts. ECS repeats the same sets of fields in many places: a text says each set once and names it
//! wherever it stands. Nothing is spelled out in memory either, as a name is looked up part by part.

use std::collections::HashMap;

use crate::query::FieldType;

/// One part of a field's name, and what can follow it.
#[derive(Debug)]
pub(super) struct Field {
    name: &'static str,
    kind: Option<FieldType>,
    /// Whether it is indexed a second time as words, under its name and `.text`.
    pub(super) words: bool,
    below: Below,
}

#[derive(Debug)]
enum Below {
    Nothing,
    Own(Fields),
    Set(&'static str),
}

/// Sorted by name.
type Fields = Vec<Field>;

/// How far a table knows a name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found<'t> {
    /// The last part that it knows.
    pub(super) field: &'t Field,
    /// Whether that is the whole name.
    pub(super) whole: bool,
}

/// A table of fields.
#[derive(Debug, Default)]
pub(super) struct Table {
    roots: Fields,
    sets: HashMap<&'static str, Fields>,
}

impl Field {
    /// Its type. What has fields below it, and no type, is an object.
    pub(super) fn kind(&self) -> FieldType {
        let unsaid = if matches!(self.below, Below::Nothing) { FieldType::Keyword } else { FieldType::Object };
        self.kind.unwrap_or(unsaid)
    }

    /// Whether each document names the fields below it as it likes.
    pub(super) fn is_open(&self) -> bool {
        let names_none = match &self.below {
            Below::Nothing => true,
            Below::Own(fields) => fields.is_empty(),
            Below::Set(_) => false,
        };
        names_none && matches!(self.kind(), FieldType::Flattened | FieldType::Object)
    }
}

impl Table {
    /// Reads a table; `ecs.txt` says how it is written.
    pub(super) fn read(text: &'static str) -> Self {
        let mut rest = text;
        while let Some(comment) = rest.strip_prefix('#') {
            rest = comment.split_once('\n').map_or("", |(_, rest)| rest);
        }
        let mut table = Self::default();
        table.roots = table.fields(&mut rest);
        table
    }

    /// Reads fields up to the brace that closes them.
    fn fields(&mut self, rest: &mut &'static str) -> Fields {
        let mut fields = Fields::new();
        loop {
            *rest = rest.trim_start();
            let end = rest.find(|c: char| c.is_whitespace() || "{}".contains(c)).unwrap_or(rest.len());
            let (word, behind) = rest.split_at(end);
            *rest = behind;
            let own = rest.strip_prefix('{').map(|inside| {
                *rest = inside;
                self.fields(rest)
            });
            match (word.strip_prefix('$'), own) {
                (Some(set), own) => {
                    self.sets.insert(set, own.unwrap_or_default());
                }
                (None, None) if word.is_empty() => break,
                (None, own) => fields.push(field(word, own)),
            }
        }
        *rest = rest.strip_prefix('}').unwrap_or(rest);
        fields.sort_unstable_by_key(|field| field.name);
        fields
    }

    fn below<'t>(&'t self, field: &'t Field) -> &'t [Field] {
        match &field.below {
            Below::Nothing => &[],
            Below::Own(fields) => fields,
            Below::Set(set) => self.sets.get(set).map_or(&[], Vec::as_slice),
        }
    }

    /// Looks a dotted name up; `None` where the table does not even know its first part.
    pub(super) fn find(&self, name: &str) -> Option<Found<'_>> {
        let mut level = self.roots.as_slice();
        let mut known = None;
        for part in name.split('.') {
            let Ok(at) = level.binary_search_by_key(&part, |field| field.name) else {
                return known.map(|field| Found { field, whole: false });
            };
            known = Some(&level[at]);
            level = self.below(&level[at]);
        }
        known.map(|field| Found { field, whole: true })
    }

    /// Calls `visit` with the whole name of each field, of objects too.
    pub(super) fn each(&self, visit: &mut dyn FnMut(&str, &Field)) {
        self.each_of(&self.roots, &mut String::new(), visit);
    }

    fn each_of(&self, fields: &[Field], path: &mut String, visit: &mut dyn FnMut(&str, &Field)) {
        for field in fields {
            let length = path.len();
            if length > 0 {
                path.push('.');
            }
            path.push_str(field.name);
            visit(path, field);
            self.each_of(self.below(field), path, visit);
            path.truncate(length);
        }
    }
}

/// A field as a word writes it: `name`, `name+`, `name:type`, `name$set`.
fn field(word: &'static str, own: Option<Fields>) -> Field {
    let (word, set) = word.split_once('$').map_or((word, None), |(word, set)| (word, Some(set)));
    let (word, kind) = word.split_once(':').map_or((word, None), |(word, kind)| (word, kind_of(kind)));
    let name = word.trim_end_matches('+');
    let below = match (own, set) {
        (Some(fields), _) => Below::Own(fields),
        (None, Some(set)) => Below::Set(set),
        (None, None) => Below::Nothing,
    };
    Field { name, kind, words: name.len() < word.len(), below }
}

/// The type of Elasticsearch that `word` names. Numbers with a fraction are one type here.
fn kind_of(word: &str) -> Option<FieldType> {
    Some(match word {
        "boolean" => FieldType::Boolean,
        "date" => FieldType::Date,
        "double" | "float" | "scaled_float" => FieldType::Double,
        "flattened" => FieldType::Flattened,
        "geo_point" => FieldType::GeoPoint,
        "ip" => FieldType::Ip,
        "long" => FieldType::Long,
        "match_only_text" => FieldType::Text,
        "nested" => FieldType::Nested,
        "object" => FieldType::Object,
        "wildcard" => FieldType::Wildcard,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# A comment.\n$point{lat:long lon:long}\nhere$point\nuser{name+ id age:long\n  hands:nested{n}}\nfree:flattened any{}";

    #[test]
    fn names_are_found_as_far_as_they_go() {
        let table = Table::read(TEXT);
        let at = |name: &str| table.find(name).map(|found| (found.field.kind(), found.whole, found.field.is_open()));
        for (name, expected) in [
            ("here", Some((FieldType::Object, true, false))),
            ("here.lon", Some((FieldType::Long, true, false))),
            ("here.lon.x", Some((FieldType::Long, false, false))),
            ("user.name", Some((FieldType::Keyword, true, false))),
            ("user.age", Some((FieldType::Long, true, false))),
            ("user.hands", Some((FieldType::Nested, true, false))),
            ("user.hands.n", Some((FieldType::Keyword, true, false))),
            ("user.other", Some((FieldType::Object, false, false))),
            ("free.x.y", Some((FieldType::Flattened, false, true))),
            ("any.x", Some((FieldType::Object, false, true))),
            ("point", None),
            ("", None),
        ] {
            assert_eq!(at(name), expected, "{name}");
        }
        assert!(table.find("user.name").unwrap().field.words && !table.find("user.id").unwrap().field.words);
        let mut names = Vec::new();
        table.each(&mut |name, _| names.push(name.to_owned()));
        let all = "any free here here.lat here.lon user user.age user.hands user.hands.n user.id user.name";
        assert_eq!(names.join(" "), all);
    }

    #[test]
    fn each_word_of_the_tables_is_understood_and_each_set_is_there() {
        for text in [super::super::ECS, super::super::INTEGRATION] {
            let table = Table::read(text);
            let body = text.lines().filter(|line| !line.starts_with('#'));
            for word in body.flat_map(|line| line.split(|c: char| c.is_whitespace() || "{}".contains(c))) {
                let (word, set) = word.split_once('$').map_or((word, None), |(word, set)| (word, Some(set)));
                assert!(set.is_none_or(|set| table.sets.get(set).is_some_and(|set| !set.is_empty())), "${set:?}");
                let (name, kind) = word.split_once(':').map_or((word, None), |(name, kind)| (name, Some(kind)));
                assert!(kind.is_none_or(|kind| kind_of(kind).is_some()), "{word}");
                let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_@+".contains(c);
                assert!(name.chars().all(plain), "{word}");
            }
            assert_eq!(text.matches('{').count(), text.matches('}').count());
            let repeated = |fields: &Fields| fields.windows(2).any(|pair| pair[0].name == pair[1].name);
            assert!(!repeated(&table.roots) && !table.sets.values().any(repeated));
        }
    }
}
