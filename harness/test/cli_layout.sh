#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# cli_layout.sh PCPU_LAB SOURCE_ROOT - `lab layout` as users meet it: a real kernel's lines from
# topologies and from logs, the fall-back to page with its warnings, printing, JSON, exit statuses.
. "${0%/*}/cli.sh"
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

# --- the choice ---------------------------------------------------------------------------------

# 16 MiB of areas in 20 MiB: more than 75 %. The warning names embed and its cause; page comes out.
status 0 layout 'synthetic:numa:8 pu:4' --space 20M
has err '.*embed failed: the groups lie too far apart; page is tried instead'
has out 'pcpu-alloc: s212992 r8192 d12288 u233472 alloc=57\*4096'
has out 'allocator   page (asked for: auto), .*'
status 0 layout 'synthetic:numa:8 pu:4' --space 20M --alloc embed
has out 'allocator   page (asked for: embed), .*'
status 0 layout 'synthetic:numa:8 pu:4' --space 22M
has out 'allocator   embed (asked for: auto), .*'
want 'no warning where embed fits' [ ! -s err ]
# Page, chosen: whatever dyn was asked for.
status 0 layout 'synthetic:numa:8 pu:4' --alloc page --dyn 1M
has out 'pcpu-alloc: s212992 r8192 d12288 u233472 alloc=57\*4096'
want 'no warning where page was asked for' [ ! -s err ]

# --- rules and strides --------------------------------------------------------------------------

printf '# pcpu-topology 1\nnode 0 cpus 0\nnode 1 cpus 1\nnode 2 cpus 2\n%s\n%s\n%s\n' \
	'distance 0 10 10 10' 'distance 1 10 10 20' 'distance 2 10 20 10' >near.topo
status 0 layout near.topo
has out 'pcpu-alloc: \[0\] 0 1 \[1\] 2 -'
status 0 layout near.topo --rule first-member
has out 'pcpu-alloc: \[0\] 0 1 2 -'
status 0 layout near.topo --stride odd
has out 'pcpu-alloc: s212992 r8192 d28672 u249856 alloc=61\*4096'
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

done_with
