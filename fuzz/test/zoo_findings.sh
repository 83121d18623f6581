#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# zoo_findings.sh PCPU_ZOO ROOT - pcpu-zoo --findings: each input that shows a defect counts once,
# whatever became of the process that replayed the one before.
. "${0%/*}/../../harness/test/lib/cli.sh"
zoo=$(absolute "$1") root=$2
work_in findings

for target in fuzz_alloc fuzz_map fuzz_layout fuzz_sched fuzz_text fuzz_acpi; do
	mkdir -p "corpus/$target"
	: >"corpus/$target/empty"
done
for copy in 1 2 3; do
	cp "$root/corpus/fuzz_map/skip_index_behind_and_ahead" "corpus/fuzz_map/shows_it_$copy"
done

# What is said of a target: how many inputs were replayed, reached, triggered and detected the
# defect, then how many walker, model, oracle ... caught.
of() {
	grep "	$1	" out | cut -f "$2" | tr '\t' ' '
}
counts() {
	want "$1: $2, not $(of "$1" 3-6)" [ "$(of "$1" 3-6)" = "$2" ]
}

run 0 "$zoo" --findings --defect tail_of_four_stays_inside corpus
want 'a line for each target' [ "$(wc -l <out)" -eq 6 ]
want 'three inputs' awk -F '\t' '
	$2 == "fuzz_map" { for (i = 7; i <= NF; i++) nr += $i; good = NF == 15 }
	END { exit !(good && nr == 3) }
' out
want 'and the oracle saw them' [ "$(of fuzz_map 9)" = 3 ]
counts fuzz_map '4 3 3 3'
counts fuzz_text '1 0 0 0'
run 0 "$zoo" --findings --defect number_wraps_at_32_bits corpus
want 'no input shows it' awk -F '\t' '{ nr += $5 } END { exit nr > 0 }' out
run 0 "$zoo" --reach fuzz_alloc --defect canary_harmless \
	"$root/corpus/fuzz_alloc/atomic_and_balance"
counts fuzz_alloc '1 1 0 0'
run 0 "$zoo" --reach fuzz_alloc --defect canary_caught \
	"$root/corpus/fuzz_alloc/140d44ebd592"
counts fuzz_alloc '1 1 1 1'
# A run that is another one, of which nothing complains; an end by a signal counts as well.
run 0 "$zoo" --reach fuzz_alloc --defect misses_stay "$root/corpus/fuzz_alloc"
want 'triggered, not detected' [ "$(of fuzz_alloc 5)" -gt 0 ]
want 'by nothing' [ "$(of fuzz_alloc 6)" -eq 0 ]
refuse '--reach takes a target' "$zoo" --reach fuzz_none --defect canary_caught corpus
refuse 'goes with --defect' "$zoo" --reach fuzz_map corpus
run 0 "$zoo" --findings --defect canary_caught corpus
want 'what tests the apparatus is left out' [ ! -s out ]
done_with
