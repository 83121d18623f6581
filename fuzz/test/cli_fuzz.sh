#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# cli_fuzz.sh PCPU_LAB ROOT - `lab fuzz` as users meet it, with libFuzzer and a toy target: what is
# asked for wrongly, what it shows, what it finds and keeps, and how it ends. AFL++ is
# cli_fuzz_fleet.sh's.
. "${0%/*}/fuzz_scratch.sh"

# --- what is refused -------------------------------------------------------------------------
refuse "no target 'fuzz_nothing'; there are: .*fuzz_alloc.* and all" "$lab" fuzz fuzz_nothing
refuse 'one TARGET was expected' "$lab" fuzz fuzz_alloc fuzz_alloc
refuse "takes libfuzzer, afl or both, not 'honggfuzz'" "$lab" fuzz --engine honggfuzz
refuse 'a number of seconds' "$lab" fuzz --time 10x
refuse 'is not within' "$lab" fuzz --jobs 0
refuse 'go with --sync' "$lab" fuzz --role secondary
refuse 'goes with --engine afl' "$lab" fuzz --sync "$work" --name a
refuse 'goes with --name' "$lab" fuzz --engine afl --sync "$work"
refuse "main or secondary, not 'boss'" "$lab" fuzz --engine afl --sync "$work" --name a --role boss
refuse 'letters, digits' "$lab" fuzz --engine afl --sync "$work" --name a-b
refuse 'no folder' "$lab" fuzz --engine afl --sync "$work/none" --name a
refuse 'no option --minutes' "$lab" fuzz --minutes 1
mkdir no-programs
(
	PATH=$work/no-programs
	"$lab" fuzz 2>err
	[ $? -eq 2 ]
) >out
want 'a missing engine: one line with the package' \
	[ "$(grep -c "no clang-19 in PATH: Debian's package clang-19" err)$(wc -l <err)" = 11 ]

if ! command -v clang-19 >/dev/null 2>&1; then
	skip 'there is no clang-19'
	done_with
fi
if ! make_toy fuzz clang-19; then
	failed=$((failed + 1))
	cat make.log
	done_with
fi

# --- one at a time on a target --------------------------------------------------------------------
for word in fuzz_map all; do
	held build/.fuzz-fuzz_map refuse \
		'lab fuzz: another one is at work on fuzz_map in this checkout' \
		"$lab" fuzz $word --time 1
done

# --- two commands at once build one after the other -----------------------------------------------
mv bin/ninja ninja-idle
cat >bin/ninja <<'END'
#!/bin/sh
cd "$LAB_ROOT" && mkdir building && sleep 0.5 && rmdir building && echo alone >>builds
END
chmod +x bin/ninja
printf 'seed' >fuzz_alloc-crash-none
"$lab" crash fuzz_alloc-crash-none >out 2>err &
"$lab" crash fuzz_alloc-crash-none >out 2>>err
wait $!
want 'each builds alone' [ "$(grep -c alone builds)" -eq 2 ]
mv ninja-idle bin/ninja

# --- an engine that cannot run is told, not tried for ever ---------------------------------------
ln -sf /bin/false build/fuzz/fuzz/fuzz_alloc
fuzz 1 --time 30
want 'it is told' grep -q 'fuzz_alloc: exit status 1' err
ln -sf "$work/toy-fuzz" build/fuzz/fuzz/fuzz_alloc
mkdir -p fuzz/dict
echo 'no word' >fuzz/dict/fuzz_alloc.dict
fuzz 1 --time 30
want 'a dictionary is used' grep -q 'ParseDictionaryFile: error in line 1' err
echo 'word="east"' >fuzz/dict/fuzz_alloc.dict

# --- nothing is wrong; seeds that are none -------------------------------------------------------
printf 'seed' >corpus/fuzz_alloc/one
ln -s nowhere corpus/fuzz_alloc/dangling
mkfifo corpus/fuzz_alloc/fifo
head -c 2000000 /dev/zero >corpus/fuzz_alloc/large
mkdir -p build/fuzz-corpus/fuzz_alloc
ln -s nowhere build/fuzz-corpus/fuzz_alloc/dangling2
mkfifo build/fuzz-corpus/fuzz_alloc/fifo2
fuzz 0 --time 2 --jobs 2 --json numbers
for name in dangling fifo large dangling2 fifo2; do
	want "$name is named and skipped" [ "$(grep -c "/$name: skipped: " err)" -eq 1 ]
done
want 'what was in the working corpus is set aside' \
	[ -L build/fuzz-corpus/fuzz_alloc.aside/dangling2 ]
want 'a line for each job' grep -q '  libfuzzer-1 .* exec/s .* edges  corpus .* found' err
want 'a line for each job' grep -q '  libfuzzer-2 .* exec/s .* edges  corpus .* found' err
want 'a summary' \
	grep -Eq \
	'^fuzz_alloc +libfuzzer +2 jobs .* executions .* exec/s .* operations/s .* edges' out
want 'operations: 7 an execution' awk '/operations.s/ {
	for (i = 2; i <= NF; i++) {
		if ($i == "exec/s") e = $(i-1)
		if ($i == "operations/s") o = $(i-1)
	}
	exit !(e > 0 && o > 6.9 * e - 10 && o < 7.1 * e + 10) }' out
