#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# cli_damage.sh PCPU_LAB - results that are damaged, files that cannot grow, and a history that
# somebody keeps locked: each is told, none passes for a good one, and nothing half-written stays.
. "${0%/*}/../lib/cli.sh"
lab=$(absolute "$1")
work_in damage

mkdir -p core/include/pcpu bin reports/out good build/release/bench
: >core/include/pcpu/pcpu.h
: >build/release/build.ninja
printf '#!/bin/sh\n' | tee lab bin/meson >bin/ninja
chmod +x lab bin/*
LAB_ROOT=$work
PATH=$work/bin:$PATH
export LAB_ROOT PATH

# --- results as a run leaves them ----------------------------------------------------------------
step() {
	printf '{"stage": "s", "name": "%s", "json": %s, "ok": true, "interrupted": false,
	 "seconds": 1.5, "ended": "exit status 0", "again": "./lab %s", "log": "reports/out/%s.log",
	 "said": ["a line"]}' \
		"$1" "$2" "$1" "$1"
}
sum='{"count": 2, "covered": 2, "reasoned": 0, "percent": 100.0}'
sums="\"lines\": $sum, \"branches\": $sum, \"mcdc\": $sum"
cat >good/run.json <<END
{"host": {"cpu": "c", "cpus": 2}, "finished": true, "quick": true, "minutes": 5, "seconds": 9.0,
 "steps": [$(step layout true), $(step topology false), $(step replay-fork true), $(step fuzz true),
 $(step bench true), $(step boot true), $(step boot-defects true)]}
END
cat >good/layout.json <<END
{"groups": [{"group": 0, "node": 0, "offset_bytes": 0}], "units": [{"group": 0, "cpu": 0},
 {"group": 0, "cpu": null}], "sizes":
 {"static_bytes": 1, "reserved_bytes": 1, "dyn_bytes": 1, "size_sum_bytes": 3,
 "unit_bytes": 4, "units_per_alloc": 1}, "dump": ["pcpu-alloc: [0] 0"]}
END
cat >good/replay-fork.json <<END
{"check": "model", "events": 2, "trace_allocations": 1, "engines": [
 {"engine": "area", "hash": "ab", "clean": true,
 "alloc_ns": 5.0, "placement_percent": null, "sizes": [{"class": "1-8", "requests": 1}]}]}
END
cat >good/fuzz.json <<END
{"runs": [{"target": "fuzz_map", "engine": "libfuzzer", "jobs": 1, "seconds": 1.0, "executions": 5,
 "executions_per_second": 5.0, "operations_per_second": 0.0, "edges": 3, "corpus": 1}],
 "crashes": []}
END
cat >good/zoo.json <<END
{"time_limit_seconds": 60, "rows": [
 {"defect": "d", "row": "", "says": "s", "target": "t", "engine": "afl",
 "seeds": 1, "found": 1, "cpu_seconds": 1.0, "executions": 9.0}], "others": [
 {"defect": "e", "row": "", "says": "s", "why": "w", "unit": ""}]}
END
cat >good/coverage.json <<END
{"holds": true, "html": "h", "lcov": "l", $sums, "files": [{"file": "a.c", $sums}], "unreached": [
 {"file": "a.c", "line": 1, "to_line": 1, "column": 1, "function": "f", "missing": "runs",
 "text": "t", "reason": null}]}
END
cat >good/bench.json <<END
{"context": {"engines": "area"}, "benchmarks": [{"name": "pair/8B/area", "run_name": "pair/8B/area",
 "run_type": "iteration", "real_time": 5.0, "time_unit": "ns", "probes/op": 1.0}]}
END
cat >good/boot.json <<END
{"accelerator": "tcg", "machines": [
 {"name": "m", "what": "w", "cpus": 1, "nodes": 1, "passed": 1, "failed": 0, "skipped": 0,
 "good": true, "why": null, "skip": null, "again": null, "seconds": 1.0, "run_hash": null,
 "tests": [{"result": "ok", "name": "t"}]}]}
END
cat >good/boot-defects.json <<END
{"defects": [{"name": "d", "says": "s", "tests": "t", "found": true, "skip": null, "seconds": 1.0}]}
END
{
	echo '{"run": "1", "host": {"cpu": "c"}}'
	printf '{"run": "1", "target": "fuzz_map", "engine": "libfuzzer", "seconds": 1.0, '
	echo '"executions_per_second": 5.0, "edges": 3}'
} >good/fuzz-series.jsonl

# page STATUS: the page of what is in reports/out now.
page() {
	"$lab" report --output - >out 2>err
	status=$?
	[ $status -eq "$1" ]
}
# fresh: all results are good again.
fresh() {
	rm -rf reports/out
	cp -r good reports/out
}
fresh
want 'the control: good results' page 0
want 'are green' grep -q 'badge good">all steps ok' out
want 'and a row has the cells that the terminal prints' grep -Eq \
	'>pair/8B<.*>area<.*data-v="1">1.00<.*data-v="5">5 ns<.*data-v="1">1.00</td>' out
want 'nothing is told of them' [ ! -s err ]

# damaged FILE WHAT: the page and stderr say so in one line, and no green stands for the whole or
# for the file. There are many of these: nothing but the command and a copy is started.
damaged() {
	page=$("$lab" report --output - 2>err)
	status=$? line= second=
	{ read -r line; read -r second; } <err
	case $line in
	*"/reports/out/$1: damaged: "*) ;;
	*) status="$status, not told" ;;
	esac
	case $page in
	*'badge bad">damaged</span> '"$1: "*'badge bad">results are damaged<'*) ;;
	*) status="$status, not on the page" ;;
	esac
	case $page in
	*'all steps ok'*) status="$status, green" ;;
	esac
	if [ "$status" = 1 ] && [ -z "$second" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: $1, $2: exit status $status"
		cat err
	fi
	cp "good/$1" "reports/out/$1"
}
for file in run layout replay-fork fuzz zoo coverage bench boot boot-defects; do
	: >reports/out/$file.json
	damaged $file.json 'zero-length'
	head -c $(($(wc -c <good/$file.json) - 4)) good/$file.json >reports/out/$file.json
	damaged $file.json 'truncated'
	echo '{}' >reports/out/$file.json
	damaged $file.json 'hollow'
	sed 's/: \[/: [7, /' good/$file.json >reports/out/$file.json
	damaged $file.json 'a number in a list of objects'
done
# wrong FILE KEY VALUE: with another value, which its place does not take.
wrong() {
	sed "s/\"$2\": [^,}\]]*/\"$2\": $3/" good/"$1".json >reports/out/"$1".json
	damaged "$1.json" "$2 is $3"
}
wrong run ok '"yes"'
wrong run seconds -1
wrong run json 1
wrong layout cpu '"0"'
wrong layout unit_bytes -4
wrong layout group null
wrong replay-fork clean 1
wrong replay-fork placement_percent '"all"'
wrong replay-fork hash 7
wrong fuzz edges '"many"'
wrong zoo cpu_seconds true
wrong coverage holds '"yes"'
wrong bench real_time '"5"'
wrong bench run_name 5
wrong boot good null
wrong boot skip 5
wrong boot-defects found '"no"'
printf '\001\002' >reports/out/boot.json
damaged boot.json 'binary'
rm reports/out/boot.json
damaged boot.json 'gone, though its step was ok'
rm reports/out/zoo.json
want 'a result that no step made may be absent' page 0
fresh
for line in '{"run": "1", "target": "fuzz_map", "eng' '{"run": 1}' '7' \
	'{"run": "1", "target": "t", "engine": "e"}' ''; do
	echo "$line" >>reports/out/fuzz-series.jsonl
	damaged fuzz-series.jsonl "the line '$line'"
