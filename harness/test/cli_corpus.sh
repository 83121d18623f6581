#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# cli_corpus.sh PCPU_LAB ROOT - `lab corpus` and `lab coverage`: the committed corpus is in order, each way
# to be out of order is seen, bad words are refused.
set -u
case $1 in
/*) lab=$1 ;;
*) lab=$PWD/$1 ;;
esac
root=$2
work=$(mktemp -d "${TMPDIR:-/tmp}/pcpu-lab-corpus-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
passed=0 failed=0 skipped=0

# want WHAT COMMAND ...: the command succeeds.
want() {
	what=$1
	shift
	if "$@"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: $what"
		head -5 err 2>/dev/null
	fi
}

# run STATUS ARGUMENTS ...: leaves out and err.
run() {
	wanted=$1
	shift
	timeout 60 "$lab" "$@" >out 2>err </dev/null
	status=$?
	want "$*: exit status $status instead of $wanted" [ $status -eq "$wanted" ]
}

# refuse PATTERN ARGUMENTS ...: one line that says why, exit status 2.
refuse() {
	pattern=$1
	shift
	run 2 "$@"
	want "$*: one line: $pattern" grep -q "$pattern" err
	want "$*: only one line" [ "$(wc -l <err)" -eq 1 ]
	want "$*: nothing on stdout" [ ! -s out ]
}

# --- this checkout's ----------------------------------------------------------------------------

export LAB_ROOT="$root"
run 0 corpus --check
want "the committed corpus is in order" [ ! -s err ]

# --- one that is not ----------------------------------------------------------------------------

mkdir -p try/core try/fuzz try/corpus/fuzz_toy
touch try/core/pcpu.h try/lab
chmod +x try/lab
export LAB_ROOT="$work/try"
printf '/* SPDX */\nX(fuzz_toy)\n' >try/fuzz/targets.def
printf '| input | reason |\n|---|---|\n| one | the first |\n' >try/corpus/fuzz_toy/README.md
printf 1 >try/corpus/fuzz_toy/one
run 0 corpus
want "a table of targets" grep -q '^fuzz_toy  *1 inputs  *1 bytes$' out

# broken PATTERN: seen, and gone with its cause.
broken() {
	run 1 corpus --check
	want "seen: $1" grep -q "$1" err
	want "$1: nothing else is wrong" [ "$(wc -l <err)" -eq 1 ]
}
printf 2 >try/corpus/fuzz_toy/two
broken 'corpus/fuzz_toy/two: no reason'
rm try/corpus/fuzz_toy/two
printf '| two | gone |\n' >>try/corpus/fuzz_toy/README.md
broken 'corpus/fuzz_toy/README.md:4: .* not of two$'
sed -i '$d' try/corpus/fuzz_toy/README.md
head -c 1025 /dev/zero >try/corpus/fuzz_toy/one
broken 'corpus/fuzz_toy/one: longer than 1024 bytes'
printf 1 >try/corpus/fuzz_toy/one
head -c 2097152 /dev/zero >try/corpus/large
broken '^corpus: 209[0-9]* bytes'
rm try/corpus/large
printf 'X(fuzz_other)\n' >>try/fuzz/targets.def
broken 'corpus/fuzz_other: no input'
run 0 corpus fuzz_toy --check

# --- bad words ------------------------------------------------------------------------------------

refuse "no target 'fuzz_none'" corpus fuzz_none
refuse 'one TARGET' corpus fuzz_toy fuzz_other
refuse 'either' corpus --minimise --check
refuse 'add is for TARGET --minimise' corpus --add "$work"
refuse '^none:1: a folder of inputs' corpus fuzz_toy --minimise --add none
refuse "not 'word'" coverage word
refuse '^none/here:1: a file that can be written' coverage --lcov none/here
refuse '^try/lab:1: a folder that can be made' coverage --html try/lab/below
want "nothing was made" [ ! -e try/build ]

printf 'core/x.c f sometimes x\n\tWhy.\n' >try/corpus/unreached
refuse 'unreached:1: FILE FUNCTION runs|true|false TEXT' coverage

echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
