#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# cli_input.sh PCPU_LAB - what commands read: files, FIFOs, `-`; plain, .gz, .xz by content; and
# that what is too large, endless or packed by something else is refused before it costs much.
. "${0%/*}/../lib/cli.sh"
lab=$(absolute "$1")
work_in input

printf '# pcpu-trace 1\na 0 16 8 -- mm_init\na 1 8 8 -- mm_init\nf 0\n' >good
printf '# pcpu-topology 1\nnode 0 cpus 0-3\nnode 1 cpus 4-7\n' >topo
gzip -kn good topo
xz -k good topo
"$lab" replay good | grep '^run hash' >hash
"$lab" layout topo | grep '^pcpu-alloc' >plain

# --- the same whatever it comes in ---------------------------------------------------------------
same_replay() {
	expect "replay of $1" "$2 >out 2>err && grep '^run hash' out | cmp - hash && [ ! -s err ]"
}
same_replay gz "$lab replay good.gz"
same_replay xz "$lab replay good.xz"
same_replay 'stdin, a file' "$lab replay - <good"
same_replay 'stdin, a pipe' "cat good | $lab replay -"
same_replay 'stdin, a packed file' "$lab replay - <good.gz"
same_replay 'stdin, a packed pipe' "cat good.xz | $lab replay -"
same_replay 'stdin from its middle' "(read -r line && cat) <good | $lab replay - 2>&1 |
	grep -q '^stdin:1: # pcpu-trace 1' && $lab replay good"
mkfifo fifo
same_replay FIFO "{ cat good >fifo & } && timeout 60 $lab replay fifo"
same_replay 'byte by byte' \
	"(while IFS= read -r line; do echo \"\$line\"; sleep 0.1; done <good) | $lab replay -"
head -n 2 good | gzip -n >two.gz
tail -n +3 good | gzip -n >>two.gz
same_replay 'gz of two members' "$lab replay two.gz"
(cat two.gz && printf '\0\0\0\0') >padded.gz
same_replay 'gz padded by NULs' "$lab replay padded.gz"
head -n 2 good | xz >two.xz
tail -n +3 good | xz >>two.xz
same_replay 'xz of two streams' "$lab replay two.xz"
for kind in topo.gz topo.xz '- <topo' '- <topo.gz'; do
	expect "layout of $kind" \
		"$lab layout $kind >out 2>err && [ ! -s err ] &&
		grep '^pcpu-alloc' out | cmp - plain"
done
expect 'topology by stdin' "$lab replay good --topology - <topo >out"

# --- refused, by its first bytes or its size -----------------------------------------------------
for name in gz xz; do
	head -c 45 good.$name >cut.$name
	refuse "^cut.$name:1: a whole .$name file, not a truncated one" "$lab" replay cut.$name
	refuse "^cut.$name:1: a whole .$name file, not a truncated one" "$lab" layout cut.$name
done
(head -c 20 good.gz && printf 'xyz' && tail -c +24 good.gz) >broken.gz
refuse '^broken.gz:1: an undamaged .gz file' "$lab" layout broken.gz
(cat good.gz && echo tail) >tail.gz
refuse '^tail.gz:1: a .gz file with nothing behind its end' "$lab" replay tail.gz
printf 'BZh91AY&SY' >packed.bz2
refuse '^packed.bz2:1: a plain, .gz or .xz file, not one packed by bzip2' "$lab" replay packed.bz2
printf '\050\265\057\375\044\000' >packed.zst
refuse 'not one packed by zstd' "$lab" layout packed.zst
truncate -s 10G sparse
refuse '^sparse:1: # pcpu-trace 1' "$lab" replay sparse
refuse '^sparse:1: at most 64 MiB$' "$lab" layout sparse
refuse '^sparse:1: at most 64 MiB$' "$lab" history --database h.db --import sparse
refuse '^/dev/zero:1: # pcpu-trace 1' "$lab" replay /dev/zero
refuse '^/dev/zero:1: at most 64 MiB, unpacked' "$lab" layout /dev/zero
head -c 70000000 /dev/zero | gzip -1n >bomb.gz
refuse '^bomb.gz:1: at most 64 MiB, unpacked' "$lab" layout bomb.gz
refuse '^bomb.gz:1: # pcpu-trace 1' "$lab" replay bomb.gz
refuse '^.*: cannot be read: Is a directory' "$lab" replay .
expect 'stdin twice' "$lab replay - --topology - 2>&1 <good |
	grep '^stdin: cannot be read: it is one input, and was read already'"
expect 'an endless pipe' "yes | timeout 60 $lab replay - 2>&1 | grep '^stdin:1: # pcpu-trace 1'"
expect 'a closed stdin' "$lab layout - <&- 2>&1 | grep '^stdin: cannot be read: Bad file desc'"
expect 'no place for a pipe' "cat good | TMPDIR=$work/none $lab replay - 2>&1 |
	grep '^stdin: cannot be kept in a temporary file: No such file'"
(printf '# pcpu-trace 1\na 0 16 8 -- ' && head -c 1100000 /dev/zero | tr '\0' x && echo) >long
refuse '^long:2: a line of at most 1048576 bytes' "$lab" replay long
# A trace larger than anything else may be: the text is never held.
if [ "${LAB_FULL:-}" = 1 ]; then
	awk 'BEGIN { print "# pcpu-trace 1"; for (i = 0; i < 3000000; i++)
		printf "a %d 16 8 -- a_site_of_some_length\nf %d\n", i, i }' >large
	expect 'a trace over 64 MiB' "[ $(wc -c <large) -gt 67108864 ] && $lab replay large"
fi
done_with
