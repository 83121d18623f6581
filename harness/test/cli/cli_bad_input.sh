#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# cli_bad_input.sh PCPU_LAB - what the command does with input that nobody should give it: one
# line on stderr, nothing on stdout, exit status 2, no file half-written, no crash, no hang. Runs
# anywhere a POSIX shell does.
#
#	refuse WHERE PATTERN COMMAND ...	the line must be `WHERE: PATTERN`; WHERE is
#						FILE:LINE, or FILE when nothing of it was seen
. "${0%/*}/../lib/cli.sh"
lab=$(absolute "$1") source_root=$(absolute "${0%/*}/../../..")
launcher=$source_root/lab
at_end() {
	chmod -R u+w "$work" 2>/dev/null
}
work_in bad

fail() {
	failed=$((failed + 1))
	echo "FAILED: $1: $2"
	sed 's/^/	stderr: /' err | head -5
}

# Runs the command bounded in time; leaves status, out and err.
run() {
	timeout 60 "$lab" "$@" >out 2>err </dev/null
	status=$?
}

refuse() {
	where=$1 sentence=$2
	shift 2
	run "$@"
	line=$(cat err)
	if [ $status -ne 2 ]; then
		fail "$*" "exit status $status instead of 2"
	elif [ -s out ]; then
		fail "$*" "something on stdout"
	elif [ "$(wc -l <err)" -ne 1 ]; then
		fail "$*" "$(wc -l <err) lines on stderr instead of 1"
	else
		# shellcheck disable=SC2254 # a pattern on purpose
		case $line in
		"$where: "$sentence) passed=$((passed + 1)) ;;
		*) fail "$*" "not \`$where: $sentence\`" ;;
		esac
	fi
}

# The control: good input of each kind is taken, or the refusals prove nothing.
accept() {
	run "$@"
	if [ $status -eq 0 ] && [ -s out ] && [ ! -s err ]; then
		passed=$((passed + 1))
	else
		fail "$*" "exit status $status, or no output, or something on stderr"
	fi
}

# --- good input -----------------------------------------------------------------------------

printf '# pcpu-topology 1\nnode 0 cpus 0-3\nnode 1 cpus 4-7\n' >good.topo
cp good.topo good-without-suffix
printf '# pcpu-trace 1\na 0 16 8 -- site\nf 0\n' >good.trace
printf '%s\n' '[    0.0] pcpu-alloc: s212992 r8192 d28672 u2097152 alloc=1*2097152' \
	'[    0.0] pcpu-alloc: [0] 0' >good.log
# element TYPE OS_INDEX GP_INDEX CPUSET REST: one line of an hwloc export.
element() {
	printf '<object type="%s" os_index="%s" gp_index="%s" cpuset="%s" complete_cpuset="%s"\n' \
		"$1" "$2" "$3" "$4" "$4"
	printf ' nodeset="0x1" complete_nodeset="0x1"%s>\n' "$5"
}
{
	printf '<?xml version="1.0" encoding="UTF-8"?>\n'
	printf '<!DOCTYPE topology SYSTEM "hwloc2.dtd">\n<topology version="2.0">\n'
	element Machine 0 1 0x3 ' allowed_cpuset="0x3" allowed_nodeset="0x1"'
	element NUMANode 0 2 0x3 ' local_memory="1073741824"/'
	element PU 0 3 0x1 /
	element PU 1 4 0x2 /
	printf '</object>\n</topology>\n'
} >good.xml
cp good.xml good-xml-without-suffix
for file in good.topo good-without-suffix good.log good.xml good-xml-without-suffix; do
	accept layout "$file"
done
accept layout 'synthetic:numa:2 pu:4'
accept replay good.trace
accept replay good.trace --topology good.topo

# --- arguments ------------------------------------------------------------------------------

