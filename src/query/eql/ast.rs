//! The tree of an EQL query. Spans are bytes of its text.

use crate::diag::Span;
pub use crate::query::script::Arithmetic;

/// A whole query.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    pub kind: StatementKind,
    /// In the order in which they apply.
    pub pipes: Vec<Pipe>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum StatementKind {
    Event(EventQuery),
    Sequence(Sequence),
    Sample(Sample),
}

/// `category where condition`.
#[derive(Debug, Clone, PartialEq)]
pub struct EventQuery {
    /// What the category field must hold, letter for letter; `None` for `any`.
    pub category: Option<String>,
    pub condition: Expr,
    pub span: Span,
}

/// `sequence by … with maxspan=… [item] … until [item]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Sequence {
    /// What all items have in common; each item's own keys come after these.
    pub keys: Vec<Field>,
    /// The longest time from the first event to the last, in milliseconds.
    pub maxspan: Option<u64>,
    /// At least two, or one that runs more than once.
    pub items: Vec<Item>,
    pub until: Option<Item>,
}

/// `sample by … [item] …`: one event for each item, in any order, with the same keys.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    pub keys: Vec<Field>,
    pub items: Vec<Item>,
}

/// One place of a sequence or sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    pub query: EventQuery,
    pub keys: Vec<Field>,
    /// `with runs=N`: so many events in a row; 1 where nothing is said.
    pub runs: u32,
    /// `![…]`: no such event may be there.
    pub missing: bool,
    pub span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pipe {
    /// The first so many.
    Head(u64),
    /// The last so many, in ascending order.
    Tail(u64),
}

/// A dotted field name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Without backticks.
    pub name: String,
    /// `?field`: null where no mapping names it, instead of an error.
    pub optional: bool,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    pub kind: ExprKind,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    Literal(Literal),
    Field(Field),
    /// Two or more.
    And(Vec<Expr>),
    /// Two or more.
    Or(Vec<Expr>),
    /// `not in`, too, is this around [`ExprKind::In`].
    Not(Box<Expr>),
    /// `a == b`. `!=` stays: it is the negation of `==`, also where that is null.
    Comparison {
        op: Comparison,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// `a in (…)`, `a in~ (…)`.
    In {
        value: Box<Expr>,
        list: Vec<Expr>,
        insensitive: bool,
    },
    /// `a like (…)`, `a regex (…)` and their `~` forms; `a : "…"` is `a like~ "…"`.
    Match {
        value: Box<Expr>,
        pattern: Pattern,
        /// One or more, alternatives.
        patterns: Vec<(String, Span)>,
        insensitive: bool,
    },
    /// `-a`. A sign before a number is part of its literal.
    Negative(Box<Expr>),
    Arithmetic {
        op: Arithmetic,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    Call(Call),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    /// Unescaped.
    Text(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// How the texts of [`ExprKind::Match`] are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pattern {
    /// `*` stands for any text, `?` for one character.
    Wildcard,
    /// Lucene's regular expressions, for the whole value.
    Regex,
}

/// A function and its arguments, as many as it takes.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub function: Function,
    /// `name~(…)`.
    pub insensitive: bool,
    pub arguments: Vec<Expr>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    Add,
    Between,
    CidrMatch,
    Concat,
    Divide,
    EndsWith,
    IndexOf,
    Length,
    Modulo,
    Multiply,
    Number,
    StartsWith,
    String,
    StringContains,
    Substring,
    Subtract,
}

/// How tightly an operator binds what stands beside it, from loosest to tightest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Binds {
    /// Looser than every operator.
    Nothing,
    Or,
    And,
    Not,
    Comparison,
    Sum,
    Product,
    Sign,
    /// Tighter than every operator.
    Primary,
}

impl Arithmetic {
    pub(super) fn binds(self) -> Binds {
        match self {
            Self::Add | Self::Subtract => Binds::Sum,
            Self::Multiply | Self::Divide | Self::Modulo => Binds::Product,
        }
    }
}
