//! The answers of a condition. Only the literal null, which is what an optional field is that no mapping names, gives a
//! third: neither it nor its opposite finds an event.

use crate::query::clause::Clause;

pub(super) struct Truth {
    pub(super) yes: Clause,
    /// Where the opposite holds; `None` where that is everywhere else.
    no: Option<Clause>,
}

impl From<Clause> for Truth {
    fn from(yes: Clause) -> Self {
        Self { yes, no: None }
    }
}

impl Truth {
    pub(super) fn null() -> Self {
        Self { yes: Clause::Nothing, no: Some(Clause::Nothing) }
    }

    /// `None` is null.
    pub(super) fn known(answer: Option<bool>) -> Self {
        match answer {
            Some(true) => Clause::Everything.into(),
            Some(false) => Clause::Nothing.into(),
            None => Self::null(),
        }
    }

    pub(super) fn negated(self) -> Self {
        match self.no {
            Some(no) => Self { yes: no, no: Some(self.yes) },
            None => self.yes.negated().into(),
        }
    }

    pub(super) fn negated_if(self, negated: bool) -> Self {
        if negated { self.negated() } else { self }
    }

    pub(super) fn all(parts: Vec<Self>) -> Self {
        let no = Self::opposites(&parts).map(any);
        Self { yes: all(parts.into_iter().map(|part| part.yes).collect()), no }
    }

    pub(super) fn any(parts: Vec<Self>) -> Self {
        let no = Self::opposites(&parts).map(all);
        Self { yes: any(parts.into_iter().map(|part| part.yes).collect()), no }
    }

    /// The opposite of each, where one of them is not all the rest.
    fn opposites(parts: &[Self]) -> Option<Vec<Clause>> {
        let opposite = |part: &Self| part.no.clone().unwrap_or_else(|| part.yes.clone().negated());
        parts.iter().any(|part| part.no.is_some()).then(|| parts.iter().map(opposite).collect())
    }
}

fn all(mut parts: Vec<Clause>) -> Clause {
    parts.retain(|part| !matches!(part, Clause::Everything));
    match parts.len() {
        _ if parts.iter().any(|part| matches!(part, Clause::Nothing)) => Clause::Nothing,
        0 => Clause::Everything,
        1 => parts.remove(0),
        _ => Clause::all_of(parts),
    }
}

fn any(mut parts: Vec<Clause>) -> Clause {
    parts.retain(|part| !matches!(part, Clause::Nothing));
    match parts.len() {
        _ if parts.iter().any(|part| matches!(part, Clause::Everything)) => Clause::Everything,
        0 => Clause::Nothing,
        _ => Clause::any_of(parts),
    }
}
