//! The same screen for SSH clients; comes with its own issue.
