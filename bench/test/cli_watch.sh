#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# cli_watch.sh PCPU_LAB SOURCE_ROOT - `lab watch` in a small tree, with quick stages of its own:
# what it leaves when it was killed ten times is what it leaves when nobody disturbs it.
. "${0%/*}/../../harness/test/lib/cli.sh"
. "${0%/*}/track_tree.sh"
lab=$(absolute "$1")
source_root=$(cd "$2" && pwd)
work_in watch

if ! command -v git >/dev/null; then
	skip 'there is no git'
	done_with
fi
tree_begin
mkdir -p tree/reports tree/bench/compare
ln -s "$source_root/reports/page" tree/reports/page
cp "$source_root/bench/compare/statistics.py" tree/bench/compare/
for i in 1 2 3; do
	echo 100 4 pair/8B/cpus:8/bare/area
done | tree_commits
id() {
	git -C "${2:-tree}" rev-parse "main~$((3 - $1))"
}

# A run of the benchmarks as `lab bench` leaves it, of the commit; made at another time each time.
cat >make_run.sh <<'END'
{
	printf 'run,time,revision,dirty,host,compiler,flavour,source,workload,engine,metric,unit,'
	printf 'repetition,value\n1,2026-01-31T12:00:%d%dZ,%s,0,any,gcc,,gate,' $(($$ % 6)) \
		$(($$ % 10)) "$LAB_REVISION"
	printf 'pair/8B,area,instructions/op,1,0,1000\n'
} >"$LAB_OUT/run.csv"
LAB_ROOT=$PWD "$LAB" history --database "$LAB_OUT/history.db" --import "$LAB_OUT/run.csv"
END
export LAB="$lab" MAKE="$work/make_run.sh"
cat >stages <<'END'
# what a stage is given, and what it may leave
gate sh "$MAKE" && echo "$LAB_REVISION gate" >>../../../began
compare sleep 0.1; echo "$LAB_BEFORE" >"$LAB_OUT/before.txt"; git rev-parse HEAD
boot echo '{"machines": []}' >"$LAB_OUT/some.json"; [ -z "$LAB_ROOT" ]
END
watch="$lab watch --stages stages --load 100000 --disk 0"

# --- bad input ----------------------------------------------------------------------------------

refuse "no word was expected, not 'x'" $watch x
refuse "--since: *\|'nope': git knows no such commit" $watch --once --since nope
refuse '^absent: cannot be read' $lab watch --stages absent
printf 'gate true\nGate true\n' >bad
refuse '^bad:2: NAME COMMAND' $lab watch --stages bad
printf 'gate true\ngate true\n' >bad
refuse '^bad:2: a command behind a name that no other line has' $lab watch --stages bad
printf '# none\n' >bad
refuse '^bad:[0-9]: a stage: NAME COMMAND' $lab watch --stages bad
refuse '0 is not within' $watch --every 0
refuse '0 is not within' $watch --keep 0
: >file
refuse 'file' $watch --once --into file/x
rm -rf tree/build

# --- undisturbed --------------------------------------------------------------------------------

cp -r tree quiet
export LAB_ROOT=$work/quiet
run 0 $watch --once --since "$(id 1)" --into quiet.page
want 'two commits' grep -q "$(id 3 | cut -c 1-12)  boot .* ok" err
want 'the page' grep -q '<html' quiet.page/index.html
want 'what a web server shows' grep -q "\"revision\": \"$(id 3)\"" quiet.page/watch.json
want 'logs' [ "$(ls quiet.page/logs | wc -l)" -eq 6 ]
want 'the worktree is of the commit' grep -qx "$(id 3)" \
	"quiet.page/logs/$(id 3 | cut -c 1-12)-compare.txt"
want 'and it knows the one before' grep -qx "$(id 2)" \
	"quiet/build/watch/results/$(id 3)/compare/before.txt"
want 'what a stage leaves' [ -e quiet/reports/out/some.json ]
want 'the step of the page' grep -q '"name": "compare"' quiet/reports/out/run.json
want 'nothing is at work' [ ! -e quiet/build/watch/work ]
run 0 $lab history
want 'each run once' [ "$(grep -c ' gate ' out)" -eq 2 ]
run 0 $watch --once --into quiet.page
want 'nothing is done twice' [ ! -s err ]
want 'two began' [ "$(wc -l <quiet/began)" -eq 2 ]
refuse 'is for the first time' $watch --once --since "$(id 1)"
git -C quiet worktree list >out
want 'its own worktree' [ "$(wc -l <out)" -eq 2 ]

# --- what is fetched, and what waits ------------------------------------------------------------

machine_begin
machine 0 100 0
git clone -q "file://$work/tree" clone
mkdir -p clone/reports clone/bench/compare
ln -s "$source_root/reports/page" clone/reports/page
cp "$source_root/bench/compare/statistics.py" clone/bench/compare/
echo 'gate true' >short
export LAB_ROOT=$work/clone
cp -r tree more
echo 100 4 pair/8B/cpus:8/bare/area | (
	mv tree tree.kept && mv more tree
	tree_commits
)
four=$(git -C tree rev-parse main)
short="$lab watch --stages short --once --disk 0 --load 100000 --into clone.page"
run 0 $short --since "$(git -C clone rev-parse main)"
want 'nothing is fetched' [ ! -s err ]
run 0 $short --fetch
want 'but by --fetch' grep -q "^$(echo "$four" | cut -c 1-12)  gate .* ok" err
want 'the branch stays where it is' [ "$(git -C clone rev-parse main)" != "$four" ]
mv tree more
run 0 $short --fetch
want 'a fetch that fails' grep -q 'git fetch failed: it is tried again' err
rm -r more && mv tree.kept tree

