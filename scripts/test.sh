#!/bin/sh
# Compiles the tests and runs them: all of them, those without root and network (unit), or those in network namespaces
# (live). Files and folders below test/ choose among them; options go to tap: sh scripts/test.sh unit test/wire --bail
# Files of a folder share a process: test/fixtures/runner. The tests of what is released (package) take minutes and fetch
# Debian packages, so they run when they are asked for: sh scripts/test.sh package. So do those of the console in a browser
# (console); test/console/logic, which needs none, is among the others.
set -eu
cd "$(dirname "$0")/.."

which=$1
shift

npx tsc -b tsconfig.test.json test/console
# A test that is no more would still run.
find dist/test -name '*.js' | while read -r compiled; do
  source=${compiled#dist/}
  [ -e "${source%.js}.ts" ] || rm -f "$compiled" "$compiled.map"
done

browser='( -path dist/test/console/* -not -path dist/test/console/logic/* )'
case $which in
  all) kinds="-not $browser" ;;
  unit)
    kinds="-not -path dist/test/live/* -not $browser"
    # A quarter of the random cases of "all" and two fifths of its kills. Some tests wait: a third process has room.
    export MATCH_CASES="${MATCH_CASES:-30000}" STATE_KILLS="${STATE_KILLS:-80}" CONFIGURATION_CASES="${CONFIGURATION_CASES:-500}"
    set -- --jobs=3 "$@"
    ;;
  live) kinds='-path dist/test/live/*' ;;
  package) exec npx tap --timeout=1500 --jobs=2 "$@" dist/test/package/*.js ;;
  console)
    kinds=$browser
    set -- --jobs=2 "$@"
    ;;
  *) echo "test: unknown kind $which; there are all, unit, live, package, console" >&2 && exit 2 ;;
esac

# Each argument that names something below test/ becomes its compiled form; the rest are tap's.
places=
for argument in "$@"; do
  shift
  case $argument in
    test/*.ts) places="$places dist/${argument%.ts}.js" ;;
    test/*) places="$places dist/${argument%/}" ;;
    *) set -- "$@" "$argument" ;;
  esac
done
set -f
files=$(find ${places:-dist/test} -name '*.js' -not -path 'dist/test/fixtures/*' -not -path 'dist/test/package/*' $kinds | sort)
[ -n "$files" ] || { echo "test: no test in$places" >&2 && exit 2; }
exec npx tap "$@" $(node dist/test/fixtures/runner/write-groups.js $files)
