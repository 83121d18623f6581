#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# cli_machines.sh PCPU_LAB - machines from whatever people have of them: numactl -H, lscpu -p, hwloc
# exports in every shape, copies of /sys; each known by its content, and refused in one line where
# it is damaged.
. "${0%/*}/../lib/cli.sh"
lab=$(absolute "$1")
work_in machines

# machine WHAT FILE LINE ...: `layout FILE --print` gives these lines.
machine() {
	what=$1 file=$2
	shift 2
	printf '%s\n' '# pcpu-topology 1' "$@" >wanted
	run 0 "$lab" layout "$file" --print
	want "$what" diff wanted out
}

# bad LINE SENTENCE TEXT: the text, in a file without a suffix, is refused so.
bad() {
	printf "$3" >bad
	refuse "^bad:$1: .*$2" "$lab" layout bad
}

# --- absent CPUs ------------------------------------------------------------------------------

cat >small.topo <<-'END'
	# pcpu-topology 1
	node 0 cpus 0-1
	node 1 cpus 2-3
	possible 0-7
END
run 0 "$lab" layout small.topo --static 150000
want 'dealt in turn, as a real machine did' grep -qx 'pcpu-alloc: \[0\] 0 1 4 6 \[1\] 2 3 5 7' out
machine 'absent first' small.topo 'node 0 cpus 0-1,4,6' 'node 1 cpus 2-3,5,7'
echo 'absent first' >>small.topo
machine 'absent first' small.topo 'node 0 cpus 0-1,4-7' 'node 1 cpus 2-3'

# --- numactl -H -------------------------------------------------------------------------------

A='available: 2 nodes (0,8)\n'
C='node 0 cpus: 0 2\nnode 8 cpus: 1 3\n'
cat >numactl <<-'END'
	$ numactl -H
	available: 3 nodes (0-1,8)
	node 0 cpus: 0 2 4 6
	node 0 size: 7959 MB
	node 0 free: 6982 MB
	node 1 cpus: 1 3 5 7
	node 1 size: 0 MB
	node 1 free: 0 MB
	node 8 cpus:
	node 8 size: <not available>
	node distances:
	node   0   1   8
	  0:  10  20  40
	  1:  21  10  41
	  8:  40  41  10
	$
END
machine 'numactl -H' numactl 'node 0 cpus 0,2,4,6' 'node 1 cpus 1,3,5,7' 'node 8 cpus -' \
	'distance 0 10 20 40' 'distance 1 21 10 41' 'distance 8 40 41 10'
sed 's/$/\r/' numactl >crlf
cp wanted keep
run 0 "$lab" layout crlf --print
want 'numactl -H, CR LF' diff keep out
{
	printf '\357\273\277'
	cat numactl
} >bom
run 0 "$lab" layout bom --print
want 'numactl -H, with a byte order mark' diff keep out
printf "$A${C}No distance information available.\n" >plain
machine 'numactl -H without distances' plain 'node 0 cpus 0,2' 'node 8 cpus 1,3'
head -5 numactl >cut
refuse '^cut:5: a line `node ID cpus: ...` for each node' "$lab" layout cut
head -14 numactl >cut
refuse '^cut:14: a row of distances for each node' "$lab" layout cut
bad 1 'available: N nodes' 'available: two nodes (0-1)\n'
bad 1 'as many nodes' 'available: 3 nodes (0-1)\n'
bad 1 'node ids from 0 to 1023' 'available: 1 nodes (1024)\n'
bad 2 'with an id of' "${A}node 4 cpus: 0\n"
bad 2 'CPU ids from 0 to 8191' "${A}node 0 cpus: 8192\n"
bad 2 'ascending order' "${A}node 0 cpus: 2 2\n"
bad 3 'one line of CPUs' "${A}node 0 cpus: 0\nnode 0 cpus: 1\n"
bad 2 'with an id of' "${A}nonsense\n"
bad 3 'at least one CPU' "${A}node 0 cpus:\nnode 8 cpus:\n"
bad 5 'ids of all nodes' "$A${C}node distances:\nnode 0 1\n"
bad 6 'as many distances' "$A${C}node distances:\nnode 0 8\n 0: 10\n"
bad 6 'as many distances' "$A${C}node distances:\nnode 0 8\n 0: 10 20 20\n"
bad 6 'from 10 to 255' "$A${C}node distances:\nnode 0 8\n 0: 10 256\n"
bad 6 'from 10 to 255' "$A${C}node distances:\nnode 0 8\n 0: 10 9\n"
bad 6 'to itself' "$A${C}node distances:\nnode 0 8\n 0: 20 20\n"
bad 6 'in order' "$A${C}node distances:\nnode 0 8\n 8: 20 10\n"

