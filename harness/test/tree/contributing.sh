#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
#
# contributing.sh - the steps of CONTRIBUTING.md, taken in a copy of the tree: an engine, a fuzz
# target and a benchmark are added as written there, and have to be built, listed and right.
#
# usage: contributing.sh ROOT		(minutes: only with LAB_FULL=1)
set -u

root=$1
if [ "${LAB_FULL:-}" != 1 ]; then
	echo "skipped: it builds the tree anew; LAB_FULL=1 asks for it"
	echo "0 passed, 0 failed, 3 skipped"
	exit 0
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
passed=0
failed=0

expect() {
	if eval "$2" >"$scratch/log" 2>&1; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAILED %s: %s\n' "$1" "$2"
		tail -n 20 "$scratch/log"
	fi
}

tree=$scratch/tree
mkdir "$tree"
(cd "$root" && tar cf - --exclude=./build --exclude=./.git --exclude=./reports/out .) |
	(cd "$tree" && tar xf -)
cd "$tree" || exit 1

sed 's/pcpu_map_area/pcpu_map_twin/' core/map/map_area.c >core/map/map_twin.c
sed 's/pcpu_policy_reference/pcpu_policy_sister/' core/policy_reference.c >core/policy_sister.c
echo 'X("twin", twin, reference)' >>core/include/pcpu/engines.def
echo 'X("sister", area, sister)' >>core/include/pcpu/engines.def
sed -i '2s|$| map/map_twin.c policy_sister.c|' core/sources.txt

mkdir fuzz/targets/sample
cat >fuzz/targets/sample/fuzz_sample.c <<'END'
/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
#include "fuzz/targets/fuzz.h"

static bool property(const uint8_t *bytes, size_t nr, struct fuzz_outcome *outcome)
{
	*outcome = (struct fuzz_outcome){ .nr_ops = nr, .sentence = "no bug" };
	return nr < 3 || bytes[0] != 'b' || bytes[1] != 'u' || bytes[2] != 'g';
}

static void describe(const uint8_t *bytes, size_t nr, void (*line)(const char *text))
{
	line("bytes");
}

static size_t pieces(const uint8_t *bytes, size_t nr, size_t *starts, size_t room)
{
	return 0;
}

const struct fuzz_target fuzz_sample = {
	.name = "fuzz_sample", .summary = "a try", .property = property, .describe = describe,
	.pieces = pieces,
};
END
sed -i "s/^fuzz_targets = \[/&\n  ['fuzz_sample', ['sample\/fuzz_sample.c']],/" fuzz/meson.build
echo 'X(fuzz_sample)' >>fuzz/targets/targets.def
mkdir corpus/fuzz_sample
printf 'bu' >corpus/fuzz_sample/almost
echo 'almost: one byte short' >corpus/fuzz_sample/README.md

sed 's/bench_pair/bench_try/; s/"pair\//"try\//g' bench/workloads/pair.c >bench/workloads/try.c
echo 'X(try)' >>bench/workloads/workloads.def
sed -i "s/'workloads\/pair.c'/'workloads\/pair.c', 'workloads\/try.c'/" bench/meson.build

expect "it builds" "meson setup build/main . && ninja -C build/main"
lab=build/main/pcpu-lab
LAB_ROOT=$tree
export LAB_ROOT
expect "engines: a column each, one hash" \
	"$lab replay corpus/traces/fork.trace.xz --engine area,twin,sister --check |
		tee $scratch/replay &&
	grep -E '^engine +area +twin +sister' $scratch/replay &&
	awk '/^run hash/ { exit \$3 != \$4 || \$3 != \$5 }' $scratch/replay"
expect "an engine: against oracle and model" \
	"build/main/harness/test/test_exhaustive && build/main/harness/test/test_exhaustive_alloc &&
	build/main/harness/test/test_alloc"
expect "a fuzz target: its corpus" "build/main/fuzz/fuzz_sample corpus/fuzz_sample"
expect "a fuzz target: a planted bug is refused" \
	"printf bug >$scratch/bug && ! build/main/fuzz/fuzz_sample $scratch/bug"
expect "a benchmark is listed" "build/main/bench/pcpu-bench --list | grep '^try/'"
expect "a benchmark runs" "build/main/bench/pcpu-bench --smoke --filter '^try/'"

echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
