use std::cell::RefCell;

use iscsi_decoders::Timestamp;
use proptest::prelude::*;

use super::{FieldId, Filter, FilterError, Kind, Schema};
use crate::value::Value;

const FIELDS: [(&str, Kind); 16] = [
    ("opcode", Kind::Number),
    ("pdu", Kind::Word(&["scsi-command", "scsi-response", "nop-out", "data-in"])),
    ("status", Kind::Number),
    ("lun", Kind::Number),
    ("initiator_task_tag", Kind::Number),
    ("immediate", Kind::Bool),
    ("response_time_us", Kind::Microseconds),
    ("data_segment_length", Kind::Size),
    ("cdb", Kind::Bytes),
    ("time", Kind::Time),
    ("src", Kind::Address),
    ("sense", Kind::Object),
    ("sense.key", Kind::Number),
    ("sense.text", Kind::Text),
    ("keys", Kind::Object),
    ("flags", Kind::Number),
];

struct Fields;

impl Schema for Fields {
    fn field(&self, name: &str) -> Option<(FieldId, Kind)> {
        let position = |wanted| FIELDS.iter().position(|(name, _)| *name == wanted);
        if let Some(key) = name.strip_prefix("keys.").filter(|key| !key.is_empty()) {
            let keys = u16::try_from(position("keys")?).ok()?;
            return Some((FieldId::Member(keys, key.into()), Kind::TextOrNumber));
        }
        let at = position(name)?;
        Some((FieldId::Static(u16::try_from(at).ok()?), FIELDS[at].1))
    }

    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        Box::new(FIELDS.iter().map(|(name, _)| *name))
    }
}

type Event<'a> = &'a [(&'a str, Value<'a>)];

const RESPONSE: Event<'_> = &[
    ("opcode", Value::Number(0x21)),
    ("pdu", Value::Text("scsi-response")),
    ("status", Value::Number(2)),
    ("lun", Value::Number(3)),
    ("initiator_task_tag", Value::Number(0x10)),
    ("immediate", Value::Bool(false)),
    ("response_time_us", Value::Number(50_001)),
    ("data_segment_length", Value::Number(65_536)),
    ("cdb", Value::Bytes(&[0x2a, 0x00, 0x00, 0x01])),
    ("time", Value::Time(Timestamp(1_700_000_000_250_000_001))),
    ("sense", Value::Object),
    ("sense.key", Value::Number(0)),
    ("sense.text", Value::Text("Medium Error: Unrecovered read error")),
    ("keys.HeaderDigest", Value::Text("CRC32C")),
    ("keys.MaxBurstLength", Value::Text("262144")),
    ("keys.FirstBurstLength", Value::Text("0x10000")),
    ("flags", Value::Number(0xa0)),
];

fn look_up<'a>(event: Event<'a>, id: &FieldId) -> Option<Value<'a>> {
    let matching = |name: &str| match id {
        FieldId::Static(at) => FIELDS[usize::from(*at)].0 == name,
        FieldId::Member(_, key) => name.strip_prefix("keys.") == Some(key),
    };
    event.iter().find(|(name, _)| matching(name)).map(|(_, value)| *value)
}

fn parse(expression: &str) -> Filter {
    Filter::parse(expression, &Fields).unwrap_or_else(|error| panic!("{error}"))
}

fn error(expression: &str) -> FilterError {
    match Filter::parse(expression, &Fields) {
        Ok(filter) => panic!("{expression} parses to {filter:?}"),
        Err(error) => error,
    }
}

fn matches(expression: &str, event: Event<'_>) -> bool {
    parse(expression).matches(|id| look_up(event, id))
}

/// Asserts which expressions the response passes.
fn assert_holds(expressions: &[(&str, bool)]) {
    for (expression, expected) in expressions {
        assert_eq!(matches(expression, RESPONSE), *expected, "{expression}");
    }
}

#[test]
fn the_documented_examples_hold() {
    assert_holds(&[
        ("opcode == 0x21 && status != 0", true),
        ("lun == 3", true),
        ("initiator_task_tag == 0x10", true),
        ("response_time_us > 50000", true),
        ("sense && !immediate", true),
        ("flags & 0x20", true),
    ]);
}

#[test]
fn numbers_compare_with_every_operator() {
    assert_holds(&[
        ("lun == 3", true),
        ("lun != 3", false),
        ("lun < 3", false),
        ("lun <= 3", true),
        ("lun > 2", true),
        ("lun >= 4", false),
        ("lun==0x3", true),
        ("lun < 18446744073709551615", true),
    ]);
}

#[test]
fn units_apply_to_the_fields_that_have_them() {
    assert_holds(&[
        ("response_time_us > 50ms", true),
        ("response_time_us > 50.001ms", false),
        ("response_time_us == 50.001ms", true),
        ("data_segment_length == 64k", true),
        ("data_segment_length in {1..0.5M}", true),
    ]);
    assert_eq!(error("lun == 3k").column, 8);
}

