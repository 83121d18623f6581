#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# cli_replay.sh PCPU_LAB ROOT - `pcpu-lab replay` as users meet it: table, JSON, offsets, exit
# codes.
. "${0%/*}/../lib/cli.sh"
lab=$(absolute "$1") traces=$2/corpus/traces
work_in replay

# replay STATUS ARGUMENTS ...
replay() {
	wanted=$1
	shift
	run "$wanted" "$lab" replay "$@"
}

# --- Linux 6.1's places, on a unit of 1 MiB (SPEC.md 15.19) --------------------------------------

while read -r name hash atomic; do
	replay 0 "$traces/$name.trace.xz" --engine linux61 --unit 1048576 $atomic
	want "$name: the hash of Linux 6.1 $atomic" grep -q "^run hash .*$hash" out
done <<'END'
fork 03c8e926a44fb64d
netns c6699a0ab51ea6f0
cgroup 32c67c4778208ea6
cgroup 2f3758a9778eae45 --atomic
bpf cb5d29d5d5d7b283
END

replay 0 "$traces/fork.trace.xz" --engine area,linux61-exact --check
want 'what is not promised' [ "$(grep -c '^linux61-exact does not promise, ' out)" -ge 5 ]
want 'the reference promises all' [ "$(grep -c '^area does not promise' out)" -eq 0 ]

# Shorter ones run in test_replay with each engine; LAB_FULL=1: here, too.
names='fork cgroup'
[ -z "${LAB_FULL:-}" ] || names='fork netns cgroup bpf'
for name in $names; do
	replay 0 "$traces/$name.trace.xz" --engine linux61
	hash=$(sed -n "s/^$name linux61 //p" "$traces/hashes")
	want "$name: the hash of the corpus" grep -q "^run hash .*$hash" out
done

# --- the recorded traces ----------------------------------------------------------------------

for name in $names; do
	replay 0 "$traces/$name.trace.xz" --engine area,bitmap-ref --check
	hash=$(sed -n "s/^$name area //p" "$traces/hashes")
	want "$name: the hash of the corpus" grep -q "^run hash .*$hash" out
	want "$name: clean" grep -q '^verdict .* clean$' out
	want "$name: nothing on stderr" [ ! -s err ]
done
# The longest: test_replay checks area on it.
replay 0 "$traces/bpf.trace.xz" --engine bitmap-ref
hash=$(sed -n 's/^bpf area //p' "$traces/hashes")
want 'bpf: the hash of the corpus' grep -q "^run hash .*$hash" out

# --- a trace by hand --------------------------------------------------------------------------

printf '# pcpu-trace 1\na 0 16 8 -- site\na 1 32 8 -R\na 2 0 8 --\na 3 30000 4096 A-\nf 2\nf 0\n' \
	>t.trace
xz -k t.trace
printf '0 0 221184\n1 r 212992\n2 - -\n3 1 0\n' >wanted
echo old >offsets
for file in t.trace t.trace.xz; do
	replay 0 $file --offsets offsets --json json --check=all
	want "$file: offsets" cmp -s offsets wanted
	want "$file: one refused" grep -q '^allocations refused  *1$' out
	want "$file: one skipped" grep -q '^operations skipped  *1$' out
	want "$file: JSON has the refusal" grep -q '"refused": 1,' json
	hash=$(sed -n 's/^run hash  *//p' out)
	want "$file: where pages lie" grep -Eq '^unit pages on their node, %  +(-|100\.0)$' out
	want "$file: JSON has it too" grep -Eq '"placement_percent": (null|100\.0)' json
	want "$file: JSON has the table's hash" grep -q "\"hash\": \"$hash\"" json
done

replay 0 t.trace --offsets -
want 'offsets on stdout' cmp -s out wanted
replay 0 t.trace --json
want 'JSON alone on stdout' [ "$(head -c 1 out)" = '{' ]
want 'JSON alone on stdout' [ "$(tail -c 2 out)" = '}' ]
replay 0 t.trace --json - --offsets offsets
want 'JSON alone on stdout' [ "$(head -c 1 out)" = '{' ]
replay 0 t.trace --atomic --offsets offsets
want 'an atomic request makes no chunk' grep -q '^3 - -$' offsets

