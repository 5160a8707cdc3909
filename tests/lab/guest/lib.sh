# What scripts in the guest share: targets, sessions, recording.

IQN=iqn.2026-01.org.example:disk
LIO=/sys/kernel/config/target

# hand_over NAME: what is in /out/NAME goes to the host's disk now, behind what went before.
hand_over() {
    tar -C /out -cf /tmp/handed-over "$1"
    dd if=/tmp/handed-over of=/dev/vda bs=1M seek=$(cat /run/handed-over 2>/dev/null || echo 0) conv=fsync 2>/dev/null
    size=$(stat -c %s /tmp/handed-over)
    echo $(($(cat /run/handed-over 2>/dev/null || echo 0) + (size + 1048575) / 1048576)) >/run/handed-over
    rm /tmp/handed-over
}

# LIO with a RAM disk: the kernel's own target, which does data digests.
lio() {
    mkdir -p $LIO/core/rd_mcp_0/ram $LIO/iscsi
    echo rd_pages=4096 >$LIO/core/rd_mcp_0/ram/control
    echo 1 >$LIO/core/rd_mcp_0/ram/enable
    tpg=$LIO/iscsi/$IQN/tpgt_1
    mkdir -p $tpg/lun/lun_0 $tpg/np/127.0.0.1:3260
    ln -s $LIO/core/rd_mcp_0/ram $tpg/lun/lun_0/store
    echo 0 >$tpg/attrib/authentication
    echo 1 >$tpg/attrib/generate_node_acls
    echo 0 >$tpg/attrib/demo_mode_write_protect
    echo 1 >$tpg/enable
}

# tgt on another port, in a network namespace if one is given.
tgt() {
    truncate -s 32M /tmp/disk
    ${2:+ip netns exec $2} tgtd -f -C 7 --iscsi portal=$1 >/tmp/tgtd.log 2>&1 &
    tgtd=$!
    for try in $(seq 50); do
        tgtadm -C 7 --lld iscsi --mode sys --op show >/dev/null 2>&1 && break
        sleep 0.1
    done
    tgtadm -C 7 --lld iscsi --op new --mode target --tid 1 -T $IQN
    tgtadm -C 7 --lld iscsi --op new --mode logicalunit --tid 1 --lun 1 -b /tmp/disk
    tgtadm -C 7 --lld iscsi --op bind --mode target --tid 1 -I ALL
}

tgt_stop() {
    kill -KILL $tgtd
    wait $tgtd
    rm -f /var/run/tgtd/socket.7*
}

# begin NAME INTERFACE [FILTER...]: from here on everything is recorded.
begin() {
    name=$1
    tcpdump -n -i $2 --immediate-mode -U -s 66000 -B 65536 -Z root -w /out/$name.pcap $3 $4 $5 2>/tmp/tcpdump.log &
    tcpdump=$!
    until grep -q listening /tmp/tcpdump.log; do sleep 0.1; done
}

end() {
    sleep 1
    kill -INT $tcpdump
    wait $tcpdump
}

# The node record of PORTAL, with parameters name=value.
node_new() {
    portal=$1
    shift
    iscsiadm -m node -T $IQN -p $portal -o new
    for setting in node.session.initial_login_retry_max=1 node.conn[0].timeo.login_timeout=5 "$@"; do
        iscsiadm -m node -T $IQN -p $portal -o update -n ${setting%%=*} -v ${setting#*=}
    done
}

node() { iscsiadm -m node -T $IQN -p $portal "$@"; }

login() {
    node --login || return
    disk=
    for try in $(seq 100); do
        for device in /dev/sd?; do [ -b $device ] && disk=$device; done
        [ -n "$disk" ] && break
        sleep 0.1
    done
    sleep 0.5
}

node_delete() {
    node --logout
    node -o delete
    sleep 0.5
}

write_read() {
    dd if=/dev/zero of=$disk bs=${1:-32k} count=1 oflag=direct
    dd if=$disk of=/dev/null bs=${1:-32k} count=1 iflag=direct
}
