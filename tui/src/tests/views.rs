//! Every view at both sizes: empty, busy and failing.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{empty, of_capture};
use crate::message::Message;
use crate::model::{Model, View};
use crate::once::frame;
use crate::update::{look_at, update};

const SIZES: [(u16, u16); 2] = [(80, 24), (140, 40)];

fn shown(name: &str, make: impl Fn((u16, u16)) -> Model) {
    for size in SIZES {
        for view in View::ALL {
            let mut model = make(size);
            look_at(&mut model, view);
            let title = format!("{name}-{}-{}x{}", view.title().to_lowercase(), size.0, size.1);
            insta::assert_snapshot!(title, frame(&model).unwrap());
        }
    }
}

fn press(model: &mut Model, code: KeyCode) {
    update(model, Message::Key(KeyEvent::new(code, KeyModifiers::NONE)));
}

#[test]
fn views_of_nothing_say_why_and_what_to_do() {
    shown("empty", empty);
}

#[test]
fn views_of_many_sessions_at_work() {
    shown("busy", |size| of_capture("many-sessions.pcap", size));
}

#[test]
fn views_of_a_session_that_fails() {
    shown("failing", |size| of_capture("kernel-ping-timeout.pcap", size));
}

#[test]
fn one_session_the_fields_of_a_pdu_an_incident_a_code_and_the_help() {
    let mut model = of_capture("kernel-ping-timeout.pcap", (100, 30));
    press(&mut model, KeyCode::Enter);
    press(&mut model, KeyCode::Char('5'));
    insta::assert_snapshot!("login-of-one", frame(&model).unwrap());
    press(&mut model, KeyCode::Char('6'));
    press(&mut model, KeyCode::Char('d'));
    insta::assert_snapshot!("fields-of-a-pdu", frame(&model).unwrap());
    press(&mut model, KeyCode::Char('7'));
    press(&mut model, KeyCode::Enter);
    insta::assert_snapshot!("incident-opened", frame(&model).unwrap());
    press(&mut model, KeyCode::Char('0'));
    press(&mut model, KeyCode::Char('/'));
    "1011".chars().for_each(|char| press(&mut model, KeyCode::Char(char)));
    press(&mut model, KeyCode::Enter);
    press(&mut model, KeyCode::Enter);
    insta::assert_snapshot!("code-opened", frame(&model).unwrap());
    press(&mut model, KeyCode::Char('?'));
    insta::assert_snapshot!("help", frame(&model).unwrap());
}

#[test]
fn a_terminal_too_small_says_so() {
    let model = of_capture("chap.pcap", (30, 5));
    assert!(frame(&model).unwrap().contains("40x8 is"));
}

#[test]
fn ascii_terminals_get_ascii_only() {
    for view in View::ALL {
        let mut model = of_capture("many-sessions.pcap", (100, 30));
        model.theme = crate::theme::Theme { colour: false, unicode: false };
        look_at(&mut model, view);
        let frame = frame(&model).unwrap();
        assert!(frame.is_ascii() && !frame.contains("?s"), "{frame}");
    }
}
