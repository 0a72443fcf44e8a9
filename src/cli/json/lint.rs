//! A fault in a runbook.

use serde::Serialize;

use crate::runbook::Fault;

/// One fault of `golive lint`.
#[derive(Debug, Serialize)]
pub struct LintJson {
    /// `error` or `warning`.
    pub severity: &'static str,
    /// The file.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// The words at fault.
    pub words: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl From<&Fault> for LintJson {
    fn from(fault: &Fault) -> Self {
        Self {
            severity: fault.severity.word(),
            file: fault.file.clone(),
            line: fault.at.line,
            column: fault.at.column,
            message: fault.message.clone(),
            words: fault.words.clone(),
            hint: fault.hint.clone(),
        }
    }
}
