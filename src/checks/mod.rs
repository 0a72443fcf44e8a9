//! Live readiness checks.
