//! A source file as the house tests need it: the paths that it names outside its tests, each with its line.
//!
//! The tokens are the compiler's own, by `proc-macro2`. Not by `syn`: it leaves the arguments of a macro as tokens, and
//! `matches!(x, crate::ui::Y)` names a room too.

use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// One path that the code names. A `use` with braces names one for each branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    /// The module it stands in, from the crate's root.
    pub(super) module: Vec<String>,
    pub(super) parts: Vec<String>,
    /// Its name in this module if a `use` brings it in.
    pub(super) brought_as: Option<String>,
    pub(super) line: usize,
}

impl Named {
    /// This path from the crate's root; nothing when it leads into another crate, or is of one name only and not
    /// brought in.
    pub(super) fn absolute(&self, is_module: impl Fn(&[String]) -> bool) -> Option<Vec<String>> {
        let supers = self.parts.iter().take_while(|part| *part == "super").count();
        let begin = match self.parts.first().map(String::as_str)? {
            "crate" => return Some(self.parts[1..].to_vec()),
            "super" => self.module.get(..self.module.len().checked_sub(supers)?)?.to_vec(),
            "self" => self.module.clone(),
            _ if self.parts.len() == 1 && self.brought_as.is_none() => return None,
            first => {
                let child = [self.module.as_slice(), &[first.to_owned()]].concat();
                return is_module(&child).then(|| [self.module.as_slice(), &self.parts].concat());
            }
        };
        Some([begin.as_slice(), &self.parts[supers.max(1)..]].concat())
    }
}

/// The module that is the file at `path` below `src`, from the crate's root.
pub(super) fn module(path: &Path) -> Vec<String> {
    let module = if path.ends_with("mod.rs") { path.parent().unwrap().to_owned() } else { path.with_extension("") };
    let parts = module.iter().map(|part| part.to_str().unwrap().to_owned());
    parts.filter(|part| !["lib", "main"].contains(&part.as_str())).collect()
}

/// The paths that `source` names, in the module `module`; those under `#[cfg(test)]` are left out unless `tests` says.
pub(super) fn named(module: &[String], source: &str, tests: bool) -> Vec<Named> {
    let mut reader = Reader { module: module.to_vec(), tests, found: Vec::new() };
    reader.read(source.parse().unwrap());
    reader.found
}

struct Reader {
    module: Vec<String>,
    tests: bool,
    found: Vec<Named>,
}

impl Reader {
    fn read(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let (mut at, mut in_use) = (0, false);
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Punct(mark) if mark.as_char() == '#' && !self.tests && is_cfg_test(tokens.get(at + 1)) => {
                    at += tokens[at..].iter().take_while(|token| !ends_item(token)).count();
                }
                TokenTree::Ident(word) if word == "mod" && is_block(tokens.get(at + 2)) => {
                    self.module.push(tokens[at + 1].to_string());
                    self.group(&tokens[at + 2]);
                    self.module.pop();
                    at += 2;
                }
                TokenTree::Ident(word) if word == "use" => in_use = true,
                TokenTree::Ident(_) => at = self.path(&tokens, at, Vec::new(), in_use) - 1,
                TokenTree::Group(_) if in_use => at = self.path(&tokens, at, Vec::new(), true) - 1,
                TokenTree::Group(_) => self.group(&tokens[at]),
                TokenTree::Punct(mark) if mark.as_char() == ';' => in_use = false,
                _ => {}
            }
            at += 1;
        }
    }

    fn group(&mut self, token: &TokenTree) {
        if let TokenTree::Group(group) = token {
            self.read(group.stream());
        }
    }

    /// Reads the path whose next part is at `at`, after `begun`; where it ends.
    fn path(&mut self, tokens: &[TokenTree], mut at: usize, mut parts: Vec<String>, in_use: bool) -> usize {
        let line = tokens[at].span().start().line;
        loop {
            match tokens.get(at) {
                Some(TokenTree::Group(group)) if in_use => {
                    let branches: Vec<TokenTree> = group.stream().into_iter().collect();
                    let mut branch = 0;
                    while branch < branches.len() {
                        branch = self.path(&branches, branch, parts.clone(), true) + 1;
                    }
                    return at + 1;
                }
                Some(token @ TokenTree::Ident(_)) => parts.push(token.to_string()),
                Some(TokenTree::Punct(mark)) if mark.as_char() == '*' => parts.push("*".to_owned()),
                _ => return at.max(1),
            }
            at += 1;
            let is_colon = |n| matches!(tokens.get(n), Some(TokenTree::Punct(mark)) if mark.as_char() == ':');
            let goes_on = is_colon(at) && is_colon(at + 1);
            if !goes_on || !in_use && !matches!(tokens.get(at + 2), Some(TokenTree::Ident(_))) {
                break;
            }
            at += 2;
        }
        let mut brought_as = parts.last().cloned().filter(|_| in_use);
        if in_use && matches!(tokens.get(at), Some(TokenTree::Ident(word)) if word == "as") {
            brought_as = tokens.get(at + 1).map(ToString::to_string);
            at += 2;
        }
        if in_use && parts.last().is_some_and(|last| last == "self") {
            parts.pop();
            brought_as = brought_as.filter(|name| name != "self").or_else(|| parts.last().cloned());
        }
        self.found.push(Named { module: self.module.clone(), parts, brought_as, line });
        at
    }
}

fn is_block(token: Option<&TokenTree>) -> bool {
    matches!(token, Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace)
}

fn ends_item(token: &TokenTree) -> bool {
    is_block(Some(token)) || matches!(token, TokenTree::Punct(mark) if mark.as_char() == ';')
}

fn is_cfg_test(token: Option<&TokenTree>) -> bool {
    token.is_some_and(|token| token.to_string().replace(' ', "") == "[cfg(test)]")
}

#[test]
fn paths_are_named_with_their_lines_and_strings_comments_and_tests_are_not() {
    let source = "//! crate::a\nuse crate::b::{self, c as d, e::{f, self}}; /* crate::g */\n\
                  fn h<'a>(s: &'a str) -> std::fmt::Result { matches!(s, super::i::J { .. }); \"crate::k\"; 'l' }\n\
                  #[cfg(test)]\nmod tests {\n  use crate::m;\n}\npub use n::*;\nmod o { pub(in crate::p) fn q::<R>() {} }";
    let all = named(&["x".to_owned()], source, false);
    let shown = |path: &Named| format!("{} {} {}", path.line, path.module.join("::"), path.parts.join("::"));
    let longer = all.iter().filter(|path| path.parts.len() > 1 || path.brought_as.is_some());
    assert_eq!(
        longer.map(|path| [shown(path), path.brought_as.clone().unwrap_or_default()].join(" ")).collect::<Vec<_>>(),
        [
            "2 x crate::b b",
            "2 x crate::b::c d",
            "2 x crate::b::e::f f",
            "2 x crate::b::e e",
            "3 x std::fmt::Result ",
            "3 x super::i::J ",
            "8 x n::* *",
            "9 x::o crate::p ",
        ]
    );
}
