//! Reports built from an assessment.