want 'a dictionary is used' \
	grep -q 'Dictionary: 1 entries' build/fuzz-corpus/fuzz_alloc.libfuzzer-1.log
want 'found nothing' grep -q '^fuzz_alloc: 0 inputs that break something' out
want 'the numbers' grep -q '"executions_per_second"' numbers
want 'the series names the host, once a run' \
	[ "$(grep -c '"host":{.*"cpu"' reports/out/fuzz-series.jsonl)" -eq 3 ]
want 'the series has points' \
	grep -q '"target":"fuzz_alloc","engine":"libfuzzer","jobs":2' reports/out/fuzz-series.jsonl

# --- what an interrupted run left is looked at ----------------------------------------------------
for i in 1 2 3 4 5 6 7 8; do # the first is the longest
	printf 'A left over %0*d' $((40 - i)) 0 >build/fuzz-corpus/fuzz_alloc.found/crash-left$i
done
mv build/fuzz-corpus/fuzz_alloc.found/crash-left8 \
	build/fuzz-corpus/fuzz_alloc.found/.libfuzzer-9.crash-left8
printf 'fine' >build/fuzz-corpus/fuzz_alloc.found/timeout-on-a-loaded-machine
: >build/fuzz-corpus/fuzz_alloc.found/crash-torn # its engine ended before it wrote
export TOY_BROKEN=A
fuzz 1 --time 2
want 'few of a kind are kept' [ "$(grep -l '^A' reports/out/crashes/* | wc -l)" -le 5 ]
want 'the shortest are' sh -c '! ls reports/out/crashes | grep -q left1'
want 'nothing is left' [ -z "$(ls -A build/fuzz-corpus/fuzz_alloc.found)" ]
want 'nor is what a killed run was writing lost' \
	sh -c \
	"ls reports/out/crashes | grep -q left8 || [ $(ls reports/out/crashes | wc -l) -ge 5 ]"
want 'what does not break again is said' \
	grep -q '^1 inputs that an engine called broken do not break' out

# --- two things are wrong, and a seed is one of them ---------------------------------------------
printf 'A seed that breaks' >corpus/fuzz_alloc/broken
TOY_BROKEN=A+
begin --time 100
end_when 'grep -q "found: .* first thing" err && grep -q "found: .* other thing" err'
want 'the run outlives what it finds' grep -q 'inputs that break something, in 2 groups' out
want 'the first in words' grep -q '^fuzz_alloc: step 0: the first thing is broken' out
want 'the other in words' grep -q '^fuzz_alloc: step 0: the other thing is broken' out
want 'how it is shown again' \
	grep -q 'shown again by: ./lab crash reports/out/crashes/fuzz_alloc-crash-' out
