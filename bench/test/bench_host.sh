#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# bench_host.sh PCPU_BENCH BUILDTYPE - each run's JSON tells on what machine it was, in which state,
# and all that spoils it, not only the last.
. "${0%/*}/../../harness/test/lib/cli.sh"
bench=$(absolute "$1") buildtype=$2
work_in bench-host

# smoke COMMAND ...: the tiny run, under this command.
smoke() {
	"$@" "$bench" --smoke --filter '^access/empty_loop' --json out.json >out 2>err
}

expect 'it runs' 'smoke env'
for key in cpu_model cores memory kernel governor thp load pinning cpu_quota boost smt nodes aslr \
	compiler build; do
	expect "$key" "grep -E '^ +\"$key\": \"[^\"]+\"' out.json"
done
expect 'the compiler has its name' "grep -E '\"compiler\": \"(gcc|clang) [0-9]+\\.' out.json"

# On one CPU: that is a warning, and so is the build where it is not the release flavour.
if command -v taskset >/dev/null; then
	cpu=$(taskset -cp $$ | sed 's/.*: \([0-9]*\).*/\1/')
	expect 'on one CPU' "smoke taskset -c $cpu"
	expect 'is told' "grep 'warning: there is one core' err"
	expect 'is recorded' "grep -E '\"warning\": \".*there is one core' out.json"
	expect 'with the CPU' "grep -F '\"pinning\": \"each thread to one of $cpu;' out.json"
	if [ "$buildtype" != release ]; then
		expect 'beside the others' \
			"grep -E '\"warning\": \".*one core.*not the release flavour' out.json"
	fi
	expect 'nothing is refused' '! grep -i "already exists" err'
else
	skip 'there is no taskset'
fi

# A rival whose library cannot be loaded is skipped, by name, and no failure.
mkdir damaged
for library in libmimalloc.so libtcmalloc_minimal.so.4; do
	echo 'no ELF file' >damaged/$library
	rival=${library#lib} rival=${rival%%[._]*}-padded
	expect "$rival without its library" 'LD_LIBRARY_PATH=$PWD/damaged "$bench" --smoke \
		--filter "^pair/8B/cpus:8/bare" --engines "$rival" >out 2>err'
	expect 'is skipped, with the reason' \
		'grep -F "/$rival" out | grep "skipped: $library (Debian.s .*) cannot be loaded" &&
		grep "^warning: $rival is skipped: $library (" err'
	expect 'and counted as skipped' 'grep "^0 passed, 0 failed, 1 skipped" out'
done

# Two runs place objects alike: one run hash each, the same again; draws differ by repetition.
labels() {
	some='pair/8B/cpus:8/bare|million/4B/cpus:2|frag/evens/.*cpus:8|lives/rule.*cpus:8'
	some="$some|churn/.*cpus:8/bare|threads/.*private.*threads:1/bare|b12.*chunks:1/align:4"
	"$bench" --smoke --reps 2 --json "$1" --filter "^($some)/area" \
		>out && grep -oE '"label": "[^"]*hash [0-9a-f]{16}"' "$1" | sort -u
}
expect 'run hashes, one a seed where there are seeds' \
	'labels a.json >first; cat first
		test $(wc -l <first) -eq 9 && grep -c "seed 1 " first | grep -x 2'
expect 'the same in a second run' 'labels b.json | cmp first -'

done_with
