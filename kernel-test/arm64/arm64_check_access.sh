#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# arm64_check_access.sh - this_cpu_inc for AArch64 is one atomic access at TPIDR_EL1, with
# preemption off around it: an exclusive pair in the image, one instruction where the processor has
# LSE.
# usage: arm64_check_access.sh SOURCE-ROOT IMAGE CLANG OBJDUMP
set -eu
root=$1 image=$2 clang=$3 objdump=$4
passed=0 failed=0
words='plat_preempt_(disable|enable)|TPIDR_EL1|\<(ldxr|stxr|ldr|str|ldadd|stadd|cas)\>'
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# FILE: what matters of its function count_one, in order.
shape() {
	"$objdump" -dr --no-show-raw-insn "$1" | sed -n '/<count_one>:/,/^$/p' |
		grep -Eo "$words" | tr '\n' ' '
}

check() { # FILE INSTRUCTIONS
	wanted="plat_preempt_disable TPIDR_EL1 $2 plat_preempt_enable "
	seen=$(shape "$1")
	if [ "$seen" = "$wanted" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "$1: count_one is $seen- not $wanted"
	fi
}

check "$image" "ldxr stxr"
cat >"$folder/lse.c" <<'END'
#include <pcpu/percpu.h>
static DEFINE_PER_CPU(uint64_t, counter);
void count_one(void);
void count_one(void) { this_cpu_inc(counter); }
END
"$clang" --target=aarch64-linux-gnu -march=armv8.1-a -O2 -ffreestanding -mno-outline-atomics \
	-DPCPU_EL1_ACCESS -I"$root/core/include" -c "$folder/lse.c" -o "$folder/lse.o"
check "$folder/lse.o" ldadd
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
