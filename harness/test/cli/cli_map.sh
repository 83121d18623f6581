#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# cli_map.sh PCPU_LAB ROOT - `pcpu-lab map`: what it writes is read a second time and held against
# `replay`; bad input.
. "${0%/*}/../lib/cli.sh"
lab=$(absolute "$1") traces=$2/corpus/traces decode=$(absolute "${0%/*}/map_decode.py")
work_in map

# same TRACE ENGINE EVENTS OPTIONS ...: the map is what a replay does.
same() {
	trace=$1 engine=$2 events=$3
	shift 3
	run 0 "$lab" replay "$trace" --engine "$engine" --offsets offsets --json replay.json "$@"
	run 0 "$lab" map "$trace" --engine "$engine" --json map.json "$@"
	want "$engine $*: nothing on stderr" [ ! -s err ]
	run 0 python3 "$decode" map.json "$engine" offsets replay.json
	want "$engine $*: the map of $trace" grep -q "^$events events, " out
	want "$engine $*: nothing differs" [ "$(wc -l <out)" -eq 1 ]
}

same "$traces/fork.trace.xz" bitmap 24656
for number in 5007 5033 5050; do
	same "$traces/random/r$number.trace.xz" linux61 1500 --atomic
done

# Ids that are used again, refused, skipped; what frees an older object than the last `a` of its id.
printf '%s\n' '# pcpu-trace-ops 1' 'a 0 16 8 --' 'a 0 32 8 --' 'a 1 30000 4096 A-' 'f 0' 'f 0' \
	'a 0 13 1 -R' 'w 0 1' b 'a 2 0 8 --' 'f 2' 'f 1' 'a 1 5 1 -- x' c 's 1' 'x 1 4' >ids.trace
same ids.trace bitmap 15 --topology 'synthetic:numa:2 pu:3' --stride skewed
same ids.trace area 15 --atomic
same ids.trace linux61-exact 15 --reserved 0 --unit 512K
printf '# pcpu-trace 1\n' >none.trace
same none.trace bitmap 0

# The decoder complains of what is changed.
run 0 "$lab" replay ids.trace --engine area --offsets offsets --json replay.json
run 0 "$lab" map ids.trace --engine area --json map.json
sed '1s/221/222/' offsets >other
run 0 python3 "$decode" map.json area other replay.json
want 'another place is seen' grep -q '^places differ' out
sed 's/"live": *[0-9]*/"live":77/' map.json >other.json
sed 's/"states": *\[\[[01]/"states":[[2/' map.json >chunk.json
run 0 python3 "$decode" chunk.json area offsets replay.json
cp out other.out
run 0 python3 "$decode" other.json area offsets replay.json
want 'another chunk, too' grep -q '^chunks are not as' other.out
want 'another count is seen' grep -q '^live: [0-9]* played, 77 counted' out

# Names of a machine's folders are not passed on; hostile ones are data.
mkdir '<script><b>'
printf '# pcpu-trace 1\na 0 16 8 -- <img/src=x>\n' >'<script><b>/s.trace'
run 0 "$lab" map '<script><b>/s.trace' --json
want 'the name alone' grep -q '"trace": *"s.trace"' out
want 'sites as they are' grep -q '<img/src=x>' out

# --- bad input ---------------------------------------------------------------------------------

refuse '^lab map: one TRACE was expected, 0 were given' "$lab" map
refuse '^lab map: one TRACE was expected, 2 were given' "$lab" map a b
refuse '^lab map: --engine none: all, ' "$lab" map ids.trace --engine none --json x
refuse '^missing: cannot be read' "$lab" map missing --json x
refuse '^none/x: cannot be written' "$lab" map ids.trace --json none/x
printf '# pcpu-trace 1\na 0 16 8 --\nf 1\n' >bad.trace
echo old >x
refuse '^bad.trace:3: ' "$lab" map bad.trace --json x
want 'nothing half-written' grep -qx old x
refuse '^lab map: .*2048.0 GiB' "$lab" map ids.trace --unit 1G \
	--topology 'synthetic:numa:2 pu:1024' --json x
want 'nothing half-written' grep -qx old x
{
	echo '# pcpu-trace-ops 1'
	yes b | head -n 4194305
} >long.trace
refuse '^lab map: long.trace has 4194305 events: a page has room for 4194304' "$lab" map \
	long.trace --json x

done_with
