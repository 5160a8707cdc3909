use std::collections::HashSet;

use super::RULES;

#[test]
fn every_rule_has_a_name_of_its_own() {
    let names: HashSet<_> = RULES.iter().map(|(name, ..)| name).collect();
    assert_eq!(names.len(), RULES.len());
}
