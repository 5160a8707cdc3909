//! A part of the archive: members of a tar, compressed.

use std::collections::BTreeMap;
use std::io::{self, Read};

use ruzstd::decoding::StreamingDecoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use tar::{Builder, EntryType, Header};

use super::super::item::{Content, Item};
use super::FOLDER;

/// What ends a tar.
pub(in crate::bundle) const END: [u8; 1024] = [0; 1024];

/// A compressed part.
#[derive(Debug)]
pub(in crate::bundle) struct Frame(Vec<u8>);

impl Frame {
    /// Of these members, all changed at `seconds` since the epoch.
    ///
    /// # Errors
    /// A member cannot be one of a tar.
    pub fn of(items: &BTreeMap<String, Item>, seconds: u64) -> io::Result<Self> {
        let mut bytes = Vec::new();
        let mut tar = Builder::new(&mut bytes);
        for (path, item) in items {
            let path = format!("{FOLDER}{path}");
            let mut header = Header::new_gnu();
            header.set_mtime(seconds);
            header.set_mode(0o600);
            header.set_uid(0);
            header.set_gid(0);
            match &item.content {
                Content::Text(text) => append(&mut tar, &mut header, &path, text.as_bytes())?,
                Content::Recording(bytes) => append(&mut tar, &mut header, &path, bytes)?,
                Content::Link(target) => {
                    header.set_entry_type(EntryType::Symlink);
                    header.set_mode(0o777);
                    header.set_size(0);
                    tar.append_link(&mut header, &path, target)?;
                }
            }
        }
        tar.finish()?;
        drop(tar);
        bytes.truncate(bytes.len().saturating_sub(END.len()));
        Self::compressed(&bytes)
    }

    /// Of any bytes. What was compressed is read again: an archive that cannot be is worth nothing.
    ///
    /// # Errors
    /// It cannot be compressed.
    pub fn compressed(bytes: &[u8]) -> io::Result<Self> {
        for level in [CompressionLevel::Fastest, CompressionLevel::Uncompressed] {
            let packed = compress_to_vec(bytes, level);
            if unpacked(&packed, bytes.len()).is_ok_and(|unpacked| unpacked == bytes) {
                return Ok(Self(packed));
            }
        }
        Err(io::Error::other("what was compressed cannot be read again"))
    }

    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub fn len(&self) -> u64 {
        self.0.len() as u64
    }
}

fn append(
    tar: &mut Builder<&mut Vec<u8>>,
    header: &mut Header,
    path: &str,
    bytes: &[u8],
) -> io::Result<()> {
    header.set_entry_type(EntryType::Regular);
    header.set_size(bytes.len() as u64);
    tar.append_data(header, path, bytes)
}

fn unpacked(packed: &[u8], length: usize) -> io::Result<Vec<u8>> {
    let mut decoder = StreamingDecoder::new(packed).map_err(io::Error::other)?;
    let mut bytes = Vec::with_capacity(length);
    decoder.read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(text: &str) -> Item {
        Item { origin: String::new(), content: Content::Text(text.to_owned()) }
    }

    #[test]
    fn the_same_members_make_the_same_bytes_and_can_be_read_again() {
        let items = BTreeMap::from([
            ("a".to_owned(), item("x")),
            ("b/c".to_owned(), item(&"y".repeat(300_000))),
        ]);
        let frame = Frame::of(&items, 1_700_000_000).unwrap();
        assert_eq!(frame.bytes(), Frame::of(&items, 1_700_000_000).unwrap().bytes());
        let bytes = unpacked(frame.bytes(), 0).unwrap();
        let mut archive = tar::Archive::new(bytes.as_slice());
        let paths: Vec<_> =
            archive.entries().unwrap().map(|e| e.unwrap().path().unwrap().into_owned()).collect();
        assert_eq!(
            paths,
            [std::path::Path::new("iscsi-bundle/a"), std::path::Path::new("iscsi-bundle/b/c")]
        );
    }

    #[test]
    fn bytes_that_do_not_compress_come_back_too() {
        let mut state = 1_u64;
        let noise: Vec<u8> = (0..400_000)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 56) as u8
            })
            .collect();
        let frame = Frame::compressed(&noise).unwrap();
        assert_eq!(unpacked(frame.bytes(), noise.len()).unwrap(), noise);
    }
}
