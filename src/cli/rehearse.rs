//! `golive rehearse`: the simulator on its own, for people who want to try their own steps against it.
//!
//! - `drill`: an incident walked through step by step
//! - `remote`: a rehearsal that runs already

mod drill;
mod remote;

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};

use super::Ending;
use super::args::Global;
use super::out::Out;
use super::session::Session;
use super::signals::StopSignals;
use crate::domain::ids::EngagementId;
use crate::error::{Failure, Kind};
use crate::rehearse::{
    BILLING, FLINT, INVOICE_LINK, MERCHANT_API, MerchantSeed, Provider, RehearseError, Scenario, Simulator,
    seed,
};
use drill::{Answers, Drill, Order};
use remote::Panel;

/// A secret that the provider takes in exchange.
const SECRET: &str = "Rehearsal only 2026";

/// What the rehearsal takes.
#[derive(Debug, Clone, clap::Args)]
#[command(after_long_help = scenarios())]
pub struct Args {
    /// The port; 0 takes any that is free
    #[arg(long, default_value_t = 4010, value_name = "PORT")]
    port: u16,
    /// How it starts; --help lists the scenarios
    #[arg(long, default_value_t = Scenario::Happy, value_name = "NAME")]
    scenario: Scenario,
    /// Move the rehearsal that runs at the port over to a scenario; what was made there stays
    #[arg(long, value_name = "NAME", conflicts_with_all = ["scenario", "drill"])]
    switch: Option<Scenario>,
    /// Walk a team through an incident, step by step, asking who did what
    #[arg(long, value_name = "NAME", conflicts_with = "scenario")]
    drill: Option<Drill>,
    /// Record the steps of the drill in the log of this engagement
    #[arg(long, value_name = "ID", requires = "drill")]
    engagement: Option<EngagementId>,
    /// Do not ask: every step of the drill was done by --by
    #[arg(long, requires_all = ["drill", "by"])]
    yes: bool,
    /// Who did every step of the drill
    #[arg(long, value_name = "PERSON", requires = "yes")]
    by: Option<String>,
}

/// The scenarios with what they do to whom, for the help and the first screen.
fn scenarios() -> String {
    let mut text = String::from("Scenarios:\n");
    for scenario in Scenario::ALL {
        let whom: Vec<&str> = scenario.providers().iter().map(|p| p.title()).collect();
        let whom =
            if whom.len() == Provider::ALL.len() { "all providers".to_owned() } else { whom.join(", ") };
        // Writing to a text cannot fail.
        let _ = writeln!(text, "  {scenario:<19}{}\n{:21}({whom})", scenario.effect(), "");
    }
    text
}

/// Runs the rehearsal until the process is asked to end, moves one that runs, or holds a drill.
pub async fn run(args: &Args, global: Global, out: &mut Out) -> Result<Ending, Failure> {
    if let Some(scenario) = args.switch {
        Panel::at(args.port)?.switch(scenario).await?;
        out.line(format_args!("The rehearsal is now: {scenario}, {}", scenario.effect()));
        return Ok(Ending::Done);
    }
    if let Some(drill) = args.drill {
        return hold(args, drill, global, out).await;
    }
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

async fn hold(args: &Args, drill: Drill, global: Global, out: &mut Out) -> Result<Ending, Failure> {
    let session = args.engagement.is_some().then(|| Session::new(global)).transpose()?;
    let answers = match (&args.by, args.yes) {
        (Some(by), true) => Answers::By(by.clone()),
        (Some(_) | None, _) => Answers::Asked,
    };
    let engagement = session.as_ref().zip(args.engagement.clone());
    drill::run(&Order { drill, port: args.port, answers, engagement }, out).await?;
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
    for provider in Provider::ALL {
        describe_provider(simulator, provider, &mut text);
    }
    if let Some(MerchantSeed { organization_id, live_account_id, temporal_key, .. }) = seed().first() {
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
  golive rehearse --switch {pending} --port {port}

Exchange a temporal key for a permanent one, once
  curl -s -X PATCH {base}/api/v1/accounts/public-api/{live_account_id} \\
    -H 'Authorization: ApiKey {temporal_key}' --json '{{\"secret\":\"{SECRET}\"}}'
",
            pending = Scenario::KycPending,
            port = simulator.address().port(),
        );
    }
    text.push('\n');
    text.push_str(scenarios().trim_end());
    text
}

/// The one merchant of a provider that has one.
fn describe_provider(simulator: &Simulator, provider: Provider, text: &mut String) {
    let (shop, keys): (_, &[(&str, &str)]) = match provider {
        Provider::PaymentsAi => return,
        Provider::Flint => (
            FLINT.shop,
            &[
                ("merchant id", FLINT.merchant_id),
                ("live key", FLINT.live_key),
                ("test key", FLINT.test_key),
                ("webhook secret", FLINT.sandbox_webhook_secret),
            ],
        ),
        Provider::Billing => (
            BILLING.shop,
            &[
                ("merchant id", BILLING.merchant_id),
                ("dashboard key", BILLING.token),
                ("webhook secret", BILLING.webhook_secret),
            ],
        ),
        Provider::MerchantApi => (
            MERCHANT_API.shop,
            &[
                ("e-mail", MERCHANT_API.email),
                ("password", MERCHANT_API.password),
                ("webhook secret", MERCHANT_API.webhook_secret),
            ],
        ),
        Provider::InvoiceLink => (
            INVOICE_LINK.shop,
            &[
                ("live key", INVOICE_LINK.live_key),
                ("test key", INVOICE_LINK.test_key),
                ("webhook secret", INVOICE_LINK.webhook_secret),
            ],
        ),
    };
    let places = simulator.places(provider);
    let _ = writeln!(text, "\n{} ({provider})", shop.name);
    let urls =
        [("api url", &*places.api), ("website url", &*places.website), ("webhook url", &*places.webhook)];
    for (label, value) in urls.iter().chain(keys) {
        let _ = writeln!(text, "  {label:<17}{value}");
    }
}

fn describe(simulator: &Simulator, merchant: &MerchantSeed, text: &mut String) {
    let urls = simulator.urls(merchant);
    let _ = writeln!(text, "\n{}", merchant.name);
    for (label, value) in [
        ("organization_id", merchant.organization_id),
        ("account_id", merchant.account_id),
        ("live_account_id", merchant.live_account_id),
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
    use clap::Parser as _;

    use super::*;

    #[tokio::test]
    async fn every_scenario_and_every_provider_is_told_at_the_start() {
        let simulator =
            Simulator::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), Scenario::Happy).unwrap();
        let text = description(&simulator);
        for scenario in Scenario::ALL {
            assert!(text.contains(&format!("  {scenario} ")), "{scenario} in {text}");
        }
        for provider in [Provider::Flint, Provider::Billing, Provider::MerchantApi, Provider::InvoiceLink] {
            assert!(text.contains(&simulator.places(provider).api), "{provider}");
        }
        simulator.stop().await;
    }

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
        let port = first.address().port().to_string();
        let line = ["golive", "rehearse", "--port", &port];
        let parsed = crate::cli::args::Args::try_parse_from(line).unwrap();
        let Some(crate::cli::args::Command::Rehearse(args)) = parsed.command else {
            panic!("another command")
        };
        let failure = run(&args, parsed.global, &mut Out::new(false)).await.unwrap_err();
        assert_eq!(failure.kind, Kind::Store);
        assert!(failure.hints.iter().any(|hint| hint.contains("--port 0")), "{failure}");
    }
}
