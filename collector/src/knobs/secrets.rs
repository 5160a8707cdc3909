//! Hides CHAP secrets in what the kernel and iscsid print when they are told to print too much.
//!
//! Switching such messages on needs `--allow-secrets`; somebody else may have switched them on before us. Whatever we
//! collect goes through here.

use std::borrow::Cow;

use iscsi_decoders::pdu::keys;

use crate::output::HIDDEN;

/// What stands right before a secret that reaches to the end of its line, beside login keys.
const BEFORE: [&str; 3] = [
    // chap_server_compute_hash: what the initiator had to answer.
    "Server Digest: ",
    // iscsid's node records.
    ".auth.password",
    ".auth.username",
];

/// `enum iscsi_param` of user names and passwords, both directions.
const PARAMETERS: std::ops::RangeInclusive<u32> = 22..=25;

/// How cxgbi (`cxgbi_set_conn_param`) and iscsid name a parameter before its value.
const NAMED: [(&str, &str); 2] = [(", param ", ") "), ("operational parameter ", " to ")];

/// A line of a log with `<hidden>` where a secret was.
pub fn mask(line: &str) -> Cow<'_, str> {
    let Some(at) = [login_key(line), fixed(line), parameter(line)].into_iter().flatten().min()
    else {
        return Cow::Borrowed(line);
    };
    Cow::Owned(format!("{}{HIDDEN}", line.get(..at).unwrap_or_default()))
}

/// Where the value of a secret login key begins: `Got key: CHAP_R=0x12...`.
fn login_key(line: &str) -> Option<usize> {
    line.match_indices('=').find_map(|(at, _)| {
        let before = line.get(..at)?;
        let start = before.rfind(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        let key = before.get(start.map_or(0, |start| start + 1)..)?;
        keys::is_secret(key).then_some(at + 1)
    })
}

fn fixed(line: &str) -> Option<usize> {
    BEFORE.iter().filter_map(|known| Some(line.find(known)? + known.len())).min()
}

fn parameter(line: &str) -> Option<usize> {
    NAMED.iter().find_map(|(name, value)| {
        let number = line.find(name)? + name.len();
        let rest = line.get(number..)?;
        let digits = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
        let parameter: u32 = rest.get(..digits)?.parse().ok()?;
        let secret = number + rest.find(value)? + value.len();
        PARAMETERS.contains(&parameter).then_some(secret)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_known_to_carry_a_secret_loses_it() {
        for line in [
            "Got key: CHAP_N=canary",
            "Sending key: CHAP_R=0xcanary",
            "[server] Got CHAP_R=canary",
            "[server] Sending CHAP_C=0xcanary",
            "iscsi_target_mod:chap_server_compute_hash: [server] Got CHAP_N=canary",
            "[server] md5 Server Digest: canary",
            "Received CHAP_R=canary",
            "cxgb4i:cxgbi_set_conn_param: cls_conn 0x00, param 24, buf(6) canary.",
            "libcxgbi:cxgbi_set_conn_param: cls_conn 0x00, param 22, buf(6) canary.",
            "iscsid: set operational parameter 25 to canary",
            ">    CHAP_R=canary",
            "updated 'node.session.auth.password', 'canary' => 'canary'",
        ] {
            let masked = mask(line);
            assert!(!masked.contains("canary") && masked.ends_with(HIDDEN), "{masked}");
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        for line in [
            "Got key: CHAP_A=5",
            "[server] Sending CHAP_I=1",
            "Got key: TargetName=iqn.2003-01.org.lio:t1",
            "cxgb4i:cxgbi_set_conn_param: cls_conn 0x00, param 2, buf(4) 8192.",
            "iscsid: set operational parameter 9 to 262144",
            "connection1:0: detected conn error (1020)",
        ] {
            assert_eq!(mask(line), line);
        }
    }
}
