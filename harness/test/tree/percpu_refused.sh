#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# percpu_refused.sh SOURCE-ROOT - what percpu.h makes the compiler refuse. Each case of
# percpu_refused.txt has a right form, of which nothing may be said, and a wrong one, which must be
# an error whose message holds the given words. All forms of a side are one file, a function each:
#
#	#line 12 "percpu_refused.txt"
#	void case_12(int __percpu *p, ...) { use(per_cpu_ptr(q, cpu)); }
#
# so a message begins with the line that the case stands in.
root=$1
cases=$root/harness/test/tree/percpu_refused.txt
passed=0 failed=0 skipped=0
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT

# The cases for a compiler, each after the number of its line.
cases_of() { # COMPILER
	awk -F '~' -v OFS='~' -v who="${1%%-*}" '$1 == "any" || $1 == who { print NR, $0 }' "$cases"
}

# compile COMPILER ACCESS SIDE FIELD: each case's form, with these to work with, and the messages to
# $folder/SIDE.
compile() {
	{
		cat <<'END'
#include <pcpu/percpu.h>
struct thing { int count; long double wide; float real; struct { char b[3]; } odd; };
DEFINE_PER_CPU(int, variable);
DEFINE_PER_CPU(int[4], row);
DEFINE_PER_CPU(struct thing, stat);
DEFINE_PER_CPU(char *, text);
extern int plain;
extern struct thing *plain_thing;
void use(void *p);
END
		cases_of "$1" | awk -F '~' -v form="$4" '{
			printf "#line %d \"percpu_refused.txt\"\nvoid case_%d", $1, $1
			printf "(int __percpu *p, const int __percpu *c, struct thing __percpu *t, "
			printf "int *q, uint32_t cpu) { %s }\n", $form
		}'
	} >"$folder/$3.c"
	# -f...: an error within a macro is told where the macro is used, and all errors are told.
	LC_ALL=C "$1" -std=gnu11 -Wall -Wextra -Werror -Wno-unused-parameter "$2" \
		-I"$root/core/include" \
		$([ "$1" = gcc ] && echo -ftrack-macro-expansion=0 || echo -ferror-limit=0) \
		-fsyntax-only "$folder/$3.c" 2>"$folder/$3"
}

# compile_cases COMPILER: compiles the cases and compares the messages of each: from a line that
# begins with its place to one that begins with another's. Adds to passed and failed.
compile_cases() {
	cases_of "$1" >"$folder/cases"
	awk -F '~' -v compiler="$1" '
		FILENAME ~ /cases$/ { name[$1] = $3; wrong[$1] = $5; words[$1] = $6; next }
		FNR == 1 { line = 0 }
		/^percpu_refused.txt:/ { split($0, place, ":"); line = place[2] }
		{ said[FILENAME ~ /right$/, line] = said[FILENAME ~ /right$/, line] $0 "\n" }
		function fail(line, sentence) {
			print compiler ": " name[line] ": " sentence
			failed++
		}
		END {
			for (line in name) {
				if ((1, line) in said)
					fail(line, "the right form is refused: " said[1, line])
				else if (said[0, line] !~ / error: /)
					fail(line, "compiles: " wrong[line])
				else if (said[0, line] !~ words[line])
					fail(line, "no " words[line] " in: " said[0, line])
				else
					passed++
			}
			print passed + 0, failed + 0
		}' "$folder/cases" "$folder/right" "$folder/wrong" >"$folder/verdict"
	sed '$d' "$folder/verdict" >&2
	set -- $(tail -n 1 "$folder/verdict")
	passed=$((passed + $1)) failed=$((failed + $2))
}

if [ "$(uname -m)" != x86_64 ]; then
	echo "skipped: gcc has no address spaces on this machine"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
fi

# The checks are percpu.h's own, the same for both ways of access: one way with each compiler.
for compiler in gcc clang-19; do
	if ! command -v "$compiler" >/dev/null; then
		echo "skipped: no $compiler"
		skipped=$((skipped + 1))
		continue
	fi
	access=-UPCPU_GENERIC_ACCESS
	[ "$compiler" != gcc ] || access=-DPCPU_GENERIC_ACCESS
	if ! compile "$compiler" "$access" right 4; then
		failed=$((failed + 1))
		echo "$compiler: the right forms do not compile: $(head -3 "$folder/right")" >&2
	fi
	compile "$compiler" "$access" wrong 5
	compile_cases "$compiler"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
