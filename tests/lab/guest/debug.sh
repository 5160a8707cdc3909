# What the debug-* scenarios share; /lib.sh is read already.
#
#   categories      borrow, heard, only_of, silent_otherwise
#   what is set     knobs, unchanged, changed, modes_are_as_the_table_says

# A session's life, short: everything a healthy session does, a ping and a reset of the unit among it.
session_life() {
    login
    write_read 64k 1
    sg_reset -d $disk
    sleep 2
    on_node --logout
    sleep 0.3
}

# borrow FILE CATEGORIES [OPTIONS...]: what a session's life makes the kernel say goes to FILE.
borrow() {
    local file=$1 categories=$2
    shift 2
    iscsi-trace debug run --messages-only -d $categories "$@" --output json -- bash -c '. /lib.sh; . /debug.sh; portal=$0; session_life' $portal \
        >$file 2>$file.err
}

# heard FILE FUNCTION...: each (or NAME|FORMER_NAME) is among those who spoke.
heard() {
    local file=$1 function
    shift
    for function in "$@"; do
        grep -qE "\"(function|tracepoint)\":\"($function)\"" $file && continue
        echo "$file: nothing of $function, only of" $(sed -n 's/.*"function":"\([^"]*\)".*/\1/p' $file | sort -u) >&2
        return 1
    done
}

# only_of FILE CATEGORY: every message is of that category.
only_of() { fails grep -vE "\"categories\":\"([A-Z_]+,)*$2[,\"]" $1; }

# knobs: every setting of every loaded driver as it stands, and what a run could leave behind.
knobs() {
    cat /proc/sys/dev/scsi/logging_level
    grep -sH . $(ls /sys/module/{*iscsi*,*cxgb*,qedi,qla4xxx,ib_iser*}/parameters/*{debug,dbg,log}* 2>/dev/null) || true
    grep -E '\[(iscsi_target_mod|cxgbit)\][^ ]* =[^_]' /proc/dynamic_debug/control || true
    ls /sys/kernel/tracing/instances
    ls /run/iscsi-trace 2>/dev/null | grep -v debug.lock || true
}

# unchanged: everything is as `knobs >/tmp/knobs` found it.
unchanged() { knobs | diff /tmp/knobs - >&2; }

# changed: a setting is not as then.
changed() { fails unchanged 2>/dev/null; }

# modes_are_as_the_table_says: for every file `debug show --all --output json >/tmp/show` found.
modes_are_as_the_table_says() {
    local mode file
    sed -n 's/.*"path":"\([^"]*\)","mode":"\([0-7]*\)","state":"\(ready\|set at start only\)".*/\2 \1/p' /tmp/show >/tmp/modes
    [ -s /tmp/modes ]
    while read -r mode file; do
        [ 0$(stat -c %a $file) = $mode ] || { echo "$file has not mode $mode" >&2; return 1; }
    done </tmp/modes
}
