#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
#
# layers.sh - the shape of the tree, held by a test.
#
#	6 programs   fuzz | bench | kernel-test | reports	not each other
#	5 command    harness/cli; harness/rows on it
#	4 checks     harness/check				freestanding but live/, linux61/
#	3 platforms  harness/platform/sim | harness/platform/hosted | harness/firmware
#	2 text       harness/text				freestanding
#	1 core       core				freestanding; pure parts know no platform
#
# usage: layers.sh ROOT CORE_ARCHIVE LAB_ARCHIVE
#
# Each check prints what breaks its rule, a line each, and nothing when all is well. Each has a
# negative control: a small tree with that one thing wrong, which it has to refuse.
set -u

if [ $# -ne 3 ]; then
	echo "usage: layers.sh ROOT CORE_ARCHIVE LAB_ARCHIVE" >&2
	exit 2
fi
LC_ALL=C
export LC_ALL
root=$1
core_archive=$2
lab_archive=$3
passed=0
failed=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

# The source files of tree $1 whose names match $2, one a line.
files() {
	(cd "$1" && find core harness fuzz bench kernel-test reports examples -type f 2>/dev/null |
		grep -v '^reports/out/' | grep -E "$2" | sort)
}

# Runs an awk program over the files of tree $1 that match $2.
scan() {
	files "$1" "$2" >"$scratch/list"
	(cd "$1" && xargs awk -v list="$scratch/list" "$3" /dev/null <"$scratch/list")
}

# R1: includes lead down, or sideways within a layer, never from platform to platform or from
# subject to subject. A quoted include is a path from the root, but in core/, where it is a file of
# its folder. What core/ keeps private is included there alone, by the tests of core and walker, and
# by what names the owners of the lines that a hit touches.
check_includes() {
	scan "$1" '\.(c|h|cc|S|def)$' '
		function layer(file) {
			if (file ~ /^core\//) return "1 core"
			if (file ~ /^harness\/text\//) return "2 text"
			if (file ~ /^harness\/platform\/lab_plat\.h$/) return "2 platform"
			if (file ~ /^harness\/platform\/sim\//) return "3 sim"
			if (file ~ /^harness\/platform\/hosted\//) return "3 hosted"
			if (file ~ /^harness\/(firmware|zoo)\//) return "3 firmware"
			if (file ~ /^harness\/check\//) return "4 check"
			if (file ~ /^harness\/cli\//) return "5 cli"
			if (file ~ /^harness\/rows\//) return "6 rows"
			if (file ~ /^harness\/test\//) return "9 test"
			sub(/\/.*/, "", file)
			return "8 " file
		}
		function allowed(from, to) {
			if (substr(to, 1, 1) == "8" || to == "9 test")
				return from == to || (to == "9 test" && substr(from, 1, 1) == "8")
			return from == to || substr(to, 1, 1) < substr(from, 1, 1)
		}
		BEGIN {
			while ((getline file < list) > 0)
				known[file] = 1
		}
		function bad(why) {
			printf "%s:%d: %s %s\n", FILENAME, FNR, name, why
		}
		/^[ \t]*#[ \t]*include[ \t]*</ && /<pcpu\// {
			split($0, part, /[<>]/)
			name = part[2]
			if (name == "pcpu/hosted.h" && !allowed(layer(FILENAME), "3 hosted"))
				bad("is not below it")
			else if (!(("core/include/" name) in known) && name != "pcpu/hosted.h")
				bad("is none of the public headers")
		}
		/^[ \t]*#[ \t]*include[ \t]*</ {
			split($0, part, /[<>]/)
			name = part[2]
			if (name in known || ("core/" name) in known)
				bad("stands in quotes")
		}
		/^[ \t]*#[ \t]*include(_next)?[ \t]*[^ \t<"]/ || /^[ \t]*\.inc(lude|bin)[ \t]/ {
			name = $0
			bad("names no file")
		}
		/^[ \t]*#[ \t]*include[ \t]*"/ {
			split($0, part, "\"")
			name = part[2]
			folder = FILENAME
			sub(/[^\/]*$/, "", folder)
			if (FILENAME ~ /^(core|examples)\//) {
				path = folder name
				sub(/[^\/]+\/\.\.\//, "", path)
				if (!(path in known))
					bad("is no file of its folder, or of the one above")
			} else if (!(name in known))
				bad("is no path from the root")
			else if (name ~ /^core\// &&
			    FILENAME !~ /^harness\/test\/(balance|check|core|front)\// &&
			    FILENAME !~ /^(harness\/test\/(relacy|walker)|bench\/hits)\//)
				bad("is private to core/")
			else if (!allowed(layer(FILENAME), layer(name)))
				bad("is not below it")
		}'
}

# R9: a meson.build names no source outside its own folder tree: libraries and dependencies carry
# it.
check_meson() {
	(cd "$1" && find . -name build -prune -o -name meson.build -print | sort | xargs awk '
		!/^[ \t]*#/ && (/\x27[^\x27]*\.\.\/[^\x27]*\x27|\x27\.\.\x27 *[\/,]/ ||
		/source_root\(\) *[\/,] *\x27[^)]*\.(c|h|cc|S|def)\x27/) {
			printf "%s:%d: %s\n", substr(FILENAME, 3), FNR, $0
		}' /dev/null)
}

# R10: no two source files have one name.
check_names() {
	files "$1" '\.(c|h|cc|S|def)$' | awk -F/ '
		{ name = tolower($NF) }
		name in first { printf "%s and %s\n", first[name], $0 }
		!(name in first) { first[name] = $0 }'
}

# R11: no folder has more than 30 source files, headers included.
check_folders() {
	files "$1" '\.(c|h|cc|S|def)$' | awk '
		{ sub(/\/[^\/]*$/, ""); nr[$0]++ }
		END {
			for (folder in nr)
				if (nr[folder] > 30)
					print folder ": " nr[folder] " source files"
		}' |
		sort
}

# R2: core, text and checks include the compiler's own three headers and nothing else of a system.
check_freestanding() {
	scan "$1" '^(core|harness/(text|check))/.*\.(c|h|def|S)$' '
		FILENAME ~ /^harness\/check\/(live|linux61)\// { next } # in no archive of the core
		/^[ \t]*#[ \t]*include[ \t]*</ &&
		!/<(stdint|stddef|stdbool|pcpu\/[a-z0-9_]*)\.(h|def)>/ {
			printf "%s:%d: %s\n", FILENAME, FNR, $0
		}'
}

# R3: leaves, layout and engines know one another and the compiler's headers: no chunk, no public
# API, no platform.
check_pure() {
	pure='(base|bitmap|bits|blocks?|list|layout|map|room)(_[a-z0-9_]*)?'
	scan "$1" "^core/(include/pcpu/|map/)?$pure\.[ch]\$" '
		/^[ \t]*#[ \t]*include/ &&
		!/["<](pcpu\/)?(base|bits|list|layout|map|invariants)(_[a-z0-9_]*)?\.h[">]/ &&
		!/"(bitmap|bitmap_rooms|blocks|room_tree)\.h"/ &&
		!/["<](pcpu\/)?[a-z_]*\.def[">]/ &&
		!/<(stdint|stddef|stdbool)\.h>/ {
			printf "%s:%d: %s\n", FILENAME, FNR, $0
		}'
}

# R4: what archive $1 needs from outside is named by $2, an expression over symbols.
check_undefined() {
	nm -P "$1" 2>/dev/null | awk -v allowed="^($2)\$" '
		$2 ~ /^[Uwv]$/ { wanted[$1] = 1 }
		$2 ~ /^[A-TV-Z]$/ { defined[$1] = 1 }
		END {
			for (symbol in wanted)
				if (!(symbol in defined) && symbol !~ allowed)
					print symbol
		}'
}

# R5: no state outside of instances: nothing in an archive is writable but the record of which CPU
# the calling thread is. Tables that only hold addresses are read-only after relocation
# (.data.rel.ro).
check_writable() {
	nm -f sysv "$1" 2>/dev/null | awk -F '|' '
		{ gsub(/ /, "", $7); gsub(/ /, "", $1) }
		$7 ~ /^\.(data|bss|tdata|tbss|ldata|lbss)/ && $7 !~ /^\.data\.rel\.ro/ &&
		!($1 == "pcpu_here" && $7 == ".tbss") {
			print $1, $7
		}
		$7 ~ /COM/ { print $1, $7 }'
	objdump -h "$1" 2>/dev/null | awk '
		$1 ~ /^[0-9]+$/ { section = $2; bytes = $3; next }
		/ALLOC/ && !/READONLY/ && bytes !~ /^0*$/ &&
		section !~ /^\.(data|bss|tdata|tbss|ldata|lbss|init_array|fini_array|ctors)/ {
			print section
		}'
}

# R6: each file says its licence in its first three lines. Data have formats of their own.
check_licence() {
	(cd "$1" && find . -type d \( -name .git -o -name build -o -path ./reports/out \) \
		-prune -o \
		-type f -print | sort | tr '\n' '\0' | xargs -0 awk '
		FNR == 1 { seen[FILENAME] = 1 }
		FNR <= 3 && /SPDX-License-Identifier: BSD-2-Clause OR MIT( ?(\*\/|-->)|",)?\r?$/ {
			licensed[FILENAME] = 1
		}
		FNR == 3 { nextfile }
		END {
			for (file in seen)
				if (!(file in licensed) && file != "./LICENSE-MIT" &&
				    file != "./LICENSE-BSD-2-Clause" &&
				    (file !~ /^\.\/corpus\// || file ~ /\.(md|build|sh)$/))
					print file
		}'
		# An empty file has no line.
		files . . | while read -r file; do
			[ -s "$file" ] || echo "./$file"
		done) | sort
}

# R7: no function is longer than 60 lines.
check_function_length() {
	scan "$1" '\.(c|h|cc)$' '
		FNR == 1 { open = 0 }
		/^[A-Za-z_].*\(/ { name = $0; head = !/[;{}]/ }
		/^\{/ || ((head || /^[A-Za-z_]/) && /\)[^;]*\{$/) { open = FNR }
		/[;{}]/ { head = 0 }
		/^\}/ {
			if (open && FNR - open > 61)
				printf "%s:%d: %d lines: %s\n", FILENAME, open, FNR - open - 1, name
			open = 0
		}'
}

# R8: no `#if` inside a function of the core or the lab: a difference is a file, a table or a
# number.
check_conditionals() {
	scan "$1" '^(core|harness/text|harness/check)/.*\.(c|h)$' '
		FNR == 1 { open = 0 }
		/^\{/ || /^[A-Za-z_].*\)[^;]*\{$/ { open = 1 }
		/^\}/ { open = 0 }
		open && /^[ \t]*#[ \t]*(if|ifdef|ifndef|elif)/ {
			printf "%s:%d: %s\n", FILENAME, FNR, $0
		}'
}

# R12: the core's atomics are in core/atomic.h, each with its order and reason, and so is whatever
# else a compiler keeps in place: volatile accesses, assembly. What users' accessors of per-CPU
# variables compile to is percpu*.h's own.
check_atomics() {
	scan "$1" '^core/.*\.(c|h|def)$' '
		FILENAME ~ /\/(atomic|percpu[a-z0-9_]*)\.h$/ { next }
		/__(c11_)?atomic_|__sync_|_Atomic|stdatomic/ ||
		/__asm|[^a-z_]asm[ (]|(^|[ (])volatile / {
			printf "%s:%d: %s\n", FILENAME, FNR, $0
		}'
}

# The rule `$1` holds when the check printed nothing.
expect_clean() {
	if [ -z "$2" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAILED %s\n' "$1"
		printf '%s\n' "$2" | sed 's/^/    /'
	fi
}

# The negative control of rule `$1`: exactly the planted thing `$3` is refused.
expect_refused() {
	case $(printf '%s\n' "$2" | wc -l):$2 in
	1:*"$3"*)
		passed=$((passed + 1))
		;;
	*)
		failed=$((failed + 1))
		printf 'FAILED negative control of %s: refused was: %s\n' "$1" "${2:-nothing}"
		;;
	esac
}

plant_tree() {
	tree=$scratch/tree
	licence='/* SPDX-License-Identifier: BSD-2-Clause OR MIT */'
	mkdir -p "$tree/core/include/pcpu" "$tree/harness/text" "$tree/harness/platform/sim" \
		"$tree/harness/platform/hosted" "$tree/fuzz/zoo" "$tree/bench/gate" \
		"$tree/harness/test/core"
	printf '%s\n' "$licence" '#include <pcpu/pcpu.h>' '#include "list.h"' '#include "slots.h"' \
		>"$tree/core/map_bad.c"
	mkdir "$tree/harness/text/sub"
	printf '%s\n' "$licence" '#include <stdlib.h>' >"$tree/harness/text/sub/sub.h"
	printf '%s\n' '/* SPDX-License-Identifier: BSD-2-Clause OR MIT-0 */' \
		>"$tree/harness/text/zero.c"
	: >"$tree/harness/text/empty.c"
	printf '%s\n' "$licence" '#include <stdio.h>' >"$tree/core/include/pcpu/pcpu.h"
	printf '%s\n' "$licence" | tee "$tree/core/list.h" "$tree/core/slots.h" \
		"$tree/bench/gate/gate.h" "$tree/bench/gate/sim.c" \
		>"$tree/harness/platform/hosted/hosted.h"
	printf '%s\n' '# no source of ../ours' "x = files('gate/a.c', '../core/list.h')" \
		"y = files('..' / 'core/list.h')" \
		"z = files(meson.project_source_root() / 'core' / 'list.h')" \
		>"$tree/bench/meson.build"
	printf '%s\n' "$licence" '#include "harness/platform/hosted/hosted.h"' \
		'#include <pcpu/pcpu.h>' \
		'#include "core/list.h"' '#include "hosted.h"' '#include <pcpu/none.h>' \
		'#include <core/list.h>' '#include WHERE' '#include <pcpu/hosted.h>' \
		>"$tree/harness/platform/sim/sim.c"
	printf '%s\n' "$licence" '#include "core/list.h"' '#include "bench/gate/gate.h"' \
		>"$tree/harness/test/core/test_list.c"
	printf '%s\n' "$licence" '#include "bench/gate/gate.h"' >"$tree/fuzz/zoo/hunt.c"
	printf '%s\n' "$licence" 'x = __atomic_load_n(&y, __ATOMIC_RELAXED);' \
		'x = *(volatile int *)&y;' '	__asm__("nop");' |
		tee "$tree/core/atomic.h" "$tree/core/include/pcpu/percpu_x.h" \
		>"$tree/core/stats.c"
	printf '%s\n' '/* no licence */' 'int f(void)' '{' '#ifdef X' '#endif' '}' \
		'int g(void) {' '#if 1' '#endif' '}' \
		>"$tree/harness/text/bad.c"
	{
		printf '%s\n' "$licence" 'int ok(void)' '{'
		yes '	;' | head -n 60
		printf '%s\n' '}' 'int too_long(void)' '{'
		yes '	;' | head -n 61
		printf '%s\n' '}' 'int too_long_too(int a,' '		 int b) {'
		yes '	;' | head -n 61
		echo '}'
	} >"$tree/harness/platform/sim/long.c"
	mkdir "$tree/fuzz/thirty" "$tree/fuzz/more"
	for i in $(seq 30); do
		printf '%s\n' "$licence" | tee "$tree/fuzz/thirty/a$i.c" >"$tree/fuzz/more/b$i.h"
	done
	printf '%s\n' "$licence" >"$tree/fuzz/more/one.S"
}

plant_archive() {
	cat >"$scratch/bad.c" <<-'END'
		int printf(const char *, ...);
		extern int plat_fine(void), pcpu_fine(void);
		int bad_state;
		__attribute__((section(".mine"))) int hidden_state = 1;
		static const char *const fine[] = { "a", "b" };
		const char *bad(int i)
		{
			return printf("x") + plat_fine() + pcpu_fine() ? fine[i] : 0;
		}
	END
	${CC:-cc} -ffreestanding -fPIC -fno-builtin -c -o "$scratch/bad.o" "$scratch/bad.c" &&
		ar rc "$scratch/bad.a" "$scratch/bad.o"
}

memory='mem(cpy|move|set|cmp)|_GLOBAL_OFFSET_TABLE_'
core_wants="plat_[a-z0-9_]*|$memory"
lab_wants="(plat|lab|pcpu)_[a-z0-9_]*|$memory"

# An archive that cannot be read would look clean.
for archive in "$core_archive" "$lab_archive"; do
	[ "$(nm -P "$archive" 2>/dev/null | wc -l)" -gt 10 ]
	expect_clean "an archive to look at: $archive" "$([ $? -eq 0 ] || echo "no symbols")"
done

expect_clean "R1 includes go down only" "$(check_includes "$root")"
expect_clean "R2 core and lab include no system" "$(check_freestanding "$root")"
expect_clean "R3 pure parts of the core" "$(check_pure "$root")"
expect_clean "R4 the core wants plat_* and mem* only" \
	"$(check_undefined "$core_archive" "$core_wants")"
expect_clean "R4 the lab wants lab_*, pcpu_*, plat_*, mem* only" \
	"$(check_undefined "$lab_archive" "$lab_wants")"
expect_clean "R5 the core has no writable globals" "$(check_writable "$core_archive")"
expect_clean "R5 the lab has no writable globals" "$(check_writable "$lab_archive")"
expect_clean "R6 every file says its licence" "$(check_licence "$root")"
expect_clean "R7 functions of at most 60 lines" "$(check_function_length "$root")"
expect_clean "R8 no #if in bodies" "$(check_conditionals "$root")"
expect_clean "R9 meson.build files name sources below them" "$(check_meson "$root")"
expect_clean "R10 no two source files of one name" "$(check_names "$root")"
expect_clean "R11 at most 30 source files in a folder" "$(check_folders "$root")"
expect_clean "R12 the core's atomics are in atomic.h" "$(check_atomics "$root")"

plant_tree
r1=$(check_includes "$tree")
expect_refused R1 "$(printf '%s\n' "$r1" | grep 'is not below' | grep sim.c:2)" \
	"sim/sim.c:2: harness/platform/hosted/hosted.h is not below it"
expect_refused "R1 (public, platform)" "$(printf '%s\n' "$r1" | grep pcpu/hosted)" \
	"sim/sim.c:9: pcpu/hosted.h is not below it"
expect_refused "R1 (subjects)" "$(printf '%s\n' "$r1" | grep fuzz/)" \
	"fuzz/zoo/hunt.c:2: bench/gate/gate.h"
expect_refused "R1 (tests)" "$(printf '%s\n' "$r1" | grep test/)" \
	"test/core/test_list.c:3: bench/gate/gate.h is not below it"
expect_refused "R1 (brackets)" "$(printf '%s\n' "$r1" | grep quotes)" \
	"sim/sim.c:7: core/list.h stands in quotes"
expect_refused "R1 (macros)" "$(printf '%s\n' "$r1" | grep 'no file')" "sim/sim.c:8: "
expect_refused "R1 (private)" "$(printf '%s\n' "$r1" | grep private)" \
	"sim/sim.c:4: core/list.h is private to core/"
expect_refused "R1 (paths)" "$(printf '%s\n' "$r1" | grep 'from the root')" "sim/sim.c:5: hosted.h"
expect_refused "R1 (public)" "$(printf '%s\n' "$r1" | grep public)" "sim/sim.c:6: pcpu/none.h"
expect_refused "R1 (how many)" "$(printf '%s\n' "$r1" | wc -l)" 9
r2=$(check_freestanding "$tree")
expect_refused R2 "$(printf '%s\n' "$r2" | grep core)" "core/include/pcpu/pcpu.h:2"
expect_refused "R2 (deeper)" "$(printf '%s\n' "$r2" | grep -v core)" "harness/text/sub/sub.h:2"
r3=$(check_pure "$tree")
expect_refused R3 "$(printf '%s\n' "$r3" | grep pcpu.h)" "core/map_bad.c:2"
expect_refused "R3 (private)" "$(printf '%s\n' "$r3" | grep -v pcpu.h)" "core/map_bad.c:4"
r6=$(check_licence "$tree" | grep -v meson.build)
expect_refused R6 "$(printf '%s\n' "$r6" | grep bad)" "harness/text/bad.c"
expect_refused "R6 (another)" "$(printf '%s\n' "$r6" | grep zero)" "harness/text/zero.c"
expect_refused "R6 (empty)" "$(printf '%s\n' "$r6" | grep -v 'bad\|zero')" "harness/text/empty.c"
r7=$(check_function_length "$tree")
expect_refused R7 "$(printf '%s\n' "$r7" | grep -v too_long_too)" "61 lines: int too_long"
expect_refused "R7 (its brace)" "$(printf '%s\n' "$r7" | grep too_long_too)" "61 lines: int"
r8=$(check_conditionals "$tree")
expect_refused R8 "$(printf '%s\n' "$r8" | grep ifdef)" "harness/text/bad.c:4"
expect_refused "R8 (its brace)" "$(printf '%s\n' "$r8" | grep -v ifdef)" "harness/text/bad.c:8"
r9=$(check_meson "$tree")
expect_refused R9 "$(printf '%s\n' "$r9" | grep gate)" "bench/meson.build:2"
expect_refused "R9 (joined)" "$(printf '%s\n' "$r9" | grep y)" "bench/meson.build:3"
expect_refused "R9 (root)" "$(printf '%s\n' "$r9" | grep root)" "bench/meson.build:4"
expect_refused R10 "$(check_names "$tree")" "bench/gate/sim.c and harness/platform/sim/sim.c"
expect_refused R11 "$(check_folders "$tree")" "fuzz/more: 31 source files"
r12=$(check_atomics "$tree")
expect_refused R12 "$(printf '%s\n' "$r12" | grep atomic_)" "core/stats.c:2"
expect_refused "R12 (volatile)" "$(printf '%s\n' "$r12" | grep volatile)" "core/stats.c:3"
expect_refused "R12 (assembly)" "$(printf '%s\n' "$r12" | grep asm)" "core/stats.c:4"
plant_archive
expect_refused "R4 (core)" "$(check_undefined "$scratch/bad.a" "plat_[a-z_]*|pcpu_fine")" "printf"
expect_refused "R4 (seam)" "$(check_undefined "$scratch/bad.a" "plat_[a-z_]*|printf")" "pcpu_fine"
r5=$(check_writable "$scratch/bad.a")
expect_refused R5 "$(printf '%s\n' "$r5" | grep _state)" "bad_state"
expect_refused "R5 (sections)" "$(printf '%s\n' "$r5" | grep -v _state)" ".mine"

echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
