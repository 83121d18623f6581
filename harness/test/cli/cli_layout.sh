#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# cli_layout.sh PCPU_LAB SOURCE_ROOT - `lab layout` as users meet it: a real kernel's lines from
# topologies and from logs, the fall-back to page with its warnings, printing, JSON, exit statuses.
. "${0%/*}/../lib/cli.sh"
lab=$(absolute "$1") corpus=$2/corpus
work_in layout

# same WHAT FILE FILE
same() {
	want "$1" diff "$2" "$3"
}

# status WANTED ARGUMENTS ...: leaves out and err.
status() {
	wanted=$1
	shift
	run "$wanted" "$lab" "$@"
}

# has FILE PATTERN: a line of the file is the pattern (basic regular expression).
has() {
	want "no line \`$2\` in $1" grep -qx "$2" "$1"
}

# --- a real kernel's lines --------------------------------------------------------------------

nr=0
for expected in "$corpus"/layouts/*.expect; do
	name=$(basename "$expected" .expect)
	grep '^pcpu-alloc:' "$expected" >wanted
	set -- $(head -1 "$expected") # static S reserved R dyn D atom A allocator NAME
	status 0 layout "$corpus/layouts/$name.topo" --static "$3" --reserved "$5" --dyn "$7" \
		--atom "$9" --alloc "${11}"
	grep '^pcpu-alloc:' out >got
	same "$name: the kernel's lines from its topology" wanted got
	sed 's/^/[    0.000000] /' wanted >log
	status 0 layout log
	grep '^pcpu-alloc:' out >got
	same "$name: the kernel's lines from its log" wanted got
	nr=$((nr + 1))
done
want "$nr golden layouts instead of 14" [ $nr -eq 14 ]

# The defaults are those of the golden layouts.
status 0 layout "$corpus/layouts/8cpu_2node_5_3.topo"
has out 'pcpu-alloc: s212992 r8192 d28672 u1048576 alloc=1\*2097152'
has out '    1     1     3      4      1      4194304        6291456  5-7'
has out 'units       10 for 8 CPUs'
has out 'waste       2 units, 20.0 % of all'
has out 'span        10485760 bytes, under 0.01 % of 35184372088832 bytes.*'

# --- machines survive printing (test_topology and test_layout take all of them) ------------------

nr=0
for topo in "$corpus"/topologies/xml-*.topo; do
	"$lab" layout "$topo" >first 2>err
	want "$topo" [ $? -eq 0 ]
	"$lab" layout "$topo" --print >printed.topo 2>err
	want "$topo: --print" [ $? -eq 0 ]
	"$lab" layout printed.topo >second 2>err
	want "$topo: printed" [ $? -eq 0 ]
	"$lab" layout printed.topo --print >again.topo 2>err
	want "$topo: printed twice" [ $? -eq 0 ]
	same "$topo: printed twice" printed.topo again.topo
	grep -v '^machine' first >first.rest
	grep -v '^machine' second >second.rest
	same "$topo: layout of what was printed" first.rest second.rest
	nr=$((nr + 1))
done
want "$nr machines instead of 15" [ $nr -eq 15 ]

printf '# pcpu-topology 1\nnode 0 cpus 0\nnode 1 cpus 1\nnode 2 cpus 2\n%s\n%s\n%s\n' \
	'distance 0 10 10 10' 'distance 1 10 10 20' 'distance 2 10 20 10' >near.topo

# --- the choice ---------------------------------------------------------------------------------

# 16 MiB of areas in 20 MiB: more than 75 %. The warning names embed and its cause; page comes out.
status 0 layout 'synthetic:numa:8 pu:4' --space 20M
has err '.*embed failed: the groups lie too far apart; page is tried instead'
has out 'pcpu-alloc: s212992 r8192 d12288 u233472 alloc=57\*4096'
has out 'allocator   page (requested: auto), .*'
status 0 layout 'synthetic:numa:8 pu:4' --space 20M --alloc embed
has out 'allocator   page (requested: embed), .*'
status 0 layout 'synthetic:numa:8 pu:4' --space 22M
has out 'allocator   embed (requested: auto), .*'
want 'no warning where embed fits' [ ! -s err ]
# Page, chosen: the dynamic part is the least; another is refused, unless it comes to the same.
for dyn in 0 12288; do
	status 0 layout 'synthetic:numa:8 pu:4' --alloc page --dyn $dyn
	has out 'pcpu-alloc: s212992 r8192 d12288 u233472 alloc=57\*4096'
	want 'no warning where page was asked for' [ ! -s err ]
done
for dyn in 12289 1M; do
	status 2 layout 'synthetic:numa:8 pu:4' --alloc page --dyn $dyn
	has err 'lab layout: --dyn: with --alloc page the dynamic part is the least .* 12288 .*'
	want 'nothing beside a refusal' [ ! -s out ]
done
status 0 layout 'synthetic:numa:8 pu:4' --alloc page --dyn 20000 --early-dyn 20K
has out 'pcpu-alloc: s212992 r8192 d20480 u241664 alloc=59\*4096'

# --- other kernels, other pages -------------------------------------------------------------------

# What a riscv64 machine with Linux 6.16 printed, what 6.1 has, what a large machine printed.
printf '# pcpu-topology 1\nnode 0 cpus 0-1\n' >two.topo
page='layout two.topo --alloc page --reserved 8192'
status 0 $page --static 85784 --kernel 6.16
has out 'pcpu-alloc: s85784 r8192 d20712 u114688 alloc=28\*4096'
has out 'page        4096 bytes, 28 a CPU; least unit 32768, least dynamic part 20480 bytes'
for kernel in 6.1 6.0 6.1.0-13-amd64 5.15.0-91-generic 4.19.0+ 3.10 3.x 5.x; do
	status 0 $page --static 85784 --kernel $kernel
	has out 'pcpu-alloc: s85784 r8192 d12520 u106496 alloc=26\*4096'
done
status 0 $page --static 107200
has out 'pcpu-alloc: s107200 r8192 d15680 u131072 alloc=32\*4096'
has out 'page        4096 bytes, 32 a CPU; .*'
# An option beats a set, a set the default.
status 0 $page --static 85784 --kernel 6.16 --early-dyn 12K
has out 'pcpu-alloc: s85784 r8192 d12520 u106496 alloc=26\*4096'
status 0 layout near.topo --kernel 6.1
has out 'pcpu-alloc: \[0\] 0 1 2 -'
status 0 layout near.topo --kernel 6.x --rule reference
has out 'pcpu-alloc: \[0\] 0 1 \[1\] 2 -'
status 0 layout two.topo --kernel 2.6.32 --static 5920 --dyn 14560 --atom 4K
has out 'pcpu-alloc: s5920 r8192 d14560 u65536 alloc=16\*4096'
status 0 layout two.topo --kernel 2.6.32 --static 5920 --dyn 14560 --atom 4K --min-unit 40000
has out 'pcpu-alloc: s5920 r8192 d14560 u40960 alloc=10\*4096'
# What is not known is demanded; what nobody knows is refused.
for kernel in 2.6.32 6.x 6.8 6.17; do
	status 2 $page --kernel $kernel
	has err "lab layout: --kernel $kernel: its least dynamic space, .*: "\
'--early-dyn B was expected'
	status 0 $page --kernel $kernel --early-dyn 12K
done
for kernel in nope 2.6.33 2.6.320 3.20 4.21 5.20 6.19 7.0 6 6. x.x 6.1x 6.01234 6.1.x -6.1; do
	status 2 layout two.topo --kernel "$kernel"
	has err "lab layout: --kernel $kernel: 2.6.32, a release from 3.0 .* was expected"
	want 'nothing beside a refusal' [ ! -s out ]
done
# Sums, least units and strides in 64 KiB pages, as a ppc64le machine printed.
printf '# pcpu-topology 1\nnode 0 cpus 0-39\nnode 1 cpus 40-79\n' >ppc.topo
ppc='--static 590888 --reserved 0 --dyn 28672 --atom 1M'
status 0 layout ppc.topo --page 64K $ppc
has out 'pcpu-alloc: s590888 r0 d64472 u1048576 alloc=1\*1048576'
has out 'page        65536 bytes, 10 a CPU; least unit 65536, .*'
grep '^pcpu-alloc:' out >ppc.dump
status 0 layout ppc.topo --page 64K $ppc --stride odd
has out 'pcpu-alloc: s590888 r0 d64472 u720896 alloc=11\*65536'
status 0 layout ppc.topo --page 64K $ppc --json
has out '    "page_bytes": 65536,'
has out '    "min_unit_bytes": 65536,'
status 0 layout two.topo --page 64K --alloc page
has out 'pcpu-alloc: s212992 r8192 d40960 u262144 alloc=4\*65536'
status 0 layout two.topo --page 16K --static 1 --reserved 0 --dyn 1 --atom 16K
has out 'pcpu-alloc: s1 r0 d16383 u32768 alloc=2\*16384'
for bad in '--page 12K' '--page 2K' '--page 128K' '--page x' '--page 64K --atom 4K' \
	'--page 64K --unit 100K' '--min-unit 31K' '--early-dyn 4K' '--min-unit 2G' \
	'--min-unit 64K --static 1 --dyn 0 --unit 32K' '--early-dyn 1G' \
	'--page 64K --alloc page --atom 4K'; do
	status 2 layout two.topo $bad
	want "$bad: one line, nothing beside it" [ "$(wc -l <err)" -eq 1 ] && [ ! -s out ]
done

# --- why, and what if ----------------------------------------------------------------------------

status 0 layout "$corpus/layouts/8cpu_2node_5_3.topo" --explain
has out 'units to an allocation of 2097152 bytes: at most 8, of at least 262144 bytes'
has out '          8       262144       2      16       8  passed over: '\
'wastes 8 units, at most 2 may be'
has out '        7-5            -       -       -       -  passed over: no whole pages'
has out '          4       524288       3      12       4  passed over: '\
'wastes 4 units, at most 2 may be'
has out '          2      1048576       5      10       2  taken: the choice'
has out '          1      2097152       8       8       0  passed over: more allocations .*'
has out 'a CPU              1048576         249856         798720'
has out 'no CPU             1048576              0        1048576'
has out 'in all            10485760        1998848        8486912'
status 0 layout "$corpus/layouts/8cpu_2node_5_3.topo" --explain --json
has out '    "chosen_upa": 2,'
has out '        "verdict": "wastes too much",'
has out '      "given_back_bytes": 8486912'
status 0 layout 'synthetic:numa:1 pu:4' --explain
has out '          8       262144       1       8       4  passed over: '\
'wastes 4 units, at most 1 may be'
has out '          4       524288       1       4       0  taken: the choice'
status 0 layout 'synthetic:numa:1 pu:4' --explain --alloc page
has out '          1       233472       4       4       0  taken: the choice'
has out 'in all              933888         933888              0'
status 0 layout 'synthetic:numa:1 pu:4' --explain --stride odd
has out 'units to an allocation: 1; .*'
for machine in "$corpus"/layouts/*.topo; do
	status 0 layout "$machine" --explain --static 20000
	want 'one choice' [ "$(grep -c ' taken: the choice' out)" -eq 1 ]
done
status 0 layout 'synthetic:numa:3 pu:2' --merge 0,2
has out 'pcpu-alloc: \[0\] 0 1 4 5 \[1\] 2 3 - -'
has out 'merged      nodes 0,2, taken as near each other'
status 0 layout 'synthetic:numa:3 pu:2' --merge 0-2 --explain --json
has out '    "pcpu-alloc: \[0\] 0 1 2 3 4 5 - -"'
has out '  "merged_nodes": "0-2",'
status 0 layout 'synthetic:numa:3 pu:2' --merge 1,2 --print
has out 'distance 1 20 10 10'
has out 'distance 2 20 10 10'
for bad in '' 0 0-0 0,0 0,3 3 0, ,0 0,,1 0-5 2-0 a '0 1' 0,1x -1 0-1,1 99999999999999999999,1 \
	65536,0; do
	status 2 layout 'synthetic:numa:3 pu:2' --merge="$bad"
	want "--merge='$bad': one line about it" grep -q '^lab layout: --merge' err
	want "--merge='$bad': nothing beside it" [ ! -s out ]
done
status 2 layout two.topo --explain --print

# --- a log brings its own sizes ------------------------------------------------------------------

# Of 2.6.32: no unit below 64 KiB.
printf '%s\n' 'pcpu-alloc: s5920 r8192 d14560 u65536 alloc=16*4096' \
	'pcpu-alloc: [0] 0 [0] 1' >old.log
status 0 layout old.log
has out 'pcpu-alloc: s5920 r8192 d14560 u65536 alloc=16\*4096'
has out 'page        4096 bytes, 7 a CPU; least unit 65536, .*'
status 0 layout old.log --kernel 6.1
has out 'page        4096 bytes, 7 a CPU; least unit 65536, .*'
{ echo '[    0.0] percpu: Embedded 10 pages/cpu s590888 r0 d64472 u1048576'; cat ppc.dump; } \
	>ppc.log
for more in '' '--page 64K' '--dyn 28672' '--static 590888' '--unit 1M' '--min-unit 1M' \
	'--early-dyn 64472' '--atom 1M' '--kernel 2.6.32' '--reserved 0'; do
	status 0 layout ppc.log $more
	grep '^pcpu-alloc:' out >got
	same "the log's lines with $more" ppc.dump got
	has out 'page        65536 bytes, 10 a CPU; .*'
done
for more in '--page 4K' '--page 16K' '--dyn 64473' '--static 590887' '--unit 2M' \
	'--min-unit 1025K' \
	'--early-dyn 64473' '--atom 2M' '--reserved 1' '--min-unit 2M'; do
	status 2 layout ppc.log $more
	has err "lab layout: ${more% *} [0-9]*: the log has .*"
	want 'nothing beside a refusal' [ ! -s out ]
done
status 2 layout old.log --page 64K
has err "lab layout: --page 65536: the log's 28672 bytes .* are no multiple of it"
status 2 layout old.log --min-unit 32K
# Another allocator on the log's machine, by the log's least unit.
status 0 layout old.log --alloc page --dyn 14560
has out 'pcpu-alloc: s5920 r8192 d14560 u65536 alloc=16\*4096'
status 2 layout old.log --alloc page --early-dyn 14561

# --- rules and strides --------------------------------------------------------------------------

status 0 layout near.topo
has out 'pcpu-alloc: \[0\] 0 1 \[1\] 2 -'
status 0 layout near.topo --rule first-member
has out 'pcpu-alloc: \[0\] 0 1 2 -'
status 0 layout near.topo --stride odd
has out 'pcpu-alloc: s212992 r8192 d28672 u249856 alloc=61\*4096'
want 'a skew is named that is not there' test "$(grep -c '^skew' out)" = 0
# One page more than odd, which is even: so one more. The dump has no word for a skew.
status 0 layout near.topo --stride skewed --json skewed.json
has out 'pcpu-alloc: s212992 r8192 d28672 u258048 alloc=63\*4096'
has out 'allocator   embed (requested: auto), reference rule, skewed stride'
has out 'unit        258048 bytes: .* 4096 given back'
has out 'skew        64 bytes from unit to unit, modulo 4096; largest alignment 64; 4096 bytes .*'
has skewed.json '.*"skew_bytes": 128,\{0,1\}'
status 2 layout near.topo --stride skewed --unit 249856
status 0 layout near.topo --stride skewed --unit 253952
status 0 layout near.topo --unit 1M
has out 'pcpu-alloc: s212992 r8192 d28672 u1048576 alloc=256\*4096'

# --- a log that does not come out again ---------------------------------------------------------

printf '%s\n' 'pcpu-alloc: s212992 r8192 d28672 u524288 alloc=1*2097152' \
	'pcpu-alloc: [0] 0 1 - -' >odd.log
status 1 layout odd.log
has err "odd.log: the log's lines do not come out again: .*"
# Whole lines are lost: eight CPUs alone would have narrower ids, and more units an allocation.
printf '%s\n' 'pcpu-alloc: s212992 r8192 d28672 u524288 alloc=1*2097152' \
	'pcpu-alloc: [0] 00 01 02 03 [0] 04 05 06 07' >lost.log
status 1 layout lost.log
has err "lost.log: the log's lines do not come out again: .*"

# --- JSON ---------------------------------------------------------------------------------------

status 0 layout near.topo --json
expect 'JSON stands alone on stdout' "head -c 1 out | grep '{' && ! grep '^pcpu-alloc' out"
has out '  "nr_possible": 3,'
has out '    "pcpu-alloc: \[0\] 0 1 \[1\] 2 -"'
cp out on-stdout.json
status 0 layout near.topo --json in-file.json
same 'JSON in a file and on stdout' on-stdout.json in-file.json
has out 'units       4 for 3 CPUs'
status 2 layout near.topo --json missing-folder/x.json
want 'no results beside a JSON file that could not be written' [ ! -s out ]

# Each of --variants is the layout that its rule and stride make.
printf '# pcpu-topology 1\nnode 0 cpus 0-2\nnode 1 cpus 3-7\nnode 4 cpus 9\n%s\n%s\n%s\n' \
	'distance 0 10 10 10' 'distance 1 10 10 20' 'distance 4 10 30 10' >chain.topo
status 0 layout chain.topo --variants --json variants.json
for rule in reference first-member; do
	for stride in reference odd skewed; do
		status 0 layout chain.topo --rule $rule --stride $stride --json one.json
		want "$rule, $stride" python3 -c 'import json, sys
one, every = json.load(open("one.json")), json.load(open("variants.json"))
v = [x for x in every["variants"] if [x["rule"], x["stride"]] == sys.argv[1:]]
assert len(v) == 1 and len(every["variants"]) == 6, v
v, s = v[0], one["sizes"]
assert v["unit_bytes"] == s["unit_bytes"] and v["skew_bytes"] == s.get("skew_bytes", 0)
assert v["units_per_alloc"] == s["units_per_alloc"] and v["span_bytes"] == one["span_bytes"]
assert [v["nr_units"], v["nr_wasted"]] == [one["nr_units"], one["nr_wasted"]]
assert v["area_bytes"] == sum(g["area_bytes"] for g in one["groups"])
def ids(text):
    parts = [p.split("-") for p in text.split(",")]
    return [i for p in parts for i in range(int(p[0]), int(p[-1]) + 1)]
for a, b in zip(v["groups"], one["groups"]):
    assert all(a[k] == b[k] for k in ("group", "node", "nr_cpus", "nr_units", "nr_wasted",
                                      "area_bytes", "offset_bytes")), (a, b)
    assert sorted(u["cpu"] for u in one["units"] if u["group"] == a["group"] and
                  u["cpu"] is not None) == ids(a["cpus"])
assert len(v["groups"]) == len(one["groups"])' $rule $stride
	done
done
want 'nodes and distances' python3 -c 'import json
all = json.load(open("variants.json"))
assert [n["cpus"] for n in all["nodes"]] == ["0-2", "3-7", "9"]
assert [n["online"] for n in all["nodes"]] == [True, True, True]
assert all["distances"] == [[10, 10, 10], [10, 10, 20], [10, 30, 10]]
assert len({v["nr_groups"] for v in all["variants"]}) == 2, "rules differ here"'
status 2 layout chain.topo --variants
has err 'lab layout: --variants goes with --json'

done_with
