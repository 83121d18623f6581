#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# cli_track.sh PCPU_LAB - `lab track` in a small tree: the gaps of the history are filled, the
# oldest first, once each, whatever ends it in between.
. "${0%/*}/../../harness/test/lib/cli.sh"
. "${0%/*}/track_tree.sh"
lab=$(absolute "$1")
work_in track

if ! command -v git >/dev/null || ! command -v valgrind >/dev/null; then
	skip 'there is no git, or no valgrind'
	done_with
fi
metric=million/4B/cpus:2/area
tree_begin
for loops in 1000 1000 broken 1000 1020; do
	if [ $loops = broken ]; then echo broken; else echo $loops 4 $metric; fi
done | tree_commits
id() {
	git -C tree rev-parse --short=12 "main~$((5 - $1))"
}
track="$lab track"
machine_begin
h="$lab history --database tree/h.db"
counted() {
	$h --export csv --run all 2>/dev/null | grep -c ',track,.*instructions/'
}

# --- bad input ----------------------------------------------------------------------------------

refuse "'nope': git knows no such commit" $track nope
refuse "'main..nope': git knows no such commit\|'nope': git knows no such commit" $track main..nope
refuse "'..main': a revision, or REV..REV, was expected" $track ..main
refuse "'main...main': a revision, or REV..REV, was expected" $track main...main
refuse "'main..main~2': the first is not an ancestor of the second" $track main..main~2
refuse 'one REV..REV was expected, 2 words' $track main~2 main
refuse '0 is not within 1..1000000' $track --every 0
refuse '^absent/x: cannot be written' $track --history absent/x
refuse '--list measures nothing' $track --list --counts
refuse '--reps and --wait are of times' $track --counts --reps 2
refuse '--list measures nothing' $track --list --wait 1
echo x >other
refuse '^other:1: a history of `lab bench`' $track --history other
expect 'nothing is built yet' "[ ! -e tree/build/compare ]"

# --- what is measured ---------------------------------------------------------------------------

refuse '^tree/h.db: cannot be read' $track --list --history tree/h.db
run 0 $track --list
want 'all of them' grep -qx '6 revisions' out
want 'none has counts' [ "$(grep -c ' counts ' out)" -eq 0 ]
want 'no history is made' [ ! -e tree/reports ]

# The first and the last: the last has 2 % more, somewhere between. One explains it.
run 0 $track main~4..main --every 4 --counts --history tree/h.db
want 'two are counted' grep -q '^2 revisions: 2 counted' out
run 0 $h --alerts
want 'an alert' grep -qE \
	"^ +1 new +$(id 5) +$metric instructions/op +5007.00 +5107.00 +\+2.00 %\$" out
want 'one' grep -qx '1 alerts: 1 new, 0 seen, 0 explained, 0 fixed' out
run 0 $h --alerts --seen 1
want 'seen' grep -qx '1 alerts: 0 new, 1 seen, 0 explained, 0 fixed' out
run 0 $h --alerts --explain 1 'it looks twice'
want 'explained' grep -qx '      it looks twice' out
refuse 'there is no alert 7' $h --alerts --fixed 7
refuse '--explain: a number and a TEXT of one line' $h --alerts --explain 1
refuse '--explain: a number and a TEXT of one line' $h --alerts --explain 1 "a
b"
refuse '--seen, --explain and --fixed go with --alerts' $h --seen 1
refuse 'one of --seen, --explain and --fixed was expected' $h --alerts --seen 1 --fixed 1
refuse '--alerts are four commands' $h --alerts --changes

# What was there before the program, what does not build: named, marked, skipped. The rest is there.
run 1 $track main~4..main --counts --history tree/h.db
want 'its line' grep -q "^$(id 3)  skipped: bench/work.c:1:.*error" err
want 'the oldest first' [ "$(grep -o 'change [0-9]$' err | tr -dc 0-9)" = 24 ]
want 'the sum' grep -qx '5 revisions: 2 counted, 0 timed, 2 were there, 1 cannot be measured' out
run 0 $h --alerts
want 'the alert is the same one' grep -qx '1 alerts: 0 new, 0 seen, 1 explained, 0 fixed' out
# Between its two revisions nothing is left to bisect.
run 0 $lab bisect "$metric instructions/run" $(id 4) $(id 5)
want 'it is this one' grep -q "^$(id 5) .*change 5" out
want 'they are kept' [ "$(counted)" -eq 4 ]
expect 'and nothing is left' clean
run 1 $track main~4..main --counts --history tree/h.db
want 'nothing is counted twice' \
	grep -qx '5 revisions: 0 counted, 0 timed, 4 were there, 1 cannot be measured' out
