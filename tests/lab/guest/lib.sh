# What scripts in the guest share. Everything runs over the guest's own loopback.
#
# Ports: the initiator connects to 3260-3279, which is what is recorded. A target that is reached through the relay
# listens on 3360-3379, so that the recording holds each PDU once, as the initiator sent or received it.
#
#   targets      lio_target, lio_chap, lio_down, lio_up, tgt_target, tgt_set, tgt_chap, tgt_stop
#   in between   relay, arm, drop_packets, pass_packets
#   initiator    iscsid_start, iscsid_stop, node, set_node, on_node, login, logout, other_initiator,
#                device_timeout
#   I/O          write_some, read_some, write_read
#   waiting      until_true, until_attached, until_logged, until_state, until_back
#   recording    record, record_end, hand_over

IQN=iqn.2026-01.org.example:disk
LIO=/sys/kernel/config/target

# --- targets ----------------------------------------------------------------------------------------------------

# lio_target [PORT]: the kernel's own target with a RAM disk of 64 MiB. A second call adds a portal to it.
lio_target() {
    lio_tpg=$LIO/iscsi/$IQN/tpgt_1
    if [ ! -d $lio_tpg ]; then
        lio_disk rd_mcp_0 rd_pages=16384
        mkdir -p $lio_tpg/lun/lun_0
        ln -s $LIO/core/rd_mcp_0/disk $lio_tpg/lun/lun_0/store
        echo 0 >$lio_tpg/attrib/authentication
        echo 1 >$lio_tpg/attrib/generate_node_acls
        echo 0 >$lio_tpg/attrib/demo_mode_write_protect
    fi
    mkdir -p $lio_tpg/np/127.0.0.1:${1:-3260}
    [ $(<$lio_tpg/enable) = 1 ] || echo 1 >$lio_tpg/enable
}

# lio_disk KIND CONTROL: a backing store called `disk`.
lio_disk() {
    mkdir -p $LIO/iscsi $LIO/core/$1/disk
    echo $2 >$LIO/core/$1/disk/control
    echo 1 >$LIO/core/$1/disk/enable
}

# lio_chap USER SECRET [USER SECRET]: what the initiator must know, and what the target proves itself with.
lio_chap() {
    local auth=$LIO/iscsi/$IQN/tpgt_1/auth
    echo 1 >$LIO/iscsi/$IQN/tpgt_1/attrib/authentication
    echo -n $1 >$auth/userid
    echo -n $2 >$auth/password
    if [ $# -gt 2 ]; then
        echo -n $3 >$auth/userid_mutual
        echo -n $4 >$auth/password_mutual
    fi
}

lio_down() { echo 0 >$LIO/iscsi/$IQN/tpgt_1/enable; }
lio_up() { echo 1 >$LIO/iscsi/$IQN/tpgt_1/enable; }

lio_remove() {
    local tpg=$LIO/iscsi/$IQN/tpgt_1
    [ -d $LIO/iscsi ] || return 0
    if [ -d $tpg ]; then
        echo 0 >$tpg/enable
        rm -f $tpg/lun/lun_0/store
        rmdir $tpg/np/* $tpg/lun/lun_0 $tpg $LIO/iscsi/$IQN
    fi
    rmdir $LIO/core/*/disk 2>/dev/null
    return 0
}

# tgt_target [ADDRESS:]PORT [NAMESPACE]: tgt's daemon with a disk of 32 MiB at LUN 1. The port is its control port, too.
tgt_target() {
    local portal=127.0.0.1:$1
    case $1 in *:*) portal=$1 ;; esac
    tgt_port=${1##*:}
    [ -f /tmp/disk-$tgt_port ] || truncate -s 32M /tmp/disk-$tgt_port
    ${2:+ip netns exec $2} tgtd -f -C $tgt_port --iscsi portal=$portal >>/tmp/tgtd.log 2>&1 &
    tgtd=$!
    until_true tgt_admin --mode sys --op show >/dev/null 2>&1
    tgt_admin --op new --mode target --tid 1 -T $IQN
    tgt_admin --op new --mode logicalunit --tid 1 --lun 1 -b /tmp/disk-$tgt_port
    tgt_admin --op bind --mode target --tid 1 -I ALL
}

tgt_admin() { tgtadm -C $tgt_port --lld iscsi "$@"; }

# tgt_set NAME VALUE: a parameter of the target, such as a text key or a redirect.
tgt_set() { tgt_admin --op update --mode target --tid 1 -n $1 -v $2; }

tgt_chap() {
    tgt_admin --op new --mode account --user $1 --password $2
    tgt_admin --op bind --mode account --tid 1 --user $1
}

tgt_stop() {
    kill -KILL $tgtd
    wait $tgtd || true
    rm -f /var/run/tgtd/socket.$tgt_port*
}

# --- in between -------------------------------------------------------------------------------------------------

# relay PORT TARGET-PORT OPTIONS...: forwards PDUs and does to them what the options say (iscsi-relay --help). It
# counts PDUs only from `arm` on, so that a rule does not depend on how many commands a login and its scan take.
relay() {
    local port=$1 to=$2
    shift 2
    iscsi-relay --listen 127.0.0.1:$port --to 127.0.0.1:$to --after /tmp/armed "$@" >>/tmp/relay.log 2>&1 &
    relay=$!
    until_true listens $port
}

arm() { touch /tmp/armed; }

listens() { ss -Hltn "sport = :$1" | grep -q LISTEN; }

# drop_packets PORT: from now on nothing gets through, in either direction.
drop_packets() {
    nft add table inet lab
    nft add chain inet lab in '{ type filter hook input priority 0; }'
    nft add rule inet lab in tcp dport $1 drop
    nft add rule inet lab in tcp sport $1 drop
}

pass_packets() { nft delete table inet lab; }

# --- initiator --------------------------------------------------------------------------------------------------

# Its log is appended to: a scenario may start it twice.
iscsid_start() {
    iscsid -f -d 3 >>${iscsid_log:-/tmp/iscsid.log} 2>&1 &
    iscsid=$!
    until_true grep -q ISCSIADM_ABSTRACT_NAMESPACE /proc/net/unix
}

iscsid_stop() {
    killall -KILL iscsid 2>/dev/null
    until_true not pidof iscsid >/dev/null
}

# node [ADDRESS:]PORT NAME=VALUE...: makes a record and selects it for login and logout.
node() {
    portal=127.0.0.1:$1
    case $1 in *:*) portal=$1 ;; esac
    shift
    iscsiadm -m node -T $IQN -p $portal -o new >/dev/null
    set_node node.session.initial_login_retry_max=1 node.conn[0].timeo.login_timeout=5 "$@"
}

