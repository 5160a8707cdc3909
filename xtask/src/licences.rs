//! The licence part of `cargo deny check`, which takes minutes to install: deny.toml's list, cargo's metadata.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::{repo, run};

/// Whether an SPDX expression can be satisfied with `allowed` alone. Handles what crates write: AND, OR, the old
/// slash, parentheses around either; AND binds closer.
fn is_allowed(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let tokens = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let tokens: Vec<&str> = tokens.split_whitespace().collect();
    let mut at = 0;
    let result = any(&tokens, &mut at, allowed);
    result && at == tokens.len()
}

fn any(tokens: &[&str], at: &mut usize, allowed: &BTreeSet<String>) -> bool {
    let mut result = all(tokens, at, allowed);
    while tokens.get(*at) == Some(&"OR") {
        *at += 1;
        result |= all(tokens, at, allowed);
    }
    result
}

fn all(tokens: &[&str], at: &mut usize, allowed: &BTreeSet<String>) -> bool {
    let mut result = one(tokens, at, allowed);
    while tokens.get(*at) == Some(&"AND") {
        *at += 1;
        result &= one(tokens, at, allowed);
    }
    result
}

fn one(tokens: &[&str], at: &mut usize, allowed: &BTreeSet<String>) -> bool {
    let token = tokens.get(*at).copied().unwrap_or_default();
    *at += 1;
    if token == "(" {
        let result = any(tokens, at, allowed);
        *at += 1;
        return result;
    }
    // An exception only ever permits more.
    if tokens.get(*at) == Some(&"WITH") {
        *at += 2;
    }
    allowed.contains(token)
}

#[test]
fn expressions_are_understood() {
    let allowed: BTreeSet<String> = ["MIT", "Unicode-3.0"].map(str::to_owned).into();
    for yes in ["MIT", "MIT OR GPL-2.0", "GPL-2.0/MIT", "(MIT OR Apache-2.0) AND Unicode-3.0"] {
        assert!(is_allowed(yes, &allowed), "{yes}");
    }
    for no in ["GPL-2.0", "MIT AND GPL-2.0", "(GPL-2.0 OR X) AND MIT", "", "MIT MIT"] {
        assert!(!is_allowed(no, &allowed), "{no}");
    }
}

#[test]
fn every_dependency_has_a_licence_deny_toml_allows() {
    let deny: toml::Table =
        fs::read_to_string(repo::root().join("deny.toml")).unwrap().parse().unwrap();
    let allowed: BTreeSet<String> = deny["licenses"]["allow"]
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap().to_owned())
        .collect();
    let mut metadata = Command::new("cargo");
    metadata.args(["metadata", "--format-version", "1", "--locked"]).current_dir(repo::root());
    let metadata: Value =
        serde_json::from_slice(&run::quiet(&mut metadata).unwrap().stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 10);
    for package in packages {
        let licence = package["license"].as_str().unwrap_or_default();
        assert!(is_allowed(licence, &allowed), "{}: \"{licence}\"", package["name"]);
    }
}
