//! The `tls` check: the certificate of a server.

use std::collections::BTreeSet;

use super::scope::{Place, template};
use super::words::required;
use crate::domain::check::TlsCheck;
use crate::domain::ids::FieldId;
use crate::runbook::fault::{Draft, Gathering};
use crate::runbook::known::Known;
use crate::runbook::read::{Count, Text, shape};

const DAYS_LEFT: u32 = 14;
/// No public certificate is valid for longer.
const MAX_DAYS: u32 = 398;

shape! {
    /// A check of kind `tls`.
    struct RawTls {
        "host" => host: Text<'a>,
        "days_left" => days_left: Count,
        "ca" => ca: Text<'a>,
    }
}

pub(super) fn tls(
    raw: &RawTls<'_>,
    known: &mut Known<'_>,
    needs: &mut BTreeSet<FieldId>,
    out: &mut Gathering<'_>,
) -> Option<TlsCheck> {
    let before = out.errors();
    let host = required(raw.host, "host", raw.at, raw.broken, out);
    if let Some(host) = host
        && host.text.trim_start().starts_with("http://")
    {
        out.push(
            Draft::error(host.at, "an http address has no certificate")
                .hint("a host, host:port or an https address"),
        );
    }
    let host = host.and_then(|h| template(h, Place::Facts, known, needs, out));
    let ca = raw.ca.and_then(|c| template(c, Place::Facts, known, needs, out));
    let days_left = raw.days_left.map_or(Some(DAYS_LEFT), |given| {
        let days = u32::try_from(given.count).ok().filter(|days| (1..=MAX_DAYS).contains(days));
        if days.is_none() {
            out.push(
                Draft::error(given.at, format!("this number is between 1 and {MAX_DAYS}"))
                    .hint("how many days before its end a certificate counts as too old"),
            );
        }
        days
    });
    let check = TlsCheck { host: host?, days_left: days_left?, ca };
    (out.errors() == before).then_some(check)
}
