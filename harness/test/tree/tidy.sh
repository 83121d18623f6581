#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
#
# tidy.sh ROOT - what a reader may rely on in every file of the tree.
#
#	T1  Identifiers of C use the words of the field: none has one of those below as a whole part
#	    between underscores (ftell, slack and lookup are fine).
#	T2  No line is over 100 columns, a tab being 8 wide. In Markdown, code, rows of tables and
#	    lines with an address may be; what is indented in a list is no code.
#	T3  No file is dead: a meson.build or another file names it.
#	T4  A static function in a header is used somewhere. (-Wunused-function has those of a .c.)
#	T5  The name of a static function says what it works on: it has two words or more. Tests and
#	    examples are free to name their helpers.
#	T8  Scripts, style and templates of a page are indented by tabs. (clang-format has C; the
#	    licence of every file is R6 of layers.sh.)
#
# Each prints what breaks it, a line each, and has a control that it must refuse.
set -u

LC_ALL=C
export LC_ALL
banned='asks?|asked|asking|born|dies|go_on|hears?|heard|lacks?|lacking|lonely|looks?|looking'
banned=$banned'|mends?|owes?|said|saying|tells?|telling|told|troubled|wish|wishes'
rooms='core harness fuzz bench kernel-test reports examples'
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
	code "$@" | awk -v banned="(^|_)($banned)[0-9]*(_|\$)" '
		{
			match($0, /^[^:]*:[0-9]*/)
			place = substr($0, 1, RLENGTH)
			text = substr($0, RLENGTH + 2)
			while (match(text, /[a-z0-9][A-Z]/)) # isTold has two parts
				text = substr(text, 1, RSTART) "_" substr(text, RSTART + 1)
			n = split(tolower(text), word, /[^a-z0-9_]+/)
			for (i = 1; i <= n; i++)
				if (word[i] ~ banned)
					print place ": " word[i]
		}'
}