#[test]
fn masks_test_bits() {
    assert_holds(&[
        ("flags & 0x20", true),
        ("flags & 0x40", false),
        ("flags & 0xc0", true),
        ("flags & 0xc0 == 0xc0", false),
        ("flags & 0xc0 == 0x80", true),
        ("flags & 0xf in {0, 1}", true),
        ("keys.FirstBurstLength & 0x10000", true),
    ]);
}

#[test]
fn sets_and_ranges_include_both_ends() {
    assert_holds(&[
        ("lun in {1,2,0x3}", true),
        ("lun in {1..3}", true),
        ("lun in {3..5}", true),
        ("lun in {0, 4..9}", false),
        ("pdu in {nop-out, scsi-response}", true),
        ("pdu in {nop-out}", false),
        ("cdb in {00, 2a000001}", true),
        ("time in {1700000000..1700000001}", true),
    ]);
}

#[test]
fn text_is_compared_exactly_and_searched_without_case() {
    assert_holds(&[
        ("pdu == scsi-response", true),
        ("pdu == 'scsi-response'", true),
        ("pdu != \"scsi-command\"", true),
        ("sense.text contains unrecovered", true),
        ("sense.text contains 'ERROR: UN'", true),
        ("sense.text contains recovered-read", false),
        ("sense.text contains ''", true),
        ("pdu contains resp", true),
    ]);
}

#[test]
fn keys_compare_as_text_or_as_numbers() {
    assert_holds(&[
        ("keys.HeaderDigest == CRC32C", true),
        ("keys.HeaderDigest == \"None\"", false),
        ("keys.MaxBurstLength > 100000", true),
        ("keys.MaxBurstLength == 0x40000", true),
        ("keys.MaxBurstLength == '262144'", true),
        ("keys.MaxBurstLength == '0x40000'", false),
        ("keys.FirstBurstLength == 65536", true),
        ("keys.FirstBurstLength in {1..2, 65536}", true),
        ("keys.HeaderDigest in {None, CRC32C}", true),
        ("keys.HeaderDigest < 5", false),
        ("keys.HeaderDigest != 5", false),
        ("keys.DataDigest", false),
        ("keys && keys.HeaderDigest", false),
    ]);
}

#[test]
fn bytes_compare_as_hexadecimal_digits() {
    assert_holds(&[
        ("cdb == 2a000001", true),
        ("cdb == 0x2A000001", true),
        ("cdb != 2a", true),
        ("cdb contains 0001", true),
        ("cdb contains 000a", false),
        ("cdb contains 2a00000100", false),
    ]);
    assert_eq!(error("cdb == 2a0").column, 8);
    assert_eq!(error("cdb contains ''").column, 14);
}

#[test]
fn time_compares_to_the_nanosecond() {
    assert_holds(&[
        ("time == 1700000000.250000001", true),
        ("time > 1700000000.25", true),
        ("time < 1700000000.250000001", false),
        ("time >= 2023-11-14T22:13:20Z", true),
        ("time >= '2023-11-14 22:13:21Z'", false),
    ]);
}

#[test]
fn an_address_without_a_port_matches_any_port() {
    let source = |address: &str| [("src", Value::Address(address.parse().unwrap()))];
    for (expression, address, expected) in [
        ("src == 10.0.0.1", "10.0.0.1:3260", true),
        ("src == 10.0.0.1:3260", "10.0.0.1:3260", true),
        ("src == 10.0.0.1:3261", "10.0.0.1:3260", false),
        ("src != 10.0.0.2", "10.0.0.1:3260", true),
        ("src == fe80::1", "[fe80::1]:860", true),
        ("src == [fe80::1]", "[fe80::1]:860", true),
        ("src == [fe80::1]:860", "[fe80::1]:860", true),
        ("src == [fe80::1]:861", "[fe80::1]:860", false),
        ("src == 10.0.0.1", "[::ffff:10.0.0.1]:3260", true),
        ("src in {10.0.0.1, 10.0.0.2:5}", "10.0.0.2:5", true),
        ("src in {10.0.0.1, 10.0.0.2:5}", "10.0.0.2:6", false),
    ] {
        assert_eq!(matches(expression, &source(address)), expected, "{expression} of {address}");
    }
}

#[test]
fn a_bare_name_means_present_and_for_truth_values_true() {
    assert_holds(&[
        ("sense", true),
        ("sense.key", true),
        ("src", false),
        ("immediate", false),
        ("!immediate", true),
        ("immediate == false", true),
        ("immediate != true", true),
        ("immediate == 1", false),
    ]);
    assert!(matches("immediate", &[("immediate", Value::Bool(true))]));
}

