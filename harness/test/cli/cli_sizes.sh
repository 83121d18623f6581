#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# cli_sizes.sh PCPU_LAB ROOT - `pcpu-lab sizes`: counts by hand, what may leave a machine, bad
# input.
. "${0%/*}/../lib/cli.sh"
lab=$(absolute "$1") traces=$2/corpus/traces
work_in sizes

# --- counts, by hand -----------------------------------------------------------------------------

# Lifetimes: 0 and 1 of one event each, 2 of 4, 3 of 10 and 4 of 11 events; 5 is kept.
{
	echo '# pcpu-trace-ops 1'
	printf '%s\n' '# recorded on db7.example.net' 'a 0 16 8 -- one' 'f 0' 'a 1 16 4 -R two' \
		'f 1' 'a 2 32 8 A- one' 'a 3 16 8 -- one' 'a 4 64 64 --' 'a 5 16 8 -- one' 'f 2' \
		b b b b 'a 3 9 9 -- no' 'f 7' 'f 3' b 'f 4'
} >hand.trace
run 0 "$lab" sizes hand.trace --json all.json
# row TABLE PATTERN: a row of the printed table, its columns behind the name.
row() {
	awk -v table="$1" -v row="$2" '
		$0 ~ "^" table { on = 1; next }
		/^$/ { on = 0 }
		on && $0 ~ "^" row " " { sub("^" row " +", ""); gsub(/ +/, " "); print }' out
}
want 'the trace' [ "$(awk '$1 == "hand.trace" { print $2, $3, $4, $5, $6, $7 }' out)" = \
	'18 6 5 4 128 16' ]
want 'by size' [ "$(row 'size, ' 16)" = '4 66.67 1 64 2 1 1 10' ]
want 'by alignment' [ "$(row 'align' 8)" = '4 66.67 1 80 1 4 4 10' ]
want 'alive at the end' [ "$(row 'life' kept)" = '1 16.67 1 16 1 - - -' ]
want 'a decade ends with its ten' [ "$(row 'life' 2-10)" = '2 33.33 0 48 1 4 4 10' ]
want 'and begins behind it' [ "$(row 'life' 11-100)" = '1 16.67 0 64 1 11 11 11' ]
want 'one event' [ "$(row 'life' 1)" = '2 33.33 0 32 2 1 1 1' ]
want 'by site' [ "$(row 'site' one)" = '4 66.67 1 80 1 4 4 10' ]
want 'no site' [ "$(row 'site' -)" = '1 16.67 0 64 1 11 11 11' ]
want 'all together' [ "$(row 'size/' '16/8 one')" = '3 50.00 1 48 1 1 1 10' ]
want 'the most first' [ "$(awk '/^site /{ getline; print $1 }' out)" = one ]
want 'an a of a live id is none' [ "$(grep -c ' no ' out)" -eq 0 ]

json() {
	python3 -c "import json, sys; d = json.load(open('all.json')); print($1)"
}
want 'JSON has the same' [ "$(json '[(r["size"], r["requests"], r["kept"]) for r in d["sizes"]]')" \
	= '[(16, 4, 1), (32, 1, 0), (64, 1, 0)]' ]
want 'shapes' [ "$(json '[r["life_median"] for r in d["shapes"] if r["align"] == 4]')" = '[1]' ]
want 'no lifetime, no median' [ "$(json '[r for r in d["lifetimes"] if r["life"] == "kept" and
	"life_median" in r]')" = '[]' ]

# Ranks: of eleven lifetimes 1 to 11 the sixth and the tenth.
{
	echo '# pcpu-trace-ops 1'
	for n in 1 2 3 4 5 6 7 8 9 10 11; do
		echo 'a 0 8 8 -- x'
		yes b | head -n $((n - 1))
		echo 'f 0'
	done
} >ranks.trace
run 0 "$lab" sizes ranks.trace
want 'median, nine tenths, longest' [ "$(row 'site' x)" = '11 100.00 0 88 1 6 10 11' ]

run 0 "$lab" sizes hand.trace ranks.trace --top 1
want 'several traces are one table' [ "$(row 'size, ' 8)" = '11 64.71 0 88 1 6 10 11' ]
want 'ids are their own' [ "$(row 'size, ' 16)" = '4 23.53 1 64 2 1 1 10' ]
want 'the rest is counted' grep -qx '\.\.\. and 3 more (--top N)' out
for name in fork netns; do
	run 0 "$lab" sizes "$traces/$name.trace.xz"
	cp out table
	run 0 "$lab" replay "$traces/$name.trace.xz" --instructions=no
	allocated=$(awk '/^objects allocated/ { print $3 }' out)
	want "$name: as many as a replay makes" [ "$(awk 'NR == 2 { print $3 }' table)" = \
		"$allocated" ]
