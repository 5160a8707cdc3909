//! Login and text keys.

/// The `key=value` pairs of a login or text segment (RFC 7143, section 6.1), in the order sent.
///
/// Pairs end with a zero byte. A pair without `=` has an empty value; bytes that are not UTF-8 are
/// shown as far as they are, because a broken target's text is evidence too.
pub fn pairs(text: &[u8]) -> impl Iterator<Item = (&str, &str)> {
    text.split(|&byte| byte == 0).filter(|pair| !pair.is_empty()).map(|pair| {
        let split = pair.iter().position(|&byte| byte == b'=');
        let (key, value) = match split {
            Some(at) => (pair.get(..at), pair.get(at + 1..)),
            None => (Some(pair), None),
        };
        (valid(key.unwrap_or_default()), valid(value.unwrap_or_default()))
    })
}

fn valid(bytes: &[u8]) -> &str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => bytes
            .get(..error.valid_up_to())
            .and_then(|whole| std::str::from_utf8(whole).ok())
            .unwrap_or_default(),
    }
}

/// Whether a key's value could give a secret away: the challenge and the response together allow an offline
/// guess of the CHAP secret, the name is half of the credentials (RFC 7143, section 12.1.3).
pub fn is_secret(key: &str) -> bool {
    matches!(key, "CHAP_R" | "CHAP_C" | "CHAP_N")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_keep_order_and_values_may_hold_equal_signs() {
        let text = b"InitiatorName=iqn.2024-01.lab:host\0X-a=b=c\0AuthMethod=\0flag\0";
        let found: Vec<_> = pairs(text).collect();
        assert_eq!(
            found,
            [
                ("InitiatorName", "iqn.2024-01.lab:host"),
                ("X-a", "b=c"),
                ("AuthMethod", ""),
                ("flag", "")
            ]
        );
    }

    #[test]
    fn text_that_is_not_utf8_shows_what_is_valid() {
        let found: Vec<_> = pairs(b"TargetAlias=caf\xe9\0").collect();
        assert_eq!(found, [("TargetAlias", "caf")]);
    }
}
