#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# cli_classes.sh PCPU_LAB ROOT - requests that first fit over the same map would have placed lower,
# or at all, by cause: each trace of corpus/traces/defects is of its own class, the recorded ones
# have no request that is not explained, and what is no such engine has none.
. "${0%/*}/../lib/cli.sh"
lab=$(absolute "$1") traces=$(absolute "$2")/corpus/traces
work_in classes

# figure LABEL COLUMN: of the table in out.
figure() {
	sed -n "s/^$1  *//p" out | awk -v column="$2" '{ print $column }'
}

# counts_of COLUMN: all of the block, in its order, in one line.
counts_of() {
	sed -n '/^not where first fit/,/^  not explained/p' out | cut -c 41- |
		awk -v column="$1" '{ printf "%s%s", (NR > 1 ? " " : ""), $column }
			END { print "" }'
}

# --- each defect ---------------------------------------------------------------------------------

options=$(sed -n 's/^ *\(--unit .*\)/\1/p' "$traces/defects/README.md")
want 'the options to replay it' [ -n "$options" ]
for id in B20 B21 B25 B26 B27 B28 B29 B30 B31; do
	run 0 "$lab" replay "$traces/defects/$id.trace" --engine linux61,linux61-exact \
		--misplaced list --json json $options
	want "$id: lines of linux61 alone" [ "$(grep -vc '^linux61 \|^#' list)" -eq 0 ]
	want "$id: the last is of its class" \
		[ "$(sed -n '$p' list | cut -d ' ' -f 11)" = $id ]
	want "$id: no other class" [ "$(sed 1d list | cut -d ' ' -f 11 | sort -u)" = $id ]
	nr=$(sed 1d list | wc -l)
	want "$id: the table has as many" [ "$(figure "  $id[a-z ()]*" 1)" = "$nr" ]
	want "$id: JSON too" [ "$(grep -c "\"$id\": $nr" json)" -eq 1 ]
	want "$id: exact hints have none" [ "$(grep -c "\"$id\": 0" json)" -eq 1 ]
	want "$id: nothing is unexplained" [ "$(figure '  not explained' 1)" = 0 ]
done
run 0 "$lab" replay "$traces/defects/B19.trace" --engine linux61 $options --misplaced
want 'B19 is no matter of places' [ "$(wc -l <out)" -eq 1 ]

# The line: where it went, where first fit would have put it, what else would do.
run 0 "$lab" replay "$traces/defects/B20.trace" --engine linux61 $options --misplaced -
want 'a line' grep -qx 'linux61 14 12 1024 4 1 0 0 9216 unseen B20 B30' out
want 'the columns' grep -q '^# engine event id size align chunk offset first-fit-chunk ' out
run 0 "$lab" replay "$traces/defects/B27.trace" --engine linux61 $options --misplaced -
want 'pages in vain' grep -qx 'linux61 66 47 16 4 3 61456 - - pages:3 B27' out

# --- recorded traces ---------------------------------------------------------------------------

run 0 "$lab" replay "$traces/fork.trace.xz" --engine area,linux61
want 'fork: the reference is not judged' [ "$(figure '  B20' 1)" = - ]
want 'fork: nothing is misplaced' [ "$(figure 'not where first fit would put it' 2)" = 0 ]
run 0 "$lab" replay "$traces/netns.trace.xz" --engine linux61,linux61-exact
counts_of 1 >now
want 'netns: as in corpus/traces/README.md' cmp -s now - <<'END'
9560 7359 500 8843 0 1 0 114 0 0 0 92 3 4 0 3 0
END
want 'netns: nothing is unexplained, nor with exact hints' [ "$(figure '  not explained' 2)" = 0 ]
want 'netns: exact hints refuse nothing' \
	[ "$(figure '  \.\.\. refused by a chunk, or unseen' 2)" = 0 ]
want 'netns: by design, with both' [ "$(figure '  L3' 2)" -gt 0 ]
run 0 "$lab" replay "$traces/cgroup.trace.xz" --engine linux61
counts_of 1 >now
want 'cgroup: as in corpus/traces/README.md' cmp -s now - <<'END'
20958 20517 3554 11632 0 1 0 0 0 0 0 2 0 0 38 5769 0
END
if [ -n "${LAB_FULL:-}" ]; then
	run 0 "$lab" replay "$traces/bpf.trace.xz" --engine linux61,linux61-exact --json json
	want 'bpf: nothing is unexplained' [ "$(grep -c '"not_explained": 0' json)" -eq 2 ]
fi

# --- what is not judged ----------------------------------------------------------------------

printf '# pcpu-trace 1\na 0 16 8 --\n' >t.trace
run 0 "$lab" replay t.trace --engine area --json json
want 'no rows for the reference' [ "$(grep -c 'first fit' out)" -eq 0 ]
want 'nor in JSON' grep -q '"misplaced": null' json
echo old >list
for words in '--json -' '--offsets -'; do
	# shellcheck disable=SC2086 # words are wanted
	refuse '^lab replay: only one of --json, --offsets and --misplaced can be stdout' \
		"$lab" replay t.trace --misplaced $words
done
refuse '^/nonexistent/list: ' "$lab" replay t.trace --misplaced /nonexistent/list
printf '# pcpu-trace 1\nf 1\n' >bad.trace
run 2 "$lab" replay bad.trace --engine linux61 --misplaced list
want 'bad input leaves the list' [ "$(cat list)" = old ]

done_with
