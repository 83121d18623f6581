#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# x86_check_gs.sh - each operation on this CPU's copy is one instruction with a GS prefix and without lock.
# usage: x86_check_gs.sh IMAGE
set -eu
passed=0 failed=0

result() { # NAME STATUS
	if [ "$2" -eq 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "not true: $1"
	fi
}

# "FUNCTION GS-INSTRUCTIONS MNEMONIC,... LOCKS" for each function of x86_ops.c, and the loop's increment.
table=$(objdump -d --no-show-raw-insn "$1" | awk '
	/^[0-9a-f]+ <.*>:$/ {
		tell()
		name = $2
		gsub(/[<>:]/, "", name)
		wanted = name ~ /^gs_.*_(1|2|4|8|16)$/ || name == "count_one"
		gs = locks = 0
		words = ""
	}
	wanted && /%gs:/ { gs++; sub(/^[ \t]*[0-9a-f]+:[ \t]*/, ""); words = words (gs > 1 ? "," : "") $1 }
	wanted && /lock/ { locks++ }
	function tell() { if (wanted) print name, gs, words, locks }
	END { tell() }')

# What the instruction may be called; a second one only where the exchange is a loop.
expected() { # FUNCTION
	case $1 in
	gs_read_*) echo 'mov[a-z]*' ;;
	gs_write_*) echo 'mov[a-z]*' ;;
	gs_*_return_*) echo 'xadd[bwlq]?' ;;
	gs_add_*|gs_sub_*|gs_inc_*|gs_dec_*|count_one) echo '(add|sub|inc|dec)[bwlq]?' ;;
	gs_and_*) echo 'and[bwlq]?' ;;
	gs_or_*) echo 'or[bwlq]?' ;;
	gs_cmpxchg_double_16) echo 'cmpxchg16b' ;;
	gs_cmpxchg_*) echo 'cmpxchg[bwlq]?' ;;
	gs_xchg_*) echo 'mov[a-z]*,cmpxchg[bwlq]?' ;;
	esac
}

while read -r function gs words locks; do
	status=0
	printf '%s\n' "$words" | grep -Eqx "$(expected "$function")" || status=1
	[ "$locks" -eq 0 ] || status=1
	result "$function is $(expected "$function") through GS without lock (it is $words, $gs times GS, $locks locks)" $status
done <<EOF
$table
EOF
# 14 operations of 4 widths, the one of 16 bytes, and the loop's.
status=0; [ "$passed" -eq 58 ] || status=1
result "58 functions were looked at ($passed)" $status
# Nothing needs a register that interrupt entries do not keep.
status=0; objdump -d --no-show-raw-insn "$1" | grep -Eq '%[xyz]mm[0-9]' && status=1
result "the image uses no vector register" $status
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