want 'nor built: the mark says why' grep -q "^$(id 3)  skipped: bench/work.c:1:" err
run 0 $track --every 2 --list --history tree/h.db
want 'each second one, and the last' [ "$(grep -o 'change [0-9]' out | tr -dc 0-9)" = 245 ]

# What files that differed gave, and what another compiler gave, is not this.
in_history() {
	python3 -c 'import sqlite3, sys
database = sqlite3.connect("tree/h.db")
print(database.execute(sys.argv[1], sys.argv[2:]).fetchall())
database.commit()' "$@"
}
cp tree/h.db whole.db
in_history "UPDATE run SET dirty = 1 WHERE revision = ?" "$(git -C tree rev-parse main)" >out
in_history "UPDATE run SET compiler = 'gcc 1' WHERE revision = ?" \
	"$(git -C tree rev-parse main~1)" >out
run 1 $track main~4..main --counts --history tree/h.db
want 'both are counted again' grep -q '^5 revisions: 2 counted, 0 timed, 2 were there' out
in_history "SELECT DISTINCT json_extract(context, '$.commit_time') FROM run WHERE revision = ?" \
	"$(git -C tree rev-parse main)" >out
want 'when it was committed' grep -q "'2023-11-14T22:18:20+00:00'" out
mv whole.db tree/h.db

# --- times, while the machine is quiet ----------------------------------------------------------

# Their program is there already, as of another `lab track`: it leaves two repetitions.
for i in 4 5; do
	cat >"tree/build/compare/$(git -C tree rev-parse "main~$((5 - i))")/pcpu-bench" <<'END'
#!/bin/sh
[ "$1 $2 $3 $4" = "--quick --reps 2 --json" ] || exit 2
echo '{"context": {"engines": "area", "host_name": "'$(uname -n)'", "build": "release",
 "date": "2026-01-31T12:00:00+00:00"},
 "benchmarks": [' >"$5"
for i in 0 1; do
	echo '{"name": "pair/8B/area", "run_name": "pair/8B/area", "run_type": "iteration",
	 "repetitions": 2, "repetition_index": '$i', "threads": 1, "iterations": 9,
	 "real_time": 5'$i'.5, "cpu_time": 5, "time_unit": "ns"}' $([ $i = 1 ] || echo ,) >>"$5"
done
echo ']}' >>"$5"
END
done
chmod +x tree/build/compare/*/pcpu-bench
machine 0 0 50
run 0 on_machine $track main~1..main --wait 1 --reps 2 --history tree/h.db
want 'a busy machine' grep -q \
	'this machine is not quiet: the times of 2 revisions are left for another time' err
want 'none are taken there' grep -qx \
	'2 revisions: 0 counted, 0 timed, 2 were there, 0 cannot be measured' out
machine 0 0 95
run 1 on_machine $track main~2..main --wait 1 --reps 2 --history tree/h.db
want 'on a quiet one they are' grep -q '^3 revisions: 0 counted, 2 timed, ' out
want 'the oldest first' [ "$(grep -o 'timed  work: change [0-9]$' err | tr -dc 0-9)" = 45 ]
run 0 $h --export csv --run all
for i in 4 5; do
	of=",$(git -C tree rev-parse "main~$((5 - i))"),0,.*,release,bench,pair/8B,area"
	want "stored, of commit $i" [ "$(grep -c "$of,real_time,ns,[01],5[01].5\$" out)" -eq 2 ]
done
run 0 $track --list main~2..main --history tree/h.db
want 'and listed' [ "$(grep -c ' counts times ' out)" -eq 2 ]
run 1 on_machine $track main~2..main --wait 1 --reps 2 --history tree/h.db
want 'once' grep -q '^3 revisions: 0 counted, 0 timed, ' out
in_history "UPDATE run SET context = json_set(context, '$.host_name', 'elsewhere')
	WHERE source = 'bench' AND revision = ?" "$(git -C tree rev-parse main)" >out
run 0 on_machine $track main~1..main --wait 1 --reps 2 --history tree/h.db
want "another host's are not this one's" grep -q '^2 revisions: 0 counted, 1 timed, ' out
rm tree/build/compare/*/pcpu-bench
run 0 $track main~1..main --counts --keep 1 --history tree/m.db
want 'the one that was used last is kept' [ "$(echo tree/build/compare/*/pcpu-count)" = \
	"tree/build/compare/$(git -C tree rev-parse main)/pcpu-count" ]