# --- the layout it runs on --------------------------------------------------------------------

replay 0 t.trace --topology 'synthetic:numa:2 pu:4' --alloc page --check
want 'the page allocator' grep -q '^layout  page: 8 CPUs in 1 group; ' out
replay 0 t.trace --unit 512K --reserved 0 --static 4K --offsets offsets --check
want 'forced unit' grep -q 'unit 524288, static 4096, reserved 0' out
want 'no reserved chunk: an ordinary allocation' grep -q '^1 0 4112$' offsets
replay 0 t.trace --space 64K --topology 'synthetic:numa:2 pu:4'
want 'a span too wide: page instead, and a warning' grep -q '^layout  page' out
want 'the warning names embed' grep -q embed err

# Nodes that this machine does not have: nobody can say whether pages lie there.
printf '# pcpu-topology 1\nnode 900 cpus 0-3\n' >far.topo
replay 0 t.trace --topology far.topo
want 'no word on nodes that are not there' grep -Eq '^unit pages on their node, %  +-$' out

# --- how much the first chunk takes -------------------------------------------------------------

replay 0 t.trace --unit 64M
want 'half a GiB is said' \
	grep -q '^lab replay: the first chunk takes 0.5 GiB at first, of [0-9.]* GiB available' err
want 'in one line' [ "$(wc -l <err)" -eq 1 ]
replay 0 t.trace --unit 63M
want 'less is not' [ ! -s err ]
for choice in auto embed; do
	refuse '^lab replay: the first chunk takes 2048.0 GiB at first, and [0-9.]* GiB of this' \
		"$lab" replay t.trace --unit 1G --topology 'synthetic:numa:2 pu:1024' \
		--alloc $choice
	want 'a way out' grep -q 'alloc page' err
done
refuse 'the first chunk takes 2000.0 GiB at first, and [0-9.]* GiB of .* available$' \
	"$lab" replay t.trace --static 1000M --topology synthetic:pu:2048 --alloc page
replay 0 t.trace --unit 1G --alloc page
want 'pages of the parts alone' [ ! -s err ]
replay 0 t.trace --unit 1G --topology synthetic:pu:2048 --space 64M
want 'embed would not come to that' grep -q '^layout  page' out

# --- the second form ----------------------------------------------------------------------------

printf '%s\n' '# pcpu-trace-ops 1' '# why' 'k 0 +' 'a 0 30000 8 --' 'k 4294967295' \
	'a 1 8 8 --' 'w 1 3' 'x 1 4' b c >o.trace
replay 0 o.trace --check=all --offsets offsets
printf '0 - -\n1 0 221184\n' >wanted
want 'calls made to fail, wild frees' cmp -s offsets wanted

# --- bad input leaves what is there ---------------------------------------------------------------

echo old >offsets
cp offsets json
printf '# pcpu-trace 1\na 0 16 8 --\nf 1\n' >bad.trace
replay 2 bad.trace --offsets offsets --json json
want 'the sentence' [ "$(cat err)" = 'bad.trace:3: the id of a live object: 1 was never born' ]
want 'offsets kept' [ "$(cat offsets)" = old ]
want 'JSON kept' [ "$(cat json)" = old ]
head -c 20000 "$traces/fork.trace.xz" >cut.trace.xz
replay 2 cut.trace.xz --offsets offsets
want 'one line on stderr' [ "$(wc -l <err)" -eq 1 ]
want 'offsets kept' [ "$(cat offsets)" = old ]
replay 2 t.trace --engine none
replay 2 t.trace --engine area,
replay 2 t.trace --engine area,none
want 'engines are named' grep -q 'area' err
replay 2 t.trace t.trace
replay 2 t.trace --check=some
replay 2 t.trace --unit 32K
replay 2 t.trace --unit 262145
replay 2 t.trace --atom 3M
replay 2 t.trace --alloc page --atom 2M
replay 2 t.trace --alloc vmalloc
replay 2 t.trace --rule none
replay 2 t.trace --stride even
replay 2 t.trace --json - --offsets -
replay 2 t.trace --offsets /nonexistent/folder/file

run 0 "$lab" replay --help
want "the help names the command as it is typed" grep -q "^usage: lab replay " out

done_with
