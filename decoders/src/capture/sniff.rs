//! What a file is, by its first bytes.

use crate::bytes::be16;

/// Bytes needed to tell the formats apart.
pub(super) const ENOUGH: usize = 16;

/// What the first bytes announce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Pcap,
    Pcapng,
    Gzip,
    Zstd,
    Other,
}

pub(super) fn identify(start: &[u8]) -> Kind {
    match start {
        // Microseconds, nanoseconds and Kuznetzov's modified format, little- then big-endian.
        [0xd4, 0xc3, 0xb2, 0xa1, ..] | [0x4d, 0x3c, 0xb2, 0xa1, ..] => Kind::Pcap,
        [0x34, 0xcd, 0xb2, 0xa1, ..] => Kind::Pcap,
        [0xa1, 0xb2, 0xc3, 0xd4, ..] | [0xa1, 0xb2, 0x3c, 0x4d, ..] => Kind::Pcap,
        [0x0a, 0x0d, 0x0d, 0x0a, ..] => Kind::Pcapng,
        [0x1f, 0x8b, ..] => Kind::Gzip,
        // A frame, or a skippable frame in front of it (RFC 8878, 3.1.2).
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Kind::Zstd,
        _ => Kind::Other,
    }
}

const CONVERT: &str = "convert it with `editcap -F pcapng FILE OUT`";

/// Formats a user may mistake for a capture or keep one in: first bytes, name, what to do.
const OTHERS: &[(&[u8], &str, &str)] = &[
    (b"\xfd7zXZ\0", "xz", "decompress it: `xz -dc FILE | iscsi-trace decode -`"),
    (b"BZh", "bzip2", "decompress it: `bzip2 -dc FILE | iscsi-trace decode -`"),
    (b"\x04\x22\x4d\x18", "lz4", "decompress it: `lz4 -dc FILE | iscsi-trace decode -`"),
    (b"\x1f\x9d", "compress (.Z)", "decompress it: `gzip -dc FILE | iscsi-trace decode -`"),
    (b"PK\x03\x04", "a ZIP archive", "unpack it: `unzip -p FILE | iscsi-trace decode -`"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "unpack it: `7z x -so FILE | iscsi-trace decode -`"),
    (b"snoop\0\0\0", "Solaris snoop", CONVERT),
    (b"RTSS", "Microsoft Network Monitor", CONVERT),
    (b"GMBU", "Microsoft Network Monitor 2", CONVERT),
    (b"iptrace ", "AIX iptrace", CONVERT),
    (b"TRSNIFF data", "Network General Sniffer", CONVERT),
    (b"XCP\0", "NetXRay", CONVERT),
    (b"\x7fver", "Savvius EtherPeek", CONVERT),
    (b"\xa1\xb2\xcd\x34", "big-endian modified pcap", CONVERT),
    (b"\x7fELF", "a program", "name the capture instead"),
];

/// What a file of [`Kind::Other`] looks like, as the end of an error message; empty when nothing is known.
pub(super) fn guess(start: &[u8]) -> String {
    if let Some((_, name, advice)) = OTHERS.iter().find(|(magic, ..)| start.starts_with(magic)) {
        return format!(" and looks like {name} ({advice})");
    }
    if is_text(start) {
        return " and looks like text (kernel and iscsid logs: `iscsi-trace annotate FILE`)".into();
    }
    if is_erf(start) {
        return format!(" and may be Endace ERF ({CONVERT})");
    }
    String::new()
}

/// First bytes for a person: hex and, where printable, characters.
pub(super) fn show(start: &[u8]) -> String {
    use std::fmt::Write;
    let shown = start.get(..8).unwrap_or(start);
    let mut text = String::new();
    for byte in shown {
        let _ = write!(text, "{byte:02x} ");
    }
    text.push('"');
    text.extend(shown.iter().map(|&byte| match byte {
        b' '..=b'~' => char::from(byte),
        _ => '.',
    }));
    text.push('"');
    text
}

fn is_text(start: &[u8]) -> bool {
    let printable = |byte: &u8| matches!(byte, b' '..=b'~' | b'\n' | b'\r' | b'\t' | 0x80..);
    start.len() >= 4 && start.iter().all(printable) && start.iter().any(u8::is_ascii_alphanumeric)
}

/// ERF has no magic: a type of 1 to 48 with a record length that holds at least the 16 header bytes.
fn is_erf(start: &[u8]) -> bool {
    let kind = start.get(8).map(|kind| kind & 0x7f);
    kind.is_some_and(|kind| (1..=48).contains(&kind))
        && be16(start, 10).is_some_and(|length| length >= 16 && length % 8 == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_magic_is_told_apart() {
        for (start, kind) in [
            (&[0xd4, 0xc3, 0xb2, 0xa1][..], Kind::Pcap),
            (&[0xa1, 0xb2, 0xc3, 0xd4], Kind::Pcap),
            (&[0x4d, 0x3c, 0xb2, 0xa1], Kind::Pcap),
            (&[0xa1, 0xb2, 0x3c, 0x4d], Kind::Pcap),
            (&[0x34, 0xcd, 0xb2, 0xa1], Kind::Pcap),
            (&[0x0a, 0x0d, 0x0d, 0x0a], Kind::Pcapng),
            (&[0x1f, 0x8b, 8, 0], Kind::Gzip),
            (&[0x28, 0xb5, 0x2f, 0xfd], Kind::Zstd),
            (&[0x5e, 0x2a, 0x4d, 0x18], Kind::Zstd),
            (&[0xd4, 0xc3, 0xb2], Kind::Other),
            (b"", Kind::Other),
        ] {
            assert_eq!(identify(start), kind, "{start:02x?}");
        }
    }

    #[test]
    fn formats_of_others_are_named_with_the_command_that_helps() {
        assert!(guess(b"\xfd7zXZ\0\0\x04").contains("xz -dc"));
        assert!(guess(b"snoop\0\0\0\0\0\0\x02").contains("editcap"));
        assert!(guess(b"[   12.3] connection1:0: ping").contains("annotate"));
        let erf = [9, 8, 7, 6, 5, 4, 3, 2, 2, 4, 0, 80, 0, 0, 0, 60];
        assert!(guess(&erf).contains("ERF"));
        assert_eq!(guess(&[0; 16]), "");
    }

    #[test]
    fn the_start_is_shown_as_hex_and_text() {
        assert_eq!(show(b"BZh9\x01"), "42 5a 68 39 01 \"BZh9.\"");
    }
}
