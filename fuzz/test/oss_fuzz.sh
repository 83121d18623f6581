#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
#
# oss_fuzz.sh ROOT [SANITIZER ...] - the build contract of OSS-Fuzz and ClusterFuzzLite, without
# docker: build.sh under each sanitizer makes what check.sh accepts; and for each of check.sh's
# rules a target that breaks this one alone is refused by it. Without names: address, not optimised,
# with some of the seeds (asan/corpus replays all); with LAB_FULL=1 all three, as in a fleet.
set -u

root=$1
shift
if [ $# -eq 0 ]; then
	set -- address
	[ "${LAB_FULL:-}" != 1 ] || set -- address undefined memory
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/pcpu-oss-fuzz.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 129' HUP INT TERM
passed=0
failed=0

pass() {
	passed=$((passed + 1))
}

fail() {
	echo "oss_fuzz: $*"
	failed=$((failed + 1))
}

level=-O0
CHECK_SEEDS=40
if [ "${LAB_FULL:-}" = 1 ]; then
	level=-O1
	CHECK_SEEDS=
fi
export CHECK_SEEDS
common="$level -fno-omit-frame-pointer -gline-tables-only
	-DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION"
flags_of() {
	sanitizer=$1
	case $1 in
	address) set -- -fsanitize-address-use-after-scope ;;
	undefined) set -- -fno-sanitize-recover=undefined ;;
	memory) set -- -fsanitize-memory-track-origins ;;
	esac
	echo "$common -fsanitize=$sanitizer $* -fsanitize=fuzzer-no-link"
}

# --- the targets ---------------------------------------------------------------------------------

names=$(sed -n 's/^X(\([a-z_]*\))$/\1/p' "$root/fuzz/targets/targets.def")
[ -n "$names" ] || fail "fuzz/targets/targets.def names no target"
mkdir "$work/src"
ln -s "$root" "$work/src/pcpu-lab"

check_sanitizer() {
	out=$work/out-$1
	mkdir -p "$out" "$work/work-$1"
	# The engine's own C++ library is linked in, as in the fleets' images; there its operator
	# new gives way to the sanitizer's, here the linker has to be told.
	cxx='clang++-19 -static-libstdc++ -Wl,--allow-multiple-definition'
	if ! env SRC="$work/src" OUT="$out" WORK="$work/work-$1" SANITIZER="$1" \
		FUZZING_ENGINE=libfuzzer \
		CC=clang-19 CXX="$cxx" CFLAGS="$(flags_of "$1")" \
		CXXFLAGS="$(flags_of "$1")" LIB_FUZZING_ENGINE=-fsanitize=fuzzer \
		"$root/.clusterfuzzlite/build.sh" >"$work/log-$1" 2>&1; then
		tail -n 20 "$work/log-$1"
		fail "$1: build.sh failed"
		return
	fi
	rm -rf "$work/work-$1" # nothing may be read from there
	# shellcheck disable=SC2086 # names are words
	if "$root/fuzz/oss-fuzz/check.sh" "$out" $names; then
		pass
	else
		fail "$1: the contract is broken"
	fi
	rm -rf "$out"
}

for sanitizer in "$@"; do
	check_sanitizer "$sanitizer"
done

# --- what must be refused ------------------------------------------------------------------------

# A target with 150 branches that its one seed takes, and a misdeed.
write_target() { # FILE BRANCHES MISDEED
	{
		echo '#include <stdint.h>'
		echo '#include <stdio.h>'
		echo '#include <stdlib.h>'
		echo 'int LLVMFuzzerTestOneInput(const uint8_t *b, size_t n);'
		echo 'int foreign(void);'
		echo 'static volatile unsigned x;'
		echo 'int LLVMFuzzerTestOneInput(const uint8_t *b, size_t n)'
		echo '{'
		i=0
		while [ "$i" -lt "$2" ]; do
			echo "	if (n > $i && b[$i] == 'a') x += $i;"
			i=$((i + 1))
		done
		echo "	$3"
		echo '	return 0;'
		echo '}'
	} >"$1"
}

bad=$work/bad
mkdir "$bad"
awk 'BEGIN { for (i = 0; i < 200; i++) printf "a" }' >"$work/seed"
echo 'int foreign(void); int foreign(void) { return 1; }' >"$work/foreign.c"
clang-19 -shared -fPIC -o "$work/libforeign.so" "$work/foreign.c" || fail "no libforeign.so"

# make NAME BRANCHES MISDEED [FLAGS]: a whole OUT of its own.
make_bad() {
	rm -rf "$bad"
	mkdir "$bad"
	write_target "$work/$1.c" "$2" "$3"
	# shellcheck disable=SC2086 # flags are words
	clang-19 ${4--fsanitize=fuzzer-no-link} -g -c -o "$work/$1.o" "$work/$1.c" &&
		clang++-19 -static-libstdc++ -fsanitize=fuzzer -o "$bad/$1" "$work/$1.o" ${5-} ||
		fail "$1 cannot be built"
	(cd "$work" && python3 -m zipfile -c "$bad/$1_seed_corpus.zip" seed)
	cp "$root/fuzz/oss-fuzz/target.options" "$bad/$1.options"
}

expect_refusal() { # NAME RULE
	if said=$("$root/fuzz/oss-fuzz/check.sh" "$bad" "$1"); then
		fail "$1: was let pass"
	elif [ "$(echo "$said" | grep -c ": R[0-9]: ")" != 1 ] ||
		! echo "$said" | grep -q "^$1: $2: "; then
		fail "$1: $2 alone was expected, it said: $said"
	else
		pass
	fi
}

make_bad good 150 ''
if said=$("$root/fuzz/oss-fuzz/check.sh" "$bad" good); then
	pass
else
	fail "a good target is refused: $said"
fi
rm "$bad/good_seed_corpus.zip"
expect_refusal good R1
make_bad uninstrumented 150 '' -O0
expect_refusal uninstrumented R2
make_bad small 3 ''
expect_refusal small R3
make_bad broken 150 "if (n == 200) abort();"
expect_refusal broken R4
make_bad foreign 150 'x += foreign();' -fsanitize=fuzzer-no-link \
	"-L$work -lforeign -Wl,-rpath,$work"
expect_refusal foreign R5
make_bad rooted 150 "if (!fopen(\"$bad/rooted.options\", \"r\")) abort();"
expect_refusal rooted R4
make_bad needy 150 'if (!getenv("PATH")) abort();'
expect_refusal needy R4
make_bad writer 150 'FILE *f = fopen("writer.log", "a"); if (f) fclose(f);'
expect_refusal writer R7

echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
