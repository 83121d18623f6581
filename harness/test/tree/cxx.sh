#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# cxx.sh SOURCE-ROOT CORE LAB SIM - the public headers as C++17, with g++ and clang++:
#	each alone, twice, pedantic; a program that links the C archives and runs; percpu.h refused
#	by one #error, with nothing after it
# and in C, that percpu.h does compile where the others do.
root=$1 core=$2 lab=$3 sim=$4
passed=0 failed=0 skipped=0
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
strict='-std=c++17 -Wall -Wextra -Werror -pedantic -Wold-style-cast -Wno-unused-parameter'

count() { # WHAT: the last status
	if [ $? = 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "$1" >&2
		[ ! -s "$folder/said" ] || head -20 "$folder/said" >&2
	fi
}

# One error, which is the header's own. [COMPILER] HEADER-FOLDER
refused_once() {
	printf '#include <pcpu/percpu.h>\nint main() { return 0; }\n' >"$folder/percpu.cc"
	! "$1" -std=c++17 -I"$2" -fsyntax-only "$folder/percpu.cc" 2>"$folder/said" &&
		[ "$(grep -c 'error:' "$folder/said")" = 1 ] &&
		grep -q 'error: .*percpu.h is C' "$folder/said"
}

for pair in g++:gcc clang++-19:clang-19; do
	cxx=${pair%:*} cc=${pair#*:}
	if ! command -v "$cxx" >/dev/null; then
		echo "skipped: no $cxx"
		skipped=$((skipped + 1))
		continue
	fi
	cp -r "$root/core/include" "$folder" &&
		cp "$root/harness/platform/hosted/hosted.h" "$folder/include/pcpu"
	for header in base annotate layout invariants map plat pcpu hosted; do
		printf '#include <pcpu/%s.h>\n#include <pcpu/%s.h>\n#include <cstring>\n' $header \
			$header \
			>"$folder/header.cc"
		# shellcheck disable=SC2086 # words are wanted
		$cxx $strict -I"$folder/include" -fsyntax-only "$folder/header.cc" 2>"$folder/said"
		count "$cxx: $header.h is no C++17"
		printf '#include <cstring>\n#include <cstdlib>\n#include <pcpu/%s.h>\n' $header \
			>"$folder/header.cc"
		# shellcheck disable=SC2086
		$cxx $strict -I"$folder/include" -fsyntax-only "$folder/header.cc" 2>"$folder/said"
		count "$cxx: $header.h behind C++'s own headers"
	done
	# shellcheck disable=SC2086
	$cxx $strict -I"$root/core/include" -c "$root/harness/test/tree/cxx_program.cc" \
		-o "$folder/program.o" 2>"$folder/said" &&
		$cc -std=gnu11 -I"$root" -I"$root/core/include" \
			-c "$root/harness/test/tree/cxx_plat.c" -o "$folder/plat.o" \
			2>"$folder/said" &&
		$cxx "$folder/program.o" "$folder/plat.o" "$sim" "$core" "$lab" "$sim" \
			-o "$folder/program" 2>"$folder/said" &&
		[ "$("$folder/program" 2>"$folder/said")" = 'everything holds, 3' ]
	count "$cxx: the program does not link or run"
	refused_once "$cxx" "$root/core/include"
	count "$cxx: percpu.h is not refused by one sentence"
	# Controls: a header that is no C++, and a percpu.h that says more than one thing.
	mkdir -p "$folder/bad"
	cp -R "$root/core/include/pcpu" "$folder/bad/"
	for header in base percpu; do
		echo 'static inline int *bad(void *p) { return p; }' >>"$folder/bad/pcpu/$header.h"
	done
	printf '#include <pcpu/base.h>\n' >"$folder/header.cc"
	# shellcheck disable=SC2086
	! $cxx $strict -I"$folder/bad" -fsyntax-only "$folder/header.cc" 2>"$folder/said"
	count "$cxx: the control compiles"
	! refused_once "$cxx" "$folder/bad"
	count "$cxx: the control of percpu.h has one sentence"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
