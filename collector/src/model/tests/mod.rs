//! Whole conversations against the model: what it finds, and what it must not find in a legal one.

pub(crate) mod build;
mod data;
mod logins;
mod numbers;
mod random;
mod tasks;
