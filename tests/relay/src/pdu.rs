//! One PDU as bytes, with its digests as they came.

use std::io;

use iscsi_decoders::pdu::{BHS_LEN, Bhs, crc32c};

/// Which digests follow a header and a data segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digests {
    pub header: bool,
    pub data: bool,
}

/// A PDU on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pdu {
    pub header: [u8; BHS_LEN],
    pub ahs: Vec<u8>,
    /// With its padding.
    pub data: Vec<u8>,
    /// The digests, where in use.
    pub header_digest: Option<[u8; 4]>,
    pub data_digest: Option<[u8; 4]>,
}

impl Pdu {
    /// A PDU with only a header; `seal` gives it digests.
    pub fn of(header: [u8; BHS_LEN]) -> Self {
        Self { header, ahs: Vec::new(), data: Vec::new(), header_digest: None, data_digest: None }
    }

    /// The header's fields.
    pub fn bhs(&self) -> Bhs {
        Bhs(self.header)
    }

    /// Reads a PDU; `fill` fills a whole buffer or says that the stream ended.
    pub fn read(
        mut fill: impl FnMut(&mut [u8]) -> io::Result<bool>,
        digests: impl FnOnce() -> Digests,
    ) -> io::Result<Option<Self>> {
        let mut header = [0; BHS_LEN];
        if !fill(&mut header)? {
            return Ok(None);
        }
        // Asked for only now: the login that switches digests on may have gone by while this waited.
        let digests = digests();
        let mut pdu = Self::of(header);
        let bhs = pdu.bhs();
        pdu.ahs = vec![0; usize::from(bhs.total_ahs_length()) * 4];
        let length = usize::try_from(bhs.data_segment_length()).unwrap_or_default();
        pdu.data = vec![0; length.next_multiple_of(4)];

        let mut rest = |buffer: &mut [u8]| {
            if buffer.is_empty() || fill(buffer)? {
                return Ok(());
            }
            Err(io::Error::from(io::ErrorKind::UnexpectedEof))
        };
        rest(&mut pdu.ahs)?;
        if digests.header {
            rest(pdu.header_digest.insert([0; 4]))?;
        }
        rest(&mut pdu.data)?;
        if digests.data && !pdu.data.is_empty() {
            rest(pdu.data_digest.insert([0; 4]))?;
        }
        Ok(Some(pdu))
    }

    /// Computes the digests anew.
    pub fn seal(&mut self, digests: Digests) {
        let header = crc32c(crc32c(0, &self.header), &self.ahs);
        self.header_digest = digests.header.then(|| header.to_le_bytes());
        let has_data = digests.data && !self.data.is_empty();
        self.data_digest = has_data.then(|| crc32c(0, &self.data).to_le_bytes());
    }

    /// As it goes over the wire.
    pub fn bytes(&self) -> Vec<u8> {
        let header_digest = self.header_digest.as_ref().map_or(&[][..], |digest| digest);
        let data_digest = self.data_digest.as_ref().map_or(&[][..], |digest| digest);
        [&self.header[..], &self.ahs, header_digest, &self.data, data_digest].concat()
    }
}
