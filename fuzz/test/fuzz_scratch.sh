# SPDX-License-Identifier: BSD-2-Clause OR MIT
# fuzz_scratch.sh - sourced by the tests of `lab fuzz` with $1 the command and $2 the source root: a
# checkout of its own whose targets are all the toy (fuzz_toy.c), so that nothing has to be built
# and nothing of the real corpus is touched.
#
#	work/	lab core/include/pcpu/pcpu.h				makes it a root
#		build/{fuzz,afl}/fuzz/TARGET[_replay]	links to the toy
#		bin/{meson,ninja}			build nothing, and say that all is well
. "${0%/*}/../../harness/test/lib/cli.sh"
lab=$(absolute "$1") source_root=$2
at_end() {
	umount "$work/build/fuzz-corpus" 2>/dev/null
}
work_in fuzz

# fuzz STATUS WORD ...: `lab fuzz WORD ...` has to end so.
fuzz() {
	wanted=$1
	shift
	run "$wanted" "$lab" fuzz "$@"
}

# begin WORD ...: starts `lab fuzz WORD ...`. (A shell's background jobs ignore SIGINT; this one
# does not.)
begin() {
	: >err
	env --default-signal=INT "$lab" fuzz "$@" >out 2>err </dev/null &
	child=$!
}

# end_when CONDITION: as soon as it is true, Ctrl-C. So a loaded machine takes longer and fails
# nothing.
end_when() {
	tries=0
	until eval "$1" 2>/dev/null || [ $tries -ge 300 ]; do
		tries=$((tries + 1))
		sleep 0.2
	done
	want "in a minute: $1" [ $tries -lt 300 ]
	kill -INT $child
	wait $child
	status=$?
	want "Ctrl-C: exit status $status" [ $status -eq 130 ]
}

mkdir -p core/include/pcpu bin build/fuzz/fuzz build/afl/fuzz corpus/fuzz_alloc fuzz
: >core/include/pcpu/pcpu.h
: >build/fuzz/build.ninja
: >build/afl/build.ninja
printf '#!/bin/sh\n' | tee lab bin/meson >bin/ninja
chmod +x lab bin/meson bin/ninja
LAB_ROOT=$work
PATH=$work/bin:$PATH
export LAB_ROOT PATH
targets=$(sed -n 's/^X(\([a-z_]*\))$/\1/p' "$source_root/fuzz/targets/targets.def")

# make_toy ENGINE COMPILER: all targets of this engine's flavour are the toy.
make_toy() {
	"$2" -fsanitize=fuzzer -o toy-"$1" "$source_root/fuzz/test/fuzz_toy.c" >make.log 2>&1 ||
		return 1
	"$2" -DREPLAY -o toy-replay "$source_root/fuzz/test/fuzz_toy.c" >>make.log 2>&1 || return 1
	for target in $targets; do
		ln -sf "$work/toy-$1" "build/$1/fuzz/$target"
		ln -sf "$work/toy-replay" "build/fuzz/fuzz/${target}_replay"
	done
}