refuse 'lab layout' '*TOPOLOGY*' layout
refuse 'lab layout' '*TOPOLOGY*' layout good.topo good.topo
refuse 'lab layout' '*--colour*' layout good.topo --colour
refuse 'lab layout' '*--static*' layout good.topo --static
refuse 'lab layout' '*--static*' layout good.topo --static many
refuse 'lab layout' '*--static*' layout good.topo --static -1
refuse 'lab layout' '*--static*' layout good.topo --static 99999999999999999999999
refuse 'lab layout' '*--static*' layout good.topo --static 0
refuse 'lab layout' '*--dyn*' layout good.topo --dyn 4X
refuse 'lab layout' '*--atom*' layout good.topo --atom 3000000
refuse 'lab layout' '*--unit*' layout good.topo --unit 33000
refuse 'lab layout' '*--unit*' layout good.topo --unit 32K
refuse 'lab layout' '*--alloc*embed*page*' layout good.topo --alloc fast
refuse 'lab layout' '*--rule*reference*' layout good.topo --rule none
refuse 'lab layout' '*--stride*reference*skewed*' layout good.topo --stride even
refuse 'lab replay' '*' replay
refuse 'lab replay' '*--engine*' replay good.trace --engine none
refuse 'lab layout' '*--print*--json*' layout good.topo --print --json
refuse 'lab zoo' '*--engine*both*' zoo --engine none
refuse 'lab zoo' '*no word*' zoo b8_alignment_no_power_of_two
refuse 'lab zoo' '*--seeds*' zoo --seeds 0
refuse 'lab crash' '*FILE*' crash
refuse 'lab crash' '*no target*fuzz_none*' crash --target fuzz_none good.topo
refuse 'lab crash' '*--attempts*' crash --attempts many good.topo
refuse 'lab crash' '*--output*value*' crash good.topo --output
refuse 'lab crash' '*stdout*' crash --output - --json good.topo
refuse 'lab run' '*--quick*--minutes*' run --quick --minutes 3
refuse 'lab bench' "'(' is no extended regular expression: ?*" bench '('
refuse 'lab boot' '*--defect none*--list*' boot --defect none
refuse 'lab numa' '*--nodes*2..16*' numa --nodes 1
refuse 'lab numa' '*--cpus*2..64*' numa --cpus 65
refuse 'lab numa' '*more nodes than CPUs*' numa --nodes 4 --cpus 3
refuse 'lab numa' '*--accel*tcg or kvm*' numa --accel xen
refuse 'lab numa' '*--placement*on, off or both*' numa --placement maybe
refuse 'lab numa' '*no word*' numa 4
refuse missing 'cannot be read: No such file or directory' numa --kernel missing
refuse 'good.topo:1' 'a Linux kernel (bzImage)' numa --kernel good.topo
refuse . 'cannot be read: Is a directory' numa --kernel .
refuse none/out 'cannot be written: No such file or directory' numa --json none/out
# Outputs that cannot be written are told before the work, not after it.
refuse none/out 'cannot be written: No such file or directory' replay good.trace --offsets none/out
refuse none/out 'cannot be written: No such file or directory' replay good.trace --json none/out
refuse 'lab' '*' nonsense

# --- no file, no right to it ------------------------------------------------------------------

# Every command that reads a file says so in the same words. (A file below a file: not even root
# can write there.)
refuse "''" 'cannot be read: No such file or directory' layout ''
for words in 'boot --trace' 'history --import' 'history --database' 'bench --gate --baseline' \
	'bench --gate --program'; do
	refuse missing 'cannot be read: No such file or directory' $words missing
	refuse . 'cannot be read: Is a directory' $words .
done
refuse missing 'cannot be read as a folder: No such file or directory' \
	corpus fuzz_map --minimise --add missing
for words in 'layout good.topo --json' 'report --output' 'boot --json' 'bench --json' \
	'coverage --lcov' 'fuzz --json' 'zoo --json' 'test --json' \
	'test --junit' 'run --junit' \
	'history --export csv --output'; do
	refuse good.topo/x 'cannot be written: Not a directory' $words good.topo/x
done
refuse good.topo/x 'cannot be written: Not a directory' record -o good.topo/x true
refuse good.topo 'cannot be made a folder: Not a directory' coverage --html good.topo/x

: >empty
mkdir folder
for command in layout replay; do
	refuse missing 'cannot be read: No such file or directory' $command missing
	refuse folder 'cannot be read: Is a directory' $command folder
done
refuse missing 'cannot be read: No such file or directory' replay good.trace --topology missing
refuse empty:1 'a topology:*' layout empty
refuse empty:1 '*# pcpu-trace 1*' replay empty

