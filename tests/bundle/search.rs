//! Looks for a secret in bytes, in every form somebody may have put it in.

use aho_corasick::AhoCorasick;

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Forms of many secrets, looked for in one go.
pub struct Searcher {
    finder: AhoCorasick,
    /// Of each pattern: which secret, in which form.
    forms: Vec<(String, &'static str)>,
    /// The same without what may stand between the letters of a split secret.
    squeezed: AhoCorasick,
    secrets: Vec<String>,
}

impl Searcher {
    pub fn new(secrets: &[String]) -> Self {
        let (mut patterns, mut forms) = (Vec::new(), Vec::new());
        for secret in secrets {
            for (form, pattern) in self::forms(secret) {
                patterns.push(pattern);
                forms.push((secret.clone(), form));
            }
        }
        let finder = AhoCorasick::new(&patterns).unwrap();
        let lower: Vec<Vec<u8>> = secrets.iter().map(|secret| squeeze(secret.as_bytes())).collect();
        let squeezed = AhoCorasick::new(&lower).unwrap();
        Self { finder, forms, squeezed, secrets: secrets.to_vec() }
    }

    /// The first secret in the bytes, and its form.
    pub fn find(&self, bytes: &[u8]) -> Option<(String, &'static str)> {
        if let Some(found) = self.finder.find(bytes) {
            return self.forms.get(found.pattern().as_usize()).cloned();
        }
        let found = self.squeezed.find(&squeeze(bytes))?;
        Some((self.secrets.get(found.pattern().as_usize())?.clone(), "split or in another case"))
    }
}

/// Letters and digits only, in lower case.
fn squeeze(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).collect()
}

fn forms(secret: &str) -> Vec<(&'static str, Vec<u8>)> {
    let bytes = secret.as_bytes();
    let hex = |upper: bool| -> Vec<u8> {
        let digits = |byte: &u8| if upper { format!("{byte:02X}") } else { format!("{byte:02x}") };
        bytes.iter().map(digits).collect::<String>().into_bytes()
    };
    let spaced: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let (first, second) = secret.split_at(secret.len() / 2);
    let mut forms = vec![
        ("plain", bytes.to_vec()),
        ("hex", hex(false)),
        ("hex, upper case", hex(true)),
        ("hex, spaced", spaced.join(" ").into_bytes()),
        ("hex, with colons", spaced.join(":").into_bytes()),
        ("UTF-16LE", bytes.iter().flat_map(|byte| [*byte, 0]).collect()),
        ("UTF-16BE", bytes.iter().flat_map(|byte| [0, *byte]).collect()),
        (
            "URL-encoded",
            bytes.iter().map(|byte| format!("%{byte:02X}")).collect::<String>().into_bytes(),
        ),
        (
            "URL-encoded, lower case",
            bytes.iter().map(|byte| format!("%{byte:02x}")).collect::<String>().into_bytes(),
        ),
        ("reversed", bytes.iter().rev().copied().collect()),
        ("its first half", first.as_bytes().to_vec()),
        ("its second half", second.as_bytes().to_vec()),
    ];
    forms.extend(base64(bytes).into_iter().map(|text| ("base64", text)));
    forms
}

/// What stays the same of the encoding whatever stands before and behind: one for each place among three bytes.
fn base64(bytes: &[u8]) -> Vec<Vec<u8>> {
    (0..3)
        .map(|before: usize| {
            let padded: Vec<u8> =
                std::iter::repeat_n(0, before).chain(bytes.iter().copied()).collect();
            let bits = |at: usize| -> u8 {
                let word = u16::from(padded[at / 8]) << 8
                    | u16::from(*padded.get(at / 8 + 1).unwrap_or(&0));
                u8::try_from(word >> (10 - at % 8) & 0x3f).unwrap()
            };
            // Digits that depend on the secret alone.
            let first = (before * 8).div_ceil(6);
            let last = padded.len() * 8 / 6;
            (first..last).map(|digit| BASE64[usize::from(bits(digit * 6))]).collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "q7ZxkV9pLm2Rt5";

    fn finds(bytes: &[u8]) -> Option<&'static str> {
        Searcher::new(&[SECRET.to_owned()]).find(bytes).map(|(_, form)| form)
    }

    #[test]
    fn every_form_is_found_wherever_it_stands() {
        for (form, pattern) in forms(SECRET) {
            let hidden = [b"some text ", pattern.as_slice(), b" and more"].concat();
            assert!(finds(&hidden).is_some(), "{form}");
        }
    }

    #[test]
    fn real_encoders_output_is_found_at_every_alignment() {
        // Made with coreutils' base64 of "x", "xy", "xyz" before the secret and "w" behind it.
        for text in
            ["eHE3WnhrVjlwTG0yUnQ1dw==", "eHlxN1p4a1Y5cExtMlJ0NXc=", "eHl6cTdaeGtWOXBMbTJSdDV3"]
        {
            assert_eq!(finds(text.as_bytes()), Some("base64"), "{text}");
        }
    }

    #[test]
    fn split_secrets_are_found() {
        for text in [
            "q7ZxkV9\npLm2Rt5",
            "q.7.Z.x.k.V.9.p.L.m.2.R.t.5",
            "Q7ZXKV9PLM2RT5",
            "q7Z xkV 9pL m2R t5",
        ] {
            assert!(finds(text.as_bytes()).is_some(), "{text}");
        }
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        assert_eq!(finds(b"q7Zxk and V9pL, but never together"), None);
        assert_eq!(finds(b""), None);
    }
}