# --- lscpu -p ---------------------------------------------------------------------------------

H='# CPU,Core,Socket,Node\n'
cat >lscpu <<-'END'
	# The following is the parsable format, which can be fed to other
	# programs. Each different item in every column has an unique ID
	# starting from zero.
	# CPU,Core,Socket,Node,,L1d,L1i,L2,L3
	0,0,0,0,,0,0,0,0
	1,1,1,8,,1,1,1,1
	2,2,0,0,,2,2,2,0
	3,,,,,,,,
	5,,,
	4,3,1,8,,3,3,3,1
END
machine 'lscpu -p, with offline CPUs' lscpu 'node 0 cpus 0,2-3' 'node 8 cpus 1,4-5'
printf '# NODE,ONLINE,CPU\r\n1,Y,0\r\n,N,1\r\n0,Y,2\r\n' >columns
machine 'lscpu -p=node,online,cpu' columns 'node 0 cpus 1-2' 'node 1 cpus 0'
printf '# CPU,Node\n0,\n1,\n' >no-nodes
machine 'lscpu -p without NUMA' no-nodes 'node 0 cpus 0-1'
bad 2 'a column Node' '# CPU,Core\n0,0\n'
bad 2 'as many fields' "${H}0,0\n"
bad 3 'as many fields' "${H}0,0,0,0\n1,1,0\n"
bad 2 'as many fields' "${H}0,0,0,0,0\n"
bad 3 'each CPU once' "${H}0,0,0,0\n0,1,0,0\n"
bad 2 'CPU ids from 0 to 8191' "${H}8192,0,0,0\n"
bad 2 'CPU ids from 0 to 8191' "${H},0,0,0\n"
bad 2 'node ids from 0 to 1023' "${H}0,0,0,1024\n"
bad 2 'node ids from 0 to 1023' "${H}0,0,0,-\n"
bad 1 'at least one CPU' "$H"

# --- hwloc exports ----------------------------------------------------------------------------

# object TYPE OS_INDEX GP_INDEX CPUSET NODESET COMPLETE_NODESET REST
object() {
	printf '<object type="%s" os_index="%s" gp_index="%s" cpuset="%s" complete_cpuset="%s"' \
		"$1" "$2" "$3" "$4" "$4"
	printf ' nodeset="%s" complete_nodeset="%s"%s>\n' "$5" "$6" "$7"
}
# export NODESETS-OF-PU-3: node 0 has memory and CPUs 0 and 1; CPUs 2 and 3 are on a node without.
export_of() {
	echo '<topology version="2.0">'
	object Machine 0 1 0xf 0x1 0x27 ' allowed_cpuset="0xf" allowed_nodeset="0x1"'
	object Package 0 2 0x3 0x1 0x1 ''
	object NUMANode 0 3 0x3 0x1 0x1 ' local_memory="1073741824"/'
	object PU 0 4 0x1 0x1 0x1 /
	object PU 1 5 0x2 0x1 0x1 /
	echo '</object>'
	object Package 1 6 0xc 0x0 0x26 ''
	object PU 2 7 0x4 0x0 0x20 /
	object PU 3 8 0x8 0x0 "$1" /
	echo '</object></object></topology>'
}
export_of 0x24 >memoryless
machine 'a memoryless node, the lowest of several' memoryless 'node 0 cpus 0-1' 'node 2 cpus 3' \
	'node 5 cpus 2'
cp wanted keep
{
	printf '\357\273\277\r\n<?xml version="1.0"?>\r\n<!-- <topology version="9.0"> -->\r\n'
	printf '<!DOCTYPE topology SYSTEM "hwloc2.dtd">\r\n'
	sed 's/$/\r/' memoryless
} >dressed
for file in memoryless dressed; do
	for reader in 0 1; do
		HWLOC_LIBXML=$reader run 0 "$lab" layout $file --print
		want "$file: hwloc's reader $reader" diff keep out
	done
done
export_of 0x0 >homeless
refuse '^homeless:1: a node for each CPU: 1 of 4 CPUs are on none$' "$lab" layout homeless
sed 's/version="2.0"/version="3.0"/' memoryless >three
refuse '^three:1: .*written by hwloc 3, this library is 2\.[0-9]*$' "$lab" layout three
sed "s/version=\"2.0\"/foo='1' version = '12.1'/" memoryless >twelve
refuse '^twelve:1: .*written by hwloc 12, this library is 2\.[0-9]*$' "$lab" layout twelve
head -7 memoryless >cut
refuse '^cut:7: ' "$lab" layout cut

# --- copies of /sys ---------------------------------------------------------------------------

