#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
#
# hosted_calls.sh - every call of the hosted platform out of the project stands in hosted_calls.def,
# as one that test_hosted_refusals.c refuses or as one that cannot be. Strings, memory and the
# topologies of `lab layout` (topology*.c) are no concern of it.
#
# usage: hosted_calls.sh DEF ARCHIVE
set -u

LC_ALL=C
export LC_ALL
passed=0
failed=0

# Symbols that archive $2 wants of the outside and $1 does not name.
unnamed() {
	nm -P -A "$2" 2>/dev/null | awk -v def="$1" '
		BEGIN {
			while ((getline line < def) > 0)
				if (split(line, part, /[()]/) > 1)
					named[part[2]] = 1
		}
		$3 == "U" && $1 !~ /topology/ { wanted[$2] = 1 }
		$3 ~ /^[A-TV-Z]$/ { defined[$2] = 1 }
		END {
			for (symbol in wanted)
				if (!(symbol in defined) && !(symbol in named) &&
				    symbol !~ /^(plat|pcpu|lab|str|mem|_GLOBAL)/ &&
				    symbol !~ /^hwloc_(bitmap_[finw]|dist|get_[not]|topology_[ds])/)
					print symbol
		}'
}

verdict() {
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAILED %s: %s\n' "$1" "$2"
	fi
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
verdict "calls that hosted_calls.def does not name" "$(unnamed "$1" "$2")" ""
grep -v '(mmap64)' "$1" >"$scratch/less.def"
verdict "negative control" "$(unnamed "$scratch/less.def" "$2")" mmap64
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
