#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# cli_bisect.sh PCPU_LAB SOURCE_ROOT - `lab bisect` in a small tree of 64 commits: the one that made
# 3 % more instructions is found, and the function, around commits that do not build.
. "${0%/*}/../../harness/test/lib/cli.sh"
. "${0%/*}/track_tree.sh"
lab=$(absolute "$1")
work_in bisect

if ! command -v git >/dev/null || ! command -v valgrind >/dev/null; then
	skip 'there is no git, or no valgrind'
	done_with
fi

# The benchmark runs once, so that one run of callgrind is a count; commit 61 has none of
# that name. Commit 41 has 3 % more instructions, 33 to 35 do not compile, and one of them, or 36,
# has 5 records for 4. The last one does not compile either.
metric=million/4B/cpus:2/area
tree_begin
for i in $(seq 64); do
	loops=1000 probes=4 name=$metric
	[ "$i" -lt 41 ] || loops=1030
	[ "$i" -lt 36 ] || probes=5
	case $i in
	61) name=other ;;
	esac
	case $i in
	3[345] | 64) echo broken ;;
	*) echo $loops $probes $name ;;
	esac
done | tree_commits
id() {
	git -C tree rev-parse --short=12 "main~$((64 - $1))"
}

# --- bad input ----------------------------------------------------------------------------------

bisect="$lab bisect"
refuse 'METRIC, or METRIC GOOD BAD, was expected' $bisect
refuse 'METRIC, or METRIC GOOD BAD, was expected' $bisect $metric main
refuse "'nope': no benchmark of bench/gate/gate.def" $bisect nope
refuse "'pair/8B': no benchmark of" $bisect pair/8B
refuse "'$metric/x': no benchmark of" $bisect $metric/x
refuse 'its instructions are counted by instructions/run' $bisect "$metric instructions/op"
refuse 'one METRIC was expected behind' $bisect "$metric probes/op x"
refuse "'nowhere': git knows no such commit" $bisect $metric nowhere main
refuse "'-x': git knows no such commit" $bisect $metric main -- -x
refuse 'main and main are one commit' $bisect $metric main main
refuse 'main is not an ancestor of main~9' $bisect $metric main main~9
expect 'none of these has built anything' "[ ! -e tree/build/compare ]"

# --- what is found ------------------------------------------------------------------------------

run 0 $bisect --keep 5 "$metric" "$(id 1)" "$(id 63)"
want 'the commit' grep -qx "$(id 41) 2023-11-14 work: change 41" out
want 'by how much' grep -qE "^$metric instructions/run: [0-9.]+ -> [0-9.]+, \+[23]\.[0-9]+ %\$" out
want 'the function' grep -qx 'the function that grew: work_loop' out
want 'before and after' grep -qE '^work_loop +[0-9.]+ +[0-9.]+ +\+[0-9.]+$' out
# Each function counts what it executes itself: their sum is the whole, of which this one is nearly
# all.
want 'itself alone' awk '/instructions\/run:/ { all = $3 } /^work_loop / { own = $2 }
	END { exit !(own > 0 && all >= own && all - own < 100) }' out
want 'few are counted' [ "$(grep -cE '  (good|bad)$' err)" -le 7 ]
expect 'and nothing is left' clean
cp out forward
expect 'at most 5 built revisions stay' "ls tree/build/compare/*/pcpu-count | wc -l | grep -x 5"

# Without revisions: between those of an open alert, which gets what was found, once. The gate's
# message has an alert's text.
cat >alert.py <<'END'
import json, sqlite3, sys
name, before, revision, state = sys.argv[1:]
database = sqlite3.connect("tree/reports/out/history.db")
series = database.execute("SELECT id FROM series WHERE workload = ?", (name,)).fetchone()[0]
database.execute("INSERT INTO alert (series, host, compiler, flavour, before_revision, revision,"
                 " run, before, after, state, text, opened, changed) VALUES (?, 'any', 'gcc',"
                 " 'release', ?, ?, 1, 1000, 1030, ?, '', '', '')",
                 (series, before, revision, state))
database.commit()
END
printf '%s\n%s\n' "run,time,revision,dirty,host,compiler,flavour,source,workload,engine,metric,\
unit,repetition,value" "1,2026-01-11T12:00:00Z,r,0,any,gcc,release,gate,${metric%/area},area,\
instructions/run,1,0,1000" >history.csv
run 0 "$lab" history --import history.csv
alert() {
	python3 alert.py "${metric%/area}" "$(git -C tree rev-parse "$(id $1)")" \
		"$(git -C tree rev-parse "$(id $2)")" $3
}
# Besides one that it is about: one that begins with the commit, one whose revisions are no range.
expect 'alerts' 'alert 40 42 new && alert 41 42 explained && alert 42 40 new'
run 0 "$lab" history --alerts
want 'there is an alert' grep -q "^ *1 new *$(id 42) " out
run 0 $bisect --keep 5 "$metric"
want 'it says where to look' grep -q "alert 1: between $(id 40) and $(id 42)\$" err
want 'the same commit' grep -qx "$(id 41) 2023-11-14 work: change 41" out
found="since $(id 41) 2023-11-14 work: change 41, in work_loop"
want 'which goes into the alert' grep -q "alert 1: $found\$" err
run 0 "$lab" history --alerts --seen 1
run 0 $bisect --keep 5 "$metric"
want 'where one was seen too' grep -q "alert 1: between $(id 40) and $(id 42)\$" err
run 0 "$lab" history --alerts
want 'and is shown' grep -qx "      $found" out
run 0 "$lab" history --alerts --explain 1 'it checks twice'
run 0 $bisect --keep 5 "$metric" "$(id 40)" "$(id 42)"
run 0 "$lab" history --alerts
want 'behind what people wrote' grep -qx "      it checks twice; $found" out
run 0 $bisect --keep 5 "$metric" "$(id 40)" "$(id 42)"
run 0 "$lab" history --alerts
want 'once' grep -qx "      it checks twice; $found" out
run 0 $bisect --keep 5 --history nothing.db "$metric" "$(id 40)" "$(id 42)"
want 'no history is made' [ ! -e nothing.db ]

