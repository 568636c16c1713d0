#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The program against the floor (floor.c), side by side and in turns, as ratios of CPU for each message and of rate:
#   run.sh [access] [incoming]   both if none is named
#   run.sh --tools DIR           build the floor and the driver there, the driver also as smtp-source (see serve.sh), and end
# From the environment:
#   OPEC      the program (build/opec), built without sanitizers
#   REPS      turns (3)
#   SETS      sizes of messages ("small medium large": 2 KiB, 100 KiB, 5 MiB)
#   SPAN      seconds of each measurement (1.2; large messages twice as long)
#   SESSIONS  at once (8)
#   KEEP      yes: connections are kept; else each message has its own
#   WORKERS   of the program (its own default)
#   PORT      the first of six ports on 127.0.0.1
#   TMPDIR    where everything is kept while it runs
# CPU is user and system time of all processes of a program; the next hop and the mailboxes are Postfix's smtp-sink and do not
# count. A busy machine makes CPU dearer for both programs, so only ratios mean anything. The rate is that of this machine with its
# disk: the program syncs before it answers, the floor does not; TMPDIR=/dev/shm shows it without a disk. Nothing is installed: what
# lacks is said, and its part left out.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
: "${OPEC:=$here/../build/opec}" "${REPS:=3}" "${SETS:=small medium large}" "${SPAN:=1.2}" "${SESSIONS:=8}" "${KEEP:=no}"
: "${PORT:=$((20000 + $$ % 10000))}"
PATH=$PATH:/usr/sbin:/sbin
host=127.0.0.1 relay=$host:$PORT mailboxes=$host:$((PORT + 1))
declare -A address=([floor.access]=$host:$((PORT + 2)) [floor.incoming]=$host:$((PORT + 3))
                    [opec.access]=$host:$((PORT + 4)) [opec.incoming]=$host:$((PORT + 5)))

skip() { echo "bench: $*; left out"; exit 0; }
stop() { echo "bench: $*" >&2; exit 1; }

build_tools() { # DIR
    local options=(-std=c17 -O2 -g -D_GNU_SOURCE -Wall -Wextra)
    "${CC:-cc}" "${options[@]}" -o "$1/floor" "$here/floor.c" "$here/mail.c" -lcrypto
    "${CC:-cc}" "${options[@]}" -o "$1/load" "$here/load.c" "$here/letter.c" "$here/mail.c" -lcrypto
}

if [ "${1:-}" = --tools ]; then
    mkdir -p "$2"
    build_tools "$2"
    ln -sf load "$2/smtp-source"
    exit 0
fi
points=${*:-access incoming}
for point in $points; do
    [ -n "${address[opec.$point]:-}" ] || stop "there is no point $point"
done
for command in "${CC:-cc}" openssl smtp-sink awk; do
    command -v "$command" >/dev/null || skip "there is no $command"
done
[ -x "$OPEC" ] || skip "there is no $OPEC"

# --- processes and their CPU ------------------------------------------------------------------------------------------------------

work=$(mktemp -d "${TMPDIR:-/tmp}/opec-bench.XXXXXX")
chmod 755 "$work"
pids=() groups='' kind=proc

# A control group counts processes that come and go; where there is none, the tree of processes is looked at, in steps of 10 ms.
for base in /sys/fs/cgroup/cpuacct /sys/fs/cgroup/cpu,cpuacct /sys/fs/cgroup /sys/fs/cgroup/unified; do
    mkdir "$base/opec-bench.$$" 2>/dev/null || continue
    groups=$base/opec-bench.$$
    if [ -e "$groups/cpuacct.usage" ]; then kind=v1; break; fi
    if [ -e "$groups/cpu.stat" ]; then kind=v2; break; fi
    rmdir "$groups"
done

finish() {
    local pid
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
    [ "$kind" = proc ] || rmdir "$groups"/*/ "$groups" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

start() { # GROUP COMMAND...
    local group=$1
    shift
    [ "$kind" = proc ] || mkdir -p "$groups/$group"
    (
        [ "$kind" = proc ] || echo "$BASHPID" >"$groups/$group/cgroup.procs"
        exec "$@"
    ) >>"$work/$group.out" 2>&1 &
    pids+=($!)
    echo $! >>"$work/$group.pids"
}

cpu_us() { # GROUP
    case $kind in
    v1) echo $(($(<"$groups/$1/cpuacct.usage") / 1000)) ;;
    v2) awk '$1 == "usage_usec" { print $2 }' "$groups/$1/cpu.stat" ;;
    *)
        cat /proc/[0-9]*/stat 2>/dev/null | awk -v roots="$(tr '\n' ' ' <"$work/$1.pids")" -v hz="$(getconf CLK_TCK)" '
            BEGIN { n = split(roots, list, " "); for (i = 1; i <= n; i++) ours[list[i]] = 1 }
            { pid = $1; sub(/^.*\) /, ""); parent[pid] = $2; ticks[pid] = $12 + $13 + $14 + $15 }
            END {
                for (pid in ticks)
                    for (at = pid; at > 1; at = parent[at])
                        if (at in ours) { sum += ticks[pid]; break }
                printf "%.0f\n", sum * 1e6 / hz
            }' ;;
    esac
}

