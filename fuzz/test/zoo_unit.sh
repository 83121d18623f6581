#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
#
# zoo_unit.sh PCPU_ZOO PROGRAM ... - each defect that a unit test is said to find (defects.toml,
# unit) is found by it: the test program, linked with the mutated core, passes without the defect
# and fails with it: its first test that does is enough.
set -u

list=$1
shift
passed=0
failed=0

tell() {
	echo "$*"
	failed=$((failed + 1))
}

tab=$(printf '\t')
rows=$("$list" --list | awk -F '\t' '{ print $1 "\t" $2 "\t" $5 }')
for program in "$@"; do
	# A program that no defect names is there for `lab zoo --matrix`.
	case "$rows
" in
	*"$tab${program##*/zoo_}
"*) ;;
	*) continue ;;
	esac
	if LAB_DEFECT='' timeout 120 "$program" >/dev/null 2>&1; then
		passed=$((passed + 1))
	else
		tell "$program: fails without a defect"
	fi
done
healthy=$passed
while IFS=$tab read -r number name unit; do
	[ "$number" != 0 ] && [ -n "$unit" ] || continue
	program=
	for candidate in "$@"; do
		[ "${candidate##*/}" = "zoo_$unit" ] && program=$candidate
	done
	if [ -z "$program" ]; then
		tell "$name: no program $unit"
	else
		TEST_STOP=1 LAB_DEFECT=$name timeout 120 "$program" >/dev/null 2>&1
		status=$?
		case $status in
		0) tell "$name: $unit passes" ;;
		2 | 124 | 126 | 127)
			tell "$name: $unit ends with status $status: that is no find"
			;;
		*) passed=$((passed + 1)) ;;
		esac
	fi
done <<END
$rows
END
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ] && [ "$passed" -gt "$healthy" ]
