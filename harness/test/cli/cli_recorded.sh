#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
#
# cli_recorded.sh PCPU_LAB SOURCE - recorded places against engines: `lab replay --write-recorded`
# makes a recording of a replay, `lab replay --recorded` compares.
. "${0%/*}/../lib/cli.sh"
lab=$(absolute "$1") traces=$2/corpus/traces
work_in recorded

sizes='--unit 1M'

# recorded STATUS ARGUMENTS ...
recorded() {
	wanted=$1
	shift
	run "$wanted" "$lab" replay "$@" --recorded $sizes
}

# figure KEY VALUE: of the first engine in out.json
figure() {
	want "$1 is not $2" grep -q "^      \"$1\": $2,*$" out.json
}

# --- a recording of linux61 ----------------------------------------------------------------------

run 0 "$lab" replay "$traces/cgroup.trace.xz" --engine linux61,area $sizes --write-recorded r.trace
want 'the form' [ "$(head -n 1 r.trace)" = '# pcpu-trace 2' ]
want 'the first chunk is older' grep -qx 'u 0' r.trace
want 'the table is there as well' grep -q '^run hash' out
recorded 0 r.trace --engine linux61 --json out.json
figure equal 34703
figure compared 34703
figure one_swap 0
figure one_late 0
figure not_explained 0
figure atomic 0
figure follows true
want 'compared chunks' grep -q '^  "compared_chunks": 1,$' out.json
want 'the words' grep -q '^elsewhere, not explained  *0$' out
want 'the verdict' grep -q '^verdict  *follows$' out
want 'why not compared' grep -q '^not compared: in chunks older than the recording  *14236$' out
cp out linux61
run 0 sh -c "gzip -1 -c r.trace | '$lab' replay - --recorded --engine linux61 $sizes"
want 'packed, by stdin: the same' [ "$(sed 1d out)" = "$(sed 1d linux61)" ]

# Other engines differ, and the worst engine decides.
recorded 1 r.trace --engine bitmap-ref
want 'the verdict' grep -q '^verdict  *DIFFERS$' out
want 'what differs is listed' grep -q '^bitmap-ref: event [0-9]*, `a .*`: chunk 1, recorded at' out
recorded 1 r.trace --engine linux61,linux61-exact
want 'a column each' grep -q '^verdict  *follows  *DIFFERS$' out
recorded 1 r.trace --engine linux61-exact --json
want 'JSON alone on stdout' grep -q '^      "follows": false,$' out

# --- damage ------------------------------------------------------------------------------------

# swap N: the Nth place where a free of a chunk's object comes right behind an `a` in that chunk
swap() {
	awk -v n="$1" '
		$1 == "a" { chunk[$2] = $7 }
		seen || $1 != "f" || held == "" || chunk[$2] != 1 || in_chunk != 1 || $2 == id {
			if (held != "")
				print held
			held = $0; in_chunk = $1 == "a" ? $7 : ""; id = $2
			next
		}
		++nr < n { print held; held = $0; in_chunk = ""; next }
		{ seen = 1; print; print held; held = ""; held_chunk = "" }
		END { if (held != "") print held }' r.trace
}
for n in 1 300; do
	swap $n >swapped.trace
	want "$n: something was swapped" [ "$(cmp r.trace swapped.trace 2>&1)" ]
	recorded 0 swapped.trace --engine linux61 --json out.json
	figure not_explained 0
done
awk '$1 == "a" && $7 == 1 && ++n == 20000 { $8 = $8 + 4 } { print }' r.trace >false.trace
recorded 1 false.trace --engine linux61 --json out.json
figure not_explained 1
figure follows false
want 'what is behind it is left out' grep -q '"behind_a_difference": [1-9]' out.json
awk '$1 == "a" && $7 == 1 && ++n == 1 { $8 = 4 } { print }' r.trace >false.trace
recorded 1 false.trace --engine linux61
want 'the first object of a chunk' grep -q 'recorded at 4, found at 0$' out

# Events that came late, and by how much.
printf '%s\n' '# pcpu-trace 2' 'a 0 8 8 -- s 0 0' 'a 1 8 8 -- - 0 8' 'a 2 8 8 -- - 0 0' 'f 0' \
	>t.trace
