//! Deciding on going live: go or no-go, why, where the release goes, and one last question.

use crate::domain::fresh::Witnesses;
use crate::domain::release::GoNoGo;
use crate::tui::effect::{Capacity, Effect, Existing, ReleaseWish, RequestId};
use crate::tui::model::Model;
use crate::tui::model::engagement::{Engagement, Pending};
use crate::tui::model::list::List;
use crate::tui::model::popup::{
    Ask, Choice, Choose, Confirm, Deed, Popup, Purpose, Sheet, SheetLine, Weight,
};
use crate::tui::msg::{Change, NotReleased, ReleasedAs};
use crate::tui::update::answers;

/// Offers the two decisions.
pub(super) fn offer(model: &mut Model) -> Vec<Effect> {
    let Some(engagement) = model.engagement() else {
        return Vec::new();
    };
    let seen = engagement.validation.witnesses();
    let choice = |label: &str, hint: &str, outcome| Choice {
        label: label.to_owned(),
        capacity: Capacity::default(),
        deed: Deed::Ask {
            title: format!("{}: why?", capital(outcome)),
            hint: hint.to_owned(),
            purpose: Purpose::Decide(outcome, seen.clone()),
        },
    };
    let choices = vec![
        choice(
            "Go: live traffic may flow",
            "what is to be said with it; nothing is fine as well",
            GoNoGo::Go,
        ),
        choice("No-go: it may not, or not yet", "why may it not? it stands in the release", GoNoGo::NoGo),
    ];
    let title = format!("Decide on going live: {}", engagement.state.name);
    model.push(Popup::Choose(Choose { title, choices, list: List::default() }));
    Vec::new()
}

fn capital(outcome: GoNoGo) -> &'static str {
    match outcome {
        GoNoGo::Go => "Go",
        GoNoGo::NoGo => "No-go",
    }
}

/// What comes after a text that was typed.
pub(in crate::tui::update) enum NextAsk {
    /// It was no step of a decision.
    None(Box<Ask>),
    /// The next step, or what is to be done.
    Taken(Vec<Effect>),
}

/// Goes on after a text was typed: from the reason to the file, from the file to the last question.
pub(in crate::tui::update) fn next(model: &mut Model, ask: Ask) -> NextAsk {
    let text = ask.input.value().trim().to_owned();
    match ask.purpose {
        Purpose::Decide(outcome, seen) => {
            let reason = Some(text).filter(|t| !t.is_empty());
            let path = model.engagement().map_or_else(String::new, |e| format!("{}.release.json", e.id));
            let wish = ReleaseWish { outcome, reason, path, existing: Existing::Kept };
            ask_path(model, wish, seen, None);
            NextAsk::Taken(Vec::new())
        }
        Purpose::ReleaseTo(wish, _) => {
            confirm(model, ReleaseWish { path: text, ..wish });
            NextAsk::Taken(Vec::new())
        }
        purpose => NextAsk::None(Box::new(Ask { purpose, ..ask })),
    }
}

fn ask_path(model: &mut Model, wish: ReleaseWish, seen: Witnesses, fault: Option<String>) {
    let input = tui_input::Input::new(wish.path.clone());
    model.push(Popup::Ask(Ask {
        title: format!("{}: where does the release go?", capital(wish.outcome)),
        hint: "a new file; its signature and the allowed signers go beside it".to_owned(),
        input,
        purpose: Purpose::ReleaseTo(wish, seen),
        fault,
    }));
}

fn confirm(model: &mut Model, wish: ReleaseWish) {
    let Some(engagement) = model.engagement() else {
        return;
    };
    let counts = engagement
        .validation
        .board
        .as_ref()
        .map_or_else(String::new, |b| format!("{}: {}", b.standing.verdict(), b.counts.words(", ")));
    let why = wish.reason.as_ref().map(|reason| format!("because: {reason}"));
    let mut words = vec![counts];
    words.extend(why);
    words.push(format!("Signed by you, {}; written to {}.", engagement.me.name, wish.path));
    words.push("A decision is never taken back; only another one can follow it.".to_owned());
    let question = format!("Decide {} for {}?", wish.outcome, engagement.state.name);
    push_confirm(model, question, words, wish);
}