# set_node NAME=VALUE...: changes the selected record.
set_node() {
    local options=() setting
    for setting in "$@"; do options+=(-n "${setting%%=*}" -v "${setting#*=}"); done
    iscsiadm -m node -T $IQN -p $portal -o update "${options[@]}"
}

# Short enough for a scenario of seconds. A ping interval of 0 needs a timeout of 0 as well, or becomes 5.
SHORT_TIMEOUTS="node.conn[0].timeo.noop_out_interval=2 node.conn[0].timeo.noop_out_timeout=2
    node.session.err_timeo.abort_timeout=2 node.session.err_timeo.lu_reset_timeout=2
    node.session.err_timeo.tgt_reset_timeout=2"
NO_PINGS="node.conn[0].timeo.noop_out_interval=0 node.conn[0].timeo.noop_out_timeout=0"

on_node() { iscsiadm -m node -T $IQN -p $portal "$@"; }

# Logs in and waits for the disk, which is then $disk.
login() {
    on_node --login || return
    disk=
    until_true disk_appears
    sleep 0.5
}

disk_appears() {
    for disk in /dev/sd?; do [ -b "$disk" ] && return; done
    return 1
}

logout() {
    on_node --logout
    on_node -o delete
    sleep 0.5
}

# chap NAME SECRET: node settings for one-way CHAP.
chap() {
    echo node.session.auth.authmethod=CHAP node.session.auth.username=$1 node.session.auth.password=$2
}

