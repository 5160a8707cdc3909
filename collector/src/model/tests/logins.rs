use iscsi_decoders::pdu::Direction::{ToInitiator, ToTarget};
use iscsi_decoders::pdu::{Digest, RESERVED_TAG};

use super::build::*;
use crate::model::finding::Kind;
use crate::model::login::Step;
use crate::model::{Connection, Stage};

fn connection(talk: &Talk, number: usize) -> &Connection {
    &talk.model.connections()[number - 1]
}

#[test]
fn a_login_is_followed_stage_by_stage_and_what_was_agreed_is_known() {
    let mut talk = Talk::new();
    talk.send(login(0x00, "InitiatorName=iqn.a:host\nTargetName=iqn.b:disk\nAuthMethod=CHAP\n"));
    assert_eq!(connection(&talk, 1).login.stage, Stage::Login(0));
    talk.wait(2);
    talk.send(login_response(0x00, "AuthMethod=CHAP\n"));
    talk.send(login(0x81, "CHAP_A=5\n"));
    talk.wait(3);
    talk.send(login_response(0x81, "CHAP_A=5\n"));
    assert_eq!(connection(&talk, 1).login.stage, Stage::Login(1));
    talk.wait(10);
    talk.send(login(0x87, "FirstBurstLength=131072\nInitialR2T=No\n"));
    talk.wait(1);
    talk.send(login_response(0x87, "FirstBurstLength=65536\nInitialR2T=No\n"));
    let login = &connection(&talk, 1).login;
    assert_eq!(login.stage, Stage::FullFeature);
    let security = Step { stage: 0, requests: 2, duration: 5 * MS };
    let operational = Step { stage: 1, requests: 1, duration: MS };
    assert_eq!(login.steps, [security, operational]);
    assert_eq!(login.negotiation.entry("FirstBurstLength").unwrap().result(), Some("65536"));
    let session = &talk.model.sessions()[0];
    assert_eq!(session.initiator.as_deref(), Some("iqn.a:host"));
    assert_eq!(session.target.as_deref(), Some("iqn.b:disk"));
    assert_eq!((session.tsih, talk.model.sessions().len()), (Some(7), 1));
    talk.finish();
    assert_eq!(talk.found(), []);
}

#[test]
fn a_refused_login_says_why_and_its_close_says_nothing_more() {
    let mut talk = Talk::new();
    talk.send(login(0x87, "InitiatorName=iqn.a:host\nTargetName=iqn.b:none\n"));
    talk.send(refusal(2, 3, "").number(0));
    let target = Some("iqn.b:none".to_owned());
    assert_eq!(talk.found(), [Kind::LoginRefused { class: 2, detail: 3, target }]);
    assert_eq!(connection(&talk, 1).login.stage, Stage::Refused(2, 3));
    talk.close(1, ToInitiator, false);
    assert_eq!(talk.found(), []);
}

#[test]
fn a_redirect_names_the_address() {
    for (detail, permanently) in [(1, false), (2, true)] {
        let mut talk = Talk::new();
        talk.send(login(0x87, "InitiatorName=iqn.a:host\n"));
        talk.send(refusal(1, detail, "TargetAddress=10.0.0.9:3260\n"));
        let address = Some("10.0.0.9:3260".to_owned());
        assert_eq!(talk.found(), [Kind::LoginRedirected { permanently, address }]);
        talk.close(1, ToTarget, false);
        assert_eq!(talk.found(), []);
    }
}

#[test]
fn a_close_during_login_is_reported_with_the_stage_and_nothing_else() {
    for (flags, stage) in [(0x00, 0), (0x04, 1)] {
        let mut talk = Talk::new();
        talk.send(login(flags, "InitiatorName=iqn.a:host\n"));
        talk.close(1, ToInitiator, true);
        assert_eq!(talk.found(), [Kind::LoginUnfinished { stage }]);
    }
}

#[test]
fn an_answer_that_was_not_offered_is_reported_whoever_gives_it() {
    let violated = |key: &str, offered: &str, answered: &str| Kind::KeyViolated {
        key: key.to_owned(),
        offered: offered.to_owned(),
        answered: answered.to_owned(),
    };
    let mut talk = Talk::logged_in("HeaderDigest=None\n", "HeaderDigest=CRC32C\n");
    assert_eq!(talk.found(), [violated("HeaderDigest", "None", "CRC32C")]);
    let mut talk = Talk::new();
    talk.send(login(0x04, "InitiatorName=iqn.a:host\n"));
    talk.send(login_response(0x04, "DataDigest=CRC32C\n"));
    talk.send(login(0x87, "DataDigest=None\n"));
    assert_eq!(talk.found(), [violated("DataDigest", "CRC32C", "None")]);
    for answer in ["None", "Reject", "CRC32C"] {
        let answer = format!("HeaderDigest={answer}\n");
        assert_eq!(Talk::logged_in("HeaderDigest=CRC32C,None\n", &answer).found(), []);
    }
}

#[test]
fn an_offer_cut_by_the_capture_proves_no_violation_and_no_limit() {
    let mut talk = Talk::new();
    let mut cut = login(0x87, "InitiatorName=iqn.a:host\nHeaderDigest=CRC3");
    cut.missing = 40;
    talk.send(cut);
    talk.send(login_response(0x87, "HeaderDigest=CRC32C\nImmediateData=No\n"));
    talk.send(write(2, 512).length(512));
    talk.send(status(2, 0));
    assert_eq!(talk.found(), []);
}