done
: >reports/out/fuzz-series.jsonl
damaged fuzz-series.jsonl 'zero-length'
printf x | tee reports/out/bench.json >reports/out/boot.json
want 'two at once' page 1
want 'both are told' [ "$(grep -c 'damaged: ' err)" -eq 2 ]
fresh

# --- files that cannot grow ----------------------------------------------------------------------
# limited BLOCKS COMMAND ...: with a limit for the size of files. What is told comes through a pipe.
limited() {
	limit=$1
	shift
	find . -type f ! -path './build/*' ! -name said ! -name before ! -name after | sort >before
	: >after
	{
		(ulimit -f "$limit" && "$@" 2>&1)
		echo "status $?"
	} | cat >said
	find . -type f ! -path './build/*' ! -name said ! -name before ! -name after | sort >after
}
# refused WHAT STATUS: like a full disk.
refused() {
	want "$1: exit status $2: $(tail -n 3 said)" grep -qx "status $2" said
	want "$1: it says why: $(tail -n 3 said)" grep -q 'File too large\|disk I/O error' said
	want "$1: nothing is left" cmp -s before after
}
printf '# pcpu-topology 1\nnode 0 cpus 0-3\n' >good.topo
printf '# pcpu-trace 1\na 0 16 8 --\nf 0\n' >good.trace
cat >google.json <<'END'
{"context": {"date": "2026-01-31T12:00:00+00:00"}, "benchmarks": [{"name": "pair/8B/area",
 "run_name": "pair/8B/area", "run_type": "iteration", "real_time": 5.0, "time_unit": "ns"}]}
