//! `struct tcp_info` (kernel: `include/uapi/linux/tcp.h`). It only ever grows at its end, so what a kernel does not
//! send is what it does not know.

use super::Tcp;

/// Takes over what the kernel sent.
pub(super) fn fill(tcp: &mut Tcp, info: &[u8]) {
    tcp.retransmits = info.get(2).copied().unwrap_or_default();
    tcp.rto_us = word(info, 8);
    tcp.send_mss_bytes = word(info, 16);
    tcp.unacknowledged_segments = word(info, 24);
    tcp.lost_segments = word(info, 32);
    tcp.last_sent_ms = word(info, 44);
    tcp.last_received_ms = word(info, 52);
    tcp.path_mtu_bytes = word(info, 60);
    tcp.rtt_us = word(info, 68);
    tcp.rtt_variation_us = word(info, 72);
    tcp.slow_start_threshold_segments = word(info, 76).filter(|&segments| segments < NO_THRESHOLD);
    tcp.congestion_window_segments = word(info, 80);
    tcp.retransmitted_segments = word(info, 100);
    tcp.acknowledged_bytes = double(info, 120);
    tcp.received_bytes = double(info, 128);
    tcp.rtt_min_us = word(info, 148).filter(|&rtt| rtt != u32::MAX);
    tcp.retransmitted_bytes = double(info, 208);
    tcp.peer_window_bytes = word(info, 228);
}

/// What the kernel starts with (kernel: `TCP_INFINITE_SSTHRESH`).
const NO_THRESHOLD: u32 = 0x7fff_ffff;

fn word(info: &[u8], offset: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(*info.get(offset..)?.first_chunk()?))
}

fn double(info: &[u8], offset: usize) -> Option<u64> {
    Some(u64::from_ne_bytes(*info.get(offset..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_kernels_shorter_answer_leaves_the_rest_absent() {
        let mut info = vec![0_u8; 104];
        info[2] = 3;
        info[68..72].copy_from_slice(&1500_u32.to_ne_bytes());
        info[76..80].copy_from_slice(&0x7fff_ffff_u32.to_ne_bytes());
        info[100..104].copy_from_slice(&7_u32.to_ne_bytes());
        let mut tcp = Tcp::default();
        fill(&mut tcp, &info);
        assert_eq!(
            (tcp.retransmits, tcp.rtt_us, tcp.retransmitted_segments),
            (3, Some(1500), Some(7))
        );
        assert_eq!(tcp.slow_start_threshold_segments, None);
        assert_eq!((tcp.received_bytes, tcp.peer_window_bytes), (None, None));
        fill(&mut tcp, &[]);
        assert_eq!(tcp.rtt_us, None);
    }
}
