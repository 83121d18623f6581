#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# cli_compare.sh PCPU_LAB ROOT - `lab bench --compare` in a small tree of its own, whose pcpu-bench
# claims times that are written in its source: what is slower has to fail, what is not has to pass,
# and whatever happens, no worktree, no folder and no process is left.
. "${0%/*}/../../harness/test/lib/cli.sh"
lab=$(absolute "$1") root=$2
lab="timeout 120 $lab"
tests=$(absolute "${0%/*}")
work_in compare

python=python3
[ ! -x /usr/bin/python3 ] || python=/usr/bin/python3
if ! $python -c 'import scipy' 2>/dev/null || ! command -v git >/dev/null; then
	skip 'there is no scipy for python3, or no git'
	done_with
fi

# --- the tree -----------------------------------------------------------------------------------

export LAB_ROOT=$work/tree
export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@example.org
export GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t@example.org
mkdir -p bin tree/bench/compare tree/bench/runner tree/core/include/pcpu
cp "$tests/small_meson.sh" bin/meson
PATH=$work/bin:$PATH
: >tree/core/include/pcpu/pcpu.h
: >tree/lab && chmod +x tree/lab # what makes it a checkout of ours
cp "$root/bench/compare/statistics.py" tree/bench/compare/
cat >tree/meson.build <<'END'
project('small', 'c')
subdir('bench')
END
echo "executable('pcpu-bench', 'runner/bench_main.c')" >tree/bench/meson.build
echo build/ >tree/.gitignore

# says TIME [PROBES]: the tree's program claims that many ns for one benchmark, 10 for the other,
# both with up to 0.5 % on top, never twice the same; and so many records scanned, exactly.
says() {
	cat >tree/bench/runner/bench_main.c <<END
#include <stdio.h>
#include <string.h>
#include <time.h>
int main(int argc, char **argv)
{
	FILE *to = NULL;
	struct timespec now;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--json"))
			to = fopen(argv[i + 1], "w");
		if (!strcmp(argv[i], "bad"))
			return fprintf(stderr, "pcpu-bench: no benchmark matches 'bad'\n"), 2;
	}
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!to)
		return 3;
	fprintf(to, "{\"context\": {\"engines\": \"area\"}, \"benchmarks\": [");
	for (int i = 0; i < 2; i++)
		fprintf(to, "%s{\"name\": \"%s\", \"run_name\": \"%s\", "
			    "\"run_type\": \"iteration\", \"real_time\": %.9f, "
			    "\"time_unit\": \"ns\", \"probes/op\": ${2:-4}}", i ? "," : "",
			i ? "other/area" : "pair/area", i ? "other/area" : "pair/area",
			(i ? 10 : $1) * (1 + (double)(now.tv_nsec / 7 % 100000) * 5e-8));
	fprintf(to, "]}\n");
	return fclose(to);
}
END
}
commit() {
	git -C tree add -A && git -C tree commit -qm "$1" && git -C tree tag "$1"
}
git -C tree init -q
says 100 && commit first
says 150 && commit second