# Without room on the disk, or beside other work, a stage waits.
waits() {
	machine $1
	rm -r clone/build/watch/state.json clone/build/watch/results
	on_machine $lab watch --stages short --once --disk 50 --load 3 --into clone.page \
		>out 2>err &
	pid=$!
	sleep 1.2
	! grep -q '  gate  ' err && { [ -z "${2:-}" ] || grep -q "$2" err; } &&
		machine 2.5 100 0 && wait $pid && grep -q '  gate .* ok' err
}
expect 'beside other work' "waits '4.5 100 0'"
expect 'on a full disk' "waits '0 49 0' 'the disk is almost full (--disk): it waits for room'"

# --- killed ten times ---------------------------------------------------------------------------

# Nobody knows when: within a second and a half.
export LAB_ROOT=$work/tree
begin_at=$(id 1)
since_when_new() {
	[ -e tree/build/watch/state.json ] || echo "--since $begin_at"
}
for i in 1 2 3 4 5 6 7 8 9 10; do
	# shellcheck disable=SC2046 # words are wanted
	$watch --once $(since_when_new) --into killed.page >/dev/null 2>&1 &
	pid=$!
	ms=$(($(od -An -N2 -tu2 /dev/urandom) % 1500 + 1))
	sleep "$((ms / 1000)).$(printf %03d $((ms % 1000)))"
	kill -9 $pid 2>/dev/null
	wait $pid 2>/dev/null
done
[ -z "${LAB_FULL:-}" ] || cat tree/began
want 'no lock is left in the repository' [ ! -e tree/.git/index.lock ]
# As a git that was killed leaves them; what was found in the worktree stays all the same.
mkdir -p tree/build/watch/tree/reports/out/crashes
echo found >tree/build/watch/tree/reports/out/crashes/one
[ ! -d tree/.git/worktrees/tree ] || : >tree/.git/worktrees/tree/index.lock
# shellcheck disable=SC2046 # words are wanted
run 0 $watch --once $(since_when_new) --into killed.page
# What is left, without times.
left() {
	(cd "$1" && find reports build/watch/results build/watch/state.json -type f | sort |
		grep -v 'crashes/\|^reports/.*[.]......$')
	cat "$1/build/watch/state.json"
	LAB_ROOT=$work/$1 $lab history --export csv --run all | sed 's/2026-01-31T12:00:..Z//'
	sed '/seconds\|"time"\|"memory\|"kernel/d' "$1/reports/out/run.json"
}
left quiet >quiet.left
left tree >killed.left
expect 'the same is left' 'diff quiet.left killed.left'
want 'what was found is there' [ -s tree/reports/out/crashes/one ]
expect 'the same is published' "(cd quiet.page && find . -type f | sort) >a &&
	(cd killed.page && find . -type f | sort | grep -v '[.]......\$') >b && diff a b &&
	sed '/seconds/d' quiet.page/watch.json >a &&
	sed '/seconds/d' killed.page/watch.json | diff a -"
expect 'each run is in the history once' "$lab history | grep -c ' gate ' | grep -x 2"

# --- what a killed one left at work is ended -----------------------------------------------------

echo 'slow echo $$ >"$OLDPWD/slow.pid"; sleep 98.13; true' >slow
sed -i "s|\$OLDPWD|$work|" slow
echo 100 4 pair/8B/cpus:8/bare/area | tree_commits
$lab watch --stages slow --load 100000 --disk 0 --once --into killed.page >/dev/null 2>&1 &
pid=$!
wait_for() {
	n=0
	while [ ! -s "$1" ] && [ $n -lt 100 ]; do
		sleep 0.1
		n=$((n + 1))
	done
	[ -s "$1" ]
}
expect 'it is at work' 'wait_for slow.pid'
refuse 'another one is at work in this checkout' $watch --once
kill -9 $pid
wait $pid 2>/dev/null
run 0 $watch --once --into killed.page
expect 'its process is gone' "! pgrep -f 'sleep 98[.]13'"

# --- until the next commit ----------------------------------------------------------------------

# A stage that repeats runs until there is another commit; a signal ends all, and nothing is left.
cat >fuzz <<END
gate true
fuzz* echo x >>$work/fuzzed; sleep 97.13
END
rm tree/build/watch/state.json
$lab watch --stages fuzz --load 100000 --disk 0 --every 1 --into fuzz.page >out 2>err &
pid=$!
expect 'it fuzzes' 'wait_for fuzzed'
mv tree/.git gone
sleep 1.5
expect 'a repository that vanishes is waited for' "grep 'git finds no commit there: it waits' err"
mv gone tree/.git
rm fuzzed
echo 100 4 pair/8B/cpus:8/bare/area | tree_commits
expect 'and it goes on with the next commit' "wait_for fuzzed && grep ' change 5' err &&
	grep 'the repository is there again' err"
want 'the page is of that' grep -q "$(git -C tree rev-parse main)" fuzz.page/watch.json
kill -TERM $pid
wait $pid
want 'a signal ends it' [ $? -eq 143 ]
expect 'no process is left' "! pgrep -f 'sleep 97[.]13'"

done_with
