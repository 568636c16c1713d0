#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Every test: build with sanitizers, build with the other compiler, unit tests, fuzz corpora, rules of the house, real servers.
# usage: tests/check.sh BUILD-FOLDER
set -u
cd "$(dirname "$0")/.." || exit 1
build=$1 passed=0 failed=0
log=$(mktemp) && trap 'rm -f "$log"' EXIT

say() { printf '\n== %s\n' "$1"; }
# count NAME: the step that has just ended, by its exit status
count() { if [ "$1" -eq 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAILED: $2"; fi; }
finish() { printf '\n%d passed, %d failed\n' "$passed" "$failed"; [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]; exit; }

configure() { # FOLDER OPTIONS...
    local folder=$1; shift
    if [ -f "$folder/build.ninja" ]; then meson setup --reconfigure "$folder" "$@"; else meson setup "$folder" "$@"; fi >"$log" 2>&1 || { cat "$log"; return 1; }
}

say 'build with gcc, address and undefined-behaviour sanitizers'
configure "$build" -Db_sanitize=address,undefined -Dbuildtype=debugoptimized && ninja -C "$build" --quiet
count $? 'the build with gcc'
[ "$failed" -eq 0 ] || finish

say 'build with clang: no warning'
CC=clang-14 configure "$build-clang" -Dbuildtype=debugoptimized && ninja -C "$build-clang" --quiet
count $? 'the build with clang'

say 'unit tests and fuzz corpora'
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 MALLOC_PERTURB_=0
meson test -C "$build" --no-rebuild --print-errorlogs --timeout-multiplier 3 >"$log" 2>&1
tail -n 12 "$log"
# Each case of a cmocka program counts, each other program as one.
set -- $(tests/count.py "$build/meson-logs/testlog.json")
passed=$((passed + $1)) failed=$((failed + $2))

say 'rules of the house'
tests/house.py; count $? 'the rules of the house'

say 'real servers'
report=$build/meson-logs/integration.xml
rm -f "$report"     # of an earlier run
/usr/bin/python3 -m pytest -q -p no:cacheprovider --tb=short --opec="$build/opec" --junitxml="$report" tests/integration >"$log" 2>&1
status=$?
tail -n 40 "$log"
set -- $(tests/count.py "$report")
passed=$((passed + $1)) failed=$((failed + $2))
# What pytest finds wrong beside the tests is in its status alone.
[ "$status" -eq 0 ] || [ "$2" -gt 0 ] || count "$status" 'the tests on real servers'
finish
