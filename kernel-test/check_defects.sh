#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# check_defects.sh - the image's tests can fail: each planted defect is found by the tests that are there for it.
# usage: check_defects.sh PCPU-LAB DEFECTS.DEF
set -u
passed=0 failed=0
lab=$1

# A test that fails says "not ok NAME"; one that the machine does not survive is named as the reason.
expect() { # DEFECT TEST ...
	defect=$1
	shift
	said=$("$lab" boot --machine standard --timeout 100 --defect "$defect" "$@")
	status=$?
	for test in "$@"; do
		if [ $status -eq 1 ] && printf '%s\n' "$said" | grep -Eq "^ *(not ok $test\$|$test: )"; then
			passed=$((passed + 1))
		else
			failed=$((failed + 1))
			printf 'defect %s was not found by %s:\n%s\n' "$defect" "$test" "$said"
		fi
	done
}

# X(ID, "word", "test ...", "what is broken")
defects=$(sed -n 's/^X([A-Z0-9_]*, "\([^"]*\)", "\([^"]*\)", .*/\1 \2/p' "$2")
while read -r words; do
	# shellcheck disable=SC2086 # a defect and its tests
	expect $words </dev/null
done <<EOF
$defects
EOF
rm -f "${LAB_ROOT:-.}/reports/out/boot/standard.log" "${LAB_ROOT:-.}/reports/out/boot/standard.sh" \
	"${LAB_ROOT:-.}/reports/out/boot/standard.trace"
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
