//! What keys and messages do.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use iscsi_collector::stats::board::State;

use super::{empty, of_capture};
use crate::effect::Effect;
use crate::message::Message;
use crate::model::{Model, View};
use crate::update::update;

fn press(model: &mut Model, keys: &str) {
    for char in keys.chars() {
        let code = match char {
            '\n' => KeyCode::Enter,
            '\x1b' => KeyCode::Esc,
            char => KeyCode::Char(char),
        };
        update(model, Message::Key(KeyEvent::new(code, KeyModifiers::NONE)));
    }
}

#[test]
fn esc_goes_back_step_by_step_and_then_ends() {
    let mut model = of_capture("many-sessions.pcap", (100, 30));
    model.effects.clear();
    press(&mut model, "\n/iqn\n");
    assert_eq!((model.view, model.focus.is_some()), (View::Connections, true));
    press(&mut model, "\x1b");
    assert_eq!(model.search(), "");
    press(&mut model, "\x1b");
    assert_eq!(model.focus, None);
    press(&mut model, "\x1b");
    assert_eq!(model.view, View::Sessions);
    assert!(!model.effects.contains(&Effect::Quit));
    press(&mut model, "\x1b");
    assert!(model.effects.contains(&Effect::Quit));
}

#[test]
fn a_filter_of_sessions_keeps_those_it_holds_for() {
    let mut model = of_capture("kernel-session.pcap", (100, 30));
    assert_eq!(model.rows.order.len(), 2);
    press(&mut model, "fstate == LOGGED_OUT\n");
    assert_eq!(model.rows.order.len(), 1);
    let row = &model.board.rows[model.rows.order[0]];
    assert_eq!(row.state, State::LoggedOut);
}

#[test]
fn a_wrong_filter_is_explained_and_nothing_changes() {
    let mut model = of_capture("kernel-session.pcap", (100, 30));
    press(&mut model, "fstat == 1\n");
    let complaint = model.prompt.as_ref().and_then(|prompt| prompt.complaint.clone());
    assert!(complaint.is_some_and(|text| text.contains("state")), "{:?}", model.prompt);
    assert!(model.rows.filter.is_none());
}

#[test]
fn a_filter_of_records_is_asked_of_the_source_and_of_what_is_kept() {
    let mut model = of_capture("kernel-session.pcap", (100, 30));
    let all = model.records.shown;
    press(&mut model, "6fopcode == 0x21\n");
    assert!(model.records.shown > 0 && model.records.shown < all);
    assert!(model.effects.iter().any(|effect| matches!(effect, Effect::Keep(Some(_)))));
}

#[test]
fn columns_are_chosen_moved_and_kept() {
    let mut model = of_capture("chap.pcap", (100, 30));
    let before = model.rows.columns.clone();
    press(&mut model, "C ");
    assert_eq!(model.rows.columns.len(), before.len() - 1);
    press(&mut model, "\x1b");
    assert!(model.effects.contains(&Effect::Save) && model.choosing.is_none());
    assert_eq!(model.rows.config().columns.first().map(String::as_str), Some("target"));
}

#[test]
fn keys_of_files_drive_the_source_and_say_so_elsewhere() {
    let mut model = empty((100, 30));
    model.effects.clear();
    press(&mut model, " +]");
    let expected = [Effect::Play(false), Effect::Speed(2.0), Effect::Seek(60)];
    assert_eq!(model.effects, expected);
    model.status.kind = crate::model::status::Kind::Sysfs;
    model.effects.clear();
    press(&mut model, "+");
    assert!(model.effects.is_empty() && model.notice.is_some());
}

#[test]
fn what_begins_again_is_forgotten_but_not_where_one_was() {
    let mut model = of_capture("many-sessions.pcap", (100, 30));
    press(&mut model, "6/login\n");
    update(&mut model, Message::Restarted);
    assert_eq!((model.board.rows.len(), model.records.shown), (0, 0));
    assert_eq!((model.view, model.search()), (View::Records, "login"));
}
