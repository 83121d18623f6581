#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# cli_boot.sh PCPU_LAB SOURCE_ROOT - `lab boot` as users meet it: what is refused, and what is
# believed of a QEMU. That is a script here, which tells a whole story with one thing wrong at a
# time; the real one boots in kernel-test's tests.
#
#	work/	lab core/include/pcpu/pcpu.h corpus/			makes it a root
#		bin/qemu-system-x86_64			tells story, ends with the status in the
#							file status
. "${0%/*}/../../../harness/test/lib/cli.sh"
lab=$(absolute "$1") source_root=$2
boot="$lab boot"
work_in boot

mkdir -p core/include/pcpu bin corpus
: >core/include/pcpu/pcpu.h
ln -s "$source_root/corpus/traces" "$source_root/corpus/layouts" corpus/
printf '#!/bin/sh\n' >lab
cat >bin/qemu-system-x86_64 <<'END'
#!/bin/sh
PATH=/usr/bin:/bin
[ ! -e complaint ] || cat complaint >&2
[ ! -e story ] || sed 's/$/\r/' story
[ ! -e sleep ] || { trap 'exit 0' TERM; echo $$ >>pids; sleep 1000 & wait; }
exit "$(cat status)"
END
chmod +x lab bin/qemu-system-x86_64
LAB_ROOT=$work
PATH=$work/bin:$PATH
export LAB_ROOT PATH

# --- what is refused ------------------------------------------------------------------------------
refuse 'shutdwon: the image has no such test' $boot shutdwon
refuse '--machine laptop: no such machine' $boot --machine laptop
refuse '--machine laptop: no such machine' $boot --machine standard,laptop
refuse '--machine : no such machine' $boot --machine standard,
refuse '--defect none: no such defect' $boot --defect none
refuse '--cpus.*0' $boot --cpus 0
refuse '--cpus.*100000' $boot --cpus 100000
refuse '--cpus.*many' $boot --cpus many
refuse '--nodes.*0' $boot --nodes 0
refuse '--nodes.*17' $boot --nodes 17
refuse '--cpus.*256' $boot --cpus 256
refuse '--memory.*15' $boot --memory 15
refuse '--memory.*2049' $boot --memory 2049
refuse 'more nodes than CPUs' $boot --cpus 2 --nodes 3
refuse '--accel xen: tcg or kvm' $boot --accel xen
refuse 'only one of --machine and' $boot --machine pair --cpus 2
refuse '--defects brings its own' $boot --defects shootdown
refuse '--jobs' $boot --jobs 0
refuse '--timeout' $boot --timeout 0
refuse '--fast' $boot --fast
refuse 'missing: cannot be read' $boot --trace missing
refuse '^lab:1: # pcpu-trace 1' $boot --trace lab
printf '# pcpu-trace 1\na 0 16 8 --\nf 1\n' >unborn
refuse '^unborn:3: ' $boot --trace unborn
refuse "--json: a value was expected, not ''" $boot --json=
refuse 'none/out: cannot be written' $boot --json none/out
if [ -w /dev/kvm ]; then
	skip '/dev/kvm is there'
else
	refuse '--accel kvm: /dev/kvm' $boot --accel kvm
fi
mkdir no-programs
refuse 'install qemu-system-x86' env "PATH=$work/no-programs" $boot
run 0 $boot --list
for word in machines tests defects standard shootdown no-shootdown; do
	want "--list has $word" grep -qw -- "$word" out
done
want 'a dozen machines' [ "$(sed -n '/^machines/,/^tests/p' out | wc -l)" -ge 14 ]

# --- a whole story is believed -------------------------------------------------------------------
# The host replays the trace for each boot: a short one, but for the first.
printf '# pcpu-trace 1\na 0 16 8 --\na 1 32 8 -R\nf 0\n' >short.trace
boot="$boot --trace short.trace"
hash=$("$lab" replay short.trace |
	sed -n 's/.*hash.* \([0-9a-f]\{16\}\).*/\1/p')