fn push_confirm(model: &mut Model, question: String, words: Vec<String>, wish: ReleaseWish) {
    let choice = Choice { label: String::new(), capacity: Capacity::default(), deed: Deed::Release(wish) };
    model.push(Popup::Confirm(Confirm { question, words, choice }));
}

/// Asks for the decision and its release.
pub(in crate::tui::update) fn release(model: &mut Model, wish: ReleaseWish) -> Vec<Effect> {
    let request = model.request();
    model.touch();
    let Some(engagement) = model.engagement_mut() else {
        return Vec::new();
    };
    engagement.pending.insert(request, Pending { item: None });
    vec![Effect::Release { request, engagement: engagement.id.clone(), wish }]
}

/// It is decided, or not. The person hears of it wherever they are now.
pub(in crate::tui::update) fn released(
    model: &mut Model,
    request: RequestId,
    wish: ReleaseWish,
    answer: Result<Box<ReleasedAs>, NotReleased>,
) -> Vec<Effect> {
    let here = model.engagement_mut().is_some_and(|e| e.pending.remove(&request).is_some());
    match answer {
        Ok(done) => {
            answers::take(model, Change { snapshot: done.snapshot.clone(), events: Vec::new() });
            model.push(Popup::Sheet(report(&wish, &done)));
        }
        Err(NotReleased::Taken(what)) if here => {
            let words = vec![
                format!("{what}. Nothing was decided."),
                "Its signature and the allowed signers beside it would go as well.".to_owned(),
            ];
            let question = "Decide, and replace it?".to_owned();
            push_confirm(model, question, words, ReleaseWish { existing: Existing::Replaced, ..wish });
        }
        Err(NotReleased::Place(what)) if here => {
            let seen = model.engagement().map_or_else(Witnesses::new, |e| e.validation.witnesses());
            ask_path(model, wish, seen, Some(format!("{what}; nothing was decided")));
        }
        Err(NotReleased::Taken(what) | NotReleased::Place(what)) => {
            let failed =
                crate::tui::msg::Failed::Broken { what, hints: vec!["Nothing was decided.".to_owned()] };
            answers::tell(model, failed);
        }
        Err(NotReleased::Failed(failed)) => answers::tell(model, failed),
    }
    model.touch();
    Vec::new()
}

fn report(wish: &ReleaseWish, done: &ReleasedAs) -> Sheet {
    let weight = match wish.outcome {
        GoNoGo::Go => Weight::Good,
        GoNoGo::NoGo => Weight::Warn,
    };
    let decided = format!("{}, decided by {} (event {})", wish.outcome, done.by, done.head.seq);
    let mut lines = vec![SheetLine::new("Decided", decided, weight)];
    lines.extend(wish.reason.iter().map(|reason| SheetLine::new("Because", reason, Weight::Plain)));
    lines.push(SheetLine::new("Release", done.said, Weight::Plain));
    lines.extend(done.files.iter().map(|file| SheetLine::new("", file, Weight::Plain)));
    let head = format!("{} {}", done.head.seq, done.head.hash);
    lines.push(SheetLine::new("Log head", head, Weight::Muted));
    let [artefact, signature, allowed] = done.files.each_ref().map(|file| quoted(file));
    lines.push(SheetLine::new("Check it", format!("golive verify {artefact}"), Weight::Plain));
    let who = quoted(&done.principal);
    lines.push(SheetLine::new("", format!("ssh-keygen -Y verify -n golive-release -I {who}"), Weight::Plain));
    lines.push(SheetLine::new("", format!("  -f {allowed} -s {signature} < {artefact}"), Weight::Plain));
    Sheet::new(format!("{} for going live", capital(wish.outcome)), lines)
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/:@+=".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// Whether the decision that is being typed was taken before: then its release is made once more.
pub(in crate::tui::update) fn decided(engagement: &Engagement, ask: &Ask) -> bool {
    let (outcome, reason) = match &ask.purpose {
        Purpose::Decide(outcome, _) => (*outcome, Some(ask.input.value().trim()).filter(|t| !t.is_empty())),
        Purpose::ReleaseTo(wish, _) => (wish.outcome, wish.reason.as_deref()),
        _ => return false,
    };
    engagement
        .state
        .decided
        .as_ref()
        .is_some_and(|last| !last.overtaken && last.outcome == outcome && last.reason.as_deref() == reason)
}
