#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# cli_defects.sh PCPU_LAB ROOT - each trace of corpus/traces/defects by the two engines of the table
# in its README.md: where the last request lands, and how many chunks there are at the end.
. "${0%/*}/../lib/cli.sh"
lab=$(absolute "$1") defects=$(absolute "$2")/corpus/traces/defects
work_in defects

options=$(sed -n 's/^ *\(--unit .*\)/\1/p' "$defects/README.md")
want 'the options to replay it' [ -n "$options" ]
sed -n '/^| B[0-9]/s/[` ]*|[` ]*/|/gp' "$defects/README.md" >rows
sed 's/^|\(B[0-9]*\)|.*/\1.trace/' rows >named
(cd "$defects" && LC_ALL=C ls -- *.trace) >there
want 'a row for each trace, in order' cmp named there

# lands ID ENGINE PLACE CHUNKS
lands() {
	run 0 "$lab" replay "$defects/$1.trace" --engine "$2" --check=all --offsets offsets $options
	place=$(sed -n '$s/^[0-9]* //p' offsets)
	chunks=$(sed -n 's/^chunks, at the end  *//p' out)
	want "$1 by $2: the last request is at $place, not $3" [ "$place" = "$3" ]
	want "$1 by $2: there are $chunks chunks, not $4" [ "$chunks" = "$4" ]
}

while IFS='|' read -r _ id _ _ linux61 chunks_linux61 exact chunks_exact _; do
	lands "$id" linux61 "$linux61" "$chunks_linux61"
	lands "$id" linux61-exact "$exact" "$chunks_exact"
done <rows

done_with
