#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# cli_crash.sh PCPU_LAB PCPU_CRASH ZOO_CRASH ROOT HEALTHY_CORE HEALTHY_OUTSIDE
#	ZOO_CORE ZOO_OUTSIDE ZOO ARCHIVE ...
# From a crash to a fix, with the zoo's defects: an input that shows one is told, shrunk, drawn,
# written as a test; the test is compiled: it fails with the mutated core (and what else the zoo
# mutates) and passes with the healthy one. Inputs of one defect are one group, of two defects two.
# `lab crash` runs in a checkout of its own, whose pcpu-crash is the program that is wanted here.
. "${0%/*}/../../harness/test/lib/cli.sh"
lab=$(absolute "$1") crash=$(absolute "$2") zoo_crash=$(absolute "$3") root=$4
shift 4
healthy_core=$(absolute "$1") healthy_outside=$(absolute "$2")
zoo_core=$(absolute "$3") zoo_outside=$(absolute "$4") zoo=$(absolute "$5")
shift 5
archives=
for archive; do
	archives="$archives $(absolute "$archive")"
done
work_in crash
unset LAB_DEFECT

# checkout FOLDER: a root; nothing has to be built there, and its pcpu-crash is $PROGRAM.
checkout() {
	mkdir -p "$1/core/include/pcpu" "$1/core/map" "$1/fuzz/test/crashes"
	: >"$1/core/include/pcpu/pcpu.h"
	: >"$1/core/map/toy.c"
	cp "$root/fuzz/test/crashes/meson.build" "$1/fuzz/test/crashes"
	printf '#!/bin/sh\n' >"$1/lab"
	chmod +x "$1/lab"
	for flavour in fuzz main; do
		mkdir -p "$1/build/$flavour/fuzz"
		: >"$1/build/$flavour/build.ninja"
		printf '#!/bin/sh\nexec "$PROGRAM" "$@"\n' >"$1/build/$flavour/fuzz/pcpu-crash"
		chmod +x "$1/build/$flavour/fuzz/pcpu-crash"
	done
}
checkout "$work/checkout"
mkdir bin
printf '#!/bin/sh\n' | tee bin/meson >bin/ninja
# by PROGRAM WORD ...: `lab crash WORD ...`, the work being done by the program.
cat >bin/by <<'END'
#!/bin/sh
PROGRAM=$1
export PROGRAM
shift
exec "$LAB" crash "$@"
END
chmod +x bin/*
LAB=$lab LAB_ROOT=$work/checkout PATH=$work/bin:$PATH
export LAB LAB_ROOT PATH

bytes_of() {
	wc -c <"$1" | tr -d ' '
}

# compile OBJECT SOURCE: a test as meson would have it.
compile() {
	${CC:-cc} -std=gnu11 -g -Wall -Wextra -Werror -Wno-unused-parameter -D_GNU_SOURCE \
		-I"$root" -I"$root/core/include" -c -o "$1" "$2" >out 2>err
}

# link PROGRAM OBJECT ...: with this core and what else is under test.
link() {
	program=$1
	shift
	# shellcheck disable=SC2086 # words are wanted
	${CC:-cc} -o "$program" -Wl,--start-group "$@" $archives -Wl,--end-group >out 2>err
}

# sarif_holds FILE NR: the structure of SARIF 2.1.0, with so many results.
sarif_holds() {
	want "$1: SARIF" python3 "$root/fuzz/test/sarif_check.py" "$1"
	want "$1: $2 results" [ "$(grep -c '"ruleIndex"' "$1")" -eq "$2" ]
}

# from_crash_to_test BY DEFECT INPUT: all the way, with an input of the corpus that shows the
# defect, and who sees it.
from_crash_to_test() {
	by=$1 defect=$2 target=${3%%/*}
	file=$target-crash-$defect
	cp "$root/corpus/$3" "$file"

	run 0 by "$crash" --sarif=none.sarif "$file"
	sarif_holds none.sarif 0
	want "$defect: the healthy core does not break" \
		grep -q "^$file: does not break: fixed, or never broken" out
	want "$defect: nothing is written then" [ ! -e "$file.min" ]

	LAB_DEFECT=$defect
	export LAB_DEFECT
	run 1 by "$zoo_crash" --as-test="$defect.c" --json=json --sarif="$defect.sarif" "$file"
	sarif_holds "$defect.sarif" 1
	want "$defect: a rule a detector" grep -qF "\"ruleId\": \"$by\"" "$defect.sarif"
	want "$defect: the sentence" grep -q '^BROKEN   [a-z]' out
	want "$defect: the place" grep -q '^at       [a-zA-Z]' out
	want "$defect: its size" grep -q "^input    $file ($(bytes_of "$file") byte" out
	case $target in fuzz_text) smaller=-le ;; *) smaller=-lt ;; esac # or plainer
	want "$defect: made smaller" [ "$(bytes_of "$file.min")" $smaller "$(bytes_of "$file")" ]
	want "$defect: how much smaller" grep -q "^shrunk   to $(bytes_of "$file.min") byte" out
	want "$defect: where that is" grep -q "^         $file.min$" out
	want "$defect: what to do with it" \
		grep -q "^again    ./lab crash --target $target $file.min" out
	case $target in fuzz_layout) marks=0 ;; *) marks=1 ;; esac
	want "$defect: where it breaks" [ "$(grep -c '^> .*breaks' out)" -eq $marks ]
	sentence=$(sed -n 's/^BROKEN   //p' out)
	place=$(sed -n 's/^at       //p' out)
	echo "$target: $sentence at $place" >>all-groups
	want "$defect: seen by the $by" grep -qF "\"by\": \"$by\"" json
	want "$defect: the same group for programs" \
		grep -qF "\"group\": \"$sentence at $place\"" json
	cp out first
	cp "$file.min" first.min

	run 1 by "$zoo_crash" --as-test=again.c "$file"
	sed '/again.c/d' out >again
	want "$defect: the same again" sh -c "sed '/$defect.c/d' first | cmp - again"
	want "$defect: the same bytes again" cmp -s first.min "$file.min"
	want "$defect: the same test again" cmp -s "$defect.c" again.c
	run 1 by "$zoo_crash" "$file.min"
	want "$defect: the smaller one breaks alike" grep -qxF "BROKEN   $sentence" out
	want "$defect: and at the same place" grep -qxF "at       $place" out
	want "$defect: it is as small as it gets" \
		grep -q '^shrunk   not: it is as small as it gets' out
	want "$defect: so nothing more is written" [ ! -e "$file.min.min" ]
	want "$defect: the test compiles" compile test.o "$defect.c"
	want "$defect: and links" link with-healthy test.o "$healthy_core" "$healthy_outside"
	want "$defect: and with the mutated core" \
		link with-zoo test.o "$zoo_core" "$zoo_outside" "$zoo" zoo_entry.o
	run 1 ./with-zoo
	want "$defect: the test fails with the sentence" grep -qF "$sentence" out
	want "$defect: it is one test" grep -qx '0 passed, 1 failed, 0 skipped' out
	run 0 ./with-healthy
	want "$defect: the test passes with the healthy core" \
		grep -qx '1 passed, 0 failed, 0 skipped' out
	unset LAB_DEFECT
}

want 'the zoo compiles' compile zoo_entry.o "$root/fuzz/zoo/zoo_entry.c"
from_crash_to_test assertion no_merge_with_the_right fuzz_alloc/atomic_and_balance
from_crash_to_test model last_byte_not_zeroed fuzz_alloc/atomic_and_balance
want 'the target, where no line is named' grep -qF '"uri": "fuzz/targets/alloc/fuzz_alloc.c"' \
	last_byte_not_zeroed.sarif
from_crash_to_test walker skip_bytes_without_the_tail fuzz_map/hint_stays_after_a_failed_scan
from_crash_to_test oracle b3_span_counts_one_unit fuzz_layout/8192_cpus_1024_nodes
from_crash_to_test walker free_books_without_the_lock fuzz_sched/live_count_loses_an_update
# Outside of the core.
from_crash_to_test oracle option_number_wraps fuzz_text/number_bytes_wraps_to_more
from_crash_to_test oracle acpi_disabled_cpu_counts fuzz_acpi/cpus_not_there

# A byte that means many operations, spelled out, is longer with one of them less: it stays.
LAB_DEFECT=no_merge_with_the_right
export LAB_DEFECT
printf '\002' >fuzz_alloc-crash-byte
run 1 by "$zoo_crash" fuzz_alloc-crash-byte
want 'a byte gets no longer' grep -q '^shrunk   not: it is as small as it gets' out
want 'so it is written nowhere else' [ ! -e fuzz_alloc-crash-byte.min ]
unset LAB_DEFECT

# --- who saw it ----------------------------------------------------------------------------------
# seen BY DEFECT INPUT: the finding names who saw what the defect does.
seen() {
	echo "{'attempts': <uint64 0>, 'output': <b'seen'>, 'json': <b'json'>," \
		"'inputs': <[('${3%%/*}', b'$root/corpus/$3')]>}" >request
	LAB_DEFECT=$2
	export LAB_DEFECT
	run 1 "$zoo_crash" request
	want "$2, $3: seen by the $1" grep -qF "\"by\": \"$1\"" json
	unset LAB_DEFECT
}
seen walker second_failure_leaks_a_run fuzz_alloc/second_failure_leaks_a_run
seen walker reserved_map_from_its_own_start fuzz_alloc/b14_tail_counts_as_first_chunk
seen oracle reclaim_takes_the_first fuzz_alloc/reclaim_takes_the_first
seen fault flush_too_narrow fuzz_alloc/atomic_and_balance
seen fault destroy_keeps_pages fuzz_alloc/atomic_and_balance
seen end b24_walk_follows_a_moved_chunk fuzz_alloc/b24_walk_follows_a_moved_chunk
seen oracle hint_stays_after_a_failed_scan fuzz_map/hint_stays_after_a_failed_scan
seen fault b1_frees_areas_never_taken fuzz_layout/fourth_call_fails
seen fault b2_span_failure_leaks fuzz_layout/b6_loop_ends_on_an_empty_count
seen assertion own_variable_one_byte_out fuzz_layout/early_map_one_byte_out
seen model listed_before_it_can_be_found fuzz_sched/listed_before_it_can_be_found
seen oracle records_moved_without_the_lock fuzz_sched/atomic_meets_reclaim
seen fault populated_without_a_flush fuzz_sched/double_free_finds_a_chunk_that_goes
seen fault index_nodes_leak fuzz_sched/double_free_finds_a_chunk_that_goes
seen fault destroy_keeps_pages fuzz_sched/free_books_without_the_lock
seen assertion undo_takes_a_chunk_in_use fuzz_sched/failure_meets_atomic

# --- all other ways to end, with ASan ------------------------------------------------------------

make_toy() {
	mkdir -p toy/fuzz/targets
	echo 'X(fuzz_toy)' >toy/fuzz/targets/targets.def
	# What knows the targets, and the toy; the rest is as it was built.
	# shellcheck disable=SC2046,SC2086 # words are wanted
	clang-19 -fsanitize=address -g -w -D_GNU_SOURCE -DLAB_VERSION='"0"' -Itoy -I"$root" \
		-I"$root/core/include" -o pcpu-crash-toy "$root/fuzz/crash/crash_main.c" \
		"$root/fuzz/targets/fuzz_find.c" "$root/fuzz/test/crash_toy.c" \
		$(pkg-config --cflags --libs glib-2.0) -ljansson -llzma -lz -Wl,--start-group \
		"$healthy_core" "$healthy_outside" $archives -Wl,--end-group >make.log 2>&1 ||
		return 1
	clang-19 -g -w -D_GNU_SOURCE -I"$root" -I"$root/core/include" -o toy-replay \
		"$root"/fuzz/targets/replay_main.c "$root"/fuzz/targets/finding.c \
		"$root"/fuzz/targets/inputs.c "$root"/harness/cli/options.c \
		"$root"/harness/cli/complain.c "$root/fuzz/test/crash_toy.c" >>make.log 2>&1
}

# toy INPUT PATTERN: it is the group, and the smaller input is SMALL.
toy() {
	printf %s "$1" >fuzz_toy-crash-1
	run 1 ./pcpu-crash-toy toy-request
	want "toy $1: $2" grep -q "^BROKEN   $2" out
	want "toy $1: shrunk to $3, not $(cat fuzz_toy-crash-1.min)" \
		[ "$(cat fuzz_toy-crash-1.min)" = "$3" ]
}

if ! command -v clang-19 >/dev/null 2>&1; then
	skip 'there is no clang-19 with ASan'
elif make_toy; then
	# As crash_request.h has it: to read no word is all that the program can do.
	echo "{'attempts': <uint64 20000>, 'json': <b'json'>, 'sarif': <b'toy.sarif'>," \
		"'inputs': <[('fuzz_toy', b'fuzz_toy-crash-1')]>}" >toy-request
	toy hxxGxyHxx 'AddressSanitizer: heap-buffer-overflow' hGH
	want 'seen by the sanitizer' grep -q '"by": "sanitizer"' json
	want 'the report is shown' grep -q 'READ of size 1' out
	want 'without the stack from the property outwards' \
		sh -c '! grep -q trial_child_property out'
	want 'the group has no address of this run' sh -c '! grep "\"group\"" json | grep -q 0x'
	toy axyAz 'toy.c:1: assertion failed: it is a toy' aA
	sarif_holds toy.sarif 1
	want 'the line that it names' sh -c "tr -d ' \n' <toy.sarif |
		grep -q 'uri\":\"core/map/toy.c\"},\"region\":{\"startLine\":1}'"
	want 'an assertion that ends the process, by what read its line' \
		grep -q '"by": "sanitizer"' json
	toy exyEz 'it does not end' eE
	want 'seen by time' grep -q '"by": "time"' json
	toy kxyKz 'Killed' kK
	want 'seen by its end' grep -q '"by": "end"' json
	toy sxySz 'no state survives' sS
	want 'seen by a property' grep -q '"by": "oracle"' json
	want 'state: seen, and shrunk once more without it' grep -q '^shrunk   to 2 bytes' out
	printf sxxx >fuzz_toy-crash-1
	run 0 ./pcpu-crash-toy toy-request
	want 'what does not break, for programs' grep -q fuzz_toy-crash-1 json
	run 1 ./toy-replay fuzz_toy-crash-1
	want 'a second run sees it' grep -qxF '{"finding": {"words": "another hash in another '\
'order: state survives an input", "group": "another hash in another order at replay", '\
'"sentence": "another hash in another order", "place": "replay", "by": "replay", "step": 0, '\
'"operations": 0}, "file": "fuzz_toy-crash-1"}' out
	# What is no request; and one whose input went meanwhile, or is of no target here.
	refuse '^lab crash: pcpu-crash is started by lab crash' ./pcpu-crash-toy
	refuse '^lab crash: pcpu-crash is started by' ./pcpu-crash-toy --json fuzz_toy-crash-1
	refuse '^fuzz_toy-crash-1: cannot be read: ' ./pcpu-crash-toy fuzz_toy-crash-1
	refuse '^none: cannot be read: ' ./pcpu-crash-toy none
	for text in "{'attempts': <1>, 'inputs': <[('fuzz_toy', b'x')]>}" \
		"{'attempts': <uint64 1>, 'inputs': <['x']>}" "{'attempts': <uint64 1>}" \
		"{'inputs': <[('fuzz_toy', b'fuzz_toy-crash-1')]>}" '{}' ''; do
		echo "$text" >bad-request
		refuse '^bad-request: cannot be read: ' ./pcpu-crash-toy bad-request
	done
	sed 's/crash-1/crash-2/' toy-request >bad-request
	refuse '^fuzz_toy-crash-2: skipped: ' ./pcpu-crash-toy bad-request
	sed s/fuzz_toy\',/fuzz_map\',/ toy-request >bad-request
	refuse "^lab crash: pcpu-crash has no target 'fuzz_map'" ./pcpu-crash-toy bad-request
else
	failed=$((failed + 1))
	cat make.log
fi

# --- the drawing --------------------------------------------------------------------------------

# hint_stays...: the engine's hint is wrong at once, so before and after differ in what the
# reference has.
killer=fuzz_map/hint_stays_after_a_failed_scan
cp "$root/corpus/$killer" fuzz_map-crash-drawn
LAB_DEFECT=hint_stays_after_a_failed_scan
export LAB_DEFECT
run 1 by "$zoo_crash" --json=json fuzz_map-crash-drawn
want 'the breaking operation is marked' [ "$(grep -c '^>.*<-- here it breaks$' out)" -eq 1 ]
want 'it is the last one' sh -c "sed -n '/<-- here/{n;p}' out | grep -qx ''"
step=$(sed -n 's/^> *\([0-9]*\) .*/\1/p' out)
want 'drawn before' grep -qx "before operation $step" out
want 'drawn after' grep -q "^after operation $step " out
want 'what it changed is marked' \
	[ "$(sed -n '/^after operation/,/^$/p' out | grep -c '^\*')" -eq 1 ]
