//! A line of the output: ok, or what is wrong and what to do.

use serde::Serialize;

use crate::text::visible;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Standing {
    Ok,
    /// It works, and not as well as it could.
    Warn,
    /// Something will not work.
    Fail,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Check {
    /// The name of the check, the same in every version.
    pub check: &'static str,
    pub standing: Standing,
    pub says: String,
    /// What to do; nothing where all is well.
    #[serde(rename = "do", skip_serializing_if = "Option::is_none")]
    pub todo: Option<String>,
}

impl Check {
    pub(super) fn ok(check: &'static str, says: impl Into<String>) -> Self {
        Self { check, standing: Standing::Ok, says: says.into(), todo: None }
    }

    pub(super) fn warn(check: &'static str, says: impl Into<String>, todo: impl Into<String>) -> Self {
        Self { check, standing: Standing::Warn, says: says.into(), todo: Some(todo.into()) }
    }

    pub(super) fn fail(check: &'static str, says: impl Into<String>, todo: impl Into<String>) -> Self {
        Self { check, standing: Standing::Fail, says: says.into(), todo: Some(todo.into()) }
    }

    /// From an error that says what is wrong, and behind `help:` or a semicolon what to do; else that is `todo`.
    pub(super) fn failed(check: &'static str, error: &anyhow::Error, todo: &str) -> Self {
        let text = format!("{error:#}");
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        let help = lines.iter().find_map(|line| line.strip_prefix("help: "));
        let first = lines.first().copied().unwrap_or_default();
        let (says, todo) = match (help, first.rsplit_once("; ")) {
            (Some(help), _) => (first, help),
            (None, Some((says, todo))) => (says, todo),
            (None, None) => (first, todo),
        };
        Self::fail(check, says, todo)
    }

    /// `fail  state          what is wrong → what to do`, safe to print.
    pub(super) fn line(&self, arrow: &str) -> String {
        let word = match self.standing {
            Standing::Ok => "ok",
            Standing::Warn => "warn",
            Standing::Fail => "fail",
        };
        let todo = self.todo.as_ref().map(|todo| format!(" {arrow} {todo}")).unwrap_or_default();
        visible(&format!("{word:<5} {:<13} {}{todo}", self.check, self.says)).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;
    use crate::diag::{Diagnostic, Span};

    #[test]
    fn a_line_says_how_it_stands_and_what_to_do() {
        assert_eq!(Check::ok("rules", "1 runs").line("→"), "ok    rules         1 runs");
        assert_eq!(
            Check::fail("state", "full\u{1b}", "free some").line("->"),
            "fail  state         full\\x1b -> free some"
        );
    }

    #[test]
    fn an_error_is_taken_apart_into_what_is_wrong_and_what_to_do() {
        let taken = |error| {
            let check = Check::failed("x", &error, "look");
            (check.says, check.todo.unwrap())
        };
        let at = Diagnostic::new("unknown field").in_file("c.toml").at("a\nb", Span::new(2, 3)).help("known: a");
        assert_eq!(taken(at.into()), ("c.toml:2:1: unknown field".to_owned(), "known: a".to_owned()));
        assert_eq!(taken(anyhow!("it is full; free some")), ("it is full".to_owned(), "free some".to_owned()));
        assert_eq!(taken(anyhow!("it is gone")), ("it is gone".to_owned(), "look".to_owned()));
    }
}
