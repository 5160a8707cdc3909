# Runs the scenarios of /lab/order (name, seconds, whether iscsi-trace watches), each from a clean state. The host follows on this
# script's output: lines beginning with `lab:`.

. /lib.sh

# What one scenario may leave behind that would disturb the next; nothing if the guest is clean.
leftovers() {
    local found
    ps -o pid,ppid,comm >/tmp/processes
    # Children of process 2 are the kernel's own.
    found=$(awk -v own=$$ 'NR > 1 && $1 > 2 && $2 != 2 && $1 != own && $3 != "ps" { print $3 }' /tmp/processes)
    [ -z "$found" ] || echo "processes: $found"
    ls -d /sys/class/iscsi_session/* /sys/class/iscsi_host/* /etc/iscsi/nodes/* $LIO/iscsi/iqn.* $LIO/core/*/disk \
        /dev/mapper/[!c]* 2>/dev/null
    nft list ruleset
    tc qdisc show dev lo | grep -v noqueue
    cat /sys/kernel/debug/kprobes/list
    [ -d /sys/module/iscsi_tcp ] || echo "iscsi_tcp is not loaded"
    # Linux 7.3 now and then warns of how its own work queues wait for each other when a session ends.
    dmesg | grep -E 'BUG:|Oops|WARNING:|blocked for more than' | grep -v check_flush_dependency
    return 0
}

clean_up() {
    local session
    # Without a daemon iscsiadm cannot log out.
    pidof iscsid >/dev/null || iscsid_start
    pidof tgtd iscsi-relay >/dev/null && killall -CONT tgtd iscsi-relay 2>/dev/null
    iscsiadm -m session >/dev/null 2>&1 && timeout 40 iscsiadm -m node -u
    for session in /sys/class/iscsi_session/*; do
        [ -d $session ] && echo "$session did not go away"
    done
    sleep 0.3
    stop_tracing
    sleep 0.3
    record_end
    killall -KILL iscsid tgtd iscsi-relay dd 2>/dev/null
    rm -rf /var/run/tgtd/* /etc/iscsi/nodes/*
    lio_remove
    nft flush ruleset
    tc qdisc del dev lo root 2>/dev/null
    ip link set dev lo mtu 65536 gso_max_size 65536
    dmsetup remove_all --force --noudevsync 2>/dev/null
    iscsi-trace debug reset
    echo 0 >/sys/module/libiscsi/parameters/debug_libiscsi_eh
    modprobe iscsi_tcp
    sleep 0.3
}

# The exit code goes to $tracer; without tracing there is none.
start_tracing() {
    tracer=
    [ $tracing = yes ] || return 0
    iscsi-trace live -d all,-FUNCTION --output json -w $out/events.pcapng >$out/events.jsonl 2>$out/live.log &
    tracing_pid=$!
    # The first one in a guest takes even longer than until_attached allows.
    until_true attached_or_gone || until_true attached_or_gone || until_true attached_or_gone
    grep -q '^iscsi-trace: attached' $out/live.log
}

attached_or_gone() { grep -q '^iscsi-trace: attached' $out/live.log || not kill -0 $tracing_pid 2>/dev/null; }

# A tracer that does not end on being asked to is killed, and its exit code says so.
stop_tracing() {
    [ $tracing = yes ] || return 0
    kill -INT $tracing_pid 2>/dev/null
    until_true not kill -0 $tracing_pid 2>/dev/null || kill -KILL $tracing_pid
    wait $tracing_pid
    tracer=$?
}

# run NAME SECONDS
run() {
    local status start=$(cut -d. -f1 /proc/uptime)
    # What a script puts there comes to the host.
    export out=/out/$1 iscsid_log=/out/$1/iscsid.log
    mkdir -p $out
    dmesg -c >/dev/null
    record $out/wire.pcap lo tcp portrange 3260-3279
    start_tracing
    iscsid_start
    timeout -k 2 $2 bash -euxo pipefail -c ". /lib.sh 2>/dev/null; . /lab/scenarios/$1.sh" >$out/script.log 2>&1 </dev/null
    status=$?
    clean_up >$out/clean-up.log 2>&1
    for log in tgtd relay; do mv /tmp/$log.log $out/ 2>/dev/null; done
    # The next script waits for words in files of its own: it must not find there what this one's had.
    rm -rf /tmp/*
    dmesg >$out/dmesg.txt
    leftovers >$out/leftovers.txt 2>&1
    {
        echo "script_status = $status"
        [ -z "$tracer" ] || echo "tracer_status = $tracer"
        echo "seconds = $(($(cut -d. -f1 /proc/uptime) - start))"
    } >$out/guest.toml
    clean=yes
    [ ! -s $out/leftovers.txt ] || clean=no
    # Lasts until the next boot.
    [ ! -e /sys/kernel/security/lockdown ] || grep -qF '[none]' /sys/kernel/security/lockdown || clean=no
    hand_over $1
    rm -rf $out
}

leftovers >/out/before.txt 2>&1
if [ -s /out/before.txt ]; then
    echo "unclean from the start: $(</out/before.txt)"
    exit 1
fi
while read -r name seconds tracing; do
    echo "lab: begin $name"
    run $name $seconds
    echo "lab: end $name"
    # The host boots another guest for what is left.
    [ $clean = yes ] || exit 0
done </lab/order
