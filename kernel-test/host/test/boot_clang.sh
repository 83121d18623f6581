#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# boot_clang.sh ROOT FLAG ... - clang-19 compiles, without a warning, what the image has for x86-64
# alone; the rest it compiles for AArch64. `./lab boot --machine clang` boots what it makes.
# Control: it refuses an unused variable, a shadowing one, and an operand that does not fit.
. "${0%/*}/../../../harness/test/lib/cli.sh"
root=$(absolute "$1")
shift
work_in clang
if ! command -v clang-19 >/dev/null; then
	skip 'there is no clang-19'
	done_with
fi
compile() { # FLAG ... FILE
	clang-19 -std=gnu11 -O0 -Wall -Wextra -Werror -Wshadow -Wno-unused-parameter \
		-fno-strict-aliasing -I"$root" -I"$root/core/include" -c -o object "$@"
}
for source in "$root"/kernel-test/x86/*.c "$root"/kernel-test/tests/x86_*.c; do
	want "$source" compile "$@" "$source"
done
want 'there are some' [ "$passed" -gt 15 ]
refused() { # WORDS BODY
	echo "int f(int a); int f(int a) { $2 return a; }" >control.c
	want "refused: $1" sh -c '! "$@" 2>err' sh clang-19 -Wall -Wextra -Wshadow -Werror \
		-c -o control.o control.c
	want "refused: $1" grep -q "$1" err
}
refused 'unused variable' 'int b;'
refused 'shadows' '{ int a = 1; (void)a; }'
refused 'invalid instruction' 'asm volatile("ldd %0" :: "r"(a));'
done_with
