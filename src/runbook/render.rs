//! Faults drawn under the line they are in.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::fault::{Fault, Faults, Position, Severity};
use crate::domain::text::SafeText;

/// Characters of the line shown before the words at fault.
const BEFORE: usize = 40;
/// Characters of the line shown from the words at fault on.
const AFTER: usize = 80;

/// Whether the drawing carries colour codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// Plain text.
    Plain,
    /// With ANSI colours, for a terminal that wants them.
    Ansi,
}

impl Faults {
    /// The faults in plain text, each with its file, line and column, the line with the words at fault
    /// underlined, and a `help:` line. `source` is the bytes that were loaded.
    pub fn render(&self, source: &[u8]) -> String {
        render(&self.0, source, Colour::Plain)
    }
}

/// Draws faults or warnings of a file; one empty line between two.
pub fn render(faults: &[Fault], source: &[u8], colour: Colour) -> String {
    let renderer = match colour {
        Colour::Plain => Renderer::plain(),
        Colour::Ansi => Renderer::styled(),
    }
    .decor_style(DecorStyle::Ascii);
    let drawn: Vec<String> = faults.iter().map(|fault| draw(fault, source, &renderer)).collect();
    drawn.join("\n\n")
}

fn draw(fault: &Fault, source: &[u8], renderer: &Renderer) -> String {
    let level = match fault.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let shown = ShownLine::of(&fault.at, source);
    let mut group = level
        .primary_title(fault.message.as_str())
        .element(origin(fault, &fault.at))
        .element(shown.snippet(&fault.at, ""));
    let other = fault.related.as_ref().map(|(at, label)| (at, label, ShownLine::of(at, source)));
    if let Some((at, label, line)) = &other {
        group = group.element(origin(fault, at)).element(line.snippet(at, label));
    }
    let mut report = vec![group];
    if let Some(hint) = &fault.hint {
        report.push(Group::with_title(Level::HELP.secondary_title(hint.as_str())));
    }
    renderer.render(&report)
}

fn origin<'a>(fault: &'a Fault, at: &Position) -> Origin<'a> {
    Origin::path(fault.file.as_str()).line(at.line).char_column(at.column)
}

/// The part of a line around a place, safe to show, with the place in it.
struct ShownLine {
    text: String,
    start: usize,
    end: usize,
}

impl ShownLine {
    fn of(at: &Position, source: &[u8]) -> Self {
        let start = at.span.start.min(source.len());
        let line_start = source[..start].iter().rposition(|b| *b == b'\n').map_or(0, |n| n + 1);
        let line_end = source[start..].iter().position(|b| *b == b'\n').map_or(source.len(), |n| start + n);
        let end = at.span.end.clamp(start, line_end);
        // Far more bytes than are shown, so that a line of a megabyte is not decoded whole.
        let near = &source[line_start.max(start.saturating_sub(BEFORE * 8))..start];
        let far = &source[end..line_end.min(end + AFTER * 8)];
        let before = last(&safe(near), BEFORE);
        let words = first(&safe(&source[start..end.min(start + AFTER * 8)]), AFTER);
        let room = AFTER.saturating_sub(words.chars().count());
        let after = first(safe(far).trim_end(), room);
        let start = before.len();
        let end = start + words.len();
        Self { text: before + &words + &after, start, end }
    }

    fn snippet<'a>(
        &'a self,
        at: &Position,
        label: &'a str,
    ) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
        let mark = AnnotationKind::Primary.span(self.start..self.end);
        let mark = if label.is_empty() { mark } else { mark.label(label) };
        Snippet::source(self.text.as_str()).line_start(at.line).annotation(mark)
    }
}

fn safe(bytes: &[u8]) -> String {
    SafeText::new(&String::from_utf8_lossy(bytes)).into()
}

fn first(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    text.chars().take(max.saturating_sub(1)).chain(['…']).collect()
}

fn last(text: &str, max: usize) -> String {
    let count = text.chars().count();
    if count <= max {
        return text.to_owned();
    }
    ['…'].into_iter().chain(text.chars().skip(count - max + 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runbook::fault::{Draft, Gathering, Span};

    fn drawn(source: &str, words: &str) -> String {
        let start = source.find(words).unwrap();
        let mut gathering = Gathering::new("shop.toml", source.as_bytes());
        gathering
            .push(Draft::error(Span::new(start, start + words.len()), "there is no role 'dev'").hint("ask"));
        Faults(gathering.finish()).render(source.as_bytes())
    }

    /// The words over the carets.
    fn underlined(drawing: &str) -> String {
        let lines: Vec<&str> = drawing.lines().collect();
        let n = lines.iter().position(|l| l.contains('^')).unwrap();
        let start = lines[n].chars().position(|c| c == '^').unwrap();
        let count = lines[n].chars().filter(|c| *c == '^').count();
        lines[n - 1].chars().skip(start).take(count).collect()
    }

    #[test]
    fn a_fault_shows_its_place_its_words_and_a_help_line() {
        let drawing = drawn("id = 'x'\nowner = \"dev\" # who\n", "\"dev\"");
        assert!(drawing.contains("error: there is no role 'dev'"), "{drawing}");
        assert!(drawing.contains("shop.toml:2:9"), "{drawing}");
        assert!(drawing.contains("help: ask"), "{drawing}");
        assert_eq!(underlined(&drawing), "\"dev\"");
        assert!(!drawing.contains('\u{1b}'));
    }

    #[test]
    fn hostile_and_long_lines_are_clipped_and_safe_and_the_carets_stay_aligned() {
        let source = format!(
            "{}\u{1b}[31m\u{9b}31m\tα = \"dev\"\u{202e}\u{7}{}\r\n",
            "a".repeat(5000),
            "b".repeat(500_000)
        );
        let drawing = drawn(&source, "\"dev\"");
        assert_eq!(underlined(&drawing), "\"dev\"", "{drawing}");
        assert!(drawing.lines().all(|l| l.chars().count() < 160), "{drawing}");
        assert!(drawing.chars().all(|c| c == '\n' || !c.is_control()), "{drawing}");
        assert!(!drawing.contains('\u{202e}'));
    }

    #[test]
    fn bytes_that_are_no_text_are_drawn_too() {
        let source = b"id = '\xff\xfe'\n";
        let mut gathering = Gathering::new("x.toml", source);
        gathering.push(Draft::error(Span::new(6, 7), "not UTF-8"));
        assert!(Faults(gathering.finish()).render(source).contains("x.toml:1:7"));
    }
}
