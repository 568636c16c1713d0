#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Every test: build with sanitizers, unit tests, fuzz corpora, rules of the house, real servers, build with the other compiler.
# usage: tests/check.sh BUILD-FOLDER
set -u
cd "$(dirname "$0")/.." || exit 1
build=$1 passed=0 failed=0
log=$(mktemp) && trap 'kill $(jobs -p) 2>/dev/null; rm -f "$log" "$log".*' EXIT

say() { printf '\n== %s\n' "$1"; }
# count NAME: the step that has just ended, by its exit status
count() { if [ "$1" -eq 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAILED: $2"; fi; }
finish() { printf '\n%d passed, %d failed\n' "$passed" "$failed"; [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]; exit; }

configure() { # FOLDER OPTIONS...
    local folder=$1; shift
    if [ -f "$folder/build.ninja" ]; then meson setup --reconfigure "$folder" "$@"; else meson setup "$folder" "$@"; fi >"$log" 2>&1 || { cat "$log"; return 1; }
}

servers() { # NUMBER WHAT...: tests on real servers, in a lab of their own
    local number=$1; shift
    rm -f "$build/meson-logs/integration-$number.xml"   # of an earlier run
    /usr/bin/python3 -m pytest -q -p no:cacheprovider --tb=short --opec="$build/opec" --network="127.0.$((7 + number))" \
        --junitxml="$build/meson-logs/integration-$number.xml" "$@" >"$log.$number" 2>&1
}

told() { # NUMBER STATUS: what they said, and what it counts
    tail -n 40 "$log.$1"
    set -- "$1" "$2" $(tests/count.py "$build/meson-logs/integration-$1.xml")
    passed=$((passed + $3)) failed=$((failed + $4))
    # What pytest finds wrong beside the tests is in its status alone.
    [ "$2" -eq 0 ] || [ "$4" -gt 0 ] || count "$2" 'the tests on real servers'
}

say 'build with gcc, address and undefined-behaviour sanitizers'
configure "$build" -Db_sanitize=address,undefined -Dbuildtype=debugoptimized && ninja -C "$build" --quiet
count $? 'the build with gcc'
[ "$failed" -eq 0 ] || finish

say 'unit tests and fuzz corpora'
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 MALLOC_PERTURB_=0
meson test -C "$build" --no-rebuild --print-errorlogs --timeout-multiplier 3 >"$log" 2>&1
tail -n 12 "$log"
# Each case of a cmocka program counts, each other program as one.
set -- $(tests/count.py "$build/meson-logs/testlog.json")
passed=$((passed + $1)) failed=$((failed + $2))

say 'rules of the house'
tests/house.py; count $? 'the rules of the house'

say 'real servers; meanwhile the build with clang: no warning'
# Servers wait more than they work: two labs side by side, and what they leave of the processors is the other compiler's.
slow=(tests/integration/test_{bounces,deaths,mirror,outages,signer,timeouts}.py)
{ CC=clang-14 configure "$build-clang" -Dbuildtype=debug && nice -n 19 ninja -C "$build-clang" --quiet; } >"$log.clang" 2>&1 &
clang=$!
servers 1 "${slow[@]}" &
first=$!
servers 2 tests/integration "${slow[@]/#/--ignore=}"
told 2 $?
wait "$first"; told 1 $?
wait "$clang"; status=$?
cat "$log.clang"
count "$status" 'the build with clang'
finish
