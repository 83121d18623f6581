#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# cli_logs.sh PCPU_LAB ROOT - kernel logs in the forms in which they reach us: what `lab layout`
# and `lab replay` make of corpus/logs, and what they say of boots.
. "${0%/*}/../lib/cli.sh"
lab=$(absolute "$1") logs=$(absolute "$2")/corpus/logs
work_in logs

# gives LOG LINES [OPTION ...]: these pcpu-alloc: lines and no others, no word on stderr.
gives() {
	log=$1
	printf '%s\n' "$2" | sed 's/^/pcpu-alloc: /' >wanted
	shift 2
	run 0 "$lab" layout "$log" "$@"
	grep '^pcpu-alloc' out >got
	want "lines of $log" cmp got wanted
}
quiet() {
	gives "$@"
	want "nothing on stderr: $1" [ ! -s err ]
}

six='s28800 r0 d24448 u524288 alloc=1*4194304
[0] 0 1 2 3 4 5 - -'
two='s34572 r8192 d22772 u65536 alloc=16*4096
[0] 0 [0] 1'
last='s237568 r8192 d114688 u524288 alloc=1*2097152
[0] 00 01 02 03 [0] 04 05 06 07
[0] 08 09 10 11 [0] 12 13 14 15
[0] 16 17 18 19 [0] 20 21 22 23
[0] 24 25 26 27 [0] 28 29 30 31'
quiet "$logs/mini_doubled.log" "$two"
quiet "$logs/s01_ansi_colour.log" "$six"
quiet "$logs/s04_cr_cr_lf.log" "$six"
quiet "$logs/s07_json_journal.log" "$six"
quiet "$logs/s05_wrapped80.log" "$(sed -n 's/^> .*pcpu-alloc: \[/[/p' "$logs/s05_wrapped80.log" |
	sed 's/ $//; 1i s188440 r8192 d32744 u262144 alloc=1*2097152')"

# --- boots ---------------------------------------------------------------------------------------
boots=$logs/s09_two_boots_different.log
gives "$boots" "$six"
want 'says how many' grep -q ': 2 boots are in this log, the first is read (--boot N: another)' err
want 'in one line' [ "$(wc -l <err)" -eq 1 ]
quiet "$boots" "$six" --boot 1
quiet "$boots" "$last" --boot 2
refuse 's09_two_boots_different.log:1: a log that has boot 3; this one has 2 boots$' \
	"$lab" layout "$boots" --boot 3
refuse '^lab layout: --boot: 0 is not within' "$lab" layout "$boots" --boot 0
refuse '^lab layout: --boot: a number was expected' "$lab" layout "$boots" --boot last
refuse ':1: a log of several boots for --boot 2; this one has 1$' \
	"$lab" layout "$logs/s01_ansi_colour.log" --boot 2
refuse '^lab layout: --boot: synthetic:pu:2 is no kernel log' "$lab" layout synthetic:pu:2 --boot 1
sed p "$boots" >doubled
gives doubled "$six"
want 'two boots, each line twice' grep -q '^doubled: 2 boots' err
quiet doubled "$last" --boot 2
(tail -n 2 "$boots" && cat "$boots") >half
gives half "$six"
want 'half a boot is none' grep -q '^half: 2 boots' err
printf '# pcpu-trace 1\na 0 16 8 --\n' >one.trace
run 0 "$lab" replay one.trace --topology "$boots" --boot 2
want 'replay on the second boot' grep -q 'embed: 32 CPUs' out
refuse '^lab replay: --boot goes with --topology LOG' "$lab" replay one.trace --boot 2
refuse '^lab replay: --boot: synthetic:pu:2 is no kernel log' \
	"$lab" replay one.trace --topology synthetic:pu:2 --boot 2

# --- without a dump ------------------------------------------------------------------------------
nodump=$logs/k25_uv_1536cpu_page_no_dump.log
run 0 "$lab" layout "$nodump"
want 'the line of pages' grep -qx 'percpu: 32 4K pages/cpu s107200 r8192 d15680' out
want 'CPU ids' grep -qx 'CPU ids          1536' out
want 'what is missing' grep -q '^groups .*not known' out
run 0 "$lab" layout "$nodump" --json -
want 'JSON' grep -q '"dyn_bytes": 15680' out
grep -v pcpu-alloc "$logs/s05_wrapped80.log" | sed 's/^> //' >embedded
run 0 "$lab" layout embedded
want 'a wrapped line' grep -qx 'percpu: Embedded 56 pages/cpu s188440 r8192 d32744 u262144' out
refuse ':4: a topology; this log has sizes, but no pcpu-alloc: lines' \
	"$lab" replay one.trace --topology "$nodump"
refuse ':4: a topology to print' "$lab" layout "$nodump" --print
refuse ':4: a topology to lay out in other sizes' "$lab" layout "$nodump" --static 4096
sed 's/d15680/d15681/' "$nodump" >wrong
refuse '^wrong:4: `Embedded N pages/cpu' "$lab" layout wrong

# --- damaged -------------------------------------------------------------------------------------
run 1 "$lab" layout "$logs/k32_qp_wrapped_144.log"
want 'a part of a dump' grep -q 'lines do not come out again' err
sed 's/nr_cpu_ids:6/nr_cpu_ids:64/' "$logs/s04_cr_cr_lf.log" >ends_early
run 1 "$lab" layout ends_early
want 'a dump that ends early' \
	grep -q '^ends_early: the log has CPU ids below 64, its .* below 6: ' err
want 'what is there' grep -q '^pcpu-alloc: \[0\] 0 1 2 3 4 5 - -$' out
sed 's/nr_cpu_ids:6/nr_cpu_ids:5/' "$logs/s04_cr_cr_lf.log" >ends_late
run 1 "$lab" layout ends_late
want 'a dump of another machine' grep -q 'ids below 5, its .* below 6: ' err
run 0 "$lab" replay one.trace --topology ends_late
want 'a replay says it too' grep -q 'ids below 5, its .* below 6: ' err
(printf '\377\376' && iconv -t UTF-16LE "$boots") >utf16 2>/dev/null
gives utf16 "$six"
printf 'x' >>utf16
refuse '^utf16:1: whole characters of UTF-16' "$lab" layout utf16
head -c 130 "$logs/s07_json_journal.log" >cut.json
refuse '^cut.json:2: a whole JSON object' "$lab" layout cut.json
gzip -c "$boots" | "$lab" layout - --boot 2 >out 2>err
want 'packed, by stdin' grep -q '^pcpu-alloc: s237568' out
cp "$logs/s04_cr_cr_lf.log" damaged
printf 'pcpu-alloc: [0] 6 7 8 9 0 1 2 x\r\r\n' >>damaged
refuse '^damaged:5: ' "$lab" layout damaged
done_with
