//! Answers to what was asked for, and news from elsewhere.
//!
//! An answer to a question that nobody waits for any more is dropped. A failed write is the exception: a
//! person must hear of it wherever they have gone in the meantime.

use crate::app::notify::Occasion;
use crate::domain::event::{Event, Fact};
use crate::domain::ids::{CheckId, EngagementId, ItemId};
use crate::domain::release::GoNoGo;
use crate::domain::summary::Summary;
use crate::domain::verdict::{Observation, Verdict};
use crate::tui::effect::{Effect, RequestId};
use crate::tui::keymap::Act;
use crate::tui::model::engagement::{Engagement, FLASH};
use crate::tui::model::history::History;
use crate::tui::model::list::List;
use crate::tui::model::popup::{Popup, Why};
use crate::tui::model::portfolio::Reading;
use crate::tui::model::toast::Tone;
use crate::tui::model::{Model, Overview, Screen};
use crate::tui::msg::{Change, Failed, More, News, Snapshot};
use crate::tui::words::fact;

use super::readiness::{self, OfAll};
use super::{all_checks, capacity, kickoff, validation};

/// Rows that are marked as just changed, at most.
const MAX_FLASHES: usize = 64;
/// News of one change that are told one by one; more are only counted.
const MAX_TOLD: usize = 3;

pub(super) fn portfolio(
    model: &mut Model,
    request: RequestId,
    answer: Result<Vec<Summary>, Failed>,
    more: More,
) -> Vec<Effect> {
    if model.portfolio.reading != Reading::Asked(request) {
        return Vec::new();
    }
    match answer {
        Ok(rows) => match more {
            More::ToCome { total } => model.portfolio.begin(rows, total),
            More::Complete => {
                model.portfolio.replace(rows);
                model.portfolio.reading = Reading::Done;
            }
        },
        Err(failed) => {
            model.portfolio.reading = Reading::NotAsked;
            tell(model, failed);
        }
    }
    model.touch();
    Vec::new()
}

pub(super) fn opened(model: &mut Model, request: RequestId, answer: Result<Snapshot, Failed>) -> Vec<Effect> {
    let now = model.now.at;
    let me = model.me.clone();
    if let Some(engagement) = model.engagement_mut() {
        // Read again while it is shown.
        if engagement.pending.remove(&request).is_none() {
            return Vec::new();
        }
        match answer {
            Ok(snapshot) => {
                engagement.take(snapshot, &me, now);
            }
            Err(failed) => tell(model, failed),
        }
        model.touch();
        return Vec::new();
    }
    let (room, item) = match &model.screen {
        Screen::Opening { request: asked, room, item, .. } if *asked == request => (*room, item.clone()),
        Screen::Opening { .. } | Screen::Overview | Screen::Engagement(_) => return Vec::new(),
    };
    model.touch();
    match answer {
        Ok(snapshot) => {
            let mut engagement = Engagement::new(snapshot, &me, now);
            engagement.room = room;
            kickoff::bring_back(model, &mut engagement);
            if let Some(place) = item.and_then(|id| engagement.runbook.place(id.as_str())) {
                engagement.jump(place);
            }
            let id = engagement.id.clone();
            model.screen = Screen::Engagement(Box::new(engagement));
            let request = model.request();
            vec![Effect::LoadHistory { request, engagement: id }]
        }
        Err(failed) => {
            model.screen = Screen::Overview;
            tell(model, failed);
            if model.portfolio.reading == Reading::NotAsked {
                vec![model.load_portfolio()]
            } else {
                Vec::new()
            }
        }
    }
}

pub(super) fn history(model: &mut Model, id: &EngagementId, answer: Result<History, Failed>) -> Vec<Effect> {
    let Some(engagement) = model.engagement_mut().filter(|e| e.id == *id) else {
        return Vec::new();
    };
    match answer {
        Ok(mut history) => {
            // What happened while the answer was on its way is known here already.
            history.absorb(std::mem::take(&mut engagement.history));
            engagement.history = history;
        }
        Err(failed) => tell(model, failed),
    }
    model.touch();
    Vec::new()
}

pub(super) fn recent(
    model: &mut Model,
    id: &EngagementId,
    check: &CheckId,
    answer: Result<Vec<Observation>, Failed>,
) -> Vec<Effect> {
    let Some(engagement) = model.engagement_mut().filter(|e| e.id == *id) else {
        return Vec::new();
    };
    match answer {
        Ok(observations) => {
            engagement.recalled(check, observations);
        }
        Err(failed) => {
            // To be asked for again the next time the cursor comes by.
            engagement.asked.remove(check);
            tell(model, failed);
        }
    }
    model.touch();
    Vec::new()
}

