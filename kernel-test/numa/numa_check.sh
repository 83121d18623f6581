#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
#
# numa_check.sh PCPU_LAB - `lab numa` itself: two boots that are as they must be, one without
# placement that fails, two that are cut short. Half a minute, so only with LAB_FULL=1. What needs
# no boot is tested in any case.
. "${0%/*}/../../harness/test/lib/cli.sh"
lab=$(absolute "$1") folder=${LAB_ROOT:-$PWD}/reports/out/numa
work_in numa

# numa STATUS ARGUMENTS ...
numa() {
	wanted=$1
	shift
	run "$wanted" "$lab" numa "$@"
}

says() {
	want "numa did not say: $1" grep -q -- "$1" out
}

# --- what is missing is told ------------------------------------------------------------------

mkdir "$work/empty"
(PATH=$work/empty "$lab" numa >out 2>err)
want 'a missing QEMU is no failure' [ $? -eq 0 ]
says '^skipped: there is no qemu-system-x86_64'
says '^0 passed, 0 failed, 1 skipped$'

# --- a checkout that has booted nothing yet ------------------------------------------------------

mkdir -p fresh/core/include/pcpu fresh/bin fresh/kernel-test
: >fresh/core/include/pcpu/pcpu.h
ln -s "${LAB_ROOT:-$PWD}/kernel-test/numa" fresh/kernel-test/
printf '#!/bin/sh\n' | tee fresh/lab >fresh/bin/qemu-system-x86_64
chmod +x fresh/lab fresh/bin/*
(head -c 514 /dev/zero && printf HdrS) >kernel
run 1 env "LAB_ROOT=$work/fresh" "PATH=$work/fresh/bin:$PATH" \
	"$lab" numa --kernel kernel --placement on
want 'numa-init is packed' [ -s fresh/build/numa/*.cpio ]
says 'no plan line: the guest did not come to its end' # such a QEMU boots nothing

if [ "${LAB_FULL:-}" != 1 ]; then
	skip 'the boots take half a minute; LAB_FULL=1 asks for them'
	done_with
fi

# --- the boots ----------------------------------------------------------------------------------

numa 0 --json json
if grep -q '^skipped: ' out; then
	skip "$(sed -n 's/^skipped: //p' out)"
	done_with
fi
says '^placement on   ok  .* 8 passed, 0 failed  100.0 % of [1-9][0-9]* unit pages'
says '^placement off  failed, as it must  4 passed, 4 failed  25.0 % of'
says '^9 passed, 0 failed, 0 skipped$'
want 'numa: JSON that agrees' [ "$(grep -c '"percent": \(100\|25\)\.0,' json)" = 2 ]
cat out
numa 1 --placement off
says 'first-chunk-local: not true: 88 unit pages lie on their node (22 do)'
want 'numa: a log and a script of a boot that failed' \
	[ "$(cat "$folder/control.log" "$folder/control.sh" | grep -c 'placement')" -gt 4 ]

# --- cut short --------------------------------------------------------------------------------

numa 1 --placement on --timeout 1
says 'no end within the time-out'
"$lab" numa --placement on >out 2>err </dev/null &
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
done_with
