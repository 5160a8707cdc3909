use super::layout::Rule;
use super::*;
use proptest::prelude::*;
use std::collections::HashSet;

fn each_command() -> impl Iterator<Item = (CommandSet, &'static CommandDef)> {
    CommandSet::ALL.into_iter().flat_map(|set| set.commands().iter().map(move |def| (set, def)))
}

fn each_field(def: &'static CommandDef) -> impl Iterator<Item = &'static FieldDef> {
    def.fields.iter().copied().flatten()
}

/// Bytes of the CDB by the group of its opcode (SPC-5 table 19); variable length CDBs by their family.
fn length(def: &CommandDef) -> usize {
    match (def.opcode, def.service_action) {
        (VARIABLE_LENGTH, Some(0x8880..=0x8f7d)) => 236,
        (VARIABLE_LENGTH, Some(0x8800..)) => 200,
        (VARIABLE_LENGTH, Some(0x0008)) => 64,
        (VARIABLE_LENGTH, _) => 32,
        (0x00..=0x1f, _) => 6,
        (0x20..=0x5f, _) => 10,
        (0x80..=0x9f, _) => 16,
        (0xa0..=0xbf, _) => 12,
        _ => 10,
    }
}

#[test]
fn tables_are_sorted_and_hold_each_command_once() {
    for set in CommandSet::ALL {
        for pair in set.commands().windows(2) {
            let key = |def: &CommandDef| (def.opcode, def.service_action);
            assert!(
                key(&pair[0]) < key(&pair[1]),
                "{set:?}: {} before {}",
                pair[0].name,
                pair[1].name
            );
        }
    }
}

#[test]
fn names_are_in_capitals_and_unique_within_a_set() {
    for set in CommandSet::ALL {
        let mut seen = HashSet::new();
        for def in set.commands() {
            assert!(seen.insert(def.name), "{set:?} has {} twice", def.name);
            assert!(!def.name.chars().any(|c| c.is_ascii_lowercase()), "{}", def.name);
        }
    }
}

#[test]
fn fields_lie_inside_their_cdb() {
    for (_, def) in each_command() {
        for field in each_field(def) {
            let context = format!("{} {}", def.name, field.name);
            assert!((1..=64).contains(&field.width) && field.msb <= 7, "{context}");
            assert!(field.start_bit() >= 8 && field.end_bit() <= length(def) * 8, "{context}");
        }
    }
}

#[test]
fn fields_do_not_overlap() {
    for (_, def) in each_command() {
        let mut taken: Vec<(usize, usize, &str)> = Vec::new();
        match (def.opcode, def.service_action) {
            (VARIABLE_LENGTH, Some(_)) => taken.push((64, 80, "service action")),
            (_, Some(_)) => taken.push((11, 16, "service action")),
            _ => {}
        }
        let control = if def.opcode == VARIABLE_LENGTH { 1 } else { length(def) - 1 };
        taken.push((control * 8, control * 8 + 8, "control"));
        for field in each_field(def) {
            // Fields with a condition are alternatives for the same bytes.
            if matches!(field.rule, Rule::When { .. }) {
                continue;
            }
            for (start, end, other) in &taken {
                let apart = field.end_bit() <= *start || field.start_bit() >= *end;
                assert!(apart, "{}: {} overlaps {other}", def.name, field.name);
            }
            taken.push((field.start_bit(), field.end_bit(), field.name));
        }
    }
}

#[test]
fn field_names_are_snake_case_and_come_once_unless_conditional() {
    for (_, def) in each_command() {
        let mut seen: Vec<&str> = Vec::new();
        for field in each_field(def) {
            let snake = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            assert!(field.name.chars().all(snake), "{}", field.name);
            if matches!(field.rule, Rule::When { .. }) {
                continue;
            }
            assert!(!seen.contains(&field.name), "{}: {} twice", def.name, field.name);
            seen.push(field.name);
        }
    }
}

#[test]
fn service_actions_fit_their_field() {
    for (_, def) in each_command() {
        if let Some(action) = def.service_action {
            assert!(def.opcode == VARIABLE_LENGTH || action < 32, "{}", def.name);
        }
    }
}

#[test]
fn an_opcode_means_what_the_device_makes_of_it() {
    let name = |set, opcode| find(Some(set), opcode, Some(0)).map(|def| def.name);
    for (opcode, disk, tape) in [
        (0x01, "REZERO UNIT", "REWIND"),
        (0x2b, "SEEK(10)", "LOCATE(10)"),
        (0x91, "SYNCHRONIZE CACHE(16)", "SPACE(16)"),
        (0x93, "WRITE SAME(16)", "ERASE(16)"),
    ] {
        assert_eq!(name(CommandSet::Sbc, opcode), Some(disk));
        assert_eq!(name(CommandSet::Ssc, opcode), Some(tape));
    }
    assert_eq!(name(CommandSet::Smc, 0xa5), Some("MOVE MEDIUM"));
    assert_eq!(name(CommandSet::Mmc, 0xa5), Some("PLAY AUDIO(12)"));
    assert_eq!(name(CommandSet::Smc, 0xb8), Some("READ ELEMENT STATUS"));
}

#[test]
fn a_command_for_another_kind_of_device_is_still_named() {
    let find =
        |opcode, action| find(Some(CommandSet::Ssc), opcode, Some(action)).map(|def| def.name);
    assert_eq!(find(0x9e, 0x10), Some("READ CAPACITY(16)"));
    assert_eq!(find(0x28, 0), Some("READ(10)"));
    // An unknown MAINTENANCE IN does not become a DVD drive's SEND KEY.
    assert_eq!(find(0xa3, 0x15), Some("MAINTENANCE IN"));
}

#[test]
fn a_dvd_drive_has_both_keys_and_maintenance() {
    let find =
        |opcode, action| find(Some(CommandSet::Mmc), opcode, Some(action)).map(|def| def.name);
    assert_eq!(find(0xa3, 0x00), Some("SEND KEY"));
    assert_eq!(find(0xa4, 0x00), Some("REPORT KEY"));
    assert_eq!(find(0xa3, 0x0c), Some("REPORT SUPPORTED OPERATION CODES"));
}

#[test]
fn only_common_commands_apply_where_the_set_is_not_known() {
    assert_eq!(find(None, 0x12, Some(0)).map(|def| def.name), Some("INQUIRY"));
    // 08h is RECEIVE to a processor device, not READ(6).
    assert!(find(None, 0x08, Some(0)).is_none());
}

/// The field read bit by bit, the slow and obvious way; `None` when the bytes end before it.
fn bit_by_bit(field: &FieldDef, bytes: &[u8]) -> Option<u64> {
    (field.start_bit()..field.end_bit()).try_fold(0, |value, at| {
        let bit = bytes.get(at / 8)? >> (7 - at % 8) & 1;
        Some(value << 1 | u64::from(bit))
    })
}

proptest! {
    /// Of every field of every command; so values fit their field's width, too.
    #[test]
    fn fields_are_big_endian_bit_strings(bytes in proptest::collection::vec(any::<u8>(), 0..240)) {
        for (_, def) in each_command() {
            for field in each_field(def) {
                let expected = match field.rule {
                    Rule::Plain => bit_by_bit(field, &bytes),
                    Rule::ZeroMeans(meaning) => {
                        bit_by_bit(field, &bytes).map(|raw| if raw == 0 { meaning.into() } else { raw })
                    }
                    Rule::When { byte, mask, equals } => bytes
                        .get(usize::from(byte))
                        .filter(|byte| **byte & mask == equals)
                        .and_then(|_| bit_by_bit(field, &bytes)),
                };
                prop_assert_eq!(field.read(&bytes), expected, "{} {}", def.name, field.name);
            }
        }
    }
}
