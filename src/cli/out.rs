//! Standard output and standard error.

use std::fmt::Display;
use std::io::{self, BufWriter, IsTerminal as _, Write as _};

use serde::Serialize;

use crate::domain::text::SafeText;
use crate::error::{Failure, Kind};
use crate::report::escape;

/// Most hints that are printed.
const MAX_HINTS: usize = 20;

/// What a word means; told by colour too where somebody looks, never by colour alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Nothing special.
    Plain,
    /// As it should be.
    Good,
    /// Waits for somebody.
    Waiting,
    /// Wrong.
    Bad,
    /// Less important than what stands beside it.
    Faint,
    /// A heading.
    Strong,
}

/// Standard output. A reader who leaves early, such as `head`, is no error: what follows is dropped.
pub struct Out {
    stdout: BufWriter<io::Stdout>,
    json: bool,
    colour: bool,
    gone: bool,
    failed: Option<io::Error>,
}

impl Out {
    /// Standard output, for JSON or for people.
    pub fn new(json: bool) -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
        let colour = !json && wanted && io::stdout().is_terminal();
        Self { stdout: BufWriter::new(io::stdout()), json, colour, gone: false, failed: None }
    }

    /// Whether data is asked for as JSON.
    pub fn json(&self) -> bool {
        self.json
    }

    /// Whether the reader has left.
    pub fn gone(&self) -> bool {
        self.gone
    }

    /// Whether colours are wanted.
    pub fn coloured(&self) -> bool {
        self.colour
    }

    /// A line for people. Whatever comes from outside must be safe already.
    pub fn line(&mut self, text: impl Display) {
        if !self.gone {
            let written = writeln!(self.stdout, "{text}");
            self.note(&written);
        }
    }

    /// A value as JSON, indented. What a terminal would obey stands as `\uXXXX`; the value is the same.
    pub fn value(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(value).map_err(|e| Failure::new(Kind::Store, e))?;
        self.line(escape::json(&text));
        Ok(())
    }

    /// A value as one line of JSON, for streams.
    pub fn json_line(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string(value).map_err(|e| Failure::new(Kind::Store, e))?;
        self.line(escape::json(&text));
        self.flush();
        Ok(())
    }

    /// Sends what is waiting.
    pub fn flush(&mut self) {
        let flushed = self.stdout.flush();
        self.note(&flushed);
    }

    /// A text in a tone.
    pub fn paint(&self, tone: Tone, text: impl Display) -> String {
        let code = match tone {
            Tone::Plain => return text.to_string(),
            Tone::Good => "32",
            Tone::Waiting => "33",
            Tone::Bad => "31",
            Tone::Faint => "2",
            Tone::Strong => "1",
        };
        if self.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_string() }
    }

    /// Sends the rest. An error says that data which was asked for did not arrive.
    pub fn finish(mut self) -> Result<(), Failure> {
        self.flush();
        match self.failed {
            None => Ok(()),
            Some(error) => {
                Err(Failure::new(Kind::Store, error).hint("standard output could not be written to"))
            }
        }
    }

    fn note(&mut self, written: &io::Result<()>) {
        if let Err(error) = written {
            self.gone = true;
            if error.kind() != io::ErrorKind::BrokenPipe && self.failed.is_none() {
                self.failed = Some(error.kind().into());
            }
        }
    }
}

/// Says on standard error what went wrong and what to do about it.
pub fn complain(failure: &Failure) {
    let mut lines = Vec::new();
    let text = failure.to_string();
    let mut said = text.lines();
    lines.push(SafeText::new(&format!("error: {}", said.next().unwrap_or_default())));
    lines.extend(said.map(SafeText::new));
    for hint in failure.hints.iter().take(MAX_HINTS) {
        lines.push(SafeText::new(&format!("hint: {hint}")));
    }
    if failure.hints.len() > MAX_HINTS {
        lines.push(SafeText::new(&format!("hint: and {} more", failure.hints.len() - MAX_HINTS)));
    }
    complain_lines(&lines);
}

/// Says lines on standard error.
pub fn complain_lines(lines: &[SafeText]) {
    let mut stderr = io::stderr().lock();
    for line in lines {
        // Standard error may be closed; the exit code says the rest.
        let _ = writeln!(stderr, "{line}");
    }
}

/// Says something that is no error and no data on standard error.
pub fn remark(text: &str) {
    complain_lines(&SafeText::lines(text));
}