layout=$(sed -n 's/^pcpu-alloc/# &/p' "$source_root/corpus/layouts/8cpu_4node_2each.expect")
tell() { # a whole story, edited by the sed words
	printf '%s\n' "$layout" 'TAP version 13' 'ok 1 - cpus' 'ok 2 - nodes # SKIP no nodes' \
		"# run hash 0x$hash events 9" 'ok 3 - trace' '1..3' | sed "$@" >story
	echo 33 >status
	rm -f complaint sleep
}
believe() {
	run 0 $boot "$@"
	want 'no log is left' [ ! -e reports/out/boot/standard.log ]
}
doubt() { # PATTERN WORD ...
	pattern=$1
	shift
	run 1 $boot "$@"
	want "the reason is told" grep -q -- "$pattern" out
	want 'a log is left' [ -s reports/out/boot/standard.log ]
	want 'the way to repeat it is told' grep -q 'again: sh .*/standard.sh' out
}
tell ''
believe
usual=$("$lab" replay "$source_root/corpus/traces/fork.trace.xz" |
	sed -n 's/.*hash.* \([0-9a-f]\{16\}\).*/\1/p')
sed -i "s/0x$hash/0x$usual/" story
run 0 "$lab" boot
tell ''
want 'it is counted' grep -qx '2 passed, 0 failed, 1 skipped' out
believe --json numbers
want 'JSON has it' grep -q '"good": true' numbers
want 'JSON has the reason of what was skipped' grep -q '"reason": "no nodes"' numbers
run 0 $boot --keep
want '--keep keeps' [ -s reports/out/boot/standard.log ]
# What else a machine differs in stands on the image's command line.
while read -r machine word; do
	want "the standard machine is not one of $word" \
		sh -c "! grep -q ' $word' reports/out/boot/standard.sh"
	sh -c "$boot --machine $machine --keep" >/dev/null 2>&1
	want "machine $machine has $word" grep -q " $word" "reports/out/boot/$machine.sh"
done <<'END'
page percpu_alloc=page
fall-back fail_area=1
front front=on
END

tell 's/# SKIP no nodes/# SKIP needs 700 MB of memory, 500 MB are free/'
believe --memory 512 # the user has chosen

# --- with one thing wrong it is not --------------------------------------------------------------
tell ''
echo 0 >status
doubt 'exit status 0 instead of 33' # a triple fault
sh reports/out/boot/standard.sh >again
want 'the script repeats it' [ "$?$(grep -c '^ok' again)" = 03 ]
echo 1 >status
doubt 'exit status 1 instead of 33'
tell '/^1\.\./d'
doubt 'the plan does not agree'
tell '/^ok 1/d'
doubt 'the plan does not agree'
tell 's/^1\.\.3/1..0/;/^ok/d'
doubt 'no test ran'
tell 's/# SKIP no nodes/# SKIP needs 700 MB of memory, 500 MB are free/'
doubt 'nodes lacked memory, where there should be enough'
tell ''
doubt '2 tests were requested, 3 ran' cpus trace cpus
tell 's/^ok 1/not ok 1/'
doubt 'not ok cpus' # whatever the exit status says
tell 's/^ok 1 - cpus/not ok 1 - cpus\n# one is missing/;s/^ok 3.*/Bail out! trace: and out/'
doubt 'not ok cpus: one is missing'
want 'why it bailed out is told, too' grep -q '^  trace: and out' out
run 1 $boot --json numbers
want 'JSON has the reason of what failed' grep -q '"reason": "one is missing"' numbers
tell 's/^TAP.*/Bail out! cpus: it is all over/'
doubt 'it is all over'
run 1 $boot --defect no-shootdown
want 'with a defect: a log of its own' [ -s reports/out/boot/standard-no-shootdown.log ]
want 'with a defect: a script of its own' grep -q 'again: sh .*/standard-no-shootdown.sh' out
tell '/^# run hash/d'
doubt 'no run hash'
tell 's/^# run hash 0x./# run hash 0xz/'
doubt 'on the host'
tell '/^# pcpu-alloc/d'
doubt 'no whole layout'
tell 's/\[3\] 6 7/[3] 7 6/'
doubt 'whole layout\|the host makes it'
tell 's/s212992 /s208896 /' # the host makes the same of that size; the real kernel has another
doubt 'a real kernel made it'

