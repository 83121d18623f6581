#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# percpu_shapes.sh SOURCE-ROOT - compiles percpu_shapes.c with each compiler and level, and counts
# in each function the instructions that objdump shows with a GS prefix: none is locked, and there
# are as many as the function's name says. A negative control shows that the count can fail.
root=$1
passed=0 failed=0 skipped=0
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT

# compile COMPILER LEVEL SOURCE -> $folder/shapes.o
compile() {
	"$1" -std=gnu11 "$2" -fPIE -I"$root/core/include" -c "$3" -o "$folder/shapes.o"
}

# Prints every function of shapes.o whose shape is not what its name says.
broken_shapes() {
	objdump -d --no-show-raw-insn "$folder/shapes.o" | awk '
		function evaluate() {
			if (name == "") return
			if (name ~ /^one_/) want = 1
			else if (name ~ /^two_/) want = 2
			else want = 0
			if (gs != want || locked)
				print name ": " gs " with a GS prefix, " locked " locked"
			nr_evaluated++
		}
		/^[0-9a-f]+ <.*>:$/ {
			evaluate(); name = $2; gsub(/[<>:]/, "", name); gs = 0; locked = 0
		}
		/%gs:/ { gs++ }
		/[ \t]lock([ \t]|$)/ { locked++ }
		/[ \t]xchg[bwlq]?[ \t].*\(/ { locked++ } # locks by itself
		END { evaluate(); if (nr_evaluated == 0) print "no function at all" }'
}

count() { # WHAT LINES
	if [ -z "$2" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf '%s:\n%s\n' "$1" "$2" >&2
	fi
}

if [ "$(uname -m)" != x86_64 ] || ! command -v objdump >/dev/null; then
	echo "skipped: needs x86-64 and objdump (package binutils)"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
fi

for compiler in gcc clang-19; do
	if ! command -v "$compiler" >/dev/null; then
		echo "skipped: no $compiler"
		skipped=$((skipped + 1))
		continue
	fi
	for level in -O1 -O2 -O3 -Os; do
		if compile "$compiler" "$level" "$root/harness/test/tree/percpu_shapes.c"; then
			count "$compiler $level" "$(broken_shapes)"
		else
			count "$compiler $level" "does not compile"
		fi
	done
	# Negative control: a locked one, a plain C one and a missing one are all seen.
	cat >"$folder/control.c" <<'END'
extern int v;
void one_locked(void) { __asm__ volatile("lock addl $1, %%gs:%0" : "+m"(v)); }
void one_none(void) { v++; }
void two_exchange(int a) { __asm__ volatile("xchgl %0, %%gs:%1" : "+r"(a), "+m"(v)); }
END
	compile "$compiler" -O2 "$folder/control.c"
	if [ "$(broken_shapes | wc -l)" = 3 ]; then
		passed=$((passed + 1))
	else
		count "$compiler control" "$(broken_shapes) - three were expected"
	fi
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
