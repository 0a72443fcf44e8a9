//! Going over to another version of the runbook, by every person at every state of a gate. Written from DESIGN
//! rule 14: a lead does it, it is the same runbook, and it opens no gate that is shut.

use super::{PEOPLE, Person, Place, RUNBOOK, State, id, key, name, open, outcome};

/// What is changed in the runbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// The very same file.
    Same,
    /// The title of an item.
    Retitled,
    /// The gate only warns.
    Warning,
    /// It is another runbook.
    Other,
}

const NEXT: [Next; 4] = [Next::Same, Next::Retitled, Next::Warning, Next::Other];

fn text(next: Next, state: State) -> String {
    let gate = if state == State::Warned { "gate = \"warn\"" } else { "gate = \"enforce\"" };
    let now = RUNBOOK.replace("gate = \"enforce\"", gate);
    match next {
        Next::Same => now,
        Next::Retitled => now.replace("One owner", "A single owner"),
        Next::Warning => now.replace("gate = \"enforce\"", "gate = \"warn\"") + "\n# in any case\n",
        Next::Other => now.replace("id = \"matrix\"", "id = \"another\""),
    }
}

/// Why it is refused; nothing when it is not.
fn refusal(next: Next, person: Person, own: bool, state: State) -> Option<&'static str> {
    // What another runbook is, anybody may know.
    if next == Next::Other {
        return Some("OtherRunbook");
    }
    match person {
        _ if !own => return Some("NotAMember"),
        Person::Stranger => return Some("NotAMember"),
        Person::Revoked | Person::Removed => return Some("KeyRevoked"),
        Person::Dev | Person::Qa | Person::Both | Person::Onlooker => return Some("NotLead"),
        Person::Lead => {}
    }
    match (next, state) {
        (Next::Same, _) => Some("NoChange"),
        // A gate that a lead has broken open is still shut.
        (Next::Warning, State::Shut | State::BrokenGlass) => Some("WouldOpen"),
        (Next::Warning, State::Open | State::Warned | State::Ready | State::Complete)
        | (Next::Retitled | Next::Other, _) => None,
    }
}

/// Tries all of it; how many cells, and which are wrong.
pub async fn all(place: &Place, state: State) -> (usize, Vec<String>) {
    let (mut cells, mut wrong) = (0, Vec::new());
    for person in PEOPLE {
        for engagement in ["acme", "other"] {
            for next in NEXT {
                cells += 1;
                let want = refusal(next, person, engagement == "acme", state);
                if let Err(why) = cell(place, person, engagement, text(next, state), want).await {
                    wrong.push(format!("{state:?} {person:?} {engagement}: upgrade to {next:?}: {why}"));
                }
            }
        }
    }
    (cells, wrong)
}

async fn cell(
    place: &Place,
    person: Person,
    engagement: &str,
    text: String,
    want: Option<&str>,
) -> Result<(), String> {
    let id = id(engagement);
    let dir = place.copied();
    let app = open(dir.path(), place.dir.path()).await;
    let app = app.used_by(name(person.name()), key(place.dir.path(), person.name()));
    let before = app.load(&id).await.unwrap().state.head;
    let got = match app.plan_upgrade(&id, "matrix.toml", text.into_bytes()).await {
        Ok(plan) => outcome(app.upgrade(plan).await.map(|done| done.events.len())),
        Err(error) => outcome(Err(error)),
    };
    let read = open(dir.path(), place.dir.path()).await.load(&id).await;
    let after = read.map_err(|e| format!("the log does not verify: {e}"))?.state.head;
    match (want, got) {
        (None, Ok(events)) if after.seq == before.seq + events as u64 && events > 0 => Ok(()),
        (Some(why), Err(got)) if got == why && after == before => Ok(()),
        (want, got) => Err(format!("wanted {want:?}, got {got:?}; {} to {}", before.seq, after.seq)),
    }
}
