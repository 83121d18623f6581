#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# cli_report.sh PCPU_LAB - `lab report` without a browser: several machines in one document, ten
# lines of Markdown, another history.
. "${0%/*}/../../harness/test/lib/cli.sh"
lab=$(absolute "$1")
work_in report
mkdir -p checkout/core/include/pcpu checkout/reports/out one two/out bare plain
: >checkout/core/include/pcpu/pcpu.h
printf '#!/bin/sh\n' >checkout/lab
chmod +x checkout/lab
LAB_ROOT=$work/checkout
export LAB_ROOT

# run_json HOST OK WORDS: a run of one step that was or was not ok.
run_json() {
	printf '{"host": {%s"cpu": "c", "cpus": 2, "commit": "abc1234"}, "finished": true,
	 "quick": true, "minutes": 5, "seconds": 9.0, "steps": [{"stage": "s", "name": "topology",
	 "json": false, "ok": %s, "interrupted": false, "seconds": 1.5, "ended": "%s",
	 "again": "./lab `topology`", "log": "l", "said": []}]}' "$1" "$2" "$3"
}
# history FILE HOST: eight runs of a count that rises in the last one.
history() {
	{
		echo "run,time,revision,dirty,host,compiler,flavour,source,workload,engine,metric,\
unit,repetition,value"
		for n in 1 2 3 4 5 6 7 8; do
			count=60
			[ $n -lt 8 ] || count=63
			run="$n,2026-01-1${n}T12:00:00Z,r$n,0,$2,gcc 12,release,gate"
			echo "$run,pair/8B,area,instructions/op,1,0,$count"
			echo "$run,<b>\`x\`,area,probes/op,1,0,4"
		done
	} >history.csv
	"$lab" history --database "$1" --import history.csv >/dev/null
}
run_json '"host": "alpha", ' true 'exit status 0' >one/run.json
run_json '"host": "alpha", ' false 'exit <b>1</b> `now` | *so*' >two/out/run.json
printf '{' >bare/layout.json
history one/history.db alpha
history two/out/history.db beta
cp one/run.json checkout/reports/out

cat >names.py <<'END_OF_PYTHON'
import json, sys
document = json.load(open(sys.argv[1]))
for machine in document["machines"]:
    history = machine.get("history", {"groups": [], "series": []})
    print(machine["name"], machine["verdict"]["state"], len(history["series"]),
          ",".join(group["host"] for group in history["groups"]))
END_OF_PYTHON
run 0 "$lab" report --merge one two/out --json both.json
want 'two machines of one name are two, each with its own series' sh -c \
	"python3 names.py both.json >names && printf '%s\n' 'alpha ok 2 alpha' \
	'alpha (two/out) failed 2 beta' | cmp - names"
run 1 "$lab" report --merge one bare --json=bare.json
want 'a machine without a run has the name of its folder, and is not green' sh -c \
	"python3 names.py bare.json | tail -n 1 | grep -qx 'bare damaged 0 '"
want 'what is damaged there' grep -q '^bare/layout.json: damaged: ' err
want 'nor is it of this machine' python3 -c \
	'import json, sys; sys.exit(json.load(open("bare.json"))["machines"][1]["host"] != {})'
run 1 "$lab" report --merge bare one --json=bare.json
run 0 "$lab" report --merge one two/out --output page.html
want 'a page' grep -q pcpu-lab-report page.html
want 'nothing is made in the checkout' [ ! -e checkout/reports/out/index.html ]

# --- Markdown -----------------------------------------------------------------------------------

run 0 "$lab" report --merge two/out --markdown
cat >wanted.md <<'END_OF_MARKDOWN'
### pcpu-lab: something was found

alpha, 2 CPUs, commit `abc1234`
- **topology**: exit &lt;b\>1&lt;/b\> \`now\` \| \*so\* — `` ./lab `topology` ``
- `pair/8B/area instructions/op`: 60 → 63 (+5.0 %)
END_OF_MARKDOWN
want 'Markdown: what is red, what changed; names are text' cmp wanted.md out
want 'ten lines' [ "$(wc -l <out)" -le 10 ]
run 0 "$lab" report --markdown
want 'without a history: one line of it less' [ "$(wc -l <out)" -eq 3 ]
run 0 "$lab" report --database one/history.db --markdown summary.md
want 'another history' grep -q '60 → 63' summary.md
want 'and no page' [ ! -e checkout/reports/out/index.html ]
run 0 "$lab" report --database one/history.db --output - --markdown summary.md
want 'the page too, where it is named' grep -q pcpu-lab-report out

cat >alerts.py <<'END_OF_PYTHON'
import sqlite3, sys
database = sqlite3.connect(sys.argv[1])
for state in "fixed", "new", "explained", "seen", "new":
    database.execute("INSERT INTO alert (series, host, compiler, flavour, before_revision,"
                     " revision, run, before, after, state, text, opened, changed) VALUES"
                     " (1, 'h', 'c', 'f', 'a', 'b', 8, 60, 63, ?, '', '', '')", (state,))
database.commit()
END_OF_PYTHON
expect 'alerts' 'python3 alerts.py one/history.db'
run 0 "$lab" report --merge one --markdown
want 'the first that is open' \
	grep -q '^- alert 2 (new): `pair/8B/area instructions/op`: 60 → 63' out
want 'the second' grep -q '^- alert 4 (seen): ' out
want 'and no more' [ "$(grep -c '^- alert' out)" -eq 2 ]
want 'but how many' grep -qx -e '- and 1 more open alerts: `./lab history --alerts`' out

# --- bad input ----------------------------------------------------------------------------------

echo text >file
refuse '--merge: folders were expected, one a machine' "$lab" report --merge
refuse '^missing: cannot be read as a folder: No such file' "$lab" report --merge one missing
refuse '^file: cannot be read as a folder: Not a directory' "$lab" report --merge file
refuse '^plain:1: a folder as `lab run` leaves reports/out' "$lab" report --merge plain
refuse '--merge: ./one is named twice' "$lab" report --merge one two/out ./one
refuse '--merge goes without --database' "$lab" report --merge one --database one/history.db
refuse "no word was expected, not 'one'" "$lab" report one
refuse 'one of --output, --json, --markdown goes to stdout' "$lab" report --json --markdown
refuse '^missing: cannot be read' "$lab" report --database missing
refuse '^file:1: a history of .lab bench.' "$lab" report --database file
refuse '^lab: a URL without a password was expected' \
	"$lab" report --database postgresql://a:b@host/c
refuse '^none/x: cannot be written' "$lab" report --markdown none/x

done_with
