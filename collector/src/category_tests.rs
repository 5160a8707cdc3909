use proptest::prelude::*;

use super::{Categories, Selection, SelectionError, TABLE, help_table};

const DEFAULT: Categories = Categories::CONN.union(Categories::ERRORS);

fn select(text: &str) -> Categories {
    text.parse::<Selection>().unwrap().over(DEFAULT)
}

fn error(text: &str) -> SelectionError {
    text.parse::<Selection>().unwrap_err()
}

#[test]
fn names_select_exactly_what_they_name_in_any_case() {
    assert_eq!(select("LOGIN_ERRS,PDUS"), Categories::LOGIN_ERRS | Categories::PDUS);
    assert_eq!(select("login_errs, Pdus"), Categories::LOGIN_ERRS | Categories::PDUS);
}

#[test]
fn signs_change_the_default_set() {
    assert_eq!(select("+TCP"), DEFAULT | Categories::TCP);
    assert_eq!(select("-CONN"), Categories::ERRORS);
    assert_eq!(select("+TCP,-CONN"), Categories::ERRORS | Categories::TCP);
    assert_eq!(select("-all,+EH"), Categories::EH);
}

#[test]
fn terms_are_read_from_left_to_right() {
    assert_eq!(select("all,-DATA"), Categories::all() - Categories::DATA);
    assert_eq!(select("none"), Categories::empty());
    assert_eq!(select("all,none,TMF"), Categories::TMF);
    assert_eq!(select("-TCP,+TCP"), DEFAULT | Categories::TCP);
    assert_eq!(select("TCP,-TCP"), Categories::empty());
}

#[test]
fn masks_are_decimal_or_hexadecimal_and_mix_with_names() {
    assert_eq!(select("0x18"), Categories::LOGIN_ERRS | Categories::PDUS);
    assert_eq!(select("24"), select("0X18"));
    assert_eq!(select("+0x40"), DEFAULT | Categories::TCP);
    assert_eq!(select("all,-0x1ffff"), Categories::empty());
    assert_eq!(select("0"), Categories::empty());
    assert_eq!(select("1,TCP"), Categories::CONN | Categories::TCP);
}

#[test]
fn a_wrong_word_is_named_with_the_nearest_category() {
    let unknown = error("PDUS,LOGIN_ERS");
    assert_eq!(unknown.to_string(), "'LOGIN_ERS' is no category, did you mean 'LOGIN_ERRS'?");
    let far = error("frobnicate").to_string();
    assert!(far.starts_with("'frobnicate' is no category; there are CONN, SESSION,"), "{far}");
}

#[test]
fn masks_that_mean_nothing_are_refused() {
    assert_eq!(
        error("0x300000").to_string(),
        "mask 0x300000 has bits no category has (0x300000); all categories together are 0x1ffff"
    );
    for text in ["0xzz", "0x", "0x100000000", "99999999999", "1x"] {
        assert_eq!(error(text), SelectionError::NotAMask(text.to_owned()));
    }
}

#[test]
fn a_missing_word_is_an_error() {
    for text in ["", " ", ",", "PDUS,", ",PDUS", "+", "PDUS,-"] {
        assert_eq!(error(text), SelectionError::Empty, "{text:?}");
    }
}

#[test]
fn the_help_has_one_line_per_category_in_the_order_of_the_bits() {
    let table = help_table();
    assert_eq!(table.lines().count(), Categories::all().bits().count_ones() as usize);
    for (position, (line, row)) in table.lines().zip(TABLE).enumerate() {
        assert_eq!(row.flag.bits(), 1 << position, "{}", row.name);
        assert!(line.contains(row.name) && line.contains(row.help), "{line}");
        assert!(line.len() <= 100, "too wide for a terminal: {line}");
    }
    assert!(table.starts_with("  0x00001  CONN        Connections"), "{table}");
}

#[test]
fn the_bits_scripts_rely_on_do_not_move() {
    let bits: Vec<_> = TABLE.iter().map(|row| row.name).collect();
    assert_eq!(
        bits.join(" "),
        "CONN SESSION EH LOGIN_ERRS PDUS SCSI TCP NETLINK FUNCTION ERRORS OFFLOAD LOGIN DATA NOPS TMF \
         TIMERS TARGET"
    );
}

#[test]
fn a_set_prints_as_its_names() {
    assert_eq!((Categories::PDUS | Categories::CONN).to_string(), "CONN,PDUS");
    assert_eq!(Categories::empty().to_string(), "none");
}

proptest! {
    #[test]
    fn what_is_printed_is_parsed_back(bits in 0..=Categories::all().bits()) {
        let set = Categories::from_bits_truncate(bits);
        prop_assert_eq!(select(&set.to_string()), set);
        prop_assert_eq!(select(&format!("{bits:#x}")), set);
        prop_assert_eq!(select(&bits.to_string()), set);
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,40}|[-+,0-9xa-fA-Z_ ]{0,40}") {
        let _ = text.parse::<Selection>();
    }
}
