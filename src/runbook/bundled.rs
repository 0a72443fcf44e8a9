//! The checklists that come with golive.

/// A runbook that comes with golive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bundled {
    /// Its id, as it stands in the file.
    pub id: &'static str,
    /// The name of its file in `checklists/`.
    pub file_name: &'static str,
    /// The TOML.
    pub text: &'static str,
}

macro_rules! checklist {
    ($id:literal) => {
        Bundled {
            id: $id,
            file_name: concat!($id, ".toml"),
            text: include_str!(concat!("../../checklists/", $id, ".toml")),
        }
    };
}

const BUNDLED: [Bundled; 5] = [
    checklist!("paymentsai"),
    checklist!("flint"),
    checklist!("billing-onboarding"),
    checklist!("merchant-api"),
    checklist!("invoice-link"),
];

/// The runbooks that come with golive, the default first.
pub fn bundled() -> &'static [Bundled] {
    &BUNDLED
}

/// A bundled runbook by its id or file name. Anything else a caller takes for a path.
pub fn find(name: &str) -> Option<Bundled> {
    BUNDLED.into_iter().find(|b| b.id == name || b.file_name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runbook::load;

    #[test]
    fn every_bundled_runbook_loads_without_a_fault_or_a_warning() {
        for bundled in bundled() {
            match load(bundled.file_name, bundled.text.as_bytes()) {
                Ok(loaded) => {
                    assert_eq!(loaded.warnings, [], "{}", bundled.id);
                    assert_eq!(loaded.runbook.id.as_str(), bundled.id);
                    assert_eq!(find(bundled.id).unwrap(), *bundled);
                }
                Err(faults) => panic!("{}", faults.render(bundled.text.as_bytes())),
            }
        }
    }
}
