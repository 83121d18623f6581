#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
#
# check.sh OUT NAME ... - is this what a fleet can run? Stricter than the fleets' own check, which
# lets an uninstrumented target pass. One line for each broken rule, exit 1; quiet when there is
# none.
#
#	R1 there	NAME is executable and has NAME_seed_corpus.zip and NAME.options
#	R2 instrumented	it says that one module or more is loaded
#	R3 sees		the seeds reach at least 100 edges
#	R4 clean	every seed replays
#	R5 static	nothing is loaded but libc (with libresolv, which clang's runtime asks for),
#			libm, libgcc_s
#	R6 movable	R2-R4 hold in a folder of another name, the first one gone
#	R7 frugal	R2-R4 hold with an empty environment, and nothing in OUT is written
#
# R2-R4 are asked once, of a moved OUT and with an empty environment, which asks R6 and R7 too.
set -eu

least_edges=100
out=$1
shift
moved=$(mktemp -d "${TMPDIR:-/tmp}/pcpu-moved.XXXXXX")
seeds=$(mktemp -d "${TMPDIR:-/tmp}/pcpu-seeds.XXXXXX")
broken=0

put_back() {
	[ ! -d "$moved/elsewhere" ] || mv "$moved/elsewhere" "$out"
	rm -rf "$moved" "$seeds"
}
trap put_back EXIT
trap 'exit 129' HUP INT TERM

tell() {
	echo "$name: $*"
	broken=1
}

is_there() {
	if [ ! -x "$out/$name" ]; then
		tell "R1: there is no such program"
	elif [ ! -s "$out/${name}_seed_corpus.zip" ]; then
		tell "R1: there is no ${name}_seed_corpus.zip"
	elif [ ! -s "$out/$name.options" ]; then
		tell "R1: there is no $name.options"
	else
		return 0
	fi
	return 1
}

check_libraries() {
	foreign=$(ldd "$out/$name" | awk '{ print $1 }' |
		grep -v -e '^linux-vdso' -e 'ld-linux' -e '^libc\.so' -e '^libresolv\.so' \
			-e '^libm\.so' \
			-e '^libgcc_s\.so' || true)
	[ -z "$foreign" ] || tell "R5: it loads" $foreign
}

state_of() {
	(cd "$1" && find . -type f -exec cksum {} + && find . | sort) | cksum
}

# All seeds in one run, as the engine loads a corpus.
check_run() {
	rm -rf "$seeds/$name"
	mkdir "$seeds/$name"
	python3 -m zipfile -e "$out/${name}_seed_corpus.zip" "$seeds/$name"
	[ -z "${CHECK_SEEDS:-}" ] || find "$seeds/$name" -type f | LC_ALL=C sort |
		sed "1,${CHECK_SEEDS}d" | xargs -r -d '\n' rm
	mv "$out" "$moved/elsewhere"
	before=$(state_of "$moved/elsewhere")
	status=0
	(cd "$moved/elsewhere" &&
		exec env -i "./$name" -runs=0 -timeout=20 -artifact_prefix="$seeds/" \
			"$seeds/$name") \
		>"$seeds/said" 2>&1 </dev/null || status=$?
	after=$(state_of "$moved/elsewhere")
	mv "$moved/elsewhere" "$out"
	edges=$(sed -n 's/.*INITED cov: \([0-9]*\).*/\1/p' "$seeds/said" | tail -n 1)
	if [ "$status" != 0 ]; then
		tell "R4: moved, with an empty environment, a seed does not replay (status $status)"
		grep -m 3 -e ERROR -e BROKEN -e SUMMARY "$seeds/said" | sed 's/^/    /' || true
	elif ! grep -q '^INFO: Loaded [1-9][0-9]* modules' "$seeds/said"; then
		tell "R2: it is not instrumented"
	elif [ "${edges:-0}" -lt "$least_edges" ]; then
		tell "R3: its seeds reach ${edges:-0} edges, fewer than $least_edges"
	fi
	[ "$before" = "$after" ] || tell "R7: it writes into OUT"
}

for name in "$@"; do
	is_there || continue
	check_libraries
	check_run
done
exit "$broken"
