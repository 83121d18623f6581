#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# percpu_refused.sh SOURCE-ROOT - what percpu.h makes the compiler refuse. Each case of
# percpu_refused.txt is compiled twice: its right form must compile, its wrong one must not, and
# the message must hold the given words.
root=$1
passed=0 failed=0 skipped=0
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT

fail() {
	failed=$((failed + 1))
	printf '%s\n' "$*" >&2
}

# attempt COMPILER ACCESS BODY: the body in a function that has these to work with.
attempt() {
	cat >"$folder/case.c" <<END
#include "percpu.h"
struct thing { int count; long double wide; float real; struct { char b[3]; } odd; };
DEFINE_PER_CPU(int, variable);
DEFINE_PER_CPU(int[4], row);
DEFINE_PER_CPU(struct thing, stat);
DEFINE_PER_CPU(char *, text);
extern int plain;
extern struct thing *plain_thing;
void use(void *p);
void test(int __percpu *p, const int __percpu *c, struct thing __percpu *t, int *q, uint32_t cpu);
void test(int __percpu *p, const int __percpu *c, struct thing __percpu *t, int *q, uint32_t cpu)
{
	$3
}
END
	"$1" -std=gnu11 -Wall -Wextra -Werror -Wno-unused-parameter $2 -I"$root/core" \
		-fsyntax-only "$folder/case.c" 2>"$folder/message"
}

run_case() { # COMPILER ACCESS NAME RIGHT WRONG WORDS
	if ! attempt "$1" "$2" "$4"; then
		fail "$1 $2: $3: the right form does not compile: $(head -3 "$folder/message")"
	elif attempt "$1" "$2" "$5"; then
		fail "$1 $2: $3: compiles: $5"
	elif ! grep -Eq "$6" "$folder/message"; then
		fail "$1 $2: $3: the message lacks '$6': $(head -3 "$folder/message")"
	else
		passed=$((passed + 1))
	fi
}

if [ "$(uname -m)" != x86_64 ]; then
	echo "skipped: gcc has no address spaces on this machine"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
fi

for compiler in gcc clang-19; do
	if ! command -v "$compiler" >/dev/null; then
		echo "skipped: no $compiler"
		skipped=$((skipped + 1))
		continue
	fi
	# The checks are percpu.h's own, the same for both ways of access: one way with each compiler.
	for access in $([ "$compiler" = gcc ] && echo -DPCPU_GENERIC_ACCESS ||
			echo -UPCPU_GENERIC_ACCESS); do
		while IFS='~' read -r who name right wrong words; do
			case $who in
			'' | '#'*) continue ;;
			any | "${compiler%%-*}") ;;
			*) continue ;;
			esac
			run_case "$compiler" "$access" "$name" "$right" "$wrong" "$words"
		done <"$root/harness/test/percpu_refused.txt"
	done
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
