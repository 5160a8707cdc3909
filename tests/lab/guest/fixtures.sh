# Records what needs kernel modules this machine may lack: the kernel's own initiator and target, VLANs, GRE.
# Every function leaves /out/NAME.pcap; the names are in xtask/src/fixtures/guest.rs.

set -x
. /lib.sh

both_digests() {
    node 3260 node.conn[0].iscsi.HeaderDigest=CRC32C node.conn[0].iscsi.DataDigest=CRC32C
    record /out/kernel-both-digests.pcap lo tcp port 3260
    login
    write_read
    logout
    record_end
}

kernel_session() {
    record /out/kernel-session.pcap lo tcp port 3260
    iscsiadm -m discovery -t sendtargets -o nonpersistent -p 127.0.0.1:3260
    node 3260 node.conn[0].timeo.noop_out_interval=1 node.conn[0].timeo.noop_out_timeout=3
    login
    write_read
    sleep 2.5
    logout
    record_end
}

# A namespace with the target, reached over a veth pair and what lies on top of it.
tunnels() {
    ip netns add target
    ip link add cable type veth peer name cable netns target
    ip link set cable up
    ip -n target link set cable up
    ip -n target link set lo up

    ip link add link cable name vlan7 type vlan id 7
    ip -n target link add link cable name vlan7 type vlan id 7
    over vlan7 192.0.2 kernel-vlan

    ip link add link cable name outer type vlan proto 802.1ad id 100
    ip -n target link add link cable name outer type vlan proto 802.1ad id 100
    ip link set outer up
    ip -n target link set outer up
    ip link add link outer name vlan8 type vlan id 8
    ip -n target link add link outer name vlan8 type vlan id 8
    over vlan8 198.51.100 kernel-qinq

    ip address add 10.0.0.1/24 dev cable
    ip -n target address add 10.0.0.2/24 dev cable
    ip link add gre7 type gre local 10.0.0.1 remote 10.0.0.2
    ip -n target link add gre7 type gre local 10.0.0.2 remote 10.0.0.1
    over gre7 203.0.113 kernel-gre
}

# over DEVICE SUBNET NAME: a session through the device, recorded below it.
over() {
    ip link set $1 up
    ip -n target link set $1 up
    ip address add $2.1/24 dev $1
    ip -n target address add $2.2/24 dev $1
    tgt_target $2.2:3260 target
    node $2.2:3260
    record /out/$3.pcap cable
    login
    write_read 16k
    logout
    record_end
    tgt_stop
}

chap_refused() {
    tgt_target 3262
    tgt_chap ada lovelace-1815
    node 3262 node.session.auth.authmethod=CHAP node.session.auth.username=ada \
        node.session.auth.password=difference-1822
    record /out/kernel-chap-refused.pcap lo tcp port 3262
    on_node --login
    record_end
    on_node -o delete
    tgt_stop
}

# The target stops answering but its kernel still acknowledges: pings time out.
ping_timeout() {
    tgt_target 3262
    node 3262 node.conn[0].timeo.noop_out_interval=1 node.conn[0].timeo.noop_out_timeout=2
    record /out/kernel-ping-timeout.pcap lo tcp port 3262
    login
    kill -STOP $tgtd
    sleep 5
    kill -CONT $tgtd
    sleep 5
    write_read 4k
    logout
    record_end
    tgt_stop
}

# The target dies under a mounted filesystem and never comes back.
target_killed() {
    tgt_target 3262
    node 3262 node.session.timeo.replacement_timeout=3
    login
    mke2fs -q -t ext4 $disk
    mkdir -p /mnt
    mount $disk /mnt
    record /out/kernel-target-killed.pcap lo tcp port 3262
    echo before >/mnt/file
    sync
    kill -KILL $tgtd
    sleep 1
    echo after >/mnt/file
    timeout 20 sync
    sleep 6
    timeout 10 sync
    record_end
    umount /mnt
}

iscsid_log=/out/iscsid.log
iscsid_start
lio_target
both_digests
kernel_session
tunnels
chap_refused
ping_timeout
target_killed
