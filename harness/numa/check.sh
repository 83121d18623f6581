#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
#
# check.sh PCPU_LAB - `lab numa` itself: two boots that are as they must be, one without placement
# that fails, two that are cut short. Half a minute, so only with LAB_FULL=1. What needs no boot is
# tested in any case.
set -u
case $1 in
/*) lab=$1 ;;
*) lab=$PWD/$1 ;;
esac
work=$(mktemp -d "${TMPDIR:-/tmp}/pcpu-lab-numa-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
passed=0 failed=0 skipped=0
folder=${LAB_ROOT:-.}/reports/out/numa

want() {
	what=$1
	shift
	if "$@"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: $what"
		cat "$work/out" "$work/err"
	fi
}

# run STATUS ARGUMENTS ...: leaves $work/out and $work/err.
run() {
	wanted=$1
	shift
	"$lab" numa "$@" >"$work/out" 2>"$work/err" </dev/null
	status=$?
	want "numa $*: exit status $status instead of $wanted" [ $status -eq "$wanted" ]
}

says() {
	want "numa did not say: $1" grep -q -- "$1" "$work/out"
}

finish() {
	echo "$passed passed, $failed failed, $skipped skipped"
	[ $failed -eq 0 ]
	exit
}

# --- what is missing is told ------------------------------------------------------------------

mkdir "$work/empty"
(PATH=$work/empty "$lab" numa >"$work/out" 2>"$work/err")
want 'a missing QEMU is no failure' [ $? -eq 0 ]
says '^skipped: there is no qemu-system-x86_64'
says '^0 passed, 0 failed, 1 skipped$'

if [ "${LAB_FULL:-}" != 1 ]; then
	echo 'skipped: the boots take half a minute; LAB_FULL=1 asks for them'
	skipped=1
	finish
fi

# --- the boots ----------------------------------------------------------------------------------

run 0 --json "$work/json"
if grep -q '^skipped: ' "$work/out"; then
	cat "$work/out"
	skipped=1
	finish
fi
says '^placement on   ok  .* 8 passed, 0 failed  100.0 % of [1-9][0-9]* unit pages'
says '^placement off  failed, as it must  4 passed, 4 failed  25.0 % of'
says '^9 passed, 0 failed, 0 skipped$'
want 'numa: JSON that agrees' [ "$(grep -c '"percent": \(100\|25\)\.0,' "$work/json")" = 2 ]
cat "$work/out"
run 1 --placement off
says 'first-chunk-local: not true: 88 unit pages lie on their node (22 do)'
want 'numa: a log and a script of a boot that failed' \
	[ "$(cat "$folder/control.log" "$folder/control.sh" | grep -c 'placement')" -gt 4 ]

# --- cut short --------------------------------------------------------------------------------

run 1 --placement on --timeout 1
says 'no end within the time-out'
"$lab" numa --placement on >"$work/out" 2>"$work/err" </dev/null &
pid=$!
qemu=
tries=0
while [ -z "$qemu" ] && [ $tries -lt 100 ]; do
	sleep 0.2
	tries=$((tries + 1))
	for child in $(cat /proc/$pid/task/$pid/children 2>/dev/null); do
		case $(cat /proc/$child/comm 2>/dev/null) in qemu*) qemu=$child ;; esac
	done
done
want 'numa: QEMU runs' [ -n "$qemu" ]
kill -TERM $pid
wait $pid
status=$?
want "numa: ended by a signal with status $status instead of 143" [ $status -eq 143 ]
want 'numa: no QEMU is left' [ ! -e "/proc/${qemu:-self}" ]
rm -f "$folder"/placed.* "$folder"/control.*
finish
