#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# cli_zoo.sh PCPU_LAB - `lab zoo` with an engine that only plays AFL++: what an earlier hunt left
# helps nobody and is in nobody's way, and there is one at a time. `lab zoo --matrix` with programs
# that only play those of the zoo.
. "${0%/*}/../../harness/test/lib/cli.sh"
lab=$(absolute "$1")
work_in zoo

# A checkout whose builds are done; its only defect is never found.
mkdir -p core/include/pcpu bin build/main/fuzz/zoo build/afl
: >core/include/pcpu/pcpu.h
: >build/main/build.ninja
: >build/afl/build.ninja
printf '#!/bin/sh\n' | tee lab bin/meson >bin/ninja
# The defect is reached by what the engine keeps.
cat >build/main/fuzz/zoo/pcpu-zoo <<'E1'
#!/bin/sh
case $1 in
--list) printf '1\thidden\t\tfuzz_alloc\t\t\tNobody finds it.\n' ;;
--reach)
	printf '%s\t%s\t5\t%s\t0\t0' "$4" "$2" "$(cat "$5"/*)"
	printf '\t0\t0\t0\t0\t0\t0\t0\t0\t0\n'
	;;
esac
E1
# As AFL++: a folder that is there already is refused; else a crash, of the defect that has to be
# found.
cat >bin/afl-fuzz <<'E2'
#!/bin/sh
while [ "$1" != -o ]; do shift; done
[ ! -e "$2" ] || { echo "PROGRAM ABORT: Directory '$2' is in use" >&2; exit 1; }
mkdir -p "$2/default/crashes" "$2/default/queue"
echo "${REACHED:-2}" >"$2/default/queue/id:000000"
[ "$LAB_DEFECT" != canary_caught ] || : >"$2/default/crashes/id:000000"
echo 'execs_done : 7' >"$2/default/fuzzer_stats"
E2
chmod +x lab bin/* build/main/fuzz/zoo/pcpu-zoo
LAB_ROOT=$work
PATH=$work/bin:$PATH
export LAB_ROOT PATH

for hunt in canary_caught-1 canary_harmless-1 hidden-1 hidden-2; do
	mkdir -p build/zoo/afl/$hunt/afl/default/crashes
	: >build/zoo/afl/$hunt/afl/default/crashes/id:000000
done
run 1 "$lab" zoo --engine afl --seeds 2 --time 5 --json hunts.json
want 'the engine ran' sh -c '! grep ABORT err'
want 'what was left is no find' grep -q '^hidden .* 0/2  not within 5 s; reached by 2, ' out
want 'the sum' grep -q '^afl: 0 of 1 found within 5 s$' out
want 'what was reached' grep -q '^afl: by a seed at least: 1 reached, 0 triggered$' out
want 'reached and triggered as JSON' python3 -c '
import json
row = json.load(open("hunts.json"))["rows"][0]
assert (row["reached"], row["triggered"], row["found"]) == (2, 0, 0), row
assert [(one["reached"], one["triggered"]) for one in row["hunts"]] == [(True, False)] * 2, row
'
REACHED=0 run 1 "$lab" zoo --engine afl --seeds 2 --time 5
want 'a canary that is not reached' grep -q 'afl does not reach canary_harmless' err

# --- --matrix: a checkout whose programs say what is to be in the table ------------------------

# NUMBER NAME TARGETS UNIT
row() {
	printf '%s\t%s\t\t%s\t%s\t\tIt is wrong.\n' "$@"
}
{
	row 1 seen_by_walker 'fuzz_map fuzz_alloc' ''
	row 2 seen_by_model fuzz_alloc ''
	row 3 seen_by_both fuzz_alloc ''
	row 4 ends_the_process fuzz_map ''
	row 5 seen_by_schedules fuzz_sched ''
	row 6 seen_by_test '' test_shapes
	row 7 seen_by_all_states '' test_exhaustive_alloc
	row 8 seen_by_boot fuzz_map ''
	row 9 seen_twice fuzz_alloc test_shapes
	row 10 walker_in_schedules fuzz_sched ''
	row 0 not_built_in '' ''
} >list
# defect target replayed reached triggered detected
# walker model oracle fault assertion replay sanitizer time end
{
	echo 'seen_by_walker fuzz_map 9 5 4 3 3 0 0 0 0 0 0 0 0'
	echo 'seen_by_walker fuzz_alloc 9 3 2 1 1 0 0 0 0 0 0 0 0'
	echo 'seen_by_model fuzz_alloc 9 4 3 2 0 0 2 0 0 0 0 0 0'
	echo 'seen_by_both fuzz_alloc 9 3 2 1 1 0 0 0 0 0 0 0 0'
	echo 'seen_by_both fuzz_map 9 4 3 2 0 2 0 0 0 0 0 0 0'
	echo 'walker_in_schedules fuzz_sched 9 4 3 2 2 0 0 0 0 0 0 0 0'
	echo 'ends_the_process fuzz_map 9 4 3 2 1 0 0 0 0 0 0 0 1'
	echo 'seen_by_schedules fuzz_sched 9 6 5 4 0 0 0 4 0 0 0 0 0'
	echo 'seen_by_test fuzz_map 9 3 0 0 0 0 0 0 0 0 0 0 0'
	echo 'seen_twice fuzz_alloc 9 3 2 1 0 0 0 0 0 0 0 1 0'
} | tr ' ' '\t' >findings
cat >build/main/fuzz/zoo/pcpu-zoo <<'E3'
#!/bin/sh
case $1 in
--list) cat "$LAB_ROOT/list" ;;
--findings) grep "^$3	" "$LAB_ROOT/findings" || : ;;
esac
E3
mkdir -p build/main/fuzz/test kernel-test/common reports/out
printf '#!/bin/sh\n[ "$LAB_DEFECT" != seen_by_test ] && [ "$LAB_DEFECT" != seen_twice ]\n' \
	>build/main/fuzz/test/zoo_test_shapes
printf '#!/bin/sh\n[ "$LAB_DEFECT" != seen_by_all_states ] && [ "$LAB_DEFECT" != seen_twice ]\n' \
	>build/main/fuzz/test/zoo_test_exhaustive_alloc
chmod +x build/main/fuzz/test/*
printf '/* X("word", ...) */\nX("seen_by_boot", "trace", "it is wrong")\n' \
	>kernel-test/common/zoo_defects.def

