//! What a machine's settings and its drivers add.

use iscsi_collector::category::Categories;
use iscsi_collector::host::Roots;
use iscsi_collector::host::session::{Detail, survey};
use iscsi_collector::why::timers::{self, chain};
use iscsi_decoders::Timestamp;
use iscsi_tests::machine::Machine;

use super::empty;
use crate::message::Message;
use crate::model::debug::{Report, SAID_MAX, Switch};
use crate::model::{Model, View};
use crate::once::frame;
use crate::update::{look_at, update};

const SIZES: [(u16, u16); 3] = [(80, 24), (140, 40), (40, 10)];

fn of_machine(name: &str, sessions: u32, size: (u16, u16)) -> Model {
    let machine = Machine::new(name).unwrap();
    (1..=sessions).for_each(|sid| machine.session(sid).unwrap());
    machine.write("proc/sys/net/ipv4/tcp_retries2", "15\n").unwrap();
    let roots = Roots::under(machine.root());
    let mut model = empty(size);
    update(&mut model, Message::Machine(Box::new(timers::Machine::read(&roots))));
    let survey = survey(&roots, Detail::Devices).unwrap();
    update(&mut model, Message::Survey(Box::new(survey), Timestamp(1_700_000_000_000_000_000)));
    look_at(&mut model, View::Timers);
    model
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn timers_of_the_session_looked_at_are_those_of_why_whatever_the_width() {
    for size in SIZES {
        let mut model = of_machine(&format!("top-timers-{}", size.0), 1, (size.0, 80));
        let row = model.board.rows[0].host.as_deref().unwrap();
        let expected = chain(row, &model.machine);
        let seen = words(&frame(&model).unwrap());
        for timer in expected.ladders.iter().flat_map(|ladder| &ladder.timers) {
            assert!(seen.contains(timer.setting), "{}: {seen}", timer.setting);
        }
        model.size = size;
        update(&mut model, Message::Tick);
        assert!(frame(&model).unwrap().contains("If the path dies"), "{size:?}");
    }
}

#[test]
fn of_many_sessions_one_is_chosen_first() {
    let mut model = of_machine("top-timers-many", 2, (100, 60));
    assert!(frame(&model).unwrap().contains("Enter on a session"));
    model.focus = Some(1);
    assert!(frame(&model).unwrap().contains("noop_out_interval"));
}

#[test]
fn what_the_drivers_say_is_shown_below_the_switches_the_newest_last() {
    for size in SIZES {
        let mut model = empty(size);
        look_at(&mut model, View::Debug);
        let switch = Switch {
            category: Categories::EH,
            name: "eh",
            help: "the error handler",
            is_on: true,
            drivers: vec!["libiscsi".to_owned()],
        };
        let report = Report {
            switches: vec![switch],
            ours: Categories::EH,
            notes: vec!["a note".to_owned()],
        };
        update(&mut model, Message::Debug(Box::new(report)));
        assert!(frame(&model).unwrap().contains("nothing yet"), "{size:?}");
        let lines = (0..SAID_MAX + 9).map(|line| format!("libiscsi: line {line}")).collect();
        update(&mut model, Message::Said(lines));
        let frame = frame(&model).unwrap();
        assert_eq!(model.debug.said.len(), SAID_MAX);
        assert!(frame.contains(&format!("line {}", SAID_MAX + 8)), "{frame}");
        assert!(frame.contains("[x]") && frame.contains("a note"), "{frame}");
    }
}
