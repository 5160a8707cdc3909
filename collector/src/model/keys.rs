//! The login keys and how two values become one (RFC 7143, section 13).

/// How a key's outcome follows from what both sides said (RFC 7143, sections 6.2.1 and 6.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// Each side declares its own value; nothing is negotiated.
    Declare,
    /// The smaller number.
    Minimum,
    /// The larger number.
    Maximum,
    /// Yes only if both say Yes.
    And,
    /// Yes if either says Yes.
    Or,
    /// The first value of the offered list that the other side supports: its answer.
    List,
}

/// What RFC 7143 says about a key.
#[derive(Clone, Copy, Debug)]
pub struct KeyRule {
    /// The key.
    pub name: &'static str,
    /// How its outcome is found.
    pub function: Function,
    /// The value in force when nobody mentions it.
    pub default: Option<&'static str>,
}

const fn rule(name: &'static str, function: Function, default: Option<&'static str>) -> KeyRule {
    KeyRule { name, function, default }
}

/// The keys of RFC 7143 and RFC 7144 in the order people look for them.
pub const RULES: &[KeyRule] = &[
    rule("AuthMethod", Function::List, None),
    rule("HeaderDigest", Function::List, Some("None")),
    rule("DataDigest", Function::List, Some("None")),
    rule("MaxRecvDataSegmentLength", Function::Declare, Some("8192")),
    rule("InitialR2T", Function::Or, Some("Yes")),
    rule("ImmediateData", Function::And, Some("Yes")),
    rule("FirstBurstLength", Function::Minimum, Some("65536")),
    rule("MaxBurstLength", Function::Minimum, Some("262144")),
    rule("MaxOutstandingR2T", Function::Minimum, Some("1")),
    rule("MaxConnections", Function::Minimum, Some("1")),
    rule("ErrorRecoveryLevel", Function::Minimum, Some("0")),
    rule("DefaultTime2Wait", Function::Maximum, Some("2")),
    rule("DefaultTime2Retain", Function::Minimum, Some("20")),
    rule("DataPDUInOrder", Function::Or, Some("Yes")),
    rule("DataSequenceInOrder", Function::Or, Some("Yes")),
    rule("IFMarker", Function::And, Some("No")),
    rule("OFMarker", Function::And, Some("No")),
    rule("TaskReporting", Function::List, Some("RFC3720")),
    rule("iSCSIProtocolLevel", Function::Minimum, Some("1")),
];

/// The rule of a key, if it is one whose outcome matters.
pub fn rule_of(name: &str) -> Option<&'static KeyRule> {
    RULES.iter().find(|rule| rule.name == name)
}

/// Answers that mean the key was not accepted (RFC 7143, section 6.2): the default stays in force.
pub(super) fn is_refusal(value: &str) -> bool {
    matches!(value, "NotUnderstood" | "Irrelevant" | "Reject")
}

/// The outcome of an offer and the answer to it.
pub fn outcome<'v>(
    rule: &KeyRule,
    offer: Option<&'v str>,
    answer: Option<&'v str>,
) -> Option<&'v str> {
    match (rule.function, offer?, answer) {
        (Function::Declare, ..) => None,
        (_, offer, Some(answer)) if is_refusal(offer) || is_refusal(answer) => rule.default,
        (Function::List, _, answer) => answer.or(rule.default),
        // Where the offer alone decides, no answer is needed (section 6.2.2).
        (Function::And, "No", None) => Some("No"),
        (Function::Or, "Yes", None) => Some("Yes"),
        (_, _, None) => rule.default,
        (Function::And, offer, Some(answer)) => {
            Some(if offer == "Yes" && answer == "Yes" { "Yes" } else { "No" })
        }
        (Function::Or, offer, Some(answer)) => {
            Some(if offer == "Yes" || answer == "Yes" { "Yes" } else { "No" })
        }
        (Function::Minimum, offer, Some(answer)) => {
            Some(if number(offer)? <= number(answer)? { offer } else { answer })
        }
        (Function::Maximum, offer, Some(answer)) => {
            Some(if number(offer)? >= number(answer)? { offer } else { answer })
        }
    }
}

/// A numerical value: decimal, or hexadecimal with `0x` (RFC 7143, section 6.1).
pub fn number(text: &str) -> Option<u64> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(name: &str, initiator: &'static str, target: &'static str) -> Option<&'static str> {
        outcome(rule_of(name).unwrap(), Some(initiator), Some(target))
    }

    #[test]
    fn each_function_gives_what_the_rfc_says() {
        assert_eq!(result("MaxBurstLength", "262144", "0x10000"), Some("0x10000"));
        assert_eq!(result("DefaultTime2Wait", "2", "5"), Some("5"));
        assert_eq!(result("InitialR2T", "No", "Yes"), Some("Yes"));
        assert_eq!(result("InitialR2T", "No", "No"), Some("No"));
        assert_eq!(result("ImmediateData", "Yes", "No"), Some("No"));
        assert_eq!(result("HeaderDigest", "CRC32C,None", "None"), Some("None"));
    }

    #[test]
    fn refusals_and_silence_leave_the_default() {
        assert_eq!(result("MaxConnections", "4", "Reject"), Some("1"));
        assert_eq!(result("TaskReporting", "FastAbort", "NotUnderstood"), Some("RFC3720"));
        let rule = rule_of("FirstBurstLength").unwrap();
        assert_eq!(outcome(rule, Some("4096"), None), Some("65536"));
    }

    #[test]
    fn an_offer_that_decides_alone_needs_no_answer() {
        let alone = |name, offer| outcome(rule_of(name).unwrap(), Some(offer), None);
        assert_eq!(alone("ImmediateData", "No"), Some("No"));
        assert_eq!(alone("InitialR2T", "Yes"), Some("Yes"));
        assert_eq!(alone("ImmediateData", "Yes"), Some("Yes"), "the default");
        assert_eq!(alone("InitialR2T", "No"), Some("Yes"), "the default");
        assert_eq!(alone("HeaderDigest", "CRC32C,None"), Some("None"), "the default");
    }

    #[test]
    fn declared_values_have_no_common_outcome() {
        assert_eq!(result("MaxRecvDataSegmentLength", "8192", "262144"), None);
    }
}
