//! `golive rehearse`: the simulator on its own, for people who want to try their own steps against it.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};

use super::Ending;
use super::out::Out;
use super::signals::StopSignals;
use crate::error::{Failure, Kind};
use crate::rehearse::{MerchantSeed, RehearseError, Scenario, Simulator, seed};

/// A secret that the provider takes in exchange.
const SECRET: &str = "Rehearsal only 2026";

/// What the rehearsal takes.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The port; 0 takes any that is free
    #[arg(long, default_value_t = 4010, value_name = "PORT")]
    port: u16,
    /// How it starts: happy, or kyc-pending
    #[arg(long, default_value_t = Scenario::Happy, value_name = "NAME")]
    scenario: Scenario,
}

/// Runs the rehearsal until the process is asked to end.
pub async fn run(args: &Args, out: &mut Out) -> Result<Ending, Failure> {
    // Before anything is said: whoever reads it may ask for the end at once.
    let mut stop = StopSignals::listen().map_err(|error| Failure::new(Kind::Store, error))?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, args.port));
    let simulator = Simulator::start(address, args.scenario).map_err(no_rehearsal)?;
    out.line(description(&simulator));
    out.flush();
    stop.asked().await;
    simulator.stop().await;
    out.line("The rehearsal has ended.");
    Ok(Ending::Done)
}

fn no_rehearsal(error: RehearseError) -> Failure {
    let taken = matches!(&error, RehearseError::Listen { .. });
    let failure = Failure::new(Kind::Store, error);
    if taken { failure.hint("--port 0 takes any port that is free") } else { failure }
}

/// What to use, and how to switch it.
fn description(simulator: &Simulator) -> String {
    let base = simulator.base_url();
    let mut text = format!(
        "The rehearsal answers on {base}, to this machine only. Ctrl-C ends it.
Scenario: {}. Every key below is a fake that works nowhere else.
",
        simulator.world().scenario()
    );
    for merchant in seed() {
        describe(simulator, merchant, &mut text);
    }
    if let Some(MerchantSeed { organization_id, account_id, temporal_key, .. }) = seed().first() {
        // Writing to a text cannot fail.
        let _ = write!(
            text,
            "
Look at the switches, and move them
  curl -s {base}/_rehearse/state
  curl -s {base}/_rehearse/state --json \\
    '{{\"merchants\":{{\"{organization_id}\":{{\"site\":{{\"refund\":\"absent\"}}}}}}}}'
  curl -s {base}/_rehearse/state --json \\
    '{{\"merchants\":{{\"{organization_id}\":{{\"kyc\":{{\"status\":\"in_review\"}}}}}}}}'
  curl -s -X POST {base}/_rehearse/scenario/{pending}

Exchange a temporal key for a permanent one, once
  curl -s -X PATCH {base}/api/v1/accounts/public-api/{account_id} \\
    -H 'Authorization: ApiKey {temporal_key}' --json '{{\"secret\":\"{SECRET}\"}}'
",
            pending = Scenario::KycPending,
        );
    }
    text
}

fn describe(simulator: &Simulator, merchant: &MerchantSeed, text: &mut String) {
    let urls = simulator.urls(merchant);
    let _ = writeln!(text, "\n{}", merchant.name);
    for (label, value) in [
        ("organization_id", merchant.organization_id),
        ("account_id", merchant.account_id),
        ("kyc_status_url", &urls.kyc_status),
        ("api_url", &urls.stage_api),
        ("live_api_url", &urls.live_api),
        ("website_url", &urls.website),
        ("webhook_url", &urls.webhook),
        ("currency", merchant.currency),
        ("stage key", merchant.stage_key),
        ("temporal key", merchant.temporal_key),
        ("webhook secret", merchant.webhook_secret),
    ] {
        let _ = writeln!(text, "  {label:<17}{value}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_merchant_is_told_with_what_golive_asks_for() {
        let simulator =
            Simulator::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), Scenario::Happy).unwrap();
        let text = description(&simulator);
        let bundled = crate::runbook::find("paymentsai").unwrap();
        let runbook = crate::runbook::load(bundled.file_name, bundled.text.as_bytes()).ok().unwrap().runbook;
        for merchant in seed() {
            assert!(text.contains(merchant.name) && text.contains(merchant.temporal_key), "{text}");
        }
        for line in text.lines().filter(|l| l.starts_with("  ")) {
            if let Some((label, _)) = line.trim().split_once(' ').filter(|(label, _)| label.contains('_')) {
                assert!(runbook.fields.contains_key(label), "{label} is a field of the runbook");
            }
        }
        simulator.stop().await;
    }

    #[tokio::test]
    async fn a_port_that_is_taken_is_said_with_a_way_out() {
        let first = Simulator::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), Scenario::Happy).unwrap();
        let args = Args { port: first.address().port(), scenario: Scenario::Happy };
        let failure = run(&args, &mut Out::new(false)).await.unwrap_err();
        assert_eq!(failure.kind, Kind::Store);
        assert!(failure.hints.iter().any(|hint| hint.contains("--port 0")), "{failure}");
    }
}
