//! What a person can do.

/// What a person can do on a screen. The configuration knows each by its name in `snake_case`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::IntoStaticStr, strum::EnumIter)]
#[strum(serialize_all = "snake_case")]
pub enum Act {
    /// Move the cursor up one row.
    Up,
    /// Move the cursor down one row.
    Down,
    /// Move up one page.
    PageUp,
    /// Move down one page.
    PageDown,
    /// Go to the first row.
    First,
    /// Go to the last row.
    Last,
    /// Open what is under the cursor, or accept.
    Open,
    /// One step back: close, cancel, leave.
    Back,
    /// Give the keys to the next panel.
    NextPanel,
    /// Give the keys to the panel before.
    PrevPanel,
    /// Find by typing.
    Search,
    /// Show only some of the rows.
    Filter,
    /// Run all checks now.
    CheckAll,
    /// Sort the portfolio in the next way.
    Sort,
    /// Sort the portfolio the other way round.
    Reverse,
    /// Choose the row under the cursor to do something with, or no longer.
    Pick,
    /// Choose all rows that are shown.
    PickAll,
    /// Write a report into a file.
    Report,
    /// Go to what needs attention today.
    ShowToday,
    /// Show or hide the curve of the engagement.
    Curve,
    /// Read everything again.
    Reload,
    /// Tick or untick.
    Tick,
    /// Sign the stage as a whole.
    Sign,
    /// Run the check now.
    Check,
    /// Make a remark.
    Note,
    /// Attach evidence.
    Evidence,
    /// Mark as not applicable.
    NotApplicable,
    /// Send back.
    Reject,
    /// Ask for an exception, or grant one.
    Waive,
    /// Open a gate in an emergency, or end one.
    BreakGlass,
    /// Take back one's own last act.
    Undo,
    /// Start an action of the item.
    Action,
    /// Show what holds the gate.
    Why,
    /// Show decisions and fields.
    Facts,
    /// Show the people and their roles.
    Members,
    /// Agree on a decision.
    Confirm,
    /// Give a role to a person.
    Assign,
    /// Take a role from a person.
    Unassign,
    /// Let a person sign with a further key.
    AddKey,
    /// Revoke a key of a person.
    RevokeKey,
    /// Take a person off.
    RemoveMember,
    /// Go to the list of all engagements.
    ShowPortfolio,
    /// Go to the engagement's stages and items.
    ShowEngagement,
    /// Go to what waits for my roles, everywhere.
    ShowMyWork,
    /// Go to the presenter's view of the kickoff.
    ShowKickoff,
    /// Go to the live checks.
    ShowReadiness,
    /// Go to the go/no-go board.
    ShowValidation,
    /// Go to the log.
    ShowHistory,
    /// Go on to the next point of the agenda.
    Next,
    /// Go back to the point before.
    Previous,
    /// Mark the row.
    Mark,
    /// Tick all that is marked.
    TickMarked,
    /// Have another person sign what is marked.
    NextSigner,
    /// Take back all that was ticked together.
    UndoBulk,
    /// Write down an open point.
    Remark,
    /// Write the minutes.
    Minutes,
    /// Begin the kickoff now.
    Begin,
    /// Copy something.
    Copy,
    /// Open a link.
    OpenLink,
    /// Go to the item that the row is about.
    GoToItem,
    /// Decide on going live.
    Decide,
    /// Go over to another version of the runbook.
    Upgrade,
    /// Say yes.
    Yes,
    /// Show the keys.
    Help,
    /// Show every act by name.
    Palette,
    /// Leave golive.
    Quit,
}

impl Act {
    /// Its name in the configuration.
    pub fn name(self) -> &'static str {
        self.into()
    }
}
