//! Queries run on documents of dotted fields; a schema gives each field its type.

use std::fmt;

/// One value of a field, as the document holds it. Numbers keep the form JSON gave them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scalar<'a> {
    Str(&'a str),
    Int(i64),
    /// A number with a fraction, or a whole number outside `i64`.
    Float(f64),
    Bool(bool),
}

impl fmt::Display for Scalar<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Str(text) => f.pad(text),
            Self::Int(number) => number.fmt(f),
            Self::Float(number) => number.fmt(f),
            Self::Bool(truth) => truth.fmt(f),
        }
    }
}

/// How a field's values compare; the names are Elasticsearch's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldType {
    /// Exact and case-sensitive, at any length: an index leaves values longer than its `ignore_above` out, and so misses
    /// what is hidden behind padding; who reads the log itself need not.
    Keyword,
    /// A keyword tuned for wildcards: the same answers as a keyword.
    Wildcard,
    /// Words and phrases, case-insensitive.
    Text,
    /// Addresses; queries may give a CIDR block.
    Ip,
    /// Instants; queries may use date math.
    Date,
    Long,
    /// Numbers with a fraction.
    Double,
    Boolean,
    /// An object whose leaves are keywords, addressed below its own name.
    Flattened,
    /// A place on the map. It exists or not; nothing else can be asked.
    GeoPoint,
    /// An object whose fields have types of their own. It exists where one of them does; it has no value.
    Object,
    /// An array of objects that `field:{ … }` matches one by one.
    Nested,
    /// A field no mapping names: compared by the value's own JSON type.
    Unmapped,
}

/// The types of fields. A query with a wildcard in a field name, or with a bare value, asks for the types of fields as
/// it meets them in documents, on any thread.
///
/// [`Self::is_mapped`] is for EQL. The other methods are for asking a server that holds the same documents: what is true
/// of them only as they are read.
pub trait Schema: fmt::Debug + Sync {
    /// The type of a dotted field name; [`FieldType::Unmapped`] where the schema does not name it.
    fn field_type(&self, field: &str) -> FieldType;

    /// Whether a mapping names the field. Of documents that are read as they are, any field may be there.
    fn is_mapped(&self, _field: &str) -> bool {
        true
    }

    /// Whether a document has at most one value of this field.
    fn is_single(&self, _field: &str) -> bool {
        false
    }

    /// The field without which a document may be read as having others than it says; `None` where none is.
    fn mark(&self) -> Option<&'static str> {
        None
    }

    /// Names at the top of a document any of which has the same effect.
    fn record_marks(&self) -> &'static [&'static str] {
        &[]
    }
}

/// The schema that names no field: every value compares by its own JSON type.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoSchema;

impl Schema for NoSchema {
    fn field_type(&self, _field: &str) -> FieldType {
        FieldType::Unmapped
    }
}

/// A document seen as dotted fields. Arrays are flattened: a field has zero or more scalars. Implementations resolve
/// fields on demand, so asking for one field must not cost the others.
pub trait Document {
    /// Calls `test` with each scalar of `field` until it answers true. Returns whether it did.
    fn any(&self, field: &str, test: &mut dyn FnMut(Scalar<'_>) -> bool) -> bool;

    /// Calls `test` with the dotted name of each field that holds a scalar until it answers true. Returns whether it
    /// did. Serves wildcards in field names and bare values.
    fn any_field(&self, test: &mut dyn FnMut(&str) -> bool) -> bool;

    /// Calls `test` with each object at `path` (an object, or the objects of an array) until it answers true. Field
    /// names inside are relative to the object. Returns whether it did.
    fn any_object(&self, path: &str, test: &mut dyn FnMut(&dyn Document) -> bool) -> bool;
}
