//! From bzImage to vmlinux: QEMU boots the latter directly, which saves seconds of emulated decompression.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

/// How a payload begins, and what unpacks it.
const FORMATS: &[(&[u8], &str)] =
    &[(b"\xfd7zXZ\0", "xz"), (b"\x02\x21\x4c\x18", "lz4"), (b"\x28\xb5\x2f\xfd", "zstd")];

/// Unpacks the payload of `packed` into `vmlinux`.
pub fn unpack(packed: &Path, vmlinux: &Path) -> anyhow::Result<()> {
    let image = fs::read(packed)?;
    let payload =
        payload(&image).with_context(|| format!("{} is not a bzImage", packed.display()))?;
    let Some((_, program)) = FORMATS.iter().find(|(magic, _)| payload.starts_with(magic)) else {
        bail!("{} is packed in a way this lab does not know", packed.display());
    };
    // Under another name until complete: an interrupted run must not leave half a kernel behind.
    let partial = vmlinux.with_extension("partial");
    let compressed = vmlinux.with_extension("packed");
    fs::write(&compressed, payload)?;
    let mut unpack = Command::new(program);
    unpack.arg("-dc").stdin(File::open(&compressed)?).stdout(File::create(&partial)?);
    let status = unpack.stderr(Stdio::inherit()).status();
    if !status.with_context(|| format!("cannot start {program}"))?.success() {
        bail!("{program} cannot unpack the payload of {}", packed.display());
    }
    fs::remove_file(&compressed)?;
    fs::rename(partial, vmlinux)?;
    Ok(())
}

/// Documentation/arch/x86/boot.rst: the real-mode part ends after `setup_sects` sectors, and the payload's place is
/// counted from there. Its last four bytes are the unpacked size.
fn payload(image: &[u8]) -> Option<&[u8]> {
    let word = |at: usize| -> Option<usize> {
        let bytes = image.get(at..at.checked_add(4)?)?;
        usize::try_from(u32::from_le_bytes(bytes.try_into().ok()?)).ok()
    };
    let sectors = usize::from(*image.get(0x1f1)?);
    let start = (sectors + 1) * 512 + word(0x248)?;
    image.get(start..(start + word(0x24c)?).checked_sub(4)?)
}
