#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# cli_fuzz_fleet.sh PCPU_LAB ROOT - `lab fuzz` with AFL++ and a toy target: beside libFuzzer over
# one corpus, and as main and secondary of a fleet.
. "${0%/*}/fuzz_scratch.sh"

for program in clang-19 afl-fuzz afl-clang-fast; do
	if ! command -v $program >/dev/null 2>&1; then
		skip "there is no $program"
		done_with
	fi
done
if ! make_toy fuzz clang-19 || ! AFL_QUIET=1 make_toy afl afl-clang-fast; then
	failed=$((failed + 1))
	cat make.log
	done_with
fi
printf 'seed' >corpus/fuzz_alloc/one

# --- missing -----------------------------------------------------------------------------------
mkdir few
ln -s "$(command -v clang-19)" "$(command -v clang++-19)" few
(
	PATH=$work/few
	"$lab" fuzz --engine afl 2>err
	[ $? -eq 2 ]
) >out
want 'a missing engine: one line with the package' \
	[ "$(grep -c "no afl-fuzz in PATH: Debian's package afl++" err)$(wc -l <err)" = 11 ]

# --- both at the same time, one corpus -----------------------------------------------------------
crashes=reports/out/crashes # libFuzzer names by SHA-1, what AFL++ found by our 64 bits
export TOY_BROKEN=A
begin --engine both --jobs 2 --time 100
end_when 'ls build/fuzz-corpus/fuzz_alloc | grep -q ^afl- &&
	ls $crashes | grep -Eq "fuzz_alloc-crash-[0-9a-f]{16}$" &&
	ls $crashes | grep -Eq "fuzz_alloc-crash-[0-9a-f]{40}$"'
unset TOY_BROKEN
want 'libFuzzer ran' grep -Eq '^fuzz_alloc +libfuzzer +1 jobs .* [1-9][0-9]* executions' out
want 'AFL++ ran' \
	grep -Eq '^fuzz_alloc +afl +1 jobs .* [1-9][0-9]* executions .* [1-9][0-9]* edges' out
want 'what is broken is in one group' grep -q 'inputs that break something, in 1 groups' out
want 'both are in the series' grep -q '"engine":"afl"' reports/out/fuzz-series.jsonl
want 'nothing runs any more' sh -c "! ps -eo args | grep -v grep | grep -q '^$work/build'"

# --- two machines, one folder: each has a checkout of its own ------------------------------------
# A secondary takes only from a main that runs; a main takes from all, also when it begins.
mkdir shared west east
for host in west east; do
	cp -R lab core build fuzz corpus "$host"
	rm -rf "$host/build/fuzz-corpus"
	printf '\0\0\0\0%s' $host >"$host/corpus/fuzz_alloc/told"
done
queues=shared/fuzz_alloc
LAB_ROOT=$work/east timeout --signal=INT 100 \
	"$lab" fuzz --engine afl --sync shared --name east --time 100 >east.out 2>&1 </dev/null &
east=$!
LAB_ROOT=$work/west
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	[ -e $queues/east-main/is_main_node ] && break
	sleep 0.5
done
sleep 0.5
begin --engine afl --sync shared --name west --role secondary --jobs 2 --time 100
end_when 'ls $queues/west-*/queue | grep -q sync:east-main && [ -e $queues/west-1/fuzz_bitmap ]'
want 'both are secondaries' \
	[ "$(cat $queues/west-*/fuzzer_stats | grep -c ' -S west-[01] ')" -eq 2 ]
want 'each has a schedule' \
	[ "$(cat $queues/west-*/fuzzer_stats | grep -o ' -p [a-z]* ' | sort -u | wc -l)" -eq 2 ]
want 'the summary counts what was taken over' \
	grep -Eq '^fuzz_alloc +afl .* [1-9][0-9]* imported' out
kill -TERM $east
wait $east
want 'it was the main' grep -q ' -M east-main ' $queues/east-main/fuzzer_stats
LAB_ROOT=$work/east
begin --engine afl --sync shared --name east --time 100
end_when 'ls $queues/east-main/queue | grep -q sync:west'
done_with