#[test]
fn every_test_of_an_absent_field_is_false() {
    for expression in [
        "status == 0",
        "status != 0",
        "status < 1",
        "status & 0xff == 0",
        "status in {0..255}",
        "pdu != nop-out",
        "pdu contains ''",
        "src != 10.0.0.1",
        "time > 0",
        "cdb != 00",
        "immediate == false",
        "keys.X != y",
        "sense",
    ] {
        assert!(!matches(expression, &[]), "{expression}");
        assert!(matches(&format!("!({expression})"), &[]), "!({expression})");
    }
}

#[test]
fn a_value_of_another_type_than_promised_matches_nothing() {
    let event: Event<'_> = &[("lun", Value::Text("x")), ("pdu", Value::Number(1))];
    assert!(!matches("lun == 3 || lun != 3", event));
    assert!(!matches("pdu == nop-out || pdu != nop-out", event));
}

#[test]
fn and_binds_tighter_than_or_and_not_tighter_than_both() {
    assert_holds(&[
        ("lun == 3 || lun == 4 && lun == 5", true),
        ("(lun == 3 || lun == 4) && lun == 5", false),
        ("!immediate && lun == 4", false),
        ("!(immediate && lun == 4)", true),
        ("not immediate and lun == 3 or src", true),
        ("NOT (lun == 3 OR lun == 4)", false),
        ("!!(lun == 3)", true),
        ("! ! !(lun == 3)", false),
    ]);
}

#[test]
fn only_the_fields_the_answer_needs_are_asked_for() {
    let asked = RefCell::new(Vec::new());
    let answer = parse("lun == 4 && status == 2 || opcode == 0x21 || pdu").matches(|id| {
        asked.borrow_mut().push(id.clone());
        look_up(RESPONSE, id)
    });
    assert!(answer);
    assert_eq!(*asked.borrow(), [FieldId::Static(3), FieldId::Static(0)]);
}

#[test]
fn an_unknown_field_is_shown_with_the_nearest_one() {
    assert_eq!(
        error("opcode == 0x21 && statuss != 0").to_string(),
        "column 19: no field is called 'statuss'\n  \
           opcode == 0x21 && statuss != 0\n  \
           \u{20}                 ^^^^^^^ did you mean 'status'?"
    );
    assert_eq!(error("itt == 1").hint.as_deref(), Some("did you mean 'initiator_task_tag'?"));
    assert_eq!(
        error("0x21 == opcode").hint.as_deref(),
        Some("the field stands on the left, the value on the right")
    );
}

#[test]
fn errors_point_at_their_column() {
    for (expression, column, width, message) in [
        ("", 1, 1, "expected a field name, but the expression ends"),
        ("lun ==", 7, 1, "expected a value, but the expression ends"),
        ("lun == 3 4", 10, 1, "expected '&&', '||' or the end, found '4'"),
        ("lun == 3 &&", 12, 1, "expected a field name, but the expression ends"),
        ("lun == == 3", 8, 2, "expected a value, found '=='"),
        ("lun == 3)", 9, 1, "this ')' closes nothing"),
        ("(lun == 3", 1, 1, "this '(' is never closed"),
        ("lun = 3", 5, 1, "'=' means nothing here"),
        ("lun == 3 | lun == 4", 10, 1, "'|' means nothing here"),
        ("pdu == 'nop", 8, 4, "the closing ' is missing"),
        ("'lun' == 3", 1, 5, "expected a field name, found the text 'lun'"),
        ("lun in 3", 8, 1, "expected '{', found '3'"),
        ("lun in {}", 9, 1, "expected a value, found '}'"),
        ("lun in {1 2}", 11, 1, "expected ',' or '}', found '2'"),
        ("lun in {5..1}", 9, 4, "the range ends before it begins"),
        ("pdu in {a..b}", 12, 1, "only numbers and times have ranges, but"),
        ("lun == x", 8, 1, "'lun' is compared with a number (decimal or 0x), not with 'x'"),
        ("lun == -1", 8, 2, "'lun' is compared with a number"),
        ("sense.text == 3", 15, 1, "'sense.text' is compared with text, not with '3'"),
        ("pdu == 3", 8, 1, "'pdu' is compared with one of scsi-command, scsi-response"),
        ("pdu < nop-out", 5, 1, "only numbers and times are less or greater, but 'pdu'"),
        ("lun contains 3", 5, 8, "'contains' searches text and bytes, but 'lun'"),
        ("pdu & 1", 5, 1, "'&' takes bits of numbers, but 'pdu'"),
        ("sense == 1", 7, 2, "'sense' is an object: it can be present or not"),
        ("immediate in {1}", 11, 2, "'in' has nothing to choose from, but 'immediate'"),
        ("src == 10.0.0", 8, 6, "'src' is compared with an address"),
        ("time > yesterday", 8, 9, "'time' is compared with a time"),
        ("lun == 3 && größe == 1", 13, 5, "no field is called 'größe'"),
        ("pdu == 'ö' || x == 1", 8, 3, "'pdu' is compared with one of"),
        ("lun == 3 ; x", 10, 1, "';' means nothing here"),
    ] {
        let error = error(expression);
        let found = (error.column, error.width);
        assert_eq!(found, (column, width), "{expression}: {error}");
        assert!(error.message.starts_with(message), "{expression}: {error}");
    }
}