want 'the same for programs' grep -q "\"step\": $step" json
want 'the group for programs' grep -q '"group": "the hint is the reference.s at alloc"' json

# --- what does not end, and where -----------------------------------------------------------------

LAB_DEFECT=one_byte_over_the_limit
cp "$root/corpus/fuzz_alloc/illegal_requests" fuzz_alloc-crash-endless
run 1 by "$zoo_crash" fuzz_alloc-crash-endless
want 'endless: told' grep -q '^BROKEN   it does not end' out
want 'endless: small' [ "$(bytes_of fuzz_alloc-crash-endless.min)" -lt 20 ]
want 'endless: the operation is found by drawing' grep -q '^> .*<-- here it breaks' out
unset LAB_DEFECT

# --- groups ---------------------------------------------------------------------------------------

# Three inputs of one defect and a healthy one; then, of two targets, two groups.
mkdir many
LAB_DEFECT=no_merge_with_the_right
export LAB_DEFECT
for tail in '' '0' '00'; do
	{ cat fuzz_alloc-crash-no_merge_with_the_right.min; printf %s "$tail"; } \
		>many/fuzz_alloc-crash-"x$tail"
done
run 1 by "$zoo_crash" --json=json many
want 'one defect: one group' grep -qx '3 inputs: 3 break, in 1 group' out
want 'its shortest is shown' grep -q '^input    many/fuzz_alloc-crash-x (' out
want 'the others are named' [ "$(sed -n '/^alike/,/^$/p' out | grep -c many/)" -eq 2 ]
want 'only that one is shrunk' [ ! -e many/fuzz_alloc-crash-x0.min ]
cp "$root/corpus/fuzz_map/merge_left_right_both" many/fuzz_map-crash-a
printf '' >many/fuzz_layout-crash-healthy
: >many/README.md
: >many/of-nobody
run 1 by "$zoo_crash" --json=json --sarif=many.sarif many
sarif_holds many.sarif 2
want 'two targets: two groups' grep -qx '5 inputs: 4 break, in 2 groups' out
want 'each once' [ "$(grep -c '^BROKEN ' out)" -eq 2 ]
want 'what does not break is told' \
	grep -qx 'many/fuzz_layout-crash-healthy: does not break: fixed, or never broken' out
