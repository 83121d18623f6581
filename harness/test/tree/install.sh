#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# install.sh SOURCE-ROOT BUILD-ROOT VERSION - what `meson install` puts into an empty folder is what
# somebody needs who has nothing else of this: the examples build from it by pkg-config alone, with
# gcc and clang-19, and run. And core/ as a copy: the list of its sources, its version.
. "${0%/*}/../lib/cli.sh"
root=$(absolute "$1") build=$(absolute "$2") version=$3
work_in install

# --- what is installed ----------------------------------------------------------------------------
DESTDIR=$work/dest meson install -C "$build" --no-rebuild --quiet >log 2>&1
want 'meson install' [ $? -eq 0 ]
# What lies there, by the last two parts of its path; the folders above are the system's.
(cd dest && find . -type f -o -type l) |
	sed 's,.*/\([^/]*/[^/]*\)$,\1,; s,^[^/]*/\(lib[^/]*\.a\)$,lib/\1,' |
	sort >installed
{
	(cd "$root/core/include" && find pcpu -type f)
	printf '%s\n' lib/libpcpu-core.a lib/libpcpu-hosted.a pcpu/hosted.h pcpu/percpu.ld \
		pkgconfig/pcpu-core.pc pkgconfig/pcpu-hosted.pc
} | sort >expected
want 'these files and no others are installed' diff expected installed
packages=$(dirname "$(find "$work/dest" -name pcpu-core.pc)")
include=$(dirname "$(dirname "$(find "$work/dest" -name pcpu.h)")")
want 'nothing names where it was made' sh -c '! grep -rlF "$1" "$2"' sh "$root/" "$packages"
want 'no header leads out of its folder' \
	sh -c '! grep -rnE "#include (\"[^\"]*/|<[^>]*/)" "$1"/pcpu |
	grep -v "#include <pcpu/pcpu.h>"' sh "$include"

# -Dlab=false installs the same, and makes little else.
if [ "${LAB_FULL:-}" = 1 ]; then
	want '-Dlab=false' sh -c 'CC=gcc meson setup -Dlab=false -Dpage_shift=14 bare "$1" &&
		DESTDIR=$PWD/alone meson install -C bare' sh "$root" >log 2>&1
	want 'the page goes with it' grep -q -e '-DPCPU_PAGE_SHIFT=14$' bare/core/pcpu-core.pc
	want 'and with the other' \
		grep -q -e '-DPCPU_PAGE_SHIFT=14 ' bare/harness/platform/hosted/pcpu-hosted.pc
	want 'paths of their own' \
		sh -c 'CC=gcc meson setup -Dlab=false --prefix=/opt/a --libdir=/opt/b \
		--includedir=/opt/c own "$1" &&
		grep -qx "includedir=/opt/c" own/core/pcpu-core.pc &&
		grep -qx "percpu_ld=/opt/a/share/pcpu/percpu.ld" \
			own/harness/platform/hosted/pcpu-hosted.pc' \
		sh "$root" >log 2>&1
	want '-Dlab=false: the same files' sh -c '(cd dest && find . -type f | sort) >installed &&
		(cd alone && find . -type f | sort) | diff installed -'
	want '-Dlab=false: no program' \
		sh -c '[ -z "$(find bare -type f -perm -100 -name "pcpu-*")" ]'
fi

# --- pkg-config, in each way that people use it --------------------------------------------------
unset PKG_CONFIG_LIBDIR PKG_CONFIG_SYSROOT_DIR
PKG_CONFIG_PATH=$packages
export PKG_CONFIG_PATH
flags() {
	pkg-config --cflags --libs "$@"
}
for package in pcpu-core pcpu-hosted; do
	want "$package: valid" pkg-config --validate $package
	want "$package: the version" [ "$(pkg-config --modversion $package)" = "$version" ]
	want "$package: no group of archives" \
		sh -c '! echo "$1" | grep -q group' sh "$(flags $package)"
	want "$package: a static link has the same" \
		[ "$(flags --static $package)" = "$(flags $package)" ]
done
want 'where the fragment lies' [ -f "$(pkg-config --variable=percpu_ld pcpu-hosted)" ]

# The version as a macro, for who copies core/.
macros() {
	printf '#include <pcpu/pcpu.h>\n%s\n' "$*" | cc -E -P -I"$include" - | tail -n 1
}
want 'PCPU_VERSION' [ "$(macros PCPU_VERSION)" = "\"$version\"" ]
want 'its parts' \
	[ "$(macros PCPU_VERSION_MAJOR.PCPU_VERSION_MINOR.PCPU_VERSION_PATCH | tr -d ' ')" = \
	"$version" ]

# --- the examples --------------------------------------------------------------------------------
cp -r "$root/examples" examples
# made OUTPUT COMPILER SOURCES FLAGS: a program as README makes it.
# shellcheck disable=SC2086 # words are wanted
made() {
	want "$2 $3: builds" $2 -Wall -Wextra -Werror -Wno-unused-parameter -o "$1" $3 $4
}
# counts PROGRAM: the counter counted all.
counts() {
	run 0 "./$1"
	want "$1: all calls and bytes" awk '
		{ exit !($1 > 0 && $3 == $1 * 100000 && $5 == 40 * $3) }' out
}
# fills PROGRAM: the static platform is filled until it refuses, and is empty at the end.
fills() {
	run 0 "./$1"
	want "$1: many objects twice, and not all; zeroed each time" awk '
		NR == 1 || NR == 3 { n = $1; bad += n < 500 || n >= 2000 || $7 < 4 }
		NR == 2 || NR == 4 { bad += $4 != 2 * n * n + 4 * n }
		NR == 5 { bad += $2 >= 4 } # empty chunks went when there was a kick
		NR == 6 { bad += $0 !~ /: yes$/ }
		NR == 7 { bad += $0 != "left: 0 pages, 0 bytes of records" }
		END { exit bad || NR != 7 }' out
}
# A program without percpu.h, on an instance of its own.
cat >own.c <<'END'
#include <pcpu/hosted.h>

