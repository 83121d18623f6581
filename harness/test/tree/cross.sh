#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# cross.sh SOURCE-ROOT - core/ freestanding for machines of 32 and 64 bits and both byte orders, by
# clang-19 alone: it compiles without a warning, and needs from outside plat.h, mem* and what the
# compiler's own library has of 64-bit division. No 64-bit atomics: small machines have none.
# percpu.h compiles there too, every operation of it, and wants the program's functions alone.
#
# LAB_FULL=1: the tests of the core and the simulated platform run under qemu-user, where the cross
# libraries are there (Debian: libc6-dev-riscv64-cross, libgcc-12-dev-riscv64-cross, qemu-user; the
# same for s390x). They are not installed for it: gcc's cross packages remove gcc-multilib.
root=$(cd "$1" && pwd) || exit 1
passed=0 failed=0 skipped=0
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1 # names without the folder are the same in each run, for ccache

pass_if() { # WHAT TEXT: passes when TEXT is empty
	if [ -z "$2" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf '%s: %s\n' "$1" "$2" >&2
	fi
}

skip() {
	skipped=$((skipped + 1))
	echo "skipped: $1"
}

if ! command -v clang-19 >/dev/null || ! command -v llvm-nm-19 >/dev/null; then
	echo "skipped: needs clang-19 and llvm-19"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
fi

# What is outside: the functions of plat.h and base.h, mem*. By machine: division, the thread
# pointer, and what its ABI calls the rest.
platform=$(sed -n 's/.*[ *]\(plat_[a-z_]*\)(.*/\1/p' "$root/core/include/pcpu/plat.h" \
	"$root/core/include/pcpu/base.h" | sort -u | tr '\n' '|')
memory='memcpy|memmove|memset|memcmp'
named_of() { # TARGET
	case $1 in
	i386-* | riscv32-* | powerpc-*) echo '__u?(div|mod)di3' ;;
	armv7m-*) echo '__aeabi_(uldivmod|read_tp|mem(cpy|clr|set|move)[48]?)' ;;
	*) echo none ;;
	esac
	# Where the linker, not a library, is asked.
	case $1 in
	i386-* | powerpc-*) echo '_GLOBAL_OFFSET_TABLE_' ;;
	powerpc64-*) echo '[.]TOC[.]' ;;
	esac
}

# compile TARGET OBJECT SOURCE [FLAG ...]: what was said, if anything
compile() {
	target=$1 object=$2 source=$3
	shift 3
	$ccache clang-19 --target="$target" -std=gnu11 -O0 -Wall -Wextra -Werror -Wshadow \
		-Wno-unused-parameter -ffreestanding -I"$root/core/include" "$@" -c "$source" \
		-o "$object" 2>&1
}

# strangers TARGET ALLOWED OBJECT ...: symbols that are neither theirs nor allowed
strangers() {
	allowed="^($2|$memory|$(named_of "$1" | paste -sd '|'))\$"
	shift 2
	llvm-nm-19 -P "$@" | awk '
		$2 ~ /^[Uwv]$/ { wanted[$1] = 1; next }
		$2 ~ /^[A-Za-z]$/ { defined[$1] = 1 }
		END { for (symbol in wanted) if (!(symbol in defined)) print symbol }' |
		grep -Ev "$allowed" | sort | tr '\n' ' '
}

# Every operation and width, by the functions that percpu_shapes.sh looks at on x86-64.
program='pcpu_[a-z_]*|nr_cpu_ids|this_cpu_off|cpu_number|__per_cpu_(start|end)|plat_this_cpu'
program="$program|plat_preempt_(disable|enable)"

# All of core/ in one go, which takes a seventh of the time, but its maps and policies: one may
# begin as a copy of another.
for source in "$root"/core/*.c "$root"/core/front/*.c; do
	case $source in
	*/policy_*) ;;
	*) echo "#include \"$source\"" ;;
	esac
done >core.c
ccache=$(command -v ccache || :)

