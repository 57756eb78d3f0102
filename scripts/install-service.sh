#!/bin/sh
# Installs traffic-mirror as a systemd service: builds it, copies it to /opt/traffic-mirror, makes its user, an empty
# configuration unless there is one, its unit, and the command /usr/local/bin/traffic-mirror. May be run again, to bring
# an installation up to date. Needs root.
#
# usage: install-service.sh [--dry-run] [--root DIRECTORY] [--uninstall [--purge]]
#   --dry-run         say what would be done, and do nothing
#   --root DIRECTORY  install below a directory, for packages and images: makes no user and asks no systemd
#   --uninstall       stop the service and take away what was installed; configuration, state and user stay
#   --purge           with --uninstall: these too
set -eu
umask 022
source_directory=$(cd "$(dirname "$0")/.." && pwd -P)

application=/opt/traffic-mirror
configuration=/etc/traffic-mirror
state=/var/lib/traffic-mirror
unit=/etc/systemd/system/traffic-mirror.service
command=/usr/local/bin/traffic-mirror
main=$application/dist/src/cli/main.js
# Of the checkout. What is no more a part stays in this list, or an installation of before would be a stranger's.
parts='config docs node_modules package.json package-lock.json CHANGELOG.md LICENSE README.md'

say() { printf 'install-service: %s\n' "$*" >&2; }
fail() {
  say "$*"
  exit 1
}
wrong_usage() {
  say "$*"
  exit 2
}
run() {
  say "$*"
  [ -n "$dry_run" ] || "$@"
}
# Writes standard input to a file.
write() {
  if [ -n "$dry_run" ]; then cat >/dev/null; else cat >"$1"; fi
}

dry_run=
root=
uninstall=
purge=
while [ $# -gt 0 ]; do
  case $1 in
    --dry-run) dry_run=yes ;;
    --uninstall) uninstall=yes ;;
    --purge) purge=yes ;;
    --root)
      root=$(readlink -m -- "${2:?--root needs a directory}")
      # That is this machine, with its systemd and its packages.
      [ "$root" != / ] || root=
      shift
      ;;
    *) wrong_usage "unknown argument $1" ;;
  esac
  shift
done
[ -z "$purge" ] || [ -n "$uninstall" ] || wrong_usage "--purge goes with --uninstall"

# Whether a file is there and starts what this script installs: others are left alone.
is_ours() { [ -f "$root$1" ] && grep -qF "$main" "$root$1"; }
has_systemd() { [ -z "$root" ] && [ -d /run/systemd/system ]; }

# Prints what there is at a place that this script did not put there, the first of it: the place is replaced or removed as
# a whole, and what of a checkout is in it, or behind a link, is nobody's to delete.
stranger_at() {
  if [ -L "$1" ] || { [ -e "$1" ] && [ ! -d "$1" ]; }; then
    echo "$1"
  elif [ -d "$1" ]; then
    # shellcheck disable=SC2046
    find "$1" -mindepth 1 -maxdepth 1 $(printf '! -name %s ' dist $parts) -print -quit
  fi
}

# Prints the state that dpkg has for the Debian package, `config-files` once it was removed and not purged, or nothing. A
# unit in /etc comes before the package's; configuration and state are in the same places, until they are purged.
package_state() {
  ! command -v dpkg-query >/dev/null 2>&1 ||
    dpkg-query --admindir="$root/var/lib/dpkg" --show --showformat='${db:Status-Status}\n' traffic-mirror 2>/dev/null |
    grep -vx not-installed || true
}
# What is only said may be said by anybody.
need_root() {
  [ -n "$dry_run" ] || [ -n "$root" ] || [ "$(id -u)" = 0 ] || fail "needs root"
}

