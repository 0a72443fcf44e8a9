//! What is being typed on a page of the kickoff.

use chrono::{Datelike as _, Days, NaiveDate};
use tui_input::Input;

use crate::domain::command::Command;
use crate::domain::ids::{DecisionId, FieldId, MemberName, RoleId};

/// Names that are offered, at most.
pub const OFFERED: usize = 5;

/// A text on its way.
#[derive(Debug, Clone)]
pub struct Draft {
    /// What it is for.
    pub purpose: Purpose,
    /// What is typed so far.
    pub input: Input,
    /// Characters that may still be typed; fewer than none when there are too many. None without a limit.
    pub left: Option<i64>,
    /// What is wrong with it, a line each; empty while it will do.
    pub faults: Vec<String>,
    /// What there is to know about it.
    pub notes: Vec<String>,
    /// Names that it may be the beginning of.
    pub offered: Vec<MemberName>,
    /// Which of them is taken in place of what is typed.
    pub picked: Option<usize>,
}

/// What a text is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// Who gets a role.
    Holder(RoleId),
    /// The value of a decision.
    Decision(DecisionId),
    /// The value of a field.
    Field(FieldId),
    /// The day of going live.
    Target,
    /// An open point.
    Remark,
}

impl Draft {
    /// One that begins with a text.
    pub fn new(purpose: Purpose, prefill: &str) -> Self {
        Self {
            purpose,
            input: Input::new(prefill.to_owned()),
            left: None,
            faults: Vec::new(),
            notes: Vec::new(),
            offered: Vec::new(),
            picked: None,
        }
    }

    /// The text: the name that is picked, or else what is typed.
    pub fn text(&self) -> &str {
        let picked = self.picked.and_then(|n| self.offered.get(n));
        picked.map_or_else(|| self.input.value(), |name| name.as_str())
    }

    /// What is to be done with it. A text that is none of what is asked for says why.
    pub fn command(&self, today: NaiveDate) -> Result<Command, String> {
        let text = self.text();
        Ok(match &self.purpose {
            Purpose::Holder(role) => {
                let member = MemberName::new(text).map_err(|e| e.to_string())?;
                Command::Assign { role: role.clone(), member, key: None }
            }
            Purpose::Decision(decision) => {
                Command::Propose { decision: decision.clone(), value: text.to_owned() }
            }
            Purpose::Field(field) => Command::SetField { field: field.clone(), value: text.to_owned() },
            Purpose::Target => Command::SetTarget { target: day(text, today)? },
            Purpose::Remark => Command::Note { item: None, text: text.to_owned() },
        })
    }
}

/// A day as people type it: `2026-12-12`, `12 Dec`, `12 Dec 2026`, `+21` for days from today; `none` leaves it
/// open. A day without a year is the next one of that name.
pub fn day(text: &str, today: NaiveDate) -> Result<Option<NaiveDate>, String> {
    let wrong =
        || "a day is typed as 2026-12-12, 12 Dec or +21 for days from today; none leaves it open".to_owned();
    let text = text.trim();
    if text.eq_ignore_ascii_case("none") {
        return Ok(None);
    }
    let found = if let Some(days) = text.strip_prefix('+') {
        let days: u32 = days.trim().parse().map_err(|_| wrong())?;
        today.checked_add_days(Days::new(days.into()))
    } else if text.bytes().filter(u8::is_ascii_digit).count() > 10 {
        None
    } else {
        text.parse().ok().or_else(|| NaiveDate::parse_from_str(text, "%d %B %Y").ok()).or_else(|| {
            let this = NaiveDate::parse_from_str(&format!("{text} {}", today.year()), "%d %B %Y").ok();
            match this {
                Some(day) if day < today => {
                    NaiveDate::parse_from_str(&format!("{text} {}", today.year() + 1), "%d %B %Y").ok()
                }
                other => other,
            }
        })
    };
    found.filter(|day| (1970..=9999).contains(&day.year())).map(Some).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 21).unwrap()
    }

    #[test]
    fn a_day_is_read_as_people_type_it() {
        let day = |text: &str| day(text, today()).unwrap().map(|d| d.to_string());
        assert_eq!(day("2026-12-12").as_deref(), Some("2026-12-12"));
        assert_eq!(day(" 12 Dec ").as_deref(), Some("2026-12-12"));
        assert_eq!(day("12 december 2027").as_deref(), Some("2027-12-12"));
        assert_eq!(day("3 Jan").as_deref(), Some("2027-01-03"));
        assert_eq!(day("+21").as_deref(), Some("2026-12-12"));
        assert_eq!(day("None"), None);
    }

    #[test]
    fn what_is_no_day_says_how_one_is_typed() {
        for text in
            ["", "tomorrow", "2026-13-01", "30 Feb", "+", "+99999999999", "-5", "99999-01-01", "0001-01-01"]
        {
            assert!(day(text, today()).unwrap_err().contains("2026-12-12"), "{text}");
        }
    }
}
