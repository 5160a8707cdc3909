use super::*;
use crate::host::device::Device;
use crate::host::session::{Connection, Timeouts};

fn session(interval: u32, timeout: u32) -> Session {
    Session {
        sid: 7,
        timeouts: Timeouts {
            recovery_tmo: Some(Patience::Seconds(120)),
            abort_tmo: Some(15),
            lu_reset_tmo: Some(30),
            tgt_reset_tmo: Some(30),
            ..Timeouts::default()
        },
        connections: vec![Connection {
            recv_tmo: Some(interval),
            ping_tmo: Some(timeout),
            ..Connection::default()
        }],
        devices: vec![Device { timeout_s: Some(30), ..Device::default() }],
        ..Session::default()
    }
}

#[test]
fn timers_fire_one_after_the_other() {
    let ladder = dead_path::ladder(&session(5, 5), &Machine::default());
    let fires: Vec<Patience> = ladder.timers.iter().map(|timer| timer.fires_after_s).collect();
    assert_eq!(fires, [5, 10, 130].map(Patience::Seconds));
    assert_eq!(ladder.total_s, Patience::Seconds(130));
}

#[test]
fn without_pings_a_dead_path_is_noticed_by_the_error_handler() {
    let ladder = dead_path::ladder(&session(0, 0), &Machine::default());
    assert_eq!(ladder.timers.first().map(|timer| timer.setting), Some("device/timeout"));
    assert!(ladder.notes.iter().any(|note| note.contains("pings are off")));
}

#[test]
fn an_endless_timeout_makes_an_endless_sum() {
    let mut session = session(5, 5);
    session.timeouts.recovery_tmo = Some(Patience::Endless);
    assert_eq!(command::refused(&session).total_s, Patience::Endless);
}

#[test]
fn an_abort_without_answer_drops_the_session_at_once() {
    let stuck = command::unanswered(&session(5, 5));
    let settings: Vec<_> = stuck.timers.iter().map(|timer| timer.setting).collect();
    let expected = ["device/timeout", "device/timeout", "abort_timeout", "replacement_timeout"];
    assert_eq!(settings, expected);
    assert_eq!(stuck.total_s, Patience::Seconds(30 + 30 + 15 + 120));
}

#[test]
fn without_pings_a_command_gets_its_time_once() {
    let stuck = command::unanswered(&session(0, 0));
    assert_eq!(stuck.total_s, Patience::Seconds(30 + 15 + 120));
}

#[test]
fn a_target_that_refuses_is_asked_for_more_and_more() {
    let stuck = command::refused(&session(5, 5));
    assert_eq!(stuck.total_s, Patience::Seconds(30 + 30 + 15 + 30 + 30 + 120));
}

#[test]
fn commands_that_time_out_before_pings_do_are_pointed_out() {
    let noted = |interval, timeout| {
        let ladder = dead_path::ladder(&session(interval, timeout), &Machine::default());
        ladder.notes.iter().any(|note| note.contains("before pings notice"))
    };
    assert!(noted(30, 30));
    // Once more as long: the kernel pings before it believes a command's timer.
    assert!(!noted(20, 20));
}