want 'what is of no target is told' grep -q '^many/of-nobody: skipped: ' err
want 'a list for programs' [ "$(grep -c '"group":' json)" -eq 2 ]
run 2 by "$zoo_crash" --output one many
want 'one output, two groups: one line' [ "$(wc -l <err)" -eq 2 ]
want 'and no output' [ ! -e one ]
# The same sentence at another place is another group; and each defect has a group of its own.
LAB_DEFECT=kick_for_the_first_empty_chunk
run 1 by "$zoo_crash" --attempts 0 --target fuzz_alloc \
	"$root/corpus/fuzz_alloc/relocate_always_to_the_head" \
	"$root/corpus/fuzz_alloc/km_blocks"
want 'one sentence at two places: two groups' grep -qx '2 inputs: 2 break, in 2 groups' out
want 'it is one sentence' [ "$(grep '^BROKEN' out | sort -u | wc -l)" -eq 1 ]
want 'at two places' [ "$(grep '^at ' out | sort -u | wc -l)" -eq 2 ]
unset LAB_DEFECT
want 'seven defects: seven groups' [ "$(sort -u all-groups | wc -l)" -eq 7 ]

# --- the request ----------------------------------------------------------------------------------

# Names are bytes, and each word gets where it belongs.
strange=$(printf "many/fuzz_map-crash- '\"\\\\\377\303\251\n-")
cp many/fuzz_map-crash-a "$strange"
LAB_DEFECT=no_merge_with_the_right
export LAB_DEFECT
mv many/fuzz_map-crash-a "$strange"
run 1 by "$zoo_crash" --attempts 7 --json=j --as-test=t.c --output=o "$strange"
want 'a strange name' [ "$(wc -l <err)" -eq 0 ]
want 'the smaller input' [ -s o ]
want 'the test' [ -s t.c ]
want 'the list' grep -q '"file": "many/fuzz_map-crash- ' j
want 'so many attempts' grep -q '"attempts": 7' j
rm "$strange"
unset LAB_DEFECT

