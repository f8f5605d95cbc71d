//! Literals of a query: values and field names as they stand in its text, whichever language it is in.

use crate::diag::Span;

/// A field name or a value, and where it stands in the text.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    pub kind: TermKind,
    /// The bytes of the query that say it, without surrounding white space.
    pub span: Span,
}

/// What a field name or a value is.
#[derive(Debug, Clone, PartialEq)]
pub enum TermKind {
    /// Unquoted `null`; as a field: no field was named.
    Null,
    /// Unquoted `true` or `false`.
    Bool(bool),
    /// Text, unescaped. Numbers stay text until they meet a field.
    Text {
        text: String,
        /// Whether it stood in quotes.
        quoted: bool,
    },
    /// Unquoted text with wildcards: the texts between the `*`s, so always two or more, of which any may be empty.
    Wildcard(Vec<String>),
}

/// The side of a bound on which a range lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RangeOp {
    /// `>`
    Gt,
    /// `>=`
    Gte,
    /// `<`
    Lt,
    /// `<=`
    Lte,
}

impl RangeOp {
    /// The operator as a query writes it.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Gt => ">",
            Self::Gte => ">=",
            Self::Lt => "<",
            Self::Lte => "<=",
        }
    }
}

impl Term {
    /// The lone `*`.
    pub(super) fn star(span: Span) -> Self {
        Self { kind: TermKind::Wildcard(vec![String::new(), String::new()]), span }
    }

    /// The field of a value that names none.
    pub(super) fn no_field(at: usize) -> Self {
        Self { kind: TermKind::Null, span: Span::new(at, at) }
    }
}
