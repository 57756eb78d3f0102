#!/bin/sh
# Installs traffic-mirror as a systemd service: builds it, copies it to /opt/traffic-mirror, makes its user, an empty
# configuration unless there is one, and its unit. May be run again, to bring an installation up to date. Needs root.
#
# usage: install-service.sh [--dry-run] [--root DIRECTORY]
#   --dry-run         say what would be done, and do nothing
#   --root DIRECTORY  install below a directory, for packages and images: makes no user and asks no systemd
set -eu
umask 022
source_directory=$(cd "$(dirname "$0")/.." && pwd)
dry_run=
root=
while [ $# -gt 0 ]; do
  case $1 in
    --dry-run) dry_run=yes ;;
    --root)
      root=${2:?--root needs a directory}
      shift
      ;;
    *)
      printf 'install-service: unknown argument %s\n' "$1" >&2
      exit 2
      ;;
  esac
  shift
done

application=/opt/traffic-mirror
configuration=/etc/traffic-mirror
unit=/etc/systemd/system/traffic-mirror.service

say() { printf 'install-service: %s\n' "$*" >&2; }
fail() {
  say "$*"
  exit 1
}
run() {
  say "$*"
  [ -n "$dry_run" ] || "$@"
}

node=$(readlink -f "$(command -v node)") || fail "node is not installed"
case $node in
  # ProtectHome= hides these from the service.
  /home/* | /root/* | /run/user/*) fail "node is $node, which the service cannot see: install Node.js 20 or later for all users" ;;
esac
if [ -z "$dry_run" ] && [ -z "$root" ] && [ "$(id -u)" != 0 ]; then
  fail "needs root"
fi

[ -d "$source_directory/node_modules" ] || run npm --prefix "$source_directory" ci --no-audit --no-fund
run npm --prefix "$source_directory" run --silent build

if [ -z "$root" ] && ! getent passwd traffic-mirror >/dev/null; then
  run useradd --system --user-group --home-dir /nonexistent --no-create-home --shell /usr/sbin/nologin traffic-mirror
fi

# Beside the old one, then in its place: a service that starts meanwhile finds one or the other, whole.
new=$root$application.new
run rm -rf "$new"
run mkdir -p "$new/dist"
run cp -a "$source_directory/dist/src" "$new/dist/src"
for part in config docs node_modules package.json package-lock.json CHANGELOG.md LICENSE README.md; do
  run cp -a "$source_directory/$part" "$new/$part"
done
run npm --prefix "$new" prune --omit=dev --offline --ignore-scripts --no-audit --no-fund --loglevel=error
[ -n "$root" ] || run chown -R root:root "$new"
run rm -rf "$root$application"
run mv "$new" "$root$application"

run mkdir -p "$root$configuration"
if [ ! -e "$root$configuration/config.yaml" ]; then
  say "writing $root$configuration/config.yaml, in which nothing is mirrored yet"
  if [ -z "$dry_run" ]; then
    printf '# %s/config/example.yaml shows every key.\nmetrics: { listen: 127.0.0.1:9464 }\n' "$application" \
      >"$root$configuration/config.yaml"
  fi
fi

# Until the daemon's first line of code runs, node opens its inspector for a SIGUSR1. Where it cannot be told not to, it
# is told an address that no machine has.
no_inspector=--disable-sigusr1
"$node" "$no_inspector" --eval 0 2>/dev/null || no_inspector=--inspect-port=240.0.0.1:1024

run mkdir -p "$root$(dirname "$unit")"
say "writing $root$unit, with $node $no_inspector"
if [ -z "$dry_run" ]; then
  sed -e "s|^ExecStart=/usr/bin/node|& $no_inspector|" -e "s|/usr/bin/node|$node|g" \
    "$source_directory/config/traffic-mirror.service" >"$root$unit"
fi

if [ -z "$root" ] && [ -d /run/systemd/system ]; then
  run systemctl daemon-reload
  run systemctl enable traffic-mirror.service
fi
say "done: edit $configuration/config.yaml, then systemctl restart traffic-mirror"
