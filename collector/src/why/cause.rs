//! The causes that can be told apart. Their texts (what it means, what to check, what to do) are in errors.toml, in
//! the name space `cause`; here are only the numbers they have there and the names scripts rely on.

use iscsi_decoders::catalogue::{self, Entry, Space};

macro_rules! causes {
    ($($number:literal $variant:ident $name:literal;)*) => {
        /// Why something failed. `iscsi-trace explain NAME` says more about each.
        #[expect(missing_docs, reason = "errors.toml says what each one means")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Cause { $($variant = $number,)* }

        impl Cause {
            /// Every cause.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Its stable name.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

causes! {
    2000 Unknown "unknown";
    // The connection was ended.
    2001 TargetClosedIdle "target-closed-idle";
    2002 TargetClosedBusy "target-closed-busy";
    2003 ResetByTarget "reset-by-target";
    2004 ResetInBetween "reset-in-between";
    2005 ConnectionReset "connection-reset";
    2006 InitiatorClosed "initiator-closed";
    2007 UserspaceLogout "userspace-logout";
    2008 UserspaceReconnect "userspace-reconnect";
    2009 ConnectionEnded "connection-ended";
    // Nothing came any more.
    2010 LinkLost "link-lost";
    2011 TargetFrozen "target-frozen";
    2012 PingBehindData "ping-behind-data";
    2013 TargetSilent "target-silent";
    2014 MtuBlackHole "mtu-black-hole";
    // The bytes were wrong.
    2020 HeaderDigestError "header-digest-error";
    2021 DataDigestError "data-digest-error";
    2022 TargetProtocolError "target-protocol-error";
    2023 PduRejected "pdu-rejected";
    // The login.
    2030 LoginRefusedAuthentication "login-refused-authentication";
    2031 LoginRefusedAccess "login-refused-access";
    2032 LoginRefusedUnknownTarget "login-refused-unknown-target";
    2033 LoginRefusedTooManyConnections "login-refused-too-many-connections";
    2034 LoginRefusedVersion "login-refused-version";
    2035 LoginRefusedTargetError "login-refused-target-error";
    2036 LoginRefusedUnavailable "login-refused-unavailable";
    2037 LoginRefusedOutOfResources "login-refused-out-of-resources";
    2038 LoginRefused "login-refused";
    2039 TargetMovedTemporarily "target-moved-temporarily";
    2040 TargetMovedPermanently "target-moved-permanently";
    2041 LoginTimedOut "login-timed-out";
    2042 NegotiationFailed "negotiation-failed";
    2043 TargetNotAuthenticated "target-not-authenticated";
    2044 LoginCutOff "login-cut-off";
    2045 PortalRefused "portal-refused";
    2046 PortalSilent "portal-silent";
    // What the target asked for.
    2050 AsyncLogoutRequest "async-logout-request";
    2051 AsyncConnectionDrop "async-connection-drop";
    2052 AsyncSessionDrop "async-session-drop";
    2053 AsyncRenegotiate "async-renegotiate";
    // Commands.
    2060 CommandTimeout "command-timeout";
    2061 R2tStall "r2t-stall";
    2062 WindowClosed "window-closed";
    2063 ResetByInitiator "reset-by-initiator";
    2064 SlowTarget "slow-target";
    2065 SlowNetwork "slow-network";
    2066 SessionReset "session-reset";
    2067 SlowCommands "slow-commands";
    // The initiator's own side.
    2070 ReplacementTimeout "replacement-timeout";
    2071 IscsidMissing "iscsid-missing";
    2072 SessionReinstated "session-reinstated";
}

impl Cause {
    /// What errors.toml says about it.
    pub fn entry(self) -> Option<&'static Entry> {
        catalogue::get(Space::Cause, self as u32)
    }

    /// One sentence for people.
    pub fn meaning(self) -> &'static str {
        self.entry().map_or("", |entry| entry.meaning)
    }

    /// What to do, most likely remedy first.
    pub fn actions(self) -> &'static [&'static str] {
        self.entry().and_then(|entry| entry.field).map_or(&[], |field| field.action)
    }

    /// The cause with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|cause| cause.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_is_explained_under_its_own_name_and_nothing_else_is() {
        for &cause in Cause::ALL {
            let entry =
                cause.entry().unwrap_or_else(|| panic!("{} is not explained", cause.name()));
            assert_eq!(entry.symbol, cause.name());
            assert!(!cause.actions().is_empty(), "{}", cause.name());
            assert_eq!(Cause::named(cause.name()), Some(cause));
        }
        assert_eq!(catalogue::entries(Space::Cause).count(), Cause::ALL.len());
    }
}
