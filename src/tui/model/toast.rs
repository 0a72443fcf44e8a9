//! Short words about what has just happened, gone by themselves.

use std::collections::VecDeque;
use std::time::Duration;

/// How long one is shown.
pub const SHOWN: Duration = Duration::from_secs(5);
/// How many are shown at once; the oldest goes first.
const MAX: usize = 3;

/// What a toast is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Something good.
    Good,
    /// Something to know.
    Plain,
    /// Something bad.
    Bad,
}

/// One toast.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toast {
    /// What it says.
    pub text: String,
    /// What it is about.
    pub tone: Tone,
    /// When it goes, as time since the program's start.
    pub until: Duration,
}

/// The toasts that are shown, oldest first.
#[derive(Debug, Clone, Default)]
pub struct Toasts(VecDeque<Toast>);

impl Toasts {
    /// Shows one.
    pub fn show(&mut self, text: String, tone: Tone, up: Duration) {
        // The same words again only stay longer.
        self.0.retain(|t| t.text != text);
        if self.0.len() == MAX {
            self.0.pop_front();
        }
        self.0.push_back(Toast { text, tone, until: up + SHOWN });
    }

    /// Lets those go whose time is over; says whether any went.
    pub fn expire(&mut self, up: Duration) -> bool {
        let before = self.0.len();
        self.0.retain(|t| t.until > up);
        self.0.len() != before
    }

    /// When the next one goes.
    pub fn next(&self) -> Option<Duration> {
        self.0.iter().map(|t| t.until).min()
    }

    /// Those that are shown, oldest first.
    pub fn shown(&self) -> impl DoubleEndedIterator<Item = &Toast> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn the_oldest_makes_room() {
        let mut toasts = Toasts::default();
        for n in 0..9 {
            toasts.show(n.to_string(), Tone::Plain, seconds(n));
        }
        assert_eq!(toasts.shown().map(|t| t.text.as_str()).collect::<Vec<_>>(), ["6", "7", "8"]);
    }

    #[test]
    fn each_goes_when_its_time_is_over() {
        let mut toasts = Toasts::default();
        toasts.show("a".into(), Tone::Plain, seconds(1));
        assert_eq!(toasts.next(), Some(seconds(1) + SHOWN));
        assert!(!toasts.expire(seconds(1)));
        assert!(toasts.expire(seconds(1) + SHOWN));
        assert_eq!(toasts.next(), None);
    }

    #[test]
    fn the_same_words_are_shown_once() {
        let mut toasts = Toasts::default();
        toasts.show("a".into(), Tone::Plain, seconds(1));
        toasts.show("a".into(), Tone::Plain, seconds(2));
        assert_eq!(toasts.shown().count(), 1);
        assert_eq!(toasts.next(), Some(seconds(2) + SHOWN));
    }
}
