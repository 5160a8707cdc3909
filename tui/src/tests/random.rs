//! Whatever happens in whatever order, there is a frame.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use iscsi_collector::host::session::{Session, Survey};
use iscsi_decoders::Timestamp;
use proptest::prelude::*;

use super::{empty, of_capture};
use crate::message::Message;
use crate::model::Model;
use crate::once::frame;
use crate::update::update;

#[derive(Clone, Debug)]
enum Step {
    Key(KeyCode, bool),
    Mouse(MouseEventKind, u16, u16),
    Resize(u16, u16),
    Paste(String),
    Survey(Vec<(u32, Option<String>)>),
    Restarted,
    Tick,
}

fn step() -> impl Strategy<Value = Step> {
    let codes = prop_oneof![
        4 => any::<char>().prop_map(KeyCode::Char),
        8 => "[ -~]".prop_map(|text| KeyCode::Char(text.chars().next().unwrap_or('x'))),
        4 => prop::sample::select(vec![
            KeyCode::Enter, KeyCode::Esc, KeyCode::Up, KeyCode::Down, KeyCode::PageUp, KeyCode::PageDown,
            KeyCode::Home, KeyCode::End, KeyCode::Left, KeyCode::Right, KeyCode::Tab, KeyCode::BackTab,
            KeyCode::Backspace,
        ]),
    ];
    let kinds = prop::sample::select(vec![
        MouseEventKind::Down(MouseButton::Left),
        MouseEventKind::ScrollUp,
        MouseEventKind::ScrollDown,
    ]);
    let states = prop::option::of(prop::sample::select(vec!["LOGGED_IN", "FAILED", "FREE", "odd"]));
    let sessions = prop::collection::vec((0_u32..6, states), 0..6).prop_map(|sessions| {
        sessions.into_iter().map(|(sid, state)| (sid, state.map(str::to_owned))).collect()
    });
    prop_oneof![
        12 => (codes, any::<bool>()).prop_map(|(code, ctrl)| Step::Key(code, ctrl)),
        2 => (kinds, 0_u16..200, 0_u16..60).prop_map(|(kind, x, y)| Step::Mouse(kind, x, y)),
        1 => (1_u16..180, 1_u16..50).prop_map(|(columns, lines)| Step::Resize(columns, lines)),
        1 => ".{0,12}".prop_map(Step::Paste),
        1 => sessions.prop_map(Step::Survey),
        1 => Just(Step::Restarted),
        1 => Just(Step::Tick),
    ]
}

fn take(model: &mut Model, step: Step, at: i64) {
    let message = match step {
        Step::Key(code, ctrl) => {
            let modifiers = if ctrl { KeyModifiers::CONTROL } else { KeyModifiers::NONE };
            Message::Key(KeyEvent::new(code, modifiers))
        }
        Step::Mouse(kind, column, row) => {
            Message::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE })
        }
        Step::Resize(columns, lines) => Message::Resize(columns, lines),
        Step::Paste(text) => Message::Paste(text),
        Step::Survey(sessions) => {
            let sessions = sessions.into_iter().map(|(sid, state)| Session {
                sid,
                state,
                ..Session::default()
            });
            let survey = Survey { sessions: sessions.collect(), ..Survey::default() };
            Message::Survey(Box::new(survey), Timestamp(at * 1_000_000_000))
        }
        Step::Restarted => Message::Restarted,
        Step::Tick => Message::Tick,
    };
    update(model, message);
    model.effects.clear();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn no_order_of_messages_breaks_update_or_view(
        steps in prop::collection::vec(step(), 1..80),
        full in any::<bool>(),
    ) {
        let size = (100, 30);
        let mut model = if full { of_capture("kernel-ping-timeout.pcap", size) } else { empty(size) };
        for (at, step) in (0_i64..).zip(steps) {
            take(&mut model, step, at);
            let text = frame(&model).unwrap();
            prop_assert!(!text.contains('\x1b'));
            prop_assert!(text.lines().count() <= usize::from(model.size.1));
        }
    }
}
