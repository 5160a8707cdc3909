//! Reads an archive, which may come from anybody: sizes are limited, paths stay inside.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Read};
use std::path::{Component, Path};

use ruzstd::decoding::StreamingDecoder;
use tar::{Archive, EntryType};

use super::FOLDER;

/// What an archive holds.
#[derive(Debug, Default)]
pub(in crate::bundle) struct Unpacked {
    /// Files by path, without the folder all lie in.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Links by path.
    pub links: BTreeMap<String, String>,
}

/// More than this was never put into a bundle.
const MOST: u64 = 2 << 30;

/// Reads the members.
///
/// # Errors
/// It is no archive of ours, damaged, or too large.
pub(in crate::bundle) fn unpack(input: impl BufRead) -> io::Result<Unpacked> {
    let frames = Frames { input: Some(input), decoder: None, left: MOST };
    let mut unpacked = Unpacked::default();
    let mut archive = Archive::new(frames);
    for entry in archive.entries()? {
        let mut entry = entry?;
        let Some(path) = inside(&entry.path()?) else {
            return Err(io::Error::other("a member lies outside the folder iscsi-bundle"));
        };
        match entry.header().entry_type() {
            EntryType::Regular => {
                let mut bytes = Vec::new();
                entry.read_to_end(&mut bytes)?;
                unpacked.files.insert(path, bytes);
            }
            EntryType::Symlink => {
                let target =
                    entry.link_name()?.and_then(|target| target.to_str().map(str::to_owned));
                unpacked.links.extend(target.map(|target| (path, target)));
            }
            // Folders follow from what lies in them.
            _ => {}
        }
    }
    // Behind the last member there are checksums still to be looked at.
    io::copy(&mut archive.into_inner(), &mut io::sink())?;
    Ok(unpacked)
}

/// The path below our folder: plain names only.
fn inside(path: &Path) -> Option<String> {
    let below = path.strip_prefix(FOLDER).ok()?;
    below.components().all(|part| matches!(part, Component::Normal(_))).then_some(())?;
    below.to_str().map(str::to_owned)
}

/// All zstd frames of a file, one after the other.
struct Frames<R: BufRead> {
    input: Option<R>,
    decoder: Option<StreamingDecoder<R, ruzstd::decoding::FrameDecoder>>,
    left: u64,
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(decoder) = &mut self.decoder {
                let read = decoder.read(out)?;
                if read > 0 || out.is_empty() {
                    self.left = self.left.checked_sub(read as u64).ok_or_else(|| {
                        io::Error::other("it is larger than any bundle: more than 2 GiB unpacked")
                    })?;
                    return Ok(read);
                }
                let (sent, computed) = (
                    decoder.decoder.get_checksum_from_data(),
                    decoder.decoder.get_calculated_checksum(),
                );
                if sent.is_some() && sent != computed {
                    return Err(io::Error::other("a checksum is wrong: the file is damaged"));
                }
                self.input = self.decoder.take().map(StreamingDecoder::into_inner);
            }
            let Some(mut input) = self.input.take() else { return Ok(0) };
            if input.fill_buf()?.is_empty() {
                return Ok(0);
            }
            let decoder = StreamingDecoder::new(input).map_err(|error| {
                io::Error::other(format!("it is no zstd archive, or damaged: {error}"))
            })?;
            self.decoder = Some(decoder);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Frame;
    use super::*;

    fn archive(path: &str, link: Option<&str>) -> Vec<u8> {
        let mut tar = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_size(0);
        // `set_path` refuses what we want to try.
        header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
        if let Some(target) = link {
            header.set_entry_type(EntryType::Symlink);
            header.set_link_name_literal(target).unwrap();
        }
        header.set_cksum();
        tar.append(&header, io::empty()).unwrap();
        Frame::compressed(&tar.into_inner().unwrap()).unwrap().bytes().to_vec()
    }

    #[test]
    fn members_outside_our_folder_are_refused() {
        for path in ["iscsi-bundle/../../etc/cron.d/x", "/etc/passwd", "other/x"] {
            assert!(unpack(archive(path, None).as_slice()).is_err(), "{path}");
        }
        let good = unpack(archive("iscsi-bundle/REPORT.md", None).as_slice()).unwrap();
        assert_eq!(good.files.keys().collect::<Vec<_>>(), ["REPORT.md"]);
    }

    #[test]
    fn what_is_cut_or_changed_is_an_error() {
        let mut bytes = archive("iscsi-bundle/a", Some("b"));
        assert_eq!(unpack(bytes.as_slice()).unwrap().links.len(), 1);
        assert!(unpack(&bytes[..bytes.len() / 2]).is_err());
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        assert!(unpack(bytes.as_slice()).is_err(), "the checksum");
        assert!(unpack(b"no archive at all".as_slice()).is_err());
    }
}
