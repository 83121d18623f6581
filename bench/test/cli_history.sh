#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# cli_history.sh PCPU_LAB - `lab history` as users meet it: a run goes in by one format and comes
# out by the others, which other people's readers have to take.
. "${0%/*}/../../harness/test/lib/cli.sh"
lab=$(absolute "$1")
work_in history

cat >google.json <<'END'
{"context": {"date": "2026-01-31T12:00:00+00:00", "cpu_model": "a \"CPU\"", "cores": "2",
  "memory": "4194304 kB", "compiler": "12.2.0", "build": "release", "engines": "area",
  "revision": "0123456789abcdef", "dirty": "no"},
 "benchmarks": [
  {"name": "pair/8B/area/min_time:0.1", "run_name": "pair/8B/area/min_time:0.1",
   "run_type": "iteration", "repetition_index": 0, "iterations": 1, "real_time": 0.1,
   "cpu_time": 0.1, "time_unit": "us", "probes/op": 4.0},
  {"name": "pair/8B/area/min_time:0.1", "run_name": "pair/8B/area/min_time:0.1",
   "run_type": "iteration", "repetition_index": 1, "iterations": 1, "real_time": 102.0,
   "cpu_time": 102.0, "time_unit": "ns", "probes/op": 4.0},
  {"name": "pair/64B/area", "run_name": "pair/64B/area", "run_type": "iteration",
   "error_occurred": true, "error_message": "no", "real_time": 0.0, "time_unit": "ns"}]}
END
h="$lab history --database h.db"
expect 'import' "$h --import google.json | grep -x 'run 1: 4 samples'"
expect 'list' \
	"$h | grep -E \"^ +1 2026-01-31T12:00:00 0123456789ab +4 google +release +\"\
'a \"CPU\", 2 cores, 4 GiB; 12.2.0'"
expect 'csv' "$h --export csv | grep -F ',pair/8B,area,real_time,ns,1,102'"
expect 'unit of the file, ns in the history' \
	"$h --export csv | grep -F ',pair/8B,area,real_time,ns,0,100'"
expect 'custom' "$h --export custom | grep -F '\"value\": 101.0'"
expect 'google' "$h --export google --output g.json && grep -F '\"real_time\": 102.0' g.json"
expect 'bencher' "$h --export bencher | tr -d ' \n' |
	grep -F '\"latency\":{\"value\":101.0,\"lower_value\":100.0,\"upper_value\":102.0}'"
expect 'openmetrics ends' "$h --export openmetrics | tail -n 1 | grep -x '# EOF'"
for format in csv google; do
	expect "$format of the same is not added" "$h --export $format --run 1 --output same &&
		$h --import same | grep -x 'run 1 is this one already: it is not added again' &&
		$h | grep -x '1 runs (+: files differed from the revision)'"
	expect "$format in again" "$h --export $format --run 1 --output $format.again &&
		$lab history --database $format.db --import $format.again &&
		$h --export csv --run 1 | cut -d, -f2-7,9- >before &&
		$lab history --database $format.db --export csv | cut -d, -f2-7,9- >after &&
		cmp before after"
done
expect 'the same file again' "$h --import google.json | grep -x 'run 1 is this one already: .*'"
expect 'with a mark, packed, by stdin' "(printf '\357\273\277' && $h --export csv --run 1) | gzip |
	$h --import - | grep '^run 1 is this one'"
sed 's/"date": "2026-01/"date": "2026-13/' google.json >month13.json
refuse '^month13.json:1: a time like 2026-01-31T12:00:00+00:00$' \
	"$lab" history --database no.db --import month13.json
expect 'no history is made of it' "[ ! -e no.db ]"
# The distribution's packages are for its own python3, which need not be the first in PATH.
python=python3
[ ! -x /usr/bin/python3 ] || python=/usr/bin/python3
if $python -c 'import prometheus_client.openmetrics.parser' 2>/dev/null; then
	cat >parse.py <<'END'
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
families = {f.name: f for f in text_string_to_metric_families(sys.stdin.read())}
assert families["pcpu_bench_run"].type == "info"
assert families["pcpu_bench_run"].samples[0].labels["host"] == 'a "CPU", 2 cores, 4 GiB'
values = sorted(s.value for s in families["pcpu_bench"].samples)
assert values == [4.0, 4.0, 100.0, 102.0], values
assert {float(s.timestamp) for f in families.values() for s in f.samples} == {1769860800}
END
	expect 'a parser takes the OpenMetrics text' "$h --export openmetrics | $python parse.py"
	expect 'and refuses a cut one' "! $h --export openmetrics | sed '\$d' | $python parse.py"
