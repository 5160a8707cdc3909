//! The trace itself.

use serde::{Deserialize, Serialize};

/// A trace begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Began {
    /// The kernel's release.
    pub release: String,
    /// Probes that are attached.
    pub probes: u32,
    /// Only some PDUs were asked for, so that what is not there proves nothing.
    pub is_selective: bool,
}