# Nothing is left: one worktree, no folder of a build that goes on.
clean() {
	test "$(git -C tree worktree list | wc -l)" -eq 1 &&
		! ls -d tree/build/compare/*.* 2>/dev/null | grep .
}

# --- verdicts -----------------------------------------------------------------------------------

expect 'what is slower fails' "$lab bench --compare first >out 2>err; test \$? -eq 1 &&
	grep -E '^pair/area +1\.[45].* slower \(99\.[0-9]+ %\)' out &&
	grep -E '^other/area .* no difference' out"
expect 'and leaves nothing' clean
expect 'what is the same passes' \
	"$lab bench --compare second >out 2>err && grep '0 slower, 0 faster' out"
expect 'a built program is used again' \
	"$lab bench --compare second >out 2>err && ! grep 'build [0-9a-f]' err"
says 80
expect 'what is faster passes' "$lab bench --compare first --json j >out 2>err &&
	grep -E '^pair/area +0\.[78].* faster' out && grep '\"verdict\": \"faster\"' j"
says 150 5
expect 'a count that rose fails, whatever the times' \
	"$lab bench --compare second --json j >out 2>err; test \$? -eq 1 &&
	grep '0 slower, 0 faster' out &&
	grep -E '^pair/area +probes/op +4\.00 +5\.00 +\+25\.00 % +more' out &&
	grep -x '2 exact counts: 2 more, 0 less, by more than 1 %' out &&
	grep '\"verdict\": \"more\"' j"
expect 'what cannot be counted is told' \
	"grep 'no instructions are compared: that revision has no pcpu-count' err"
says 150 3
expect 'a count that fell passes' \
	"$lab bench --compare second >out 2>err && grep -E 'other/area +probes/op .* less' out"
expect 'a filter that matches nothing' "$lab bench bad --compare first >out 2>err; test \$? -eq 2 &&
	grep 'no benchmark matches' err && test ! -s out"

# --- noise ----------------------------------------------------------------------------------------

expect 'itself against itself' "$lab bench --noise --reps 6 --history n.db >out 2>err &&
	grep -E '^pair/area +[01]\.[0-9]+ +2\.0 %' out &&
	grep -E '^2 benchmarks: half of them show a change of 2\.0 %.* 0 differ where' out"
expect 'the smallest changes are kept' "$lab history --database n.db --export csv >out &&
	grep -E ',noise,pair,area,smallest_change,%,0,2' out"
refuse '--noise: fewer than 5' $lab bench --noise --reps 4
refuse '--noise goes with none of' $lab bench --noise --compare first

# --- a file -------------------------------------------------------------------------------------

# file TIME ...: a run each
file() {
	printf '{"context": {"engines": "area"}, "benchmarks": ['
	comma=
	for time in "$@"; do
		printf '%s{"name": "pair/area", "run_name": "pair/area", ' "$comma"
		printf '"real_time": %s, "time_unit": "us"}' "$time"
		comma=,
	done
	printf ']}\n'
}
says 80
file 0.0501 0.0502 0.0503 0.0504 0.0505 0.0506 >half.json
file 0.0501 0.0502 >few.json
expect 'a file of faster times' "$lab bench --compare half.json >out 2>err; test \$? -eq 1 &&
	grep -E '^pair/area +1\.[56].* slower' out && grep 'of another time' err &&
	grep 'other/area: only in B' err"
expect 'a file with too few' "$lab bench --compare few.json >out 2>err &&
	grep -E '^pair/area +too few samples \(2 and 10\)' out"

# --- bad input ----------------------------------------------------------------------------------

compare="$lab bench --compare"
echo '{"benchmarks": 3}' >other.json
refuse 'third: neither a revision nor a readable file' $compare third
refuse 'compare' $compare --all
refuse 'none.json: neither a revision nor a readable file' $compare none.json
refuse 'other.json:1: Google Benchmark' $compare other.json
refuse 'fewer than 5' $compare first --reps 4

# --- broken and interrupted ---------------------------------------------------------------------

echo 'int main(void) { return x; }' >tree/bench/runner/bench_main.c
commit broken
says 80
expect 'a revision that does not build' \
	"$lab bench --compare broken >out 2>err; test \$? -eq 1 && grep 'main.c:1' err"
expect 'and leaves nothing' clean
printf "project('small', 'c')\nrun_command('sleep', '97.531', check: true)\nsubdir('bench')\n" \
	>tree/meson.build
commit slow
printf "project('small', 'c')\nsubdir('bench')\n" >tree/meson.build
interrupt() {
	$1 bench --compare slow >out 2>err &
	pid=$!
	n=0
	while ! pgrep -f 'sleep 97[.]531' >/dev/null && [ $n -lt 300 ]; do
		sleep 0.1
		n=$((n + 1))
	done
	# A shell's background jobs ignore SIGINT.
	kill -TERM $pid
	wait $pid
	test $? -eq 143 && test $n -lt 300 && ! pgrep -f 'sleep 97[.]531'
}
expect 'interrupted in the build' "interrupt '${lab#timeout 120 }'"
expect 'and leaves nothing' clean

done_with
