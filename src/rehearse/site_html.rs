//! The pages of a merchant's website, as HTML. Pure.
//!
//! Nothing here names what a provider does not allow but the one item that can be switched on, so that
//! a search for such words finds that item or nothing.

use std::fmt::Write as _;

use super::seed::Product;
use super::shop::Storefront;
use super::switches::{Currency, PageState, ProhibitedItem, Site};

/// The pages there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Page {
    Home,
    Products,
    Checkout,
    Contact,
    Terms,
    Privacy,
    Refund,
    Paused,
    Returned,
}

impl Page {
    const ALL: [Self; 9] = [
        Self::Home,
        Self::Products,
        Self::Checkout,
        Self::Contact,
        Self::Terms,
        Self::Privacy,
        Self::Refund,
        Self::Paused,
        Self::Returned,
    ];

    /// The page at this path under the site; the home page has the empty one.
    pub(super) fn named(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|page| page.path() == path)
    }

    fn path(self) -> &'static str {
        match self {
            Self::Home => "",
            Self::Products => "products",
            Self::Checkout => "checkout",
            Self::Contact => "contact",
            Self::Terms => "terms",
            Self::Privacy => "privacy",
            Self::Refund => "refund",
            Self::Paused => "paused",
            Self::Returned => "returned",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Home => "Welcome",
            Self::Products => "Products",
            Self::Checkout => "Checkout",
            Self::Contact => "Contact",
            Self::Terms => "Terms and Conditions",
            Self::Privacy => "Privacy Policy",
            Self::Refund => "Refund Policy",
            Self::Paused => "A short pause",
            Self::Returned => "You are back",
        }
    }

    fn state(self, site: &Site) -> PageState {
        match self {
            Self::Home | Self::Products | Self::Checkout | Self::Paused | Self::Returned => {
                PageState::Present
            }
            Self::Contact => site.contact,
            Self::Terms => site.terms,
            Self::Privacy => site.privacy,
            Self::Refund => site.refund,
        }
    }
}

/// What is sold when the switch says so.
const PROHIBITED: Product = Product {
    name: "Replica watch",
    about: "Counterfeit goods under a famous name, nobody will notice.",
    cents: 9_900,
};

/// What people read while something cannot be started, in the languages of the regions it is sold in.
const FALLBACK: &str = "<p lang=\"en\">New verifications are paused for a moment. What you have begun is \
kept; please try again in an hour.</p>\n<p lang=\"de\">Neue Prüfungen sind kurz angehalten. Begonnenes bleibt \
erhalten; bitte versuchen Sie es in einer Stunde wieder.</p>\n<p lang=\"fr\">Les nouvelles vérifications sont \
suspendues un instant. Ce que vous avez commencé est conservé ; réessayez dans une heure.</p>";

const STYLE: &str = "body{font:1rem/1.5 system-ui,sans-serif;max-width:44rem;margin:0 auto;padding:1rem;\
color:#1c2430;background:#fcfcfa}header,footer{display:flex;flex-wrap:wrap;gap:.5rem 1.25rem;\
align-items:baseline;padding:.75rem 0}header{border-bottom:1px solid #d5d9df}footer{border-top:1px solid \
#d5d9df;margin-top:2rem;font-size:.9rem}strong{font-size:1.2rem}table{border-collapse:collapse;width:100%}\
th,td{text-align:left;padding:.4rem .5rem;border-bottom:1px solid #e6e9ed}td:last-child,th:last-child\
{text-align:right;font-variant-numeric:tabular-nums}a{color:#1f5fae}";

/// A page, unless the switches say that it is not there.
pub(super) fn page(seed: &Storefront, site: &Site, page: Page) -> Option<String> {
    match page.state(site) {
        PageState::Present => Some(frame(seed, site, page.title(), &content(seed, site, page))),
        PageState::Absent | PageState::Broken => None,
    }
}

/// What stands where no page is.
pub(super) fn missing(seed: &Storefront, site: &Site) -> String {
    frame(seed, site, "Page not found", "<p>There is nothing at this address.</p>")
}

fn frame(seed: &Storefront, site: &Site, title: &str, content: &str) -> String {
    let name = escaped(seed.name);
    let menu = links(seed, site, &[Page::Home, Page::Products, Page::Checkout, Page::Contact]);
    let legal = links(seed, site, &[Page::Terms, Page::Privacy, Page::Refund]);
    let reach = reach(seed, site);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title} · {name}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <header>\n<strong>{name}</strong>\n{menu}</header>\n\
         <main>\n<h1>{title}</h1>\n{content}\n</main>\n\
         <footer>\n{legal}{reach}</footer>\n</body>\n</html>\n"
    )
}

