//! The `command` check: a program whose verdict counts.

use std::collections::BTreeSet;

use super::scope::{Place, expression, template};
use super::words::{at_most, required};
use crate::domain::check::CommandCheck;
use crate::domain::expression::Expression;
use crate::domain::ids::FieldId;
use crate::runbook::fault::{Draft, Gathering};
use crate::runbook::known::Known;
use crate::runbook::read::{Named, Text, shape};
use crate::runbook::shapes::OneOrMany;

const MAX_ARGUMENTS: usize = 50;
const MAX_VARIABLES: usize = 50;
const MAX_CONDITIONS: usize = 50;
/// The expectation of a command that names none.
const SUCCESS: &str = "exit == 0";

shape! {
    /// A check of kind `command`.
    struct RawCommand {
        "argv" => argv: Vec<Text<'a>>,
        "env" => env: Named<'a, Text<'a>>,
        "expect" => expect: OneOrMany<'a>,
    }
}

pub(super) fn command(
    raw: RawCommand<'_>,
    known: &mut Known<'_>,
    needs: &mut BTreeSet<FieldId>,
    out: &mut Gathering<'_>,
) -> Option<CommandCheck> {
    let before = out.errors();
    let mut argv = required(raw.argv, "argv", raw.at, raw.broken, out)?;
    at_most(&mut argv, MAX_ARGUMENTS, "arguments", raw.at, out);
    let mut argv = argv.into_iter();
    let program = argv.next();
    match program {
        None if !raw.broken => out.push(
            Draft::error(raw.at, "this check names no program").hint("argv = [\"./smoke.sh\", \"--live\"]"),
        ),
        Some(text) if text.text.trim().is_empty() => {
            out.push(Draft::error(text.at, "the name of the program is empty").hint("such as './smoke.sh'"));
        }
        // Whoever may set a field could otherwise choose what runs on this machine.
        Some(text) if text.text.contains("{{") => out.push(
            Draft::error(text.at, "the program is named by the runbook, not by a field")
                .hint("fields may stand in the arguments after it"),
        ),
        // A line for a shell, given as one word.
        Some(text) if text.text.contains(char::is_whitespace) => out.push(
            Draft::error(text.at, "no shell takes this apart: the program and each argument stand alone")
                .hint("argv = [\"./smoke.sh\", \"--live\"]"),
        ),
        Some(_) | None => {}
    }
    let arguments = argv.filter_map(|a| template(a, Place::Facts, known, needs, out)).collect();
    let mut pairs = raw.env.map(|env| env.0).unwrap_or_default();
    at_most(&mut pairs, MAX_VARIABLES, "variables", raw.at, out);
    let env = pairs
        .into_iter()
        .filter_map(|(name, value)| {
            let value = template(value, Place::Facts, known, needs, out)?;
            variable(name, out).map(|name| (name, value))
        })
        .collect();
    let mut expect = raw.expect.unwrap_or_default().0;
    at_most(&mut expect, MAX_CONDITIONS, "conditions", raw.at, out);
    let mut expect: Vec<Expression> =
        expect.into_iter().filter_map(|e| expression(e, Place::Command, known, needs, out)).collect();
    if expect.is_empty() {
        expect.extend(Expression::new(SUCCESS).ok());
    }
    let check = CommandCheck { program: program?.text.to_owned(), arguments, env, expect };
    (out.errors() == before).then_some(check)
}

fn variable(name: Text<'_>, out: &mut Gathering<'_>) -> Option<String> {
    let letters = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let good = (1..=128).contains(&name.text.len())
        && name.text.bytes().all(letters)
        && !name.text.starts_with(|c: char| c.is_ascii_digit());
    if !good {
        out.push(
            Draft::error(name.at, "a variable has only ASCII letters, digits and '_'")
                .hint("such as ACCOUNT"),
        );
        return None;
    }
    // They make a program load what is not its own.
    if ["LD_", "DYLD_"].iter().any(|start| name.text.starts_with(start)) {
        out.push(
            Draft::error(name.at, "this variable changes which code a program runs").hint("leave it out"),
        );
        return None;
    }
    Some(name.text.to_owned())
}
