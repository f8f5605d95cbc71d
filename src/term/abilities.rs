//! What the terminal can show, as far as the environment tells.

use crate::ui::{Glyphs, Palette, Theme};

/// Whether colours are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Colors {
    /// As the environment tells.
    #[default]
    Auto,
    /// Whatever the environment tells.
    Always,
    /// None.
    Never,
}

/// What the terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Abilities {
    /// Colours, at least sixteen.
    pub colors: bool,
    /// Characters beyond ASCII.
    pub unicode: bool,
    /// Moving the cursor about, without which there is no console.
    pub cursor: bool,
}

impl Abilities {
    /// Finds out from the environment; `var` looks a variable up. `NO_COLOR` (set and not empty) and `TERM=dumb` mean no
    /// colours unless `colors` says otherwise; a locale that is not UTF-8 (`LC_ALL`, else `LC_CTYPE`, else `LANG`), or
    /// `ascii`, means ASCII.
    #[must_use]
    pub fn detect(colors: Colors, ascii: bool, var: impl Fn(&str) -> Option<String>) -> Abilities {
        let value = |name| var(name).filter(|v| !v.is_empty());
        let cursor = value("TERM").is_some_and(|term| term != "dumb");
        let colors = match colors {
            Colors::Auto => cursor && value("NO_COLOR").is_none(),
            Colors::Always => true,
            Colors::Never => false,
        };
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(value).unwrap_or_default();
        let utf8 = ["utf-8", "utf8"].iter().any(|name| locale.to_ascii_lowercase().contains(name));
        Abilities { colors, unicode: utf8 && !ascii, cursor }
    }

    /// How the console looks with them.
    #[must_use]
    pub fn look(self) -> Theme {
        Theme {
            theme: if self.colors { Palette::Colour } else { Palette::NoColour },
            glyphs: if self.unicode { Glyphs::Unicode } else { Glyphs::Ascii },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(colors: Colors, ascii: bool, vars: &[(&str, &str)]) -> (bool, bool, bool) {
        let var = |name: &str| vars.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        let found = Abilities::detect(colors, ascii, var);
        (found.colors, found.unicode, found.cursor)
    }

    #[test]
    fn an_ordinary_terminal_can_do_all() {
        let vars = [("TERM", "xterm-256color"), ("LANG", "en_GB.UTF-8")];
        assert_eq!(detect(Colors::Auto, false, &vars), (true, true, true));
        assert_eq!(detect(Colors::Auto, true, &vars), (true, false, true));
        assert_eq!(detect(Colors::Never, false, &vars), (false, true, true));
    }

    #[test]
    fn no_color_and_a_dumb_terminal_have_no_colors_unless_asked() {
        for vars in [[("TERM", "xterm"), ("NO_COLOR", "1")], [("TERM", "dumb"), ("NO_COLOR", "")]] {
            assert!(!detect(Colors::Auto, false, &vars).0);
            assert!(detect(Colors::Always, false, &vars).0);
        }
        assert!(detect(Colors::Auto, false, &[("TERM", "xterm"), ("NO_COLOR", "")]).0, "empty is unset");
        assert!(!detect(Colors::Auto, false, &[("TERM", "dumb")]).2);
        assert!(!detect(Colors::Auto, false, &[]).2);
    }

    #[test]
    fn the_first_locale_that_is_set_decides() {
        let unicode = |vars: &[(&str, &str)]| detect(Colors::Auto, false, vars).1;
        assert!(unicode(&[("LC_CTYPE", "C.utf8"), ("LANG", "C")]));
        assert!(!unicode(&[("LC_ALL", "C"), ("LANG", "en_US.UTF-8")]));
        assert!(unicode(&[("LC_ALL", ""), ("LANG", "de_DE.UTF-8")]));
        assert!(!unicode(&[("LANG", "en_US.ISO-8859-1")]));
        assert!(!unicode(&[]));
    }
}
