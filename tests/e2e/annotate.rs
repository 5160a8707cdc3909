//! `annotate`.