# Inputs of fuzz targets: any bytes are one, but not any file.
printf 'x' >fuzz_map-crash-good
head -c 1025 /dev/zero >fuzz_map-crash-large
mkfifo fuzz_map-crash-fifo
refuse missing 'cannot be read: No such file or directory' crash missing
refuse good.topo:1 'a target:*--target*' crash good.topo
refuse folder:1 'a folder with inputs*' crash folder
refuse fuzz_map-crash-large:1 'an input of at most 1024 bytes (it has 1025)' crash \
	fuzz_map-crash-large
refuse fuzz_map-crash-fifo:1 'an input*no plain file*' crash fuzz_map-crash-fifo
refuse missing 'cannot be read: No such file or directory' crash fuzz_map-crash-good missing
refuse none/out 'cannot be written: No such file or directory' crash fuzz_map-crash-good \
	--output none/out
refuse none/out 'cannot be written: No such file or directory' crash fuzz_map-crash-good \
	--as-test=none/out
refuse none/out 'cannot be written: No such file or directory' crash fuzz_map-crash-good \
	--json=none/out

# --- topologies -------------------------------------------------------------------------------

# topo NAME LINE SENTENCE TEXT
topo() {
	printf "$4" >"$1.topo"
	refuse "$1.topo:$2" "$3" layout "$1.topo"
}
topo empty 1 'the first line*' ''
topo version 1 'the first line*' '# pcpu-topology 2\nnode 0 cpus 0\n'
topo word 3 'a line that starts with*' '# pcpu-topology 1\nnode 0 cpus 0\nnoise\n'
topo list 2 'a CPU list*' '# pcpu-topology 1\nnode 0 cpus 0..3\n'
topo order 2 'CPU ids in ascending*' '# pcpu-topology 1\nnode 0 cpus 3,1\n'
topo twice 2 'CPU ids in ascending*' '# pcpu-topology 1\nnode 0 cpus 1,1\n'
topo node 3 'one line for each node' '# pcpu-topology 1\nnode 0 cpus 0\nnode 0 cpus 1\n'
topo cpu 2 'CPU ids from 0 to 8191' '# pcpu-topology 1\nnode 0 cpus 0-8192\n'
topo id 2 'node ID cpus LIST*1023' '# pcpu-topology 1\nnode 1024 cpus 0\n'
topo nobody 2 'at least one possible CPU' '# pcpu-topology 1\nnode 0 cpus -\n'
topo row 3 'as many distances*' '# pcpu-topology 1\nnode 0 cpus 0\ndistance 0 10 20\n'
topo rows 4 'a row of distances for each node*' \
	'# pcpu-topology 1\nnode 0 cpus 0\nnode 1 cpus 1\ndistance 0 10 20\n'
topo diagonal 3 'distance 10 of a node to itself' \
	'# pcpu-topology 1\nnode 0 cpus 0\ndistance 0 20\n'
topo near 4 'distances from 10 to 255' \
	'# pcpu-topology 1\nnode 0 cpus 0\nnode 1 cpus 1\ndistance 0 10 9\n'
topo far 4 'distances from 10 to 255' \
	'# pcpu-topology 1\nnode 0 cpus 0\nnode 1 cpus 1\ndistance 0 10 256\n'
topo truncated 3 'node ID cpus LIST' '# pcpu-topology 1\nnode 0 cpus 0\nnode 1 cp'
topo nul 2 '*' '# pcpu-topology 1\nnode 0 cpus 0\000\n'
topo binary 1 'the first line*' '\177ELF\002\001\001\000\377\376'
cp binary.topo binary
refuse binary:1 'a topology:*' layout binary

# --- logs -------------------------------------------------------------------------------------

printf 'pcpu-alloc: s1 r\n' >sizes.log
refuse sizes.log:1 'sizes like*' layout sizes.log
printf 'x\npcpu-alloc: s4096 r0 d28672 u65536 alloc=2*65536\npcpu-alloc: [0] 0 1 [0] 2' >cut.log
refuse cut.log:3 'alloc / u units*' layout cut.log
printf '[ 0.0] Linux version 6.1\n' >other.log
refuse other.log:1 'a topology:*' layout other.log

