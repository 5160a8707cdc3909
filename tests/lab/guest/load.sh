# I/O at full speed with different onlookers, round after round, so that what changes over time hits all of them.
# Leaves fio's reports and what the onlookers said in /out; `cargo xtask lab load` reads them.

. /lib.sh
. /lab/settings
set -eu

ONLOOKERS="nobody count stream bpftrace"

# Emulated code is translated anew after probes were attached: the first seconds do not count.
fio_run() {
    fio --ramp_time=3 --name=load --filename=$disk --direct=1 --ioengine=libaio --iodepth=16 --rw=randread --bs=4k \
        --time_based --runtime=$seconds --eta=never --output-format=json --output="$1"
}

start_nobody() { :; }
start_count() { onlooker iscsi-trace live --count; }
start_stream() { onlooker iscsi-trace live -d all,-FUNCTION --output json; }
start_bpftrace() { onlooker bpftrace -B none /lab/load.bt; }

# Its output goes to /tmp/seen, which is memory: a disk is not what is measured.
onlooker() {
    # What is waited for below may be there from the round before.
    : >/tmp/seen 2>/tmp/said
    "$@" >/tmp/seen 2>/tmp/said &
    onlooker=$!
    until_true grep -q attached /tmp/said /tmp/seen
    # The kernel goes on tidying up behind the attaching for seconds; what is measured is watching.
    sleep 15
}

# stop NAME: and keep what it has to say.
stop() {
    [ $onlooker != 0 ] || return 0
    cp /proc/$onlooker/status /out/$1.status
    kill -INT $onlooker
    # bpftrace was seen not to end.
    until_true is_gone $onlooker || kill -KILL $onlooker
    wait $onlooker || true
    onlooker=0
    cp /tmp/said /out/$1.said
}

is_gone() { ! grep -q '^State:[[:space:]]*[^Z]' /proc/$1/status 2>/dev/null; }

# What every program attached has cost so far: runs, nanoseconds, and runs the kernel left out.
program_costs() {
    local entry
    for entry in /proc/$onlooker/fdinfo/*; do
        # Links have the number of their program, too, but not what it cost.
        grep -E '^(run_cnt|run_time_ns|recursion_misses)' $entry || true
    done 2>/dev/null | awk '{ sum[$1] += $2 } END { for (name in sum) print name, sum[name] }'
}

lio_target 3260
iscsid_start
node 3260 $NO_PINGS
login
fio_run /out/warm-up.json
order=$ONLOOKERS
for round in $(seq $rounds); do
    # Each is first, second, third and last in turn: what comes right after another may profit or suffer from it.
    [ $round = 1 ] || order="${order#* } ${order%% *}"
    for name in $order; do
        onlooker=0
        start_$name
        fio_run /out/$name-$round.json
        stop $name-$round
        if [ $name = stream ]; then
            grep -c '"opcode"' /tmp/seen >/out/$name-$round.pdus || true
            grep '"event":"loss"' /tmp/seen >/out/$name-$round.losses || true
        fi
        echo "lab: $name $round"
    done
done

# Measuring the programs themselves slows them down, so it has a round of its own.
echo 1 >/proc/sys/kernel/bpf_stats_enabled
for name in $ONLOOKERS; do
    [ $name != nobody ] || continue
    onlooker=0
    start_$name
    before=$(iscsiadm -m session -s)
    fio_run /out/$name-costs.json
    iscsiadm -m session -s >/out/$name.after
    echo "$before" >/out/$name.before
    program_costs >/out/$name.costs
    stop $name-costs
    [ $name != stream ] || cp /tmp/seen /out/stream.jsonl
done
logout
iscsid_stop
lio_remove