done
printf '# pcpu-trace 1\n' >none.trace
run 0 "$lab" sizes none.trace --json -
want 'nothing is nothing' grep -q '"sizes": \[\]' out
printf '# pcpu-trace 1\na 0 8 8 -- a\342\200\256b\377\n' >hostile.trace
run 0 "$lab" sizes hostile.trace
want 'what turns text around is not printed' [ "$(tr -d '\n\40-\176' <out | wc -c)" -eq 0 ]
run 0 "$lab" sizes hostile.trace --json -
want 'no UTF-8 is said so' grep -q '"site": "(no UTF-8)"' out

# --- what leaves a machine ------------------------------------------------------------------------

cat >private.trace <<'END'
# pcpu-trace 2
u 3
a 0 16 8 -R mm_init+0x8/0x90 3 402176
u 4
a 1 32 8 A- ffffffff81234567 4 64
a 2 8 8 -- /home/alice/secret.c:12 4 128
f 1
a 3 24 8 -- 0xabc - -
a 4 40 8 -- deadbee.isra.0 - -
a 5 40 8 -- 123456 - -
f 0
END
cat >wanted <<'END'
# pcpu-trace 1
a 0 16 8 -- mm_init
a 1 32 8 --
a 2 8 8 --
f 1
a 3 24 8 --
a 4 40 8 -- deadbee.isra.0
a 5 40 8 --
f 0
END
run 0 "$lab" sizes private.trace --share shared.trace
want 'sizes, alignments, order, names' cmp shared.trace wanted
want 'and what is left out' grep -qx 'lab sizes: 4 sites are no names and left out' err
want 'nothing on stdout' [ ! -s out ]
run 0 "$lab" sizes private.trace --share -
want 'on stdout' cmp out wanted
run 0 "$lab" replay shared.trace --check
run 0 "$lab" sizes shared.trace --share again.trace
want 'what is shared has nothing more to leave out' cmp shared.trace again.trace
want 'and says so by silence' [ ! -s err ]
run 0 "$lab" sizes hand.trace --share shared.trace
want 'no other operations, nor calls of none' [ "$(grep -c '^[af]' shared.trace)" -eq 11 ]
run 0 "$lab" sizes ranks.trace --share again.trace
want 'an id that is used again is counted anew' [ "$(sed -n '/^a /p; /^f /p' again.trace |
	cut -d' ' -f1-2 | tail -3 | tr '\n' ' ')" = 'f 9 a 10 f 10 ' ]
want 'no flags' [ "$(grep -c '^a .* --' shared.trace)" -eq 6 ]
run 0 "$lab" sizes "$traces/netns.trace.xz" --share shared.trace
want 'nothing but what it says' [ "$(grep -cvE \
	'^(# pcpu-trace 1|a [0-9]+ [0-9]+ [0-9]+ --( [A-Za-z_.$][A-Za-z0-9_.$]*)?|f [0-9]+)$' \
	shared.trace)" -eq 0 ]

# --- bad input -----------------------------------------------------------------------------------

refuse '^lab sizes: a TRACE was expected, none was given' "$lab" sizes
refuse '^lab sizes: stdin can be read once' "$lab" sizes - hand.trace -
refuse '^lab sizes: --share goes with one TRACE, 2 were given' "$lab" sizes a b --share x
refuse '^lab sizes: only one of --share and --json' "$lab" sizes hand.trace --share x --json y
refuse '^missing: cannot be read' "$lab" sizes hand.trace missing
refuse '^none/x: cannot be written' "$lab" sizes hand.trace --share none/x
refuse '^none/x: cannot be written' "$lab" sizes hand.trace --json none/x
printf '# pcpu-trace 1\na 0 16 8 --\nf 1\n' >bad.trace
for option in --json --share; do
	echo old >x
	refuse '^bad.trace:3: ' "$lab" sizes bad.trace $option x
	want 'nothing half-written' grep -qx old x
done
refuse '^lab sizes: --top: 0 is not within' "$lab" sizes hand.trace --top 0

done_with
