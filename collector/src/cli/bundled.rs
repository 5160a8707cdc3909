//! `--bundle`: reading from a bug-report bundle instead of this machine.

use std::path::Path;

use super::Failure;
use crate::bundle::Bundle;

/// Opens a bundle, and says whose it is and whether somebody changed it.
pub fn open(path: &Path) -> Result<Bundle, Failure> {
    let bundle = Bundle::open(path).map_err(|error| Failure::damaged(error.to_string()))?;
    let manifest = bundle.manifest();
    let host = manifest.host.name.as_deref().unwrap_or("an unnamed machine");
    let (host, created) = (crate::output::Plain(host), crate::output::Plain(&manifest.created));
    eprintln!("iscsi-trace: bundle of {host}, made {created}");
    for changed in bundle.changed() {
        let changed = crate::output::Plain(changed);
        eprintln!(
            "iscsi-trace: {changed} is not what MANIFEST.json says: somebody changed the bundle"
        );
    }
    Ok(bundle)
}
