#!/bin/sh
# Installs the servers that the tests talk to (Debian, Ubuntu), if they are not there yet.
set -eu
missing=
need() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || missing="$missing $2"; }
need dovecot dovecot-imapd
[ -x /usr/lib/dovecot/lmtp ] || missing="$missing dovecot-lmtpd"
need smtp-sink postfix
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then as_root=; elif command -v sudo >/dev/null 2>&1; then as_root=sudo; else
    echo "The tests need these packages, and only root may install them:$missing" >&2
    echo "Ask the owner of this machine for: apt-get install$missing" >&2
    exit 1
fi
echo "Installing for the tests:$missing"
export DEBIAN_FRONTEND=noninteractive
# The servers are started by the tests themselves, on loopback; the packages' own services stay off.
policy=/usr/sbin/policy-rc.d
made_policy=
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null && $as_root chmod +x "$policy" && made_policy=1
fi
$as_root apt-get update -qq
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
[ -z "$made_policy" ] || $as_root rm -f "$policy"
