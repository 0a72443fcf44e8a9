//! Several engagements as one document.

use std::path::Path;

use super::App;
use super::error::AppError;
use super::evidence::LocalFiles;
use crate::domain::ids::EngagementId;
use crate::domain::summary::Summary;
use crate::files::{self, Published};
use crate::report::overview::{self, Form};

impl App {
    /// Writes a report on some engagements, in the order in which they are named, into a new file whose ending
    /// says the form. A file that is there stays as it is. Only for somebody at this machine.
    pub async fn write_overview(&self, of: &[EngagementId], path: &Path) -> Result<(), AppError> {
        if self.local_files != LocalFiles::Allowed {
            return Err(AppError::NoLocalFiles);
        }
        let all = self.portfolio().await?.rows;
        let rows: Vec<&Summary> =
            of.iter().filter_map(|id| all.iter().find(|row| row.engagement == *id)).collect();
        let form = Form::of(path.extension().and_then(|ending| ending.to_str()));
        let text = overview::write(&rows, form, self.now()).map_err(AppError::Unwritable)?;
        let path = path.to_owned();
        let work = tokio::task::spawn_blocking(move || publish(&path, &text));
        work.await.map_err(|_| AppError::ShuttingDown)?
    }
}

fn publish(path: &Path, text: &str) -> Result<(), AppError> {
    let failed = |error: std::io::Error| AppError::NotWritten { path: path.to_owned(), error };
    let there = || failed(std::io::Error::new(std::io::ErrorKind::AlreadyExists, "it is there already"));
    if path.symlink_metadata().is_ok() {
        return Err(there());
    }
    match files::write_new(path, text.as_bytes()).map_err(failed)? {
        Published::Ours => Ok(()),
        Published::Theirs => Err(there()),
    }
}

#[cfg(test)]
mod tests {
    use crate::app::testing::{Bench, id};
    use crate::app::{AppError, LocalFiles};

    #[tokio::test]
    async fn a_report_is_written_once_and_only_by_somebody_at_the_machine() {
        let (bench, _) = Bench::with_acme().await;
        let path = bench.dir.path().join("report.md");
        let remote = bench.app.write_overview(&[id("acme")], &path).await;
        assert!(matches!(remote, Err(AppError::NoLocalFiles)));
        let evidence = crate::store::EvidenceFolder::new(bench.dir.path().join("evidence"), 1024);
        let local = bench.app.clone().keeping_evidence(evidence, LocalFiles::Allowed);
        local.write_overview(&[id("acme")], &path).await.unwrap();
        let written = std::fs::read_to_string(&path).unwrap();
        assert!(written.contains("| acme | Acme |"), "{written}");
        let again = local.write_overview(&[id("acme")], &path).await;
        assert!(matches!(again, Err(AppError::NotWritten { .. })));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), written);
        assert_eq!(
            std::fs::read_dir(bench.dir.path())
                .unwrap()
                .filter(|e| { e.as_ref().unwrap().file_name().to_string_lossy().contains(".new") })
                .count(),
            0
        );
    }
}