# T2: place and width of each line of tree $1 that is too long.
long_lines() {
	names='\.(c|h|def|S|cc|sh|py|toml|ld|md|part|ya?ml|js|css|html)$|/help/[^/]*\.txt$'
	names=$names'|(^|/)(meson\.build|meson_options\.txt|Dockerfile)$'
	files "$1" "$names|^lab\$|^\.ci/run\$" |
		(cd "$1" && xargs awk '
		FNR == 1 { fenced = in_list = 0; markdown = FILENAME ~ /\.md$/ }
		markdown && /^[ \t]*```[^`]*$/ { fenced = !fenced }
		markdown && !fenced && /^[^ \t]/ { in_list = /^([-*+]|[0-9]+\.) / }
		markdown && (fenced || /^\|/ || /https?:\/\//) { next }
		markdown && !in_list && /^(    |\t)/ { next }
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
# programs), and a script may compile a file; remarks name nothing. A header is alive when a source
# or a living header includes it. Includes name a file by its last word, which no two share
# (layers.sh, R10).
dead_files() {
	files "$1" '\.(c|h|S|def|cc|in|sh|py|ld|build|md|part|toml|txt)$|^lab$|^\.ci/run$' \
		>"$scratch/all"
	(cd "$1" && xargs awk '
		function base(path) {
			sub(/.*\//, "", path)
			return path
		}
		function reach(name, i, n, part) {
			if (name in included)
				return
			included[name] = 1
			n = split(includes[name], part, " ")
			for (i = 1; i <= n; i++)
				reach(part[i])
		}
		FNR == 1 {
			builds = FILENAME ~ /(meson\.build|sources\.txt)$/
			compiles = builds || FILENAME ~ /\.sh$/
			self = base(FILENAME)
			is_header = FILENAME ~ /\.(h|def)$/
			remark = "^[ \t]*#[^!]"
			if (FILENAME ~ /\.(c|h|S|def|cc|ld)$/)
				remark = "^[ \t]*([*]|/[*]|//)"
			else if (FILENAME ~ /\.md$/)
				remark = "^$"
		}
		/#[ \t]*include/ {
			split($0, part, /["<>]/)
			if (is_header)
				includes[self] = includes[self] " " base(part[2])
			else
				first[base(part[2])] = 1
			next
		}
		$0 ~ remark { next }
		builds { sub(/[ \t]#.*/, "") }
		{
			n = split($0, word, /[^A-Za-z0-9_.-]+/)
			for (i = 1; i <= n; i++) {
				name = word[i]
				if (name == "" || name == self)
					continue
				named[name] = 1
				if (compiles && name ~ /\./)
					built[name] = 1
			}
		}
		FILENAME ~ /\/help\/lab\.txt$/ { quoted[$1] = 1 } # their texts are built in
		builds && !/subdir/ { # words in quotes: programs whose source has their name
			n = split($0, part, "\047")
			for (i = 2; i <= n; i += 2)
				quoted[base(part[i])] = 1
		}
		END {
			for (name in first)
				reach(name)
			while ((getline path < "'"$scratch/all"'") > 0) {
				name = base(path)
				stem = name
				sub(/\.[a-z]*$/, "", stem)
				if (path ~ /\.(h|def)$/)
					alive = name in included
				else if (path ~ /\.(c|S|cc)$/)
					alive = name in built || stem in quoted || name in included
				else if (path ~ /\.(in|ld|part|py|sh|toml|txt)$/ &&
					 path != "meson_options.txt")
					alive = name in named ||
						(path !~ /\.ld$/ && stem in quoted)
				else
					alive = 1
				if (!alive)
					print path
			}
		}' /dev/null <"$scratch/all")
}

# The static functions of the files, FILE:LINE:NAME. Names of capitals are macros that make some.
# The type may stand on a line of its own.
static_functions() {
	code "$@" | awk '
		{
			match($0, /^[^:]*:[0-9]*:/)
			place = substr($0, 1, RLENGTH)
			text = substr($0, RLENGTH + 1)
			gsub(/__attribute__[ \t]*\(\([^)]*(\([^)]*\))?\)\) */, "", text)
			sub(/^inline[ \t]+static/, "static", text)
			if (waiting != "" && text ~ /^[A-Za-z_*]/)
				text = waiting " " text
			waiting = ""
			if (text !~ /^static[ \t]/ || text ~ /^[^(]*=/)
				next
			if (text !~ /[(;{]/)
				waiting = text
			gsub(/(_Alignas|sizeof)[ \t]*\([^)]*\)/, "", text)
			if (!match(text, /[A-Za-z0-9_]+\(/))
				next
			name = substr(text, RSTART, RLENGTH - 1)
			if (name ~ /[a-z]/)
				print place name
		}'
}

# T4: each static function of the headers of tree $1 that nothing but itself names. Lines of a
# declaration, and those from a definition to its closing brace, are its own.
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
			BEGIN {
				while ((getline line < "'"$scratch/inlines"'") > 0) {
					split(line, part, ":")
					at[part[1] ":" part[2]] = part[3]
					place[part[3]] = line
				}
			}
			{
				match($0, /^[^ :]*:[0-9]*:/)
				here = substr($0, 1, RLENGTH - 1)
				text = substr($0, RLENGTH + 1)
				if (here in at)
					own = at[here]
				n = split(text, word, /[^A-Za-z0-9_]+/)
				for (i = 1; i <= n; i++)
					if (word[i] != own)
						used[word[i]] = 1
				if (text ~ /^}/ || text ~ /^[^ \t].*;[ \t]*$/)
					own = ""
			}
			END {
				for (name in place)
					if (!(name in used))
						print place[name]
			}' | sort
	)
}

# T5: each static function of one word.
short_names() {
	static_functions "$@" | grep -v ':[^:]*[A-Za-z0-9]_[A-Za-z0-9][^:]*$'
}

# T6: tests in an archive, from which the linker takes what is called: they never run. Those are
# what tests share, and all that is in no folder of tests.
lost_tests() {
	(
		cd "$1" || exit
		# shellcheck disable=SC2046
		grep -nE '^TEST[ \t]*\(' $(sources . |
			grep -E '^harness/test/lib/|^([^/]*/)*[^/]*$' |
			grep -vE '^(.*/)?tests?/[^l]|^(.*/)?tests?/l[^i]') /dev/null
	)
}

# T7: a head comment, the first words of a file after its licence, that has another file's name.
foreign_heads() {
	(
		cd "$1" || exit
		# shellcheck disable=SC2046
		head='^(/[*]| [*]|#) [a-z0-9_/-]+[.](c|h|def|S|cc|ld|sh|py)( [][A-Z ._|-]*)?( -|:)'
		awk -v head="$head" '
			/SPDX-License|^#!|^[ \t]*((\/[*]|[*]|#)[ \t]*)?$/ { next }
			{
				name = FILENAME
				sub(/.*\//, "", name)
				word = $2
				sub(/:$/, "", word)
				sub(/.*\//, "", word)
				if ($0 ~ head && word != name)
					print FILENAME ":" FNR ": " word
				nextfile
			}' $(sources .) $(files . '\.(ld|py|sh)$')
	)
}

# T8: each line of tree $1 that begins with a blank, outside of comments.
blank_indents() {
	files "$1" '\.(js|css|html)$' | (cd "$1" && xargs awk '
		FNR == 1 { in_comment = 0 }
		!in_comment && /^\t* / { print FILENAME ":" FNR }
		{
			rest = $0
			while (match(rest, in_comment ? "[*]/|-->" : "/[*]|<!--")) {
				in_comment = !in_comment
				rest = substr(rest, RSTART + RLENGTH)
			}
		}' /dev/null)
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
		int isTold, nr_asked2;
	END
	wide=$(printf '%0100d' 0)
	printf '/* %s */\n' "$wide" >"$tree/core/wide.c"
	printf '\t/* %s */\n' "$(printf '%087d' 0)" | tee "$tree/core/tab.c" >/dev/null
	printf '// %s\342\224\200\342\224\200\n' "$(printf '%095d' 0)" >"$tree/core/fits.S"
	printf '# %s\n' "$wide" | tee "$tree/wide.sh" "$tree/wide.py" "$tree/wide.toml" \
		"$tree/meson.build" "$tree/lab" "$tree/core/wide.ld" >"$tree/build/made.sh"
	printf '/* %s */\n' "$wide" | tee "$tree/core/wide.js" "$tree/core/wide.css" \
		>"$tree/core/wide.html"
	printf '%s\n' '/* a' '   b */' '	two();' '        eight();' '	 mixed(); /* c' \
		'	 * d */' ' one();' >"$tree/core/indent.js"
	printf '%s\n' "words $wide" "| row $wide" "    code $wide" "see https://example.org/$wide" \
		'```' "fence $wide" '```' '- item' "    - of a list $wide" >"$tree/wide.md"
	printf '%s\n' '#include "core/used.h"' 'static int helper(void);' \
		>"$tree/harness/test/own.c"
	printf '%s\n' "library('x', 'core/words.c', 'wide.c', 'tab.c', 'fits.S', 'own.c')" \
		"x += 'lost.c' # dead.c" "subdir('sub')" '# sub.c went' \
		"foreach name : ['listed']" >>"$tree/meson.build"
	printf '%s\n' 'sh wide.sh; python3 wide.py wide.toml wide.ld' >"$tree/wide.toml.md"
	: >"$tree/core/listed.c"
	: >"$tree/core/sub.c"
	: >"$tree/core/old.ld"
	echo '#include "core/loop.h"' >"$tree/core/ring.h"
	echo '#include "core/ring.h"' >"$tree/core/loop.h"
	echo '/* see dead.sh */' >>"$tree/core/words.c"
	mkdir "$tree/harness/test/lib" "$tree/harness/cli"
	echo 'TEST (never)' >"$tree/harness/cli/lost.h"
	printf '%s\n' '#include "core/head.h"' 'TEST(never)' >"$tree/harness/test/lib/lost.c"
	printf '%s\n' '/* SPDX-License-Identifier: x */' '/*' ' * core/other.h: of another file' \
		' */' >"$tree/core/head.h"
	printf '%s\n' '# SPDX-License-Identifier: x' '#' '# old.py - what it was' \
		>"$tree/wide.py"
	printf '# %s\n' "$wide" >>"$tree/wide.py"
	: >"$tree/core/dead.c"
	: >"$tree/core/dead.def"
	echo '# dead.sh' >"$tree/core/dead.sh"
	: >"$tree/core/dead.py"
	printf '%s\n' 'static inline int used_twice(void)' '{ return 1; }' '/* used_once() */' \
		'static inline __attribute__((unused)) int used_never(void)' '{' \
		'	return used_twice();' '}' 'static int table_of_run[] = { sizeof(int) };' \
		'static inline const char *run(int a_b)' '{' '	return run(1);' '}' \
		'inline static int' 'used_else(void);' 'inline static int used_else(void)' '{' \
		'	return 2;' '}' '__attribute__((noinline)) static void run_(void)' '{' '}' \
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
'core/words.c:4: go_on;core/words.c:4: a_wish;core/words.c:5: is_told;'\
'core/words.c:5: nr_asked2;'

verdict 'T2 lines over 100 columns' "$(long_lines .)" ''
verdict_control 'T2' "$(long_lines "$tree")" \
	'core/tab.c:1: 101 columns;core/wide.c:1: 106 columns;core/wide.css:1: 106 columns;'\
'core/wide.html:1: 106 columns;core/wide.js:1: 106 columns;core/wide.ld:1: 102 columns;'\
'lab:1: 102 columns;meson.build:1: 102 columns;'\
'wide.md:1: 106 columns;wide.md:9: 116 columns;wide.py:4: 102 columns;'\
'wide.sh:1: 102 columns;wide.toml:1: 102 columns;'

verdict 'T3 dead files' "$(dead_files .)" ''
verdict_control 'T3' "$(dead_files "$tree")" \
	'core/dead.c;core/dead.def;core/dead.py;core/dead.sh;core/loop.h;core/old.ld;core/ring.h;'\
'core/sub.c;harness/cli/lost.h;'

verdict 'T4 static functions of headers that nothing uses' "$(unused_inlines .)" ''
verdict_control 'T4' "$(unused_inlines "$tree")" \
	'core/used.h:15:used_else;core/used.h:19:run_;core/used.h:4:used_never;core/used.h:9:run;'

# shellcheck disable=SC2046
verdict 'T5 static functions of one word' \
	"$(short_names $(sources . | grep -vE '/tests?/|^examples/'))" ''
verdict_control 'T5' "$(cd "$tree" && short_names $(sources . | grep -vE '/tests?/|^examples/'))" \
	'core/used.h:9:run;core/used.h:19:run_;'

verdict 'T6 tests that no program links' "$(lost_tests .)" ''
verdict_control 'T6' "$(lost_tests "$tree")" 'harness/cli/lost.h:1:TEST (never);'\
'harness/test/lib/lost.c:2:TEST(never);'

verdict 'T7 heads with the name of another file' "$(foreign_heads .)" ''
verdict_control 'T7' "$(foreign_heads "$tree" | sed "s|^\./|$tree/|")" \
	'core/head.h:3: other.h;wide.py:3: old.py;'

verdict 'T8 pages indented by blanks' "$(blank_indents .)" ''
verdict_control 'T8' "$(blank_indents "$tree")" \
	'core/indent.js:4;core/indent.js:5;core/indent.js:7;'

echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
