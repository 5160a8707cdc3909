//! What CHAP puts on the wire stays out of every output unless it is asked for.

use serde_json::Value;

use crate::{capture, pdus, stdout};

/// Half a credential or more: RFC 7143, section 12.1.3.
const SECRET: [&str; 3] = ["CHAP_N", "CHAP_R", "CHAP_C"];
const CAPTURES: [&str; 4] = [
    "chap.pcap",
    "chap-mutual.pcap",
    "chap-wrong-password.pcap",
    "chap-mutual-wrong-password.pcap",
];

/// The values as they are in the capture.
fn secrets(file: &str) -> Vec<String> {
    let lines = pdus(file, &["--show-secrets"]);
    let keys = lines.iter().filter_map(|line| line["keys"].as_array()).flatten();
    keys.filter(|pair| pair[0].as_str().is_some_and(|key| SECRET.contains(&key)))
        .map(|pair| pair[1].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn no_output_has_a_value_that_could_give_a_password_away() {
    for file in CAPTURES {
        let secrets = secrets(file);
        assert!(secrets.len() >= 3, "{file}: {secrets:?}");
        let path = capture(file);
        for arguments in [
            &["decode", &path][..],
            &["decode", "-v", &path],
            &["decode", "--output", "json", &path],
            &["decode", "--summary", &path],
        ] {
            let text = stdout(arguments).to_lowercase();
            for secret in &secrets {
                // A user's name may be short enough to occur by chance; what is hidden is "CHAP_N=ada".
                let needle = if secret.len() < 8 {
                    format!("chap_n={secret}")
                } else {
                    secret.to_lowercase()
                };
                assert!(!text.contains(&needle), "{arguments:?} shows {secret}");
            }
        }
    }
}

#[test]
fn masked_keys_are_still_there() {
    let masked: Vec<Value> = pdus("chap.pcap", &[]);
    let shown: Vec<Value> = pdus("chap.pcap", &["--show-secrets"]);
    let names = |lines: &[Value]| -> Vec<String> {
        let keys = lines.iter().filter_map(|line| line["keys"].as_array()).flatten();
        keys.map(|pair| pair[0].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&masked), names(&shown));
    assert!(names(&masked).contains(&"CHAP_R".to_owned()));
}