int main(void)
{
	char error[256];
	const struct pcpu_topology *machine = hosted_machine_create(error);
	struct hosted_config hosted = { .topology = machine, .worker = true };
	struct pcpu_config config = {
		.plat = machine ? hosted_create(&hosted) : 0,
		.topology = machine,
		.sizes = { .static_bytes = 1, .dyn_bytes = 20 << 10, .atom_bytes = 2 << 20 },
		.static_start = PCPU_STATIC_AT_BASE,
	};
	struct pcpu *pcpu;
	struct pcpu_ptr counter;

	if (!config.plat || pcpu_create(&config, &pcpu) != PCPU_OK)
		return 1;
	counter = pcpu_alloc(pcpu, 8, 8, 0);
	pcpu_free(pcpu, counter);
	hosted_worker_stop(config.plat);
	pcpu_destroy(pcpu);
	hosted_destroy(config.plat);
	hosted_machine_destroy(machine);
	return counter.value == 0;
}
END
# The static platform by itself: an area lies where its alignment wants it, also beyond a page, and
# where none is left it is refused, with nothing taken.
cat >aligned.c <<'END'
#include "examples/static_plat.h"
#include <pcpu/plat.h>

int main(void)
{
	uintptr_t one, at;
	bool local;

	for (uint64_t align = PCPU_PAGE_BYTES; align <= PCPU_PAGE_BYTES * 64; align *= 2) {
		if (!plat_region_alloc(static_plat(), 0, PCPU_PAGE_BYTES, 1, &one, &local))
			return 1;
		if (!plat_region_alloc(static_plat(), 0, 2 * PCPU_PAGE_BYTES, align, &at, &local))
			return 2;
		if (at % align || static_plat_page_count() != 3)
			return 3;
		plat_region_free(static_plat(), at, 2 * PCPU_PAGE_BYTES);
		plat_region_free(static_plat(), one, PCPU_PAGE_BYTES);
	}
	if (plat_region_alloc(static_plat(), 0, PCPU_PAGE_BYTES, UINT64_C(1) << 62, &at, &local))
		return 4;
	return static_plat_page_count() ? 5 : 0;
}
END
for compiler in gcc clang-19; do
	if ! command -v $compiler >/dev/null; then
		skip "no $compiler"
		continue
	fi
	made counter-$compiler $compiler examples/counter.c "$(flags pcpu-hosted)"
	counts counter-$compiler
	made static-$compiler $compiler 'examples/static_main.c examples/static_plat.c' \
		"$(flags pcpu-core)"
	fills static-$compiler
	made aligned-$compiler $compiler 'aligned.c examples/static_plat.c' \
		"$(flags pcpu-core)"
	run 0 ./aligned-$compiler
	made own-$compiler $compiler own.c "$(flags pcpu-hosted)"
	run 0 ./own-$compiler
done
# Both packages in either order.
made counter.o gcc '-c examples/counter.c' "$(pkg-config --cflags pcpu-hosted)"
for packages in 'pcpu-core pcpu-hosted' 'pcpu-hosted pcpu-core'; do
	# shellcheck disable=SC2086
	made both gcc counter.o "$(flags $packages)"
	counts both
done
# The archive calls nothing that is neither in it nor in the libraries named.
made whole gcc counter.o "$(flags pcpu-hosted |
	sed 's/-lpcpu-hosted/-Wl,--whole-archive & -Wl,--no-whole-archive/')"
counts whole
# A tree that was moved, and one seen from below a root of its own.
mv dest moved
PKG_CONFIG_PATH=$work/moved${PKG_CONFIG_PATH#"$work/dest"}
made moved-counter gcc counter.o "$(flags pcpu-hosted)"
counts moved-counter
made rooted gcc counter.o "$(PKG_CONFIG_SYSROOT_DIR=$work/moved flags pcpu-hosted)"
counts rooted
made defined gcc counter.o "$(flags --define-prefix pcpu-hosted)"
counts defined

# --- core/ as a copy -----------------------------------------------------------------------------
cp -r "$root/core" copy
want 'sources.txt has every source' sh -c 'sed 1d "$1/sources.txt" | tr " " "\n" | sort >listed &&
	(cd "$1" && find . -name "*.c" | sed "s/^..//") | sort | diff listed -' sh "$root/core"
want 'it is one line' [ "$(sed 1d "$root/core/sources.txt" | wc -l)" -eq 1 ]
cd copy || exit 1
sources='create.c map/map_area.c check.c'
[ "${LAB_FULL:-}" != 1 ] || sources=$(sed 1d sources.txt)
# shellcheck disable=SC2086 # words are wanted
want 'a copy compiles' cc -std=gnu11 -ffreestanding -fsyntax-only -Iinclude $sources
cd .. || exit 1

done_with