# --- the gate names it --------------------------------------------------------------------------

program=$work/tree/build/compare/$(git -C tree rev-parse main)/pcpu-count
printf '{"%s": {"%s": {"instructions/op": %s}}}\n' "$($program --key)" $metric 5007 >base
gate="$lab bench --gate --program $program --baseline base --history"
run 1 $gate tree/h.db
want 'the alert that is there' grep -qx \
	"alert 1 (explained): $metric instructions/op, +2.0 % since $(id 5): it looks twice" out
run 1 $gate tree/f.db
want 'a new one, from the baseline on' grep -qx \
	"alert 1 (new): $metric instructions/op, +2.0 % since $(id 5)" out
run 1 $gate tree/f.db
want 'and it is not made twice' grep -q '^alert 1 (new)' out
echo '/* dirty */' >>tree/bench/work.c
run 1 $gate tree/e.db
want 'what is not committed makes none' grep -qx \
	"no alert: $metric instructions/op (files differ from the revision)" out
git -C tree checkout -q bench/work.c
cp tree/h.db tree/i.db
echo 1000 4 $metric | tree_commits
run 0 $track main --counts --history tree/i.db
run 0 $lab history --database tree/i.db --alerts
want 'it is over' grep -qx '1 alerts: 0 new, 0 seen, 0 explained, 1 fixed' out
git -C tree reset -q --hard main~1

# An alert moves to the revision that did it, which is counted last: it stays one.
five=$(id 5)
echo 1020 4 $metric | tree_commits
run 0 $track main~4..main --every 4 --counts --history tree/k.db
run 1 $track main~4..main --counts --history tree/k.db
run 0 $lab history --database tree/k.db --alerts
want 'it moved' grep -qE "^ +1 new +$five +$metric instructions/op +5007.00 +5107.00" out
want 'and is one' grep -qx '1 alerts: 1 new, 0 seen, 0 explained, 0 fixed' out
git -C tree reset -q --hard main~1

# --- a count that is too high once, and a merge -------------------------------------------------

# Against the revision before that was counted, which is neither the first nor the one that does not
# build: what rose is counted again, and the least is stored. Of a merge, what it merged is no
# revision of its own.
top=$(git -C tree rev-parse main)
{
	printf '%s\n' "1000 80 $metric" "1000 40 $metric" broken "1000 40+noise() $metric"
} | tree_commits
touch noise
run 1 $track main~3..main --counts --history tree/n.db
want 'the noise was counted' [ ! -e noise ]
run 0 "$lab" history --database tree/n.db --export csv --run all
want 'the least is kept' [ "$(grep ',probes/op,' out | sed 's/.*,//' | tr '\n' ' ')" = '80 40 40 ' ]
side=$(git -C tree commit-tree 'main~2^{tree}' -p main~2 -m side)
git -C tree reset -q --hard "$(git -C tree commit-tree 'main^{tree}' -p main -p $side -m merge)"
run 0 $track main~4..main --list --history tree/n.db
want 'a merge is one' grep -qx '5 revisions' out
want 'and its side none' sh -c "! grep -q ' side$' out"
git -C tree reset -q --hard $top

# --- killed, full -------------------------------------------------------------------------------

# Killed while it goes on, it leaves what it has measured; the next one does the rest.
rm tree/h.db
rm -r tree/build/compare
$track main~4..main --counts --history tree/h.db >/dev/null 2>&1 &
pid=$!
n=0
while [ "$(counted)" -lt 1 ] && [ $n -lt 150 ]; do
	sleep 0.2
	n=$((n + 1))
done
kill -9 $pid
wait $pid 2>/dev/null
before=$(counted)
run 1 $track main~4..main --counts --history tree/h.db
want 'the rest is measured' grep -q \
	"^5 revisions: $((4 - before)) counted, 0 timed, $before were" out
want 'each once' [ "$(counted)" -eq 4 ]
expect 'what the killed one left is gone' clean

# A disk that is full (a limit, to this program): its line, exit status 2, and what was there stays.
rm -r tree/build/compare
(
	failed=0
	ulimit -f 40
	run 2 $track main~1..main --counts --history tree/g.db
	want 'its line' grep -q 'cannot be written\|cannot be used' err
	[ $failed -eq 0 ]
)
want 'a full disk' [ $? -eq 0 ]
expect 'it is no mark' "! ls tree/build/compare/*/unbuilt"
expect 'and nothing is left' clean

done_with
