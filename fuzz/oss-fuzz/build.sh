#!/bin/bash -eu
# SPDX-License-Identifier: BSD-2-Clause OR MIT
#
# build.sh - the fuzz targets as OSS-Fuzz and ClusterFuzzLite want them.
#
#	in	CC CXX CFLAGS CXXFLAGS LIB_FUZZING_ENGINE SRC OUT WORK
#	out	$OUT/NAME  NAME_seed_corpus.zip  NAME.options  NAME.dict (where there is one)
#
# Instrumentation and engine come from these variables alone. Targets link the core, the lab layer
# and the simulated platform, all built here, and no library from elsewhere.

source=$SRC/pcpu-lab
build=$WORK/pcpu-lab

rm -rf "$build"
meson setup "$build" "$source" --buildtype=plain -Dwerror=false \
	-Dfuzzer=external "-Dfuzzer_link=$LIB_FUZZING_ENGINE" >&2

# targets.def: X(fuzz_alloc), one a line.
names=$(sed -n 's/^X(\([a-z_]*\))$/\1/p' "$source/fuzz/targets/targets.def")
# shellcheck disable=SC2086 # names are words
ninja -C "$build" $(printf 'fuzz/%s ' $names) >&2
for name in $names; do
	cp "$build/fuzz/$name" "$OUT/$name"
	rm -f "$OUT/${name}_seed_corpus.zip"
	find "$source/corpus/$name" -type f ! -name '*.md' | LC_ALL=C sort |
		python3 "$source/fuzz/oss-fuzz/pack.py" "$OUT/${name}_seed_corpus.zip"
	cp "$source/fuzz/oss-fuzz/target.options" "$OUT/$name.options"
	if [ -e "$source/fuzz/dict/$name.dict" ]; then
		cp "$source/fuzz/dict/$name.dict" "$OUT/$name.dict"
	fi
done
