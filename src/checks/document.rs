//! A web page as a visitor reads it: its visible text and its links.

use std::collections::HashSet;
use std::time::Instant;

use html5ever::driver::{ParseOpts, parse_document};
use html5ever::tendril::TendrilSink;
use scraper::node::{Element, Node};
use scraper::{Html, HtmlTreeSink};
use url::Url;

/// The most elements of a page. What the parser does for badly nested ones grows with their square;
/// real pages have a few thousand.
pub const MAX_ELEMENTS: usize = 20_000;
/// The most links that are kept.
const MAX_LINKS: usize = 2_000;
/// The longest text of a link that is kept, in bytes.
const MAX_LINK_TEXT: usize = 512;
/// The parser is asked to stop between pieces of this size, in bytes.
const PIECE: usize = 8 * 1024;

/// Elements whose text nobody sees.
const UNSEEN: [&str; 7] = ["script", "style", "noscript", "template", "head", "svg", "iframe"];
/// Elements that do not break a line: what stands in them joins the text around.
const INLINE: [&str; 16] = [
    "a", "abbr", "b", "bdi", "code", "em", "font", "i", "mark", "s", "small", "span", "strong", "sub", "sup",
    "u",
];

/// Why a page cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unparsable {
    /// More than `MAX_ELEMENTS`.
    #[error("the page has more than {MAX_ELEMENTS} elements")]
    TooMany,
    /// The deadline passed meanwhile.
    #[error("the page takes too long to read")]
    TooSlow,
}

/// A link of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// What a visitor reads, or the label that a screen reader says.
    pub text: String,
    /// Where it leads, as the page has it, if it says.
    pub href: Option<String>,
}

/// A page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    text: String,
    links: Vec<Link>,
    cut: bool,
    names: HashSet<String>,
    base: Option<String>,
}

/// The elements of a page, until the deadline if there is one.
pub fn tree(html: &str, deadline: Option<Instant>) -> Result<Html, Unparsable> {
    let opening = html.as_bytes().windows(2).filter(|w| w[0] == b'<' && w[1].is_ascii_alphabetic());
    if opening.count() > MAX_ELEMENTS {
        return Err(Unparsable::TooMany);
    }
    let mut parser = parse_document(HtmlTreeSink::new(Html::new_document()), ParseOpts::default());
    let mut rest = html;
    while !rest.is_empty() {
        if deadline.is_some_and(|d| Instant::now() > d) {
            return Err(Unparsable::TooSlow);
        }
        let (piece, after) = rest.split_at(rest.floor_char_boundary(PIECE.min(rest.len())));
        parser.process(piece.into());
        rest = after;
    }
    Ok(parser.finish())
}

/// What the addresses of a page that was found here are relative to.
pub fn base(said: Option<&str>, at: &Url) -> Url {
    said.and_then(|base| at.join(base.trim()).ok()).unwrap_or_else(|| at.clone())
}

impl Document {
    /// Reads a page, until the deadline if there is one.
    pub fn parse(html: &str, deadline: Option<Instant>) -> Result<Self, Unparsable> {
        tree(html, deadline).map(|html| Self::read(&html))
    }

    /// The visible text, runs of white space as one space.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The links, in order.
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// Whether there are more links than are kept.
    pub fn is_cut(&self) -> bool {
        self.cut
    }

    /// Whether something on the page has this name, which a link may lead to.
    pub fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// What the links of the page are relative to when it was found here.
    pub fn base(&self, at: &Url) -> Url {
        base(self.base.as_deref(), at)
    }

    fn read(html: &Html) -> Self {
        use ego_tree::iter::Edge;
        let mut reader = Reader::default();
        for edge in html.tree.root().traverse() {
            match edge {
                Edge::Open(node) => match node.value() {
                    Node::Element(element) => reader.open(element),
                    Node::Text(text) => reader.text(text),
                    Node::Document
                    | Node::Fragment
                    | Node::Doctype(_)
                    | Node::Comment(_)
                    | Node::ProcessingInstruction(_) => {}
                },
                Edge::Close(node) => {
                    if let Node::Element(element) = node.value() {
                        reader.close(element);
                    }
                }
            }
        }
        let Reader { mut text, links, cut, names, base, .. } = reader;
        text.truncate(text.trim_end().len());
        Self { text, links, cut, names, base }
    }
}

#[derive(Default)]
struct Reader {
    text: String,
    links: Vec<Link>,
    cut: bool,
    names: HashSet<String>,
    base: Option<String>,
    /// How deep inside elements that nobody sees.
    unseen: usize,
    /// Links that are open, with the place in `text` where their words begin.
    open: Vec<(Link, usize)>,
}

