#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# cli_doctor.sh PCPU_LAB ROOT - `pcpu-lab doctor`: cache sets, predicted by hand and where copies
# really lie; bad input. Times are looked at for being there, never for how long.
. "${0%/*}/../lib/cli.sh"
lab=$(absolute "$1") traces=$2/corpus/traces
work_in doctor

# stride NAME: its columns without the time.
stride() {
	awk -v name="$1" '/^stride +unit/ { on = 1; next } /^$/ { on = 0 }
		on && $1 == name { print $2, $3, $4, $5, $6, $7 }' out
}

# set STRIDE SET: its columns without the times.
set_row() {
	awk -v stride="$1" -v set="$2" '/^stride +set/ { on = 1; next }
		on && $1 == stride && $2 == set { print $3, $4, $5, $8, $9 }' out
}

# Two objects in one line, one in the next but one; a fourth, behind a page, in the first one's set.
printf '%s\n' '# pcpu-trace-ops 1' 'a 0 8 8 -- one' 'a 1 8 8 -- two' 'a 2 64 64 -- hole' \
	'a 3 64 64 -- two' 'a 4 3904 64 -- wide' 'a 5 8 64 -- one' 'f 2' 'f 4' 'a 6 4 4 -- late' \
	'f 6' >four.trace
sed '/^[af] [46]/d; /^f/d' four.trace >live.trace
small='--engine area --static 8192 --reserved 0 --dyn 20480 --cache 64,4 --top 64'
pages='--topology synthetic:pu:8'

run 0 "$lab" doctor live.trace $small $pages --json sets.json
want 'all copies in one set' [ "$(stride reference)" = '262144 0 1 8 8 0' ]
want 'an odd count of pages changes no set' [ "$(stride odd | cut -d' ' -f2-)" = '0 1 8 8 0' ]
want 'a skew: a set each' [ "$(stride skewed | cut -d' ' -f2-)" = '64 8 1 0 0' ]
want 'two objects share a line, by 8 CPUs' [ "$(set_row reference 0)" = '2 8 no one 1,' ]
want 'a line of its own' [ "$(set_row reference 1)" = '1 8 no hole 1' ]
want 'and the next' [ "$(set_row reference 2)" = '1 8 no two 1' ]
want 'and the next but two' [ "$(set_row reference 3)" = '1 8 no one 1' ]
want 'with a skew copies of other CPUs come to each other' \
	[ "$(set_row skewed 3 | cut -d' ' -f1-3)" = '5 4 yes' ]
want 'sets without lines have none' [ "$(set_row reference 9)" = '0 0 yes  ' ]
want 'JSON too' python3 -c 'import json
d = json.load(open("sets.json"))
s = {x["stride"]: x for x in d["strides"]}
assert [s[n]["copies_max"] for n in ("reference", "odd", "skewed")] == [8, 8, 1]
assert all(x["differ"] == 0 and x["ns_copy"] > 0 for x in s.values())
assert d["cache"] == {"sets": 64, "ways": 4, "line_bytes": 64, "assumed": False}
assert len(d["sets"]) == 3 * 64 and sum(x["lines"] for x in d["sets"]) == 3 * 4 * 8
assert all((x["ns"] > 0) == (x["lines"] > 0) for x in d["sets"])
assert d["objects"] == 5 and d["cpus"] == 8'

# At the event at which the most bytes live, not at the end.
run 0 "$lab" doctor four.trace $small $pages
want 'the wide object lives then' grep -q 'after event 6 of 10, .*: 6 objects on 8 CPUs' out
run 0 "$lab" doctor four.trace $small $pages --site two
want 'one site alone' grep -q ': 2 objects on 8 CPUs' out
want 'no other in its sets' [ "$(grep -c 'one 1' out)" -eq 0 ]

# Ways are what fits; eight copies fit into eight of them.
run 0 "$lab" doctor live.trace --engine area --cache 64,8 $pages --top 1
want 'as many as there are ways' [ "$(stride reference | cut -d' ' -f3-5)" = '1 8 0' ]
# Where sets reach further than groups are aligned to, the prediction fails, and that is seen.
run 0 "$lab" doctor live.trace --engine area --cache 65536,8,1024 $pages --top 1
want 'what is not where it should be is counted' [ "$(stride reference | cut -d' ' -f6)" -gt 0 ]
run 0 "$lab" doctor live.trace --topology 'synthetic:numa:2 pu:3'
want 'several groups' [ "$(stride reference | cut -d' ' -f6)" -eq 0 ]
want 'this machine has a cache, or one is assumed' grep -Eq \
	'^cache   [0-9]+ sets of [0-9]+ ways, lines of [0-9]+ bytes( \(assumed: .*\))?$' out
run 0 "$lab" doctor "$traces/fork.trace.xz" --top 2 --topology synthetic:pu:64
want 'sixty-four copies in sixty-four sets' [ "$(stride skewed | cut -d' ' -f3-4)" = '64 1' ]
printf '# pcpu-trace 1\n' >none.trace
run 0 "$lab" doctor none.trace
want 'nothing lives in nothing' grep -q 'after event 0 of 0, .*: 0 objects' out

# --- bad input -----------------------------------------------------------------------------------

refuse '^lab doctor: one TRACE was expected, 0 were given' "$lab" doctor
refuse '^lab doctor: --stride: all strides are compared' "$lab" doctor four.trace --stride odd
refuse '^lab doctor: --engine none: all, ' "$lab" doctor four.trace --engine none,area
refuse '^lab doctor: --engine area,bitmap: one engine' "$lab" doctor four.trace \
	--engine area,bitmap
refuse '^lab doctor: --site nobody: no request of four.trace' "$lab" doctor four.trace --site nobody
for cache in 64 0,8 63,8 64,0 64,65 64,8,4 64,8,63 64,8,64,1 x,8 64,8, 131072,8; do
	refuse "^lab doctor: --cache $cache: SETS,WAYS" "$lab" doctor four.trace --cache $cache
done
refuse '^none/x: cannot be written' "$lab" doctor four.trace --json none/x
printf '# pcpu-trace 1\na 0 16 8 --\nf 1\n' >bad.trace
echo old >x
refuse '^bad.trace:3: ' "$lab" doctor bad.trace --json x
want 'nothing half-written' grep -qx old x

done_with
