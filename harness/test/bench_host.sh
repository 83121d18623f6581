#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# bench_host.sh PCPU_BENCH BUILDTYPE - each run's JSON tells on what machine it was, in which state,
# and all that spoils it, not only the last.
set -u
# Meson gives relative paths, and we go elsewhere.
absolute() {
	case $1 in
	/*) echo "$1" ;;
	*) echo "$PWD/$1" ;;
	esac
}
bench=$(absolute "$1") buildtype=$2
work=$(mktemp -d "${TMPDIR:-/tmp}/pcpu-bench-host-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
passed=0 failed=0 skipped=0

expect() {
	if eval "$2" >log 2>&1; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAILED: %s: %s\n' "$1" "$2"
		head -n 10 log
	fi
}
run() {
	"$@" "$bench" --smoke --filter '^access/empty_loop' --json out.json >out 2>err
}

expect 'it runs' 'run env'
for key in cpu_model cores memory kernel governor thp load pinning cpu_quota boost smt nodes aslr compiler build; do
	expect "$key" "grep -E '^ +\"$key\": \"[^\"]+\"' out.json"
done
expect 'the compiler has its name' "grep -E '\"compiler\": \"(gcc|clang) [0-9]+\\.' out.json"

# On one CPU: that is a warning, and so is the build where it is not the release flavour.
if command -v taskset >/dev/null; then
	cpu=$(taskset -cp $$ | sed 's/.*: \([0-9]*\).*/\1/')
	expect 'on one CPU' "run taskset -c $cpu"
	expect 'is told' "grep 'warning: there is one core' err"
	expect 'is recorded' "grep -E '\"warning\": \".*there is one core' out.json"
	expect 'with the CPU' "grep -F '\"pinning\": \"each thread to one of $cpu;' out.json"
	if [ "$buildtype" != release ]; then
		expect 'beside the others' "grep -E '\"warning\": \".*one core.*not the release flavour' out.json"
	fi
	expect 'nothing is refused' '! grep -i "already exists" err'
else
	skipped=$((skipped + 1))
	echo 'skipped: there is no taskset'
fi
# Two runs place objects alike: one run hash each, the same again; draws differ by repetition.
labels() {
	"$bench" --smoke --reps 2 --json "$1" \
		--filter '^(pair/8B/cpus:8/bare|million/4B/cpus:2|frag/evens/.*cpus:8|lives/rule.*cpus:8|churn/.*cpus:8/bare|threads/.*private.*threads:1/bare|b12.*chunks:1/align:4)/area' \
		>out && grep -oE '"label": "[^"]*hash [0-9a-f]{16}"' "$1" | sort -u
}
expect 'run hashes, one a seed where there are seeds' \
	'labels a.json >first; cat first; test $(wc -l <first) -eq 9 && grep -c "seed 1 " first | grep -x 2'
expect 'the same in a second run' 'labels b.json | cmp first -'

echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
