//! What the terminal can show. The environment tells; asking the terminal itself is slow over a network, and some never
//! answer.

use crate::ui::{Glyphs, Palette, Theme};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// At least sixteen of them.
    pub colors: bool,
    /// Characters beyond ASCII.
    pub unicode: bool,
    /// The cursor can be moved; without that there is no console.
    pub cursor: bool,
}

impl Capabilities {
    /// `var` looks up an environment variable. Unless `colors` decides, `NO_COLOR` (set and not empty) and `TERM=dumb`
    /// turn them off. A locale that is not UTF-8 (`LC_ALL`, else `LC_CTYPE`, else `LANG`), or `ascii`, means ASCII.
    #[must_use]
    pub fn detect(colors: Option<bool>, ascii: bool, var: impl Fn(&str) -> Option<String>) -> Capabilities {
        let value = |name| var(name).filter(|v| !v.is_empty());
        let cursor = value("TERM").is_some_and(|term| term != "dumb");
        let colors = colors.unwrap_or_else(|| cursor && value("NO_COLOR").is_none());
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(value).unwrap_or_default();
        let utf8 = ["utf-8", "utf8"].iter().any(|name| locale.to_ascii_lowercase().contains(name));
        Capabilities { colors, unicode: utf8 && !ascii, cursor }
    }

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

    fn detect(colors: Option<bool>, ascii: bool, vars: &[(&str, &str)]) -> (bool, bool, bool) {
        let var = |name: &str| vars.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        let found = Capabilities::detect(colors, ascii, var);
        (found.colors, found.unicode, found.cursor)
    }

    #[test]
    fn an_ordinary_terminal_can_do_all() {
        let vars = [("TERM", "xterm-256color"), ("LANG", "en_GB.UTF-8")];
        assert_eq!(detect(None, false, &vars), (true, true, true));
        assert_eq!(detect(None, true, &vars), (true, false, true));
        assert_eq!(detect(Some(false), false, &vars), (false, true, true));
    }

    #[test]
    fn no_color_and_a_dumb_terminal_have_no_colors_unless_asked() {
        for vars in [[("TERM", "xterm"), ("NO_COLOR", "1")], [("TERM", "dumb"), ("NO_COLOR", "")]] {
            assert!(!detect(None, false, &vars).0);
            assert!(detect(Some(true), false, &vars).0);
        }
        assert!(detect(None, false, &[("TERM", "xterm"), ("NO_COLOR", "")]).0, "empty is unset");
        assert!(!detect(None, false, &[("TERM", "dumb")]).2);
        assert!(!detect(None, false, &[]).2);
    }

    #[test]
    fn the_first_locale_that_is_set_decides() {
        let unicode = |vars: &[(&str, &str)]| detect(None, false, vars).1;
        assert!(unicode(&[("LC_CTYPE", "C.utf8"), ("LANG", "C")]));
        assert!(!unicode(&[("LC_ALL", "C"), ("LANG", "en_US.UTF-8")]));
        assert!(unicode(&[("LC_ALL", ""), ("LANG", "de_DE.UTF-8")]));
        assert!(!unicode(&[("LANG", "en_US.ISO-8859-1")]));
        assert!(!unicode(&[]));
    }
}
