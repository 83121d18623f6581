#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# cli_instructions.sh PCPU_LAB ROOT - what the calls of a replay take in instructions: where the
# figure comes from, that it is exact, and that there is a reason where there is none.
. "${0%/*}/../lib/cli.sh"
lab=$(absolute "$1")
work_in instructions

printf '# pcpu-trace 1\na 0 16 8 --\na 1 32 8 --\nf 0\n' >t.trace
{ cat t.trace && printf 'a 2 64 8 --\nf 2\n'; } >more.trace

# count FILE: the row of the table, without words.
count() {
	sed -n 's/^instructions, by callgrind  *//p' "$1"
}

# --- by default: the counter, or why not --------------------------------------------

run 0 "$lab" replay t.trace --engine area,linux61 --json json
if grep -q '^instructions, by counter' out; then
	want 'counts' grep -Eq '^instructions, by counter  *[1-9][0-9]*  *[1-9][0-9]*$' out
	want 'JSON has the source' [ "$(grep -c '"instructions_by": "counter"' json)" -eq 2 ]
	run 0 "$lab" replay t.trace --instructions=counter
else
	want 'dashes' grep -Eq '^instructions  *-  *-$' out
	want 'one line why' [ "$(grep -c '^instructions are not counted: the p' out)" -eq 1 ]
	want 'JSON has none' [ "$(grep -c '"instructions": null' json)" -eq 2 ]
	refuse '^lab replay: --instructions=counter: the processor.s counter ' \
		"$lab" replay t.trace --instructions=counter
fi
run 0 "$lab" replay t.trace --instructions=no
want 'by request' grep -q '^instructions are not counted: by request ' out

# --- refused -------------------------------------------------------------------------------------

refuse '^lab replay: --instructions=some: ' "$lab" replay t.trace --instructions=some
refuse '^lab replay: --instructions reads its input again ' "$lab" replay - --instructions
refuse '^lab replay: --instructions reads its input again ' \
	"$lab" replay t.trace --instructions --topology -
mkdir empty
refuse '^lab replay: --instructions: counting needs valgrind' \
	env PATH="$work/empty" "$lab" replay t.trace --instructions

# --- by callgrind --------------------------------------------------------------------------------

if ! command -v valgrind >/dev/null; then
	skip 'there is no valgrind to count with'
	done_with
fi
echo mine >offsets
run 0 "$lab" replay --check=all --engine area,linux61 --unit 512K --json json --offsets offsets \
	--instructions -- t.trace
first=$(count out)
want 'two counts' grep -Eq '^instructions, by callgrind  *[1-9][0-9]*  *[1-9][0-9]*$' out
want 'each engine has its own' [ "${first%% *}" -ne "${first##* }" ]
want 'JSON has the same' grep -q "\"instructions\": ${first%% *}," json
want 'JSON has the source' [ "$(grep -c '"instructions_by": "callgrind"' json)" -eq 2 ]
want 'the child writes no offsets' [ "$(wc -l <offsets)" -eq 2 ]
grep -v '^a 1' t.trace >one.trace
run 0 "$lab" replay one.trace --engine linux61 --misplaced list --write-recorded recorded \
	--instructions
want 'nor anything else' [ "$(wc -l <list)" -eq 1 ]
run 0 "$lab" replay t.trace --unit 512K --instructions=callgrind
want 'twice the same' [ "$(count out)" = "${first%% *}" ]
run 0 "$lab" replay more.trace --unit 512K --instructions
want 'a pair more takes more' [ "$(count out)" -gt "${first%% *}" ]

done_with
