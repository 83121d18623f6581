#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# cli_history_server.sh PCPU_LAB TEST_HISTORY_SERVER ROOT - histories on a PostgreSQL server: what
# test_history_server holds, and commands as users meet them.
. "${0%/*}/../../harness/test/lib/cli.sh"
. "${0%/*}/postgres.sh"
. "${0%/*}/track_tree.sh"
lab=$(absolute "$1")
unit=$(absolute "$2")
root=$3
work_in server
postgres_find || {
	skip "$postgres_why"
	done_with
}
at_end() {
	[ ! -f "$work/pg/data/postmaster.pid" ] || postgres_stop immediate
}
unset PGPASSWORD PGPASSFILE PGSERVICE PGHOST PGUSER PGDATABASE PGOPTIONS PGCONNECT_TIMEOUT
HOME=$work
export HOME
expect 'a server of our own starts' 'postgres_make && postgres_start'
[ $failed -eq 0 ] || {
	cat initdb.log pg/log 2>/dev/null
	done_with
}
expect 'roles' "postgres_sql postgres \"CREATE ROLE reader LOGIN;
	CREATE ROLE secret LOGIN PASSWORD 'hush'\" &&
	postgres_sql postgres 'CREATE DATABASE history OWNER secret'"
expect 'units' "PCPU_TEST_POSTGRES='$(postgres_url postgres)' $unit >units 2>&1 ||
	{ cat units; false; }"

# --- commands -----------------------------------------------------------------------------------

url=$(postgres_url history)
cat >google.json <<'JSON'
{"context": {"date": "2026-01-31T12:00:00+00:00", "cpu_model": "a \"CPU\"", "cores": "2",
  "memory": "4194304 kB", "compiler": "12.2.0", "build": "release", "engines": "area",
  "revision": "0123456789abcdef", "dirty": "no"},
 "benchmarks": [
  {"name": "pair/8B/area", "run_type": "iteration", "repetition_index": 0, "iterations": 1,
   "real_time": 0.1, "cpu_time": 0.1, "time_unit": "us", "probes/op": 4.0}]}
JSON
h="$lab history --database '$url'"
refuse 'cannot be used: it has no history yet' "$lab" history --database "$url"
want 'no history is made by a look' [ "$(postgres_sql history 'SELECT count(*) FROM pg_class
	WHERE relname = $$run$$')" = 0 ]
expect 'import' "$h --import google.json | grep -x 'run 1: 2 samples'"
expect 'once' "$h --import google.json | grep -x 'run 1 is this one already: .*'"
expect 'list' "$h | grep -E '^ +1 2026-01-31T12:00:00 0123456789ab +2 google +release'"
expect 'changes' "$h --changes | tail -n 1 | grep -x '2 series, 0 changes'"
expect 'the same as by a file' "$lab history --database h.db --import google.json &&
	for format in csv google custom bencher openmetrics; do
		$h --export \$format >by.server &&
		$lab history --database h.db --export \$format | cmp - by.server || exit 1
	done"
expect 'postgres:// is the same' "$lab history --database '${url#postgresql}' 2>/dev/null ||
	$lab history --database 'postgres${url#postgresql}' | grep -q '^1 runs'"

# A password is never an argument, nor printed; where the server asks, it comes from elsewhere.
secret=$(postgres_url history secret)
for bad in "postgresql://secret:hush@host/history" "postgresql://secret:hu/sh@host/history" \
	"postgresql://secret:@host/history" "$secret&password=hush" "$secret&p%61ssword=hush" \
	"$secret&sslpassword=hush" "postgres://secret:hush@[::1]:5432,other/history"; do
	refuse '^lab: a URL without a password was expected' "$lab" history --database "$bad"
	want 'it is not repeated' [ -z "$(grep -e hu err)" ]
done
for command in 'history --import google.json --database' 'bench --database' 'bench --history' \
	'bench --gate --database'; do
	# shellcheck disable=SC2086 # words are wanted
	refuse '^lab: a URL without a password was expected' "$lab" $command "$bad"
done
refuse 'cannot be opened: .*no password supplied' "$lab" history --database "$secret"
refuse 'cannot be opened: .*authentication failed' env PGPASSWORD=wrong "$lab" history \
	--database "$secret"
postgres_sql history 'GRANT SELECT ON ALL TABLES IN SCHEMA public TO secret'
expect 'PGPASSWORD' "PGPASSWORD=hush $lab history --database '$secret' | grep '^1 runs'"
(umask 077 && echo '*:*:history:secret:hush' >pass)
expect 'PGPASSFILE' "PGPASSFILE=$work/pass $lab history --database '$secret' | grep '^1 runs'"

# Words are checked before anything is built or measured.
refuse 'cannot be opened: .*does not exist' "$lab" history --database "$(postgres_url absent)"
refuse 'cannot be opened: ' "$lab" history --database "$url&nonsense=1"
refuse 'cannot be opened: ' "$lab" bench --database "$(postgres_url absent)"
postgres_sql postgres 'CREATE SCHEMA cakes; CREATE TABLE cakes.recipes (cake TEXT)'
refuse 'its tables are of another program' "$lab" bench --database \
	"$(postgres_url postgres)&options=-csearch_path%3Dcakes"
refuse 'its tables are of another program' "$lab" history --import google.json --database \
	"$(postgres_url postgres)&options=-csearch_path%3Dcakes"

# --- the page and Grafana -----------------------------------------------------------------------

expect 'the report takes it' "$lab report --database '$url' --json report.json 2>report.err;
	grep -q '\"workload\": *\"pair/8B\"' report.json"
postgres_sql history "INSERT INTO alert (series, host, compiler, flavour, before_revision,
	revision, run, before, after, state, text, opened, changed) SELECT min(id), 'h', 'c', 'f',
	'a', 'b', 1, 60, 63, 'new', '', '', '' FROM series;
	INSERT INTO run (time, revision, dirty, host, compiler, flavour, source, context) VALUES
	('no time', '', 0, '', '', '', '', '{}')"
