#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# x86_check_gs.sh - this_cpu_inc in the image is one instruction with a GS prefix and without lock.
# usage: x86_check_gs.sh IMAGE
set -eu
passed=0 failed=0

result() { # NAME STATUS
	if [ "$2" -eq 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "not true: $1"
	fi
}

# The function that counts: static, in test_access.c.
code=$(objdump -d --no-show-raw-insn "$1" | sed -n '/<count_one>:/,/^$/p')
memory=$(printf '%s\n' "$code" | grep -c '%gs:' || true)
status=0; [ "$memory" -eq 1 ] || status=1
result "count_one accesses memory through GS exactly once (it does $memory times)" $status
status=0; printf '%s\n' "$code" | grep -Eq '(add|inc)q .*%gs:' || status=1
result "count_one is an add or inc through GS" $status
status=0; printf '%s\n' "$code" | grep -q 'lock' && status=1
result "count_one has no lock prefix" $status
# Nothing needs a register that interrupt entries do not keep.
status=0; objdump -d --no-show-raw-insn "$1" | grep -Eq '%[xyz]mm[0-9]' && status=1
result "the image uses no vector register" $status
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