pub(super) fn executed(model: &mut Model, request: RequestId, answer: Result<Change, Failed>) -> Vec<Effect> {
    if let Some(engagement) = model.engagement_mut() {
        engagement.pending.remove(&request);
    }
    match answer {
        Ok(change) => {
            let undoable = change.snapshot.state.undoable(&model.me.key).map(|(seq, _)| seq);
            for event in &change.events {
                if let Some(said) = own_words(model, event) {
                    let offer = match undoable {
                        Some(seq) if seq == event.seq => format!("   {} undo", model.key(Act::Undo)),
                        Some(_) | None => String::new(),
                    };
                    model.toast(said + &offer, Tone::Good);
                }
            }
            take(model, change);
        }
        Err(failed) => tell(model, failed),
    }
    model.touch();
    Vec::new()
}

/// What is said of one's own act.
fn own_words(model: &Model, event: &Event) -> Option<String> {
    let engagement = model.engagement().filter(|e| e.id == event.engagement)?;
    match &event.fact {
        Fact::Ticked { item, signoff, .. } if signoff.member == engagement.me.name => {
            Some(format!("Ticked: {}", title(engagement, item)))
        }
        Fact::Unticked { .. } => None,
        // The state is still the one before: it knows what has been taken back.
        Fact::Undone { seq } => {
            let (word, item) = engagement.state.taken_back(*seq)?;
            let word = word.replace('_', " ");
            Some(match item {
                Some(item) => format!("Taken back: {word}, {}", title(engagement, item)),
                None => format!("Taken back: {word}"),
            })
        }
        other => fact::tells(other).then(|| fact::headline(&engagement.runbook, event)),
    }
}

fn title<'a>(engagement: &'a Engagement, item: &'a ItemId) -> &'a str {
    let place = engagement.runbook.place(item.as_str());
    place.and_then(|place| engagement.at(place)).map_or(item.as_str(), |(item, _)| item.title.as_str())
}

pub(super) fn checked(model: &mut Model, request: RequestId, answer: Result<(), Failed>) -> Vec<Effect> {
    if model.all_checks.asked.remove(&request) {
        if let Err(failed) = answer {
            model.all_checks.batch = None;
            tell(model, failed);
        }
        model.touch();
        return Vec::new();
    }
    let Some(engagement) = model.engagement_mut() else {
        return Vec::new();
    };
    if engagement.pending.remove(&request).is_none() {
        return Vec::new();
    }
    if let Err(failed) = answer {
        // Nobody will answer.
        engagement.validation.run = engagement.validation.run.take().filter(|run| run.request != request);
        engagement.readiness.batch = None;
        engagement.started.clear();
        tell(model, failed);
    }
    model.touch();
    Vec::new()
}

pub(super) fn news(model: &mut Model, news: News) -> Vec<Effect> {
    match news {
        News::Changed(change) => changed(model, change),
        News::Observed { engagement: id, observation } => {
            let up = model.now.up;
            all_checks::ran(model, &id, &observation);
            if model.all_checks.observed(&id, &observation) && model.overview == Overview::AllChecks {
                model.touch();
            }
            if let Some(engagement) = model.engagement_mut().filter(|e| e.id == id) {
                let started = engagement.started.remove(&observation.check);
                let said = match readiness::of_all(engagement, &observation, up) {
                    OfAll::No => started.then(|| said(engagement, &observation)),
                    OfAll::NotLast => None,
                    OfAll::Last(said) => Some(said),
                };
                let tone = match observation.verdict {
                    Verdict::Pass => Tone::Good,
                    Verdict::Fail => Tone::Bad,
                    Verdict::Pending | Verdict::Unknown => Tone::Plain,
                };
                engagement.observed((*observation).clone());
                engagement.readiness.ask_at = Some(up);
                validation::observed(model, &observation);
                model.touch();
                if let Some(said) = said {
                    model.toast(said, tone);
                }
            }
        }
        News::Summed(summary) => {
            model.burn_ups.outdated(&summary.engagement);
            if model.portfolio.upsert(*summary) {
                model.touch();
            }
        }
        News::Notice(notice) => {
            // The others are told as what happened, which says more.
            if matches!(notice.occasion, Occasion::GateOpened | Occasion::WaitingOnMe) {
                let here = model.engagement().is_some_and(|e| e.id == notice.engagement);
                let said =
                    if here { notice.text.clone() } else { format!("{}: {}", notice.name, notice.text) };
                model.toast(said, Tone::Good);
            }
            return vec![Effect::Ring { notice }];
        }
        News::Trouble(text) => model.toast(text, Tone::Bad),
    }
    Vec::new()
}

/// The most of a reason that a toast tells, in characters; the check's own place tells the rest.
const MAX_WHY: usize = 100;

/// What a check said that the person has started.
fn said(engagement: &Engagement, observation: &Observation) -> String {
    let check = engagement.runbook.checks.get(&observation.check);
    let title = check.map_or(observation.check.as_str(), |c| c.title.as_str());
    let word = observation.verdict.word();
    if observation.verdict == Verdict::Pass || observation.summary.is_empty() {
        return format!("{title}: {word} in {} ms", observation.latency_ms);
    }
    let why: String = observation.summary.chars().take(MAX_WHY).collect();
    format!("{title}: {word}: {why}")
}

