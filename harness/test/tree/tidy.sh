#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
#
# tidy.sh ROOT - what a reader may rely on in every file of the tree.
#
#	T1  Identifiers of C use the words of the field: none has one of those below as a whole part
#	    between underscores (ftell, slack and lookup are fine).
#	T2  No line is over 100 columns, a tab being 8 wide. In Markdown, code, rows of tables and
#	    lines with an address may be.
#	T3  No file is dead: a meson.build or another file names it.
#	T4  A static function in a header is used somewhere. (-Wunused-function has those of a .c.)
#	T5  The name of a static function says what it works on: it has two words or more. Tests
#	    are free to name their helpers.
#
# Each prints what breaks it, a line each, and has a control that it must refuse.
set -u

LC_ALL=C
export LC_ALL
banned='asks?|asked|born|dies|go_on|hears?|heard|lacks?|lonely|looks?|mends?|owes?'
banned=$banned'|said|tells?|told|troubled|wish|wishes'
rooms='core harness fuzz bench kernel-test reports'
passed=0
failed=0

# files ROOT PATTERN: those of the tree, without what is made there, whose paths match.
files() {
	(cd "$1" && find . -type d \( -name .git -o -name build -o -path ./reports/out -o \
		-path ./corpus \) -prune -o -type f -print | sed 's|^\./||' | grep -E "$2" | sort)
}

sources() {
	files "$1" "^($(printf '%s' "$rooms" | tr ' ' '|'))/.*\.(c|h|S|def|cc)\$"
}

# code FILE ...: FILE:LINE:TEXT, without comments and strings.
code() {
	awk '
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
					code = code substr(rest, 1, RSTART - 1) " "
					start = substr(rest, RSTART, 2)
					in_comment = start == "/*"
					if (start == "//")
						break
					rest = substr(rest, RSTART + RLENGTH)
				} else {
					code = code rest
					break
				}
			}
			print FILENAME ":" FNR ":" code
		}' "$@"
}

# T1: place and name of each bad identifier of the files.
bad_words() {
	code "$@" | awk -v banned="(^|_)($banned)(_|\$)" '
		{
			match($0, /^[^:]*:[0-9]*/)
			place = substr($0, 1, RLENGTH)
			n = split(tolower(substr($0, RLENGTH + 2)), word, /[^a-z0-9_]+/)
			for (i = 1; i <= n; i++)
				if (word[i] ~ banned)
					print place ": " word[i]
		}'
}

