#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
#
# architecture.sh ROOT - every name in ARCHITECTURE.md exists: `function()` is defined in a source
# file, `path/` and `file.h` are there.
set -u

cd "$1" || exit 2
passed=0
failed=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
find core harness fuzz bench kernel-test reports corpus examples lab \
	-path reports/out -prune -o -print \
	>"$scratch/paths"

# missing FILE: its names that do not exist, one a line.
missing() {
	grep -o '`[^`]*`' "$1" | tr -d '`' | sort -u | while read -r name; do
		case $name in
		*\(\))
			grep -qE "^[A-Za-z_].*[ *]${name%??}\(" \
				$(grep '\.[ch]$' "$scratch/paths") ||
				echo "$name is no function"
			;;
		*/ | */*.* | *.[chS] | *.def | *.py | *.build)
			pattern=$(printf '%s' "${name%/}" | sed 's/[.]/\\./g; s/\*/.*/g')
			grep -qE "(^|/)$pattern\$" "$scratch/paths" || echo "$name is not there"
			;;
		esac
	done
}

check() { # WHAT FOUND WANTED
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAILED %s:\n%s\n' "$1" "$2"
	fi
}

check 'names of ARCHITECTURE.md' "$(missing ARCHITECTURE.md)" ''
check 'it has names' \
	"$([ "$(grep -o '`[a-z_]*()`' ARCHITECTURE.md | wc -l)" -gt 20 ] && echo many)" many
printf '%s\n' \
	'A `walk_of_nothing()`, `pcpu_alloc()`, `core/`, `fuzz/nowhere/`, `x_none.h`, `map_*.c`.' \
	>"$scratch/control.md"
check 'negative control' "$(missing "$scratch/control.md" | tr '\n' ';')" \
	'fuzz/nowhere/ is not there;walk_of_nothing() is no function;x_none.h is not there;'
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