fn changed(model: &mut Model, change: Change) {
    let up = model.now.up;
    let runbook = change.snapshot.runbook.clone();
    let name = change.snapshot.state.name.clone();
    let shown = model.engagement().filter(|e| e.id == change.snapshot.state.engagement);
    let known = shown.map(|e| e.state.head.seq);
    let fresh = |e: &&Event| known.is_none_or(|seq| e.seq > seq) && is_news(model, e);
    let told: Vec<(String, Tone)> = change
        .events
        .iter()
        .filter(fresh)
        .map(|event| {
            let said = fact::headline(&runbook, event);
            // On another screen, say whose news it is.
            let said = if known.is_some() { said } else { format!("{name}: {said}") };
            (said, tone(&event.fact))
        })
        .collect();
    let items: Vec<_> = change.events.iter().filter(fresh).filter_map(|e| e.fact.item().cloned()).collect();
    let left = told.len().saturating_sub(MAX_TOLD);
    for (said, tone) in told.into_iter().take(MAX_TOLD) {
        model.toast(said, tone);
    }
    if left > 0 {
        model.toast(format!("{left} more changes"), Tone::Plain);
    }
    if take(model, change)
        && let Some(engagement) = model.engagement_mut()
    {
        let marks = items.into_iter().map(|item| (item, up + FLASH));
        engagement.flashes.extend(marks);
        let over = engagement.flashes.len().saturating_sub(MAX_FLASHES);
        engagement.flashes.drain(..over);
    }
}

/// Takes a newer state in, if it is of the engagement that is shown and newer.
pub(super) fn take(model: &mut Model, change: Change) -> bool {
    let (me, now) = (model.me.clone(), model.now.at);
    let Some(engagement) = model.engagement_mut() else {
        return false;
    };
    if engagement.id != change.snapshot.state.engagement {
        return false;
    }
    engagement.chronicle.news(&change.snapshot.runbook, &change.snapshot.state, &change.events);
    for event in change.events {
        engagement.history.push(event);
    }
    let taken = engagement.take(change.snapshot, &me, now);
    if taken {
        model.touch();
    }
    taken
}

/// Whether an event is news to the person at this screen: what others did, and what a check did, even
/// when it was this screen's own process that ran the check and signed.
fn is_news(model: &Model, event: &Event) -> bool {
    let by_check = matches!(event.fact, Fact::Proven { .. } | Fact::Reopened { .. });
    fact::tells(&event.fact) && (by_check || event.by.key != model.me.key)
}

fn tone(fact: &Fact) -> Tone {
    match fact {
        Fact::Proven { .. }
        | Fact::Ticked { .. }
        | Fact::StageSigned { .. }
        | Fact::WaiverGranted { .. }
        | Fact::ActionDone { .. }
        | Fact::GoDecided { outcome: GoNoGo::Go, .. } => Tone::Good,
        Fact::Reopened { .. }
        | Fact::Rejected { .. }
        | Fact::WaiverRevoked { .. }
        | Fact::Unticked { .. }
        | Fact::KeyRevoked { .. }
        | Fact::MemberRemoved { .. }
        | Fact::GlassBroken { .. }
        | Fact::ActionFailed { .. }
        | Fact::ActionOutcomeUnknown { .. }
        | Fact::GoDecided { outcome: GoNoGo::NoGo, .. } => Tone::Bad,
        Fact::Opened { .. }
        | Fact::MemberAdded { .. }
        | Fact::KeyAdded { .. }
        | Fact::RoleAssigned { .. }
        | Fact::RoleRemoved { .. }
        | Fact::FieldSet { .. }
        | Fact::SecretSet { .. }
        | Fact::DecisionProposed { .. }
        | Fact::DecisionConfirmed { .. }
        | Fact::CheckSettled { .. }
        | Fact::MarkedNotApplicable { .. }
        | Fact::WaiverRequested { .. }
        | Fact::EvidenceAdded { .. }
        | Fact::EvidenceRemoved { .. }
        | Fact::GlassMended { .. }
        | Fact::Noted { .. }
        | Fact::TargetSet { .. }
        | Fact::Undone { .. }
        | Fact::Upgraded { .. }
        | Fact::ActionIntended { .. }
        | Fact::ActionReset { .. } => Tone::Plain,
    }
}

/// Says that something was not done, and why.
pub(super) fn tell(model: &mut Model, failed: Failed) {
    match failed {
        Failed::Refused(refusal) => capacity::refuse(model, &refusal),
        Failed::Broken { what, hints } if hints.is_empty() => model.toast(what, Tone::Bad),
        Failed::Broken { what, hints } => {
            let words = std::iter::once(what).chain(hints).collect();
            let title = "Something went wrong".to_owned();
            model.push(Popup::Why(Why { title, words, blockers: Vec::new(), list: List::default() }));
        }
    }
}