# What a row has, a letter a column.
cells() {
	awk -v name="$1" '$1 == name && NF == 9 { print $2 $3 $4 $5 $6 $7 $8 $9 }' out
}
marked() {
	want "$1: $2, not $(cells "$1")" [ "$(cells "$1")" = "$2" ]
}
alone() {
	want "$2: by $1 alone" grep -q "^$1  *$2\$" out
}

run 0 "$lab" zoo --matrix
marked seen_by_walker 'x-??x?--'
marked seen_by_model '-x??x?--'
marked seen_by_both 'xx??x?--'
marked ends_the_process 'x-??x?--'
marked seen_by_schedules '--??-?x-'
marked walker_in_schedules 'x-??-?x-'
marked seen_by_test '--x?-?--'
marked seen_by_all_states '--?x-?--'
marked seen_by_boot '--??-?-x'
marked seen_twice '--x?x?--'
want 'what is not built in is left out' sh -c '! grep -q not_built_in out'
alone walker seen_by_walker
alone walker walker_in_schedules
alone model seen_by_model
alone corpus seen_by_both
alone corpus ends_the_process
alone schedules seen_by_schedules
alone unit seen_by_test
alone inductive seen_by_all_states
alone boot seen_by_boot
want 'two find it, so none alone' sh -c '! grep -q "^[a-z]*  *seen_twice\$" out'
want 'how many each finds' grep -q '^found  *4  *2  *2  *1  *5  *0  *2  *1$' out
want 'what corpus/ reaches, triggers, detects' \
	grep -q '^by corpus/: of 8 replayed 8 are reached, 7 triggered, 7 detected$' out
want 'how many each alone' grep -q '^by it alone  *2  *1  *1  *1  *2  *0  *1  *1$' out

# Each program with each defect; what hunts left.
printf '{"rows": [{"defect": "seen_twice", "cpu_seconds": 1.5}, {"defect": "seen_by_boot",
	"cpu_seconds": null}]}' >reports/out/zoo.json
run 0 "$lab" zoo --matrix --every-unit --json all.json
marked seen_twice '--xxxx--'
marked seen_by_boot '-------x'
marked seen_by_test '--x--?--'
want 'JSON: found, not, not run' python3 -c '
import json
rows = {row["defect"]: row for row in json.load(open("all.json"))["defects"]}
assert len(rows) == 10, rows
assert rows["seen_twice"]["found"]["inductive"] is True and rows["seen_twice"]["alone"] is None
assert rows["seen_by_boot"]["found"]["fuzzing"] is False
assert rows["seen_by_test"]["found"]["fuzzing"] is None
assert rows["seen_by_both"]["inputs"] == {"replayed": 18, "reached": 7, "triggered": 5,
					  "detected": 3}, rows["seen_by_both"]
assert rows["seen_by_test"]["inputs"]["reached"] == 3, rows["seen_by_test"]
assert rows["seen_by_boot"]["inputs"]["reached"] == 0, rows["seen_by_boot"]
assert rows["seen_by_test"]["alone"] == "unit" and rows["seen_by_walker"]["alone"] == "walker"
assert json.load(open("all.json"))["alone"]["corpus"] == 2
'
run 0 "$lab" zoo --matrix --defect seen_by_model --json -
want 'JSON instead of the table' python3 -m json.tool out /dev/null

# What nothing finds, what cannot run, what does not go together.
row 11 seen_by_nobody fuzz_map '' >>list
run 1 "$lab" zoo --matrix
want 'its name' grep -q '^found by nothing: seen_by_nobody$' out
row 12 no_such_test '' test_nothing >list
run 1 "$lab" zoo --matrix
want 'the program that is not there' grep -q zoo_test_nothing err
want 'then no table' [ ! -s out ]
row 1 one fuzz_map '' >list
printf 'one\tfuzz_map\t1\n' >findings
run 1 "$lab" zoo --matrix
want 'a line that is none' grep -q "wrote 'one" err
want 'then no table' [ ! -s out ]
refuse '--matrix hunts nothing' "$lab" zoo --matrix --seeds 3
refuse '--matrix hunts nothing' "$lab" zoo --corpus --matrix
refuse '--every-unit goes with --matrix' "$lab" zoo --every-unit

held build/.zoo refuse 'lab zoo: another one is at work in this checkout' "$lab" zoo --engine afl
done_with