#[test]
fn mistyped_words_of_a_fixed_set_are_corrected() {
    assert_eq!(error("pdu == scsi-comand").hint.as_deref(), Some("did you mean 'scsi-command'?"));
    assert_eq!(
        error("sense.text == 3").hint.as_deref(),
        Some("if the text is meant, write '3' in quotes")
    );
    assert_eq!(error("lun = 3").hint.as_deref(), Some("equality is written '=='"));
}

#[test]
fn the_mark_stays_under_its_place_whatever_was_typed() {
    let shown = error("lun == 3 &&\n\tö").to_string();
    let lines: Vec<_> = shown.lines().collect();
    let [_, expression, mark] = lines[..] else { panic!("{shown}") };
    let column_of = |line: &str, c| line.chars().position(|found| found == c);
    assert_eq!(column_of(expression, 'ö'), column_of(mark, '^'));
    let quoted = error("lun == \"3\n4\"").to_string();
    assert_eq!(quoted.lines().count(), 3, "{quoted}");
}

#[test]
fn nesting_is_bounded_and_length_is_not() {
    let deep = format!("{}lun{}", "(".repeat(64), ")".repeat(64));
    assert!(matches(&deep, RESPONSE));
    let deeper = error(&format!("{}lun{}", "(".repeat(100_000), ")".repeat(100_000)));
    assert_eq!(deeper.column, 65);
    assert!(matches(&format!("{}lun", "!".repeat(100_000)), RESPONSE));
    assert!(matches(&format!("lun{}", " && lun == 3".repeat(100_000)), RESPONSE));
    assert!(matches(&format!("{}lun", "(lun == 4) || ".repeat(1000)), RESPONSE));
}

/// An expression beside what it must mean, to hold the parser against.
#[derive(Clone, Debug)]
enum Tree {
    Lun(&'static str, u64),
    Not(Box<Tree>),
    And(Vec<Tree>),
    Or(Vec<Tree>),
}

impl Tree {
    fn holds(&self, lun: u64) -> bool {
        match self {
            Self::Lun("==", n) => lun == *n,
            Self::Lun("<", n) => lun < *n,
            Self::Lun(_, n) => lun >= *n,
            Self::Not(tree) => !tree.holds(lun),
            Self::And(trees) => trees.iter().all(|tree| tree.holds(lun)),
            Self::Or(trees) => trees.iter().any(|tree| tree.holds(lun)),
        }
    }

    /// With no more parentheses than precedence asks for.
    fn print(&self, around: u8) -> String {
        let join = |trees: &[Self], sign: &str, own: u8| {
            let parts: Vec<_> = trees.iter().map(|tree| tree.print(own)).collect();
            let joined = parts.join(sign);
            if around > own { format!("({joined})") } else { joined }
        };
        match self {
            Self::Lun(op, n) => format!("lun{op}{n}"),
            Self::Not(tree) => format!("!{}", tree.print(2)),
            Self::And(trees) => join(trees, " && ", 1),
            Self::Or(trees) => join(trees, " or ", 0),
        }
    }
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = (prop::sample::select(vec!["==", "<", ">="]), 0_u64..4)
        .prop_map(|(op, n)| Tree::Lun(op, n));
    leaf.prop_recursive(5, 40, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|tree| Tree::Not(Box::new(tree))),
            prop::collection::vec(inner.clone(), 1..4).prop_map(Tree::And),
            prop::collection::vec(inner, 1..4).prop_map(Tree::Or),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_printed_from_a_tree_means_what_the_tree_means(tree in tree(), lun in 0_u64..4) {
        let expression = tree.print(0);
        let event = [("lun", Value::Number(lun))];
        prop_assert_eq!(matches(&expression, &event), tree.holds(lun), "{}", expression);
    }

    #[test]
    fn no_text_makes_it_panic_and_every_error_points_into_the_text(
        expression in "\\PC{0,60}|(lun|pdu|keys\\.|src|time|cdb|[0-9a-z.:]{1,4}|'|[-=!<>&|(){},. ]){0,20}"
    ) {
        if let Err(error) = Filter::parse(&expression, &Fields) {
            let length = expression.chars().count();
            prop_assert!(error.column >= 1 && error.column <= length + 1);
            prop_assert!(error.column + error.width <= length + 2);
            prop_assert!(!error.to_string().is_empty());
        }
    }
}
