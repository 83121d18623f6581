# SPDX-License-Identifier: BSD-2-Clause OR MIT
# cli.sh - sourced by the tests of commands: a folder of their own, what commands have to do,
# counts.
#
#	. "${0%/*}/cli.sh"
#	lab=$(absolute "$1")
#	work_in replay			# now we are in $work, which goes when the test ends
#	run 0 "$lab" replay t.trace	# now out and err are there
#	want 'the peak' grep -q '^peak' out
#	done_with			# counts, and the exit status
set -u
passed=0 failed=0 skipped=0 running=

# Meson gives relative paths, and tests go elsewhere.
absolute() {
	case $1 in
	/*) echo "$1" ;;
	*) echo "$PWD/$1" ;;
	esac
}

# For tests to redefine: what has to be done before the folder goes.
at_end() {
	:
}

work_in() {
	work=$(mktemp -d "${TMPDIR:-/tmp}/pcpu-lab-$1-XXXXXX") || exit 1
	trap 'at_end; rm -rf "$work"' EXIT
	trap 'exit 1' HUP INT
	trap 'echo "FAILED: ended from outside in or after: $running"; exit 1' TERM
	cd "$work" || exit 1
}

done_with() {
	echo "$passed passed, $failed failed, $skipped skipped"
	[ $failed -eq 0 ]
	exit
}

skip() {
	skipped=$((skipped + 1))
	echo "skipped: $*"
}

# want WHAT COMMAND ...: the command succeeds.
want() {
	what=$1
	shift
	if "$@"; then
		passed=$((passed + 1))
		return
	fi
	failed=$((failed + 1))
	echo "FAILED: $what: $*"
	sed 's/^/	out: /' out 2>/dev/null | tail -20
	sed 's/^/	err: /' err 2>/dev/null | tail -10
}

# expect WHAT TEXT: the text, evaluated, succeeds.
expect() {
	if eval "$2" >log 2>&1; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAILED: %s: %s\n' "$1" "$2"
		head -n 20 log
	fi
}

# run STATUS COMMAND ...: it has to end so. Leaves out and err. What never ends, meson ends, and it
# is named then: a timeout(1) for each command was a twentieth of these tests' time.
run() {
	wanted=$1
	shift
	running=$*
	"$@" >out 2>err </dev/null
	status=$?
	want "$*: exit status $status instead of $wanted" [ $status -eq "$wanted" ]
}

# held FILE COMMAND ...: runs the command while somebody has locked the file.
held() {
	(
		flock 9
		exec sleep 100
	) 9>"$1" &
	holder=$!
	while flock -n "$1" true; do sleep 0.1; done
	shift
	"$@"
	kill $holder
}

# Without a process.
has_one_line() {
	{ read -r _line && ! read -r _line; } <"$1"
}

# refuse PATTERN COMMAND ...: one line that says why, nothing else, exit status 2.
refuse() {
	pattern=$1
	shift
	run 2 "$@"
	want "$*: one line: $pattern" grep -q -- "$pattern" err
	want "$*: only one line" has_one_line err
	want "$*: nothing on stdout" [ ! -s out ]
}
