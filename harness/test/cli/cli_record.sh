#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# cli_record.sh PCPU_LAB - traces made of what a kernel printed elsewhere: `lab record --from`.
. "${0%/*}/../lib/cli.sh"
lab=$(absolute "$1")
work_in record

site='call_site=mem_cgroup_css_alloc+0xa6'
sizes='reserved=0 is_atomic=0 size=2408 align=8'
at='base_addr=0xffffc7117fc00000 off=402176 ptr=0x3dc867a62300'
old_at='base_addr=00000000fa92a086 off=32672 ptr=000000008da0b73d'
old_sizes='reserved=0 is_atomic=0 size=48 align=8'
gfp='bytes_alloc=14448 gfp_flags=GFP_KERNEL_ACCOUNT'
printf '%s\n' '# tracer: nop' '#' \
	"         systemd-1     [000] ....     0.568931: percpu_alloc_percpu: $old_sizes $old_at" \
	"         systemd-1     [000] ....     0.569931: percpu_free_percpu: $old_at" >ftrace
printf '%s\n' 'cpus=4' \
	"           mkdir-4393  [001]   169.334788: percpu_alloc_percpu:  $site $sizes $at $gfp" \
	"           rmdir-4394  [001]   169.434788: percpu_free_percpu:   $at" >trace-cmd
printf '%s\n' \
	"mkdir  4393 [001]   169.334788: percpu:percpu_alloc_percpu: $site $sizes $at $gfp" \
	"        ffffffff8132b6a6 mem_cgroup_css_alloc+0xa6 ([kernel.kallsyms])" '' \
	"rmdir  4394 [001]   169.434788: percpu:percpu_free_percpu: $at" >perf
printf '# pcpu-trace 2\nu 0\na 0 48 8 -- - 0 32672\nf 0\n' >ftrace.wanted
printf '# pcpu-trace 2\nu 0\na 0 2408 8 -- mem_cgroup_css_alloc 0 402176\nf 0\n' >trace-cmd.wanted
cp trace-cmd.wanted perf.wanted
printf '# pcpu-trace 1\na 0 48 8 --\nf 0\n' >ftrace.first
printf '# pcpu-trace 1\na 0 2408 8 -- mem_cgroup_css_alloc\nf 0\n' >trace-cmd.first
cp trace-cmd.first perf.first

for form in ftrace trace-cmd perf; do
	run 0 "$lab" record --from $form -o $form.trace
	want "$form" cmp $form.trace $form.wanted
	want "$form: counts" \
		grep -qx \
		"$form.trace: 1 allocations, 1 frees; left out: 0 frees of older objects" err
	want "$form: chunks" grep -qx "$form.trace: in 1 chunks, 0 of them created meanwhile" err
	run 0 "$lab" replay $form.trace --check
	cp out $form.out
	run 0 "$lab" record --from $form -o $form.trace --format 1
	want "$form, the first form" cmp $form.trace $form.first
	want "$form: the same run" [ "$("$lab" replay $form.trace --check | grep '^run hash')" = \
		"$(grep '^run hash' $form.out)" ]
	sed 's/$/\r/' $form | gzip >$form.gz
	run 0 "$lab" record -o - --from=$form.gz
	want "$form, packed, CR LF" cmp out $form.wanted
	expect "$form by stdin" "cat $form | $lab record --from - --output $form.xz &&
		xz -dc $form.xz | cmp - $form.wanted"
done
# No newline behind the last line.
printf '%s' "$(cat ftrace)" >cut
run 0 "$lab" record --from cut -o cut.trace
want 'the last line' cmp cut.trace ftrace.wanted
printf '%s\n' 'CPU:1 [157 EVENTS DROPPED]' >dropped
cat perf >>dropped
run 0 "$lab" record --from dropped -o dropped.trace
want 'lost events' grep -q "^warning: the kernel's buffer lost 157 events" err