# --- XML --------------------------------------------------------------------------------------

# xml NAME LINE SENTENCE TEXT
xml() {
	printf "$4" >"$1.xml"
	refuse "$1.xml:$2" "$3" layout "$1.xml"
}
xml empty 1 'an hwloc XML export' ''
xml blank 3 'an hwloc XML export' '\n\n\n'
xml binary 1 'an hwloc XML export' '\001\000\002<'
xml other 2 'an hwloc XML export: one element <topology>' '<?xml version="1.0"?>\n<html/>\n'
xml two 2 'an hwloc XML export: one element <topology>' '<topology></topology>\n<topology/>\n'
xml hollow 1 'an hwloc XML export' '<?xml version="1.0"?>\n<topology version="2.0"></topology>\n'
xml quote 2 'well-formed XML (not well-formed (invalid token))' \
	'<topology>\n<object type=Machine/>\n</topology>\n'
xml nested 3 'well-formed XML (mismatched tag)' '<topology>\n<object>\n</topology>\n</object>\n'
xml doctype 1 'a DOCTYPE without declarations' '<!DOCTYPE t [<!ENTITY a "b">]>\n<topology/>\n'
xml nul 2 'well-formed XML (not well-formed (invalid token))' '<topology>\n\000</topology>\n'
xml comment 1 'an hwloc XML export' '<!-- <topology/>'
# Wherever it is cut, in the line where it is cut.
size=$(wc -c <good.xml)
cut=1
while [ $cut -lt $((size - 12)) ]; do
	head -c $cut good.xml >cut.xml
	refuse "cut.xml:$(printf '%s' "$(cat cut.xml)" | grep -c '')" '*' layout cut.xml
	cut=$((cut + 97))
done
refuse 'synthetic::1' 'an hwloc description*' layout synthetic:
refuse 'synthetic:numa:x:1' 'an hwloc description*' layout synthetic:numa:x
refuse 'synthetic:99999999 99999999 pu:9:1' 'a description of at most 8192 CPUs' \
	layout 'synthetic:99999999 99999999 pu:9'

# --- traces -----------------------------------------------------------------------------------

# trace NAME LINE TEXT: the sentence is test_trace's business.
trace() {
	printf "$3" >"$1.trace"
	refuse "$1.trace:$2" '?*' replay "$1.trace"
}
trace empty 1 ''
trace version 1 '# pcpu-trace 9\n'
trace word 2 '# pcpu-trace 1\nz 0\n'
trace id 2 '# pcpu-trace 1\na 1 16 8 -- x\n'
trace born 3 '# pcpu-trace 1\na 0 16 8 -- x\na 0 16 8 -- x\n'
trace unborn 2 '# pcpu-trace 1\nf 0\n'
trace freed 4 '# pcpu-trace 1\na 0 16 8 --\nf 0\nf 0\n'
trace number 2 '# pcpu-trace 1\na 0 4294967296 8 --\n'
trace sign 2 '# pcpu-trace 1\na 0 -1 8 --\n'
trace flags 2 '# pcpu-trace 1\na 0 16 8 XY\n'
trace truncated 3 '# pcpu-trace 1\na 0 16 8 --\na 1 1'
trace nul 2 '# pcpu-trace 1\na 0 16 8 --\000\n'
trace binary 1 '\177ELF\002\001\001\000\377\376'
if command -v xz >/dev/null; then
	xz -k good.trace
	head -c 40 good.trace.xz >cut.trace.xz
	refuse cut.trace.xz:1 '*' replay cut.trace.xz
else
	skip 'cut.trace.xz: there is no xz'
fi

# --- huge -------------------------------------------------------------------------------------

# 16 MiB of one line; a million bad lines behind a good head; more than is ever read, without its
# disk space.
head -c 16777216 /dev/zero | tr '\000' 9 >huge-line
(printf '# pcpu-topology 1\nnode 0 cpus '; cat huge-line) >huge-line.topo
refuse huge-line.topo:2 'a CPU list*' layout huge-line.topo
(printf '# pcpu-trace 1\na '; cat huge-line) >huge-line.trace
refuse huge-line.trace:2 '?*' replay huge-line.trace
(printf '# pcpu-topology 1\nnode 0 cpus 0\n'; yes '#' | head -c 16777216; echo x) >huge.topo
refuse huge.topo:8388611 'a line that starts with*' layout huge.topo
cp huge-line huge.xml
refuse huge.xml:1 'an hwloc XML export' layout huge.xml

