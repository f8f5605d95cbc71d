//! The value under the cursor, for copying and for questions.

use super::node::{Label, json_string};
use super::{Kind, Tree};

impl Tree {
    /// The path of the cursor, as in `requestParameters.exportOnly[0]`. Raw text.
    #[must_use]
    pub fn path(&self) -> String {
        self.spell_path(true)
    }

    /// [`path`](Self::path) without the positions in arrays: the name that a query gives the field.
    #[must_use]
    pub fn field(&self) -> String {
        self.spell_path(false)
    }

    /// The value under the cursor: a scalar's raw text (a string without quotes), an object or array as JSON.
    #[must_use]
    pub fn value(&self) -> String {
        match self.current() {
            Some(node) if self.nodes[node].is_scalar() => self.nodes[node].text.to_string(),
            Some(node) => {
                let mut json = String::new();
                self.write_json(node, &mut json);
                json
            }
            None => String::new(),
        }
    }

    fn spell_path(&self, with_positions: bool) -> String {
        let mut labels = Vec::new();
        let mut at = self.current();
        while let Some(node) = at {
            labels.push(&self.nodes[node].label);
            at = self.nodes[node].parent;
        }
        let mut path = String::new();
        for label in labels.into_iter().rev() {
            match label {
                Label::Root => {}
                Label::Key(key) => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(key);
                }
                Label::Index(i) if with_positions => path.push_str(&format!("[{i}]")),
                Label::Index(_) => {}
            }
        }
        path
    }

    fn write_json(&self, node: usize, out: &mut String) {
        let n = &self.nodes[node];
        let (open, close) = match n.kind {
            Kind::Object => ('{', '}'),
            Kind::Array => ('[', ']'),
            Kind::Text => return out.push_str(&json_string(&n.text)),
            Kind::Number | Kind::Bool | Kind::Null => return out.push_str(&n.text),
        };
        out.push(open);
        let mut member = node + 1;
        while member < n.end {
            if member > node + 1 {
                out.push(',');
            }
            if let Label::Key(key) = &self.nodes[member].label {
                out.push_str(&json_string(key));
                out.push(':');
            }
            self.write_json(member, out);
            member = self.nodes[member].end;
        }
        out.push(close);
    }
}