# T2: place and width of each line of tree $1 that is too long.
long_lines() {
	names='\.(c|h|def|S|cc|sh|py|toml|ld|md)$|(^|/)meson(_options)?\.(build|txt)$'
	files "$1" "$names|^lab\$|^\.ci/run\$" |
		(cd "$1" && xargs awk '
		FNR == 1 { fenced = 0; markdown = FILENAME ~ /\.md$/ }
		markdown && /^```/ { fenced = !fenced }
		markdown && (fenced || /^(    |\t|\|)/ || /https?:\/\//) { next }
		length($0) > 100 / 8 {
			line = $0
			gsub(/[\200-\277]/, "", line) # what continues a character of UTF-8
			width = 0
			n = split(line, piece, "\t")
			for (i = 1; i <= n; i++) {
				width += length(piece[i])
				if (i < n)
					width += 8 - width % 8
			}
			if (width > 100)
				print FILENAME ":" FNR ": " width " columns"
		}' /dev/null)
}

# T3: each file of tree $1 that nothing names. A meson.build may leave the ending out (a list of
# programs), and a script may compile a file. Includes name a file by its last word, which no two
# share (layers.sh, R10).
dead_files() {
	files "$1" '\.(c|h|S|def|cc|sh|py|ld|build|md|toml|txt)$|^lab$|^\.ci/run$' >"$scratch/all"
	(cd "$1" && xargs awk '
		function base(path) {
			sub(/.*\//, "", path)
			return path
		}
		FNR == 1 {
			builds = FILENAME ~ /(meson\.build|sources\.txt)$/
			compiles = builds || FILENAME ~ /\.sh$/
		}
		{
			n = split($0, word, /[^A-Za-z0-9_.-]+/)
			for (i = 1; i <= n; i++) {
				name = word[i]
				if (name == "" || name == base(FILENAME))
					continue
				named[name] = 1
				if (compiles && (builds || name ~ /\./))
					built[name] = 1
			}
		}
		/#[ \t]*include/ { n = split($0, part, /["<>]/); included[base(part[2])] = 1 }
		END {
			while ((getline path < "'"$scratch/all"'") > 0) {
				name = base(path)
				stem = name
				sub(/\.[a-z]*$/, "", stem)
				if (path ~ /\.(h|def)$/)
					alive = name in included
				else if (path ~ /\.(c|S|cc)$/)
					alive = name in built || stem in built || name in included
				else if (path ~ /\.(sh|py)$/)
					alive = name in named
				else
					alive = 1
				if (!alive)
					print path
			}
		}' /dev/null <"$scratch/all")
}

# The static functions of the files, FILE:LINE:NAME. Names of capitals are macros that make some.
static_functions() {
	code "$@" | awk '
		{
			match($0, /^[^:]*:[0-9]*:/)
			place = substr($0, 1, RLENGTH)
			text = substr($0, RLENGTH + 1)
			if (text !~ /^static[ \t]/ || text ~ /=/)
				next
			gsub(/__attribute__[ \t]*\(\([^)]*(\([^)]*\))?\)\)/, "", text)
			if (!match(text, /[A-Za-z0-9_]+\(/))
				next
			name = substr(text, RSTART, RLENGTH - 1)
			if (name ~ /[a-z]/)
				print place name
		}'
}

# T4: each static function of the headers of tree $1 that its sources name only once.
unused_inlines() {
	(
		cd "$1" || exit 1
		# shellcheck disable=SC2046 # names have no blanks
		static_functions $(sources . | grep '\.h$') /dev/null >"$scratch/inlines"
		# shellcheck disable=SC2046
		{
			code $(sources .)
			files . '\.py$' | xargs cat /dev/null # mutate.py writes C
		} | awk '
			{
				sub(/^[^ :]*:[0-9]*:/, "")
				n = split($0, word, /[^A-Za-z0-9_]+/)
				for (i = 1; i <= n; i++)
					nr[word[i]]++
			}
			END {
				while ((getline line < "'"$scratch/inlines"'") > 0) {
					split(line, part, ":")
					if (nr[part[3]] < 2)
						print line
				}
			}'
	)
}

# T5: each static function of one word.
short_names() {
	static_functions "$@" | grep -v ':[^:]*_[^:]*$'
}

# T6: tests in an archive of shared parts, from which the linker takes what is called: they never
# run.
lost_tests() {
	grep -nE '^TEST\(' "$1"/harness/test/lib/*.c /dev/null | sed "s|^$1/||"
}

# T7: a head comment that has another file's name.
foreign_heads() {
	(
		cd "$1" || exit
		# shellcheck disable=SC2046
		awk -v head='^(/[*]| [*]|#) [a-z0-9_]+[.](c|h|def|S|cc|sh|py)( [][A-Z ._|-]*)? - ' '
			FNR > 6 { nextfile }
			match($0, head) {
				name = FILENAME
				sub(/.*\//, "", name)
				if ($2 != name)
					print FILENAME ":" FNR ": " $2
				nextfile
			}' $(sources .) $(find . -name '*.sh' | grep -v '/build/')
	)
}

verdict() { # WHAT FOUND WANTED
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAILED %s:\n%s\n' "$1" "$2"
	fi
}

# verdict_control WHAT FOUND WANTED: WANTED has the lines of FOUND, each ended by a `;`.
verdict_control() {
	verdict "$1, control" "$(printf '%s\n' "$2" | sed 's|.*/control/||' | tr '\n' ';')" "$3"
}

# A tree with one thing of each kind that is wrong, beside those that are right.
plant() {
	tree=$scratch/control
	mkdir -p "$tree/core" "$tree/build" "$tree/harness/test"
	cat >"$tree/core/words.c" <<-'END'
		/* told in a comment
		   that goes on: said */ int lookup, slack, ftell, wished; // tell
		char *words = "asked \" told"; int nr_told; char quote = '"'; int Look_up;
		enum { TELL_SECONDS }; void go_on(void); /* owe */ int a_wish;
	END
	wide=$(printf '%0100d' 0)
	printf '/* %s */\n' "$wide" >"$tree/core/wide.c"
	printf '\t/* %s */\n' "$(printf '%087d' 0)" | tee "$tree/core/tab.c" >/dev/null
	printf '// %s\342\224\200\342\224\200\n' "$(printf '%095d' 0)" >"$tree/core/fits.S"
	printf '# %s\n' "$wide" | tee "$tree/wide.sh" "$tree/wide.py" "$tree/wide.toml" \
		"$tree/meson.build" "$tree/lab" "$tree/core/wide.ld" >"$tree/build/made.sh"
	printf '%s\n' "words $wide" "| row $wide" "    code $wide" "see https://example.org/$wide" \
		'```' "fence $wide" '```' >"$tree/wide.md"
	printf '%s\n' '#include "core/used.h"' 'static int helper(void);' \
		>"$tree/harness/test/own.c"
	printf '%s\n' "library('x', 'core/words.c', 'wide.c', 'tab.c', 'fits.S', 'own.c')" \
		"x += 'lost.c'" \
		"foreach name : ['listed']" >>"$tree/meson.build"
	printf '%s\n' 'sh wide.sh; python3 wide.py' 'sh lonely.sh' >"$tree/wide.toml.md"
	: >"$tree/core/listed.c"
	mkdir "$tree/harness/test/lib"
	printf '%s\n' '#include "core/head.h"' 'TEST(never)' >"$tree/harness/test/lib/lost.c"
	printf '%s\n' '/* SPDX */' '/*' ' * other.h - of another file' ' */' >"$tree/core/head.h"
	: >"$tree/core/dead.c"
	: >"$tree/core/dead.def"
	echo '# dead.sh' >"$tree/core/dead.sh"
	: >"$tree/core/dead.py"
	printf '%s\n' 'static inline int used_twice(void)' '{ return 1; }' '/* used_once() */' \
		'static inline __attribute__((unused)) int used_never(void)' '{' \
		'	return used_twice();' '}' 'static int table_of_run[] = { sizeof(int) };' \
		'static inline const char *run(int a_b)' '{' '	return run(1);' '}' \
		>"$tree/core/used.h"
}

cd "$1" || exit 1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
plant

# shellcheck disable=SC2046 # names have no blanks
verdict 'T1 words that identifiers may not have' "$(bad_words $(sources .))" ''
verdict_control 'T1' "$(bad_words "$tree/core/words.c")" \
	'core/words.c:3: nr_told;core/words.c:3: look_up;core/words.c:4: tell_seconds;'\
'core/words.c:4: go_on;core/words.c:4: a_wish;'

verdict 'T2 lines over 100 columns' "$(long_lines .)" ''
verdict_control 'T2' "$(long_lines "$tree")" \
	'core/tab.c:1: 101 columns;core/wide.c:1: 106 columns;core/wide.ld:1: 102 columns;'\
'lab:1: 102 columns;meson.build:1: 102 columns;'\
'wide.md:1: 106 columns;wide.py:1: 102 columns;'\
'wide.sh:1: 102 columns;wide.toml:1: 102 columns;'

verdict 'T3 dead files' "$(dead_files .)" ''
verdict_control 'T3' "$(dead_files "$tree")" 'core/dead.c;core/dead.def;core/dead.py;core/dead.sh;'

verdict 'T4 static functions of headers that nothing uses' "$(unused_inlines .)" ''
verdict_control 'T4' "$(unused_inlines "$tree")" 'core/used.h:4:used_never;'

# shellcheck disable=SC2046
verdict 'T5 static functions of one word' \
	"$(short_names $(sources . | grep -v '/tests*/'))" ''
verdict_control 'T5' "$(cd "$tree" && short_names $(sources . | grep -v '/tests*/'))" \
	'core/used.h:9:run;'

verdict 'T6 tests that no program links' "$(lost_tests .)" ''
verdict_control 'T6' "$(lost_tests "$tree")" 'harness/test/lib/lost.c:2:TEST(never);'

verdict 'T7 heads with the name of another file' "$(foreign_heads .)" ''
verdict_control 'T7' "$(foreign_heads "$tree" | sed "s|^\./|$tree/|")" 'core/head.h:3: other.h;'

echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
