#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# arm64_access_shapes.sh - every operation of percpu.h for AArch64, in every width: preemption goes
# off before the base is read and on after the access, which is one atomic of just that width.
#
#	this_cpu_*	disable base ACCESS enable	__this_cpu_*	base and plain loads and
#									stores
#	ACCESS		an exclusive pair; with LSE one instruction
#
# usage: arm64_access_shapes.sh SOURCE-ROOT CLANG OBJDUMP
set -eu
root=$1 clang=$2 objdump=$3
passed=0 failed=0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cat >"$folder/shapes.c" <<'END'
#include <pcpu/percpu.h>
#define T(bits) uint##bits##_t
#define P(bits) T(bits) __percpu *p
#define OPS(how, bits) \
	T(bits) how##_read_##bits(P(bits)) { return how##_read(*p); } \
	void how##_write_##bits(P(bits), T(bits) a) { how##_write(*p, a); } \
	void how##_add_##bits(P(bits), T(bits) a) { how##_add(*p, a); } \
	void how##_sub_##bits(P(bits), T(bits) a) { how##_sub(*p, a); } \
	void how##_inc_##bits(P(bits)) { how##_inc(*p); } \
	void how##_dec_##bits(P(bits)) { how##_dec(*p); } \
	void how##_and_##bits(P(bits), T(bits) a) { how##_and(*p, a); } \
	void how##_or_##bits(P(bits), T(bits) a) { how##_or(*p, a); } \
	T(bits) how##_addret_##bits(P(bits), T(bits) a) { return how##_add_return(*p, a); } \
	T(bits) how##_subret_##bits(P(bits), T(bits) a) { return how##_sub_return(*p, a); } \
	T(bits) how##_incret_##bits(P(bits)) { return how##_inc_return(*p); } \
	T(bits) how##_decret_##bits(P(bits)) { return how##_dec_return(*p); } \
	T(bits) how##_xchg_##bits(P(bits), T(bits) a) { return how##_xchg(*p, a); } \
	T(bits) how##_cmpxchg_##bits(P(bits), T(bits) a, T(bits) b) \
	{ return how##_cmpxchg(*p, a, b); }
OPS(this_cpu, 8)
OPS(this_cpu, 16)
OPS(this_cpu, 32)
OPS(this_cpu, 64)
OPS(__this_cpu, 8)
OPS(__this_cpu, 16)
OPS(__this_cpu, 32)
OPS(__this_cpu, 64)
bool this_cpu_double_128(struct pcpu_bits128 __percpu *p, uint64_t a, uint64_t b, uint64_t c)
{
	return this_cpu_cmpxchg_double(p->low, p->high, a, b, c, a);
}
long twice_ptr_0(char __percpu *p)
{
	char *here = this_cpu_ptr(p);

	return this_cpu_ptr(p) - here;
}
uintptr_t get_ptr_0(char __percpu *p)
{
	uintptr_t here = (uintptr_t)get_cpu_ptr(p);

	put_cpu_ptr(p);
	return here;
}
END

# FILE: "function: what it does", a line each. An access has its kind and its bits; the stack is
# none.
shapes() {
	"$objdump" -dr --no-show-raw-insn "$1" | awk '
		/^[0-9a-f]+ <.*>:$/ {
			if (name != "") print name ":" line
			name = $2; gsub(/[<>:]/, "", name); line = ""
		}
		/plat_preempt_disable/ { line = line " disable" }
		/plat_preempt_enable/ { line = line " enable" }
		/TPIDR_EL1/ { line = line " base" }
		$2 == "cbnz" && last == "stxp" { line = line " again" }
		/\[/ && !/\[sp/ {
			kind = $2; bits = 64
			if (match($0, /[wx][0-9zr]+, \[/) && substr($0, RSTART, 1) == "w") bits = 32
			if (kind ~ /b$/) bits = 8
			if (kind ~ /h$/) bits = 16
			if (kind ~ /^ldu?r/) kind = "load"
			else if (kind ~ /^stu?r/) kind = "store"
			else if (kind ~ /^ldxr/) kind = "pair"
			else if (kind ~ /^stxr/) kind = "-"
			else if (kind ~ /^(ld|st)(add|clr|set)/ || kind ~ /^(swp|cas)/) kind = "one"
			line = line " " kind bits
		}
		/\[/ { last = $2 }
		END { print name ":" line }'
}

# WORDS: what each function of percpu.h must do; `access` is a pair or one instruction.
wanted() {
	for bits in 8 16 32 64; do
		access="pair$bits -$bits"
		[ "$1" = pair ] || access=one$bits
		echo "this_cpu_read_$bits: disable base load$bits enable"
		echo "this_cpu_write_$bits: disable base store$bits enable"
		for op in add sub inc dec and or addret subret incret decret xchg cmpxchg; do
			echo "this_cpu_${op}_$bits: disable base $access enable"
			echo "__this_cpu_${op}_$bits: base load$bits store$bits"
		done
		echo "__this_cpu_read_$bits: base load$bits"
		echo "__this_cpu_write_$bits: base store$bits"
	done
	echo "this_cpu_double_128: disable base ldxp64 stxp64 again enable"
	echo "twice_ptr_0: base base"
	echo "get_ptr_0: disable base enable"
}

check() { # WHAT PROCESSOR ACCESS
	"$clang" --target=aarch64-linux-gnu "-march=$2" -std=gnu11 -O2 -ffreestanding -w \
		-mno-outline-atomics -fno-asynchronous-unwind-tables -DPCPU_EL1_ACCESS \
		-I"$root/core/include" \
		-c "$folder/shapes.c" -o "$folder/shapes.o"
	shapes "$folder/shapes.o" | sort >"$folder/seen"
	wanted "$3" | sort >"$folder/wanted"
	if diff "$folder/wanted" "$folder/seen" >"$folder/differ"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "$1, wanted and seen:"
		cat "$folder/differ"
	fi
}

check 'exclusive pairs' armv8-a pair
check 'LSE' armv8.1-a one
# What is wrong is seen: the checks of one processor do not hold for the other.
if (failed=0; check control armv8.1-a pair >/dev/null; [ "$failed" -eq 1 ]); then
	passed=$((passed + 1))
else
	failed=$((failed + 1))
	echo 'the control passes'
fi
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
