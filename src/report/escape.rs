//! Text from outside, made harmless for each kind of document. All of it is [`SafeText`] first, so control,
//! bidirectional and invisible characters are shown in every one of them, and no value breaks a line.

use std::fmt::Write as _;

use crate::domain::text::SafeText;

/// For HTML, between tags and inside quoted attributes.
pub fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in SafeText::new(text).as_str().chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

/// For Markdown (`CommonMark` and GitHub's tables), inside a line: what has a meaning there is escaped by a
/// backslash. A template must not begin a line with a value, nor put one into a code span, where a backslash is
/// a backslash.
pub fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in SafeText::new(text).as_str().chars() {
        if matches!(
            c,
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '#' | '!' | '|' | '~' | '&' | '$'
        ) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A cell of a CSV file (RFC 4180), always in quotes. A text that a spreadsheet would take for a formula gets
/// an apostrophe in front, which spreadsheets take for "this is text" (OWASP, "CSV Injection").
pub fn csv(text: &str) -> String {
    let safe = SafeText::new(text);
    let safe = safe.as_str();
    let formula = |c: char| matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠');
    // Some programs trim before they look, and a tab has become a blank already.
    let guard =
        if safe.trim_start().starts_with(formula) || text.starts_with(['\t', '\r']) { "'" } else { "" };
    format!("\"{guard}{}\"", safe.replace('"', "\"\""))
}

/// JSON that is as exact as any and shows a terminal nothing but plain characters: what [`SafeText`] would not
/// let through stands as `\uXXXX`. Such characters occur inside of strings only, where that is their name.
pub fn json(text: &str) -> String {
    escaped(text, is_plain)
}

/// JSON in which not even a letter can be taken for another: what is not ASCII stands as `\uXXXX`.
pub fn ascii_json(text: &str) -> String {
    escaped(text, |_| false)
}

fn escaped(text: &str, passes: fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        // Line breaks lay the document out; those inside of strings are escaped already.
        if c.is_ascii_graphic() || c == ' ' || c == '\n' || passes(c) {
            out.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out
}

fn is_plain(c: char) -> bool {
    let mut bytes = [0; 4];
    let alone: &str = c.encode_utf8(&mut bytes);
    SafeText::new(alone).as_str() == alone
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_has_no_tag_and_no_quote_left() {
        assert_eq!(html("<script>alert('1')</script>"), "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;");
        assert_eq!(html("a\" onload=\"x&amp;"), "a&quot; onload=&quot;x&amp;amp;");
        assert_eq!(html("a\u{202e}b\u{1b}[2J"), "a⟨202E⟩b␛[2J");
    }

    #[test]
    fn markdown_reads_back_as_the_text_it_was() {
        let hostile = "a | b\n# c `d` *e* __f__ <i>g</i> [h](javascript:1) ![i](j) ~~k~~ &lt; \\ {l} $m$";
        let table = format!("| x |\n|---|\n| {} |\n", markdown(hostile));
        let mut options = pulldown_cmark::Options::all();
        options.remove(pulldown_cmark::Options::ENABLE_SMART_PUNCTUATION);
        let events: Vec<_> = pulldown_cmark::Parser::new_ext(&table, options).collect();
        let text: String = events
            .iter()
            .skip_while(|e| !matches!(e, pulldown_cmark::Event::Start(pulldown_cmark::Tag::TableRow)))
            .filter_map(|e| if let pulldown_cmark::Event::Text(t) = e { Some(t.as_ref()) } else { None })
            .collect();
        assert_eq!(text, hostile.replace('\n', " "));
    }

    #[test]
    fn a_cell_is_no_formula_and_ends_where_it_ends() {
        assert_eq!(csv("plain"), "\"plain\"");
        assert_eq!(csv("say \"hi\", then\nleave"), "\"say \"\"hi\"\", then leave\"");
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1", "＝1"] {
            assert!(csv(formula).starts_with("\"'"), "{formula:?}: {}", csv(formula));
        }
        assert_eq!(csv("a=b"), "\"a=b\"");
    }

    #[test]
    fn json_keeps_the_value_and_hides_nothing() {
        let hostile = "a\u{202e}b\u{9b}c\u{e0041}é東";
        let text = serde_json::to_string(&[hostile]).unwrap();
        let safe = json(&text);
        assert_eq!(safe, "[\"a\\u202eb\\u009bc\\udb40\\udc41é東\"]");
        assert_eq!(serde_json::from_str::<Vec<String>>(&safe).unwrap(), [hostile]);
        let ascii = ascii_json(&text);
        assert_eq!(ascii, "[\"a\\u202eb\\u009bc\\udb40\\udc41\\u00e9\\u6771\"]");
    }
}
