#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# arm64_check_defects.sh - the tests can fail on AArch64 too, where it is other means of the
# processor that are broken: a TLBI that reaches this CPU only, a TPIDR_EL1 or TPIDR_EL0 that leads
# astray.
# usage: arm64_check_defects.sh PCPU-LAB
set -u
folder=${LAB_ROOT:-.}/reports/out/boot
passed=0 failed=0 skipped=0

expect() { # PCPU-LAB DEFECT TEST WORDS
	said=$("$1" boot --machine arm64 --defect "$2" "$3" 2>/dev/null)
	status=$?
	if [ $status -eq 1 ] && printf '%s\n' "$said" | grep -q "$4"; then
		passed=$((passed + 1))
		rm -f "$folder/arm64-$2.log" "$folder/arm64-$2.sh"
	elif [ $status -eq 0 ] && printf '%s\n' "$said" | grep SKIP; then
		skipped=$((skipped + 1))
	else
		failed=$((failed + 1))
		printf 'defect %s was not found by %s:\n%s\n' "$2" "$3" "$said"
	fi
}

expect "$1" no-shootdown shootdown "not ok shootdown"
expect "$1" shared-thread thread-own "not ok thread-own"
expect "$1" blank-thread thread-initial "not ok thread-initial"
expect "$1" shifted-base percpu-base "per-CPU base does not lead to its own unit"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
