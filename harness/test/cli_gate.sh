#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# cli_gate.sh PCPU_LAB PCPU_COUNT ROOT - the gate: this build's counts against bench/baseline.json,
# and what is no baseline. A compiler whose counts are not recorded is skipped, and named.
set -u
# Meson gives relative paths, and we go elsewhere.
absolute() {
	case $1 in
	/*) echo "$1" ;;
	*) echo "$PWD/$1" ;;
	esac
}
lab=$(absolute "$1") count=$(absolute "$2") root=$3
work=$(mktemp -d "${TMPDIR:-/tmp}/pcpu-lab-gate-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
passed=0 failed=0 skipped=0
baseline=$root/bench/baseline.json
gate="$lab bench --gate --program $count --history h.db --baseline"

expect() {
	if eval "$2" >log 2>&1; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAILED: %s: %s\n' "$1" "$2"
		head -n 10 log
	fi
}

# refuse FILE PATTERN: one line, exit status 2
refuse() {
	expect "$1" "$gate $1 >out 2>err; test \$? -eq 2 && test ! -s out && grep '^$2' err &&
		test \$(wc -l <err) -eq 1"
}

echo '{}' >other
printf '{\n"a":\n' >cut
refuse other "other:1: counts of '\\''.*'\\'' .*--gate --record"
refuse cut 'cut:3: a baseline'
refuse absent 'absent:1: a readable file'
expect 'another program' "! $lab bench --gate --program /bin/true >out 2>err &&
	grep -x '/bin/true:1: a pcpu-count.*' err && test \$(wc -l <err) -eq 1"
expect 'a result that cannot be written is told before the work' \
	"! timeout 5 $lab bench --json absent/x >out 2>err && grep '^absent/x:1: ' err && test ! -s out"
expect 'so is a history' \
	"! timeout 5 $lab bench --history absent/x >out 2>err && grep '^absent/x:1: ' err && test ! -s out"
expect 'no such benchmark' "! $count none 1 2>err && grep 'no benchmark' err"
expect 'no such number' "! $count access/empty_loop 0 2>err && grep 'no number of operations' err"

if ! command -v valgrind >/dev/null; then
	skipped=$((skipped + 1))
	echo 'skipped: there is no valgrind to count with'
elif ! grep -qF "\"$($count --key)\":" "$baseline"; then
	skipped=$((skipped + 1))
	echo "skipped: bench/baseline.json has no counts of $($count --key)"
else
	$gate "$baseline" >out 2>err
	status=$?
	if [ $status -eq 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		grep FAILED out
		cat err
		echo "FAILED: counts rose (exit status $status). Is it meant? Then, for every build:"
		echo "  ./lab bench --gate --record"
		echo "  ./lab bench --gate --record --program build/main/bench/pcpu-count"
		echo "  ... --program build/clang-release/bench/pcpu-count (CONTRIBUTING.md)"
	fi
	expect 'the counts are kept' "$lab history --database h.db --export csv |
		grep -F ',gate,pair/8B/cpus:8/bare,area,instructions/op,1,0,'"
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