#[test]
fn the_numbers_of_a_session_over_two_connections_are_no_gaps() {
    let mut talk =
        Talk::logged_in("MaxConnections=2\nInitialR2T=No\n", "MaxConnections=2\nInitialR2T=No\n");
    talk.send(ready(10));
    talk.connect(true);
    talk.log_in(2, 7, "", "");
    talk.on(2, ready(11));
    talk.send(status(10, 0));
    talk.send(ready(12));
    talk.on(2, status(11, 0));
    talk.on(2, ready(13));
    talk.on(2, status(13, 0));
    talk.send(status(12, 0));
    talk.on(2, logout(14, 1, 2));
    talk.on(2, logout_response(14));
    talk.close(2, ToTarget, false);
    talk.send(ready(15));
    talk.send(status(15, 0));
    assert_eq!(talk.found(), []);
    assert_eq!(talk.model.sessions().len(), 1);
    assert_eq!(connection(&talk, 1).login.stage, Stage::FullFeature);
    assert_eq!(connection(&talk, 2).login.stage, Stage::LoggedOut);
    // Alone again, its numbers count again.
    let next = talk.cmd_sn;
    talk.send(ready(16).number(next + 5));
    assert_eq!(talk.found().len(), 1);
}

#[test]
fn a_joining_connection_has_the_limits_of_the_leading_login() {
    let keys = "InitialR2T=No\nFirstBurstLength=131072\n";
    let mut talk = Talk::logged_in(keys, keys);
    talk.connect(true);
    talk.log_in(2, 7, "MaxRecvDataSegmentLength=131072\n", "MaxRecvDataSegmentLength=131072\n");
    let limits = connection(&talk, 2).login.limits.unwrap();
    assert_eq!((limits.first_burst, limits.initial_r2t), (131072, false));
    assert_eq!((limits.target_receives, limits.initiator_receives), (131072, 131072));
    talk.on(2, command(2, 0x21, 131072, &[0x2a]));
    talk.on(2, data_out(2, RESERVED_TAG, 0, 0, 131072));
    talk.on(2, status(2, 0));
    assert_eq!(talk.found(), []);
}

#[test]
fn a_connection_that_joins_an_unseen_session_is_not_held_to_its_numbers() {
    let mut talk = Talk::new();
    talk.log_in(1, 7, "", "");
    talk.send(ready(2));
    talk.send(ready(3).number(50));
    talk.send(write(4, 100_000).length(100_000));
    assert_eq!(talk.found(), []);
}

#[test]
fn an_initiator_that_comes_back_reinstates_its_session() {
    let mut talk = Talk::logged_in("", "");
    talk.send(ready(2));
    talk.connect(true);
    talk.log_in(2, 0, "", "");
    talk.on(2, ready(3));
    talk.on(2, status(3, 0));
    talk.close(1, ToInitiator, true);
    let by = ToInitiator;
    let lost = [
        Kind::ClosedWithTasks { by, reset: true, tasks: 1 },
        Kind::NoResponse { what: "TEST UNIT READY", waited: 0 },
    ];
    assert_eq!(talk.found(), lost);
    assert_eq!(talk.model.sessions().len(), 1);
    assert_eq!(talk.model.sessions()[0].connections.len(), 2);
    // The new connection is alone: a gap in its numbers is a gap.
    let next = talk.cmd_sn;
    talk.on(2, ready(4).number(next + 1));
    assert_eq!(talk.found().len(), 1);
}

#[test]
fn names_repeated_within_a_login_make_no_second_connection() {
    let mut talk = Talk::new();
    talk.send(login(0x81, "InitiatorName=iqn.a:host\nTargetName=iqn.b:disk\n"));
    talk.send(login_response(0x81, ""));
    talk.send(login(0x87, "InitiatorName=iqn.a:host\nTargetName=iqn.b:disk\n"));
    talk.send(login_response(0x87, ""));
    assert_eq!(talk.model.sessions()[0].connections.len(), 1);
}

#[test]
fn a_login_in_several_pdus_makes_one_session() {
    let mut talk = Talk::new();
    talk.send(login(0x44, ""));
    talk.send(login_response(0x04, ""));
    talk.send(login(0x87, "InitiatorName=iqn.a:host\nTargetName=iqn.b:disk\n"));
    talk.send(login_response(0x87, ""));
    assert_eq!(talk.model.sessions().len(), 1);
    assert_eq!(talk.found(), []);
}

#[test]
fn a_bad_digest_shows_both_values_and_a_bad_header_is_not_believed() {
    let bad = Digest::Bad { sent: 1, computed: 2 };
    let mut talk = Talk::logged_in("", "");
    let mut packet = read(2, 512);
    packet.data_digest = bad;
    talk.send(packet);
    let found = |data, direction| Kind::DigestBad { data, direction, sent: 1, computed: 2 };
    assert_eq!(talk.found(), [found(true, ToTarget)]);
    let mut packet = last_data_in(0xbad, 9, 77, 512).number(5);
    packet.header_digest = bad;
    talk.send(packet);
    assert_eq!(talk.found(), [found(false, ToInitiator)]);
    let mut packet = last_data_in(2, 0, 0, 512);
    packet.header_digest = Digest::Good(3);
    talk.send(packet);
    assert_eq!(talk.found(), []);
    assert_eq!(connection(&talk, 1).digests, (true, true));
}

#[test]
fn a_name_cut_by_the_capture_names_nobody() {
    let mut talk = Talk::new();
    let mut cut = login(0x87, "InitiatorAlias=host\nInitiatorName=iqn.a:ho");
    cut.missing = 90;
    talk.send(cut);
    talk.send(login_response(0x87, ""));
    talk.send(ready(2));
    let login = &connection(&talk, 1).login;
    assert_eq!(login.negotiation.requested("InitiatorAlias"), Some("host"));
    assert_eq!(login.negotiation.requested("InitiatorName"), None);
    let session = &talk.model.sessions()[0];
    assert_eq!((session.initiator.as_deref(), session.connections.len()), (None, 1));
}
