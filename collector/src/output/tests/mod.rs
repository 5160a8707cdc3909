//! What is printed of a conversation, to the letter.

mod json;
mod line;
mod tree;

use crate::model::tests::build::*;

/// A refused read: the sense data says medium error, unrecovered read error, information 0x1234.
fn refused_read(talk: &mut Talk) {
    let cdb = [0x28, 0, 0, 0, 0x12, 0x34, 0, 0, 8, 0];
    talk.send(command(0x2a, 0xc1, 4096, &cdb).lun(1));
    talk.wait(2);
    let mut sense = [0; 20];
    sense[..2].copy_from_slice(&[0, 18]);
    sense[2..12].copy_from_slice(&[0xf0, 0, 3, 0, 0, 0x12, 0x34, 10, 0, 0]);
    sense[14..16].copy_from_slice(&[0x11, 0]);
    talk.send(status(0x2a, 2).data(&sense).byte(1, 0x82).word(44, 4096));
}

/// A login with every kind of secret and a key that tries to drive the terminal.
fn secret_login(talk: &mut Talk) {
    talk.send(login(0x00, "CHAP_N=alice\nCHAP_R=0xaffe\nX-evil=\x1b[2Jred\n"));
    talk.send(login_response(0x00, "CHAP_C=0xcafe\nCHAP_I=7\n"));
}

/// Secrets of [`secret_login`].
const SECRETS: [&str; 3] = ["alice", "0xaffe", "0xcafe"];