else
	skip 'there is no prometheus_client for python3 to read OpenMetrics with'
fi

echo 'neither' >neither
refuse "no format 'xml'" $h --export xml
refuse '--run 77: there is no such run' $h --export csv --run 77
refuse "--run x: a run's number, or all" $h --export csv --run x
refuse '--run all: google holds one run' $h --export google --run all
refuse 'neither:1: Google Benchmark JSON' $h --import neither
refuse '^absent: cannot be read' $h --import absent
echo '[]' >array
echo '{"context":{},"benchmarks":[]}' >hollow
refuse '^array:1: Google Benchmark JSON, or CSV' $h --import array
for format in custom bencher openmetrics; do
	refuse "--format $format: google and csv are read" $h --import google.json --format $format
	expect "$format is not read" "$h --export $format --output out.$format"
	refuse "^out.$format:1: Google Benchmark'*s* JSON" $h --import out.$format
done
printf '{"context":{},\n"benchmarks":[' >torn
refuse '^hollow:1: a sample at least' $h --import hollow
refuse '^torn:2: whole JSON' $h --import torn
refuse '--run and --output go with --export' $h --run 1
refuse '--run and --output go with --export' $h --output csv
refuse '--format goes with --import' $h --format csv
refuse '^none/out: cannot be written' $h --export csv --output none/out
refuse "no word was expected, 'word' was given" $h word

# changes: five runs of 100 ns, five of 120 by one host; another host's 120 do not mix with them.
head='run,time,revision,dirty,host,compiler,flavour,source,workload,engine,metric,unit'
head=$head,repetition,value
{
	echo "$head"
	for n in 1 2 3 4 5 6 7 8 9 10; do
		run="$n,2026-01-$((n + 10))T12:00:00Z,revision$n,0,here,gcc 12,release,bench"
		time=100
		[ $n -le 5 ] || time=120
		for r in 0 1 2; do
			echo "$run,pair/8B,area,real_time,ns,$r,$((time + r - 1 + n % 2))"
		done
		echo "$run,pair/8B,area,probes/op,1,0,4"
	done
	for n in 11 12 13; do
		run="$n,2026-01-$((n + 10))T12:00:00Z,revision$n,0,there,gcc 12,release,bench"
		echo "$run,pair/8B,area,real_time,ns,0,300"
	done
} >changes.csv
if $python -c 'import scipy' 2>/dev/null; then
	expect 'a change is found, where it is' \
		"$lab history --database c.db --import changes.csv &&
		$lab history --database c.db --changes >out && cat out &&
		grep -E '^ +6 revision6 +pair/8B/area real_time +100\.[0-9]+ +120\.[0-9]+ ' out &&
		grep -E ' 120\.[0-9]+ +\+[0-9.]+ %' out &&
		grep -x '3 series, 1 changes' out"
	expect 'the same again' "$lab history --database c.db --changes | cmp - out"
else
	skip 'there is no scipy for python3'
fi

# What was a history is kept aside; a file that never was one, named by mistake, stays where it is.
cp h.db was
truncate -s 8192 was
cp was h.db
expect 'a damaged history is kept aside and named' \
	"$h 2>err | grep -x '0 runs.*' && grep -F 'damaged: kept as h.db.aside-1' err &&
	cmp was h.db.aside-1"
expect 'no runs, no changes' "$h --changes | grep -x 'there is no run yet: .lab bench. makes one'"
for words in '' '--export csv' '--changes' '--import google.json'; do
	refuse '^neither:1: a history of .lab bench.$' $lab history --database neither $words
done
refuse '^neither:1: a history of .lab bench.$' $lab bench --history neither
expect 'a text that is no history stays' 'grep -x neither neither && test ! -e neither.lock'

done_with