recorded 1 t.trace --engine linux61
want 'a swap' grep -qx "linux61: event 3, \`a 2 8 8 --\`: chunk 0, recorded at 0, found at 16; $(
	)follows with events 3 and 4 swapped" out
sed 's/^f 0/a 3 8 8 -- - 0 16\n&/' t.trace >late.trace
recorded 1 late.trace --engine linux61
want 'a late event' grep -q '; follows if event 5 came before event 3 and 1 others$' out
awk 'BEGIN { print "# pcpu-trace 2\na 0 8 8 -- - 0 0"
	for (i = 1; i <= 25; i++) printf "a %d 8 8 -- - 0 0\nf %d\n", i, i - 1 }' >t.trace
recorded 1 t.trace --engine linux61
want '20 lines' [ "$(grep -c '^linux61: event' out)" = 20 ]
want 'and the rest' grep -qx 'linux61: and 5 more; --json has all' out

# --- flag A -----------------------------------------------------------------------------------

run 0 "$lab" replay "$traces/cgroup.trace.xz" --engine linux61 $sizes --atomic \
	--write-recorded atomic.trace
want 'a flag that was honoured is written' grep -q '^a [0-9]* [0-9]* [0-9]* A' atomic.trace
want 'another is not' [ "$(grep -c '^a [0-9]* [0-9]* [0-9]* A' r.trace)" = 0 ]
recorded 0 atomic.trace --engine linux61 --json out.json
figure not_explained 0
want 'atomic requests are listed' [ "$(grep -c '"recorded": ' out.json)" -gt 100 ]
figure atomic "$(grep -c '"recorded": ' out.json)"

# A request that was refused is not written, nor its `f`; ids stay dense.
printf '# pcpu-trace 1\na 0 16 8 --\na 1 0 8 --\na 2 8 8 -R s\nf 1\nf 2\nf 0\n' >t.trace
run 0 "$lab" replay t.trace --engine linux61 --write-recorded -
want 'refused requests' [ "$(cat out)" = "$(printf '%s\n' '# pcpu-trace 2' 'u 0' \
	'a 0 16 8 -- - 0 221184' 'u 1' 'a 1 8 8 -R s 1 212992' 'f 1' 'f 0')" ]

# --- bad input ---------------------------------------------------------------------------------

refuse '^t.trace:1: # pcpu-trace 2: ' "$lab" replay t.trace --recorded
printf '# pcpu-trace-ops 1\na 0 16 8 --\n' >ops.trace
refuse '^ops.trace:1: # pcpu-trace 2: ' "$lab" replay ops.trace --recorded
refuse '^ops.trace:1: # pcpu-trace 1 or # pcpu-trace 2: ' \
	"$lab" replay ops.trace --write-recorded no.trace
printf '# pcpu-trace 2\nu 0\na 0 16 8 -- - 0 0\na 1 16 8 -- - - -\n' >none.trace
refuse '^none.trace: nothing can be compared: 1 allocations without a recorded place, 1 alloc' \
	"$lab" replay none.trace --recorded --json no.json
printf '# pcpu-trace 2\n' >empty.trace
refuse '^empty.trace: nothing can be compared$' "$lab" replay empty.trace --recorded
printf '# pcpu-trace 2\na 0 16 8 -- - 0 0\na 1 16 8 -- - 0 262140\n' >far.trace
refuse 'far.trace: event 2: offset 262140 is in no unit of 262144 bytes: name the recorded' \
	"$lab" replay far.trace --recorded
for option in --check --check=all --atomic '--offsets no' '--write-recorded no' \
	--instructions=no; do
	refuse '^lab replay: --recorded runs no allocator' "$lab" replay r.trace --recorded $option
done
refuse '^lab replay: only one of --json, --offsets, --write-recorded and --misplaced can' \
	"$lab" replay t.trace --write-recorded - --json
refuse 'none/out: cannot be written' "$lab" replay t.trace --write-recorded none/out
refuse '^lab replay: --write-recorded: a value was expected' "$lab" replay t.trace --write-recorded
for file in no no.trace no.json; do
	want "$file is not there" [ ! -e $file ]
done
done_with
