//! What is wrong with a session at this moment, for the mark on its line.

use super::{Connection, Patience, Recovery, Session};

/// Fills in [`Session::problems`], worst first.
pub(super) fn find(session: &mut Session) {
    let mut problems = Vec::new();
    problems.extend(state(session));
    problems.extend(
        session.connections.iter().filter_map(connection).filter(|_| session.is_logged_in()),
    );
    problems.extend(host(session));
    for device in &session.devices {
        problems.extend(device.problem());
    }
    problems.extend(session.connections.iter().filter_map(stuck));
    session.problems = problems;
}

fn state(session: &Session) -> Option<String> {
    let state = session.state.as_deref()?;
    if session.is_logged_in() {
        return None;
    }
    Some(match &session.recovery {
        None => format!("{state}: not logged in"),
        Some(recovery) => format!("{state}{}: {}", since(recovery), outlook(session, recovery)),
    })
}

fn since(recovery: &Recovery) -> String {
    let code = recovery.error.map(|code| format!(" by {code}")).unwrap_or_default();
    let time = recovery.elapsed.map(|elapsed| format!(" since {elapsed}")).unwrap_or_default();
    format!("{time}{code}")
}

fn outlook(session: &Session, recovery: &Recovery) -> String {
    match (recovery.timed_out, recovery.remaining, session.timeouts.recovery_tmo) {
        (true, ..) => "recovery timed out, I/O fails".to_owned(),
        (false, Some(left), _) => format!("I/O waits, fails in {left}"),
        (false, None, Some(Patience::Seconds(limit))) => format!("I/O waits, at most {limit} s"),
        (false, None, Some(Patience::Endless)) => "I/O waits without limit".to_owned(),
        (false, None, None) => "I/O waits".to_owned(),
    }
}

fn connection(connection: &Connection) -> Option<String> {
    let state = connection.state.as_deref()?;
    (state != "up").then(|| format!("connection {} is {state}", connection.cid))
}

fn host(session: &Session) -> Option<String> {
    let host = session.host.as_ref()?;
    let state = host.state.as_deref()?;
    (state != "running").then(|| format!("host{} is in state {state}", host.number))
}

/// The socket retransmits without answer.
fn stuck(connection: &Connection) -> Option<String> {
    let tcp = connection.tcp.as_ref()?;
    (tcp.retransmits > 0).then(|| {
        format!(
            "connection {}: TCP has sent the same data {} times without acknowledgement",
            connection.cid,
            u32::from(tcp.retransmits) + 1
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::session::Span;

    fn failed(recovery: Recovery) -> Vec<String> {
        let mut session = Session {
            state: Some("FAILED".to_owned()),
            recovery: Some(recovery),
            connections: vec![Connection {
                state: Some("failed".to_owned()),
                ..Connection::default()
            }],
            ..Session::default()
        };
        session.timeouts.recovery_tmo = Some(Patience::Seconds(120));
        find(&mut session);
        session.problems
    }

    #[test]
    fn a_failed_session_says_what_its_io_will_do() {
        let known = Recovery {
            elapsed: Some(Span { least: 20, most: Some(20) }),
            remaining: Some(Span { least: 100, most: Some(100) }),
            timed_out: false,
            error: Some(1022),
        };
        assert_eq!(failed(known), ["FAILED since 20 s by 1022: I/O waits, fails in 100 s"]);
        assert_eq!(failed(Recovery::default()), ["FAILED: I/O waits, at most 120 s"]);
        let over = Recovery { timed_out: true, ..Recovery::default() };
        assert_eq!(failed(over), ["FAILED: recovery timed out, I/O fails"]);
    }

    #[test]
    fn a_healthy_session_has_none() {
        let mut session = Session { state: Some("LOGGED_IN".to_owned()), ..Session::default() };
        session.connections =
            vec![Connection { state: Some("up".to_owned()), ..Connection::default() }];
        find(&mut session);
        assert!(session.problems.is_empty(), "{:?}", session.problems);
    }

    #[test]
    fn a_session_logged_in_over_a_connection_that_is_not_up_is_marked() {
        let mut session = Session { state: Some("LOGGED_IN".to_owned()), ..Session::default() };
        session.connections =
            vec![Connection { state: Some("failed".to_owned()), ..Connection::default() }];
        find(&mut session);
        assert_eq!(session.problems, ["connection 0 is failed"]);
    }
}
