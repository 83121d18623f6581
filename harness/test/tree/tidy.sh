#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
#
# tidy.sh ROOT - identifiers of C use the field's words: none has one of those below as a whole part
# between underscores (ftell, slack and lookup are fine). Comments and strings are left out.
set -u

LC_ALL=C
export LC_ALL
banned='asks?|asked|born|dies|go_on|hears?|heard|lacks?|lonely|looks?|mends?|owes?'
banned=$banned'|said|tells?|told|troubled|wish|wishes'
passed=0
failed=0

# bad FILE ...: place and name of each bad identifier
bad() {
	awk -v banned="(^|_)($banned)(_|\$)" '
		BEGIN {
			opening = "/[*]|//|\"([^\"\\\\]|\\\\.)*\"|\047([^\047\\\\]|\\\\.)+\047"
		}
		FNR == 1 { in_comment = 0 }
		{
			code = ""
			rest = $0
			while (rest != "") {
				if (in_comment) {
					if ((end = index(rest, "*/")) == 0)
						break
					in_comment = 0
					rest = substr(rest, end + 2)
				} else if (match(rest, opening)) {
					code = code " " substr(rest, 1, RSTART - 1) " "
					start = substr(rest, RSTART, 2)
					in_comment = start == "/*"
					if (start == "//")
						break
					rest = substr(rest, RSTART + RLENGTH)
				} else {
					code = code " " rest
					break
				}
			}
			code = tolower(code)
			if (code !~ /_|[a-z]/)
				next
			n = split(code, word, /[^a-z0-9_]+/)
			for (i = 1; i <= n; i++)
				if (word[i] ~ banned)
					print FILENAME ":" FNR ": " word[i]
		}' "$@"
}

verdict() { # WHAT FOUND WANTED
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAILED %s:\n%s\n' "$1" "$2"
	fi
}

cd "$1" || exit 1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# shellcheck disable=SC2046 # names have no blanks
verdict 'words that identifiers may not have' \
	"$(bad $(find core harness fuzz bench kernel-test reports \
	-name '*.[chS]' -o -name '*.def' -o -name '*.cc'))" ''
cat >"$scratch/control.c" <<'END'
/* told in a comment
   that goes on: said */ int lookup, slack, ftell, wished; // tell
char *words = "asked \" told"; int nr_told; char quote = '"'; int Look_up;
enum { TELL_SECONDS }; void go_on(void); /* owe */ int a_wish;
END
verdict 'negative control' "$(bad "$scratch/control.c" | sed 's/.*control.c://' | tr '\n' ';')" \
	'3: nr_told;3: look_up;4: tell_seconds;4: go_on;4: a_wish;'
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