core_for() { # TARGET
	mkdir -p "$folder/$1"
	said=$(compile "$1" "$folder/$1/core.o" core.c)
	for source in "$root"/core/map/*.c "$root"/core/policy_*.c; do
		said="$said$(compile "$1" "$folder/$1/$(basename "$source" .c).o" "$source")"
	done
	pass_if "$1: core/ does not compile" "$said"
	pass_if "$1: core/ wants" "$(strangers "$1" "${platform}none" "$folder/$1"/*.o)"
	said=$(compile "$1" "$folder/shapes.o" "$root/harness/test/tree/percpu_shapes.c" \
		-DPCPU_GENERIC_ACCESS)
	pass_if "$1: percpu.h does not compile" "$said"
	pass_if "$1: percpu.h wants" "$(strangers "$1" "$program" "$folder/shapes.o")"
}

# Both widths, both orders, each library's division; LAB_FULL=1: more processors of these.
small='i386-linux-gnu armv7m-none-eabi powerpc-linux-gnu' large=s390x-linux-gnu
if [ -n "${LAB_FULL:-}" ]; then
	small="$small riscv32-unknown-elf" large="$large riscv64-linux-gnu powerpc64-linux-gnu"
fi
for target in $small $large; do
	core_for $target
done

# Control: a counter of 64 bits, a division and a library's function are seen.
cat >"$folder/control.c" <<'END'
#include <pcpu/base.h>
uint64_t pcpu_counter;
double pcpu_sine(double x);
double sin(double x);
double pcpu_sine(double x)
{
	__atomic_fetch_add(&pcpu_counter, 1, __ATOMIC_RELAXED);
	return sin(x);
}
END
for target in $small; do
	compile $target "$folder/control.o" "$folder/control.c" -Wno-atomic-alignment >/dev/null
	found=$(strangers $target "$platform" "$folder/control.o")
	case "$target $found" in
	i386-*sin* | *__atomic_fetch_add_8*sin*) pass_if control '' ;;
	*) pass_if "$target: the control finds only" "[$found]" ;;
	esac
done

# --- under qemu-user -----------------------------------------------------------------------------

tests='test_alloc test_callbacks test_check test_defects test_failures test_fibers test_layout
test_model test_pointers test_run test_setup test_sim'

# Sources of a test besides its own.
more_of() {
	case $1 in
	test_sim) echo test_sim_faults test_sim_fibers test_sim_memory ;;
	test_model | test_run) echo run_fixture_sim ;;
	test_fibers) echo test_preemptions ;;
	test_check) echo test_check_places walker_rows walker_maps walker_chunks walker_units \
		walker_front ;;
	esac
}

# shellcheck disable=SC2046,SC2086 # words are wanted
run_on() { # CPU TRIPLE [FLAG ...]
	cpu=$1 triple=$2 sysroot=/usr/$2
	shift 2
	here="$root/harness/test"
	cflags="--target=$triple --sysroot=$sysroot -isystem $sysroot/include -std=gnu11 -O1
		-D_GNU_SOURCE -fno-strict-aliasing -I$root -I$root/core/include
		-DLAB_SOURCE_ROOT=\"$root\""
	mkdir -p "$folder/$cpu"
	for source in "$root"/core/*.c "$root"/core/front/*.c "$root"/core/map/*.c \
		"$root"/harness/text/*.c "$root"/harness/check/*.c \
		"$root"/harness/check/run/*.c \
		"$root"/harness/check/live/*.c "$root"/harness/platform/sim/*.c \
		"$here"/lib/test_main.c "$here"/lib/test_files.c "$here"/lib/test_fixture.c \
		"$here"/lib/test_child.c "$here"/lib/random_topology.c \
		"$here"/lib/topology_compare.c \
		"$here"/lib/run_fixture.c; do
		clang-19 $cflags "$@" -c "$source" -o "$folder/$cpu/$(basename "$source" .c).o" ||
			pass_if "$cpu" "$source does not compile"
	done
	llvm-ar-19 rcs "$folder/$cpu.a" "$folder/$cpu"/*.o
	for test in $tests; do
		extra=
		for name in $(more_of $test); do
			extra="$extra $(echo "$here"/*/$name.c)"
		done
		clang-19 $cflags "$@" -static -fuse-ld=lld -L"$sysroot/lib" \
			-B"/usr/lib/gcc-cross/$triple/12" -L"/usr/lib/gcc-cross/$triple/12" \
			"$here"/*/$test.c $extra "$folder/$cpu.a" -lpthread -lm \
			-o "$folder/$cpu.$test" 2>"$folder/output" &&
			timeout 900 "qemu-$cpu" "$folder/$cpu.$test" >"$folder/output" 2>&1
		status=$?
		pass_if "$cpu: $test" "$([ $status = 0 ] || tail -n 5 "$folder/output")"
	done
}

if [ -n "${LAB_FULL:-}" ]; then
	for pair in riscv64:riscv64-linux-gnu s390x:s390x-linux-gnu; do
		cpu=${pair%:*} triple=${pair#*:}
		if ! command -v "qemu-$cpu" >/dev/null; then
			skip "no qemu-$cpu (package qemu-user)"
		elif [ ! -e "/usr/$triple/lib/libc.a" ] ||
			[ ! -e "/usr/lib/gcc-cross/$triple/12/libgcc.a" ]; then
			skip "no libraries for $cpu" \
				"(libc6-dev-$cpu-cross, libgcc-12-dev-$cpu-cross)"
		else
			run_on "$cpu" "$triple"
		fi
	done
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
