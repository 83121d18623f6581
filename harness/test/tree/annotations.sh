#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# annotations.sh SOURCE-ROOT - clang's thread safety analysis over core/: clean as it is, and red
# for one broken copy of each kind: a lock that is not taken, the wrong one, one not given back,
# given back twice or taken twice, the outer one asked for under the inner, a call that may sleep
# there, a field read or a lookup made without its lock.
root=$1 passed=0 failed=0 cc=clang-19
if ! command -v "$cc" >/dev/null; then
	echo "skipped: no $cc"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
fi
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' HUP INT TERM

# FILE ...: what the compiler says of them.
compile() {
	"$cc" -std=gnu11 -ffreestanding -fsyntax-only -Wall -Werror -Wthread-safety \
		-I"$root" -I"$root/core/include" -I"$root/core" "$@" 2>&1
}

count() { # WHAT: the last status
	if [ $? = 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED $1: ${output:-no output}"
	fi
}

# NAME FILE SED WORDS: the copy that sed breaks is refused with these words, and for nothing else.
broken() {
	sed "$3" "$root/core/$2" >"$folder/$2"
	if cmp -s "$root/core/$2" "$folder/$2"; then
		output="sed changed nothing in $2"
		false
	else
		output=$(compile "$folder/$2")
		[ $? != 0 ] && printf '%s\n' "$output" | grep -q "$4.*-Wthread-safety-analysis" &&
			! printf '%s\n' "$output" | grep 'error:' |
				grep -qv 'Wthread-safety-analysis'
	fi
	count "$1"
}

output=$(compile "$root"/core/*.c)
count 'core/ breaks no rule'

inner='plat_lock(pcpu->plat, PLAT_LOCK_INNER);'
broken 'no lock' stats.c "/^void pcpu_visit/,/^}/ { /$inner/d }" \
	"calling function 'chunks_visit' requires holding"
broken 'the wrong lock' stats.c '/^void pcpu_stats/,/^}/ s/LOCK_INNER/LOCK_OUTER/' \
	"'counters_read' requires holding lock 'plat_capability(PLAT_LOCK_INNER)'"
broken 'the outer lock is missing' alloc.c \
	'/^static void alloc_sleeping/,/^}/ { /LOCK_OUTER/d }' \
	"'shortage_resolve' requires holding lock 'plat_capability(PLAT_LOCK_OUTER)'"
broken 'not given back' alloc.c '/^static void alloc_sleeping/,/^}/ { /plat_unlock.*INNER/d }' \
	"is still held at the end"
broken 'not given back on one path' alloc.c \
	'/^static bool area_release/,/^}/ s/\tif (freed) {/\tif (!freed) return false;\n&/' \
	"is not held on every path"
broken 'given back twice' stock.c \
	'/^static bool pages_below/,/^}/ s/\tplat_unlock.*INNER);/&\n&/' \
	"releasing lock .* not held"
broken 'taken twice' stock.c "/^static bool pages_below/,/^}/ s/\t$inner/&\n&/" \
	"cannot call function 'plat_lock' while"
broken 'outer under inner' alloc.c "/^static bool area_release/,/^}/ s/\tfreed = !span/\
	plat_lock(pcpu->plat, PLAT_LOCK_OUTER);\n&/" "cannot call function 'plat_lock' while"
broken 'a call that takes outer under inner' stats.c \
	'/^void pcpu_stats/,/^}/ s/\tcounters_read/\tpcpu_balance(pcpu);\n&/' \
	"cannot call function 'pcpu_balance' while"
broken 'a call that may sleep under inner' chunk.c \
	'/^bool pcpu_chunk_extend/,/^}/ s/\tplat_unlock(.*INNER);/\
	(void)pcpu_meta_alloc(pcpu, 8);\n&/' \
	"cannot call function 'pcpu_meta_alloc' while"
broken 'an event under inner' alloc.c \
	'/^static bool area_release/,/^}/ s/\tfreed = !span/\
	pcpu_event_emit(pcpu->plat, 0, 0, 0, 0);\n&/' \
	"cannot call function 'pcpu_event_emit' while"
broken 'a field without its lock' index.c \
	'/^struct pcpu_chunk \*pcpu_index_find/,/^}/ {
		s/pcpu_layout_covers(&pcpu->layout)/chunk->map.covered_bytes/
	}' \
	"variable 'map' requires holding"
broken 'a field under the other lock' chunk.c \
	'/^bool pcpu_chunk_populate/,/^}/ s/\tplat_lock(/\tchunk->nr_populated += missing;\n&/' \
	"variable 'nr_populated' requires holding"
broken 'a lookup outside of a read section' address.c \
	'/^bool pcpu_lookup/,/^}/ { /plat_read_/d }' "'pcpu_find' requires holding"
broken 'a read section that does not end' address.c \
	'/^bool pcpu_lookup/,/^}/ { /plat_read_end/d }' "is still held at the end"
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