# A chunk that is created meanwhile, in each form.
at='base_addr=0xffffc90000010000'
event="$sizes $at off=8 ptr=0x1"
printf '%s\n' " a-1 [000] .... 1.0: percpu_create_chunk: $at" \
	" a-1 [000] .... 1.1: percpu_alloc_percpu: $event" \
	" a-1 [000] .... 1.2: percpu_destroy_chunk: $at" >made.ftrace
printf '%s\n' "  a-1 [001] 1.0: percpu_create_chunk:  $at" \
	"  a-1 [001] 1.1: percpu_alloc_percpu:  $event" >made.trace-cmd
printf '%s\n' "a 1 [001] 1.0: percpu:percpu_create_chunk: $at" \
	"a 1 [001] 1.1: percpu:percpu_alloc_percpu: $event" >made.perf
for form in ftrace trace-cmd perf; do
	run 0 "$lab" record --from made.$form -o -
	want "$form: a chunk created meanwhile" \
		[ "$(cat out)" = "$(printf '# pcpu-trace 2\na 0 2408 8 -- - 0 8\n')" ]
	want "$form: it is counted" grep -qx -- '-: in 1 chunks, 1 of them created meanwhile' err
done

# --- refused -------------------------------------------------------------------------------------
none() {
	want "$1 is not there" [ ! -e "$1" ]
}
printf 'bash-1 [000] 1.0: sched_switch: prev_comm=a\n' >other
refuse '^other:1: .*; this file holds no event$' "$lab" record --from other -o no.trace
: >empty
refuse '^empty:1: .*; this file holds no event$' "$lab" record --from empty -o no.trace
grep free perf >frees
refuse '^frees:1: .*; this file holds frees only$' "$lab" record --from frees -o no.trace
sed 's/size=2408/size=/' trace-cmd >bad
refuse '^bad:2: an event with reserved=, is_atomic=, size=' "$lab" record --from bad -o no.trace
(cat trace-cmd && sed -n 's/ptr=.*//p' perf) >bad
refuse '^bad:4: an event with' "$lab" record --from bad -o no.trace
sed 's/off=8/off=0x8/' made.perf >bad
refuse '^bad:2: an event with .*; numbers in base_addr= and off=$' \
	"$lab" record --from bad -o no.trace
sed 's/base_addr=0x/base_addr=/' made.perf | sed '1s/ffff/fffg/' >bad
refuse '^bad:1: an event with .* or a chunk with base_addr=' "$lab" record --from bad -o no.trace
sed -n 1p made.perf >created
refuse '^created:1: .*; this file holds no event$' "$lab" record --from created -o no.trace
printf '\027\010Dtracing6\000' >trace.dat
refuse '^trace.dat:1: text: what `trace-cmd report` prints' \
	"$lab" record --from trace.dat -o no.trace
printf 'PERFILE2\150\000\000\000' >perf.data
refuse '^perf.data:1: text: what `perf script` prints' "$lab" record --from perf.data -o no.trace
refuse '^missing: cannot be read: No such file' "$lab" record --from missing -o no.trace
refuse '^/dev/zero:1: a line of at most 65536 bytes' "$lab" record --from /dev/zero -o no.trace
truncate -s 10G sparse
refuse '^sparse:1: a line of at most' "$lab" record --from sparse -o no.trace
head -c 100 perf.gz >half.gz
refuse '^half.gz:1: a whole .gz file' "$lab" record --from half.gz -o no.trace
none no.trace
refuse '^lab record: -o FILE is missing' "$lab" record --from perf
refuse '^lab record: --from: a value was expected' "$lab" record -o no.trace --from
refuse '^lab record: --from reads a FILE: no COMMAND' "$lab" record --from perf -o no.trace -- true
refuse '^lab record: -o: a value was expected' "$lab" record --from perf -o
refuse "^lab record: options begin with --, not '-o=x'" "$lab" record --from perf -o=x
refuse "^lab record: no option --o " "$lab" record --from perf --o x
refuse '^lab record: no option --form ' "$lab" record --form perf -o no.trace
for form in 0 3 x ''; do
	refuse '^lab record: --format' "$lab" record --format "$form" --from perf -o no.trace
done
none no.trace
refuse 'none/out: cannot be written' "$lab" record --from perf -o none/out
done_with
