#!/bin/sh
# Brings a fresh Debian or Ubuntu machine with Node.js to the point where everything here runs: Debian packages,
# node modules, build. Does only what is missing; says what it does. Needs root only for Debian packages, which
# --without-packages leaves out. --for-package adds what makes a Debian package, --for-package-test what tries one, and
# --for-console-test the browser that tries the console.
set -eu
cd "$(dirname "$0")/.."

say() { printf 'setup: %s\n' "$*" >&2; }

packages=yes
[ "${1:-}" != --without-packages ] || packages=no

# command:package; libpcap's header stands for its development package.
missing=
tools='ip:iproute2 ping:iputils-ping tcpdump:tcpdump tshark:tshark nft:nftables ethtool:ethtool
  iperf3:iperf3 curl:curl strace:strace systemd-analyze:systemd script:bsdutils make:make g++:g++ python3:python3'
case ${1:-} in
  --for-package*) tools="$tools dpkg-shlibdeps:dpkg-dev strip:binutils" ;;
esac
[ "${1:-}" != --for-package-test ] || tools="$tools lintian:lintian debootstrap:debootstrap"
[ "${1:-}" != --for-console-test ] || tools="$tools chromium:chromium"
for pair in $tools; do
  command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair#*:}"
done
[ -e /usr/include/pcap/pcap.h ] || missing="$missing libpcap-dev"

if [ "$packages" = yes ] && [ -n "$missing" ]; then
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    say "missing:$missing; install them, or run this as root on Debian or Ubuntu"
    exit 1
  fi
  say "installing Debian packages:$missing"
  log=$(mktemp)
  if ! { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    say "installing the Debian packages failed"
    exit 1
  fi
  rm -f "$log"
fi

# Clients of the control API, and podman, for tests that are skipped without them: not every system has these packages. The
# clients are the distribution's, whatever stands before them in PATH.
clients=
[ -x /usr/bin/aws ] || clients="$clients awscli"
/usr/bin/python3 -c 'import boto3' >/dev/null 2>&1 || clients="$clients python3-boto3"
[ "${1:-}" != --for-package-test ] || command -v podman >/dev/null 2>&1 || clients="$clients podman"
# podman brings crun, which not every machine's control groups suit.
[ "${1:-}" != --for-package-test ] || command -v runc >/dev/null 2>&1 || clients="$clients runc"
if [ "$packages" = yes ] && [ -n "$clients" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  for package in $clients; do
    say "installing the Debian package $package, for tests"
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$package"; } >/dev/null 2>&1 ||
      say "not available: $package; tests with it are skipped"
  done
fi

# npm writes this file last, so it stands for a complete installation of just this lockfile.
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  say "installing node modules"
  npm ci --no-audit --no-fund --loglevel=error >&2
  # Or the first run loads the plugins that .taprc leaves out, which cost each process of tests a second.
  npx tap build >/dev/null 2>&1 || say "tap keeps its plugins: the first run of the tests takes longer"
  touch node_modules/.package-lock.json
fi
for addon in cap/build/Release/cap.node raw-socket/build/Release/raw.node; do
  if [ ! -e "node_modules/$addon" ]; then
    say "building ${addon%%/*}"
    npm rebuild "${addon%%/*}" --loglevel=error >&2
  fi
done

say "building"
npm run --silent build
