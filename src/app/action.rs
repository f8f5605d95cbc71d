//! The actions that keys are bound to.

/// The tabs of the detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Tab {
    /// Who did what, from where to where; what stands out; what to do next.
    #[default]
    Overview,
    /// The investigation guide, to be ticked off.
    Checklist,
    /// Its incident as a timeline.
    Story,
    Event,
    Rule,
    History,
}

impl Tab {
    /// All tabs, left to right.
    pub const ALL: [Self; 6] = [Self::Overview, Self::Checklist, Self::Story, Self::Event, Self::Rule, Self::History];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Checklist => "Checklist",
            Self::Story => "Story",
            Self::Event => "Event",
            Self::Rule => "Rule",
            Self::History => "History",
        }
    }

    /// The tab `by` places to the right, round and round.
    pub(super) fn neighbour(self, by: usize) -> Self {
        let at = Self::ALL.iter().position(|tab| *tab == self).unwrap_or(0);
        Self::ALL[(at + by) % Self::ALL.len()]
    }
}

/// The half of the screen that has the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Pane {
    /// The table of alerts.
    #[default]
    Table,
    /// The detail of the selected alert.
    Detail,
}

impl Pane {
    pub(super) fn other(self) -> Self {
        if self == Self::Table { Self::Detail } else { Self::Table }
    }
}

/// The meaning of a key, found without touching any state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Give the detail more room.
    Grow,
    /// Give the table more room.
    Shrink,
    /// Give the detail all the room, or take it back.
    Zoom,
    /// One row or item down.
    Down,
    /// One row or item up.
    Up,
    PageDown,
    PageUp,
    First,
    Last,
    /// Open the selected alert, or what is under the cursor.
    Open,
    /// Back to where she came from.
    Back,
    /// To the other pane.
    SwitchPane,
    Show(Tab),
    /// To the next tab.
    NextTab,
    /// To the previous tab.
    PreviousTab,
    /// To the next group.
    NextGroup,
    /// To the group before.
    PreviousGroup,
    /// Fold the group that the cursor is in.
    FoldGroup,
    /// To the next alert, staying in the detail.
    NextAlert,
    /// To the previous alert, staying in the detail.
    PreviousAlert,
    /// From the overview to the next step of the checklist.
    GoOn,
    /// Mark or unmark the selected alert.
    Mark,
    /// Mark the group, or all that are shown.
    MarkAll,
    /// To the next step of the checklist.
    NextStep,
    /// To the step before.
    PreviousStep,
    /// Tick or untick the step.
    Tick,
    /// Set the step aside as not applicable, or back.
    NotApplicable,
    /// Ask in the other language.
    SwitchLanguage,
    /// To the record of the next event of the sequence.
    NextOfSequence,
    /// To the record of the event before.
    PreviousOfSequence,
    /// Fold or unfold.
    Fold,
    /// Open what is folded.
    Unfold,
    /// Close what is open, or go out of it.
    FoldUp,
    /// The story over a shorter time.
    NarrowTime,
    /// The story over a longer time.
    WidenTime,
    /// Other events belong to the story.
    Belongs,
    /// Hide or show calls that only look.
    HideReads,
    /// To the next alert of the story.
    NextInStory,
    /// To the alert of the story before.
    PreviousInStory,
    /// Raw record or ECS document.
    ToggleEcs,
    Explore,
    /// The events with the value under the cursor.
    ExploreValue,
    /// Narrow the question to the value under the cursor.
    Narrow,
    /// Leave the value under the cursor out.
    LeaveOut,
    /// Type a question to the log.
    Ask,
    /// Back to the question before.
    EarlierQuestion,
    /// Ask the same again.
    SearchAgain,
    /// Count the values of another field.
    CountField,
    /// Another window of time.
    TimeWindow,
    /// To the record of the next event.
    NextEvent,
    /// To the record of the event before.
    PreviousEvent,
    Note,
    Acknowledge,
    /// Close, with a reason.
    Close,
    /// Write an exception from the alert.
    Except,
    /// Tick or untick what the exception asks for.
    TickEntry,
    Reopen,
    /// Take the last decision back.
    Undo,
    /// Look for what is new now, and write again what could not be written.
    Refresh,
    /// Copy what is under the cursor.
    Copy,
    /// Copy a summary of the alert.
    CopySummary,
    Filter,
    Search,
    /// To the next match of the search.
    NextMatch,
    /// Sort by a column.
    Sort,
    Group,
    /// Show or hide alerts that are held back.
    Held,
    /// The rules, or back from them.
    Rules,
    /// Switch the rule off, or on again.
    SwitchRule,
    /// The alerts of the rule.
    ItsAlerts,
    /// Files that failed, and other figures.
    Health,
    /// UTC or local time.
    Zone,
    Help,
    Palette,
    /// Pause or go on.
    Pause,
    Faster,
    Slower,
    Step,
    /// To the next alert of the replay.
    JumpToAlert,
    /// Draw the screen anew.
    Redraw,
    /// Stop as job control does.
    Suspend,
    Quit,
    /// Take what is chosen or typed.
    Accept,
    /// Take the choice with this number, from 1.
    Choose(u8),
    /// A line break in a note.
    NewLine,
    /// Complete what is being typed.
    Complete,
    /// Leave without having saved everything.
    QuitAnyway,
}
