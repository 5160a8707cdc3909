/// Why a packet gave no TCP segment and no UDP datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Skipped {
    /// The capture's link type is not read here.
    #[error("unknown link type")]
    UnknownLink,
    /// The frame does not carry IP: ARP, LLDP, spanning tree, ...
    #[error("not IP")]
    NotIp,
    /// IP carries neither TCP nor UDP nor a tunnel that is read here.
    #[error("neither TCP nor UDP")]
    OtherProtocol,
    /// The snap length cut the packet before the end of its headers.
    #[error("cut by the snap length inside the headers")]
    Truncated,
    /// A header contradicts itself or the packet's length.
    #[error("malformed headers")]
    Malformed,
    /// A fragment of an IP datagram that is not complete yet.
    #[error("fragment of an incomplete IP datagram")]
    Fragment,
    /// More tunnels inside each other than are followed.
    #[error("tunnels nested too deeply")]
    TooDeep,
}

/// What became of the packets so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// All packets.
    pub packets: u64,
    /// Packets that gave a TCP segment.
    pub tcp: u64,
    /// Packets that gave a UDP datagram.
    pub udp: u64,
    /// [`Skipped::UnknownLink`].
    pub unknown_link: u64,
    /// [`Skipped::NotIp`].
    pub not_ip: u64,
    /// [`Skipped::OtherProtocol`].
    pub other_protocol: u64,
    /// [`Skipped::Truncated`].
    pub truncated: u64,
    /// [`Skipped::Malformed`].
    pub malformed: u64,
    /// [`Skipped::Fragment`]: put aside, most to be put together later.
    pub fragments: u64,
    /// IP datagrams put together from fragments; the last fragment of each gave its content.
    pub reassembled: u64,
    /// IP datagrams given up with fragments missing, overlapping or over the limits.
    pub incomplete_datagrams: u64,
    /// [`Skipped::TooDeep`].
    pub too_deep: u64,
}

impl Stats {
    pub(super) fn count(&mut self, skipped: Skipped) {
        let counter = match skipped {
            Skipped::UnknownLink => &mut self.unknown_link,
            Skipped::NotIp => &mut self.not_ip,
            Skipped::OtherProtocol => &mut self.other_protocol,
            Skipped::Truncated => &mut self.truncated,
            Skipped::Malformed => &mut self.malformed,
            Skipped::Fragment => &mut self.fragments,
            Skipped::TooDeep => &mut self.too_deep,
        };
        *counter += 1;
    }
}
