//! What sysfs adds to an incident: whose it is, and how the session and its disks stand by now.

use super::Incident;
use crate::host::session::Session;

/// States of a SCSI device in which I/O fails (`drivers/scsi/scsi_sysfs.c`).
const OFFLINE: [&str; 2] = ["offline", "transport-offline"];

/// Completes incidents with the sessions of the machine they happened on, as read after them.
pub fn complete(incidents: &mut [&mut Incident], sessions: &[Session]) {
    for at in 0..incidents.len() {
        // How a session stands now is what came of its last incident.
        let (this, later) = incidents.split_at_mut(at + 1);
        let Some(incident) = this.last_mut() else { return };
        let sid = incident.place.session;
        let is_last = later.iter().all(|later| later.place.session != sid);
        let session = sessions.iter().find(|session| Some(session.sid) == sid);
        if let Some(session) = session.filter(|session| is_same(incident, session)) {
            name(incident, session);
            if is_last {
                stand(incident, session);
            }
        }
    }
}

/// Numbers are given anew after a reboot; another target's session is another one.
fn is_same(incident: &Incident, session: &Session) -> bool {
    let names = incident.place.target.as_deref().zip(session.target_name.as_deref());
    names.is_none_or(|(known, seen)| known == seen)
}

fn name(incident: &mut Incident, session: &Session) {
    if incident.place.target.is_none() {
        incident.place.target = session.target_name.as_deref().map(Box::from);
    }
}

fn stand(incident: &mut Incident, session: &Session) {
    let led_to = &mut incident.led_to;
    if led_to.held {
        return;
    }
    if led_to.recovered.is_none() && led_to.removed.is_none() {
        led_to.seen_up = Some(session.is_logged_in());
    }
    let is_offline =
        |state: &Option<String>| state.as_deref().is_some_and(|state| OFFLINE.contains(&state));
    let offline = session.devices.iter().filter(|device| is_offline(&device.state));
    let offline: Vec<Box<str>> = offline
        .map(|device| match &device.block {
            Some(block) => block.name.as_str().into(),
            None => device.address.to_string().into(),
        })
        .collect();
    // Disks that are back say nothing about how they fared before.
    if !offline.is_empty() || led_to.gave_up.is_some() && led_to.recovered.is_none() {
        led_to.offline = Some(offline);
    }
}

#[cfg(test)]
mod tests {
    use iscsi_decoders::stream::Stamp;

    use super::*;
    use crate::host::device::{Block, Device};
    use crate::why::{Cause, Confidence, Diagnosis, Epoch, LedTo, Place};

    fn incident() -> Incident {
        Incident {
            number: 1,
            began: Stamp::default(),
            epoch: Epoch::Utc,
            what: Vec::new(),
            place: Place { session: Some(2), ..Place::default() },
            diagnosis: Diagnosis::new(Cause::Unknown, Confidence::Possible),
            alternatives: Vec::new(),
            led_to: LedTo::default(),
            timeline: Vec::new(),
            flight: Vec::new(),
        }
    }

    fn session(state: &str, device: &str) -> Session {
        let block = Some(Block { name: "sdb".to_owned(), ..Block::default() });
        Session {
            sid: 2,
            target_name: Some("iqn.2026-01.org.example:disk".to_owned()),
            state: Some(state.to_owned()),
            devices: vec![Device { state: Some(device.to_owned()), block, ..Device::default() }],
            ..Session::default()
        }
    }

    #[test]
    fn the_last_incident_of_a_session_learns_how_it_stands() {
        let (mut first, mut last) = (incident(), incident());
        complete(&mut [&mut first, &mut last], &[session("FREE", "transport-offline")]);
        assert_eq!(last.led_to.seen_up, Some(false));
        assert_eq!(last.led_to.offline, Some(vec!["sdb".into()]));
        assert_eq!(last.place.target.as_deref(), Some("iqn.2026-01.org.example:disk"));
        assert_eq!(first.place.target, last.place.target);
        assert_eq!(first.led_to, LedTo::default());
    }

    #[test]
    fn disks_that_run_are_not_said_to_have_stayed_online() {
        let mut incident = incident();
        complete(&mut [&mut incident], &[session("LOGGED_IN", "running")]);
        assert_eq!(incident.led_to.seen_up, Some(true));
        assert_eq!(incident.led_to.offline, None);
    }

    #[test]
    fn a_session_of_another_target_is_another_one() {
        let mut incident = incident();
        incident.place.target = Some("iqn.2026-01.org.example:other".into());
        complete(&mut [&mut incident], &[session("LOGGED_IN", "running")]);
        assert_eq!(incident.led_to, LedTo::default());
    }
}
