#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# cli_zoo.sh PCPU_LAB - `lab zoo` with an engine that only plays AFL++: what an earlier hunt left
# helps nobody and is in nobody's way, and there is one at a time.
. "${0%/*}/../../harness/test/lib/cli.sh"
lab=$(absolute "$1")
work_in zoo

# A checkout whose builds are done; its only defect is never found.
mkdir -p core/include/pcpu bin build/main/fuzz/zoo build/afl
: >core/include/pcpu/pcpu.h
: >build/main/build.ninja
: >build/afl/build.ninja
printf '#!/bin/sh\n' | tee lab bin/meson >bin/ninja
printf '#!/bin/sh\nprintf "1\\thidden\\t\\tfuzz_alloc\\t\\t\\tNobody finds it.\\n"\n' \
	>build/main/fuzz/zoo/pcpu-zoo
# As AFL++: a folder that is there already is refused; else a crash, of the defect that has to be
# found.
cat >bin/afl-fuzz <<'E2'
#!/bin/sh
while [ "$1" != -o ]; do shift; done
[ ! -e "$2" ] || { echo "PROGRAM ABORT: Directory '$2' is in use" >&2; exit 1; }
mkdir -p "$2/default/crashes"
[ "$LAB_DEFECT" != canary_caught ] || : >"$2/default/crashes/id:000000"
echo 'execs_done : 7' >"$2/default/fuzzer_stats"
E2
chmod +x lab bin/* build/main/fuzz/zoo/pcpu-zoo
LAB_ROOT=$work
PATH=$work/bin:$PATH
export LAB_ROOT PATH

for hunt in canary_caught-1 canary_harmless-1 hidden-1 hidden-2; do
	mkdir -p build/zoo/afl/$hunt/afl/default/crashes
	: >build/zoo/afl/$hunt/afl/default/crashes/id:000000
done
run 1 "$lab" zoo --engine afl --seeds 2 --time 5
want 'the engine ran' sh -c '! grep ABORT err'
want 'what was left is no find' grep -q '^hidden .* 0/2  not within 5 s$' out
want 'the sum' grep -q '^afl: 0 of 1 found within 5 s$' out

held build/.zoo refuse 'lab zoo: another one is at work in this checkout' "$lab" zoo --engine afl
done_with