END
echo before >there
for limit in 0 1; do
	limited $limit "$lab" report
	refused 'report' 2
done
for words in 'layout good.topo --json' 'replay good.trace --json' 'replay good.trace --offsets'; do
	for file in new there; do
		limited 0 "$lab" $words $file
		refused "$words" 2
	done
done
want 'what was there is still there' grep -qx before there
limited 0 "$lab" history --database new.db --import google.json
refused 'a new history' 2
limited 8 "$lab" history --database new.db --import google.json
refused 'a history that is larger' 2
"$lab" history --database h.db --import google.json >out 2>err
cp h.db h.db.was
sed 's/5\.0/6.0/' google.json >second.json
limited 0 "$lab" history --database h.db --import second.json
refused 'a history that is there' 2
want 'it is as it was' cmp -s h.db h.db.was
limited 0 "$lab" history --database h.db --export csv --output new.csv
refused 'an export' 2
printf '#!/bin/sh\necho one: two\nexec dd if=/dev/zero of="$LAB_ROOT/raw" bs=1k count=4\n' \
	>bin/ninja
(ulimit -f 0 && "$lab" bench --list 2>&1) | cat >said
want 'a build that cannot write' grep -q 'exit status 1' said
rm -f raw
printf '#!/bin/sh\n' >bin/ninja
if [ -w /dev/full ]; then
	(exec "$lab" layout good.topo 2>err >/dev/full)
	want 'a full device' grep -q 'stdout: No space left' err
fi
limited 0 "$lab" run --quick
want 'run' grep -q 'status [12]$' said

# --- a history that somebody keeps ---------------------------------------------------------------
rm -rf h.db
"$lab" history --database h.db --import google.json >out 2>err
LAB_WAIT_SECONDS=1
export LAB_WAIT_SECONDS
held h.db.lock run 2 "$lab" history --database h.db
want 'it says for what it waits' \
	grep -qx 'h.db: locked by another process: waited for up to 1 s' err
want 'it gives up' grep -qx 'h.db: cannot be used: another process has it locked since 1 s' err
rm -f h.db.lock
LAB_WAIT_SECONDS=0
held h.db.lock refuse 'h.db: cannot be used: another process has it locked' "$lab" history \
	--database h.db
rm -f h.db.lock
if command -v python3 >/dev/null; then
	cat >keep.py <<'END'
import sqlite3, sys, time
db = sqlite3.connect("h.db", isolation_level=None)
db.execute("BEGIN EXCLUSIVE")
open("kept", "w").close()
time.sleep(100)
END
	python3 keep.py &
	keeper=$!
	while [ ! -e kept ]; do sleep 0.05; done
	refuse 'h.db: cannot be used: database is locked' "$lab" history --database h.db
	LAB_WAIT_SECONDS=1
	run 2 "$lab" history --database h.db
	want "SQLite's lock too" \
		grep -qx '[^ ]*h.db: locked by another process: waited for up to 1 s' err
	kill $keeper
else
	skip 'there is no python3'
fi
for bad in x -1 1s 99999999 ' 1'; do
	LAB_WAIT_SECONDS=$bad
	refuse "LAB_WAIT_SECONDS: a number of seconds up to 1000000 was expected, not '$bad'" \
		"$lab" history --database h.db
done
unset LAB_WAIT_SECONDS
run 0 "$lab" history --database h.db
want 'nothing was lost' grep -q '^1 runs' out
want 'and no lock stays' [ ! -e h.db.lock ]

# Damage: nothing to show, so the status says that something was found.
head -c 6000 h.db >cut.db
run 1 "$lab" history --database cut.db
want 'kept aside' grep -q 'cut.db: damaged: kept as cut.db.aside-1' err
: >empty.db
run 1 "$lab" history --database empty.db --export csv
want 'an empty one' grep -qx 'empty.db: damaged: it is empty' err
want 'nothing on stdout' [ ! -s out ]

done_with
