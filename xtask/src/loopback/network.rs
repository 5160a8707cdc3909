//! Network namespaces: recordings neither meet this machine's own traffic nor its services.

use std::process::Command;

use crate::run;

/// What lies between initiator and target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// One namespace, everything on `lo`.
    Loopback,
    /// Two namespaces joined by a virtual cable with an MTU of 1500 and no segmentation offload.
    Cable,
    /// Two such cables and a switch in a third namespace that loses packets.
    Lossy,
    /// The same cable carrying a VXLAN.
    Vxlan,
}

const INITIATOR: &str = "iscsi-trace-i";
const TARGET: &str = "iscsi-trace-t";
const MIDDLE: &str = "iscsi-trace-m";

const CABLE: &[&str] =
    &["ip link add cable netns iscsi-trace-i type veth peer name cable netns iscsi-trace-t"];
/// Without offloads a packet in the capture is a packet on the wire.
const PLUG_IN: &[&str] = &[
    "ip netns exec iscsi-trace-i ethtool -K cable tso off gso off gro off tx off",
    "ip netns exec iscsi-trace-t ethtool -K cable tso off gso off gro off tx off",
    "ip -n iscsi-trace-i link set cable up",
    "ip -n iscsi-trace-t link set cable up",
];
/// The initiator is .1, the target .2.
const ADDRESSES: &[&str] = &[
    "ip -n iscsi-trace-i address add 192.0.2.1/24 dev cable",
    "ip -n iscsi-trace-t address add 192.0.2.2/24 dev cable",
];
/// A switch between the two that drops what it receives now and then. Seen from the initiator, its own packets are
/// there and come again, while the target's are missing and arrive late.
const LOSSY: &[&str] = &[
    "ip link add cable netns iscsi-trace-i type veth peer name left netns iscsi-trace-m",
    "ip link add right netns iscsi-trace-m type veth peer name cable netns iscsi-trace-t",
    "ip -n iscsi-trace-m link add switch type bridge",
    "ip -n iscsi-trace-m link set left master switch",
    "ip -n iscsi-trace-m link set right master switch",
    "ip -n iscsi-trace-m link set switch up",
    "ip -n iscsi-trace-m link set left up",
    "ip -n iscsi-trace-m link set right up",
    "ip netns exec iscsi-trace-m nft add table netdev loss",
    "ip netns exec iscsi-trace-m nft add chain netdev loss left { type filter hook ingress device left priority 0 ; }",
    "ip netns exec iscsi-trace-m nft add chain netdev loss right { type filter hook ingress device right priority 0 ; }",
    "ip netns exec iscsi-trace-m nft add rule netdev loss left ip length > 500 numgen inc mod 11 == 4 drop",
    "ip netns exec iscsi-trace-m nft add rule netdev loss right ip length > 500 numgen inc mod 9 == 3 drop",
];
const VXLAN: &[&str] = &[
    "ip -n iscsi-trace-i address add 198.51.100.1/24 dev cable",
    "ip -n iscsi-trace-t address add 198.51.100.2/24 dev cable",
    "ip -n iscsi-trace-i link add vx type vxlan id 42 remote 198.51.100.2 dstport 4789 dev cable",
    "ip -n iscsi-trace-t link add vx type vxlan id 42 remote 198.51.100.1 dstport 4789 dev cable",
    "ip -n iscsi-trace-i address add 192.0.2.1/24 dev vx",
    "ip -n iscsi-trace-t address add 192.0.2.2/24 dev vx",
    "ip -n iscsi-trace-i link set vx up",
    "ip -n iscsi-trace-t link set vx up",
];

/// The namespaces of one recording; gone when dropped.
#[derive(Debug)]
pub struct Network {
    layout: Layout,
}

impl Network {
    /// Builds the network, after removing what an interrupted run may have left.
    pub fn build(layout: Layout) -> anyhow::Result<Self> {
        let network = Self { layout };
        for name in network.namespaces() {
            run::succeeds(Command::new("ip").args(["netns", "delete", name]));
            words(&format!("ip netns add {name}"))?;
            words(&format!("ip -n {name} link set lo up"))?;
        }
        let steps: &[&[&str]] = match layout {
            Layout::Loopback => &[],
            Layout::Cable => &[CABLE, PLUG_IN, ADDRESSES],
            Layout::Lossy => &[LOSSY, PLUG_IN, ADDRESSES],
            Layout::Vxlan => &[CABLE, PLUG_IN, VXLAN],
        };
        steps.iter().copied().flatten().try_for_each(|line| words(line))?;
        Ok(network)
    }

    /// A command on the initiator's side; the sniffer sits here too.
    pub fn initiator(&self, program: &str) -> Command {
        inside(INITIATOR, program)
    }

    /// A command on the target's side.
    pub fn target(&self, program: &str) -> Command {
        inside(self.namespaces().last().copied().unwrap_or(INITIATOR), program)
    }

    fn namespaces(&self) -> &'static [&'static str] {
        match self.layout {
            Layout::Loopback => &[INITIATOR],
            Layout::Lossy => &[INITIATOR, MIDDLE, TARGET],
            Layout::Cable | Layout::Vxlan => &[INITIATOR, TARGET],
        }
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for name in self.namespaces() {
            run::succeeds(Command::new("ip").args(["netns", "delete", name]));
        }
    }
}

fn inside(namespace: &str, program: &str) -> Command {
    let mut command = Command::new("ip");
    command.args(["netns", "exec", namespace, program]);
    command
}

fn words(line: &str) -> anyhow::Result<()> {
    let mut words = line.split_whitespace();
    let program = words.next().unwrap_or_default();
    run::quiet(Command::new(program).args(words)).map(drop)
}