remove_installation() {
  need_root
  if [ -n "$purge" ]; then
    [ -z "$(package_state)" ] ||
      fail "--purge: configuration and state are the Debian package's too, which is there: apt-get purge traffic-mirror"
    [ ! -f "$root$unit" ] || is_ours "$unit" ||
      fail "--purge: $root$unit is not of this script, and may use configuration and state: remove it first"
  fi
  if is_ours "$unit"; then
    if has_systemd; then
      run systemctl disable --now traffic-mirror.service
    fi
    run rm -f "$root$unit"
    if has_systemd; then
      run systemctl daemon-reload
    fi
  else
    say "there is no $root$unit of this script"
  fi
  if is_ours "$command"; then
    run rm -f "$root$command"
  fi
  left=
  for place in "$root$application" "$root$application.new"; do
    stranger=$(stranger_at "$place")
    if [ -n "$stranger" ]; then
      say "leaving $place as it is: $stranger is not of this script"
      left=" but $place"
    elif [ -e "$place" ]; then
      run rm -rf "$place"
    fi
  done
  if [ -n "$purge" ]; then
    run rm -rf "$root$configuration" "$root$state" "$root$unit.d"
    if [ -z "$root" ] && getent passwd traffic-mirror >/dev/null; then
      run userdel traffic-mirror
    fi
    say "done: nothing is left$left"
  else
    say "done: $configuration, $state and the user traffic-mirror are left; --purge removes them"
  fi
}

if [ -n "$uninstall" ]; then
  remove_installation
  exit 0
fi

node=$(readlink -f "$(command -v node)") || fail "node is not installed"
case $node in
  # ProtectHome= hides these from the service.
  /home/* | /root/* | /run/user/*) fail "node is $node, which the service cannot see: install Node.js 20 or later for all users" ;;
esac
need_root
case $(package_state) in
  '') ;;
  config-files)
    fail "the Debian package traffic-mirror was removed, but not purged, which would take $configuration and $state away from this service: copy what you want of them, then apt-get purge traffic-mirror"
    ;;
  *)
    fail "the Debian package traffic-mirror is installed, whose unit this one would hide: keep it, or copy what you want of $configuration and $state, then apt-get purge traffic-mirror"
    ;;
esac
for place in "$root$application" "$root$application.new"; do
  stranger=$(stranger_at "$place")
  [ -z "$stranger" ] ||
    fail "$place would be replaced, and $stranger is not of this script: move it elsewhere, a checkout to /usr/local/src for instance"
done

[ -d "$source_directory/node_modules" ] || run npm --prefix "$source_directory" ci --no-audit --no-fund
run npm --prefix "$source_directory" run --silent build

if [ -z "$root" ] && ! getent passwd traffic-mirror >/dev/null; then
  run useradd --system --user-group --home-dir /nonexistent --no-create-home --shell /usr/sbin/nologin traffic-mirror
fi

# Beside the old one, then in its place: a service that starts meanwhile finds one or the other, whole.
new=$root$application.new
run rm -rf "$new"
run mkdir -p "$new/dist/console"
run cp -a "$source_directory/dist/src" "$new/dist/src"
run cp -a "$source_directory/dist/console/www" "$new/dist/console/www"
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
  printf '# %s/config/example.yaml shows every key.\nmetrics: { listen: 127.0.0.1:9464 }\n' "$application" |
    write "$root$configuration/config.yaml"
fi

# Until the daemon's first line of code runs, node opens its inspector for a SIGUSR1. Where it cannot be told not to, it
# is told an address that no machine has.
no_inspector=--disable-sigusr1
"$node" "$no_inspector" --eval 0 2>/dev/null || no_inspector=--inspect-port=240.0.0.1:1024

run mkdir -p "$root$(dirname "$unit")" "$root$(dirname "$command")"
say "writing $root$unit, with $node $no_inspector"
sed -e "s|^ExecStart=/usr/bin/node|& $no_inspector|" -e "s|/usr/bin/node|$node|g" \
  "$source_directory/config/traffic-mirror.service" | write "$root$unit"

if { [ -e "$root$command" ] || [ -L "$root$command" ]; } && ! is_ours "$command"; then
  say "leaving $root$command as it is: it is not of this script"
else
  say "writing $root$command"
  printf '#!/bin/sh\nexec %s %s %s "$@"\n' "$node" "$no_inspector" "$main" | write "$root$command"
  run chmod 755 "$root$command"
fi

if has_systemd; then
  run systemctl daemon-reload
  run systemctl enable traffic-mirror.service
fi
say "done: edit $configuration/config.yaml, then systemctl restart traffic-mirror"
