#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
#
# recorded_check.sh PCPU_LAB TRAFFIC - a real kernel as oracle: Debian's, under QEMU, with TRAFFIC
# as its only program, which traces the kernel's percpu events while it makes many. What was traced
# comes out by the debug console; engine linux61 must place as that kernel did, and others must not,
# or the comparison proves nothing. A minute, so only with LAB_FULL=1.
. "${0%/*}/../../harness/test/lib/cli.sh"
lab=$(absolute "$1") traffic=$(absolute "$2") root=${LAB_ROOT:-$PWD}
work_in recorded-kernel

if [ "${LAB_FULL:-}" != 1 ]; then
	skip 'the boot takes a minute; LAB_FULL=1 asks for it'
	done_with
fi
for tool in qemu-system-x86_64 cpio; do
	command -v $tool >/dev/null || {
		skip "there is no $tool"
		done_with
	}
done
kernel=$(sh "$root/kernel-test/numa/fetch_kernel.sh" "$root/build/numa" 2>err) || {
	skip "$kernel"
	done_with
}

# --- the recording -----------------------------------------------------------------------------

sh "$root/kernel-test/numa/pack_init.sh" "$traffic" init.cpio || exit 1
timeout 400 qemu-system-x86_64 -nodefaults -no-user-config -no-reboot -display none -cpu max \
	-machine q35 -accel tcg,thread=multi -smp 2 -m 512 -serial stdio \
	-chardev file,id=out,path=guest -device isa-debugcon,iobase=0xe9,chardev=out \
	-kernel "$kernel" -initrd init.cpio \
	-append 'console=ttyS0 quiet loglevel=1 panic=-1 -- rounds=200' >serial 2>err </dev/null
want 'the guest came to its end' [ $? -eq 0 ]
want 'it recorded' grep -q '^recorded' serial
want 'a trace of which nothing was overwritten' awk '
	/^# entries-in-buffer/ { split($3, n, "/"); whole = n[1] == n[2] && n[1] > 0 }
	END { exit !whole }' guest
# /dev/kmsg: LEVEL,NUMBER,TIME,FLAGS;TEXT
sed -n 's/^[0-9,c-]*;\(.*pcpu-alloc:\)/\1/p' guest >log
want 'its layout' grep -q '^pcpu-alloc: s[0-9]* r[0-9]* d[0-9]* u1048576 ' log
run 0 "$lab" record --from guest -o r.trace
cat serial err
want 'chunks were created meanwhile' grep -q 'in [0-9]* chunks, [1-9][0-9]* of them created' err

# --- the comparison ----------------------------------------------------------------------------

# compared ENGINE STATUS: figures are in json then
compared() {
	run "$2" "$lab" replay r.trace --recorded --topology log --engine "$1" --json json
}
figure() {
	sed -n "s/^      \"$1\": \([0-9.]*\),*$/\1/p" json
}
compared linux61 0
cat out
want 'there was much to compare' [ "$(figure compared)" -ge 5000 ]
want 'all is explained' [ "$(figure not_explained)" = 0 ]
want '99.9 % are equal' [ $(($(figure equal) * 1000)) -ge $(($(figure compared) * 999)) ]
others=$("$lab" replay r.trace --engine none 2>&1 | sed 's/.*: all, //; s/ are there$//; s/,//g')
want 'there are other engines' [ "$others" != "${others#*bitmap-ref}" ]
for engine in $others; do
	[ "$engine" = linux61 ] && continue
	compared "$engine" 1
	want "$engine places elsewhere" [ "$(figure not_explained)" -gt 0 ]
	echo "$engine: $(grep '^verdict' out)"
done
done_with
