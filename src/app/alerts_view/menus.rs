//! The dialogs that the keys of the Alerts view open.

use super::super::Filter;
use super::super::action::Tab;
use super::super::editor::Editor;
use super::super::format::plural;
use super::super::list::{Column, GroupBy};
use super::super::overlay::{Choice, Menu, Overlay};
use super::super::shared::Shared;
use super::AlertsView;
use crate::detect::AlertId;
use crate::rule::StepId;
use crate::triage::{Reason, Status};

impl AlertsView {
    pub(super) fn open_close_menu(&self, shared: &mut Shared) {
        let targets = self.targets(shared);
        let (mut open, mut of) = (0, 0);
        for entry in &targets {
            let (done, all) = shared.progress(entry);
            open += all - done;
            of += all;
        }
        let title = match targets.as_slice() {
            [one] => format!("Close {} as", one.row.summary.actor.as_deref().unwrap_or("the alert")),
            many => format!("Close {} as", plural(many.len(), "alert")),
        };
        let hint = (open > 0).then(|| format!("{open} of {} not done yet", plural(of, "step")));
        let choices = Reason::ALL.iter().map(|r| (r.as_str().to_owned(), Choice::Close(*r)));
        shared.open(Overlay::Menu(Menu { hint, ..Menu::new(&title, choices) }));
    }

    pub(super) fn open_sort_menu(&self, shared: &mut Shared) {
        let (sort, descending) = self.list.order();
        let choices = Column::ALL.iter().map(|c| {
            let now = match (*c == sort, descending) {
                (true, true) => "  · now, largest first",
                (true, false) => "  · now, smallest first",
                (false, _) => "",
            };
            (format!("{}{now}", c.as_str()), Choice::Sort(*c))
        });
        let cursor = Column::ALL.iter().position(|c| *c == sort).unwrap_or(0);
        let hint = Some("the column it is sorted by: the other way round".to_owned());
        shared.open(Overlay::Menu(Menu { hint, cursor, ..Menu::new("Sort by", choices) }));
    }

    pub(super) fn open_group_menu(&self, shared: &mut Shared) {
        let groups = GroupBy::ALL.iter().map(|g| (g.as_str().to_owned(), Choice::Group(Some(*g))));
        let mut menu = Menu::new("Group by", groups.chain([("nothing".to_owned(), Choice::Group(None))]));
        menu.cursor = menu.choices.iter().position(|(_, c)| *c == Choice::Group(self.list.group)).unwrap_or(0);
        shared.open(Overlay::Menu(menu));
    }

    pub(super) fn open_note(&self, shared: &mut Shared) {
        let step = self.step_under_cursor().cloned();
        let Some(alert) = self.list.selected().cloned() else { return };
        self.edit_note(alert, step, None, shared);
    }

    fn edit_note(&self, alert: AlertId, step: Option<StepId>, close: Option<Reason>, shared: &mut Shared) {
        let rule = self.selected_rule(shared);
        let number = step.as_ref().and_then(|id| rule?.checklist.step(id).map(|s| s.number));
        let title = match (close, number) {
            (Some(reason), _) => format!("Closing as {reason}: why?"),
            (None, Some(number)) => format!("Note on step {number}"),
            (None, None) => "Note on the alert".to_owned(),
        };
        let draft = self.drafts.get(&(alert.clone(), step.clone())).cloned().unwrap_or_default();
        shared.open(Overlay::Note { alert, step, title, editor: Editor::lines(&draft), close });
    }

    /// Takes a note that was written.
    pub(in crate::app) fn accept_note(
        &mut self,
        alert: AlertId,
        step: Option<StepId>,
        text: &str,
        close: Option<Reason>,
        shared: &mut Shared,
    ) {
        let text = text.trim().to_owned();
        if text.is_empty() && close.is_some() {
            shared.say("closing as other needs a word on why");
            return self.edit_note(alert, step, close, shared);
        }
        self.drafts.remove(&(alert.clone(), step.clone()));
        match close {
            Some(reason) => self.set_status(Status::Closed(reason), Some(text), shared),
            None if text.is_empty() => shared.say("an empty note is not written"),
            None => self.write_note(alert, step, text, shared),
        }
    }

    /// Keeps a note that is half-written as a draft.
    pub(in crate::app) fn leave_note(&mut self, alert: AlertId, step: Option<StepId>, text: &str, shared: &mut Shared) {
        if text.trim().is_empty() {
            self.drafts.remove(&(alert, step));
        } else {
            self.drafts.insert((alert, step), text.to_owned());
            shared.say("kept as a draft: n goes on with it");
        }
    }

    /// Closes for `reason`; asks for a note first where the reason does not say enough.
    pub(in crate::app) fn close(&mut self, reason: Reason, shared: &mut Shared) {
        if reason != Reason::Other {
            return self.set_status(Status::Closed(reason), None, shared);
        }
        if let Some(alert) = self.list.selected().cloned() {
            self.edit_note(alert, None, Some(reason), shared);
        }
    }

    pub(in crate::app) fn group_by(&mut self, group: Option<GroupBy>, shared: &mut Shared) {
        self.list.group = group;
        self.arrange(true, shared);
    }

    pub(super) fn open_filter(&self, shared: &mut Shared) {
        let editor = Editor::line(self.filter.text());
        shared.open(Overlay::Filter { editor, before: self.filter.clone() });
    }

    /// Filters by what has been typed so far.
    pub(in crate::app) fn type_filter(&mut self, text: &str, shared: &mut Shared) {
        let filter = Filter::parse(text, &self.filter, shared.now);
        self.hidden_new = 0;
        self.filter_by(filter, shared);
    }

    /// Goes back to the filter that was there before typing began.
    pub(in crate::app) fn leave_filter(&mut self, mut before: Filter, shared: &mut Shared) {
        before.catch_up(&self.filter);
        self.filter_by(before, shared);
    }

    /// Shows the record, to search it.
    pub(in crate::app) fn show_record(&mut self) {
        self.tab = Tab::Event;
    }
}
