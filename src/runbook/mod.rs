//! TOML to domain: raw shapes, resolve, bundled checklists, lint.