# other_initiator ISID: a login with this host's name and this ISID (hexadecimal) from another connection, which stays for
# a second. One Login Request that goes straight to the operational stage and on (RFC 7143, section 11.12).
other_initiator() {
    local keys="InitiatorName=$(cut -d= -f2 /etc/iscsi/initiatorname.iscsi)\0TargetName=$IQN\0SessionType=Normal\0"
    # All of them, or the target has something left to ask.
    keys+="HeaderDigest=None\0DataDigest=None\0DefaultTime2Wait=2\0DefaultTime2Retain=0\0IFMarker=No\0OFMarker=No\0"
    keys+="ErrorRecoveryLevel=0\0InitialR2T=No\0ImmediateData=Yes\0MaxBurstLength=262144\0FirstBurstLength=65536\0"
    keys+="MaxOutstandingR2T=1\0MaxConnections=1\0DataPDUInOrder=Yes\0DataSequenceInOrder=Yes\0"
    keys+="MaxRecvDataSegmentLength=65536\0"
    local length=$(printf "$keys" | wc -c) isid
    isid=$(sed 's/../\\x&/g' <<<$1)
    exec 9<>/dev/tcp/${portal/://}
    {
        printf "\x43\x87\0\0\0$(printf '\\x%02x' $((length >> 16)) $((length >> 8 & 255)) $((length & 255)))$isid\0\0"
        printf '\0\0\0\1\0\0\0\0\0\0\0\1'
        head -c 20 /dev/zero
        printf "$keys"
        head -c $((-length & 3)) /dev/zero
    } >/tmp/login-request
    cat /tmp/login-request >&9
    sleep 1
    exec 9>&-
}

# log_error_handling: libiscsi tells the kernel's log what its error handler does.
log_error_handling() { echo 1 >/sys/module/libiscsi/parameters/debug_libiscsi_eh; }

# device_timeout SECONDS: after how long SCSI's error handling starts.
device_timeout() { echo $1 >/sys/block/${disk##*/}/device/timeout; }

# --- I/O --------------------------------------------------------------------------------------------------------

# write_some [SIZE [COUNT]], read_some [SIZE [COUNT]]: past the page cache, so that each block is one command.
write_some() { dd if=/dev/zero of=$disk bs=${1:-32k} count=${2:-1} oflag=direct 2>&1; }
read_some() { dd if=$disk of=/dev/null bs=${1:-32k} count=${2:-1} iflag=direct 2>&1; }

write_read() {
    write_some "$@"
    read_some "$@"
}

# --- waiting ----------------------------------------------------------------------------------------------------

not() { ! "$@"; }

# fails COMMAND...: must not succeed.
fails() { ! "$@"; }

# ends_with CODE COMMAND...: must end with this exit code.
ends_with() {
    local code=$1 status=0
    shift
    "$@" || status=$?
    [ $status = $code ] || { echo "ended with $status, not $code: $*" >&2; return 1; }
}

# until_true COMMAND...: for up to 30 s.
until_true() {
    local - try
    set +x
    for try in {1..150}; do
        "$@" && return
        sleep 0.2
    done
    echo "waited in vain for: $*" >&2
    return 1
}

# until_attached LOG: until the iscsi-trace whose stderr it is has attached its probes. Verifying some seventy programs
# takes an emulated processor its time, and a busy machine's even more.
until_attached() { until_true grep -q attached $1 || until_true grep -q attached $1; }

# until_logged TEXT: until the kernel's log holds it.
until_logged() { until_true logged "$1"; }
logged() { dmesg | grep -qF -- "$1"; }

# until_state STATE: LOGGED_IN, FAILED or FREE, of every session.
until_state() { until_true state_is $1; }
state_is() {
    local file
    for file in /sys/class/iscsi_session/*/state; do [ "$(<$file)" = $1 ] || return; done
}

# until_back: until the session is logged in again after an error, so that the script's end is not the recovery's.
until_back() {
    until_state LOGGED_IN
    until_true read_some 4k >/dev/null
}

# --- recording --------------------------------------------------------------------------------------------------

# record FILE INTERFACE [FILTER...]: from here on everything is recorded.
record() {
    local file=$1 interface=$2
    shift 2
    # What is waited for below may be there from the recording before.
    : >/tmp/tcpdump.log
    # Immediate and large buffers: or the last second is lost, or what came in a burst.
    tcpdump -n -i $interface --immediate-mode -U -s 70000 -B 65536 -Z root -w $file "$@" 2>/tmp/tcpdump.log &
    tcpdump=$!
    until_true grep -q listening /tmp/tcpdump.log
}

record_end() {
    sleep 1
    kill -INT $tcpdump
    wait $tcpdump
}

# hand_over NAME: what is in /out/NAME goes to the host's disk now, behind what went before.
hand_over() {
    local at size
    at=$(cat /run/handed-over 2>/dev/null || echo 0)
    tar -C /out -cf /tmp/handed-over "$1"
    dd if=/tmp/handed-over of=/dev/vda bs=1M seek=$at conv=fsync 2>/dev/null
    size=$(stat -c %s /tmp/handed-over)
    echo $((at + (size + 1048575) / 1048576)) >/run/handed-over
    rm /tmp/handed-over
}
