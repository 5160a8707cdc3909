//! Bytes of one event as the structs the probes wrote.

use iscsi_ebpf::event::{Header, Kind};
use iscsi_ebpf::pdu;
use zerocopy::FromBytes;

/// One event whose header makes sense; the rest is looked at piece by piece.
#[derive(Clone, Copy, Debug)]
pub(super) struct Raw<'a> {
    pub header: Header,
    pub kind: Kind,
    body: &'a [u8],
}

impl<'a> Raw<'a> {
    /// Takes an event from the ring buffer, whose records may be longer than what is in them.
    pub fn new(bytes: &'a [u8]) -> Option<Self> {
        let (header, _) = Header::read_from_prefix(bytes).ok()?;
        let kind = Kind::from_number(header.kind)?;
        let body = bytes.get(size_of::<Header>()..header.size as usize)?;
        Some(Self { header, kind, body })
    }

    /// The struct the event begins with.
    pub fn body<T: FromBytes>(&self) -> Option<T> {
        T::read_from_prefix(self.body).ok().map(|(body, _)| body)
    }

    /// The `length` bytes behind that struct.
    pub fn behind<T>(&self, length: u32) -> Option<&'a [u8]> {
        self.body.get(size_of::<T>()..)?.get(..length as usize)
    }

    /// A PDU with its additional headers and what there is of its data segment.
    pub fn pdu(&self) -> Option<(pdu::Pdu, &'a [u8], &'a [u8])> {
        let pdu: pdu::Pdu = self.body()?;
        let tail = self.body.get(size_of::<pdu::Pdu>()..)?;
        let (ahs, rest) = tail.split_at_checked(pdu.ahs_captured as usize)?;
        Some((pdu, ahs, rest.get(..pdu.data_captured as usize)?))
    }

    /// A data segment on its own.
    pub fn data(&self) -> Option<(pdu::Data, &'a [u8])> {
        let data: pdu::Data = self.body()?;
        Some((data, self.behind::<pdu::Data>(data.captured)?))
    }
}
