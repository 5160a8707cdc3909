use iscsi_decoders::Timestamp;
use iscsi_decoders::stream::{ConnectionId, Stamp};

use super::*;
use crate::event::session::{Step, StepKind};
use crate::event::{KernelEvent, What};
use crate::host::session::{Session, Survey};
use crate::source::CaptureSource;
use crate::stats::Watch;

const SECOND: i64 = 1_000_000_000;

fn read(name: &str) -> Board {
    let path = format!("{}/../tests/captures/{name}", env!("CARGO_MANIFEST_DIR"));
    let mut source = CaptureSource::new(std::fs::File::open(path).unwrap(), &[]).unwrap();
    let mut watch = Watch::default();
    let mut board = Board::default();
    while source.step(&mut |event| watch.observe(&event)).unwrap().is_continue() {}
    let totals = source.finish(&mut |event| watch.observe(&event));
    watch.finish(totals.last);
    for fact in watch.batch(totals.last.time) {
        board.take(fact);
    }
    board
}

fn step(sid: u32, at: i64, step: StepKind, recovery_timeout: i32) -> Fact {
    let step = Step { step, state: 0, session_state: 0, recovery_timeout, cmds_max: 0 };
    Fact::Kernel(Box::new(KernelEvent {
        stamp: Stamp { time: Timestamp(at), frame: 0 },
        connection: None,
        cpu: 0,
        host: None,
        session: Some(sid),
        cid: None,
        pid: 0,
        what: What::SessionStep(step),
    }))
}

#[test]
fn a_capture_adds_up_to_what_its_summary_says() {
    let board = read("kernel-session.pcap");
    let summary: u64 = board
        .rows
        .iter()
        .flat_map(|row| row.units.values())
        .map(|unit| unit.counts.commands())
        .sum();
    let all = board.history.since(0).counts;
    assert_eq!(summary, all.commands());
    assert!(all.reads > 0 && all.writes > 0, "{all:?}");
    assert!(board.ended && board.pdus > 0);
    let row = board.rows.iter().find(|row| row.history.range().is_some()).unwrap();
    assert!(row.name().starts_with("iqn."), "{}", row.name());
    let (p50, p99, longest) = row.service.unwrap();
    assert!(p50 <= p99 && p99 <= longest && p50 > 0, "{p50} {p99} {longest}");
}

#[test]
fn a_refused_login_is_the_state_of_its_session_and_a_problem() {
    let board = read("chap-wrong-password.pcap");
    let row = board.rows.first().unwrap();
    assert_eq!(row.state, State::Refused);
    assert!(row.last_problem.as_deref().is_some_and(|text| text.contains("0201")), "{row:?}");
    let login = board.link(ConnectionId(1)).and_then(|link| link.login.as_ref()).unwrap();
    assert!(login.keys.iter().any(|key| key.name == "TargetName"));
    assert!(login.keys.iter().all(|key| !key.name.starts_with("CHAP_R")));
}

#[test]
fn recovery_counts_down_until_the_session_is_back() {
    let mut board = Board::default();
    board.take(step(3, 10 * SECOND, StepKind::Blocked, 120));
    board.take(Fact::Time(Timestamp(40 * SECOND)));
    let row = board.rows.first().unwrap();
    assert_eq!((row.sid, row.state.clone()), (Some(3), State::Failed));
    assert_eq!(row.recovering.unwrap().left(board.now), Some(90));
    assert_eq!(row.lasted(board.now), Some(30 * SECOND));
    board.take(step(3, 41 * SECOND, StepKind::Unblocked, 120));
    let row = board.rows.first().unwrap();
    assert_eq!((row.state.clone(), row.recovering), (State::LoggedIn, None));
}

#[test]
fn a_number_given_out_again_is_another_session() {
    let mut board = Board::default();
    board.take(step(1, 0, StepKind::Unblocked, 0));
    board.take(step(1, SECOND, StepKind::Destroyed, 0));
    board.take(step(1, 2 * SECOND, StepKind::Unblocked, 0));
    let states: Vec<_> = board.rows.iter().map(|row| row.state.name()).collect();
    assert_eq!(states, ["GONE", "LOGGED_IN"]);
}

#[test]
fn sessions_that_a_survey_no_longer_has_are_gone() {
    let survey = |sids: &[u32]| Survey {
        sessions: sids
            .iter()
            .map(|&sid| Session { sid, state: Some("LOGGED_IN".to_owned()), ..Session::default() })
            .collect(),
        ..Survey::default()
    };
    let mut board = Board::default();
    board.survey(survey(&[1, 2]), Timestamp(0));
    board.survey(survey(&[2]), Timestamp(SECOND));
    board.survey(survey(&[1, 2]), Timestamp(2 * SECOND));
    let states: Vec<_> = board.rows.iter().map(|row| (row.sid, row.state.name())).collect();
    let expected = [(Some(1), "GONE"), (Some(2), "LOGGED_IN"), (Some(1), "LOGGED_IN")];
    assert_eq!(states, expected);
}

#[test]
fn what_a_log_tells_counts_for_its_session_whenever_that_becomes_known() {
    let mut logged = Vec::new();
    let log = b"[  100.5] connection7:0: detected conn error (1022)\n";
    crate::annotate::explain_log(&log[..], |incident| logged.push(incident)).unwrap();
    let incident = Fact::Logged(Box::new(logged.pop().unwrap()));
    let known = step(7, SECOND, StepKind::Unblocked, 120);
    for facts in [[incident.clone(), known.clone()], [known, incident]] {
        let mut board = Board::default();
        facts.into_iter().for_each(|fact| {
            board.take(fact);
        });
        let row = &board.rows[board.place_of(7).unwrap()];
        assert_eq!(row.problems, 1);
        let last = row.last_problem.as_deref().unwrap();
        assert!(last.contains("1022 ISCSI_ERR_NOP_TIMEDOUT"), "{last}");
        assert_eq!(board.incidents.len(), 1);
    }
}
