#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# x86_check_gs.sh - each operation on this CPU's copy is one instruction with a GS prefix and
# without lock. usage: x86_check_gs.sh IMAGE
set -eu

# The functions of x86_ops.c: 14 operations of 4 widths and the one of 16 bytes; and the loop's
# increment.
objdump -d --no-show-raw-insn "$1" | awk '
	# What may go through GS; a second instruction only where the exchange is a loop.
	function expected(name) {
		if (name ~ /^gs_(read|write)_/) return "mov[a-z]*"
		if (name ~ /_return_/) return "xadd[bwlq]?"
		if (name ~ /^gs_(add|sub|inc|dec)_/ || name == "count_one")
			return "(add|sub|inc|dec)[bwlq]?"
		if (name ~ /^gs_and_/) return "and[bwlq]?"
		if (name ~ /^gs_or_/) return "or[bwlq]?"
		if (name ~ /^gs_cmpxchg_double_/) return "cmpxchg16b"
		if (name ~ /^gs_cmpxchg_/) return "cmpxchg[bwlq]?"
		if (name ~ /^gs_xchg_/) return "mov[a-z]*,cmpxchg[bwlq]?"
		return "nothing that is known"
	}
	function result(sentence, good) {
		if (good)
			passed++
		else {
			failed++
			print "not true: " sentence
		}
	}
	function tell() {
		if (!wanted)
			return
		nr++
		seen = " (" words ", " locks " locks)"
		result(name " is " expected(name) " through GS without lock" seen,
		       locks == 0 && words ~ "^(" expected(name) ")$")
	}
	/^[0-9a-f]+ <.*>:$/ {
		tell()
		name = $2
		gsub(/[<>:]/, "", name)
		wanted = name ~ /^gs_.*_(1|2|4|8|16)$/ || name == "count_one"
		words = ""
		locks = 0
	}
	wanted && /%gs:/ { words = words (words == "" ? "" : ",") $2 }
	wanted && /lock/ { locks++ }
	/%[xyz]mm[0-9]/ { vectors++ }
	END {
		tell()
		result("58 functions were looked at (" nr ")", nr == 58)
		# Nothing needs a register that interrupt entries do not keep.
		result("the image uses no vector register", !vectors)
		printf "%d passed, %d failed, 0 skipped\n", passed, failed
		exit failed > 0
	}'
