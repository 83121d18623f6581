#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# cli_corpus.sh PCPU_LAB ROOT - `lab corpus` and `lab coverage`: the committed corpus is in order,
# each way to be out of order is seen, bad words are refused.
. "${0%/*}/../../harness/test/lib/cli.sh"
lab=$(absolute "$1") root=$2
work_in corpus

# --- this checkout's ----------------------------------------------------------------------------

export LAB_ROOT="$root"
run 0 "$lab" corpus --check
want "the committed corpus is in order" [ ! -s err ]

# --- one that is not ----------------------------------------------------------------------------

mkdir -p try/core/include/pcpu try/fuzz/targets try/corpus/fuzz_toy
touch try/core/include/pcpu/pcpu.h try/lab
chmod +x try/lab
export LAB_ROOT="$work/try"
printf '/* SPDX */\nX(fuzz_toy)\n' >try/fuzz/targets/targets.def
printf '| input | reason |\n|---|---|\n| one | the first |\n' >try/corpus/fuzz_toy/README.md
printf 1 >try/corpus/fuzz_toy/one
run 0 "$lab" corpus
want "a table of targets" grep -q '^fuzz_toy  *1 inputs  *1 bytes$' out

# broken PATTERN: seen, and gone with its cause.
broken() {
	run 1 "$lab" corpus --check
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
printf 'X(fuzz_other)\n' >>try/fuzz/targets/targets.def
broken 'corpus/fuzz_other: no input'
run 0 "$lab" corpus fuzz_toy --check

# --- bad words ------------------------------------------------------------------------------------

refuse "no target 'fuzz_none'" "$lab" corpus fuzz_none
refuse 'one TARGET' "$lab" corpus fuzz_toy fuzz_other
refuse 'either' "$lab" corpus --minimise --check
refuse 'add is for TARGET --minimise' "$lab" corpus --add "$work"
refuse '^none: cannot be read as a folder' "$lab" corpus fuzz_toy --minimise --add none
refuse "not 'word'" "$lab" coverage word
refuse '^none/here: cannot be written' "$lab" coverage --lcov none/here
refuse '^try/lab: cannot be made a folder' "$lab" coverage --html try/lab/below
want "nothing was made" [ ! -e try/build ]

printf 'core/x.c f sometimes x\n\tWhy.\n' >try/corpus/unreached
refuse 'unreached:1: FILE FUNCTION runs|true|false TEXT' "$lab" coverage

done_with