expect 'alerts have their life there too' "$h --alerts | grep -q 'pair/8B' &&
	$h --alerts --seen 1 && $h --alerts --explain 1 text && $h --alerts"
want 'it is stored' [ "$(postgres_sql history 'SELECT state FROM alert')" = explained ]
mkdir queries
board=$root/examples/grafana/pcpu-lab.json
expect 'the dashboard has the structure of one' \
	"python3 $root/bench/test/grafana_queries.py $board queries"
for query in queries/*.sql; do
	columns='.'
	case $query in
	*/time_series-*) columns='^time|metric|value$' ;;
	*/variable-*) columns='^[a-z]*$' ;;
	esac
	expect "$query: its columns, and something in them" \
		"$postgres_bin/psql -X -q -A -v ON_ERROR_STOP=1 '$url' -f $query >rows &&
		cat rows &&
		head -n 1 rows | grep -q '$columns' && [ \$(wc -l <rows) -ge 3 ]"
done
want 'every query was run' [ "$(find queries -name '*.sql' | wc -l)" -eq \
	$(($(grep -c '"rawSql"' "$board") + $(grep -c '"query": "' "$board"))) ]
for slip in 's/sample.run/sample.walk/' 's/ JOIN series ON/ JOIN serie ON/'; do
	mkdir -p slips && sed "$slip" "$board" >slip.json
	python3 "$root/bench/test/grafana_queries.py" slip.json slips
	expect "a query that is wrong is seen: $slip" "(for query in slips/*.sql; do
		$postgres_bin/psql -X -q -A -v ON_ERROR_STOP=1 '$url' -f \$query || exit 0
	done; exit 1)"
done

# What `lab watch` merges goes there, once, and the page that it publishes has it; `lab track` lists
# it.
tree_begin
printf '1000 4 x\n' | tree_commits
sed "s/0123456789abcdef/$(git -C tree rev-parse main)/" google.json >watched.json
"$lab" history --database left.db --import watched.json >/dev/null
echo "left cp $work/left.db \$LAB_OUT/history.db" >stages
expect 'a database' "postgres_sql postgres 'CREATE DATABASE watched'"
url_watched=$(postgres_url watched)
run 0 "$lab" watch --once --load 1000 --stages stages --history "$url_watched" --into published
run 0 "$lab" history --database "$url_watched"
want 'what a stage left' [ "$(grep -c ' 2 google ' out)" -eq 1 ]
want 'it is on the page' grep -q '"probes/op"' published/index.html
want 'and nowhere else' [ ! -e tree/reports/out/history.db ]
run 0 "$lab" track --list --history "$url_watched"
want 'each revision' grep -q ' work: change 1$' out
unset LAB_ROOT

# The server is killed while runs go in: what it confirmed is there, and each run is whole.
: >confirmed
(
	n=10
	while sed "s/2026-01-31/2026-02-$n/" google.json >next.json &&
		eval "$h --import next.json" >>confirmed 2>server.err; do
		n=$((n + 1))
		[ $n -lt 29 ] || n=10
	done
) &
writer=$!
for _ in $(seq 600); do
	[ "$(grep -c samples confirmed)" -lt 3 ] || break
	kill -0 $writer || break
	sleep 0.05
done
want 'some runs are confirmed before it is killed' [ "$(grep -c samples confirmed)" -ge 3 ]
postgres_stop immediate
wait $writer
want 'the writer says it in one line' [ "$(wc -l <server.err)" -eq 1 ]
refuse 'cannot be opened: ' "$lab" history --database "$url"
expect 'it starts again' postgres_start
last=$(sed -n 's/^run \([0-9]*\): 2 samples$/\1/p' confirmed | tail -n 1)
expect 'nothing confirmed is lost' "$h | grep -E '^ +$last 2026-02-'"
expect 'each run is whole' "[ \$($h | grep -cE '^ +[0-9]+ 2026-') -ge 4 ] &&
	! $h | grep -E '^ +[0-9]+ 2026-' | grep -vE ' 2 google '"

tail -n 1 units

done_with