# The other metric needs no callgrind: what fits no other is named, and the exit status is 1.
run 1 $bisect --keep 5 "$metric probes/op" "$(id 31)" "$(id 37)"
want 'the first that is bad' grep -q "^$(id 36) .*work: change 36" out
for i in 33 34 35; do
	want "or commit $i" grep -q "^$(id $i) .*work: change $i" out
done
want 'one of 4' grep -qx 'one of these 4: those before the first could not be counted' out
want 'by how much' grep -qx "$metric probes/op: 4.00 -> 5.00, +25.00 %" out
refuse "$(id 34) cannot be counted: bench/work.c:1:" $bisect "$metric probes/op" "$(id 34)" main
want 'it was not tried again' [ ! -e tree/build/track/bisect ]

# --- what falls, and several functions ----------------------------------------------------------

# Between two commits the largest change is against the whole: it is not the cause. A part of a
# function that a compiler made is that function.
op=pair/8B/cpus:8/bare/area
printf '%s\n' "1000 5 $op 100" "1160 4 $op 0" "1160 4 $op 0" "1000 5 $op 100" | tree_commits
id() {
	git -C tree rev-parse --short=12 "main~$((68 - $1))"
}
run 0 $bisect --keep 5 "$op" "$(id 65)" "$(id 66)"
want 'the function that shrank' grep -qx 'the function that shrank: work_even' out
want 'the largest change first' sh -c "grep -A1 '^function' out | grep -q '^work_loop .* +79[0-9]'"
want 'an operation, not a run' \
	grep -qE "^$op instructions/op: 60.*[.]00 -> 58.*[.]00, -3[.].* %\$" out
run 0 $bisect --keep 5 "$op" "$(id 67)" "$(id 68)"
want 'the function that grew' grep -qx 'the function that grew: work_even' out
want 'and here' sh -c "grep -A1 '^function' out | grep -q '^work_loop .* -79[0-9]'"
run 0 $bisect --keep 5 "$op probes/op" "$(id 65)" "$(id 67)"
want 'a count that falls' grep -qx "$op probes/op: 5.00 -> 4.00, -20.00 %" out
want 'from the first commit on' grep -q "^$(id 66) " out
git -C tree reset -q --hard main~4

# --- a count that is too high once, and a merge -------------------------------------------------

# Between both ends, and nearer the bad one: counted again, the least is taken.
printf '%s\n' "1000 40 $metric" "1000 40+noise() $metric" "1000 80 $metric" | tree_commits
touch noise
run 0 $bisect --keep 5 "$metric probes/op" main~2 main
want 'the noise was counted' [ ! -e noise ]
want 'and is not what is found' grep -q "^$(git -C tree rev-parse --short=12 main) " out
git -C tree reset -q --hard main~3

# What is good on either side of a merge stays so, where the merge itself is the first bad one.
side() {
	git -C tree reset -q --hard "$1"
	shift
	printf "1000 %s $metric\n" "$@" | tree_commits
	git -C tree rev-parse main
}
top=$(git -C tree rev-parse main)
base=$(side $top 40)
left=$(side $base 40 40 40)
right=$(side $base 41 41 80)
merged=$(git -C tree commit-tree "$right^{tree}" -p $right~1 -p $left -m merge)
run 0 timeout 60 $bisect --keep 9 "$metric probes/op" $base $merged
want 'the merge' grep -q "^$(git -C tree rev-parse --short=12 $merged) .* merge$" out
git -C tree reset -q --hard $top
id() {
	git -C tree rev-parse --short=12 "main~$((64 - $1))"
}

# --- a shallow clone, a dirty one, none ---------------------------------------------------------

git clone -q --depth 4 "file://$work/tree" shallow
echo '/* dirty */' >>shallow/bench/work.c
LAB_ROOT=$work/shallow run 2 $bisect "$metric probes/op"
want 'shallow' grep -q 'this clone is shallow: older commits are not here' err
want 'dirty' grep -q 'files differ from HEAD: what is committed is measured' err
want "what does not build" grep -q "error: .x. undeclared" err
want 'what has no such benchmark' grep -q "skipped: no benchmark '$metric'" err
want 'the two ends are found' grep -q "5.00 at $(id 62), 5.00 at $(id 63)\$" err
want 'they do not differ' grep -q 'they do not differ' err
mv tree/.git gone
refuse "^lab bisect: $work/tree: git finds no commit there" $bisect $metric
mv gone tree/.git

# --- trouble ------------------------------------------------------------------------------------

# A build that hangs is interrupted: no process, no worktree.
printf "run_command('sh', '-c', 'echo >%s/started; exec sleep 97.617', check: true)\n" "$work" \
	>>tree/meson.build
git -C tree commit -qam slow
interrupt() {
	$bisect "$metric probes/op" main~2 main >out 2>err &
	pid=$!
	n=0
	while [ ! -e started ] && [ $n -lt 300 ]; do
		sleep 0.2
		n=$((n + 1))
	done
	# A shell's background jobs ignore SIGINT.
	kill -TERM $pid
	wait $pid
	test $? -eq 143 && test $n -lt 300 && ! pgrep -f 'sleep 97[.]617'
}
expect 'interrupted in the build' interrupt
expect 'and nothing is left' clean
want 'an interrupt marks nothing' [ ! -e "tree/build/compare/$(git -C tree rev-parse main)" ]

done_with