# --- where things are written ---------------------------------------------------------------------

checkout "$work/tree"
mkdir -p tree/corpus/fuzz_map
cp fuzz_map-crash-skip_bytes_without_the_tail tree/corpus/fuzz_map/seed
LAB_ROOT=$work/tree
LAB_DEFECT=skip_bytes_without_the_tail
export LAB_DEFECT
run 1 by "$zoo_crash" --as-test tree/corpus/fuzz_map/seed
want 'a corpus stays in order' [ "$(ls tree/corpus/fuzz_map)" = seed ]
want 'its smaller one lies among the crashes' \
	[ -s tree/reports/out/crashes/fuzz_map-crash-seed.min ]
name=$(basename tree/fuzz/test/crashes/*.c)
want 'a test of its own name' grep -q "^TEST(${name%.c})" "tree/fuzz/test/crashes/$name"
want 'in the list' grep -qx "  '$name'," tree/fuzz/test/crashes/meson.build
want 'how to run it' grep -q './lab test main/unit/test_crashes' out
run 1 by "$zoo_crash" --as-test tree/corpus/fuzz_map/seed
want 'in the list once' [ "$(grep -c "$name" tree/fuzz/test/crashes/meson.build)" -eq 1 ]
run 1 by "$zoo_crash" --as-test=- tree/corpus/fuzz_map/seed
want 'the test alone on stdout' cmp -s out "tree/fuzz/test/crashes/$name"
run 1 by "$zoo_crash" --output=- tree/corpus/fuzz_map/seed
want 'the bytes alone on stdout' cmp -s out tree/reports/out/crashes/fuzz_map-crash-seed.min
run 1 by "$zoo_crash" --attempts 0 --output as-it-is tree/corpus/fuzz_map/seed
want 'not shrunk' cmp -s as-it-is tree/corpus/fuzz_map/seed
run 1 by "$zoo_crash" --attempts 3 --output some tree/corpus/fuzz_map/seed
want 'a bound is told' grep -q '(3 attempts, which is the bound' out

# `lab report` has what lies there described, when that has changed.
described() {
	python3 -c 'import json, sys
groups = json.load(open("tree/reports/out/crashes.json"))["groups"]
assert len(groups) == int(sys.argv[1]), groups
for group in groups:
    assert group["story"] and group["words"] and "\nTEST(fuzz_map_" in group["test"], group
' "$1"
}
PROGRAM=$zoo_crash
export PROGRAM
run 0 "$lab" report --json document
want 'report: the crash is described' described 1
want 'and in the document' grep -q '"crashes":{"groups":\[{"by":"walker"' document
want 'by its name in the checkout' grep -q '"file":"reports/out/crashes/fuzz_map-crash' document
touch -d '1 hour' tree/reports/out/crashes.json
: >tree/reports/out/crashes/fuzz_map-crash-healthy
run 0 "$lab" report --json document
want 'what is newer than the folder stays' sh -c '! grep -q crash-healthy document'
touch -d '2 hours' tree/reports/out/crashes/fuzz_map-crash-healthy
run 0 "$lab" report --json document
want 'what is new is taken' grep -q crash-healthy document
rm -r tree/reports/out/crashes/*
touch -d '3 hours' tree/reports/out/crashes
run 0 "$lab" report --json document
want 'what is gone is gone' sh -c '! grep -q crash-healthy document'
: >tree/reports/out/crashes/of-nobody
run 0 "$lab" report --json document
want 'what is no input: a line, and a report' grep -q 'crashes is not described: ' err

# Ctrl-C while it shrinks what does not end: nothing is left, neither files nor processes.
LAB_DEFECT=one_byte_over_the_limit
mkdir interrupted
cp fuzz_alloc-crash-endless interrupted
env --default-signal=INT by "$zoo_crash" interrupted/fuzz_alloc-crash-endless \
	>out 2>err </dev/null &
child=$!
sleep 4
kill -INT $child
wait $child
status=$?
want "Ctrl-C: exit status $status" [ $status -eq 130 ]
want 'Ctrl-C: no file' [ "$(ls -A interrupted)" = fuzz_alloc-crash-endless ]
sleep 1
want 'Ctrl-C: no process' sh -c '! ps -eo args | grep -v grep | grep -qF "$1 /proc/"' \
	sh "$zoo_crash"
unset LAB_DEFECT

done_with
