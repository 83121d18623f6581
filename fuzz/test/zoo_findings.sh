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

# Cells: defect, target, then how many inputs walker, model, oracle ... caught.
run 0 "$zoo" --findings --defect tail_of_four_stays_inside corpus
want 'one line' [ "$(wc -l <out)" -eq 1 ]
want 'three inputs' awk -F '\t' '
	{ for (i = 3; i <= NF; i++) nr += $i }
	END { exit !($1 == "tail_of_four_stays_inside" && $2 == "fuzz_map" && NF == 11 && nr == 3) }
' out
want 'and the oracle saw them' [ "$(cut -f 5 out)" = 3 ]
run 0 "$zoo" --findings --defect number_wraps_at_32_bits corpus
want 'no input shows it' [ ! -s out ]
run 0 "$zoo" --findings --defect canary_caught corpus
want 'what tests the apparatus is left out' [ ! -s out ]
done_with
