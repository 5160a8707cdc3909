# A login shell on the console; leaving it ends the guest.

cat >/root/.bashrc <<'EOF'
PS1='lab \w # '
. /lib.sh
stty -F /dev/ttyS0 sane rows 40 columns 120
echo "functions for targets and sessions are loaded (/lib.sh); leave with exit or Ctrl-A X"
EOF
exec setsid -c bash -i </dev/ttyS0 >/dev/ttyS0 2>&1