tell ''
run 1 $boot --cpus 3 --nodes 2 --json numbers
want 'another machine has another layout' grep -q 'the host makes it' out
want 'JSON has a machine of its own' grep -q '"name": "own"' numbers

# --- nothing hangs -------------------------------------------------------------------------------
tell '/^ok 3/,$d'
: >sleep
echo 'KVM internal error. Suberror: 3' >complaint
began=$(date +%s)
run 1 $boot --timeout 50
want 'a paused guest is not waited for' [ $(($(date +%s) - began)) -lt 40 ]
want 'a paused guest is told' grep -q 'stopped the guest for good: KVM internal error' out
rm complaint
run 1 $boot --timeout 1
want 'a time-out is told' grep -q 'no end within the time-out' out
want 'the last test is told' grep -q 'last test that ended is nodes' out
: >pids
env --default-signal=INT $boot --machine standard,page >out 2>err </dev/null &
child=$!
tries=0
until [ "$(wc -l <pids)" -ge 2 ] || [ $tries -ge 300 ]; do
	tries=$((tries + 1))
	sleep 0.1
done
want 'two boot' [ $tries -lt 300 ]
kill -INT $child
wait $child
status=$?
want "Ctrl-C: exit status $status" [ $status -eq 1 -o $status -eq 130 ]
want 'it is told' grep -q 'cut' out
while read -r pid; do
	want 'no QEMU is left' [ ! -d "/proc/$pid" ]
done <pids

# --- what cannot be booted, what is not found ----------------------------------------------------
tell ''
mkdir qemu-only
ln -s "$work/bin/qemu-system-x86_64" qemu-only/
(
	PATH=$work/qemu-only
	"$lab" boot --trace "$work/short.trace" --machine standard,clang 2>err
) >out
want 'no clang: a reason' grep -q '^clang .*SKIP  *clang-19 is missing' out
want 'no clang: counted' grep -qx '2 passed, 0 failed, 2 skipped' out
mkdir arm64-only
ln -s "$work/bin/qemu-system-x86_64" arm64-only/qemu-system-aarch64
run 0 env "PATH=$work/arm64-only" $boot --machine arm64
want 'an AArch64 alone asks for no other QEMU' \
	grep -q '^arm64 .* ok \|^arm64 .*SKIP .*not built' out
run 0 $boot --machine arm64 canary
want 'what only an x86-64 has: a reason' \
	grep -q '^arm64 .*SKIP  *only an x86-64 has such a test' out
for defect in shared-canary smash-misnamed blind-detector flush-forgets-one careless-nmi; do
	run 0 $boot --machine arm64 --defect $defect
	want "$defect is no AArch64's" grep -q '^arm64 .*SKIP  *the defect is in what only' out
done
# A story in which all is well: no defect is found in it.
run 1 $boot --defects --json numbers
nr=$(grep -c '^X(' "$source_root/kernel-test/common/defects.def")
nr=$((nr + $(grep -c '^X(' "$source_root/kernel-test/common/zoo_defects.def")))
want 'all defects are missed' grep -qx "0 passed, $nr failed, 0 skipped" out
want 'it is told how to see it again' \
	grep -q 'again: ./lab boot --defect no-shootdown shootdown' out
want 'its log is left' [ -s reports/out/boot/defect-no-shootdown.log ]
want 'JSON has each' [ "$(grep -c '"found": false' numbers)" -eq "$nr" ]
tell 's/^ok 1 - cpus/not ok 1 - shootdown/'
run 1 $boot --defects
want 'one is found' grep -q "^no-shootdown .*found by shootdown" out
want 'the others are not' grep -qx "1 passed, $((nr - 1)) failed, 0 skipped" out

done_with
