//! A socket in three lines: how it is, what it lost, what waits in it.

use super::units::{bytes, milliseconds};
use crate::host::tcp::Tcp;

pub(super) fn lines(tcp: &Tcp) -> [String; 3] {
    [condition(tcp), losses(tcp), queues(tcp)]
}

fn condition(tcp: &Tcp) -> String {
    let mut text = tcp.state.to_owned();
    let times = [
        ("rtt", tcp.rtt_us),
        ("±", tcp.rtt_variation_us),
        ("least", tcp.rtt_min_us),
        ("rto", tcp.rto_us),
    ];
    for (name, time) in times {
        if let Some(time) = time {
            let comma = if name == "±" { "" } else { "," };
            text.push_str(&format!("{comma} {name} {}", milliseconds(time)));
        }
    }
    add(
        &mut text,
        "cwnd",
        tcp.congestion_window_segments.map(|segments| format!("{segments} segments")),
    );
    add(
        &mut text,
        "ssthresh",
        tcp.slow_start_threshold_segments.map(|segments| segments.to_string()),
    );
    add(&mut text, "", tcp.congestion.clone());
    text
}

fn losses(tcp: &Tcp) -> String {
    let mut text = match (tcp.retransmitted_segments, tcp.retransmitted_bytes) {
        (Some(segments), Some(sent)) => {
            format!("retransmitted {segments} segments ({})", bytes(sent))
        }
        (Some(segments), None) => format!("retransmitted {segments} segments"),
        (None, _) => "retransmissions not known".to_owned(),
    };
    if tcp.retransmits > 0 {
        text.push_str(&format!(
            ", now waiting after {} retransmissions of the same data",
            tcp.retransmits
        ));
    }
    add(
        &mut text,
        "unacknowledged",
        tcp.unacknowledged_segments.map(|segments| format!("{segments} segments")),
    );
    add(&mut text, "lost", tcp.lost_segments.filter(|&lost| lost > 0).map(|lost| lost.to_string()));
    add(&mut text, "dropped", tcp.drops.filter(|&drops| drops > 0).map(|drops| drops.to_string()));
    add(&mut text, "last sent", tcp.last_sent_ms.map(|time| format!("{time} ms ago")));
    add(&mut text, "last received", tcp.last_received_ms.map(|time| format!("{time} ms ago")));
    text
}

fn queues(tcp: &Tcp) -> String {
    let mut text = format!(
        "receive queue {}, send queue {}",
        bytes(tcp.receive_queue_bytes.into()),
        bytes(tcp.send_queue_bytes.into())
    );
    add(&mut text, "target's window", tcp.peer_window_bytes.map(|window| bytes(window.into())));
    add(&mut text, "MSS", tcp.send_mss_bytes.map(|mss| mss.to_string()));
    add(&mut text, "path MTU", tcp.path_mtu_bytes.map(|mtu| mtu.to_string()));
    add(&mut text, "memory held", tcp.memory_bytes.map(bytes));
    text
}

fn add(text: &mut String, name: &str, value: Option<String>) {
    if let Some(value) = value {
        let blank = if name.is_empty() { "" } else { " " };
        text.push_str(&format!(", {name}{blank}{value}"));
    }
}