wait_for() { # GROUP ADDRESS
    local i
    for ((i = 0; i < 100; i++)); do
        (exec 3<>"/dev/tcp/${2%:*}/${2#*:}") 2>/dev/null && return
        sleep 0.1
    done
    cat "$work/$1.out" >&2
    stop "$1 does not listen on $2"
}

# --- measuring --------------------------------------------------------------------------------------------------------------------

load() { # POINT SET WHO MORE...
    local options=(-s "$SESSIONS" -F "$work/$2.eml")
    [ "$KEEP" != yes ] || options+=(-d)
    [ "$1" = access ] || options+=(-f utente@altro.example -t rossi@mittente.example -E "$work")
    "$work/load" "${options[@]}" "${@:4}" "${address[$3.$1]}"
}

# As many as are sent at most: signed envelopes are made beforehand.
declare -A envelopes=([small]=3000 [medium]=1500 [large]=100)

measure() { # POINT SET WHO
    local count=1000000 span=$SPAN before line
    [ "$1" = access ] || count=${envelopes[$2]}
    [ "$2" != large ] || span=$(awk -v s="$SPAN" 'BEGIN { print 2 * s }')
    before=$(cpu_us "$3")
    line=$(load "$1" "$2" "$3" -m "$count" -e "$span") || stop "$3, $1, $2: $line"
    awk -v line="$line" -v key="$1 $2 $3" -v us=$(($(cpu_us "$3") - before)) 'BEGIN {
        split(line, field, /[= ]/)
        printf "%s %.1f %s\n", key, us / field[2], field[6]
    }' >>"$work/results"
}

crypto() { # POINT SET
    local count=200
    [ "$2" != large ] || count=20
    echo "$1 $2 crypto $("$work/floor" crypto "$1" "$work" "$work/$2.eml" "$count") 0" >>"$work/results"
}

# Did the program do what it was measured for? Its legal log tells.
check_verdicts() {
    local other
    other=$(grep -h '"event":"received"' "$work"/opec-bench.*/legal/* | grep -vcE '"verdict":"(accepted|envelope)"' || true)
    [ "$other" = 0 ] || stop "$other messages were not accepted: the figures mean nothing"
}

# --- the run ----------------------------------------------------------------------------------------------------------------------

build_tools "$work"
"$here/material.sh" "$work" keys
"$here/material.sh" "$work" messages
sink=(smtp-sink)
[ "$(id -u)" != 0 ] || sink+=(-u nobody)
start sink "${sink[@]}" "$relay" 512
start sink "${sink[@]}" -L "$mailboxes" 512
wait_for sink "$relay"
wait_for sink "$mailboxes"
for point in $points; do
    start floor "$work/floor" "$point" "${address[floor.$point]}" "$relay" "$work" "$SESSIONS"
    wait_for floor "${address[floor.$point]}"
done
start opec env FILTER_IP="$host" FILTER_PORT=$((PORT + 4)) INCOMING_PORT=$((PORT + 5)) NEXT_IP="$host" NEXT_PORT="$PORT" \
    MAILBOX="$mailboxes" PKI="$work" OPEC="$OPEC" WORKERS="${WORKERS:-0}" TMPDIR="$work" "$here/serve.sh"
for point in $points; do
    wait_for opec "${address[opec.$point]}"
    for who in opec floor; do load "$point" small "$who" -m 64 >/dev/null || stop "$who, $point: messages are refused"; done
done
for ((turn = 0; turn < REPS; turn++)); do
    for point in $points; do
        for set in $SETS; do
            crypto "$point" "$set"
            for who in floor opec; do measure "$point" "$set" "$who"; done
        done
    done
done
check_verdicts
connections='one connection for each message'
[ "$KEEP" != yes ] || connections='kept connections'
echo "medians of $REPS turns; $SESSIONS sessions, $connections; on $(stat -f -c %T "$work");" \
    "load $(cut -d' ' -f1 /proc/loadavg) on $(nproc) processors"
awk -f "$here/table.awk" "$work/results"
