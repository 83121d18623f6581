#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# check_defects.sh - the image's tests can fail: each planted defect is found by the test that is there for it.
# usage: check_defects.sh PCPU-LAB
set -u
passed=0 failed=0

expect() { # PCPU-LAB DEFECT TEST WORDS
	said=$("$1" boot --machine standard --timeout 100 --defect "$2" "$3")
	if [ $? -eq 1 ] && printf '%s\n' "$said" | grep -q "$4"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'defect %s was not found by %s:\n%s\n' "$2" "$3" "$said"
	fi
}

expect "$1" no-shootdown shootdown "not ok shootdown"
expect "$1" wrong-node units-local "not ok units-local"
expect "$1" wrong-node later-pages-local "not ok later-pages-local"
expect "$1" shifted-base percpu-base "per-CPU base does not lead to its own unit"
rm -f "${LAB_ROOT:-.}/reports/out/boot/standard.log" "${LAB_ROOT:-.}/reports/out/boot/standard.sh" \
	"${LAB_ROOT:-.}/reports/out/boot/standard.trace"
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