file=$(sed -n 's/.*shown again by: .\/lab crash //p' out | head -1)
want 'that file breaks it' sh -c "! ./toy-replay $file >/dev/null"
want 'few of each are kept' [ "$(ls reports/out/crashes | wc -l)" -le 15 ]
want 'the seed left the working corpus' \
	sh -c '! grep -rlq "^A seed that breaks" build/fuzz-corpus/fuzz_alloc'

# --- a seed breaks, and what it is lies there a while before the process ends; another is slowly
# written --
cat >toy-lingers <<END
#!/bin/sh
for word; do
	case \$word in -artifact_prefix=*) exec 3>"\${word#*=}crash-slow" ;; esac
done
"$work/toy-fuzz" "\$@" 3>&-
status=\$?
sleep 3
printf A >&3
exit \$status
END
chmod +x toy-lingers
ln -sf "$work/toy-lingers" build/fuzz/fuzz/fuzz_alloc
rm -f build/fuzz-corpus/fuzz_alloc.libfuzzer-1.log
TOY_BROKEN=A
begin --time 100
end_when 'grep -q INITED build/fuzz-corpus/fuzz_alloc.libfuzzer-1.log'
want 'the seed was met before its process was ready' \
	sh -c "sed '/INITED/q' build/fuzz-corpus/fuzz_alloc.libfuzzer-1.log | grep -q 'first thing'"
want 'the engine is not called broken' sh -c '! grep -q "exit status" err'
want 'nobody took it before it was written' \
	[ "$(cat reports/out/crashes/fuzz_alloc-crash-slow)" = A ]
ln -sf "$work/toy-fuzz" build/fuzz/fuzz/fuzz_alloc
unset TOY_BROKEN
rm corpus/fuzz_alloc/broken

# --- in turn, until Ctrl-C ----------------------------------------------------------------------
rm -f build/fuzz-corpus/next
begin --continuous --slice 4 # which is also the time that merging may take
end_when '[ $(grep -c "^merge .* -> " err) -ge 2 ]'
want 'a summary after Ctrl-C' grep -q '^all: 0 inputs that break something' out
want 'targets in turn' [ "$(grep -c ' libfuzzer ' out)" -ge 2 ]
want 'the working corpus was minimised' grep -Eq '^merge [a-z_]+: [0-9]+ inputs -> [0-9]+' err
want 'nothing runs any more' sh -c "! ps -eo args | grep -v grep | grep -q '^$work/build'"
want 'no half-made corpus is left' \
	sh -c '! ls -d build/fuzz-corpus/*.new build/fuzz-corpus/*.part 2>/dev/null'
next=$(cat build/fuzz-corpus/next)
fuzz 0 all --slice 1 --time 1
want "the next run goes on with $next" grep -q "^$next " out

# --- the disk is full ----------------------------------------------------------------------------
rm -rf build/fuzz-corpus
mkdir build/fuzz-corpus
if mount -t tmpfs -o size=4m none build/fuzz-corpus 2>/dev/null; then
	export TOY_BROKEN=A
	begin --time 100
	tries=0
	until grep -q 'found:' err || [ $tries -ge 300 ]; do
		tries=$((tries + 1))
		sleep 0.2
	done
	head -c 8000000 /dev/zero >build/fuzz-corpus/filler 2>/dev/null
	wait $child
	status=$?
	want "a full disk: exit status $status" [ $status -eq 1 ]
	want 'a full disk is told' grep -q 'is full: stopped with what was found so far' err
	want 'what was found is told' grep -q '^fuzz_alloc: step 0: the first thing is broken' out
	umount build/fuzz-corpus
else
	skip 'a full disk: no tmpfs can be mounted here'
fi
done_with