fn links(seed: &Storefront, site: &Site, pages: &[Page]) -> String {
    let mut out = String::new();
    for page in pages {
        match page.state(site) {
            PageState::Present | PageState::Broken => {
                let _ = writeln!(out, "<a href=\"{}\">{}</a>", address(seed, *page), page.title());
            }
            PageState::Absent => {}
        }
    }
    out
}

fn address(seed: &Storefront, page: Page) -> String {
    format!("/m/{}/site/{}", seed.path, page.path())
}

/// The e-mail address and the phone number.
fn reach(seed: &Storefront, site: &Site) -> String {
    match site.contact {
        PageState::Present | PageState::Broken => format!(
            "<a href=\"mailto:{email}\">{email}</a>\n<a href=\"tel:{phone}\">{phone}</a>\n",
            email = escaped(seed.email),
            phone = escaped(seed.phone)
        ),
        PageState::Absent => String::new(),
    }
}

fn content(seed: &Storefront, site: &Site, page: Page) -> String {
    let name = escaped(seed.name);
    match page {
        Page::Home => format!(
            "<p>{name} is a small shop with a few good things.</p>\n<p><a href=\"{}\">See what we sell</a></p>",
            address(seed, Page::Products)
        ),
        Page::Products => catalogue(seed, site),
        Page::Checkout => basket(seed, site),
        Page::Contact => format!(
            "<p>Write or call, and a person answers within a working day.</p>\n<p>{}</p>",
            reach(seed, site).trim_end().replace('\n', " or ")
        ),
        Page::Terms => format!(
            "<p>These terms hold for every order placed with {name}.</p>\n\
             <h2>Orders</h2>\n<p>An order is binding once we confirm it by e-mail. Prices include tax.</p>\n\
             <h2>Delivery</h2>\n<p>We ship within two working days and send a tracking number.</p>"
        ),
        Page::Privacy => format!(
            "<p>{name} keeps what an order needs and nothing more.</p>\n\
             <h2>What we keep</h2>\n<p>Name, address and order, for as long as the tax office asks for.</p>\n\
             <h2>Card details</h2>\n<p>They go straight to our payment provider; we never see them.</p>"
        ),
        Page::Refund => "<p>Send anything back within 30 days and get the full price back.</p>\n\
             <h2>How</h2>\n<p>Tell us the order number. The money is on its way within five working days of \
             the parcel's arrival, to the card or account it came from.</p>"
            .to_owned(),
        Page::Paused => FALLBACK.to_owned(),
        Page::Returned => {
            let account = escaped(seed.account);
            format!(
                "<p>Setup is complete. Your merchant id is {account}.</p>\n\
                 <p><button type=\"button\">Create API key</button></p>"
            )
        }
    }
}

fn catalogue(seed: &Storefront, site: &Site) -> String {
    let extra: &[Product] = match site.prohibited_item {
        ProhibitedItem::Absent => &[],
        ProhibitedItem::Listed => &[PROHIBITED],
    };
    let mut rows = String::new();
    for Product { name, about, cents } in seed.products.iter().chain(extra) {
        let (name, about, price) = (escaped(name), escaped(about), price(seed, site, *cents));
        let _ = writeln!(rows, "<tr><td>{name}</td><td>{about}</td><td>{price}</td></tr>");
    }
    format!(
        "<table>\n<thead><tr><th>Product</th><th>About</th><th>Price</th></tr></thead>\n\
         <tbody>\n{rows}</tbody>\n</table>"
    )
}

/// A basket with one of everything that is always sold.
fn basket(seed: &Storefront, site: &Site) -> String {
    let mut rows = String::new();
    for product in seed.products {
        let (name, price) = (escaped(product.name), price(seed, site, product.cents));
        let _ = writeln!(rows, "<tr><td>{name}</td><td>1</td><td>{price}</td></tr>");
    }
    let total = price(seed, site, seed.products.iter().map(|p| p.cents).sum());
    format!(
        "<table>\n<thead><tr><th>Product</th><th>Quantity</th><th>Price</th></tr></thead>\n\
         <tbody>\n{rows}</tbody>\n<tfoot><tr><th>Total</th><th></th><th>{total}</th></tr></tfoot>\n</table>\n\
         <p>You will be charged {total} when you confirm.</p>\n\
         <form><button type=\"button\">Pay {total}</button></form>"
    )
}

fn price(seed: &Storefront, site: &Site, cents: u32) -> String {
    let amount = format!("{}.{:02}", cents / 100, cents % 100);
    match site.currency {
        Currency::Shown => format!("{} {amount}", seed.currency),
        Currency::Hidden => amount,
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_html_would_obey_is_escaped() {
        assert_eq!(escaped("<a href=\"x\"> & more"), "&lt;a href=&quot;x&quot;&gt; &amp; more");
    }

    #[test]
    fn every_page_is_found_by_its_path() {
        for page in Page::ALL {
            assert_eq!(Page::named(page.path()), Some(page));
        }
        assert_eq!(Page::named("basket"), None);
    }
}
