//! What the two sides said about the connection itself: Async Messages, Rejects, logouts.

use iscsi_decoders::stream::Stamp;

/// The last of each.
#[derive(Clone, Copy, Debug, Default)]
pub struct Orders {
    /// AsyncEvent of the last Async Message that asks for something.
    pub asynchronous: Option<(Stamp, u8)>,
    /// Reason of the last Reject.
    pub rejected: Option<(Stamp, u8)>,
    /// Reason of the Logout Request.
    pub logout: Option<(Stamp, u8)>,
    /// The logout was answered.
    pub logged_out: bool,
}

impl Orders {
    /// A logout was asked for: what ends the connection from here on is no failure.
    pub fn is_leaving(&self) -> bool {
        // Reason 2 removes a connection for recovery (RFC 7143, section 11.14.1).
        self.logout.is_some_and(|(_, reason)| reason != 2) || self.logged_out
    }
}