impl Reader {
    fn open(&mut self, element: &Element) {
        let name = (element.name() == "a").then(|| element.attr("name")).flatten();
        self.names.extend(element.attr("id").into_iter().chain(name).map(str::to_owned));
        if element.name() == "base" && self.base.is_none() {
            self.base = element.attr("href").map(str::to_owned);
        }
        if self.unseen > 0 || is_unseen(element) {
            self.unseen += 1;
            return;
        }
        self.break_line(element);
        if element.name() == "a" && self.links.len() >= MAX_LINKS {
            self.cut = true;
        } else if element.name() == "a" {
            let href = element.attr("href").map(|href| href.trim().to_owned());
            let label = element.attr("aria-label").or(element.attr("title")).unwrap_or_default();
            self.open.push((Link { text: label.to_owned(), href }, self.text.len()));
        }
        if element.name() == "img" {
            // A picture of an address or logo speaks through its text.
            self.text(element.attr("alt").unwrap_or_default());
        }
    }

    fn close(&mut self, element: &Element) {
        if self.unseen > 0 {
            self.unseen -= 1;
            return;
        }
        if element.name() == "a"
            && let Some((mut link, from)) = self.open.pop()
        {
            let words = self.text.get(from..).unwrap_or_default().trim();
            let end = words.floor_char_boundary(MAX_LINK_TEXT.min(words.len()));
            if !words.is_empty() {
                words[..end].clone_into(&mut link.text);
            }
            self.links.push(link);
        }
        self.break_line(element);
    }

    fn break_line(&mut self, element: &Element) {
        if !INLINE.contains(&element.name()) {
            self.space();
        }
    }

    fn text(&mut self, text: &str) {
        if self.unseen > 0 {
            return;
        }
        for c in text.chars() {
            if c.is_whitespace() { self.space() } else { self.text.push(c) }
        }
    }

    fn space(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with(' ') {
            self.text.push(' ');
        }
    }
}

fn is_unseen(element: &Element) -> bool {
    let style = || element.attr("style").unwrap_or_default().to_ascii_lowercase().replace(' ', "");
    UNSEEN.contains(&element.name()) || element.attr("hidden").is_some() || style().contains("display:none")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(html: &str) -> Document {
        Document::parse(html, None).unwrap()
    }

    #[test]
    fn only_what_a_visitor_sees_is_text() {
        let page = page(
            "<title>T</title><script>var a='lorem'</script><style>b{}</style><p>Acme&nbsp;Ltd\n <b>GmbH</b></p>\
             <div hidden>ghost</div><div style='display: none'><p>ghost</p></div><noscript>ghost</noscript>\
             <p>1<sup>st</sup></p><p>end</p><!-- ghost -->",
        );
        assert_eq!(page.text(), "Acme Ltd GmbH 1st end");
    }

    #[test]
    fn links_have_a_text_and_an_address() {
        let links =
            page("<a href=' /terms '>Terms <b>of use</b></a><a href='/p' aria-label='Privacy'><svg/></a>");
        let link = |text: &str, href: &str| Link { text: text.into(), href: Some(href.into()) };
        assert_eq!(links.links(), [link("Terms of use", "/terms"), link("Privacy", "/p")]);
        assert_eq!(page("<a>Terms</a>").links()[0].href, None);
    }

    #[test]
    fn a_page_says_what_its_links_are_relative_to_and_what_is_on_it() {
        let page = page("<base target=x><base href=' /a/ '><base href=/b/><p id=one><a name=two>x</a>");
        let at = Url::parse("https://shop.example/c/d").unwrap();
        assert_eq!(page.base(&at).as_str(), "https://shop.example/a/");
        assert!(page.has("one") && page.has("two") && !page.has("three"));
        let many = Document::parse(&"<a href=/x>x</a>".repeat(MAX_LINKS), None).unwrap();
        assert!(!many.is_cut());
        assert!(Document::parse(&"<a href=/x>x</a>".repeat(MAX_LINKS + 1), None).unwrap().is_cut());
    }

    #[test]
    fn a_page_made_to_be_slow_is_refused() {
        let nested = "<div>".repeat(MAX_ELEMENTS + 1);
        assert_eq!(Document::parse(&nested, None), Err(Unparsable::TooMany));
        let past = Some(Instant::now());
        assert_eq!(Document::parse(&"<p>".repeat(9), past), Err(Unparsable::TooSlow));
    }

    #[test]
    fn deep_nesting_does_not_exhaust_the_stack() {
        let deep = format!("{}deep", "<b>".repeat(15_000));
        assert_eq!(page(&deep).text(), "deep");
    }
}
