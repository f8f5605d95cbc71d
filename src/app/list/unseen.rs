//! Alerts that nobody has looked at since they came, as mail that is unread.

use super::{List, TableRow};

impl List {
    /// These have just come.
    pub fn mark_unseen(&mut self, indices: &[usize]) {
        for &i in indices {
            if let Some(facts) = self.facts.get_mut(i) {
                facts.unseen = true;
            }
        }
    }

    /// Nobody has looked at the alert at `index`.
    #[must_use]
    pub fn is_unseen(&self, index: usize) -> bool {
        self.facts.get(index).is_some_and(|facts| facts.unseen)
    }

    /// What is under the cursor has been looked at: the alert, or a whole group that is folded. Whether any was new.
    pub fn look(&mut self) -> bool {
        let at = self.position;
        let Ok(place) = self.unseen.binary_search_by_key(&at, |&(row, _)| row) else { return false };
        self.unseen.remove(place);
        match self.rows.get(at) {
            Some(&TableRow::Alert(i)) => self.facts[i].unseen = false,
            Some(&TableRow::Group(group)) => {
                let Some(group) = self.groups.get_mut(group) else { return false };
                group.unseen = 0;
                for &i in &self.members[group.start..group.start + group.len] {
                    self.facts[i].unseen = false;
                }
            }
            None => {}
        }
        true
    }

    /// How many of them are above the `height` rows on the screen, and how many below.
    #[must_use]
    pub fn unseen_outside(&self, height: usize) -> (usize, usize) {
        let count = |of: &dyn Fn(usize) -> bool| self.unseen.iter().filter(|(row, _)| of(*row)).map(|(_, n)| n).sum();
        (count(&|row| row < self.top), count(&|row| row >= self.top + height))
    }
}