# tree: CPU 2 is offline, on node 1 by its link; CPUs 4 to 6 never came up.
tree() {
	rm -rf tree
	mkdir -p tree/sys/devices/system/cpu/cpu2 tree/sys/devices/system/node/node0 \
		tree/sys/devices/system/node/node1
	cpu=tree/sys/devices/system/cpu node=tree/sys/devices/system/node
	echo 0-6 >$cpu/possible
	ln -s ../../node/node1 $cpu/cpu2/node1
	echo 0-1 >$node/node0/cpulist
	echo 00000000,00000008 >$node/node1/cpumap
	echo '10 16' >$node/node0/distance
	printf '17 10\n\0' >$node/node1/distance # as some kernels end it
}
# no_tree PATTERN: the line that refuses it.
no_tree() {
	refuse "^tree$1\$" "$lab" layout --sys tree
	tree
}
tree
machine 'a /sys tree' tree 'node 0 cpus 0-1,4,6' 'node 1 cpus 2-3,5' 'distance 0 10 16' \
	'distance 1 17 10'
cp wanted keep
for dir in tree tree/sys; do
	run 0 "$lab" layout --sys $dir --print
	want "--sys $dir" diff keep out
done
refuse 'lab layout: one TOPOLOGY, or --sys DIR' "$lab" layout small.topo --sys tree
refuse '^small.topo: cannot be read: Not a directory$' "$lab" layout --sys small.topo
refuse '^missing: cannot be read: No such file or directory$' "$lab" layout --sys missing
mkdir empty
refuse '^empty: a /sys tree was expected: ' "$lab" layout --sys empty
refuse '^empty: cannot be read: Is a directory$' "$lab" layout empty

rm $cpu/possible
run 0 "$lab" layout --sys tree --print
want 'a hidden list of possible CPUs' grep -qx 'node 1 cpus 2-3' out
want 'it is hidden' grep -q 'cpu/possible is not there' err
rm $node/node1/distance
run 0 "$lab" layout --sys tree --print
want 'a hidden distance: none are known' [ "$(wc -l <out)" -eq 3 ]
want 'it is hidden' grep -q 'node/node1/distance is not there' err
rm -r $node
run 0 "$lab" layout --sys tree/sys --print
want 'a link to a node that has no folder' grep -qx 'node 1 cpus 2' out
rm $cpu/cpu2/node1
mkdir $cpu/cpu0 $cpu/cpu13 $cpu/cpufreq
run 0 "$lab" layout --sys tree --print
want 'no nodes, no list: the folders of CPUs' grep -qx 'node 0 cpus 0,2,13' out
rm -r $cpu
refuse '^tree/sys/devices/system/cpu:1: at least one possible CPU$' "$lab" layout --sys tree
tree

rm $node/node0/cpulist
no_tree '/sys/devices/system/node/node0/cpulist:1: this file, or cpumap beside it'
rm $cpu/possible && mkfifo $cpu/possible
no_tree '/sys/devices/system/cpu/possible:1: a plain file'
rm $cpu/possible && ln -s possible $cpu/possible
no_tree '/sys/devices/system/cpu/possible: cannot be read: Too many levels of symbolic links'
rm -r $cpu/cpu2 && ln -s cpu2 $cpu/cpu2
no_tree '/sys/devices/system/cpu/cpu2: cannot be read: Too many levels of symbolic links'
truncate -s 10G $cpu/possible
no_tree '/sys/devices/system/cpu/possible:1: a file of at most 64 KiB'
printf '0-3\0004' >$cpu/possible
no_tree '/sys/devices/system/cpu/possible:1: a text'
echo 0-8192 >$cpu/possible
no_tree '/sys/devices/system/cpu/possible:1: CPU ids from 0 to 8191'
echo x >$node/node1/cpumap
no_tree '/sys/devices/system/node/node1/cpumap:1: a mask of CPUs like .*'
echo 8,0000000 >$node/node1/cpumap
no_tree '/sys/devices/system/node/node1/cpumap:1: a mask of CPUs like .*'
echo '17 10 20' >$node/node1/distance
no_tree '/sys/devices/system/node/node1/distance:1: a distance for each node'
echo 17 >$node/node1/distance
no_tree '/sys/devices/system/node/node1/distance:1: a distance for each node'
mkdir $node/node1024
no_tree '/sys/devices/system/node:1: node ids from 0 to 1023'
mkdir $node/node8192
no_tree '/sys/devices/system/node:1: ids from 0 to 8191'

# --- descriptions that take hwloc long ---------------------------------------------------------

run 0 "$lab" layout synthetic:pu:4096 --print
want 'it is said that this takes seconds' grep -q '^topology: .* 4096 CPUs below one object' err
run 0 "$lab" layout 'synthetic:package:64 pu:128' --print
want 'a level between makes it fast, and nothing is said' [ ! -s err ]

done_with
