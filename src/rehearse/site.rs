//! The routes of a merchant's website.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;

use super::answer::Fault;
use super::site_html::{Page, missing, page};
use super::world::World;

/// The routes of the website. With and without a slash at its end, so that an address that a person
/// typed works, and so do pages put behind it.
pub(super) fn routes() -> Router<World> {
    Router::new()
        .route("/m/{organization_id}/site", get(home))
        .route("/m/{organization_id}/site/", get(home))
        .route("/m/{organization_id}/site/{page}", get(named))
}

async fn home(State(world): State<World>, Path(organization_id): Path<String>) -> Response {
    show(&world, &organization_id, Some(Page::Home))
}

async fn named(
    State(world): State<World>,
    Path((organization_id, name)): Path<(String, String)>,
) -> Response {
    show(&world, &organization_id, Page::named(&name))
}

fn show(world: &World, organization_id: &str, which: Option<Page>) -> Response {
    let Some((front, site)) = world.site(organization_id) else {
        return Fault::new(StatusCode::NOT_FOUND, "site_not_found", "There is no such website")
            .into_response();
    };
    match which.and_then(|which| page(&front, &site, which)) {
        Some(html) => Html(html).into_response(),
        None => (StatusCode::NOT_FOUND, Html(missing(&front, &site))).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use scraper::{Html, Selector};

    use crate::rehearse::testing::Rig;
    use crate::rehearse::{Currency, PageState, ProhibitedItem, Scenario, Site, seed};

    const A: &str = "org_demo_a";

    fn switched(change: impl FnOnce(&mut Site)) -> Rig {
        let rig = Rig::start(Scenario::Happy);
        rig.world().set(A, |s| change(&mut s.site)).unwrap();
        rig
    }

    async fn fetch(rig: &Rig, id: &str, page: &str) -> (StatusCode, String) {
        let response = rig.get(&format!("/m/{id}/site/{page}")).send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8");
        assert!(response.headers().contains_key("x-request-id"));
        (response.status(), response.text().await.unwrap())
    }

    fn hrefs(html: &str) -> Vec<String> {
        let links = Selector::parse("a[href]").unwrap();
        Html::parse_document(html).select(&links).map(|a| a.attr("href").unwrap().to_owned()).collect()
    }

    fn text(html: &str) -> String {
        let body = Selector::parse("body").unwrap();
        let document = Html::parse_document(html);
        let words: Vec<&str> =
            document.select(&body).flat_map(|b| b.text()).flat_map(str::split_whitespace).collect();
        words.join(" ")
    }

    #[tokio::test]
    async fn every_page_is_there_and_every_link_leads_somewhere() {
        let rig = Rig::start(Scenario::Happy);
        for merchant in seed() {
            for page in ["", "products", "checkout", "contact", "terms", "privacy", "refund"] {
                let (status, html) = fetch(&rig, merchant.organization_id, page).await;
                assert_eq!(status, StatusCode::OK, "{page}");
                assert!(html.starts_with("<!DOCTYPE html>") && html.matches("<h1>").count() == 1, "{page}");
                let links = hrefs(&html);
                assert!(links.contains(&format!("mailto:{}", merchant.email)));
                assert!(links.contains(&format!("tel:{}", merchant.phone)));
                for link in links.iter().filter(|link| link.starts_with('/')) {
                    assert_eq!(rig.get(link).send().await.unwrap().status(), StatusCode::OK, "{link}");
                }
            }
        }
    }

    #[tokio::test]
    async fn the_address_works_without_its_last_slash() {
        let rig = Rig::start(Scenario::Happy);
        let bare = rig.get("/m/org_demo_a/site").send().await.unwrap().text().await.unwrap();
        assert_eq!(bare, fetch(&rig, A, "").await.1);
    }

    #[tokio::test]
    async fn an_absent_page_is_neither_linked_nor_there_and_a_broken_one_is_linked() {
        type Switch = fn(&mut Site, PageState);
        let switches: [(&str, Switch); 4] = [
            ("terms", |s, to| s.terms = to),
            ("privacy", |s, to| s.privacy = to),
            ("refund", |s, to| s.refund = to),
            ("contact", |s, to| s.contact = to),
        ];
        for (page, switch) in switches {
            for (state, linked) in [(PageState::Absent, false), (PageState::Broken, true)] {
                let rig = switched(|site| switch(site, state));
                let (_, html) = fetch(&rig, A, "").await;
                let link = format!("/m/{A}/site/{page}");
                assert_eq!(hrefs(&html).contains(&link), linked, "{page} {state:?}");
                assert_eq!(fetch(&rig, A, page).await.0, StatusCode::NOT_FOUND, "{page} {state:?}");
                assert_eq!(fetch(&rig, "org_demo_c", page).await.0, StatusCode::OK, "of another merchant");
            }
        }
    }

    #[tokio::test]
    async fn without_contact_no_page_has_an_address_or_a_number() {
        let rig = switched(|site| site.contact = PageState::Absent);
        for page in ["", "products", "checkout", "terms"] {
            let (_, html) = fetch(&rig, A, page).await;
            assert!(
                !html.contains("mailto:") && !html.contains("tel:") && !html.contains(".example"),
                "{page}"
            );
        }
    }

    #[tokio::test]
    async fn prices_carry_their_currency_until_it_is_hidden() {
        let rig = switched(|_| {});
        for page in ["checkout", "products"] {
            assert!(text(&fetch(&rig, A, page).await.1).contains("EUR 34.50"), "{page}");
        }
        let rig = switched(|site| site.currency = Currency::Hidden);
        for page in ["", "checkout", "products"] {
            let html = fetch(&rig, A, page).await.1;
            assert!(!html.contains("EUR"), "{page}");
        }
        assert!(text(&fetch(&rig, A, "checkout").await.1).contains("34.50"));
        assert!(text(&fetch(&rig, "org_demo_c", "checkout").await.1).contains("GBP 480.00"));
    }

    #[tokio::test]
    async fn a_prohibited_item_is_in_the_catalogue_only_when_it_is_listed() {
        let words = ["counterfeit", "weapon", "malware", "adult", "hate speech"];
        let rig = Rig::start(Scenario::Happy);
        for page in ["", "products", "checkout", "contact", "terms", "privacy", "refund"] {
            let shown = text(&fetch(&rig, A, page).await.1).to_lowercase();
            assert!(!words.iter().any(|word| shown.contains(word)), "{page}");
        }
        let rig = switched(|site| site.prohibited_item = ProhibitedItem::Listed);
        assert!(text(&fetch(&rig, A, "products").await.1).to_lowercase().contains("counterfeit goods"));
    }

    #[tokio::test]
    async fn a_page_that_is_no_page_answers_404_as_a_page() {
        let rig = Rig::start(Scenario::Happy);
        let (status, html) = fetch(&rig, A, "%3Cscript%3E").await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert!(!html.contains("<script>"));
        assert_eq!(rig.json(rig.get("/m/org_nobody/site/")).await.0, StatusCode::NOT_FOUND);
    }
}
