# A network that fails under a session, and iscsi-trace watching.

. /lib.sh

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }

{
    lio_target 3260
    iscsid_start
    node 3260 $SHORT_TIMEOUTS
} >/dev/null 2>&1

say '# iscsi-trace live &'
iscsi-trace live 2>/tmp/live.log &
live=$!
until_true grep attached /tmp/live.log
say '# iscsiadm -m node --login'
login >/dev/null
say '# nft add rule ... tcp dport 3260 drop     (the network fails)'
drop_packets 3260
until_logged 'detected conn error (1022)'
say '# nft delete table ...                     (and comes back)'
pass_packets
until_back
say '# iscsiadm -m node --logout'
logout >/dev/null
say '# kill -INT %1                             (iscsi-trace sums up)'
kill -INT $live
wait $live
sed 1d /tmp/live.log
