#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# cli_gate.sh PCPU_LAB PCPU_COUNT ROOT - the gate: this build's counts against
# bench/gate/baseline.json, and what is no baseline. A compiler whose counts are not recorded is
# skipped, and named.
. "${0%/*}/../../harness/test/lib/cli.sh"
lab=$(absolute "$1") count=$(absolute "$2") root=$3
work_in gate
baseline=$root/bench/gate/baseline.json
gate="$lab bench --gate --program $count --history h.db --baseline"

echo '{}' >other
printf '{\n"a":\n' >cut
refuse "^other:1: counts of '.*' .*--gate --record" $gate other
refuse '^cut:3: a baseline' $gate cut
refuse '^absent: cannot be read' $gate absent
expect 'another program' "! $lab bench --gate --program /bin/true >out 2>err &&
	grep -x '/bin/true:1: a pcpu-count.*' err && test \$(wc -l <err) -eq 1"
ln -s /bin/true none
expect 'a program here is that file, not one in PATH' \
	"! $lab bench --gate --program none >out 2>err &&
	grep -x './none:1: a pcpu-count.*' err"
expect 'a result that cannot be written is told before the work' \
	"! timeout 5 $lab bench --json absent/x >out 2>err &&
	grep '^absent/x: cannot be written' err && test ! -s out"
expect 'so is a history' \
	"! timeout 5 $lab bench --history absent/x >out 2>err &&
	grep '^absent/x: cannot be written' err && test ! -s out"
for words in --gate x --quick; do
	refuse "^lab bench: --hits goes with nothing else" $lab bench --hits $words
done
for words in --gate x --quick '--reps 2' --list '--history h' '--compare HEAD' '--program x'; do
	# shellcheck disable=SC2086 # words are wanted
	refuse "^lab bench: --forecast goes with --engines, --json and --constants only" \
		$lab bench --forecast $words
done
refuse "^lab bench: --forecast goes with .*, --constants with --forecast" \
	$lab bench --constants line=1
refuse "^lab bench: --constants: 'line=x' is none of instruction=NS" \
	$lab bench --forecast --constants store=1,line=x
refuse "^lab bench: --forecast: no engine 'jemalloc', nor front" \
	$lab bench --forecast --engines area,jemalloc
refuse '^absent/x: cannot be written' $lab bench --forecast --json absent/x
expect 'no such benchmark' "! $count none 1 2>err && grep 'no benchmark' err"
expect 'no such number' "! $count access/empty_loop 0 2>err && grep 'no number of operations' err"
refuse "^lab pcpu-count: no option --gates" "$count" --gates
refuse '^lab pcpu-count: --key takes no value' "$count" --key=x
for words in '' a 'a 1 b' '--gate --list' '--list --key' '--gate a' '--key a 1' \
	'--gate --key a 1'; do
	# shellcheck disable=SC2086 # words are wanted
	run 2 "$count" $words
	expect "$words: usage" "grep -q '^usage: pcpu-count NAME N' err && test ! -s out"
done
run 0 "$count" --list
name=$(grep -m 1 '^pair/' out)
run 0 "$count" "$name" 3
expect 'one benchmark' "grep -qF '{\"name\":\"$name\",\"n\":3,' out && test \$(wc -l <out) -eq 1"

if ! command -v valgrind >/dev/null; then
	skip 'there is no valgrind to count with'
elif ! grep -qF "\"$($count --key)\":" "$baseline"; then
	skip "bench/gate/baseline.json has no counts of $($count --key)"
else
	$gate "$baseline" >out 2>err
	status=$?
	if [ $status -eq 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		grep FAILED out
		cat err
		echo "FAILED: counts rose (exit status $status)." \
			"Is it meant? Then, for every build:"
		echo "  ./lab bench --gate --record"
		echo "  ./lab bench --gate --record --program build/main/bench/pcpu-count"
		echo "  ... --program build/clang-release/bench/pcpu-count (CONTRIBUTING.md)"
	fi
	expect 'the counts are kept' "$lab history --database h.db --export csv |
		grep -F ',gate,pair/8B/cpus:8/bare,area,instructions/op,1,0,'"
fi

done_with