# --- another checkout, with nothing in it ----------------------------------------------------

mkdir -p other/core/include/pcpu other/bin other/build/fuzz other/build/release
: >other/core/include/pcpu/pcpu.h
: >other/build/fuzz/build.ninja
: >other/build/release/build.ninja
printf '#!/bin/sh\n' | tee other/lab >other/bin/ninja
chmod +x other/lab other/bin/ninja
LAB_ROOT=$work/other
export LAB_ROOT
refuse 'lab report' 'no results are in reports/out yet: `lab run` makes some' report
# A run takes away what runs left, and nothing else. (There is no engine, no bench, no QEMU.)
mkdir -p other/reports/out
for file in replay-gone.json bench.json zoo.json coverage.json; do
	echo '{}' >other/reports/out/$file
done
env PATH="$work/other/bin" "$lab" run --quick >out 2>err
status="$? $(ls other/reports/out | grep -Ex '(replay-gone|bench|zoo|coverage)\.json')"
if [ "$status" = "$(printf '1 coverage.json\nzoo.json')" ]; then
	passed=$((passed + 1))
else
	fail 'run --quick' "$status"
fi
rm other/reports/out/coverage.json other/reports/out/zoo.json # they are no results
run report
if [ $status -eq 0 ] && [ -s other/reports/out/index.html ]; then
	passed=$((passed + 1))
else
	fail report "exit status $status"
fi
point='{"cpus": 224, "calls_per_second": 1e6, "exec_share": 0.57}'
constants='{"instruction_ns": 0.07, "line_ns": 15, "store_ns": 5, "work_us": 140}'
for cpus in 224 '"224"'; do
	{
		echo "{\"constants\": $constants, \"designs\": [{\"design\": \"q9<w8\","
		echo "\"points\": [$point]}], \"published\": ["
		echo "$(echo "$point" | sed "s/224/$cpus/")]}"
	} >other/reports/out/forecast.json
	run report
	cp other/reports/out/index.html "page-$status"
done
if grep -q 'data-v="0.07">0.07<' page-0 && grep -q 'forecast.json: damaged: .*published' err &&
	! grep -q "q9<w8" page-0 && grep -q 'damaged' page-1; then
	passed=$((passed + 1))
else
	fail 'report: a forecast, and a damaged one' "$(cat err)"
fi
unset LAB_ROOT

# --- nothing half-written ----------------------------------------------------------------------

for file in layout.json offsets replay.json; do
	echo before >$file
done
refuse word.topo:3 '*' layout word.topo --json layout.json
refuse unborn.trace:2 '*' replay unborn.trace --offsets offsets --json replay.json
for file in layout.json offsets replay.json; do
	if [ "$(cat $file)" = before ]; then
		passed=$((passed + 1))
	else
		fail "$file" 'was touched by a run that refused its input'
	fi
done

# --- the launcher: a slip of the fingers costs no build of all ---------------------------------

mkdir -p other/build/main other/harness/cli
cp "$launcher" other/lab
ln -s "$source_root/harness/cli/help" other/harness/cli
: >other/build/main/build.ninja
printf '#!/bin/sh\nshift 2\necho "$*" >>asked\n' >other/bin/ninja
printf '#!/bin/sh\n' >other/build/main/pcpu-lab
chmod +x other/build/main/pcpu-lab
# built TARGET WORD ...: what `lab WORD ...` has ninja build.
built() {
	wanted=$1
	shift
	: >asked
	PATH=$work/other/bin:$PATH LAB_PACKAGES=no other/lab "$@" >out 2>err
	if [ "$(tail -n 1 asked)" = "$wanted" ]; then
		passed=$((passed + 1))
	else
		fail "$*" "builds $(tail -n 1 asked)"
	fi
}
for words in run boot 'numa --nodes 2' 'boot --list' 'fuzz fuzz_map' 'bench --quick' test; do
	built pcpu-lab $words
done
for words in '' nonsense --help 'boot --help'; do
	built '' $words
done

done_with
